"""The `profile` check: what are the values of the columns like?"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

from pydantic import Field

from bot.core import options as core
from bot.core.choosing import choose
from bot.core.kinds import Kind, kind_of
from bot.core.misfits import of_columns, tell_misfits
from bot.core.profiling import CHEAP, Item, Quality, differ, difference, items
from bot.core.thresholds import worst
from bot.core.wording import count, of_sample
from bot.domain import (
    Answers,
    Bound,
    ColumnChanges,
    Conversation,
    DiffTable,
    Finding,
    Misfit,
    Outcome,
    Pair,
    Question,
    RowChanges,
    RowCounts,
    Scalar,
    Showing,
    Side,
    TableCell,
    TableColumn,
)

NAME = "profile"
_HIDDEN = "hidden"
_BEYOND = (Bound.WARN, Bound.FAIL)
_Thresholds = Mapping[Quality, core.Bounds]
_Kinds = Mapping[str, Mapping[Side, Kind]]


class ColumnThresholds(core.Options):
    """Thresholds of some columns."""

    warn: _Thresholds = Field({}, description="by measure, how far it may go before it is a warning")
    fail: _Thresholds = Field({}, description="by measure, how far it may go before the gate closes")


class Options(core.CheckOptions):
    """Options of `profile`."""

    columns: core.Names | None = Field(
        None, description="names or wildcards of the columns to profile; those whose values changed if left out"
    )
    measures: Annotated[tuple[Quality, ...], Field(min_length=1)] | None = Field(
        None,
        description="what to tell, as far as a column's type has it; if left out: `nulls`, and `min`, `max`, `mean`, "
        "`sum` of numbers, `min`, `max` of dates, lengths of texts, `true`, `true_percent` of booleans",
    )
    quantiles: Annotated[tuple[Annotated[float, Field(ge=0, le=1)], ...], Field(min_length=1)] = Field(
        (0.25, 0.5, 0.75), description="which quantiles, where `measures` or a threshold names `quantiles`"
    )
    warn: _Thresholds = Field(
        {}, description="by measure, how far it may go up and down from base to head before it is a warning"
    )
    fail: _Thresholds = Field(
        {}, description="by measure, how far it may go up and down from base to head before the gate closes"
    )
    per_column: Mapping[str, ColumnThresholds] = Field(
        {}, description="thresholds of single columns, by name or wildcard; they go before those of all columns"
    )


def check(pair: Pair, options: Options) -> Conversation:
    """What the values of columns are like on both sides, side by side: how many are null, the least and the greatest,
    their mean and sum, how long texts are, which share is true; on request the number of distinct values, the standard
    deviation and quantiles.

    Without configuration it looks at the columns whose values changed, and asks nothing more where none did. Columns
    that `columns` or `per_column` names are always looked at; where thresholds hold for all columns, all that are
    compared are looked at as soon as any row differs. A column that only one side has is told, and compared with
    nothing.

    It informs: without thresholds a difference does not close the gate. A threshold is an amount in the unit of its
    measure (rows of `nulls`, percentage points of `null_percent`, seconds of the least and greatest date), or a
    percentage of base. The least and the greatest text have no distance: they are beyond every threshold as soon as
    they differ.

    Of a column that may not be shown, values and what is computed from them are hidden; counts and lengths are shown. A
    threshold on its least or greatest value or a quantile can't be judged then, which is a warning.

    Of a sample, everything is told as it is in the sample; for thresholds counts and sums are scaled up to all rows.

    Measures: `columns`: by column and measure `base`, `head`, `difference`, and `bound`: what the thresholds make of
    it; of a percentage in a sample `base_between` and `head_between`: between which percentages that of all rows lies,
    with 95 percent confidence; `misfits`: what settings name in vain; `sampled`: the share of all keys that was looked
    at, if not all were.
    """
    kinds = _kinds(pair)
    chosen = choose(_named(options), tuple(kinds))
    if options.columns is None:
        rows, more = yield from _what_changed(pair, options)
        chosen = tuple(dict.fromkeys((*chosen, *more)))
        if not chosen:
            return _unchanged(rows, options)
    asked = [item for column in chosen for item in _items(column, kinds[column], options)]
    if not asked:
        words = "no column has what is to be measured" if chosen else "no column has a name that is to be profiled"
        words += tell_misfits(_misfits(pair, options))
        return Finding(NAME, Outcome.SKIPPED, words, measures=_measures(pair, options, ()))
    answers = yield tuple(dict.fromkeys(question for item in asked for question in item.questions()))
    return _conclude(pair, options, [_see(pair, item, options, answers) for item in asked])


@dataclass(frozen=True)
class _Seen:
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


def _named(options: Options) -> tuple[str, ...]:
    return (*(options.columns or ()), *options.per_column)


def _misfits(pair: Pair, options: Options) -> list[Misfit]:
    named = of_columns(f"{NAME}.columns", options.columns or (), pair)
    return [*named, *of_columns(f"{NAME}.per_column", tuple(options.per_column), pair)]


def _kinds(pair: Pair) -> _Kinds:
    """What every column holds, on the sides that have it. Head's name stands for both."""
    paired = {p.head.name: p.base for p in pair.shared}
    kinds = {column.name: {Side.HEAD: kind_of(column.type)} for column in pair.head.columns}
    for name, column in paired.items():
        kinds[name] = {Side.BASE: kind_of(column.type), **kinds[name]}
    bases = {column.name for column in paired.values()}
    alone = [column for column in pair.base.columns if column.name not in bases and column.name not in kinds]
    return kinds | {column.name: {Side.BASE: kind_of(column.type)} for column in alone}


