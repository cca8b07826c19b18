{{ config(materialized='table') }}
select
    e.path,
    count(*) as views,
    count(distinct e.visitor_id) as visitors,
    sum(e.duration_s) as duration_s,
    max(e.duration_s) as longest_s,
    sum(case when e.kind = 'error' then 1 else 0 end) as errors,
    '{{ invocation_id }}' as batch_id
from {{ ref('stg_events') }} as e
where e.path <> '(none)'
group by e.path
