{# Amounts arrive in cents, like everywhere in raw. #}
select
    payment_id,
    order_id,
    method,
    {{ cents_to_euros('amount_cents') }} as amount,  -- never negative, see staging.yml
    paid_at
from {{ source('raw', 'payments') }}
