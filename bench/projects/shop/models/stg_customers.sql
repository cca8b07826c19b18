{{ config(materialized='view') }}
select
    id as customer_id,
    name as customer_name,
    coalesce(country, 'unknown') as country,
    lower(email) as email,
    cast(signed_up_at as date) as signed_up_on,
    [[now]] as loaded_at
from {{ source('raw', 'customers') }}
where not deleted
