{{ config(materialized='table') }}
select
    m.unit_id,
    coalesce(u.unit_name, 'unknown') as unit_name,
    sum(m.budget) as budget,
    sum(m.expenses) as expenses,
    sum(m.income) - sum(m.expenses) as result,
    case
        when sum(m.expenses) > sum(m.budget) then 'over'
        when sum(m.expenses) > sum(m.budget) * 0.1 then 'close'
        else 'within'
    end as state,
    [[uuid]] as report_uuid
from {{ ref('fct_unit_months') }} as m
left join {{ ref('units') }} as u on u.unit_id = m.unit_id
where m.month <= date '2024-11-01'
group by m.unit_id, u.unit_name
