select
    products.product_id,
    products.product_name,
    products.category,
    coalesce(sum(items.quantity), 0) as pieces_sold,
    coalesce(sum(items.amount), 0) as revenue,
    coalesce(sum(items.amount), 0) - coalesce(sum(items.quantity), 0) * products.cost as margin
from {{ ref('dim_products') }} as products
left join (
    select * from {{ ref('fct_order_items') }} where status not in ('cancelled', 'returned')
) as items using (product_id)
group by products.product_id, products.product_name, products.category, products.cost
