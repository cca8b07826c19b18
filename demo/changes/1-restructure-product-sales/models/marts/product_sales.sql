with sold as (
    select product_id, quantity, amount
    from {{ ref('fct_order_items') }}
    where status not in ('cancelled', 'returned')
),

totals as (
    select
        product_id,
        sum(quantity) as pieces_sold,
        sum(amount) as revenue
    from sold
    group by product_id
)

select
    products.product_id,
    products.product_name,
    products.category,
    coalesce(totals.pieces_sold, 0) as pieces_sold,
    coalesce(totals.revenue, 0) as revenue,
    coalesce(totals.revenue, 0) - coalesce(totals.pieces_sold, 0) * products.cost as margin
from {{ ref('dim_products') }} as products
left join totals on totals.product_id = products.product_id
