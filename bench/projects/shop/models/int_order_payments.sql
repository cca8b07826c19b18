{{ config(materialized='table') }}
with movements as (
    select
        p.order_id,
        p.amount,
        p.method,
        p.paid_at as moved_at
    from {{ ref('stg_payments') }} as p
    union all
    select
        r.order_id,
        cast(-r.amount_cents / 100.0 as decimal(16, 2)) as amount,
        'refund' as method,
        r.refunded_at as moved_at
    from {{ source('raw', 'refunds') }} as r
)
select
    m.order_id,
    sum(m.amount) as paid_amount,
    sum(case when m.method = 'voucher' then m.amount else 0 end) as voucher_amount,
    count(*) as movements,
    count(distinct m.method) as methods,
    max(m.moved_at) as last_moved_at
from movements as m
group by m.order_id
