select
    order_item_id,
    order_id,
    product_id,
    quantity,
    {{ cents_to_euros('unit_price_cents') }} as unit_price,
    {{ cents_to_euros('quantity * unit_price_cents') }} as amount
from {{ source('raw', 'order_items') }}
