{{ config(materialized='table') }}
with months as (
    select
        cast(t.month as date) as month
    from range(date '2023-01-01', date '2024-07-01', interval 1 month) as t(month)
)
select
    m.account_id,
    d.month,
    sum(m.mrr) as mrr,
    count(*) as subscriptions,
    sum(case when m.started_on >= d.month then m.mrr else 0 end) as new_mrr
from months as d
join {{ ref('int_subscription_mrr') }} as m on m.started_on < d.month + interval 1 month and m.ended_on >= d.month
where m.commitment <> 'free'
group by m.account_id, d.month
