"""A share of a pair: the same keys on both sides, in every run."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest

from bot.core.sampling import sampled
from bot.core.sql import DuckDb
from bot.domain import Key, KeyCounts, KeyFacts, KeySource, Pair, RowChanges, RowCounts, Side
from tests.core.rig import ask, connect, make_pair

_ROWS = 20_000


def _cut(pair: Pair, share: float) -> Pair:
    return sampled(pair, share, DuckDb())


def _changes(connection: duckdb.DuckDBPyConnection, pair: Pair) -> RowCounts:
    answer = ask(connection, pair, [RowChanges()])[0][RowChanges()]
    assert isinstance(answer, RowCounts)
    return answer


def _keys(connection: duckdb.DuckDBPyConnection, pair: Pair, columns: str = "id") -> tuple[set[object], set[object]]:
    base, head = (
        connection.execute(f"select {columns} from {table.expression} t").fetchall() for table in (pair.base, pair.head)
    )
    return set(base), set(head)


@pytest.mark.parametrize(
    ("key", "base", "head"),
    [
        (["id"], "i as id", "i as id"),
        (["id"], "i::integer as id", "i::decimal(38,4) as id"),
        (["id"], "i::double as id", "i::hugeint as id"),
        (["id"], "-i::double as id", "(-i)::decimal(18,2) as id"),
        (["id"], "i::varchar as id", "i as id"),
        (["id"], "date '2020-01-01' + i::integer as id", "(date '2020-01-01' + i::integer)::timestamp as id"),
        (["id"], "(timestamp '2020-01-01' + to_hours(i)) as id", "(timestamptz '2020-01-01' + to_hours(i)) as id"),
        (
            ["id"],
            "case when i = 0 then -0.0::double else i end as id",
            "case when i = 0 then 0.0::double else i end as id",
        ),
        (["id"], "to_days(i::integer) as id", "to_hours(i * 24) as id"),
        (["id"], "{'a': i::double} as id", "{'a': i::double} as id"),
        (
            ["id", "Or der"],
            "i // 10 as id, 'a-' || i % 10 as \"Or der\"",
            "i // 10 as id, 'a-' || i % 10 as \"Or der\"",
        ),
    ],
)
def test_a_key_is_looked_at_on_both_sides_or_on_neither(key: list[str], base: str, head: str) -> None:
    """Rows would look added and removed only because a sample took one half of them."""
    with connect() as connection:
        query = f"select {{}}, 1 as v from range({_ROWS}) r(i)"
        cut = _cut(make_pair(connection, query.format(base), query.format(head), key), 0.1)
        changes = _changes(connection, cut)
    assert (changes.added, changes.removed, changes.changed) == (0, 0, 0)
    assert 0.08 * _ROWS < changes.unchanged < 0.12 * _ROWS
    assert cut.sampled == 0.1
    assert not cut.base.stored
    assert not cut.head.stored


def test_folded_keys_are_looked_at_alike() -> None:
    """A key that is compared without regard to case would be sampled with regard to it."""
    with connect() as connection:
        query = f"select {{}} as id from range({_ROWS}) r(i)"
        pair = make_pair(connection, query.format("'k' || i"), query.format("'K' || i || '  '"), ["id"])
        folded = replace(pair, shared=tuple(replace(one, fold_case=True, trim=True) for one in pair.shared))
        changes = _changes(connection, _cut(folded, 0.1))
    assert (changes.added, changes.removed) == (0, 0)
    assert changes.unchanged > 0


def test_what_changed_shows_in_proportion() -> None:
    """A sample that always takes, or never takes, the rows that changed would tell a wrong rate."""
    with connect() as connection:
        base = f"select i as id, 0 as v from range({_ROWS}) r(i)"
        head = f"select i as id, (i % 4 = 0)::integer as v from range({_ROWS}) r(i) where i % 10 <> 1"
        changes = _changes(connection, _cut(make_pair(connection, base, head, ["id"]), 0.25))
    assert 0.22 < changes.changed / changes.head / (5 / 18) * 0.25 < 0.28
    assert 0.08 < changes.removed / changes.base < 0.12


def test_samples_are_nested_and_stable() -> None:
    """Raising a budget would show other rows, and a second run other figures."""
    with connect() as connection:
        query = f"select i as id from range({_ROWS}) r(i)"
        pair = make_pair(connection, query, query, ["id"])
        tenth, half = _keys(connection, _cut(pair, 0.1)), _keys(connection, _cut(pair, 0.5))
        again = _keys(connection, _cut(make_pair(connection, f"{query} order by hash(i)", query, ["id"]), 0.1))
    assert tenth == again
    assert tenth[0] == tenth[1]
    assert tenth[0] < half[0]


def test_repeated_and_null_keys_are_told_as_without_a_sample() -> None:
    """A repeated key would lose one of its rows, and a null key be there on one side only."""
    with connect() as connection:
        id_ = "case when i % 5 = 0 then null else i // 2 end as id"
        query = f"select {id_}, i % 3 as n, i % 7 as v from range({_ROWS}) r(i)"
        cut = _cut(make_pair(connection, query, query, ["id", "n"]), 0.5)
        found, changes = _keys(connection, cut, "id, n"), _changes(connection, cut)
        doubled = _cut(make_pair(connection, f"{query} union all {query}", query, ["id", "n"]), 0.5)
        facts = ask(connection, doubled, [KeyFacts(Side.BASE), KeyFacts(Side.HEAD)])[0]
    assert found[0] == found[1]
    assert (changes.added, changes.removed, changes.changed) == (0, 0, 0)
    base, head = facts[KeyFacts(Side.BASE)], facts[KeyFacts(Side.HEAD)]
    assert isinstance(base, KeyCounts)
    assert isinstance(head, KeyCounts)
    assert base.null_rows == 2 * head.null_rows > 0
    assert base.duplicate_rows > 2 * head.duplicate_rows, "every row is there twice"


def test_without_a_key_rows_are_chosen_by_all_their_values() -> None:
    """A model without a key could not be kept to a budget."""
    with connect() as connection:
        base = f"select i % 1000 as a, i // 1000 as b, null as c from range({_ROWS}) r(i)"
        changes = _changes(connection, _cut(make_pair(connection, base, f"{base} order by hash(i)"), 0.1))
    assert (changes.added, changes.removed) == (0, 0)
    assert 0.08 * _ROWS < changes.unchanged < 0.12 * _ROWS


def test_the_whole_is_no_sample() -> None:
    """A finding would speak of a sample where everything was looked at."""
    with connect() as connection:
        pair = make_pair(connection, "select 1 as id", "select 1 as id", ["id"])
        strangers = make_pair(connection, "select 1 as a", "select 1 as b")
    assert _cut(pair, 1.0) is pair
    assert _cut(strangers, 0.5) is strangers


@pytest.mark.parametrize("share", [0.0, -0.5, 1.5])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    """A sample of nothing would pass for a table without differences."""
    with connect() as connection:
        pair = make_pair(connection, "select 1 as id", "select 1 as id", ["id"])
    with pytest.raises(ValueError, match="no share"):
        _cut(pair, share)


def test_columns_that_are_not_compared_decide_nothing() -> None:
    """A column of load times would put each row of a model without a key into one side's sample only."""
    with connect() as connection:
        query = f"select i as a, {{}} as loaded from range({_ROWS}) r(i)"
        pair = make_pair(connection, query.format("i"), query.format("i + 1"), loaded="it is volatile")
        keyed = replace(pair, key=Key(("a",), KeySource.META))
        for one in (pair, keyed):
            changes = _changes(connection, _cut(one, 0.1))
            assert (changes.added, changes.removed, changes.changed) == (0, 0, 0)
