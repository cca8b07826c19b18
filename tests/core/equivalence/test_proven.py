"""Tests of `bot.core.equivalence`: each rule, and what it must not take for the same."""

from __future__ import annotations

import pytest

from bot.core.equivalence import proven

SAME = {
    "order of CTEs": (
        "with a as (select x from t), b as (select y from u) select a.x, b.y from a join b on a.x = b.y",
        "with b as (select y from u), a as (select x from t) select a.x, b.y from a join b on a.x = b.y",
    ),
    "names of CTEs and aliases": (
        "with src as (select x from t) select s.x from src as s",
        "with source as (select x from t) select o.x from source o",
    ),
    "a CTE or a query in its place": (
        "with a as (select x from t) select a.x from a",
        "select a.x from (select x from t) a",
    ),
    "a comparison that knows null": (
        "select x from t a where a.y is distinct from 1 and a.z is not null group by x having count(*) > 1 order by x",
        "select x from t b where b.y is distinct from 1 and b.z is not null group by 1 having count(*) > 1 order by 1",
    ),
    "a wrapper of a table": ("with o as (select * from s.orders) select o.x from o", "select orders.x from s.orders"),
    "a last step that only passes on": (
        "with final as (select x + 1 as y from t) select * from final",
        "select x + 1 as y from t",
    ),
    "parentheses": ("select (x) + (y * 2) as z from t where ((x = 1))", "select x + y * 2 as z from t where x = 1"),
    "sides of a comparison": ("select x from t where x < y and z = 1", "select x from t where y > x and 1 = z"),
    "order of conditions": (
        "select x from t where a = 1 and b is null or c < 2",
        "select x from t where c < 2 or (b is null and a = 1)",
    ),
    "group by place": (
        "select a, b, count(*) as n from t group by 1, 2",
        "select a, b, count(*) as n from t group by b, a",
    ),
    "group by place of an expression": (
        "select date_trunc('day', a) as day, count(*) as n from t group by 1",
        "select date_trunc('day', a) as day, count(*) as n from t group by date_trunc('day', a)",
    ),
    "using or on": (
        "select a.x, b.y from a left join b using (k)",
        "select a.x, b.y from a left outer join b on a.k = b.k",
    ),
    "using twice": (
        "select a.x, c.y from a join b using (k) join c using (k)",
        "select a.x, c.y from a join b on a.k = b.k join c on a.k = c.k",
    ),
    "two ways to cast": ("select x::int as y from t", "select cast(x as int) as y from t"),
    "correlated": (
        "select o.x from t as o where exists (select 1 as one from u as i where i.k = o.k)",
        "select a.x from t as a where exists (select 1 as one from u as b where a.k = b.k)",
    ),
    "several together": (
        "with a as (select x from t) select x from a union all select x from a",
        "with b as (select x from t) select x from b union all select x from b",
    ),
}
DIFFERENT = {
    "another function that the parser takes for the same": (
        "select nvl(x, 1) as y from t",
        "select coalesce(x, 1) as y from t",
    ),
    "a cast that fails or gives null": ("select cast(x as int) as y from t", "select try_cast(x as int) as y from t"),
    "parentheses that count": ("select x - (y - z) as q from t", "select x - y - z as q from t"),
    "names of columns": ("select x as a from t", "select x as b from t"),
    "names that are made of the text": ("select t1.x + 1 from t t1", "select t2.x + 1 from t t2"),
    "order of columns": ("select a, b from t", "select b, a from t"),
    "sides of a left join": (
        "select a.x from a left join b on a.k = b.k",
        "select a.x from b left join a on a.k = b.k",
    ),
    "using that a star shows": ("select * from a join b using (k)", "select * from a join b on a.k = b.k"),
    "using that merges": (
        "select k, a.x from a full join b using (k)",
        "select k, a.x from a full join b on a.k = b.k",
    ),
    "using of which table": (
        "select a.x from a join b on a.i = b.i join c using (k)",
        "select a.x from a join b on a.i = b.i join c on a.k = c.k",
    ),
    "a guard": (
        "select x from t where y <> 0 and 10 / y > 1",
        "select x from t where 10 / y > 1 and y <> 0",
    ),
    "some rows of many": (
        "select x from t where a = 1 and b = 2 limit 3",
        "select x from t where b = 2 and a = 1 limit 3",
    ),
    "chance, once or twice": (
        "with a as (select random() as r from t) select p.r, q.r from a p, a q",
        "with a as (select random() as r from t), b as (select random() as r from t) select p.r, q.r from a p, b q",
    ),
    "a CTE that hides a table": (
        "with t as (select x from u) select t.x from t",
        "with v as (select x from u) select t.x from t",
    ),
    "another table of that name": ("select x from a.t", "select x from b.t"),
    "which table's column": (
        "select a.x from t a join t b on a.k = b.p",
        "select b.x from t a join t b on a.k = b.p",
    ),
    "distinct": ("select distinct x from t", "select x from t"),
    "union or union all": ("select x from t union select x from t", "select x from t union all select x from t"),
    "a CTE that nobody reads, and that may fail": (
        "select x from t",
        "with a as (select nothing from nowhere) select x from t",
    ),
    "a column that only a table has": ("select rowid from t", "with a as (select * from t) select rowid from a"),
    "what no warehouse would read": (
        "select case when x then 1 end as y from t",
        "select case when x 1 end as y from t",
    ),
    "words in an order that no warehouse would read": (
        "select x from t where y is not null",
        "select x from t where y not is null",
    ),
    "clauses in an order that no warehouse would read": (
        "select x from t where y = 1 order by x",
        "select x from t order by x where y = 1",
    ),
    "a join behind a condition": (
        "select t.x from t join u on t.y = u.y where t.y = 1",
        "select t.x from t where t.y = 1 join u on t.y = u.y",
    ),
    "several statements": ("select x from t", "select x from t; drop table t"),
    "not a query": ("delete from t where (x = 1)", "delete from t where x = 1"),
    "a CTE that reads itself": (
        "with recursive a as (select 1 as x union all select x + 1 from a where x < 3) select a.x from a",
        "with recursive b as (select 1 as x union all select x + 1 from b where x < 3) select b.x from b",
    ),
    "text": ("select 'a' as x from t", "select 'A' as x from t"),
    "case of a name": ("select x as total from t", "select x as Total from t"),
}


