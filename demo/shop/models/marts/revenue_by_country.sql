select
    coalesce(country_name, 'Unknown') as country_name,
    count(*) as order_count,
    sum(revenue) as revenue
from {{ ref('fct_orders') }}
group by 1
