"""A pair and its controls, and how base compares with these: the questions that every trial of a model begins with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core.draws import against, without
from bot.core.inquiry import inquire
from bot.core.scans import Steps
from bot.core.sql import Dialect
from bot.core.volatility import Causes
from bot.domain import Aggregate, ColumnChanges, Measure, Pair, RowChanges, RowCount, RowCounts, Side, Table


@dataclass(frozen=True)
class Trio:
    """Base and head, the controls of base, how the warehouse spells SQL, and why the code may vary."""

    pair: Pair
    controls: tuple[Table, ...]
    dialect: Dialect
    causes: Causes

    @property
    def names(self) -> list[str]:
        """The compared columns, as at head."""
        return [p.head.name for p in self.pair.shared if p.comparable and p.head.name not in self.pair.uncompared]

    def but(self, columns: Sequence[str]) -> Trio:
        """The same without some columns."""
        return replace(self, pair=without(self.pair, dict.fromkeys(columns, "")))


def compare(trio: Trio, control: Table) -> Steps[tuple[RowCounts, dict[str, int]]]:
    """How base compares with a control; in how many rows each column differs (none without a key)."""
    pair, names = against(trio.pair, control), at_base(trio)
    columns = {name: ColumnChanges(names[name]) for name in trio.names} if pair.key else {}
    answers = yield from inquire(pair, [RowChanges(), *columns.values()], trio.dialect)
    rows = answers[RowChanges()]
    if not isinstance(rows, RowCounts):
        raise TypeError("row changes must be row counts")
    return rows, {name: whole(answers[question]) for name, question in columns.items()}


def are_alike(trio: Trio) -> Steps[bool]:
    """Whether base and all controls have the same rows, as far as they are compared."""
    for control in trio.controls:
        rows, _ = yield from compare(trio, control)
        if rows.added or rows.removed:
            return False
    return True


def at_base(trio: Trio) -> dict[str, str]:
    """Base's names of the columns that both sides have, by head's."""
    return {one.head.name: one.base.name for one in trio.pair.shared}


def differ_by_checksum(trio: Trio) -> Steps[list[str]]:
    """The columns whose values, taken by themselves, are others in some control."""
    found: dict[str, None] = {}
    for control in trio.controls:
        pair = against(trio.pair, control)
        names = at_base(trio)
        questions = {
            (name, side): Aggregate(side, names[name], Measure.CHECKSUM) for name in trio.names for side in Side
        }
        answers = yield from inquire(pair, list(questions.values()), trio.dialect)
        for name in trio.names:
            base, other = (answers[questions[name, side]] for side in Side)
            if base != other:
                found[name] = None
    return list(found)


def count_distinct(trio: Trio, name: str) -> Steps[int]:
    """How many values a column has at base."""
    question = Aggregate(Side.BASE, name, Measure.DISTINCT)
    answers = yield from inquire(trio.pair, [question], trio.dialect)
    return whole(answers[question])


def count_rows(trio: Trio, side: Side) -> Steps[int]:
    """How many rows there are on one side of the pair."""
    answers = yield from inquire(trio.pair, [RowCount(side)], trio.dialect)
    return whole(answers[RowCount(side)])


def whole(answer: object) -> int:
    """An answer that is a whole number."""
    if not isinstance(answer, int):
        raise TypeError("a count must be a number")
    return answer
