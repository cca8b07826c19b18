{{ config(materialized='table') }}
with actual as (
    select
        a.unit_id,
        cast(date_trunc('month', e.booked_on) as date) as month,
        sum(case when a.account_type = 'expense' then e.amount else 0 end) as expenses,
        sum(case when a.account_type = 'income' then -e.amount else 0 end) as income,
        count(distinct e.journal_id) as bookings
    from {{ ref('int_entries') }} as e
    join {{ ref('stg_accounts') }} as a on a.account_id = e.account_id
    where a.unit_id > 0
    group by a.unit_id, month
)
select
    b.unit_id,
    cast(b.month as date) as month,
    cast(b.budget_cents / 100.0 as decimal(16, 2)) as budget,
    coalesce(t.expenses, 0) as expenses,
    coalesce(t.income, 0) as income,
    cast(b.budget_cents / 100.0 as decimal(16, 2)) - coalesce(t.expenses, 0) as left_over,
    coalesce(t.bookings, 0) as bookings
from {{ source('raw', 'budget') }} as b
left join actual as t on t.unit_id = b.unit_id and t.month = b.month
