{{ config(materialized='view') }}

select
    cast(date_trunc('month', ordered_on) as date) as month,
    sum(order_count) as order_count,
    sum(revenue) as revenue
from {{ ref('daily_revenue') }}
group by month
