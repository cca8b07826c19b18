{{ config(materialized='table') }}
select
    a.account_id,
    a.account_number,
    a.account_type,
    u.unit_name,
    coalesce(sum(e.amount), 0) as balance,
    sum(case when e.amount > 0 then e.amount else 0 end) as turnover,
    count(e.line_id) as entries,
    max(e.booked_on) as last_booked_on,
    '{{ run_started_at }}' as built_at
from {{ ref('stg_accounts') }} as a
left join {{ ref('int_entries') }} as e on e.account_id = a.account_id
left join {{ ref('units') }} as u on u.unit_id = a.unit_id
where not a.is_closed
group by a.account_id, a.account_number, a.account_type, u.unit_name
