{{ config(materialized='view') }}
select
    id as line_id,
    journal_id,
    account_id,
    cast(coalesce(debit_cents, 0) / 100.0 as decimal(16, 2)) as debit,
    cast(coalesce(credit_cents, 0) / 100.0 as decimal(16, 2)) as credit,
    currency
from {{ source('raw', 'lines') }}
