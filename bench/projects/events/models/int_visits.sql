{{ config(materialized='table') }}
select
    s.session_id,
    s.visitor_id,
    v.device,
    v.origin,
    s.happened_on,
    s.event_count,
    s.active_s,
    s.value,
    s.purchases > 0 as has_purchase,
    date_diff('minute', s.started_at, s.ended_at) as minutes,
    row_number() over (partition by s.happened_on order by s.event_count desc[[tie s.session_id]]) as rank_of_day
from {{ ref('int_sessions') }} as s
join {{ ref('stg_visitors') }} as v on v.visitor_id = s.visitor_id
where s.event_count >= 1