@pytest.mark.parametrize("what", SAME)
def test_what_is_written_in_another_way_is_proven(what: str) -> None:
    """A harmless refactoring would cost two builds and a comparison, and a line to read."""
    base, head = SAME[what]
    assert proven(base, head, "duckdb")
    assert proven(head, base, "duckdb")
    assert proven(base, head, "snowflake")


@pytest.mark.parametrize("what", DIFFERENT)
def test_what_may_differ_is_not_proven(what: str) -> None:
    """A change of the data would be called none, and never be looked at."""
    base, head = DIFFERENT[what]
    assert not proven(base, head, "duckdb")
    assert not proven(head, base, "duckdb")


def test_names_without_quotes_are_the_same_in_any_case_where_the_warehouse_says_so() -> None:
    """A formatter that changes the case of names would cost builds; or a column would change its name unseen."""
    base, head = "select O.Amount as Amount from shop.Orders O", "select o.amount from SHOP.ORDERS o"
    assert proven(base, head, "snowflake")
    assert proven(base, head, "postgres")
    assert not proven(base, head, "bigquery")
    assert not proven('select "x" from t', "select x from t", "snowflake")


def test_a_grammar_that_nobody_knows_proves_nothing() -> None:
    """SQL of a warehouse that sqlglot does not know would be read as if it were another's."""
    assert not proven("select x from t where (y = 1)", "select x from t where y = 1", "")
    assert not proven("select from where", "select from where", "duckdb")
