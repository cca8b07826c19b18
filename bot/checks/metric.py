"""A metric: named aggregates of a model, by dimensions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import Field, model_validator

from bot.core import metrics
from bot.core import options as core
from bot.core.comparison import Comparison
from bot.core.kinds import Kind, kind_of
from bot.core.metrics import EVERY, ByMeasure, Dimensions, Text
from bot.core.profiling import difference
from bot.core.thresholds import judge, worst
from bot.core.wording import count
from bot.domain import (
    Answer,
    Answers,
    Bound,
    ColumnChanges,
    Conversation,
    DiffTable,
    Example,
    ExampleRows,
    Examples,
    Extent,
    Extents,
    Finding,
    FromTo,
    Outcome,
    Pair,
    Plain,
    RowChanges,
    RowCounts,
    RowKind,
    Showing,
    TableCell,
    TableColumn,
)

NAME = "metric"
_GRAVE = (Bound.WARN, Bound.FAIL)


class Options(core.Options):
    """Options of a metric."""

    model: str = Field(
        pattern=r"^[\w-]+(\.[\w-]+)*$", description="what is measured: `orders`, `package.orders`, or `orders.v2`"
    )
    value: Text | None = Field(None, description="the aggregate, where there is one: `sum(amount)`")
    measures: Mapping[Text, Text] = Field({}, description="several aggregates, in place of `value`: name to SQL")
    by: Dimensions = Field(
        {},
        description="the dimensions: a column, a list of columns, or names with SQL: "
        "`{month: \"date_trunc('month', day)\"}`",
    )
    where: Text | None = Field(None, description="SQL condition: only the rows for which it holds are measured")
    tolerance: core.ToleranceOptions | None = Field(
        None,
        description="how far two results may lie apart and still count as equal; if left out, floating-point numbers "
        "by 1e-12 of the greater, for which the order of rows may account",
    )
    warn: ByMeasure = Field(
        {}, description="how far a measure may go in any group before it is a warning: for all measures, or by measure"
    )
    fail: ByMeasure = Field(
        {}, description="how far a measure may go in any group before the gate closes: for all measures, or by measure"
    )
    groups: Annotated[int, Field(ge=0, le=1000)] = Field(20, description="how many of the groups that differ are shown")

    @model_validator(mode="after")
    def _names_fit(self) -> Options:
        if (self.value is None) == (not self.measures):
            raise ValueError("expected either `value` or `measures`")
        names = [name.lower() for name in (*self.by, *self.aggregates)]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"expected different names for measures and dimensions: {twice} is there twice")
        odd = next((name for name in names if name.startswith(metrics.OURS) or name in ("up", "down", EVERY)), None)
        if odd is not None:
            raise ValueError(f"expected another name than {odd}, which has a meaning of its own")
        for name in (*self.warn, *self.fail):
            if name != EVERY and name not in self.aggregates:
                known = ", ".join(self.aggregates)
                raise ValueError(f"expected the name of a measure ({known}), or up and down, in place of {name}")
        return self

    @property
    def aggregates(self) -> Mapping[str, str]:
        """The measures, by name."""
        return {"value": self.value} if self.value is not None else self.measures

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the result that line up its groups."""
        return metrics.key(self.by)

    @property
    def ours(self) -> tuple[str, ...]:
        """The columns of the result that are ours, and never to be shown."""
        return (*self.key, *(metrics.state_of(name) for name in self.aggregates))

    def comparison(self) -> Comparison:
        """What these options make of the comparison of the two results."""
        own = self.tolerance and self.tolerance.tolerance()
        return Comparison(tolerance=own) if own else Comparison(by_type={"float": metrics.NOISE})


def to_sql(options: Options) -> str:
    """The query that gives a metric's result, with its Jinja."""
    return metrics.to_sql(options.model, options.by, options.aggregates, options.where)


