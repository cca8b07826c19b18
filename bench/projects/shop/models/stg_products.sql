{{ config(materialized='table') }}
select
    id as product_id,
    name as product_name,
    coalesce(category, 'other') as category,
    cast(cost_cents / 100.0 as decimal(16, 2)) as cost,
    active as is_active,
    '{{ invocation_id }}' as batch_id
from {{ source('raw', 'products') }}
