{{ config(materialized='table') }}
with ranked as (
    select
        currency,
        valid_from,
        rate,
        row_number() over (partition by currency, valid_from order by rate desc) as position
    from {{ source('raw', 'rates') }}
)
select
    currency,
    valid_from,
    valid_from + interval 7 day as valid_to,
    rate,
    '{{ invocation_id }}' as batch_id
from ranked
where position = 1
