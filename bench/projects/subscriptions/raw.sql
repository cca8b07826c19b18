create table raw.accounts as
select
    i as id, case when i % 9 > 0 then 'Account ' || i end as name,
    ['smb', 'mid', 'enterprise'][1 + (hash(i) % 3)::int] as segment,
    case when i % 14 > 0 then 1 + (hash(i + 1) % 12)::int end as owner_id,
    date '2022-01-01' + (hash(i + 2) % 700)::int as created_on, i % 41 = 0 as is_test
from range(1, 501) r(i);

create table raw.plans as
select * from (values
    (1, 'free', 0, 'month'), (2, 'basic', 1900, 'month'), (3, 'basic yearly', 19000, 'year'), (4, 'pro', 4900, 'month'),
    (5, 'pro yearly', 49000, 'year'), (6, 'legacy', 990, 'month')
) t(id, name, price_cents, billing_period);

create table raw.subscriptions as
select
    i as id, 1 + (hash(i + 3) % 520)::int as account_id, 1 + (hash(i + 4) % 6)::int as plan_id,
    date '2023-01-01' + (hash(i + 5) % 500)::int as started_on,
    case when i % 3 = 0 then date '2023-06-01' + (hash(i + 6) % 600)::int end as ended_on,
    1 + (hash(i + 7) % 20)::int as seats, case when i % 4 = 0 then (hash(i + 8) % 30)::int end as discount_percent
from range(1, 901) r(i);

create table raw.invoices as
select
    i as id, 1 + (hash(i + 9) % 900)::int as subscription_id, date '2023-02-01' + (hash(i + 10) % 60 * 10)::int as issued_on,
    case when i % 6 > 0 then date '2023-02-01' + (hash(i + 10) % 60 * 10)::int + (hash(i + 11) % 45)::int end as paid_on,
    (1000 + hash(i + 12) % 40 * 1000)::int as total_cents, case when i % 2 = 0 then (hash(i + 13) % 900)::int end as tax_cents,
    ['eur', 'usd', 'EUR'][1 + (hash(i + 14) % 3)::int] as currency, i % 15 = 0 as voided
from range(1, 2201) r(i)
union all
select
    i, 1 + (hash(i + 9) % 900)::int, date '2023-02-01' + (hash(i + 10) % 60 * 10)::int, null,
    (1000 + hash(i + 12) % 40 * 1000)::int, null, 'eur', false
from range(1, 2201) r(i) where i % 12 = 0;

create table raw.tickets as
select
    i as id, 1 + (hash(i + 15) % 500)::int as account_id, ['low', 'normal', 'high'][1 + (hash(i + 16) % 3)::int] as priority,
    timestamp '2023-03-01' + to_minutes((hash(i + 17) % 500000)::int) as opened_at,
    case when i % 7 > 0 then timestamp '2023-03-01' + to_minutes((hash(i + 17) % 500000 + hash(i + 18) % 9000)::int) end as closed_at,
    case when i % 3 > 0 then 1 + (hash(i + 19) % 5)::int end as score
from range(1, 1201) r(i);
