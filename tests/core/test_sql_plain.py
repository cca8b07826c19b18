"""Plain SQL against what is known to be right: executed on DuckDB, as it is and as stricter warehouses want it."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.inquiry import inquire
from bot.core.pairing import pair
from bot.core.sql_plain import Plain
from bot.core.sql_plain_measures import PlainMeasures
from bot.core.sql_plain_words import WORDS
from bot.core.tuning import DEFAULT, Tuning
from bot.domain import (
    Aggregate,
    Answers,
    Bins,
    ColumnChanges,
    Distance,
    ExampleRows,
    Examples,
    Extent,
    FirstRows,
    Frequencies,
    Key,
    KeyFacts,
    KeySource,
    Likeness,
    Measure,
    Pair,
    Period,
    PeriodChanges,
    Question,
    RepeatedKeys,
    RowChanges,
    RowCount,
    RowKind,
    Side,
    Tolerance,
)
from tests.core import inquiries
from tests.core.rig import connect, find
from tests.core.test_alignment_property import _TUNINGS as TUNINGS

_EXAMPLES = 2_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 20


class Strict(Plain):
    """DuckDB's words, as if it had what T-SQL and BigQuery lack: booleans in columns, names twice, temporary tables."""

    def __init__(self) -> None:
        words = replace(WORDS["duckdb"], plain_booleans=False, unique_names=True, temporary=False)
        PlainMeasures.__init__(self, words)


def lead(
    connection: duckdb.DuckDBPyConnection,
    of: Pair,
    questions: Collection[Question],
    dialect: Plain,
    tuning: Tuning = DEFAULT,
) -> Answers:
    """Leads an inquiry to its end, as a session does: what is created is dropped before."""
    inquiry = inquire(of, questions, dialect, salt="s", tuning=tuning)
    try:
        statement = next(inquiry)
        while True:
            sql = dialect.spell(statement.sql)
            words = sql.split()
            if words[0].lower() == "create":
                name = next(word for word in words if word.startswith('"'))
                connection.execute(f"drop table if exists {name}")
            statement = inquiry.send([tuple(row) for row in connection.execute(sql).fetchall()])
    except StopIteration as stop:
        answers: Answers = stop.value
    left = connection.execute("select table_name from duckdb_tables() where table_name like 'proofbot%'").fetchall()
    assert left == []
    return answers


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """One DuckDB for all of it."""
    with connect() as opened:
        yield opened


@pytest.fixture(params=[Plain("duckdb"), Strict()], ids=["plain", "strict"])
def dialect(request: pytest.FixtureRequest) -> Plain:
    """DuckDB as it is, and as the strictest of the others are."""
    return request.param  # type: ignore[no-any-return]


_OF_NUMBERS = (Measure.SUM, Measure.MEAN, Measure.STDDEV, Measure.MIN, Measure.MAX, Measure.DISTINCT)
_LENGTHS = (Measure.MIN_LENGTH, Measure.MAX_LENGTH, Measure.MEAN_LENGTH)
_COLUMNS = "id bigint, v double, name varchar, d decimal(18,2), since timestamp, ok boolean, tags integer[]"
_BASE = [
    "(1, 0.1, 'a', 1.10, '2024-12-30 10:00', true, [1])",
    "(2, 'nan', 'A', 2.25, '2025-01-06', false, [1, null])",
    "(3, 'inf', 'a ', null, null, null, null)",
    "(4, 1e200, '', 4, '2025-02-01', true, [])",
    "(5, -0.0, 'gone', 5, '2025-02-02', true, [5])",
    "(7, 7, 'twice', 7, '2025-02-02', true, [7])",
    "(null, 9, 'null key', 9, '2025-02-02', true, [7])",
]
_HEAD = [
    "(1, 0.1, 'a', 1.60, '2024-12-30 10:00', true, [1])",
    "(2, 'nan', 'A', 2.25, '2025-01-06', false, [1, null])",
    "(3, 'inf', 'a', null, null, null, null)",
    "(4, 2e200, '', 4, '2025-02-01', true, [null])",
    "(6, 6, 'new', 6, '2025-02-03', null, [6])",
    "(7, 7, 'twice', 7, '2025-02-02', true, [7])",
    "(7, 7, 'twice', 7, '2025-02-02', true, [7])",
    "(null, 9, 'null key', 9, '2025-02-02', true, [7])",
]


