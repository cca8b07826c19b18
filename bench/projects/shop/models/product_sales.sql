{{ config(materialized='table') }}
select
    p.product_id,
    p.product_name,
    p.category,
    sum(l.quantity) as units,
    sum(l.line_amount) as revenue,
    sum(l.line_amount) - sum(l.line_cost) as margin,
    count(distinct l.order_id) as orders,
    [[now]] as refreshed_at
from {{ ref('stg_products') }} as p
join {{ ref('int_order_lines') }} as l on l.product_id = p.product_id
where p.is_active
group by p.product_id, p.product_name, p.category
