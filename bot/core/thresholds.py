"""What thresholds make of two numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable

from bot.core.options import Bounds, Limit
from bot.domain import Bound

_ORDER = (Bound.NONE, Bound.WITHIN, Bound.WARN, Bound.FAIL)


def judge(base: float | None, head: float | None, *, warn: Bounds | None, fail: Bounds | None) -> Bound:
    """What two thresholds make of a number that was `base` and is `head`.

    Percentages are of the magnitude of base: nothing can grow from 0 by less than any percentage. A number that is
    known on one side only, or is not finite on one side only, is beyond every threshold; known on neither, within.

    Returns:
        NONE if there is no threshold, else WITHIN, WARN or FAIL.
    """
    if fail is not None and _exceeds(base, head, fail):
        return Bound.FAIL
    if warn is not None and _exceeds(base, head, warn):
        return Bound.WARN
    return Bound.NONE if warn is None and fail is None else Bound.WITHIN


def judge_count(count: int, of: int, *, warn: Limit | None, fail: Limit | None) -> Bound:
    """What two limits make of so many rows that were added, say. Percentages are `of` the rows of base.

    Returns:
        NONE if there is no limit, else WITHIN, WARN or FAIL.
    """
    if fail is not None and not count <= _allowed(of, fail):
        return Bound.FAIL
    if warn is not None and not count <= _allowed(of, warn):
        return Bound.WARN
    return Bound.NONE if warn is None and fail is None else Bound.WITHIN


def worst(bounds: Iterable[Bound]) -> Bound:
    """The gravest of some; NONE where there is none."""
    return max(bounds, key=_ORDER.index, default=Bound.NONE)


def _exceeds(base: float | None, head: float | None, bounds: Bounds) -> bool:
    if base is None or head is None:
        return (base is None) != (head is None)
    if base == head or (math.isnan(base) and math.isnan(head)):
        return False
    limit, step = (bounds.up, head - base) if not head < base else (bounds.down, base - head)
    return limit is not None and not step <= _allowed(base, limit)


def _allowed(base: float, limit: Limit) -> float:
    return abs(base) * limit.amount / 100 if limit.percent else limit.amount
