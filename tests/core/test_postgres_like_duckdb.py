"""All questions asked of Postgres and of DuckDB, over the same rows: the answers are the same."""

from __future__ import annotations

import math
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import duckdb
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.commonalities import Figures
from bot.core.commonalities import conditions as find_common
from bot.core.inquiry import inquire
from bot.core.kinds import Kind, kind_of
from bot.core.pairing import pair
from bot.core.sql import DuckDb
from bot.domain import (
    Aggregate,
    Bins,
    Distance,
    ExampleRows,
    Extent,
    FirstRows,
    Frequencies,
    Key,
    KeySource,
    Likeness,
    Measure,
    Pair,
    Period,
    PeriodChanges,
    Question,
    RepeatedKeys,
    Row,
    RowChanges,
    RowCounts,
    RowKind,
    Side,
    Statement,
)
from tests.core import inquiries, postgres_rig, rig
from tests.core.postgres_rig import DIALECT, lead, run
from tests.core.rig import everything, quote

_EXAMPLES = 1_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 30
_SPELLING = {
    "BIGINT": "bigint",
    "INTEGER": "integer",
    "DECIMAL(18,2)": "numeric(18,2)",
    "DOUBLE": "double precision",
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "UUID": "uuid",
}
_TEXTS = ("", "a", "A", "b", "ä", "'", "a b", "10", "9", "\\n")
_MOMENTS = ("2020-01-01", "2020-02-29 12:00:00.5", "1969-12-31 23:59:59", "2024-12-30", "infinity", "-infinity")
_FLOATS = ("0", "-0.0", "0.1", "1.5", "-2.25", "1e22", "1e300", "-1e308", "1e308", "nan", "inf", "-inf", "1e-320")
_POOLS: Mapping[str, Sequence[str]] = {
    "BIGINT": ("0", "1", "-1", "7", "9007199254740993", "-9223372036854775808"),
    "INTEGER": ("0", "1", "2", "3", "2147483647"),
    "DECIMAL(18,2)": ("0", "0.10", "-2.25", "1234567890123456.78"),
    "DOUBLE": _FLOATS,
    "VARCHAR": _TEXTS,
    "BOOLEAN": ("true", "false"),
    "DATE": tuple(text[:10] if text[0].isdigit() else text for text in _MOMENTS),
    "TIMESTAMP": _MOMENTS,
    "TIMESTAMP WITH TIME ZONE": _MOMENTS,
    "UUID": ("00000000-0000-0000-0000-000000000000", "80000000-0000-0000-0000-000000000001"),
}
_ENDLESS = ("NaN", "Infinity", "-Infinity")
_Rows = list[tuple[str | None, ...]]


@pytest.fixture(scope="module")
def connection() -> Iterator[psycopg.Connection]:
    """One session of Postgres for all examples."""
    with postgres_rig.connect() as opened:
        yield opened


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    """One DuckDB for all examples."""
    with rig.connect() as opened:
        yield opened


@st.composite
def _tables(draw: st.DrawFn) -> tuple[list[str], _Rows, _Rows]:
    types = draw(st.lists(st.sampled_from(sorted(_POOLS)), min_size=1, max_size=5))
    row = st.tuples(*(st.none() | st.sampled_from(_POOLS[kind]) for kind in types))
    base = draw(st.lists(row, max_size=12))
    kept = [old for old in base if draw(st.integers(0, 5))]
    changed = [draw(row) if draw(st.integers(0, 4)) == 0 else old for old in kept]
    return types, base, changed + draw(st.lists(row, max_size=4))


def _pair_in_postgres(
    connection: psycopg.Connection, types: Sequence[str], base: _Rows, head: _Rows, key: Sequence[str]
) -> Pair:
    for name, rows in (("base_rows", base), ("head_rows", head)):
        columns = ", ".join(f"{quote(f'x{place}')} {_SPELLING[kind]}" for place, kind in enumerate(types))
        run(connection, f"drop table if exists {name}; create table {name} ({columns})")
        for row in rows:
            cells = (
                "null" if text is None else f"{DIALECT.literal(text)}::{_SPELLING[kind]}"
                for text, kind in zip(row, types, strict=True)
            )
            run(connection, f"insert into {name} values ({', '.join(cells)})")
    keys = [Key(tuple(key), KeySource.META)] if key else []
    base_table, head_table = (postgres_rig.find(connection, name) for name in ("base_rows", "head_rows"))
    return pair("model.shop.any", base_table, head_table, keys)


