-- The days together bring in what the orders bring in.
select days.revenue, orders.revenue as order_revenue
from (select sum(revenue) as revenue from {{ ref('daily_revenue') }}) as days
cross join (select sum(revenue) as revenue from {{ ref('fct_orders') }}) as orders
where days.revenue is distinct from orders.revenue