def _make(connection: duckdb.DuckDBPyConnection, columns: tuple[str, str], rows: tuple[str, str], key: str) -> Pair:
    for name, described, values in zip(("base_side", "head_side"), columns, rows, strict=True):
        connection.execute(f"create or replace table {name} ({described})")
        if values:
            connection.execute(f"insert into {name} values {values}")
    keys = [Key((key,), KeySource.META)] if key else []
    return pair("model.shop.orders", find(connection, "base_side"), find(connection, "head_side"), keys, {})


@pytest.fixture
def shop(connection: duckdb.DuckDBPyConnection) -> Pair:
    """A pair in which every kind of thing happens."""
    return _make(connection, (_COLUMNS, _COLUMNS), (", ".join(_BASE), ", ".join(_HEAD)), "id")


_QUESTIONS: list[Question] = [
    RowChanges(),
    *(RowCount(side) for side in Side),
    *(KeyFacts(side) for side in Side),
    *(ColumnChanges(name) for name in ("v", "name", "d", "since", "ok", "tags")),
    *(Extent(name) for name in ("v", "d", "id")),
    *(PeriodChanges("since", period) for period in Period),
    *(Likeness(name, name) for name in ("name", "v", "tags")),
    *(Aggregate(side, "id", measure) for side in Side for measure in _OF_NUMBERS),
    *(Aggregate(side, "d", measure) for side in Side for measure in _OF_NUMBERS),
    *(Aggregate(side, "v", Measure.MAX) for side in Side),
    *(Aggregate(side, "d", Measure.QUANTILE, 0.25) for side in Side),
    *(Aggregate(Side.HEAD, "since", measure) for measure in (Measure.MIN, Measure.MAX)),
    *(Aggregate(Side.HEAD, "ok", measure) for measure in (Measure.MIN, Measure.MAX, Measure.TRUE)),
    *(Aggregate(Side.HEAD, "name", measure) for measure in (*_LENGTHS, Measure.MIN, Measure.DISTINCT)),
    Aggregate(Side.HEAD, "tags", Measure.DISTINCT),
    Aggregate(Side.BASE, "d", Measure.NULLS),
    *(Distance(name) for name in ("id", "v", "since")),
    *(Frequencies(name, 3) for name in ("name", "ok")),
    *(Bins(name, (0.0, 2.0, 5.0, 10.0)) for name in ("d", "v")),
    RepeatedKeys(3),
    FirstRows(Side.HEAD, 2),
]


def _rounded(answer: object) -> object:
    """Floats to twelve digits: their last ones depend on how a sum is made."""
    return re.sub(r"-?\d+\.\d+(e-?\d+)?", lambda found: f"{float(found[0]):.12g}", repr(answer))


def test_every_kind_of_question_has_the_answer_that_duckdb_gives(
    connection: duckdb.DuckDBPyConnection, dialect: Plain, shop: Pair
) -> None:
    """On a warehouse that nobody wrote a dialect for, a change would be miscounted, or the check would fail."""
    expected = inquiries.lead(connection, shop, _QUESTIONS, "s").answers
    answers = lead(connection, shop, _QUESTIONS, dialect)
    for question in _QUESTIONS:
        assert _rounded(answers[question]) == _rounded(expected[question]), question


def test_examples_tell_what_differs(connection: duckdb.DuckDBPyConnection, dialect: Plain, shop: Pair) -> None:
    """The rows in a comment would be others than those that changed."""
    (answer,) = lead(connection, shop, [ExampleRows(5, by_extent="d")], dialect).values()
    assert isinstance(answer, Examples)
    found = {(row.kind, row.base and row.base[0], row.head and row.head[0], row.changed) for row in answer.rows}
    places = {name: place for place, name in enumerate(answer.columns)}
    assert found == {
        (RowKind.REMOVED, "5", None, ()),
        (RowKind.ADDED, None, "6", ()),
        (RowKind.ADDED, None, "7", ()),
        (RowKind.CHANGED, "1", "1", (places["d"],)),
        (RowKind.CHANGED, "3", "3", (places["name"],)),
        (RowKind.CHANGED, "4", "4", tuple(sorted((places["v"], places["tags"])))),
    }


