"""Every inquiry of the engine, led by what a DuckDB has answered to the same ones: what would a warehouse be asked?"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb

from bot.core import commonalities, conditions, pairing, sampling, trials
from bot.core.commonalities import Figures
from bot.core.inquiry import inquire
from bot.core.sql import Dialect, DuckDb
from bot.core.trio import Trio
from bot.core.tuning import DEFAULT, Tuning
from bot.core.volatility import Causes
from bot.domain import (
    Aggregate,
    Bins,
    Column,
    ColumnChanges,
    Distance,
    ExampleRows,
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
    RelationName,
    RepeatedKeys,
    Row,
    RowChanges,
    RowCount,
    RowKind,
    Showing,
    Side,
    Statement,
    Table,
    Tolerance,
)
from tests.core.rig import connect

DUCKDB_TYPES: Mapping[str, str] = {
    "id": "BIGINT",
    "n": "INTEGER",
    "amount": "DECIMAL(12,2)",
    "great": "DECIMAL(38,0)",
    "share": "DOUBLE",
    'na"me': "VARCHAR",
    "day": "DATE",
    "at": "TIMESTAMP",
    "seen": "TIMESTAMP WITH TIME ZONE",
    "clock": "TIME",
    "open": "BOOLEAN",
    "doc": "JSON",
    "bin": "BLOB",
}
"""The columns of the tables that are asked about. Each dialect says how it calls these types."""

_BECOME = {"n": "amount", "amount": "share", "great": "amount", "day": "at", "seen": "at", "open": 'na"me'}
"""In the case of changed types, each of these columns has the other's type at head."""

_VALUES = (
    "case when i = 7 then null when i = 6 then 5 else i end, i % 7, i * 1.25 + {0}, i, i / 3 + {0}, 'name ' || i % 4, "
    "date '2024-01-01' + (i % 9)::integer, timestamp '2024-01-01 10:00:00' + to_hours(i), timestamptz "
    "'2024-01-01 10:00:00+02' + to_hours(i), time '10:00:00', case when i % 3 > 0 then i % 3 = 1 end, "
    "'{{\"a\": 1}}'::json, 'ab'::blob"
)
_ROWS = {
    "base_rows": ("0", "i < 60"),
    "head_rows": ("case when i % 5 = 0 then 1 else 0 end", "i not between 10 and 29"),
    "control": ("case when i % 2 = 0 then 1 else 0 end", "i < 60"),
}
_FORCED = Tuning(sliced_from=10**9, bucketed_from=1, bucket_rows=4, kept_rows=20, joined_rows=20)
_SLICED = Tuning(sliced_from=1, slices=2, slice_rows=8, slabs=4, slab_rows=8, bucketed_from=1)
_ORDERED = ("n", "amount", "share", "day", "at", "seen")

Steps = Generator[Statement, list[Row], Any]
Case = Callable[["Sides"], Steps]


@dataclass(frozen=True)
class Sides:
    """The tables as a dialect knows them: quoted by it, with its types."""

    dialect: Dialect
    types: Mapping[str, str]

    def pair(self, *columns: str, key: bool = True, changed: bool = False) -> Pair:
        """Base and head with some columns, all where none is named."""
        keys = [Key(("id",), KeySource.META)] if key else []
        after = {name: self.types[_BECOME.get(name, name)] for name in self.types} if changed else self.types
        head = self._table("head_rows", columns, after)
        return pairing.pair("model.shop.orders", self._table("base_rows", columns, self.types), head, keys)

    def control(self, *columns: str) -> Table:
        """Base built once more."""
        return self._table("control", columns, self.types)

    def _table(self, name: str, columns: Sequence[str], types: Mapping[str, str]) -> Table:
        wanted = tuple(Column(column, types[column]) for column in columns or types)
        return Table(RelationName(None, "main", name), self.dialect.quote(name), wanted)


def _everything(of: Pair) -> list[Question]:
    facts: list[Question] = [RowCount(Side.BASE), RowChanges()]
    return [*facts, KeyFacts(Side.BASE), *(ColumnChanges(one.head.name) for one in of.shared)] if of.key else facts


def _compare(sides: Sides, of: Pair, tuning: Tuning = DEFAULT) -> Steps:
    return inquire(of, _everything(of), sides.dialect, tuning=tuning)


