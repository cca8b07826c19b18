"""Which columns alone may differ between two queries, by their SQL."""

from __future__ import annotations

import pytest

from bot.core.lineage.confined import differing

_ORDERS = """with source as (select * from raw.orders),
renamed as (select id as order_id, customer as customer_id, amount / 100 as amount, status from source)
select * from renamed"""


@pytest.mark.parametrize(
    ("base", "head", "columns"),
    [
        (_ORDERS, _ORDERS.replace("amount / 100", "round(amount / 100, 2)"), {"amount"}),
        (_ORDERS, _ORDERS.replace("status from", "status, coalesce(status, '?') as known from"), {"known"}),
        (_ORDERS, _ORDERS.replace(", status from", " from"), {"status"}),
        (_ORDERS, _ORDERS.replace("as amount", "as total"), {"amount", "total"}),
        ("select a, b + 1 as x from t", "select t2.a, t2.b + 2 as x from t as t2", {"a", "x"}),
        ("select a as x, x + 1 as y, b from t", "select b as x, x + 1 as y, b from t", {"x", "y"}),
        ("select k, sum(a) as m from t group by k", "select k, max(a) as m from t group by 1", {"m"}),
        ("select k, sum(a) as m from t group by k", "select k, sum(a) as m, count(*) as n from t group by k", {"n"}),
        (
            "select a, (select max(b) as m from s) as k from t",
            "select a, (select max(c) as m from s) as k from t",
            {"k"},
        ),
        (
            "select a, b from t union all select c, d from u",
            "select a, b from t union all select c, e as d from u",
            {"b"},
        ),
        (
            "select a, b from t union all select c, d as b from u",
            "select a, b from t union all select c, 1 as b from u",
            {"b"},
        ),
        ("select a, sum(b) over (order by a) as s from t", "select a, sum(b) over (order by c) as s from t", {"s"}),
        ("select a from t", "select a, 'f' as from_where from t", {"from_where"}),
    ],
)
def test_a_change_of_some_columns_is_told(base: str, head: str, columns: set[str]) -> None:
    """All that lies below would be built and asked, though it reads none of them."""
    assert differing(base, head, "duckdb") == frozenset(columns)


@pytest.mark.parametrize(
    ("base", "head"),
    [
        ("select a, b as x from t where a > 1", "select a, c as x from t where a > 2"),
        ("select a, b as x from t where x > 1", "select a, c as x from t where x > 1"),
        ("select distinct a, b as x from t", "select distinct a, c as x from t"),
        ("select a, b as x from t order by 2 limit 3", "select a, c as x from t order by 2 limit 3"),
        ("select b as k, sum(a) as m from t group by 1", "select c as k, sum(a) as m from t group by 1"),
        ("select b as k, sum(a) as m from t group by all", "select c as k, sum(a) as m from t group by all"),
        ("select 1 as a, b as x from t", "select 1 as a, sum(b) as x from t"),
        ("select 1 as a from t", "select 1 as a, count(*) as n from t"),
        ("select a, b as x from t", "select a, unnest([b, c]) as x from t"),
        ("select a, b as x from t", "select a, my_function(b) as x from t"),
        ("select top 5 a as x from t", "select top 6 a as x from t"),
        ("select a as x, b as y from t", "select b as y, a as x from t"),
        ("select a, b from t union all select c, d from u", "select n, a, b from t union all select c, d, m from u"),
        ("select x, y from (select a, b from t) as l(x, y)", "select x, y from (select n, a from t) as l(x, y)"),
        (
            "select a from t where (p, q) in (select x, y from u)",
            "select a from t where (p, q) in (select n, x from u)",
        ),
        ("select *, 1 as x from t", "select *, 2 as x from u"),
        ("select a, columns('x.*') from t", "select a, columns('y.*') from t"),
        (
            "with c as (select a, b as x from t) select a from c where x = 1",
            "with c as (select a, 2 as x from t) select a from c where x = 1",
        ),
        ("select a, b as x from t except select a, c from u", "select a, 1 as x from t except select a, c from u"),
        ("select a, {{ b }} as x from t", "select a, {{ c }} as x from t"),
        ("select a, proofbot_hole as x from t", "select a, 1 as x from t"),
        ("select a, count(*) from t group by a", "select a, sum(b) from t group by a"),
        ("select a as x from t", "select a as x from t"),
        (
            "select a, b as x from t qualify rank() over (order by x) = 1",
            "select a, c as x from t qualify rank() over (order by x) = 1",
        ),
    ],
)
def test_what_may_change_more_is_told_to_change_all(base: str, head: str) -> None:
    """A model would not be compared though its rows are others: the gate would stay open."""
    assert differing(base, head, "duckdb") is None


@pytest.mark.parametrize("grammar", ["postgres", "snowflake", "bigquery"])
def test_it_holds_in_other_grammars(grammar: str) -> None:
    """Most users' warehouse is no DuckDB."""
    head = _ORDERS.replace("amount / 100", "amount / 1000")
    assert differing(_ORDERS, head, grammar) == frozenset({"amount"})
    assert differing(_ORDERS, head, "") is None
    assert differing(_ORDERS.upper(), head, grammar) in (None, frozenset({"amount"}))


def test_the_greatest_of_several_is_no_aggregate_to_sqlite() -> None:
    """One row of many would be taken for as many rows as before."""
    base, head = "select 1 as k, max(a, b) as m from t", "select 1 as k, max(a) as m from t"
    assert differing(base, head, "sqlite") is None
    assert differing(head, base, "sqlite") is None
