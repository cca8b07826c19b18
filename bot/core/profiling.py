"""What can be told of the values of a column, by their kind; and what has to be asked to tell it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from enum import StrEnum

from bot.core.budget import interval
from bot.core.kinds import Kind
from bot.core.moments import seconds_of
from bot.core.options import Bounds
from bot.core.thresholds import judge
from bot.domain import Aggregate, Answers, Bound, Measure, Question, RowCount, Scalar, Side


class Quality(StrEnum):
    """What can be told of a column."""

    NULLS = "nulls"
    NULL_PERCENT = "null_percent"
    DISTINCT = "distinct"
    MIN = "min"
    MAX = "max"
    MEAN = "mean"
    SUM = "sum"
    STDDEV = "stddev"
    QUANTILES = "quantiles"
    MIN_LENGTH = "min_length"
    MAX_LENGTH = "max_length"
    MEAN_LENGTH = "mean_length"
    TRUE = "true"
    TRUE_PERCENT = "true_percent"


_OF_ALL = (Quality.NULLS, Quality.NULL_PERCENT, Quality.DISTINCT)
_ENDS = (Quality.MIN, Quality.MAX)
_LENGTHS = (Quality.MIN_LENGTH, Quality.MAX_LENGTH, Quality.MEAN_LENGTH)
_TRUTHS = (Quality.TRUE, Quality.TRUE_PERCENT)
_OF_KIND = {
    Kind.NUMBER: (*_OF_ALL, *_ENDS, Quality.MEAN, Quality.SUM, Quality.STDDEV, Quality.QUANTILES),
    Kind.MOMENT: (*_OF_ALL, *_ENDS, Quality.QUANTILES),
    Kind.TEXT: (*_OF_ALL, *_ENDS, *_LENGTHS),
    Kind.BOOLEAN: (*_OF_ALL, *_TRUTHS),
    Kind.OTHER: _OF_ALL,
}
# What one scan gives for next to nothing: no sorting, no counting of distinct values.
CHEAP = {
    Kind.NUMBER: (Quality.NULLS, *_ENDS, Quality.MEAN, Quality.SUM),
    Kind.MOMENT: (Quality.NULLS, *_ENDS),
    Kind.TEXT: (Quality.NULLS, *_LENGTHS),
    Kind.BOOLEAN: (Quality.NULLS, *_TRUTHS),
    Kind.OTHER: (Quality.NULLS,),
}
_PERCENTAGES = {Quality.NULL_PERCENT: Measure.NULLS, Quality.TRUE_PERCENT: Measure.TRUE}
_ADDED_UP = (Quality.NULLS, Quality.TRUE, Quality.SUM)
_DIGITS = Context(prec=1000)
# By which share a result in floating point varies with the order in which a warehouse takes up the rows: the same data
# give another standard deviation in every scan.
_NOISE = {Quality.MEAN: 1e-13, Quality.SUM: 1e-13, Quality.STDDEV: 1e-9}
_SINGLE_VALUES = (*_ENDS, Quality.QUANTILES)
_TELLING = (*_ENDS, Quality.MEAN, Quality.SUM, Quality.STDDEV, Quality.QUANTILES, *_TRUTHS)


@dataclass(frozen=True)
class Item:
    """One quality of a column, on the sides that have it; `at` is the share of a quantile."""

    column: str
    kinds: Mapping[Side, Kind]
    quality: Quality
    at: float | None = None

    @property
    def name(self) -> str:
        """As measures name it: `sum`, `quantile_0.25`."""
        return str(self.quality) if self.at is None else f"quantile_{self.at:g}"

    @property
    def tells_values(self) -> bool:
        """Whether it says something about single values, as the sum of one row does, or whether that row is true."""
        return self.quality in _TELLING

    @property
    def is_value(self) -> bool:
        """Whether it is a value of the column, which is not told where it may not be shown."""
        return self.quality in _SINGLE_VALUES

    def questions(self) -> tuple[Question, ...]:
        """What has to be asked."""
        rows = [RowCount(side) for side in self.kinds] if self.quality in _PERCENTAGES else []
        return (*(self._aggregate(side) for side in self.kinds), *rows)

    def values(self, answers: Answers) -> tuple[Scalar, Scalar]:
        """What it is on both sides: base's on both, where the order of the rows may account for all that differs.

        Raises:
            TypeError: an answer is of another kind.
        """
        base, head = (self.value(side, answers) for side in Side)
        if isinstance(base, float) and isinstance(head, float):
            return base, base if math.isclose(base, head, rel_tol=_NOISE.get(self.quality, 0)) else head
        return base, head

    def value(self, side: Side, answers: Answers) -> Scalar:
        """What it is on one side; None where that has no column or no value.

        Raises:
            TypeError: the answer is of another kind.
        """
        if side not in self.kinds:
            return None
        answer = answers[self._aggregate(side)]
        if answer is not None and not isinstance(answer, int | float | str):
            raise TypeError(f"the {self.name} of a column must be a number or a text")
        if self.quality not in _PERCENTAGES:
            return answer
        rows = answers[RowCount(side)]
        if not isinstance(answer, int) or not isinstance(rows, int):
            raise TypeError("a count must be a number")
        return round(100 * answer / rows, 4) if rows else None

    def between(self, side: Side, answers: Answers) -> tuple[float, float] | None:
        """Of a sample, between which percentages that of all rows lies, with 95 percent confidence; None where this is
        no percentage."""
        rows = answers[RowCount(side)] if self.quality in _PERCENTAGES and side in self.kinds else None
        hits = answers[self._aggregate(side)] if rows is not None else None
        if not isinstance(hits, int) or not isinstance(rows, int):
            return None
        low, high = interval(hits, rows)
        return round(100 * low, 4), round(100 * high, 4)

    def judge(self, values: tuple[Scalar, Scalar], warn: Bounds | None, fail: Bounds | None, share: float = 1) -> Bound:
        """What thresholds make of it. Texts have no distance: one that differs is beyond every threshold. A column that
        one side only has is compared with nothing. Of a sample that is a `share` of all keys, counts and sums are
        scaled up."""
        if len(self.kinds) < len(Side):
            return Bound.NONE
        base, head = values
        numbers = [number_of(value, self.kinds[side]) for side, value in zip(Side, (base, head), strict=True)]
        if None not in numbers or base == head:
            if self.quality in _ADDED_UP and share < 1:
                numbers = [None if number is None else number / share for number in numbers]
            return judge(*numbers, warn=warn, fail=fail)
        return judge(None, 0, warn=warn, fail=fail)

    def _aggregate(self, side: Side) -> Aggregate:
        if self.quality is Quality.QUANTILES:
            return Aggregate(side, self.column, Measure.QUANTILE, self.at)
        return Aggregate(side, self.column, _PERCENTAGES.get(self.quality) or Measure(self.quality.value))


def items(
    column: str, kinds: Mapping[Side, Kind], wanted: Sequence[Quality] | None, quantiles: Sequence[float]
) -> tuple[Item, ...]:
    """What is told of a column.

    Args:
        column: its name at head, or at base where that only has it.
        kinds: what it holds, on the sides that have it.
        wanted: what to tell, as far as its kind has it; None for what is cheap.
        quantiles: which ones, where quantiles are wanted.
    """
    possible = _possible(kinds)
    chosen = _common(CHEAP, kinds) if wanted is None else tuple(dict.fromkeys(wanted))
    found = []
    for quality in chosen:
        if quality in possible:
            shares: Iterable[float | None] = quantiles if quality is Quality.QUANTILES else (None,)
            found += [Item(column, kinds, quality, at) for at in shares]
    return tuple(found)


def differ(base: Scalar, head: Scalar) -> bool:
    """Whether a quality differs; two NaN do not."""
    both_nan = isinstance(base, float) and isinstance(head, float) and math.isnan(base) and math.isnan(head)
    return base != head and not both_nan


def difference(base: Scalar, head: Scalar) -> int | float | None:
    """Head less base, as their digits have it (0.4 less 0.1 is 0.3); None where that means nothing."""
    before, after = _exact(base), _exact(head)
    if before is None or after is None:
        return None
    step = _DIGITS.subtract(after, before)
    return int(step) if step == step.to_integral_value() and isinstance(base, int) else float(f"{step:.12g}")


def number_of(value: Scalar, kind: Kind) -> int | float | None:
    """A quality as a number, of moments in seconds since 1970; None where it is none."""
    if not isinstance(value, str):
        return value
    if kind is Kind.MOMENT:
        return seconds_of(value)
    exact = _exact(value) if kind is Kind.NUMBER else None
    return None if exact is None else float(exact)


def _possible(kinds: Mapping[Side, Kind]) -> tuple[Quality, ...]:
    """Of a column whose kind changed only what does not depend on it."""
    same = len(set(kinds.values())) == 1
    return _common(_OF_KIND, kinds) if same else _OF_ALL


def _common(by_kind: Mapping[Kind, tuple[Quality, ...]], kinds: Mapping[Side, Kind]) -> tuple[Quality, ...]:
    first, *others = (by_kind[kind] for kind in kinds.values())
    return tuple(quality for quality in first if all(quality in other for other in others))


def _exact(value: Scalar) -> Decimal | None:
    """A number that is finite; one of many digits comes as text."""
    try:
        number = None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None