def check(pair: Pair, options: Options) -> Conversation:
    """How aggregates of a model compare, for each group of rows: revenue by month and country.

    A measure is an SQL aggregate; dimensions are columns or SQL. Both sides are asked the same, of their own data, and
    the results are lined up by the dimensions. A null is a group of its own. Groups that differ are shown, first that
    with the greatest step of the first measure.

    Without thresholds any difference closes the gate. A threshold is on the step of a measure in any single group: an
    amount, or a percentage of base's. A group that one side only has, and a result that is a number on one side only,
    is beyond every threshold. With some thresholds, a measure that none of them is about must not change.

    A dimension is lined up by its text: one whose type changes, from a date to a timestamp, has only new groups.

    Measures: `base`, `head`, `added`, `removed`, `changed`, `unchanged`: groups; `measures`: by measure the groups in
    which it `changed`, its greatest steps `up` and `down` and the same in percent of base, if it may be shown, and
    `bound`.
    """
    if pair.key is None:
        return Finding(NAME, Outcome.ERRORED, "the groups of both sides could not be lined up")
    numbers = [name for name in options.aggregates if _is_number(pair, name)]
    open_ones = [name for name in numbers if _is_shown(pair, name)]
    shown = ExampleRows(options.groups, by_extent=open_ones[0] if open_ones else None)
    questions = [ColumnChanges(column) for name in options.aggregates for column in (name, metrics.state_of(name))]
    extents = {name: Extent(name) for name in numbers}
    # All in one round: another one would line the groups up again.
    answers = yield (RowChanges(), *questions, *extents.values(), *((shown,) if options.groups else ()))
    rows = answers[RowChanges()]
    if not isinstance(rows, RowCounts):
        raise TypeError("row changes must be row counts")
    seen = [_see(name, extents.get(name), answers, options) for name in options.aggregates]
    one_sided = _beyond(options) if rows.added or rows.removed else Bound.NONE
    examples = answers[shown] if options.groups else Examples((), ())
    if not isinstance(examples, Examples):
        raise TypeError("examples must be examples")
    differing = rows.added + rows.removed + rows.changed
    return Finding(
        NAME,
        Outcome.CHANGED if differing else Outcome.UNCHANGED if rows.head else Outcome.VACUOUS,
        f"{_describe(rows, options)}{_beyond_words(seen, one_sided)}",
        measures={**asdict(rows), "measures": {one.name: _told(one, shown=_is_shown(pair, one.name)) for one in seen}},
        bound=worst([*(one.bound for one in seen), one_sided]),
        tables=_tables(options, examples, differing),
    )


@dataclass(frozen=True)
class _Seen:
    """What became of a measure: in how many groups it changed, and how far it went where it is a number."""

    name: str
    changed: int
    extents: Extents | None
    bound: Bound


def _is_number(pair: Pair, name: str) -> bool:
    types = [side.type for p in pair.shared if p.head.name == name for side in (p.base, p.head)]
    return bool(types) and all(kind_of(one) is Kind.NUMBER for one in types)


def _is_shown(pair: Pair, name: str) -> bool:
    return pair.showing.get(name, Showing.SHOW) is Showing.SHOW


def _see(name: str, question: Extent | None, answers: Answers, options: Options) -> _Seen:
    changed, restated = (_number(answers[ColumnChanges(column)]) for column in (name, metrics.state_of(name)))
    extents = answers[question] if question is not None else None
    if question is not None and not isinstance(extents, Extents):
        raise TypeError("an extent must be extents")
    known = extents if isinstance(extents, Extents) else None
    limits = [thresholds.get(name, thresholds.get(EVERY)) for thresholds in (options.warn, options.fail)]
    if limits == [None, None]:
        limited = options.warn or options.fail
        bound = Bound.NONE if not limited else Bound.FAIL if changed else Bound.WITHIN
    elif restated or (changed and known is None):
        bound = judge(None, 0, warn=limits[0], fail=limits[1])
    else:
        bound = _judge(known, *limits)
    return _Seen(name, changed, known, bound)


def _number(answer: Answer) -> int:
    if not isinstance(answer, int):
        raise TypeError("column changes must be a number")
    return answer


