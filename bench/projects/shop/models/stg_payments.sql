{{ config(materialized='view') }}
select
    id as payment_id,
    order_id,
    method,
    cast(amount_cents / 100.0 as decimal(16, 2)) as amount,
    status,
    paid_at,
    [[random]] as sample_rank
from {{ source('raw', 'payments') }}
where coalesce(status, 'ok') <> 'failed'
