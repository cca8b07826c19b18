{{ config(materialized='table') }}
select
    r.account_id,
    r.booked_on,
    r.amount
from {{ ref('int_running') }} as r
where r.balance < 0
union all
select
    r.account_id,
    r.booked_on,
    r.amount
from {{ ref('int_running') }} as r
where r.amount > 300
