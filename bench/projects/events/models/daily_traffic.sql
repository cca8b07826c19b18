{{ config(materialized='table') }}
select
    i.happened_on,
    i.device,
    count(*) as sessions,
    count(distinct i.visitor_id) as visitors,
    sum(i.event_count) as events,
    sum(i.active_s) as active_s,
    avg(i.minutes) as average_minutes,
    sum(case when i.has_purchase then 1 else 0 end) as buying_sessions
from {{ ref('int_visits') }} as i
where i.happened_on between date '2024-04-22' and date '2024-05-28'
group by i.happened_on, i.device
