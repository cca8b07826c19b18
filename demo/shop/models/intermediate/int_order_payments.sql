{{ config(materialized='view') }}

select
    payments.order_id,
    sum(payments.amount) as paid,
    cast(sum(payments.amount * fees.fee_percent * 0.01) as decimal(18, 2)) as fees
from {{ ref('stg_payments') }} as payments
left join {{ ref('payment_fees') }} as fees using (method)
group by payments.order_id
