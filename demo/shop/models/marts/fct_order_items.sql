{{ config(materialized='incremental', unique_key='order_item_id') }}

select
    items.order_item_id,
    items.order_id,
    items.product_id,
    orders.ordered_on,
    orders.status,
    items.quantity,
    items.amount
from {{ ref('stg_order_items') }} as items
join {{ ref('stg_orders') }} as orders using (order_id)
{% if is_incremental() %}
where orders.ordered_on >= (select max(ordered_on) from {{ this }})
{% endif %}
