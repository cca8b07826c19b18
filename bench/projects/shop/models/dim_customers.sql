{{ config(materialized='table') }}
with orders as (
    select
        f.customer_id,
        count(*) as order_count,
        sum(f.net_amount) as lifetime_value,
        min(f.ordered_on) as first_ordered_on,
        max(f.ordered_on) as last_ordered_on,
        sum(case when f.state = 'returned' then 1 else 0 end) as returned_count
    from {{ ref('fct_orders') }} as f
    where f.customer_id is not null
    group by f.customer_id
)
select
    c.customer_id,
    c.country,
    r.region,
    coalesce(t.order_count, 0) as order_count,
    coalesce(t.lifetime_value, 0) as lifetime_value,
    case
        when t.lifetime_value >= 500 then 'gold'
        when t.lifetime_value >= 200 then 'silver'
        else 'bronze'
    end as tier,
    t.first_ordered_on,
    t.last_ordered_on,
    coalesce(t.returned_count, 0) as returned_count,
    [[uuid]] as row_uuid
from {{ ref('stg_customers') }} as c
left join orders as t on t.customer_id = c.customer_id
left join {{ ref('regions') }} as r on r.country = c.country
