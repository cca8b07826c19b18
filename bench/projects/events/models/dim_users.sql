{{ config(materialized='table') }}
select
    v.user_name,
    count(*) as visitors,
    min(v.first_seen_on) as first_seen_on,
    sum(f.purchased) as buying_visitors,
    sum(i.value) as value,
    '{{ run_started_at }}' as built_at
from {{ ref('stg_visitors') }} as v
join {{ ref('fct_funnel') }} as f on f.visitor_id = v.visitor_id
left join {{ ref('int_visits') }} as i on i.visitor_id = v.visitor_id
where v.user_name is not null
group by v.user_name