def _what_changed(
    pair: Pair, options: Options
) -> Generator[tuple[Question, ...], Answers, tuple[RowCounts | None, tuple[str, ...]]]:
    """How the rows compare, if they can be, and which columns are looked at because of that."""
    compared = tuple(p.head.name for p in pair.shared if p.comparable and p.head.name not in pair.uncompared)
    if not compared:
        return None, ()
    by_column = {name: ColumnChanges(name) for name in compared} if pair.key else {}
    answers = yield (RowChanges(), *by_column.values())
    rows = answers[RowChanges()]
    if not isinstance(rows, RowCounts):
        raise TypeError("row changes must be row counts")
    if not _differs(rows):
        return rows, ()
    if options.warn or options.fail or not pair.key:
        return rows, compared
    return rows, tuple(name for name, question in by_column.items() if answers[question])


def _differs(rows: RowCounts) -> bool:
    return bool(rows.added or rows.removed or rows.changed)


def _unchanged(rows: RowCounts | None, options: Options) -> Finding:
    if rows is None:
        return Finding(NAME, Outcome.SKIPPED, "the two sides share no column whose values can be compared")
    bound = Bound.WITHIN if options.warn or options.fail else Bound.NONE
    if rows.base == rows.head == 0:
        return Finding(NAME, Outcome.VACUOUS, "no rows on either side", measures={"columns": {}}, bound=bound)
    where = " in the rows that both sides have" if _differs(rows) else ""
    return Finding(NAME, Outcome.UNCHANGED, f"no column changed{where}", measures={"columns": {}}, bound=bound)


def _thresholds(column: str, options: Options) -> tuple[_Thresholds, _Thresholds]:
    """Warn and fail of a column: its own go before those of all columns."""
    own = [one for pattern, one in options.per_column.items() if choose([pattern], [column])]
    warn, fail = dict(options.warn), dict(options.fail)
    for one in own:
        warn |= one.warn
        fail |= one.fail
    return warn, fail


def _items(column: str, kinds: Mapping[Side, Kind], options: Options) -> tuple[Item, ...]:
    """What is told of a column: what has a threshold, too."""
    warn, fail = _thresholds(column, options)
    limited = (*warn, *fail)
    wanted = options.measures
    if wanted is None and limited:
        wanted = CHEAP[next(iter(kinds.values()))]
    return items(column, kinds, None if wanted is None else (*wanted, *limited), options.quantiles)