def _tolerances(sides: Sides) -> Steps:
    of = sides.pair("id", "amount", "share", "great", "at", 'na"me')
    limit = Tolerance(absolute=Decimal("0.5"), relative=Decimal("0.01"))
    days = Tolerance(absolute=Decimal(86400))
    limits = {"amount": limit, "great": limit, "share": limit, "at": days}
    shared = tuple(
        replace(one, tolerance=limits.get(one.head.name), fold_case=one.head.name == 'na"me', trim=True)
        for one in of.shared
    )
    return _compare(sides, replace(of, shared=shared))


def _aggregates(sides: Sides) -> Steps:
    measures = [one for one in Measure if one is not Measure.QUANTILE]
    asked: list[Question] = [Aggregate(Side.HEAD, name, one) for name in sides.types for one in measures]
    asked += [Aggregate(Side.BASE, name, Measure.QUANTILE, 0.5) for name in sides.types]
    return inquire(replace(sides.pair(), showing={'na"me': Showing.HASH}), asked, sides.dialect, salt="a 'salt'")


def _columns(sides: Sides) -> Steps:
    asked: list[Question] = [Frequencies(name, 3) for name in ("n", 'na"me', "seen", "open")]
    for name in _ORDERED:
        asked += [Bins(name, (0.0, 2.5, 1e9, 2e9)), Distance(name)]
    return inquire(replace(sides.pair(), showing={"n": Showing.HASH, "seen": Showing.HIDE}), asked, sides.dialect)


def _closeups(sides: Sides, *, key: bool) -> Steps:
    of = sides.pair("id", "n", "amount", "share", 'na"me', "at", "open", key=key)
    of = replace(of, showing={'na"me': Showing.HASH, "open": Showing.MASK})
    asked: list[Question] = [ExampleRows(2), *(PeriodChanges("at", period) for period in Period)]
    if key:
        asked += [Extent("amount"), Extent("share"), ExampleRows(2, "amount"), RepeatedKeys(2)]
    return inquire(of, asked, sides.dialect, salt="a 'salt'")


def _periods(sides: Sides) -> Steps:
    asked = [PeriodChanges("day", Period.WEEK), PeriodChanges("seen", Period.MONTH)]
    return inquire(sides.pair("id", "day", "seen"), asked, sides.dialect)


def _commonalities(sides: Sides) -> Steps:
    figures = Figures({RowKind.REMOVED: 20, RowKind.ADDED: 40, RowKind.CHANGED: 7}, {Side.BASE: 60, Side.HEAD: 80})
    return commonalities.find(sides.pair("id", "n", "amount", "share", 'na"me', "at", "open"), figures, sides.dialect)


def _trial(sides: Sides, *, key: bool) -> Steps:
    names = ("id", "amount", "share", 'na"me')
    return trials.find(Trio(sides.pair(*names, key=key), (sides.control(*names),), sides.dialect, Causes()))


