"""The `histogram` check: how are the values of a column distributed?"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import Field

from bot.core import histogram_tables, wording
from bot.core import options as core
from bot.core.choosing import choose
from bot.core.distributions import at_quantiles, equal_widths, stability_index
from bot.core.histogram_tables import Binned, BinnedColumn
from bot.core.kinds import Kind, kind_of
from bot.core.misfits import of_columns, tell_misfits
from bot.core.moments import DAY
from bot.core.profiling import number_of
from bot.core.thresholds import judge, worst
from bot.core.wording import count, of_sample
from bot.domain import (
    Aggregate,
    Answer,
    Answers,
    BinCounts,
    Bins,
    Bound,
    Conversation,
    Distance,
    Finding,
    Measure,
    Misfit,
    Outcome,
    Pair,
    Question,
    RowCount,
    Showing,
    Side,
)

NAME = "histogram"
# Where a column holds infinities or NaN, its bins lie between the outermost of these that are finite.
_INNER = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)


class Thresholds(core.Options):
    """How far two distributions may lie apart."""

    psi: Annotated[float, Field(ge=0)] | None = Field(
        None, description="the population stability index; by custom 0.1 is some shift, 0.25 a great one"
    )
    ks: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="the distance of Kolmogorov and Smirnov, from 0 to 1"
    )


class Options(core.CheckOptions):
    """Options of `histogram`."""

    columns: core.Names = Field(
        min_length=1, description="names or wildcards of the columns to look at: numbers, dates and times"
    )
    bins: Annotated[int, Field(ge=2, le=100)] = Field(10, description="how many bins")
    method: Literal["width", "quantile"] = Field(
        "width", description="`width`: bins of equal width; `quantile`: bins that hold equally many rows of base"
    )
    warn: Thresholds = Field(Thresholds(), description="beyond these it is a warning")
    fail: Thresholds = Field(Thresholds(), description="beyond these the gate closes")


def check(pair: Pair, options: Options) -> Conversation:
    """How the values of numbers and dates are distributed, over the same bins on both sides, and how far apart the two
    distributions are.

    Bins reach from the least value of both sides to the greatest. Nulls are a bin of their own, and so are NaN,
    infinities and what else lies outside. Two distances are told. The population stability index (PSI), as credit
    scorecards use it (N. Siddiqi, Credit Risk Scorecards, 2006): the sum over all bins of (h - b) * ln(h / b), h and b
    being the shares of head's and base's rows; a share below 0.0001 counts as 0.0001, so that an empty bin has a
    logarithm. It is usually taken over deciles of base: `method: quantile`. And the distance of Kolmogorov and Smirnov
    (KS): the greatest difference between the two cumulative distributions, exactly, over the values that are no null.

    It informs: without thresholds a difference does not close the gate. Where one side alone has values, that is beyond
    every threshold. Columns that may not be shown are left out.

    Measures: `columns`: by column `psi`, `ks`, `edges` (of dates, seconds since 1970), `base` and `head`: rows by bin,
    `nulls` and `outside` of each side, and `bound`; `left_out`: columns with the reason; `misfits`: what settings
    name in vain; `sampled`: the share of all keys that was looked at, if not all were.
    """
    names = tuple(p.head.name for p in pair.shared)
    chosen = choose(options.columns, names)
    left_out = {name: reason for name in chosen if (reason := _unfit(pair, name))}
    columns = [_column(pair, name) for name in chosen if name not in left_out]
    misfits = [*of_columns(f"{NAME}.columns", options.columns, pair), *_named_in_vain(options, left_out)]
    measures: dict[str, object] = {"columns": {}, "left_out": left_out}
    measures |= {"misfits": [asdict(one) for one in misfits]} if misfits else {}
    measures |= {"sampled": pair.sampled} if pair.sampled else {}
    if not columns:
        words = "no column that can have a histogram" if left_out else "no column of both sides has such a name"
        return Finding(NAME, Outcome.SKIPPED, f"{words}{tell_misfits(misfits)}", measures=measures)
    facts = yield _facts(columns, options)
    edges = yield from _edges(columns, options, facts)
    binned = [Bins(one.name, edges[one.name]) for one in columns if edges[one.name]]
    counts = yield (*binned, *(Distance(one.name) for one in columns))
    seen = [_see(one, edges[one.name], {**facts, **counts}, options) for one in columns]
    measures["columns"] = {one.column.name: histogram_tables.to_measures(one) for one in seen}
    return Finding(
        NAME,
        _outcome(seen),
        f"{_describe(seen)}{of_sample(pair)}{tell_misfits(misfits)}",
        measures=measures,
        bound=worst(one.bound for one in seen),
        tables=histogram_tables.tables([one for one in seen if one.differs]),
    )


def _unfit(pair: Pair, name: str) -> str | None:
    """Why a column has no histogram."""
    if pair.showing.get(name, Showing.SHOW) is not Showing.SHOW:
        return "its values may not be shown"
    fits = {kind_of(name) for name in _types(pair, name)} in ({Kind.NUMBER}, {Kind.MOMENT})
    return None if fits else "it does not hold numbers, or dates, on both sides"


def _named_in_vain(options: Options, left_out: Mapping[str, str]) -> list[Misfit]:
    """Of the columns that are left out, those that are named as such; wildcards may mean others."""
    named = {name.lower() for name in options.columns}
    return [Misfit(f"{NAME}.columns", name, reason) for name, reason in left_out.items() if name.lower() in named]


def _types(pair: Pair, name: str) -> list[str]:
    return [side.type for p in pair.shared if p.head.name == name for side in (p.base, p.head)]


def _column(pair: Pair, name: str) -> BinnedColumn:
    types = _types(pair, name)
    days = all(one.lower() == "date" for one in types)
    return BinnedColumn(name, moment=kind_of(types[0]) is Kind.MOMENT, days=days)


def _facts(columns: Iterable[BinnedColumn], options: Options) -> tuple[Question, ...]:
    asked: list[Question] = [RowCount(side) for side in Side]
    for one in columns:
        asked += [*_ends(one), *(Aggregate(side, one.name, Measure.NULLS) for side in Side)]
        if options.method == "quantile":
            asked += [Aggregate(Side.BASE, one.name, Measure.QUANTILE, share) for share in _shares(options)]
    return tuple(asked)


def _shares(options: Options) -> list[float]:
    return [step / options.bins for step in range(1, options.bins)]


def _edges(
    columns: Sequence[BinnedColumn], options: Options, facts: Answers
) -> Generator[tuple[Question, ...], Answers, dict[str, tuple[float, ...]]]:
    """The edges of each column's bins; none where it holds one value, or none that is finite."""
    ends = {one.name: [facts[question] for question in _ends(one)] for one in columns}
    odd = [one for one in columns if any(end is not None and not _finite(one, [end]) for end in ends[one.name])]
    if odd:
        inner = [Aggregate(s, one.name, Measure.QUANTILE, at) for one in odd for s in Side for at in _INNER]
        answers = yield tuple(inner)
        for question in inner:
            ends[question.column].append(answers[question])
    return {one.name: _cut(one, _finite(one, ends[one.name]), options, facts) for one in columns}