def _see(pair: Pair, item: Item, options: Options, answers: Answers) -> _Seen:
    base, head = (item.value(side, answers) for side in Side)
    warn, fail = _thresholds(item.column, options)
    bound = item.judge((base, head), warn.get(item.quality), fail.get(item.quality), pair.sampled or 1)
    shown = pair.showing.get(item.column, Showing.SHOW) is Showing.SHOW
    if bound is Bound.WITHIN and item.is_value and not shown:
        bound = Bound.WARN  # It did not leave the warehouse, so nobody judged it.
    between = [item.between(side, answers) for side in Side] if pair.sampled else [None, None]
    return _Seen(item, base, head, bound, hidden=item.tells_values and not shown, between=(between[0], between[1]))


def _conclude(pair: Pair, options: Options, seen: Sequence[_Seen]) -> Finding:
    different = [one for one in seen if one.differs]
    columns = {one.item.column for one in seen}
    words = f"{len(different):,} of {count(len(seen), 'measure')} of {count(len(columns), 'column')} differ"
    beyond = sum(one.bound in _BEYOND for one in seen)
    limits = f", {beyond:,} beyond a threshold" if beyond else ""
    return Finding(
        NAME,
        Outcome.CHANGED if different else Outcome.UNCHANGED,
        f"{words}{limits}{of_sample(pair)}{tell_misfits(_misfits(pair, options))}",
        measures=_measures(pair, options, seen),
        bound=worst(one.bound for one in seen),
        tables=_tables(seen),
    )


def _measures(pair: Pair, options: Options, seen: Sequence[_Seen]) -> dict[str, object]:
    columns: dict[str, dict[str, object]] = {}
    for one in seen:
        columns.setdefault(one.item.column, {})[one.item.name] = {
            "base": _told(one, one.base),
            "head": _told(one, one.head),
            "difference": None if one.hidden else difference(one.base, one.head),
            "bound": one.bound.value,
            **{f"{side}_between": list(ends) for side, ends in zip(Side, one.between, strict=True) if ends},
        }
    misfits = [asdict(one) for one in _misfits(pair, options)]
    return {
        "columns": columns,
        **({"misfits": misfits} if misfits else {}),
        **({"sampled": pair.sampled} if pair.sampled else {}),
    }


def _told(seen: _Seen, value: Scalar) -> Scalar:
    """As JSON can have it."""
    if seen.hidden:
        return _HIDDEN
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _tables(seen: Sequence[_Seen]) -> tuple[DiffTable, ...]:
    """What differs or is beyond a threshold: numbers, and apart from them what is the user's text."""
    telling = [one for one in seen if one.differs or one.bound in _BEYOND]
    limited = any(one.bound is not Bound.NONE for one in seen)
    texts = [one for one in telling if not one.hidden and one.is_text]
    numbers = [one for one in telling if one not in texts]
    ends = (TableColumn("Threshold"),) if limited else ()
    figures = (TableColumn("Base", numeric=True), TableColumn("Head", numeric=True))
    leading = (TableColumn("Column", data=True), TableColumn("Measure"))
    tables = (
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
    return tuple(table for table in tables if table.rows)


def _row(seen: _Seen) -> tuple[TableCell, ...]:
    name = seen.item.name.replace("_percent", ", % of rows").replace("_", " ")
    base, head = (_HIDDEN, _HIDDEN) if seen.hidden else (seen.base, seen.head)
    return seen.item.column, name, base, head


def _end(seen: _Seen, *, limited: bool) -> tuple[TableCell, ...]:
    words = {Bound.NONE: "", Bound.WITHIN: "kept", Bound.WARN: "beyond warn", Bound.FAIL: "beyond fail"}
    return (words[seen.bound],) if limited else ()
