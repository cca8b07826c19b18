{{ config(materialized='table') }}
with everything as (
    select
        e.id,
        e.visitor_id,
        e.kind,
        e.happened_at,
        e.path,
        e.duration_ms,
        e.value_cents,
        e.received_at
    from {{ source('raw', 'events') }} as e
    union all
    select
        o.id,
        o.visitor_id,
        o.kind,
        o.happened_at,
        o.path,
        o.duration_ms,
        o.value_cents,
        o.happened_at as received_at
    from {{ source('raw', 'old_events') }} as o
)
select
    id as event_id,
    visitor_id,
    kind,
    happened_at,
    cast(happened_at as date) as happened_on,
    coalesce(path, '(none)') as path,
    duration_ms / 1000.0 as duration_s,
    coalesce(value_cents, 0) / 100.0 as value,
    [[now]] as loaded_at
from everything
qualify row_number() over (partition by id order by received_at desc) = 1
