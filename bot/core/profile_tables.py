"""What is told of a profile: the measures, and the tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.kinds import Kind
from bot.core.profiling import Item, differ, difference
from bot.domain import Bound, DiffTable, Scalar, Side, TableCell, TableColumn

BEYOND = (Bound.WARN, Bound.FAIL)
_HIDDEN = "hidden"


@dataclass(frozen=True)
class Seen:
    """What was seen of one quality of a column."""

    item: Item
    base: Scalar
    head: Scalar
    bound: Bound
    hidden: bool
    between: tuple[tuple[float, float] | None, tuple[float, float] | None] = (None, None)

    @property
    def differs(self) -> bool:
        """Whether it is not the same on both sides."""
        return differ(self.base, self.head)

    @property
    def is_text(self) -> bool:
        """Whether it is text of the user's, or a date; a number of many digits is neither."""
        numbers = all(kind is Kind.NUMBER for kind in self.item.kinds.values())
        return not numbers and (isinstance(self.base, str) or isinstance(self.head, str))


def to_measures(seen: Sequence[Seen]) -> dict[str, dict[str, object]]:
    """By column and measure what was seen, as JSON can have it."""
    columns: dict[str, dict[str, object]] = {}
    for one in seen:
        between = () if one.hidden else zip(Side, one.between, strict=True)
        columns.setdefault(one.item.column, {})[one.item.name] = {
            "base": _told(one, one.base),
            "head": _told(one, one.head),
            "difference": None if one.hidden else difference(one.base, one.head),
            "bound": one.bound.value,
            **{f"{side}_between": list(ends) for side, ends in between if ends},
        }
    return columns


def tables(seen: Sequence[Seen]) -> tuple[DiffTable, ...]:
    """What differs or is beyond a threshold: numbers, and apart from them what is the user's text."""
    telling = [one for one in seen if one.differs or one.bound in BEYOND]
    limited = any(one.bound is not Bound.NONE for one in seen)
    texts = [one for one in telling if not one.hidden and one.is_text]
    numbers = [one for one in telling if one not in texts]
    ends = (TableColumn("Threshold"),) if limited else ()
    figures = (TableColumn("Base", numeric=True), TableColumn("Head", numeric=True))
    leading = (TableColumn("Column", data=True), TableColumn("Measure"))
    both = (
        DiffTable(
            "Profile",
            (*leading, *figures, TableColumn("Difference", numeric=True), *ends),
            tuple(
                (*_row(one), None if one.hidden else difference(one.base, one.head), *_end(one, limited=limited))
                for one in numbers
            ),
        ),
        DiffTable(
            "Texts and dates",
            (*leading, TableColumn("Base", data=True), TableColumn("Head", data=True), *ends),
            tuple((*_row(one), *_end(one, limited=limited)) for one in texts),
        ),
    )
    return tuple(table for table in both if table.rows)


def _told(seen: Seen, value: Scalar) -> Scalar:
    """As JSON can have it."""
    if seen.hidden:
        return _HIDDEN
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _row(seen: Seen) -> tuple[TableCell, ...]:
    name = seen.item.name.replace("_percent", ", % of rows").replace("_", " ")
    base, head = (_HIDDEN, _HIDDEN) if seen.hidden else (seen.base, seen.head)
    return seen.item.column, name, base, head


def _end(seen: Seen, *, limited: bool) -> tuple[TableCell, ...]:
    words = {Bound.NONE: "", Bound.WITHIN: "kept", Bound.WARN: "beyond warn", Bound.FAIL: "beyond fail"}
    return (words[seen.bound],) if limited else ()
