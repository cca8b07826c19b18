"""Decides what of a change is noise: what varies without it, as the controls show. In doubt it is a change."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.core.draws import Tally
from bot.domain import Measure, Noise, Pairing, Scalar, Tolerance

MOST_CONTROLS = 3
"""More of them tell little more, and each is a build."""

ROUNDING = 1e-9
"""Relative differences up to this are what the order of a sum does to it; they are tolerated."""

_ALPHA = 0.001
_NEARLY_ALL = 0.99  # of the rows: where a column varies in so many, no control can tell whether head changes it
_MUCH = 0.1  # of the rows: so many are not called noise where chance alone would not favour them
_FAR = 10  # times as far from each draw as these are from each other
_FAR_BY_CHANCE = 6  # standard deviations of a number of rows that are drawn one by one
_MANY = 10  # different values: so many do not become one by chance
_ALPHA_OF_SHAPES = 1e-4
_FACTS = (Measure.NULLS, Measure.DISTINCT, Measure.MIN_LENGTH, Measure.MAX_LENGTH)


def is_beyond(tally: Tally) -> bool:
    """Whether head is the odd one out more often than chance lets it be.

    Base and head are built in the same way, the controls from tables in another order. So under noise alone the
    controls agree with base against head as often as with head against base: each of these rows is a toss of a coin
    (the test of McNemar). One-sided, with an error of one in a thousand: fewer than ten rows never tell. Rows in which
    a control alone differs say nothing here: an accident that base and head share must not hide what head changes.
    """
    return chance(tally.lone, tally.lone + tally.base, 1 / 2) < _ALPHA


def chance(hits: int, draws: int, share: float) -> float:
    """The probability of so many hits or more, where each draw is one with this share; 1 where that is not small."""
    if hits <= draws * share:
        return 1.0
    log = _log_choose(draws, hits) + hits * math.log(share) + (draws - hits) * math.log1p(-share)
    total, term = 0.0, math.exp(log)
    for number in range(hits, draws + 1):
        total += term
        term *= (draws - number) / (number + 1) * share / (1 - share)
        if term <= total * 1e-12:
            break
    return total


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a tally says: whether head goes beyond the noise; whether another control would tell more; whether nearly
    all rows vary, so that no control ever tells anything."""

    beyond: bool
    open: bool
    wholly: bool


def rule(tally: Tally, controls: int) -> Ruling:
    """What is to be made of a column, or of the rows, that vary in a control."""
    wholly = 0 < tally.total * _NEARLY_ALL <= tally.varied
    if is_beyond(tally):
        return Ruling(beyond=True, open=False, wholly=wholly)
    last = controls >= MOST_CONTROLS
    # One draw may happen to be as base is: before head is believed to be noise, chance gets a second and third try.
    much = last and tally.lone > 2 * tally.base and tally.lone > _MUCH * tally.total
    return Ruling(beyond=much, open=tally.lone > 0 and not last, wholly=wholly)


def is_far(head: int, draws: Sequence[int]) -> bool:
    """Whether head has another number of rows than chance makes of base's code, whose draws have these numbers."""
    gap = min(abs(head - one) for one in draws)
    return gap > _FAR * (max(draws) - min(draws)) and gap > _FAR_BY_CHANCE * math.sqrt(max(head, *draws))


