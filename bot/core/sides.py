"""What is asked of each side by itself: aggregates of its columns, its first rows.

All aggregates of both sides are one statement, which reads each side once. Of a table with very many columns each group
of columns is read by itself, because warehouses plan very wide aggregates slowly.
"""

# Statements are text of quoted identifiers and our own words; no value ever goes into one.
# ruff: noqa: S608

from __future__ import annotations

import math
from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import reduce

from bot.core.kinds import Kind, kind_of
from bot.core.scans import as_int
from bot.core.sql import Dialect, Term
from bot.core.sql_measures import shown
from bot.domain import (
    Aggregate,
    Answer,
    Cell,
    Column,
    Example,
    Examples,
    FirstRows,
    Measure,
    Pair,
    Question,
    Row,
    RowCount,
    RowKind,
    Scalar,
    Showing,
    Side,
    Statement,
)

MOST_COLUMNS = 12
"""How many columns of a row are shown, unless the key alone has more."""

_COLUMNS_A_SCAN = 50
_SINGLE_VALUES = frozenset({Measure.MIN, Measure.MAX, Measure.QUANTILE})
_ENOUGH_DIGITS = Context(prec=1000)
_Steps = Generator[Statement, list[Row], dict[Question, Answer]]


def column_of(pair: Pair, side: Side, name: str) -> Column | None:
    """A side's column by the name under which questions know it: head's, or base's where only base has it."""
    for pairing in pair.shared:
        if pairing.head.name == name:
            return pairing.base if side is Side.BASE else pairing.head
    if side is Side.HEAD:
        return next((column for column in pair.head.columns if column.name == name), None)
    shared = {pairing.base.name for pairing in pair.shared}
    return next((column for column in pair.base.columns if column.name == name and name not in shared), None)


def showing_of(pair: Pair, name: str) -> Showing:
    """How much of a column may be seen."""
    return pair.showing.get(name, Showing.SHOW)


def check(pair: Pair, questions: Collection[Aggregate | RowCount | FirstRows]) -> None:
    """Raises ValueError for a question that has no answer for this pair: of a column that the side has not."""
    for question in questions:
        if isinstance(question, Aggregate):
            if column_of(pair, question.side, question.column) is None:
                raise ValueError(f"{question.side} of {pair.unique_id} has no column {question.column}")
            if (question.at is None) is (question.measure is Measure.QUANTILE):
                raise ValueError(f"{question} needs `at` where it is a quantile, and else none")


def ask_sides(
    pair: Pair, questions: Collection[Aggregate | RowCount | FirstRows], dialect: Dialect, salt: str
) -> _Steps:
    """Asks for all aggregates by one statement, and for the first rows by one each."""
    answers: dict[Question, Answer] = {}
    aggregates = [question for question in questions if not isinstance(question, FirstRows)]
    if aggregates:
        answers |= yield from _ask_aggregates(pair, aggregates, dialect, salt)
    for question in questions:
        if isinstance(question, FirstRows):
            answers[question] = yield from _ask_first_rows(pair, question, dialect, salt)
    return answers


# --- aggregates -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Scan:
    """Some columns of one side, read once. They are called v0, v1, ... inside."""

    side: Side
    columns: Mapping[str, tuple[str, Column]]
    questions: Sequence[Aggregate | RowCount]


def _ask_aggregates(pair: Pair, questions: Sequence[Aggregate | RowCount], dialect: Dialect, salt: str) -> _Steps:
    scans = [scan for side in Side for scan in _scans(pair, side, [q for q in questions if q.side is side])]
    parts: list[str] = []
    asked: list[Aggregate | RowCount] = []
    for place, scan in enumerate(scans):
        words = _Words(pair, scan, dialect, salt)
        aggregates = [f"{words.aggregate(question)} as a{index}" for index, question in enumerate(scan.questions)]
        parts.append(f"(select {', '.join(aggregates)} from {words.rows()} t) s{place}")
        asked += scan.questions
    rows = yield Statement(f"select * from {' cross join '.join(parts)}", "describe the values of both sides")
    return {question: _scalar(pair, question, cell) for question, cell in zip(asked, rows[0], strict=True)}


def _scans(pair: Pair, side: Side, questions: Sequence[Aggregate | RowCount]) -> list[_Scan]:
    names = list(dict.fromkeys(question.column for question in questions if isinstance(question, Aggregate)))
    counts = [question for question in questions if isinstance(question, RowCount)]
    scans = []
    for start in range(0, max(len(names), 1), _COLUMNS_A_SCAN):
        part = names[start : start + _COLUMNS_A_SCAN]
        found = {name: column_of(pair, side, name) for name in part}
        columns = {
            name: (f"v{index}", column) for index, (name, column) in enumerate(found.items()) if column is not None
        }
        of_part = [q for q in questions if isinstance(q, Aggregate) and q.column in columns]
        scans.append(_Scan(side, columns, [*(counts if start == 0 else []), *of_part]))
    return [scan for scan in scans if scan.questions]


