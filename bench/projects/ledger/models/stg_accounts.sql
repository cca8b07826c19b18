{{ config(materialized='view') }}
select
    id as account_id,
    number as account_number,
    type as account_type,
    coalesce(unit_id, 0) as unit_id,
    closed as is_closed
from {{ source('raw', 'accounts') }}
