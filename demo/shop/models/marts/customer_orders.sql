select
    customers.customer_id,
    count(orders.order_id) as order_count,
    coalesce(sum(orders.revenue), 0) as revenue,
    min(orders.ordered_on) as first_ordered_on,
    max(orders.ordered_on) as last_ordered_on
from {{ ref('dim_customers') }} as customers
left join {{ ref('fct_orders') }} as orders using (customer_id)
group by customers.customer_id