class _Words:
    """The SQL of one scan."""

    def __init__(self, pair: Pair, scan: _Scan, dialect: Dialect, salt: str) -> None:
        self._pair, self._scan, self._dialect, self._salt = pair, scan, dialect, salt
        shares: dict[str, list[float]] = {}
        for question in scan.questions:
            if isinstance(question, Aggregate) and question.at is not None:
                shares.setdefault(question.column, []).append(question.at)
        self._quantiles = {
            (name, at): quantile
            for name, ats in shares.items()
            for at, quantile in zip(ats, dialect.quantiles(*self._value(name), ats), strict=True)
        }

    def rows(self) -> str:
        """A subquery: the columns of the scan, under our names."""
        table = self._pair.base if self._scan.side is Side.BASE else self._pair.head
        columns = [f"{self._dialect.quote(column.name)} as {ours}" for ours, column in self._scan.columns.values()]
        return f"(select {', '.join(columns) or '1 as one'} from {table.expression})"

    def aggregate(self, question: Aggregate | RowCount) -> str:
        """What answers a question; `null` where the measure means nothing for the type."""
        if isinstance(question, RowCount):
            return "count(*)"
        expression, type_name = self._value(question.column)
        if question.measure is Measure.NULLS:
            return self._dialect.count_if(f"{expression} is null")
        if question.measure is Measure.CHECKSUM:
            row_hash = self._dialect.row_hash([Term(expression, type_name)])
            return self._dialect.checksum(f"case when {expression} is not null then {row_hash} end")
        if question.at is not None:
            aggregate: str | None = self._quantiles[question.column, question.at]
        else:
            aggregate = self._dialect.aggregate(question.measure, expression, type_name)
        showing = showing_of(self._pair, question.column)
        if aggregate is None or (question.measure in _SINGLE_VALUES and showing is Showing.HIDE):
            return "null"
        if question.measure in _SINGLE_VALUES and showing is not Showing.SHOW:
            return shown(self._dialect, self._dialect.text(aggregate, "VARCHAR"), showing, self._salt)
        return aggregate

    def _value(self, name: str) -> tuple[str, str]:
        ours, column = self._scan.columns[name]
        return ours, column.type


def _scalar(pair: Pair, question: Aggregate | RowCount, cell: Cell) -> Scalar:
    """What came back, in the one form of answers."""
    if cell is None or isinstance(question, RowCount):
        return None if cell is None else as_int(cell)
    if question.measure is Measure.CHECKSUM:
        return str(cell)
    if isinstance(cell, float):
        return _of_float(cell)
    if isinstance(cell, int):
        return cell
    column = column_of(pair, question.side, question.column)
    is_number = column is not None and kind_of(column.type) is Kind.NUMBER
    masked = question.measure in _SINGLE_VALUES and showing_of(pair, question.column) is not Showing.SHOW
    return _number(str(cell)) if is_number and not masked else str(cell)


def _number(text: str) -> int | float | str:
    """The sum of the numbers in a text: int where all are, float where that says exactly the same, else a text."""
    total = reduce(_ENOUGH_DIGITS.add, map(Decimal, text.split(" ")))
    if not total.is_finite():
        return _of_float(float(total))
    if total.as_tuple().exponent == 0:
        return int(total)
    return float(total) if Decimal(repr(float(total))) == total else f"{total:f}"


def _of_float(value: float) -> float | str:
    """NaN and infinities are texts: one is not equal to itself, and JSON knows neither."""
    if math.isnan(value):
        return "NaN"
    return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")


# --- rows -------------------------------------------------------------------------------------------------------


def _ask_first_rows(
    pair: Pair, question: FirstRows, dialect: Dialect, salt: str
) -> Generator[Statement, list[Row], Examples]:
    table = pair.base if question.side is Side.BASE else pair.head
    columns = _columns_to_show(pair, question.side)
    cells = [
        shown(dialect, dialect.text(f"t.{dialect.quote(column.name)}", column.type), showing_of(pair, name), salt)
        for name, column in columns
    ]
    if not cells:
        return Examples((), ())
    order = ", ".join(
        f"{dialect.sorting(f't.{dialect.quote(column.name)}', column.type)} nulls first" for column in table.columns
    )
    rows = yield Statement(
        f"select {', '.join(cells)} from {table.expression} t order by {order} limit {question.limit}",
        "read the first rows",
    )
    is_base = question.side is Side.BASE
    kind = RowKind.REMOVED if is_base else RowKind.ADDED
    told = [tuple(None if cell is None else str(cell) for cell in row) for row in rows]
    examples = tuple(Example(kind, row if is_base else None, None if is_base else row) for row in told)
    return Examples(tuple(name for name, _ in columns), examples)


def _columns_to_show(pair: Pair, side: Side) -> list[tuple[str, Column]]:
    """Names and columns of a side that may be seen: those of the key, then the others, as far as there is room."""
    by_base = {pairing.base.name: pairing.head.name for pairing in pair.shared}
    table = pair.base if side is Side.BASE else pair.head
    named = [
        (by_base.get(column.name, column.name) if side is Side.BASE else column.name, column)
        for column in table.columns
    ]
    key = pair.key.columns if pair.key else ()
    seen = [(name, column) for name, column in named if showing_of(pair, name) is not Showing.HIDE]
    seen.sort(key=lambda entry: entry[0] not in key)
    return seen[: max(MOST_COLUMNS, len(key))]
