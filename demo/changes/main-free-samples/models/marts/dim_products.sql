select
    product_id,
    product_name,
    category,
    price,
    cost,
    discontinued
from {{ ref('stg_products') }}
where price > 0
