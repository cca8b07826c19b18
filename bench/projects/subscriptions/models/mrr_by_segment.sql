{{ config(materialized='table') }}
select
    f.month,
    d.segment,
    sum(f.mrr) as mrr,
    sum(f.new_mrr) as new_mrr,
    count(distinct f.account_id) as accounts,
    sum(f.mrr) / count(distinct f.account_id) as mrr_per_account
from {{ ref('fct_account_months') }} as f
join {{ ref('dim_accounts') }} as d on d.account_id = f.account_id
where f.month < date '2024-06-01'
group by f.month, d.segment
