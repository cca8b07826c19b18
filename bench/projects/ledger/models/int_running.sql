{{ config(materialized='table') }}
select
    e.line_id,
    e.account_id,
    e.booked_on,
    e.amount,
    row_number() over (partition by e.account_id order by e.booked_on[[tie e.line_id]]) as entry_number,
    sum(e.amount) over (partition by e.account_id order by e.booked_on range unbounded preceding) as balance
from {{ ref('int_entries') }} as e
