{{ config(materialized='view') }}
select
    id as subscription_id,
    account_id,
    plan_id,
    started_on,
    coalesce(ended_on, date '9999-12-31') as ended_on,
    seats,
    1 - coalesce(discount_percent, 0) / 100.0 as price_factor
from {{ source('raw', 'subscriptions') }}
where ended_on is null or ended_on > started_on
