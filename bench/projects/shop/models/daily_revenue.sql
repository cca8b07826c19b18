{{ config(materialized='table') }}
select
    f.ordered_on,
    f.channel,
    count(*) as orders,
    count(distinct f.customer_id) as customers,
    sum(f.net_amount) as revenue,
    sum(f.margin) as margin,
    avg(f.days_to_ship) as average_days_to_ship
from {{ ref('fct_orders') }} as f
where f.state <> 'returned'
    and f.ordered_on >= date '2024-02-01'
group by f.ordered_on, f.channel
