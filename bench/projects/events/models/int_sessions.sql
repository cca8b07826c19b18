{{ config(materialized='table') }}
with gaps as (
    select
        e.event_id,
        e.visitor_id,
        e.happened_at,
        e.kind,
        e.duration_s,
        e.value,
        e.happened_on
    from {{ ref('stg_events') }} as e
    where e.kind <> 'error'
)
select
    g.visitor_id * 1000 + date_diff('day', date '2024-04-01', g.happened_on) as session_id,
    g.visitor_id,
    g.happened_on,
    min(g.happened_at) as started_at,
    max(g.happened_at) as ended_at,
    count(*) as event_count,
    sum(g.duration_s) as active_s,
    sum(g.value) as value,
    sum(case when g.kind = 'purchase' then 1 else 0 end) as purchases
from gaps as g
group by g.visitor_id, g.happened_on