def _questions(of: Pair) -> list[Question]:
    asked: list[Question] = everything(of)
    asked += [FirstRows(Side.HEAD, 3), ExampleRows(3), ExampleRows(2)]
    asked += [RepeatedKeys(3)] if of.key else []
    for column in of.head.columns:
        name, kind = column.name, kind_of(column.type)
        measures = [measure for measure in Measure if measure not in (Measure.QUANTILE, Measure.CHECKSUM)]
        asked += [Aggregate(side, name, measure) for side in Side for measure in measures]
        asked.append(Frequencies(name, 3))
        if kind in (Kind.NUMBER, Kind.MOMENT):
            asked += [Aggregate(side, name, Measure.QUANTILE, at) for side in Side for at in (0.0, 0.5, 1.0)]
            asked += [Bins(name, (-10.0, 0.0, 0.5, 1e9, 1e300)), Distance(name)]
        if kind is Kind.MOMENT:
            asked += [PeriodChanges(name, period) for period in Period]
        if kind is Kind.NUMBER and of.key:
            asked.append(Extent(name))
        if of.key:
            asked.append(Likeness(name, name))
    return list(dict.fromkeys(asked))


def _plain(value: object) -> object:
    """An answer as what does not depend on how a warehouse writes numbers: 1.0 is 1, and nearly equal is equal."""
    if is_dataclass(value):
        return [_plain(getattr(value, one.name)) for one in fields(value)]
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        text = str(value).lower()
        try:
            number = float(text)
        except ValueError:
            return text.removesuffix("+00")
        return "nan" if math.isnan(number) else _Near(number)
    return value


class _Near:
    """A number, equal to those that are nearly equal."""

    def __init__(self, number: float) -> None:
        self._number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Near) and math.isclose(self._number, other._number, rel_tol=1e-9, abs_tol=1e-300)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._number)


def _lead_duck(connection: duckdb.DuckDBPyConnection, inquiry: Generator[Statement, list[Row], Any]) -> Any:
    try:
        statement = next(inquiry)
        while True:
            statement = inquiry.send(connection.execute(statement.sql).fetchall())
    except StopIteration as stop:
        return stop.value


@settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables=_tables(), data=st.data())
def test_all_answers_are_those_of_duckdb(
    connection: psycopg.Connection,
    duck: duckdb.DuckDBPyConnection,
    tables: tuple[list[str], _Rows, _Rows],
    data: st.DataObject,
) -> None:
    """A profile, a sample or a period could be wrong on Postgres alone, or its statement fail."""
    types, base, head = tables
    names = [f"x{place}" for place in range(len(types))]
    key = data.draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
    columns = [(name, kind, kind) for name, kind in zip(names, types, strict=True)]
    theirs = inquiries.make_pair_of(duck, columns, base, head, key)
    ours = _pair_in_postgres(connection, types, base, head, key)

    questions = _questions(theirs)
    expected = inquiries.lead(duck, theirs, questions).answers
    answers, _ = lead(connection, inquire(ours, questions, DIALECT))
    for question in questions:
        if isinstance(question, Aggregate) and question.at == 0.5 and expected[question] in _ENDLESS:
            continue  # what lies between two infinities is anybody's guess
        assert _plain(answers[question]) == _plain(expected[question]), question

    rows = answers[RowChanges()]
    assert isinstance(rows, RowCounts)
    kinds = {RowKind.ADDED: rows.added, RowKind.REMOVED: rows.removed, RowKind.CHANGED: rows.changed}
    figures = Figures(kinds, {Side.BASE: rows.base, Side.HEAD: rows.head})
    common, _ = lead(connection, find_common(ours, figures, DIALECT))
    assert _plain(common) == _plain(_lead_duck(duck, find_common(theirs, figures, DuckDb())))