CASES: Mapping[str, Case] = {
    "a key": lambda sides: _compare(sides, sides.pair()),
    "a key, exactly": lambda sides: _compare(sides, replace(sides.pair("id", "amount"), exact=True)),
    "a key, by buckets and parts": lambda sides: _compare(sides, sides.pair("id", "amount"), _FORCED),
    "a key of texts": lambda sides: _compare(
        sides, replace(sides.pair('na"me', "n", "at"), key=Key(('na"me', "at"), KeySource.META)), _FORCED
    ),
    "a key, in slices": lambda sides: _compare(sides, sides.pair("id", "amount"), _SLICED),
    "no key": lambda sides: _compare(sides, sides.pair(key=False)),
    "no key, exactly": lambda sides: _compare(sides, replace(sides.pair("n", "share", key=False), exact=True)),
    "no key, by buckets and parts": lambda sides: _compare(sides, sides.pair("n", "share", key=False), _FORCED),
    "changed types": lambda sides: _compare(sides, sides.pair(changed=True)),
    "tolerances": _tolerances,
    "key facts": lambda sides: inquire(sides.pair("id"), [KeyFacts(Side.HEAD), RowCount(Side.HEAD)], sides.dialect),
    "aggregates": _aggregates,
    "first rows": lambda sides: inquire(sides.pair(), [FirstRows(Side.BASE, 3)], sides.dialect),
    "columns": _columns,
    "close looks": lambda sides: _closeups(sides, key=True),
    "close looks without a key": lambda sides: _closeups(sides, key=False),
    "periods": _periods,
    "likeness": lambda sides: inquire(
        sides.pair(), [Likeness("n", "amount"), Likeness("doc", "doc"), Likeness("amount", "share")], sides.dialect
    ),
    "a sample": lambda sides: _compare(
        sides, sampling.sampled(sides.pair("id", "amount", "seen"), 0.25, sides.dialect)
    ),
    "a sample without a key": lambda sides: _compare(
        sides, sampling.sampled(sides.pair("amount", "seen", "doc", key=False), 0.25, sides.dialect)
    ),
    "rows left out": lambda sides: _compare(
        sides, conditions.elsewhere(sides.pair("id", "n"), f"{sides.dialect.quote('n')} > 3", sides.dialect)
    ),
    "what rows have in common": _commonalities,
    "noise": lambda sides: _trial(sides, key=True),
    "noise without a key": lambda sides: _trial(sides, key=False),
    "what becomes other": lambda sides: trials.becoming(sides.pair("id", "n"), sides.control("id", "n"), sides.dialect),
}
"""A hybrid is a pair like any other, and so is a query of the user's: they are asked no other statements."""


def duckdb_asked(case: str) -> list[tuple[Statement, list[Row]]]:
    """The statements of a case in DuckDB, executed, with what they gave; rows are found by place where it has one."""
    return _lead_duckdb(case, DuckDb())


def asked(case: str, sides: Sides) -> list[Statement]:
    """The statements of a case in a dialect, led by the answers of DuckDB to those of the same purpose.

    What was not asked of DuckDB is answered by zeros; nobody looks at what comes out.
    """
    told = list(_told(case))
    statements: list[Statement] = []
    steps = CASES[case](sides)
    rows: list[Row] | None = None
    while True:
        try:
            statement = next(steps) if rows is None else steps.send(rows)
        except StopIteration:
            return statements
        statements.append(statement)
        place = next((at for at, (purpose, _) in enumerate(told) if purpose == statement.purpose), None)
        if place is None:
            rows = [(0,) * 40]
        else:
            rows = told[place][1]
            told = told[place + 1 :]


class _WithoutPlaces(DuckDb):
    """DuckDB as most warehouses are."""

    @property
    def position(self) -> str | None:
        return None

    def is_integer(self, term: object) -> bool:  # noqa: ARG002 (no key has bounds)
        return False


@cache
def _told(case: str) -> tuple[tuple[str, list[Row]], ...]:
    return tuple((statement.purpose, rows) for statement, rows in _lead_duckdb(case, _WithoutPlaces()))


def _lead_duckdb(case: str, dialect: Dialect) -> list[tuple[Statement, list[Row]]]:
    found: list[tuple[Statement, list[Row]]] = []
    connection = _database(changed=case == "changed types").cursor()
    connection.execute("set TimeZone = 'UTC'")
    steps = CASES[case](Sides(dialect, DUCKDB_TYPES))
    rows: list[Row] | None = None
    while True:
        try:
            statement = next(steps) if rows is None else steps.send(rows)
        except StopIteration:
            return found
        rows = connection.execute(statement.sql).fetchall()
        found.append((statement, rows))


@cache
def _database(*, changed: bool) -> duckdb.DuckDBPyConnection:
    connection = connect()
    names = ", ".join(f"v{number}" for number in range(len(DUCKDB_TYPES)))
    for table, (raised, where) in _ROWS.items():
        source = f"(select {_VALUES.format(raised)} from range(100) r(i) where {where}) t({names})"
        columns = []
        for number, (name, own) in enumerate(DUCKDB_TYPES.items()):
            type_name = DUCKDB_TYPES[_BECOME.get(name, name)] if changed and table == "head_rows" else own
            quoted = DuckDb().quote(name)
            columns.append(f"v{number}::{type_name} as {quoted}")
        connection.execute(f"create table {table} as select {', '.join(columns)} from {source}")
    return connection
