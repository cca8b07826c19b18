{{ config(materialized='table') }}
select
    f.account_type,
    'closing' as kind,
    sum(f.balance) as amount,
    sum(f.entries) as entries
from {{ ref('fct_balances') }} as f
group by f.account_type
union all
select
    a.account_type,
    'manual' as kind,
    sum(e.amount) as amount,
    count(*) as entries
from {{ ref('int_entries') }} as e
join {{ ref('stg_accounts') }} as a on a.account_id = e.account_id
where e.origin = 'manual'
group by a.account_type
