{{ config(materialized='table') }}
select
    id as invoice_id,
    subscription_id,
    issued_on,
    paid_on,
    total_cents / 100.0 as total,
    coalesce(tax_cents, 0) / 100.0 as tax,
    upper(currency) as currency,
    voided as is_voided,
    '{{ invocation_id }}' as batch_id
from {{ source('raw', 'invoices') }}
qualify row_number() over (partition by id order by paid_on desc nulls last, tax_cents desc nulls last) = 1
