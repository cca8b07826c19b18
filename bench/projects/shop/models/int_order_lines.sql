{{ config(materialized='table') }}
select
    i.order_id * 10 + i.line as order_line_id,
    i.order_id,
    i.product_id,
    p.category,
    i.quantity,
    i.quantity * cast(i.unit_price_cents / 100.0 as decimal(16, 2)) as line_amount,
    i.quantity * p.cost as line_cost
from {{ source('raw', 'order_items') }} as i
left join {{ ref('stg_products') }} as p on p.product_id = i.product_id
