{{ config(materialized='table') }}
select
    id as plan_id,
    name as plan_name,
    case
        when billing_period = 'year' then price_cents / 12 / 100.0
        else price_cents / 100.0
    end as monthly_price,
    billing_period,
    [[now]] as loaded_at
from {{ source('raw', 'plans') }}
