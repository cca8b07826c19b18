{{ config(materialized='table') }}
select
    s.subscription_id,
    s.account_id,
    p.plan_name,
    s.started_on,
    s.ended_on,
    round(p.monthly_price * s.seats * s.price_factor, 2) as mrr,
    case
        when p.monthly_price = 0 then 'free'
        when p.billing_period = 'year' then 'committed'
        else 'monthly'
    end as commitment,
    [[random]] as bucket
from {{ ref('stg_subscriptions') }} as s
join {{ ref('stg_plans') }} as p on p.plan_id = s.plan_id
