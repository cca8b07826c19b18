{{ config(materialized='table') }}
with tickets as (
    select
        t.account_id,
        count(*) as ticket_count,
        avg(t.hours_open) as average_hours_open,
        min(t.score) as worst_score,
        sum(case when t.priority = 'high' then 1 else 0 end) as urgent_tickets
    from {{ ref('stg_tickets') }} as t
    group by t.account_id
),
billing as (
    select
        i.account_id,
        sum(i.net_total) as billed,
        sum(case when i.payment_state = 'open' then i.net_total else 0 end) as outstanding,
        max(i.days_to_pay) as slowest_payment
    from {{ ref('int_invoice_status') }} as i
    where i.account_id is not null
    group by i.account_id
)
select
    a.account_id,
    a.account_name,
    a.segment,
    coalesce(o.owner_name, 'nobody') as owner_name,
    coalesce(k.ticket_count, 0) as ticket_count,
    k.average_hours_open,
    k.worst_score,
    coalesce(b.billed, 0) as billed,
    coalesce(b.outstanding, 0) as outstanding,
    b.slowest_payment,
    '{{ run_started_at }}' as built_at
from {{ ref('stg_accounts') }} as a
left join tickets as k on k.account_id = a.account_id
left join billing as b on b.account_id = a.account_id
left join {{ ref('owners') }} as o on o.owner_id = a.owner_id