def _judge(extents: Extents | None, warn: core.Bounds | None, fail: core.Bounds | None) -> Bound:
    """What thresholds make of the greatest steps; None is no step."""
    if extents is not None and fail is not None and _exceeds(extents, fail):
        return Bound.FAIL
    return Bound.WARN if extents is not None and warn is not None and _exceeds(extents, warn) else Bound.WITHIN


def _exceeds(extents: Extents, bounds: core.Bounds) -> bool:
    up = _is_beyond(extents.up, extents.up_percent, bounds.up)
    return up or _is_beyond(extents.down, extents.down_percent, bounds.down)


def _is_beyond(step: float, percent: float | None, limit: core.Limit | None) -> bool:
    """Nothing goes from 0 by less than any percentage, so no percentage is beyond all."""
    if limit is None or not step:
        return False
    size = percent if limit.percent else step
    return size is None or not abs(size) <= limit.amount


def _beyond(options: Options) -> Bound:
    """What a group is that one side only has."""
    return Bound.FAIL if options.fail else Bound.WARN if options.warn else Bound.NONE


def _beyond_words(seen: Sequence[_Seen], one_sided: Bound) -> str:
    beyond = sum(one.bound in _GRAVE for one in seen)
    if beyond:
        return f", {beyond:,} of {count(len(seen), 'measure')} beyond a threshold"
    return ", beyond a threshold" if one_sided in _GRAVE else ""


def _describe(rows: RowCounts, options: Options) -> str:
    if not options.by:
        return "changed" if rows.changed else "unchanged"
    if not (rows.added or rows.removed or rows.changed):
        return f"the same in {count(rows.head, 'group')}" if rows.head else "no groups on either side"
    parts = [f"{number:,} {what}" for number, what in ((rows.added, "added"), (rows.removed, "removed")) if number]
    others = f" ({', '.join(parts)})" if parts else ""
    differing, everything = rows.added + rows.removed + rows.changed, rows.removed + rows.head
    return f"{differing:,} of {count(everything, 'group')} differ{others}"


def _told(seen: _Seen, *, shown: bool) -> dict[str, object]:
    """Without the steps of what may not be shown: that of one row is as good as its value."""
    steps = asdict(seen.extents) if seen.extents and shown else {}
    return {
        "changed": seen.changed,
        **{name: _plain(value) for name, value in steps.items()},
        "bound": seen.bound.value,
    }


def _tables(options: Options, examples: Examples, differing: int) -> tuple[DiffTable, ...]:
    """The groups that differ: what may not be shown is not among the columns of the examples."""
    dimensions = [name for name in options.by if name in examples.columns]
    measures = [name for name in options.aggregates if name in examples.columns]
    columns = [TableColumn(name, data=True) for name in dimensions]
    for name in measures:
        columns += [TableColumn(name, numeric=True, data=True), TableColumn("Difference", numeric=True)]
    changed_first = sorted(examples.rows, key=lambda example: example.kind is not RowKind.CHANGED)
    rows = tuple(tuple(_cells(examples, example, dimensions, measures)) for example in changed_first)
    title = "Groups that differ" if options.by else "Measures"
    return (DiffTable(title, tuple(columns), rows, differing - len(rows)),) if rows and columns else ()


def _cells(
    examples: Examples, example: Example, dimensions: Sequence[str], measures: Sequence[str]
) -> Iterator[TableCell]:
    for name in dimensions:
        place = examples.columns.index(name)
        side = example.base if example.kind is RowKind.REMOVED else example.head
        yield side[place] if side else None
    for name in measures:
        place = examples.columns.index(name)
        base, head = (_plain(side[place]) if side else None for side in (example.base, example.head))
        one_sided = example.kind is not RowKind.CHANGED
        yield FromTo(base, head) if one_sided or place in example.changed else head
        yield difference(base, head)


def _plain(value: float | str | None) -> Plain:
    """A number, where the text is one that keeps its digits as a number; as JSON can have it."""
    if not isinstance(value, str):
        return value if value is None or math.isfinite(value) else str(value)
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite():
        return value
    if number == number.to_integral_value():
        return int(number)
    return float(number) if Decimal(repr(float(number))) == number else value
