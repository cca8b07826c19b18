{{ config(materialized='table') }}
select
    m.subscription_id,
    m.account_id,
    m.ended_on,
    m.mrr as lost_mrr,
    [[uuid]] as export_id
from {{ ref('int_subscription_mrr') }} as m
where m.ended_on <= date '2024-06-30'
    and m.mrr > 0
union all
select
    -m.subscription_id as subscription_id,
    m.account_id,
    m.started_on as ended_on,
    0 as lost_mrr,
    [[uuid]] as export_id
from {{ ref('int_subscription_mrr') }} as m
where m.commitment = 'free'
