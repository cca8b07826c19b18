"""Every condition on rows that differ, against a naive oracle: plain Python over the texts of all rows."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.commonalities import Condition, Figures, conditions
from bot.core.commonality_sql import SIDES
from bot.core.sql import DuckDb
from bot.core.tuning import DEFAULT, Tuning
from bot.domain import Common, Pair, Relates, RowKind, Side
from tests.core.inquiries import make_pair_of
from tests.core.rig import connect, quote

_EXAMPLES = 5_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 25
_SMALL = Tuning(sliced_from=0, slices=2, slice_rows=2, slabs=4, slab_rows=1, bucketed_from=0, bucket_rows=1)
_TUNINGS = (DEFAULT, replace(_SMALL, open_share=0.0, scattered_share=1.0), replace(_SMALL, open_share=1.0, dense=0))
_LONG = "a text that is much too long to be the word that some rows have in common"
_POOLS: dict[tuple[str, str, str], Sequence[str | None]] = {
    ("k", "INTEGER", "INTEGER"): [None, *map(str, range(24))],
    ("a text", "VARCHAR", "VARCHAR"): ["a", "A", "it's", '"', "ä", "日本", "", "NULL", " a ", _LONG, None],
    ("f", "DOUBLE", "DOUBLE"): ["0", "-0.0", "0.1", "-2.5", "1e22", "nan", "inf", "-inf", None],
    ("d", "DECIMAL(10,2)", "DECIMAL(10,2)"): ["0", "-1.5", "10", "9.99", None],
    ("day", "DATE", "DATE"): ["2024-01-31", "2024-02-01", "2024-02-29", "infinity", None],
    ("at", "TIMESTAMP", "TIMESTAMP"): ["2024-01-31 23:59:59.999999", "2024-02-01", "-infinity", None],
    ("flag", "BOOLEAN", "BOOLEAN"): ["true", "false", None],
    ("n", "INTEGER", "BIGINT"): ["1", "2", "10", "-3", None],
    ("mixed", "INTEGER", "VARCHAR"): ["1", "2", None],
    ("list", "INTEGER[]", "INTEGER[]"): ["[1]", "[]", None],
}
_COLUMNS = tuple(_POOLS)
_NAMES = [name for name, _, _ in _COLUMNS]
_RANGED = {"k", "f", "d", "day", "at", "n"}
_NUMBERS = {"k", "f", "d", "n"}
_ENDLESS = {"nan", "inf", "-inf", "infinity", "-infinity"}
_Texts = tuple[str | None, ...]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """One DuckDB for all cases."""
    with connect() as opened:
        yield opened


_ROW = st.tuples(*(st.sampled_from(pool) for pool in _POOLS.values()))


@st.composite
def _tables(draw: st.DrawFn) -> tuple[list[_Texts], list[_Texts]]:
    """Base, and a head in which some rows are gone, some have changed and some are new."""
    keys = draw(st.lists(st.integers(0, 23), min_size=4, max_size=20, unique=draw(st.booleans())))
    base = [(str(key), *draw(_ROW)[1:]) for key in keys] + draw(st.lists(_ROW, max_size=3))
    head = []
    for row in base:
        fate = draw(st.sampled_from(["stays", "stays", "goes", "changes"]))
        if fate != "goes":
            head.append(row if fate == "stays" else (row[0], *draw(_ROW)[1:]))
    return base, head + draw(st.lists(_ROW, max_size=6))


class _Oracle:
    """The rows of each kind, and those that they are told from."""

    def __init__(self, base: Sequence[_Texts], head: Sequence[_Texts], *, keyed: bool) -> None:
        sides = [Counter(row[0] for row in rows) for rows in (base, head)]
        good = {key for key in {*sides[0], *sides[1]} if keyed and key is not None and max(s[key] for s in sides) == 1}
        old, new = ({row[0]: row for row in rows if row[0] in good} for rows in (base, head))
        rest = [Counter(row for row in rows if row[0] not in good) for rows in (base, head)]
        removed = [old[key] for key in {*old} - {*new}] + list((rest[0] - rest[1]).elements())
        added = [new[key] for key in {*new} - {*old}] + list((rest[1] - rest[0]).elements())
        changed = [old[key] for key in {*old} & {*new} if old[key] != new[key]]
        self.kinds = {RowKind.REMOVED: removed, RowKind.ADDED: added, RowKind.CHANGED: changed}
        self.all = {
            RowKind.REMOVED: list(base),
            RowKind.ADDED: list(head),
            RowKind.CHANGED: list((Counter(base) - Counter(removed)).elements()),
        }
        counts = {kind: len(rows) for kind, rows in self.kinds.items()}
        self.figures = Figures(counts, {Side.BASE: len(base), Side.HEAD: len(head)})

    def count(self, one: Common) -> tuple[int, int, int]:
        """Rows of the kind, those that satisfy a condition, and others that do."""
        satisfies = self._test(one)
        hits = sum(map(satisfies, self.kinds[one.kind]))
        return len(self.kinds[one.kind]), hits, sum(map(satisfies, self.all[one.kind])) - hits

    def expected(self, key: Sequence[str]) -> set[tuple[RowKind, str, Relates, tuple[str, ...]]]:
        """What has to be among the conditions: null, not null, the whole range, all values where these are few."""
        found: set[tuple[RowKind, str, Relates, tuple[str, ...]]] = set()
        kinds = [kind for number, kind in zip(SIDES, RowKind, strict=True) if number in self.figures.promising]
        for kind, name in product(kinds, _NAMES):
            place = _NAMES.index(name)
            values = [row[place] for row in self.kinds[kind]]
            finite = [text for text in values if text is not None and not _is_endless(name, text)]
            found |= {(kind, name, one, ()) for one in (Relates.NULL, Relates.NOT_NULL)}
            if name in _RANGED and finite:
                ends = min(finite, key=_order(name)), max(finite, key=_order(name))
                found.add((kind, name, Relates.BETWEEN, ends))
            rows = Counter(row[place] for row in self.all[kind])
            few = len(set(finite)) <= 5 and len(finite) >= 0.95 * len(values)
            several = all(rows[text] > 1 and len(text) <= 60 for text in finite)
            if finite and few and several and name not in (*key, "list"):
                found.add((kind, name, Relates.IN, tuple(sorted(set(finite)))))
        return found

    def _test(self, one: Common) -> Callable[[_Texts], bool]:
        place, order = _NAMES.index(one.column), _order(one.column)

        def satisfies(row: _Texts) -> bool:
            text = row[place]
            if one.relates in (Relates.NULL, Relates.NOT_NULL):
                return (text is None) is (one.relates is Relates.NULL)
            if text is None or _is_endless(one.column, text):
                return False
            if one.relates is Relates.IN:
                return text in one.values
            low, high = map(order, one.values)
            return low <= order(text) <= high

        return satisfies


def _is_endless(name: str, text: str) -> bool:
    return name in _RANGED and text in _ENDLESS


def _order(name: str) -> Callable[[str], Decimal]:
    """What tells which of two values comes first: numbers as they are, moments by all their digits."""
    if name in _NUMBERS:
        return Decimal
    return lambda text: Decimal("".join(filter(str.isdigit, text)).ljust(20, "0"))


def _texts(connection: duckdb.DuckDBPyConnection, table: str) -> list[_Texts]:
    """The rows of a table as texts; -0.0 is 0.0."""
    listed = ", ".join(
        f"({quote(name)} + 0::DOUBLE)::VARCHAR" if name == "f" else f"{quote(name)}::VARCHAR" for name in _NAMES
    )
    return [tuple(row) for row in connection.execute(f"select {listed} from {table}").fetchall()]


def _lead(connection: duckdb.DuckDBPyConnection, of: Pair, figures: Figures, tuning: Tuning) -> tuple[Condition, ...]:
    inquiry = conditions(of, figures, DuckDb(), tuning)
    try:
        statement = next(inquiry)
        while True:
            statement = inquiry.send([tuple(row) for row in connection.execute(statement.sql).fetchall()])
    except StopIteration as stop:
        found: tuple[Condition, ...] = stop.value
        return found


@settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables=_tables(), keyed=st.booleans(), tuning=st.sampled_from(_TUNINGS))
def test_every_condition_has_the_figures_of_a_naive_count(
    connection: duckdb.DuckDBPyConnection, tables: tuple[list[_Texts], list[_Texts]], tuning: Tuning, *, keyed: bool
) -> None:
    """The comment would say "and no other row has" where some have, or name a value that the table does not hold."""
    key = ["k"] if keyed else []
    of = make_pair_of(connection, _COLUMNS, *tables, key)
    oracle = _Oracle(_texts(connection, "base_rows"), _texts(connection, "head_rows"), keyed=keyed)
    found = [one.common for one in _lead(connection, of, oracle.figures, tuning)]
    for one in found:
        assert (one.rows, one.matching, one.others) == oracle.count(one), one
        if one.relates is Relates.IN:
            often = Counter(row[_NAMES.index(one.column)] for row in oracle.kinds[one.kind])
            assert [often[text] for text in one.values] == sorted((often[text] for text in one.values), reverse=True)
            assert one.column not in key
    told = {
        (one.kind, one.column, one.relates, tuple(sorted(one.values)) if one.relates is Relates.IN else one.values)
        for one in found
    }
    assert oracle.expected(key) <= told