def test_sums_that_are_no_numbers_are_not_told(connection: duckdb.DuckDBPyConnection, shop: Pair) -> None:
    """A sum that fails would take every other aggregate of the table with it."""
    asked: list[Question] = [Aggregate(Side.BASE, "v", one) for one in (Measure.SUM, Measure.MEAN, Measure.STDDEV)]
    assert list(lead(connection, shop, asked, Plain("duckdb")).values()) == [None, None, None]


_POOLS = {
    name: (*pool, "1e17", "-3", "0.5") if name in ("DOUBLE", "DECIMAL(18,2)") else pool
    for name, pool in inquiries.POOLS.items()
    if name in ("INTEGER", "BIGINT", "DOUBLE", "DECIMAL(4,1)", "DECIMAL(18,2)", "VARCHAR", "BOOLEAN", "TIME", "BLOB")
    or name in ("INTEGER[]", "JSON", "UUID")
} | {
    "DATE": ("2020-01-01", "1969-12-31"),
    "TIMESTAMP": ("2020-01-01", "2020-02-29 12:00:00.5", "1969-12-31"),
    "TIMESTAMP WITH TIME ZONE": ("2020-01-01", "2020-02-29 12:00:00.5", "1969-12-31 02:00:00+02"),
}
_FAMILIES = [["INTEGER", "BIGINT", "DECIMAL(4,1)", "DECIMAL(18,2)"], ["TIMESTAMP", "TIMESTAMP WITH TIME ZONE"]]
_BOUNDS = st.sampled_from([None, Decimal("0.1"), Decimal(1), Decimal("1e6")])


@st.composite
def _pairings(draw: st.DrawFn) -> tuple[list[tuple[str, str, str]], list[list[str | None]], list[list[str | None]]]:
    columns = []
    for place in range(draw(st.integers(1, 4))):
        base = head = draw(st.sampled_from(sorted(_POOLS)))
        family = next((one for one in _FAMILIES if base in one), None)
        if family and draw(st.booleans()):
            head = draw(st.sampled_from(family))
        elif draw(st.integers(0, 5)) == 0 and base not in ("DOUBLE", "BLOB"):
            head = "VARCHAR"
        columns.append((f"x {place}", base, head))
    cells = [st.none() | st.sampled_from(sorted({*_POOLS[base], *_POOLS[head]})) for _, base, head in columns]
    before = draw(st.lists(st.tuples(*cells).map(list), max_size=8))
    after = [row for row in before if draw(st.integers(0, 4))] + draw(st.lists(st.tuples(*cells).map(list), max_size=3))
    return columns, before, after


@settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=_pairings(), tuning=TUNINGS, data=st.data())
def test_rows_compare_as_duckdbs_own_words_have_it(
    connection: duckdb.DuckDBPyConnection,
    dialect: Plain,
    drawn: tuple[list[tuple[str, str, str]], list[list[str | None]], list[list[str | None]]],
    tuning: Tuning,
    data: st.DataObject,
) -> None:
    """A row would be called changed that is the same, or the same that changed, for some type or some way to count."""
    columns, base, head = drawn
    names = [name for name, _, _ in columns]
    key = data.draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
    of = inquiries.make_pair_of(connection, columns, base, head, key)
    absolute, relative, fold = data.draw(st.tuples(_BOUNDS, _BOUNDS, st.booleans()))
    tolerance = Tolerance(absolute, relative) if absolute is not None or relative is not None else None
    lenient = [
        replace(one, tolerance=None if one.head.name in key else tolerance, fold_case=fold, trim=fold)
        for one in of.shared
    ]
    of = replace(of, shared=tuple(lenient), exact=data.draw(st.booleans()))
    questions: list[Question] = [RowChanges(), *(RowCount(side) for side in Side)]
    if of.key:
        questions += [*(KeyFacts(side) for side in Side), *(ColumnChanges(name) for name in names)]
    expected = inquiries.lead(connection, of, questions, tuning=tuning).answers
    assert lead(connection, of, questions, dialect, tuning) == expected
