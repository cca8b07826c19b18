-- What an order brings in is what its items cost together.
with items as (
    select order_id, sum(amount) as amount from {{ ref('stg_order_items') }} group by order_id
)

select orders.order_id
from {{ ref('fct_orders') }} as orders
left join items using (order_id)
where orders.order_total is distinct from items.amount
