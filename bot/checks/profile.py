"""The `profile` check: what are the values of the columns like?"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

from pydantic import Field

from bot.core import options as core
from bot.core import profile_tables
from bot.core.choosing import choose
from bot.core.kinds import Kind, kind_of
from bot.core.misfits import of_columns, tell_misfits
from bot.core.profile_tables import BEYOND, Seen
from bot.core.profiling import CHEAP, Item, Quality, items
from bot.core.thresholds import worst
from bot.core.wording import count, of_sample
from bot.domain import (
    Answers,
    Bound,
    ColumnChanges,
    Conversation,
    Finding,
    Misfit,
    Outcome,
    Pair,
    Question,
    RowChanges,
    RowCounts,
    Showing,
    Side,
)

NAME = "profile"
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
    that `columns` or `per_column` names are always looked at. Where thresholds hold for all columns, what they are
    about is looked at in all that are compared, but for the key, as soon as any row differs. Without a key it is not
    known which columns changed, nor where rows with a null or repeated key alone differ: then all are looked at. A
    column that only one side has is told, and compared with nothing.

    Means, sums and standard deviations in floating point vary with the order of rows, in their last digits. What this
    may account for is no difference: 1e-13 of a mean or a sum, 1e-9 of a standard deviation.

    It informs: without thresholds a difference does not close the gate. A threshold is an amount in the unit of its
    measure (rows of `nulls`, percentage points of `null_percent`, seconds of the least and greatest date), or a
    percentage of base. The least and the greatest text have no distance: they are beyond every threshold as soon as
    they differ.

    Of a column that may not be shown, values and what is computed from them are hidden, and how many are true; other
    counts, and lengths, are shown. A threshold on its least or greatest value or a quantile can't be judged then, which
    is a warning.

    Of a sample, everything is told as it is in the sample; for thresholds counts and sums are scaled up to all rows.

    Measures: `columns`: by column and measure `base`, `head`, `difference`, and `bound`: what the thresholds make of
    it; of a percentage in a sample `base_between` and `head_between`: between which percentages that of all rows lies,
    with 95 percent confidence; `misfits`: what settings name in vain; `sampled`: the share of all keys that was looked
    at, if not all were.
    """
    kinds = _kinds(pair)
    choice = _Choice(choose(_named(options), tuple(kinds)))
    if options.columns is None:
        choice = yield from _what_changed(pair, options, choice.columns)
    asked = [item for column in choice.columns for item in _items(column, kinds[column], options, choice)]
    if not asked:
        if options.columns is None and choice.judged.issuperset(choice.columns):
            return _unchanged(pair, choice, options)
        words = "no column has what is to be measured" if choice.columns else "no column has a name to be profiled"
        words += tell_misfits(_misfits(pair, options))
        return Finding(NAME, Outcome.SKIPPED, words, measures=_measures(pair, options, ()))
    answers = yield tuple(dict.fromkeys(question for item in asked for question in item.questions()))
    return _conclude(pair, options, choice, [_see(pair, item, options, answers) for item in asked])


@dataclass(frozen=True)
class _Choice:
    """The columns to look at. Of those in `judged`, only what a threshold is about: their values did not change.

    `rows` says how the rows compare, where that was asked; `note` what a reader must know of the choice.
    """

    columns: tuple[str, ...]
    judged: frozenset[str] = frozenset()
    rows: RowCounts | None = None
    note: str = ""


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
    pair: Pair, options: Options, named: tuple[str, ...]
) -> Generator[tuple[Question, ...], Answers, _Choice]:
    """The columns that are looked at because of how the rows compare, beside those that are named."""
    compared = tuple(p.head.name for p in pair.shared if p.comparable and p.head.name not in pair.uncompared)
    if not compared:
        return _Choice(named)
    by_column = {name: ColumnChanges(name) for name in compared} if pair.key else {}
    answers = yield (RowChanges(), *by_column.values())
    rows = answers[RowChanges()]
    if not isinstance(rows, RowCounts):
        raise TypeError("row changes must be row counts")
    if not _differs(rows):
        return _Choice(named, rows=rows)
    key = pair.key.columns if pair.key else ()
    others = tuple(name for name in compared if name not in key)
    changed = tuple(name for name in others if pair.key and answers[by_column[name]])
    note = ""
    if rows.unkeyed and (rows.added or rows.removed):
        note = f"; {count(rows.unkeyed, 'row')} without a usable key may differ in any column"
        changed = changed or others
    if pair.key is None:
        changed = others
    limited = others if options.warn or options.fail else ()
    columns = tuple(dict.fromkeys((*named, *changed, *limited)))
    return _Choice(columns, frozenset(limited).difference(named, changed), rows, note)


