select
    payment_id,
    order_id,
    method,
    cast(amount_cents * 0.01 as decimal(18, 2)) as amount,
    paid_at
from {{ source('raw', 'payments') }}
