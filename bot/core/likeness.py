"""How alike a column of base and one of head are, row by row: a column that lives on under another name is found so.

One join on the key answers for all pairs of columns that are asked about.
"""

# Statements are text of quoted identifiers and our own words; no value ever goes into one.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence

from bot.core.scans import Scans, as_int
from bot.core.sql import Dialect
from bot.domain import Answer, Column, Likeness, LikenessCounts, Pair, Question, Row, Side, Statement


def check(pair: Pair, questions: Collection[Likeness]) -> None:
    """Raises ValueError for a question that has no answer for this pair: without a key, of a column it has not."""
    for question in questions:
        if pair.key is None:
            raise ValueError(f"{pair.unique_id} has no key, so {question} has no answer")
        for columns, name in ((pair.base.columns, question.base), (pair.head.columns, question.head)):
            if name not in {column.name for column in columns}:
                raise ValueError(f"{pair.unique_id} has no column {name} to compare for {question}")


def ask_likeness(
    pair: Pair, questions: Sequence[Likeness], dialect: Dialect
) -> Generator[Statement, list[Row], dict[Question, Answer]]:
    """Asks for all pairs of columns by one statement."""
    if not questions:
        return {}
    sides = _Sides(pair, questions, dialect)
    counts = [count for question in questions for count in sides.counts(question)]
    (row,) = yield Statement(
        f"select {', '.join(counts)} from {sides.join()}", "look for columns that live on under another name"
    )
    numbers = [as_int(cell) for cell in row]
    return {
        question: LikenessCounts(equal, compared)
        for question, equal, compared in zip(questions, numbers[::2], numbers[1::2], strict=True)
    }


class _Sides:
    """The columns asked about, under names of our own: x0, x1, ... on each side."""

    def __init__(self, pair: Pair, questions: Sequence[Likeness], dialect: Dialect) -> None:
        self._scans, self._dialect = Scans(pair, dialect), dialect
        names = {
            Side.BASE: list(dict.fromkeys(question.base for question in questions)),
            Side.HEAD: list(dict.fromkeys(question.head for question in questions)),
        }
        tables = {Side.BASE: pair.base, Side.HEAD: pair.head}
        self._columns = {
            side: {
                column.name: (f"x{names[side].index(column.name)}", column)
                for column in table.columns
                if column.name in names[side]
            }
            for side, table in tables.items()
        }
        self._proven = pair.proven

    def counts(self, question: Likeness) -> tuple[str, str]:
        """Two aggregates: rows in which both are equal, rows in which either is not null."""
        (left, base), (right, head) = self._columns[Side.BASE][question.base], self._columns[Side.HEAD][question.head]
        left, right = f"b.{left}", f"h.{right}"
        filled = f"({left} is not null or {right} is not null)"
        if _has_no_equality(base) or _has_no_equality(head):
            return self._dialect.count_if("1 = 0"), self._dialect.count_if(filled)
        lifted = [
            self._dialect.lift(left, base.type, head.type).expression,
            self._dialect.lift(right, head.type, base.type).expression,
        ]
        equal = f"{filled} and not {self._dialect.differs(*lifted)}"
        return self._dialect.count_if(equal), self._dialect.count_if(filled)

    def join(self) -> str:
        """The rows of both sides, `b` and `h`, with the same key: without null, and once on each side."""
        return f"{self._rows(Side.BASE)} b join {self._rows(Side.HEAD)} h on {self._scans.same('b', 'h')}"

    def _rows(self, side: Side) -> str:
        scans, columns = self._scans, self._columns[side].values()
        keys = [f"{scans.lifted(int(name[1:]), side)} as {name}" for name in scans.key]
        values = [f"{self._value(column)} as {ours}" for ours, column in columns]
        rows = f"(select {', '.join(keys + values)} from {scans.table(side)})"
        if side in self._proven:
            return rows
        once = ", ".join([*scans.key, *(f"{self._dialect.only(ours)} as {ours}" for ours, _ in columns)])
        return f"(select {once} from {rows} t group by {', '.join(scans.key)} having count(*) = 1)"

    def _value(self, column: Column) -> str:
        name = self._dialect.quote(column.name)
        return f"case when {name} is not null then 1 end" if _has_no_equality(column) else name


def _has_no_equality(column: Column) -> bool:
    return column.type.startswith("AGGREGATE_STATE")
