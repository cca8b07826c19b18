"""Tests of bot/core/lineage: what columns and rows are made of."""

from __future__ import annotations

import pytest

from bot.core import lineage
from bot.core.lineage import Known, Lineage, of_query
from bot.core.lineage.sources import Relation

_KNOWN = Known(
    {
        "orders": Relation(("o",), ("id", "customer_id", "amount", "status")),
        "customers": Relation(("c",), ("id", "name", "region")),
        "raw": Relation(("r",)),
    }
)


def _of(sql: str, grammar: str = "duckdb") -> Lineage:
    return of_query(sql, grammar, _KNOWN)


def _told(found: Lineage, column: str | None = None) -> set[str]:
    inputs = found.rows if column is None else found.of(column)
    return {f"{one.unique_id}.{one.column}" for one in inputs}


def test_columns_and_rows_are_told_apart() -> None:
    """A change of one column would be said to reach everything."""
    found = _of(
        "select o.id, sum(amount) over (partition by status) as total, name from orders o "
        "left join customers c on o.customer_id = c.id where region = 'x'"
    )
    assert found.names == ("id", "total", "name")
    assert _told(found, "total") == {"o.amount", "o.status"}
    assert _told(found, "NAME") == {"c.name"}
    assert _told(found) == {"o.", "c.", "o.customer_id", "c.id", "c.region"}


@pytest.mark.parametrize(
    ("clause", "rows"),
    [
        ("where amount > 1", {"o.amount"}),
        ("group by 1", {"o.id"}),
        ("group by all", {"o.id"}),
        ("having max(status) = 'a'", {"o.status"}),
        ("qualify row_number() over (partition by status order by amount) = 1", {"o.status", "o.amount"}),
        ("order by amount", {"o.amount"}),
        ("order by 1", {"o.id"}),
        ("limit 3", {"o.*"}),
        ("where exists (select 1 from customers c where c.region = status)", {"c.", "c.region", "o.status"}),
        ("join customers using (id)", {"c.", "c.id", "o.id"}),
    ],
)
def test_what_decides_the_rows(clause: str, rows: set[str]) -> None:
    """A change that adds or drops rows would be thought to touch one column only."""
    assert _told(_of(f"select orders.id from orders {clause}")) == {"o.", *rows}


def test_distinct_and_union_decide_by_all_columns() -> None:
    """Rows that fall together, or don't any more, would go unnoticed."""
    assert _told(_of("select distinct id, amount from orders")) == {"o.", "o.id", "o.amount"}
    both = _of("select id, name from customers union select id, status from orders")
    assert _told(both) == {"o.", "c.", "c.id", "c.name", "o.id", "o.status"}
    kept = _of("select id, name from customers union all select id, status from orders")
    assert (_told(kept), _told(kept, "name")) == ({"o.", "c."}, {"c.name", "o.status"})


def test_columns_pass_stars_of_what_nobody_knows() -> None:
    """Staging models select all of a source whose columns are in no catalog: all below them would be in doubt."""
    found = _of("with a as (select * from raw), b as (select id as oid, upper(name) as name, * from a) select * from b")
    assert (_told(found, "name"), _told(found, "other")) == ({"r.name"}, {"r.other"})
    assert "r.id" in _told(found, "oid")
    assert found.names is None


def test_columns_of_a_list_may_read_each_other() -> None:
    """`amount * 2 as twice, twice + 1 as more` would lose where `more` comes from."""
    found = _of("select amount * 2 as twice, twice + 1 as more from orders")
    assert _told(found, "more") == {"o.amount"}


def test_what_is_not_resolved_is_made_of_all() -> None:
    """A column that is called otherwise than thought would be said to be reached by nothing."""
    assert _told(_of("select max(amount) from orders"), "max(amount)") == {"o.amount"}
    two = _of("select a.id, b.id from orders a, customers b")
    assert (two.names, _told(two, "id_1")) == (None, {"o.id", "c.id"})
    assert _told(_of("select nowhere as x from orders"), "x") == {"o.*"}
    assert _told(_of("select v from (select * from orders) pivot (sum(amount) as v for id in (1))"), "v") >= {
        "o.amount"
    }


@pytest.mark.parametrize(
    ("sql", "grammar", "doubt"),
    [
        ("select 1; select 2", "duckdb", "not one statement"),
        ("pivot orders on status using sum(amount)", "duckdb", "no query"),
        ("this is no sql at all (", "duckdb", "not understood"),
        ("select 1", "", "grammar"),
        ("select * from orders natural join customers", "duckdb", "by which columns"),
        (f"select '{'x' * lineage.LONGEST}'", "duckdb", "too long"),
        (f"select {' + '.join(['amount'] * 2000)} from orders", "duckdb", "not understood"),
    ],
)
def test_in_doubt_a_model_is_made_of_all_that_it_may_read(sql: str, grammar: str, doubt: str) -> None:
    """What can't be read would be said to be reached by nothing."""
    found = _of(sql, grammar)
    if doubt == "not understood" and not found.doubt:
        assert _told(found, "x") == {"o.amount"}  # newer versions of sqlglot read it
        return
    assert doubt in found.doubt
    assert _told(found) == _told(found, "anything") == {"o.*", "c.*", "r.*"}


def test_a_query_that_takes_too_many_steps_is_given_up() -> None:
    """One monstrous model would hold up the whole run."""
    every = " + ".join(f"x{number}" for number in range(80))
    listed = ", ".join(f"{every} as x{number}" for number in range(80))
    sql = f"with a as (select {listed} from raw), b as (select {listed} from a) select * from b"
    assert "too large" in _of(sql).doubt


def test_snowflake_and_postgres() -> None:
    """Lineage would hold for DuckDB only."""
    found = _of(
        "select src:a.b::int as x, f.value:c::text as y from raw, lateral flatten(input => raw.items) f", "snowflake"
    )
    assert "r.src" in _told(found, "x")
    assert "r.items" in _told(found, "y")
    assert "r.items" in _told(found)
    assert _told(_of("select \"ID\"::text as x from db.orders where status ~ 'a'", "postgres"), "x") == {"o.id"}
