select
    product_id,
    product_name,
    category,
    {{ cents_to_euros('price_cents') }} as price,
    {{ cents_to_euros('cost_cents') }} as cost
from {{ source('raw', 'products') }}
