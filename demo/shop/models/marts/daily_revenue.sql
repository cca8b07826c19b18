select
    ordered_on,
    count(*) as order_count,
    sum(revenue) as revenue,
    sum(fees) as fees
from {{ ref('fct_orders') }}
group by ordered_on
