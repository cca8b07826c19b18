create table raw.events as
with one as (
    select
        i as id, 1 + (hash(i) % 300)::int as visitor_id,
        ['view', 'click', 'cart', 'purchase', 'error'][1 + (hash(i + 1) % 5)::int] as kind,
        timestamp '2024-05-01' + to_minutes((hash(i + 2) % 2000 * 20)::int) as happened_at,
        case when i % 6 > 0 then '/page/' || (hash(i + 3) % 25) end as path,
        (hash(i + 4) % 10000) / 7.0::double as duration_ms, case when i % 5 = 0 then (hash(i + 5) % 5000)::int end as value_cents
    from range(1, 2601) r(i)
)
select *, happened_at + interval 1 minute as received_at from one
union all
select *, happened_at + interval 9 minute as received_at from one where id % 8 = 0;

create table raw.old_events as
select
    i as id, 1 + (hash(i) % 300)::int as visitor_id, ['view', 'click', 'purchase'][1 + (hash(i + 1) % 3)::int] as kind,
    timestamp '2024-04-20' + to_minutes((hash(i + 2) % 900 * 20)::int) as happened_at, '/page/' || (hash(i + 3) % 25) as path,
    (hash(i + 4) % 10000) / 7.0::double as duration_ms, (hash(i + 5) % 3000)::int as value_cents
from range(2301, 3001) r(i);

create table raw.visitors as
select
    i as id, case when i % 10 > 0 then ['mobile', 'desktop', 'tablet'][1 + (hash(i) % 3)::int] end as device,
    ['ads', 'search', 'mail', 'direct'][1 + (hash(i + 1) % 4)::int] as origin,
    timestamp '2024-01-01' + to_hours((hash(i + 2) % 3000)::int) as first_seen_at,
    case when i % 4 = 0 then 'user-' || (i % 60) end as user_name, i % 29 = 0 as is_bot
from range(1, 281) r(i);
