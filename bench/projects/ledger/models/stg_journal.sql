{{ config(materialized='table') }}
select
    id as journal_id,
    booked_on,
    origin,
    coalesce(status, 'draft') as status,
    coalesce(memo, '') as memo,
    [[now]] as loaded_at
from {{ source('raw', 'journal') }}
where booked_on >= date '2024-01-01'
    and booked_on < date '2025-01-01'
