{{ config(materialized='view') }}
select
    id as ticket_id,
    account_id,
    priority,
    opened_at,
    closed_at,
    date_diff('minute', opened_at, closed_at) / 60.0 as hours_open,
    score
from {{ source('raw', 'tickets') }}
where opened_at >= timestamp '2023-03-15 00:00:00'
