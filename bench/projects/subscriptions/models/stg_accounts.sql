{{ config(materialized='view') }}
select
    id as account_id,
    coalesce(name, 'unnamed') as account_name,
    segment,
    owner_id,
    created_on
from {{ source('raw', 'accounts') }}
where not is_test
