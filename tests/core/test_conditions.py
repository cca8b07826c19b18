"""Declared conditions."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.conditions import elsewhere, fault
from bot.core.sql import DuckDb
from bot.domain import RowChanges, RowCounts
from tests.core.rig import ask, connect, make_pair

_ROWS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["a", "b", None]), st.integers(0, 2)), max_size=8)


def _changed(connection: duckdb.DuckDBPyConnection, base: str, head: str, key: str, condition: str) -> RowCounts:
    pair = make_pair(connection, base, head, [key] if key else [])
    counts = ask(connection, elsewhere(pair, condition, DuckDb()), [RowChanges()])[0][RowChanges()]
    assert isinstance(counts, RowCounts)
    return counts


def _table(rows: list[tuple[int, str | None, int]]) -> str:
    values = ", ".join(f"({k}, {'null' if s is None else repr(s)}, {v})" for k, s, v in rows)
    start = "select k::integer as k, s::varchar as s, v::integer as v from"
    return (
        f"{start} (values {values}) as t(k, s, v)" if rows else f"{start} (select 1 as k, '' as s, 1 as v) where false"
    )


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(_ROWS, _ROWS)
def test_what_satisfies_the_condition_on_neither_side_is_what_is_left(
    base: list[tuple[int, str | None, int]], head: list[tuple[int, str | None, int]]
) -> None:
    """A change outside of what was declared would pass as declared, or a declared one would close the gate."""
    ours = {row[0]: row for row in base}
    theirs = {row[0]: row for row in head}
    with connect() as connection:
        found = _changed(connection, _table([*ours.values()]), _table([*theirs.values()]), "k", "s = 'a'")
    left = {
        key
        for key in ours.keys() | theirs.keys()
        if not any(side[key][1] == "a" for side in (ours, theirs) if key in side)
    }
    assert found.removed == sum(key not in theirs for key in left)
    assert found.added == sum(key not in ours for key in left)
    assert found.changed == sum(key in ours and key in theirs and ours[key] != theirs[key] for key in left)


def test_a_column_of_one_side_is_null_on_the_other() -> None:
    """An author could not say that only rows are gone for which the new column is true."""
    base = "select range as k, range as v from range(10)"
    head = "select range as k, range + (range > 7)::int as v, range > 7 as is_new from range(10)"
    with connect() as connection:
        assert _changed(connection, base, head, "k", "is_new").changed == 0
        assert _changed(connection, base, head, "k", "not is_new").changed == 2


def test_without_a_key_each_row_is_judged_by_itself() -> None:
    """Models without a key could not declare a condition at all."""
    with connect() as connection:
        base = "select * from (values ('a', 1), ('a', 1), ('b', 1)) as t(s, v)"
        head = "select * from (values ('a', 2), ('b', 1), ('c', 1)) as t(s, v)"
        found = _changed(connection, base, head, "", "s = 'a'")
    assert (found.removed, found.added, found.unchanged) == (0, 1, 1)


def test_a_row_is_not_excused_by_another_of_the_same_key() -> None:
    """A change outside of what was declared would pass, because another row without a usable key satisfies it."""
    base = "select * from (values (null, 'a', 1), (null, 'b', 1), (7, 'a', 1), (7, 'b', 1), (8, 'b', 1)) as t(k, s, v)"
    head = f"select k, s, case when s = 'b' then 2 else v end as v from ({base})"
    with connect() as connection:
        found = _changed(connection, base, head, "k", "s = 'a'")
    assert (found.removed, found.added, found.changed) == (1, 1, 2)


@pytest.mark.parametrize(
    "condition",
    ["status = 'returned'", "amount > 3 and not (a or b)", "s in ('a', 'b')"],
)
def test_a_condition_is_about_columns(condition: str) -> None:
    """Honest conditions would be refused."""
    assert fault(condition, "duckdb") is None


@pytest.mark.parametrize(
    "condition",
    [
        "",
        "1 = 1) or (2 = 2",
        "true) union all select 1 where (true",
        "true); drop table orders; select (1",
        "id in (select id from secrets)",
        "exists (select 1 from read_csv('/etc/passwd'))",
        "not sql at all",
        "lower(s) like 'x%' -- a) or (b",
        "true) limit (1",
    ],
)
def test_what_is_no_condition_is_refused(condition: str) -> None:
    """A description, which anybody may write, would run queries of its own."""
    assert fault(condition, "duckdb") is not None
