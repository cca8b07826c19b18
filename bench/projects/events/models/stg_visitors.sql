{{ config(materialized='view') }}
select
    id as visitor_id,
    coalesce(device, 'unknown') as device,
    origin,
    cast(first_seen_at as date) as first_seen_on,
    user_name,
    [[random]] as ab_draw
from {{ source('raw', 'visitors') }}
where not is_bot
