{{ config(materialized='table') }}
with lines as (
    select
        l.order_id,
        sum(l.line_amount) as lines_amount,
        sum(l.line_cost) as lines_cost,
        count(*) as line_count
    from {{ ref('int_order_lines') }} as l
    group by l.order_id
)
select
    o.order_id,
    o.customer_id,
    o.state,
    o.channel,
    o.ordered_on,
    o.amount - o.discount as net_amount,
    coalesce(y.paid_amount, 0) as paid_amount,
    coalesce(n.lines_amount, 0) - coalesce(n.lines_cost, 0) as margin,
    n.line_count,
    o.shipped_on - o.ordered_on as days_to_ship,
    row_number() over (partition by o.customer_id order by o.ordered_on[[tie o.order_id]]) as customer_order_number,
    '{{ run_started_at }}' as built_at
from {{ ref('stg_orders') }} as o
left join {{ ref('int_order_payments') }} as y on y.order_id = o.order_id
left join lines as n on n.order_id = o.order_id
where o.state <> 'cancelled'
