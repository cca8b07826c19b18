create table raw.accounts as
select
    i as id, 'A' || lpad(i::varchar, 4, '0') as number, ['asset', 'liability', 'income', 'expense'][1 + (hash(i) % 4)::int] as type,
    case when i % 12 > 0 then 1 + (hash(i + 1) % 8)::int end as unit_id, i % 3 = 0 as closed
from range(1, 161) r(i);

create table raw.journal as
select
    i as id, date '2023-12-15' + (hash(i + 2) % 400)::int as booked_on,
    ['manual', 'import', 'payroll'][1 + (hash(i + 3) % 3)::int] as origin,
    case when i % 19 > 0 then ['draft', 'posted', 'posted', 'reversed'][1 + (hash(i + 4) % 4)::int] end as status,
    case when i % 4 > 0 then 'memo ' || (i % 90) end as memo
from range(1, 1101) r(i);

create table raw.lines as
select
    j.i * 4 + l.l as id, j.i as journal_id, 1 + (hash(j.i * 5 + l.l) % 170)::int as account_id,
    case when l.l % 2 = 0 then (100 + hash(j.i * 7 + l.l) % 90000)::int end as debit_cents,
    case when l.l % 2 = 1 then (100 + hash(j.i * 7 + l.l - 1) % 90000)::int end as credit_cents,
    ['EUR', 'EUR', 'USD', 'GBP'][1 + (hash(j.i + 5) % 4)::int] as currency
from range(1, 1101) j(i), range(0, 3) l(l)
where l.l < 2 or j.i % 3 = 0;

create table raw.rates as
select
    c.currency, date '2023-12-01' + (d.d * 7)::int as valid_from, (c.rate + (hash(d.d) % 100) / 1000.0)::decimal(9, 4) as rate
from (values ('USD', 0.9), ('GBP', 1.15)) c(currency, rate), range(0, 60) d(d)
union all
select 'USD', date '2023-12-01' + (d.d * 7)::int, 0.8123 from range(0, 60) d(d) where d.d % 10 = 0;

create table raw.budget as
select
    u.u as unit_id, date '2024-01-01' + to_months(m.m::int) as month, (100000 + hash(u.u * 20 + m.m) % 500000)::int as budget_cents
from range(1, 9) u(u), range(0, 12) m(m);