def is_rounding(tally: Tally) -> bool:
    """Whether a column varies by rounding alone."""
    return tally.step is not None and 0 < tally.step <= ROUNDING


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of all values of a column in one draw; `rows` is how many there are. Lengths are of texts only."""

    rows: int
    nulls: int
    distinct: int | None
    shortest: int | None
    longest: int | None


def facts(rows: int, answers: Mapping[Measure, Scalar]) -> Facts:
    """From the answers to Aggregates of NULLS, DISTINCT, MIN_LENGTH, MAX_LENGTH."""
    numbers = {name: value if isinstance(value := answers.get(name), int) else None for name in _FACTS}
    return Facts(
        rows,
        numbers[Measure.NULLS] or 0,
        numbers[Measure.DISTINCT],
        numbers[Measure.MIN_LENGTH],
        numbers[Measure.MAX_LENGTH],
    )


def broken(base: Facts, head: Facts, controls: Sequence[Facts]) -> str:
    """What holds in every draw of base's code and not at head, though all values vary; empty where nothing is broken.

    Only what chance does not do: values that are never null, that are all the same, that are many, or all as long.
    """
    draws = (base, *controls)
    if not head.rows or not all(one.rows for one in draws):
        return ""
    never, always = (all(one.nulls == (one.rows if full else 0) for one in draws) for full in (False, True))
    if never and _is_new(head.nulls, head.rows, len(draws)):
        return "is null in some rows, which it is not at base"
    if always and _is_new(head.rows - head.nulls, head.rows, len(draws)):
        return "is not null any more"
    counts = [one.distinct for one in draws]
    if head.distinct is not None and None not in counts:
        if head.distinct == 1 and all(count is not None and count >= _MANY for count in counts):
            return "holds one value only, and many at base"
        if head.distinct > 1 and all(count == 1 for count in counts):
            return "holds several values, and one at base"
    lengths = {(one.shortest, one.longest) for one in draws}
    (first, *more) = lengths
    many = base.distinct is not None and base.distinct >= _MANY
    fixed = not more and first[0] is not None and first[0] == first[1]
    if fixed and many and head.shortest is not None and (head.shortest, head.longest) != first:
        return "holds texts of another length"
    return ""


def _is_new(rows: int, of: int, draws: int) -> bool:
    """Whether chance does not explain that head alone has rows of a kind that no other draw has."""
    return rows * 2 > of or chance(rows, rows, 1 / (draws + 1)) < _ALPHA


def look_alike(base: Facts, head: Facts, distance: float | None) -> bool:
    """Whether all that is known of a column's values is as alike as two draws of one thing are; for a column of which
    it is known from before that it varies.

    Args:
        distance: of both distributions (Kolmogorov and Smirnov), None where there is none.
    """
    same = (base.nulls, base.shortest, base.longest) == (head.nulls, head.shortest, head.longest)
    constant = (base.distinct == 1) is (head.distinct == 1)
    return same and constant and not is_shaped_otherwise(distance, (), (base.distinct, head.distinct))


def is_shaped_otherwise(head: float | None, controls: Iterable[float | None], values: Iterable[int | None]) -> bool:
    """Whether the values of head are distributed otherwise than those of base, and those of the controls are not.

    Args:
        head: how far the distribution of head lies from base's (Kolmogorov and Smirnov).
        controls: the same of each control.
        values: how many different values each draw has: rows that share one are one draw.
    """
    counts = list(values)
    if head is None or None in counts:
        return False
    draws = min(count for count in counts if count is not None)
    if draws < _MANY:
        return False
    limit = math.sqrt(-math.log(_ALPHA_OF_SHAPES / 2) / draws)
    return head > limit and all(one is not None and one <= 0.75 * limit for one in controls)


def reason(cause: str) -> str:
    """Why a column is not compared, in words."""
    return f"varies without the change{f': {cause}' if cause else ''}"


def loosened(pairing: Pairing, noise: Noise | None) -> Pairing:
    """A column with the rounding that it needs."""
    relative = noise.tolerated.get(pairing.head.name) if noise else None
    if relative is None:
        return pairing
    known = pairing.tolerance or Tolerance()
    wider = max(known.relative or Decimal(0), Decimal(repr(relative)))
    return Pairing(
        pairing.base,
        pairing.head,
        pairing.type_changed,
        pairing.comparable,
        pairing.renamed,
        Tolerance(known.absolute, wider),
        pairing.fold_case,
        pairing.trim,
    )


def _log_choose(draws: int, hits: int) -> float:
    return math.lgamma(draws + 1) - math.lgamma(hits + 1) - math.lgamma(draws - hits + 1)
