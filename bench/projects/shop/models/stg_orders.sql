{{ config(materialized='view') }}
with ranked as (
    select
        id,
        customer_id,
        status,
        ordered_at,
        shipped_at,
        amount_cents,
        discount_cents,
        channel,
        row_number() over (partition by id order by updated_at desc) as version_rank
    from {{ source('raw', 'orders') }}
)
select
    id as order_id,
    customer_id,
    case
        when status in ('shipped', 'completed') then 'done'
        when status = 'returned' then 'returned'
        when status = 'cancelled' then 'cancelled'
        else 'open'
    end as state,
    channel,
    ordered_at,
    cast(ordered_at as date) as ordered_on,
    cast(shipped_at as date) as shipped_on,
    cast(amount_cents / 100.0 as decimal(16, 2)) as amount,
    cast(coalesce(discount_cents, 0) / 100.0 as decimal(16, 2)) as discount
from ranked
where version_rank = 1
