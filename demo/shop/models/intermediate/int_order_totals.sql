select
    order_id,
    count(*) as item_count,
    sum(amount) as order_total
from {{ ref('stg_order_items') }}
group by order_id