def _ends(column: BinnedColumn) -> list[Aggregate]:
    return [Aggregate(side, column.name, measure) for side in Side for measure in (Measure.MIN, Measure.MAX)]


def _cut(column: BinnedColumn, finite: Sequence[float], options: Options, facts: Answers) -> tuple[float, ...]:
    if not finite:
        return ()
    least, greatest = min(finite), max(finite)
    if options.method == "quantile":
        told = [facts[Aggregate(Side.BASE, column.name, Measure.QUANTILE, share)] for share in _shares(options)]
        edges = at_quantiles(least, greatest, _finite(column, told))
    else:
        edges = equal_widths(least, greatest, options.bins)
    if column.days:  # Between two midnights lies no date, so an edge there may as well be the later one.
        edges = tuple(dict.fromkeys(math.ceil(edge / DAY) * float(DAY) for edge in edges))
    return edges if len(edges) > 1 else ()


def _finite(column: BinnedColumn, values: Iterable[Answer]) -> list[float]:
    kind = Kind.MOMENT if column.moment else Kind.NUMBER
    numbers = [number_of(value, kind) for value in values if value is None or isinstance(value, int | float | str)]
    return [float(number) for number in numbers if number is not None and math.isfinite(number)]


def _see(column: BinnedColumn, edges: tuple[float, ...], answers: Answers, options: Options) -> Binned:
    rows = [_number(answers[RowCount(side)]) for side in Side]
    nulls = [_number(answers[Aggregate(side, column.name, Measure.NULLS)]) for side in Side]
    if edges:
        counts = answers[Bins(column.name, edges)]
        if not isinstance(counts, BinCounts):
            raise TypeError("bins must be counts of them")
        base, head = (*counts.base, nulls[0], counts.base_outside), (*counts.head, nulls[1], counts.head_outside)
    else:
        base, head = (rows[0] - nulls[0], nulls[0], 0), (rows[1] - nulls[1], nulls[1], 0)
    psi, ks = stability_index(base, head), _distance(answers[Distance(column.name)], base, head)
    limits = ((psi, options.warn.psi, options.fail.psi), (ks, options.warn.ks, options.fail.ks))
    bounds = [judge(0, value, warn=_upto(warn), fail=_upto(fail)) for value, warn, fail in limits]
    return Binned(column, edges, base, head, psi, ks, worst(bounds))


def _number(answer: object) -> int:
    if not isinstance(answer, int):
        raise TypeError("a count must be a number")
    return answer


def _distance(answer: Answer, base: Sequence[int], head: Sequence[int]) -> float | None:
    """None where one side alone has values; where neither has, they are not apart."""
    if answer is None:
        values = [sum(side) - side[-2] for side in (base, head)]
        return None if any(values) else 0.0
    if not isinstance(answer, int | float):
        raise TypeError("a distance must be a number")
    return round(answer, 6)


def _upto(limit: float | None) -> core.Bounds | None:
    return None if limit is None else core.Bounds(up=core.Limit.model_validate(limit))


def _outcome(seen: Sequence[Binned]) -> Outcome:
    if not any(sum(one.base) + sum(one.head) for one in seen):
        return Outcome.VACUOUS
    return Outcome.CHANGED if any(one.differs for one in seen) else Outcome.UNCHANGED


def _describe(seen: Sequence[Binned]) -> str:
    changed = sum(one.differs for one in seen)
    beyond = sum(one.bound in (Bound.WARN, Bound.FAIL) for one in seen)
    words = f"the values of {changed:,} of {count(len(seen), 'column')} are distributed in another way"
    if _outcome(seen) is Outcome.VACUOUS:
        words = "no rows on either side"
    elif not changed:
        rows = count(sum(seen[0].head), "row")
        names = wording.of_columns([one.column.name for one in seen])
        words = f"the values of {names} are distributed over {rows} as before: PSI and KS are 0"
    return f"{words}, {beyond:,} beyond a threshold" if beyond else words
