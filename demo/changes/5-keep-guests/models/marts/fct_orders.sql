select
    orders.order_id,
    orders.customer_id,
    orders.ordered_at,
    orders.ordered_on,
    orders.status,
    orders.channel,
    customers.country_name,
    coalesce(customers.loyalty_tier, 'guest') as loyalty_tier,
    totals.item_count,
    totals.order_total,
    case when orders.status in ('cancelled', 'returned') then 0 else totals.order_total end as revenue,
    coalesce(payments.paid, 0) as paid,
    coalesce(payments.fees, 0) as fees
from {{ ref('stg_orders') }} as orders
left join {{ ref('dim_customers') }} as customers on customers.customer_id = orders.customer_id
left join {{ ref('int_order_totals') }} as totals on totals.order_id = orders.order_id
left join {{ ref('int_order_payments') }} as payments on payments.order_id = orders.order_id
