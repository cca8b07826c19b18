"""The `values` check: which rows were added, removed or changed, and in which columns?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from pydantic import Field

from bot.core import change_limits, value_tables
from bot.core import options as core_options
from bot.core.budget import interval
from bot.core.change_limits import ChangeLimits, judge_changes, match_percent
from bot.core.comparison import Comparison, absent
from bot.core.kinds import Kind, kind_of
from bot.core.misfits import say_misfit, tell_misfits
from bot.core.options import CheckOptions, Names
from bot.core.scopes import Window
from bot.core.tolerances import Tolerances
from bot.core.wording import all_equal, of_sample
from bot.domain import (
    Answer,
    Answers,
    ColumnChanges,
    Conversation,
    DiffTable,
    ExampleRows,
    Examples,
    Extent,
    Extents,
    Finding,
    Grade,
    Misfit,
    Outcome,
    Pair,
    Period,
    PeriodChanges,
    Question,
    RowChanges,
    RowCounts,
    Showing,
)

NAME = "values"


class ByPeriod(core_options.Options):
    """When the rows are that changed."""

    column: str = Field(min_length=1, description="a date or a timestamp")
    period: Period = Field(Period.MONTH, description="into what it is cut")


class Options(CheckOptions):
    """Options of `values`. Names of columns are of either side, regardless of case."""

    include: Names = Field((), description="the columns to compare, beside the key; all if left out")
    exclude: Names = Field((), description="columns that are not compared; names may have wildcards: `_loaded_*`")
    rename: Mapping[str, str] = Field(default_factory=dict, description="columns that got another name: `old: new`")
    tolerance: Tolerances = Field(
        default_factory=Tolerances, description="how far numbers and moments may lie apart and still count as equal"
    )
    ignore_case: bool | Names = Field(
        default=False, description="upper and lower case make no difference, in all texts or some"
    )
    ignore_trailing_spaces: bool | Names = Field(
        default=False, description="spaces at the end make no difference, in all texts or some"
    )
    exact: bool = Field(
        default=False, description="compare rows in full, not by their 64-bit hashes: slower, and certain"
    )
    window: Window | None = Field(None, description="only rows of some time are looked at")
    by_period: ByPeriod | None = Field(None, description="tell in which days, weeks, months... the changes lie")
    steps: bool = Field(default=False, description="tell by how much numbers went up and down")
    warn: ChangeLimits | None = Field(None, description="beyond these limits the check warns")
    fail: ChangeLimits | None = Field(None, description="beyond these limits the check closes the gate")

    def comparison(self) -> Comparison:
        """What these options make of the comparison of a pair."""
        overall = self.tolerance.tolerance()
        return Comparison(
            include=self.include,
            exclude=self.exclude,
            rename=self.rename,
            tolerance=overall if (overall.absolute, overall.relative) != (None, None) else None,
            by_type=self.tolerance.types.by_type(),
            by_column={name: one.tolerance() for name, one in self.tolerance.columns.items()},
            fold_case=self.ignore_case,
            trim=self.ignore_trailing_spaces,
            exact=self.exact,
        )


def check(pair: Pair, options: Options) -> Conversation:
    """How the rows compare, and in how many rows each column differs.

    Rows are lined up by the primary key. Rows whose key has a null or is repeated on either side are compared as a
    multiset (rows and how often each occurs) beside the others, and so is every row of a model without a key: then a
    changed row counts as one removed and one added. Two nulls are equal, and so are two NaN; where a column's type
    changed, values are compared in a common type that loses nothing. What lies within a tolerance is unchanged, and is
    counted. The options that say how values are compared hold for every check of the model.

    Without thresholds any difference closes the gate. With some, what none of them is about still must not change. A
    setting that names a column which is not there is a warning; so is a column whose type has no equality.

    Measures: `base`, `head`, `added`, `removed`, `changed`, `unchanged`: rows; `tolerated`: those of the unchanged rows
    that differ within the tolerance; `unkeyed`: rows of both sides without a usable key; `columns`: for each compared
    column `changed` (rows) and `match_percent` (of the rows on both sides, null where there are none), and for numbers
    that changed the greatest steps `up` and `down`, `up_percent` and `down_percent`; `compared`: columns; `uncompared`:
    columns left out, with the reason; `incomparable`: those of them whose type has no equality; `misfits`: what
    settings name in vain; `sampled`: the share of all keys that was looked at, if not all were, and then
    `differing_percent`: between which two percentages of all rows differ, with 95 percent confidence.
    """
    compared = [p.head.name for p in pair.shared if p.comparable and p.head.name not in pair.uncompared]
    misfits = _misfits(pair, options, compared)
    measures: dict[str, object] = {
        "compared": compared,
        "uncompared": dict(pair.uncompared),
        "incomparable": [p.head.name for p in pair.shared if not p.comparable],
        **({"misfits": [asdict(one) for one in misfits]} if misfits else {}),
        **({"sampled": pair.sampled} if pair.sampled else {}),
    }
    grave = [one for one in misfits if one.grade is Grade.ERROR]
    if grave:
        return Finding(NAME, Outcome.ERRORED, "; ".join(map(say_misfit, grave)), measures={**measures, "columns": {}})
    if not compared:
        message = "the two sides share no column whose values can be compared" + tell_misfits(misfits)
        return Finding(NAME, Outcome.SKIPPED, message, measures={**measures, "columns": {}})
    asked = _ask(pair, options, compared)
    answers = yield asked.questions
    rows = answers[RowChanges()]
    if not isinstance(rows, RowCounts):
        raise TypeError("row changes must be row counts")
    changed = {name: _number(answers[question]) for name, question in asked.columns.items()}
    estimate = _estimate(rows) if pair.sampled else {}
    extents = {name: extent for name, extent in _extents(asked, answers).items() if changed[name]}
    return Finding(
        NAME,
        _judge(rows),
        _describe(rows, pair) + of_sample(pair) + _say_estimate(estimate) + tell_misfits(misfits),
        measures={**asdict(rows), "columns": _columns(rows, changed, extents), **measures, **estimate},
        bound=judge_changes(rows, changed, (options.warn, options.fail), pair.sampled or 1),
        tables=_tables(asked, answers, rows, _columns(rows, changed, extents)),
    )


@dataclass(frozen=True)
class _Asked:
    """What is asked, all of it in one round: questions about rows that differ cost nothing where none does, and would
    cost another alignment in a second round."""

    columns: Mapping[str, ColumnChanges]
    extents: Mapping[str, Extent]
    examples: ExampleRows | None
    period: PeriodChanges | None
    key: tuple[str, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        optional = (one for one in (self.examples, self.period) if one is not None)
        return (RowChanges(), *self.columns.values(), *self.extents.values(), *optional)


def _ask(pair: Pair, options: Options, compared: Sequence[str]) -> _Asked:
    key = pair.key.columns if pair.key else ()
    period = None
    if options.by_period is not None and not list(_misfits_of_period(pair, options.by_period)):
        period = PeriodChanges(_at_head(pair, options.by_period.column) or "", options.by_period.period)
    steps = [name for name in _numbers(pair) if name in compared and name not in key] if options.steps else []
    return _Asked(
        columns={name: ColumnChanges(name) for name in compared} if pair.key else {},
        extents={name: Extent(name) for name in steps if _is_shown(pair, name)} if pair.key else {},
        examples=ExampleRows(pair.samples) if pair.samples else None,
        period=period,
        key=key,
    )


def _numbers(pair: Pair) -> list[str]:
    both = [p for p in pair.shared if kind_of(p.base.type) is kind_of(p.head.type) is Kind.NUMBER]
    return [pairing.head.name for pairing in both]


def _is_shown(pair: Pair, name: str) -> bool:
    return pair.showing.get(name, Showing.SHOW) is Showing.SHOW


def _at_head(pair: Pair, name: str) -> str | None:
    """The shared column of a name, as at head: exactly, or else regardless of case."""
    names = [pairing.head.name for pairing in pair.shared]
    return name if name in names else next((one for one in names if one.lower() == name.lower()), None)


def _misfits(pair: Pair, options: Options, compared: Sequence[str]) -> list[Misfit]:
    limits = (("values.warn", options.warn), ("values.fail", options.fail))
    of_period = _misfits_of_period(pair, options.by_period) if options.by_period else ()
    return [*pair.misfits, *change_limits.misfits(limits, pair, compared), *of_period]


def _misfits_of_period(pair: Pair, wanted: ByPeriod) -> Iterator[Misfit]:
    setting, name = "values.by_period", _at_head(pair, wanted.column)
    if name is None:
        names = [column.name for table in (pair.base, pair.head) for column in table.columns]
        one_sided = any(one.lower() == wanted.column.lower() for one in names)
        yield (
            Misfit(setting, wanted.column, "one side only has it")
            if one_sided
            else absent(setting, wanted.column, names)
        )
        return
    pairing = next(one for one in pair.shared if one.head.name == name)
    if not kind_of(pairing.base.type) is kind_of(pairing.head.type) is Kind.MOMENT:
        yield Misfit(setting, wanted.column, "it does not hold moments on both sides")
    elif not _is_shown(pair, name):
        yield Misfit(setting, wanted.column, "its values may not be shown")


def _number(answer: Answer) -> int:
    if not isinstance(answer, int):
        raise TypeError("column changes must be a number")
    return answer


def _extents(asked: _Asked, answers: Answers) -> dict[str, Extents]:
    found = {}
    for name, question in asked.extents.items():
        extent = answers[question]
        if not isinstance(extent, Extents):
            raise TypeError("an extent must be extents")
        found[name] = extent
    return found


def _columns(
    rows: RowCounts, changed: Mapping[str, int], extents: Mapping[str, Extents]
) -> dict[str, dict[str, float | None]]:
    columns: dict[str, dict[str, float | None]] = {}
    for name, number in changed.items():
        columns[name] = {"changed": number, "match_percent": match_percent(rows.changed + rows.unchanged, number)}
        if name in extents:
            one = extents[name]
            columns[name] |= {
                "up": one.up,
                "down": one.down,
                "up_percent": one.up_percent,
                "down_percent": one.down_percent,
            }
    return columns


def _tables(
    asked: _Asked, answers: Answers, rows: RowCounts, columns: Mapping[str, Mapping[str, float | None]]
) -> tuple[DiffTable, ...]:
    tables = [value_tables.changed_columns(columns)]
    if asked.examples is not None:
        found = answers[asked.examples]
        if not isinstance(found, Examples):
            raise TypeError("examples must be examples")
        tables.append(value_tables.example_rows(found, asked.key, rows.added + rows.removed + rows.changed))
    if asked.period is not None:
        tables.append(value_tables.by_period(answers[asked.period], asked.period.period))
    return tuple(table for table in tables if table is not None)


def _estimate(rows: RowCounts) -> dict[str, list[float]]:
    """Between which percentages of all rows differ, by those of a sample."""
    differing = rows.added + rows.removed + rows.changed
    ends = interval(differing, differing + rows.unchanged)
    return {"differing_percent": [round(100 * end, 4) for end in ends]}


def _say_estimate(estimate: Mapping[str, list[float]]) -> str:
    return "".join(
        f"; {low:.3g}% to {high:.3g}% of all rows differ (95% confidence)" for low, high in estimate.values()
    )


def _judge(rows: RowCounts) -> Outcome:
    if rows.base == rows.head == 0:
        return Outcome.VACUOUS
    return Outcome.CHANGED if rows.added or rows.removed or rows.changed else Outcome.UNCHANGED


def _describe(rows: RowCounts, pair: Pair) -> str:
    if rows.base == rows.head == 0:
        return "no rows on either side, so nothing was shown"
    manner = "" if pair.key else ", compared as a multiset because no primary key is known"
    within = f", {rows.tolerated:,} of them within the tolerance" if rows.tolerated else ""
    if _judge(rows) is Outcome.UNCHANGED:
        return f"{all_equal(rows.head)}{within}{manner}"
    counted = f"{rows.added:,} added, {rows.removed:,} removed"
    changed = f", {rows.changed:,} changed" if pair.key else ""
    return f"{counted}{changed}, {rows.unchanged:,} unchanged{within}{manner}"