def _differs(rows: RowCounts) -> bool:
    return bool(rows.added or rows.removed or rows.changed)


def _unchanged(pair: Pair, choice: _Choice, options: Options) -> Finding:
    rows, measures, in_vain = choice.rows, _measures(pair, options, ()), tell_misfits(_misfits(pair, options))
    if rows is None:
        return Finding(NAME, Outcome.SKIPPED, "the two sides share no column whose values can be compared")
    bound = Bound.WITHIN if options.warn or options.fail else Bound.NONE
    if rows.base == rows.head == 0:
        return Finding(NAME, Outcome.VACUOUS, f"no rows on either side{in_vain}", measures=measures, bound=bound)
    where = " in the rows that both sides have" if _differs(rows) else ""
    words = f"no column changed{where}{choice.note}{in_vain}"
    return Finding(NAME, Outcome.UNCHANGED, words, measures=measures, bound=bound)


def _thresholds(column: str, options: Options) -> tuple[_Thresholds, _Thresholds]:
    """Warn and fail of a column: its own go before those of all columns."""
    own = [one for pattern, one in options.per_column.items() if choose([pattern], [column])]
    warn, fail = dict(options.warn), dict(options.fail)
    for one in own:
        warn |= one.warn
        fail |= one.fail
    return warn, fail


def _items(column: str, kinds: Mapping[Side, Kind], options: Options, choice: _Choice) -> tuple[Item, ...]:
    """What is told of a column: what has a threshold, too."""
    warn, fail = _thresholds(column, options)
    limited = (*warn, *fail)
    if column in choice.judged:
        return items(column, kinds, limited, options.quantiles)
    wanted = options.measures
    if wanted is None and limited:
        wanted = CHEAP[next(iter(kinds.values()))]
    return items(column, kinds, None if wanted is None else (*wanted, *limited), options.quantiles)


def _see(pair: Pair, item: Item, options: Options, answers: Answers) -> Seen:
    base, head = item.values(answers)
    warn, fail = _thresholds(item.column, options)
    bound = item.judge((base, head), warn.get(item.quality), fail.get(item.quality), pair.sampled or 1)
    shown = pair.showing.get(item.column, Showing.SHOW) is Showing.SHOW
    if bound is Bound.WITHIN and item.is_value and not shown:
        bound = Bound.WARN  # It did not leave the warehouse, so nobody judged it.
    between = [item.between(side, answers) for side in Side] if pair.sampled else [None, None]
    return Seen(item, base, head, bound, hidden=item.tells_values and not shown, between=(between[0], between[1]))


def _conclude(pair: Pair, options: Options, choice: _Choice, seen: Sequence[Seen]) -> Finding:
    different = [one for one in seen if one.differs]
    columns = {one.item.column for one in seen}
    words = f"{len(different):,} of {count(len(seen), 'measure')} of {count(len(columns), 'column')} differ"
    beyond = sum(one.bound in BEYOND for one in seen)
    limits = f", {beyond:,} beyond a threshold" if beyond else ""
    return Finding(
        NAME,
        Outcome.CHANGED if different else Outcome.UNCHANGED,
        f"{words}{limits}{of_sample(pair)}{choice.note}{tell_misfits(_misfits(pair, options))}",
        measures=_measures(pair, options, seen),
        bound=worst(one.bound for one in seen),
        tables=profile_tables.tables(seen),
    )


def _measures(pair: Pair, options: Options, seen: Sequence[Seen]) -> dict[str, object]:
    misfits = [asdict(one) for one in _misfits(pair, options)]
    return {
        "columns": profile_tables.to_measures(seen),
        **({"misfits": misfits} if misfits else {}),
        **({"sampled": pair.sampled} if pair.sampled else {}),
    }
