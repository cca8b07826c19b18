create table raw.customers as
select
    i as id, 'Customer ' || i as name, case when i % 11 > 0 then 'c' || i || '@example.com' end as email,
    case when i % 13 > 0 then ['DE', 'FR', 'US', 'JP', 'BR'][1 + (hash(i) % 5)::int] end as country,
    timestamp '2023-01-01' + to_hours((hash(i + 7) % 12000)::int) as signed_up_at, i % 37 = 0 as deleted
from range(1, 601) r(i);

create table raw.orders as
with one as (
    select
        i as id, case when i % 17 > 0 then 1 + (hash(i) % 650)::int end as customer_id,
        ['placed', 'paid', 'shipped', 'completed', 'returned', 'cancelled'][1 + (hash(i + 1) % 6)::int] as status,
        timestamp '2024-01-01' + to_hours((hash(i + 2) % 6000)::int) as ordered_at,
        (500 + hash(i + 3) % 20000)::int as amount_cents,
        case when i % 3 = 0 then (hash(i + 4) % 400)::int end as discount_cents,
        ['web', 'app', 'store'][1 + (hash(i + 5) % 3)::int] as channel, i
    from range(1, 1401) r(i)
)
select
    id, customer_id, status, ordered_at,
    case when i % 5 > 0 then ordered_at + to_hours((24 + hash(i + 6) % 200)::int) end as shipped_at,
    amount_cents, discount_cents, channel, ordered_at + interval 1 day as updated_at
from one
union all
select
    id, customer_id, 'completed', ordered_at, ordered_at + interval 30 hour, amount_cents + 100, discount_cents,
    channel, ordered_at + interval 2 day
from one where i % 9 = 0;

create table raw.order_items as
select
    o.i as order_id, l.l as line, 1 + (hash(o.i * 10 + l.l) % 65)::int as product_id,
    1 + (hash(o.i * 11 + l.l) % 4)::int as quantity, (200 + hash(o.i * 13 + l.l) % 3000)::int as unit_price_cents
from range(1, 1401) o(i), range(1, 4) l(l)
where l.l <= 1 + o.i % 3;

create table raw.products as
select
    i as id, 'Product ' || (i % 50) as name,
    case when i % 7 > 0 then ['toys', 'books', 'garden'][1 + (i % 3)::int] end as category,
    (100 + hash(i) % 1500)::int as cost_cents, i % 8 > 0 as active
from range(1, 61) r(i);

create table raw.payments as
select
    i as id, 1 + (hash(i + 20) % 1400)::int as order_id, ['card', 'voucher', 'bank'][1 + (hash(i + 21) % 3)::int] as method,
    (100 + hash(i + 22) % 9 * 500)::int as amount_cents,
    case when i % 10 = 0 then 'failed' when i % 23 = 0 then null else 'ok' end as status,
    timestamp '2024-01-01' + to_hours((hash(i + 23) % 6200)::int) as paid_at
from range(1, 1701) r(i);

create table raw.refunds as
select
    i as id, 1 + (hash(i + 30) % 1400)::int as order_id, (100 + hash(i + 31) % 4 * 500)::int as amount_cents,
    timestamp '2024-03-01' + to_hours((hash(i + 32) % 5000)::int) as refunded_at
from range(1, 201) r(i);
