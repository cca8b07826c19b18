"""The `top_k` check: which values are the most frequent ones?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated

from pydantic import Field

from bot.core import options as core
from bot.core import wording
from bot.core.budget import interval
from bot.core.choosing import choose
from bot.core.misfits import of_columns, tell_misfits
from bot.core.thresholds import judge, worst
from bot.core.wording import count, of_sample
from bot.domain import (
    Aggregate,
    Answer,
    Bound,
    Conversation,
    DiffTable,
    Finding,
    Frequencies,
    Frequency,
    FrequencyTable,
    Measure,
    Outcome,
    Pair,
    Question,
    RowCount,
    Showing,
    Side,
    TableCell,
    TableColumn,
)

NAME = "top_k"


class Thresholds(core.Options):
    """How far the values of a column may go."""

    appeared: Annotated[int, Field(ge=0)] | None = Field(
        None, description="how many values may be at head that base does not have"
    )
    vanished: Annotated[int, Field(ge=0)] | None = Field(
        None, description="how many values may be at base that head does not have"
    )
    share: Annotated[float, Field(ge=0, le=100)] | None = Field(
        None, description="by how many percentage points the share of any of the most frequent values may change"
    )


class Options(core.CheckOptions):
    """Options of `top_k`."""

    columns: core.Names = Field(min_length=1, description="names or wildcards of the columns to look at")
    limit: Annotated[int, Field(ge=1, le=100)] = Field(10, description="how many values of each side")
    warn: Thresholds = Field(Thresholds(), description="beyond these it is a warning")
    fail: Thresholds = Field(Thresholds(), description="beyond these the gate closes")


@dataclass(frozen=True)
class _Seen:
    """The values of a column, and the rows of each side; `distinct` says how many values there are where they may not
    be shown."""

    column: str
    values: FrequencyTable
    rows: tuple[int, int]
    distinct: tuple[int, int] | None = None
    bound: Bound = Bound.NONE

    @property
    def shown(self) -> bool:
        """Whether its values may be shown."""
        return self.distinct is None

    @property
    def differs(self) -> bool:
        return bool(
            self.values.appeared or self.values.vanished or any(one.base != one.head for one in self.values.top)
        )

    def step(self, one: Frequency) -> float | None:
        """The change of a value's share, in percentage points; None where a side has no rows."""
        base, head = self.rows
        return round(100 * one.head / head - 100 * one.base / base, 4) if base and head else None


def check(pair: Pair, options: Options) -> Conversation:
    """The most frequent values of columns on both sides, each with its rows and its share; and the values that appear
    at head or vanish from it.

    Meant for columns of few values: a status, a country, a kind. A null counts as a value. Thresholds are on how many
    values appear or vanish, and on how far the share of any of the most frequent values may go; without them a
    difference does not close the gate. Where one side has no rows and the other has, that is beyond every
    threshold on a share.

    Of a column that may not be shown, it is told only how many values there are, appear and vanish. Where it is hidden
    altogether, a threshold on a share can't be judged, which is a warning.

    Of a sample, everything is told as it is in the sample: a rare value may not be in it.

    Measures: `columns`: by column `appeared`, `vanished`: how many values; `top`: each with `value`, `base`, `head`
    (rows), `share_change` (percentage points), and in a sample `base_between` and `head_between`: between which
    percentages its share of all rows lies, with 95 percent confidence; `distinct` in place of `top`, where values may
    not be shown: how many there are at `base` and at `head`, nulls left out; `bound`; `misfits`: what settings name in
    vain; `sampled`: the share of all keys that was looked at, if not all were.
    """
    names = tuple(p.head.name for p in pair.shared if p.comparable)
    misfits = of_columns(f"{NAME}.columns", options.columns, pair)
    measures: dict[str, object] = {"columns": {}}
    measures |= {"misfits": [asdict(one) for one in misfits]} if misfits else {}
    measures |= {"sampled": pair.sampled} if pair.sampled else {}
    questions = [Frequencies(name, options.limit) for name in choose(options.columns, names)]
    if not questions:
        words = f"no column of both sides has such a name{tell_misfits(misfits)}"
        return Finding(NAME, Outcome.SKIPPED, words, measures=measures)
    hidden = [one.column for one in questions if pair.showing.get(one.column, Showing.SHOW) is not Showing.SHOW]
    in_all = [question for column in hidden for question in _distinct(column)]
    answers = yield (*questions, *in_all, RowCount(Side.BASE), RowCount(Side.HEAD))
    base, head = (_number(answers[RowCount(side)]) for side in Side)
    seen = []
    for question in questions:
        values = answers[question]
        if not isinstance(values, FrequencyTable):
            raise TypeError("frequencies must be a table of them")
        at_base, at_head = _distinct(question.column)
        shown = question.column not in hidden
        distinct = None if shown else (_number(answers[at_base]), _number(answers[at_head]))
        seen.append(_judge(_Seen(question.column, values, (base, head), distinct), options))
    measures["columns"] = {one.column: _told(one, sampled=pair.sampled is not None) for one in seen}
    return Finding(
        NAME,
        _outcome(seen, base, head),
        f"{_describe(seen, options.limit)}{of_sample(pair)}{tell_misfits(misfits)}",
        measures=measures,
        bound=worst(one.bound for one in seen),
        tables=_tables([one for one in seen if one.differs]),
    )


def _distinct(column: str) -> tuple[Question, Question]:
    return Aggregate(Side.BASE, column, Measure.DISTINCT), Aggregate(Side.HEAD, column, Measure.DISTINCT)


def _number(answer: Answer) -> int:
    if not isinstance(answer, int):
        raise TypeError("a count must be a number")
    return answer


def _judge(seen: _Seen, options: Options) -> _Seen:
    warn, fail = options.warn, options.fail
    limits: list[tuple[float | None, float | None, float | None]] = [
        (seen.values.appeared, warn.appeared, fail.appeared),
        (seen.values.vanished, warn.vanished, fail.vanished),
        (_greatest_step(seen), warn.share, fail.share),
    ]
    bounds = [judge(0, step, warn=_upto(mild), fail=_upto(hard)) for step, mild, hard in limits]
    if any(seen.rows) and not seen.values.top and (warn.share, fail.share) != (None, None):
        bounds.append(Bound.WARN)  # The values did not leave the warehouse, so nobody judged their shares.
    return replace(seen, bound=worst(bounds))


def _greatest_step(seen: _Seen) -> float | None:
    """None where one side alone has rows."""
    if not any(seen.rows):
        return 0
    steps = [seen.step(one) for one in seen.values.top]
    known = [abs(step) for step in steps if step is not None]
    return max(known, default=0) if all(seen.rows) else None


def _upto(limit: float | None) -> core.Bounds | None:
    return None if limit is None else core.Bounds(up=core.Limit.model_validate(limit))


def _outcome(seen: Sequence[_Seen], base: int, head: int) -> Outcome:
    if base == head == 0:
        return Outcome.VACUOUS
    return Outcome.CHANGED if any(one.differs for one in seen) else Outcome.UNCHANGED


def _describe(seen: Sequence[_Seen], limit: int) -> str:
    changed = [one for one in seen if one.differs]
    beyond = sum(one.bound in (Bound.WARN, Bound.FAIL) for one in seen)
    limits = f", {beyond:,} beyond a threshold" if beyond else ""
    if not any(seen[0].rows):
        return "no rows on either side"
    if not changed:
        most = "" if any(not one.values.top for one in seen) else f", and the {limit} most frequent kept their rows"
        return f"no value of {wording.of_columns([one.column for one in seen])} appeared or vanished{most}{limits}"
    appeared = sum(one.values.appeared for one in seen)
    vanished = sum(one.values.vanished for one in seen)
    parts = [f"{count(appeared, 'value')} appeared"] if appeared else []
    parts += [f"{count(vanished, 'value')} vanished"] if vanished else []
    words = ", ".join(parts) or "values are more or less frequent"
    return f"{words} in {len(changed):,} of {count(len(seen), 'column')}{limits}"


def _told(seen: _Seen, *, sampled: bool) -> Mapping[str, object]:
    told: dict[str, object] = {"appeared": seen.values.appeared, "vanished": seen.values.vanished}
    if seen.distinct is None:
        told["top"] = [_share(seen, one, sampled=sampled) for one in seen.values.top]
    else:
        told["distinct"] = {"base": seen.distinct[0], "head": seen.distinct[1]}
    return {**told, "bound": seen.bound.value}


def _share(seen: _Seen, one: Frequency, *, sampled: bool) -> Mapping[str, object]:
    return {
        "value": one.value,
        "base": one.base,
        "head": one.head,
        "share_change": seen.step(one),
        **({"base_between": _between(one.base, seen.rows[0])} if sampled else {}),
        **({"head_between": _between(one.head, seen.rows[1])} if sampled else {}),
    }


def _between(rows: int, of: int) -> list[float]:
    return [round(100 * end, 4) for end in interval(rows, of)]


def _tables(changed: Sequence[_Seen]) -> tuple[DiffTable, ...]:
    column = TableColumn("Column", data=True)
    leading = (column, TableColumn("Value", data=True))
    figures = (TableColumn("Base", numeric=True), TableColumn("Head", numeric=True))
    shown = [one for one in changed if one.shown]
    tables = (
        DiffTable(
            "Most frequent values",
            (*leading, *figures, TableColumn("Change of share, points", numeric=True)),
            tuple(
                (one.column, value.value, value.base, value.head, one.step(value))
                for one in shown
                for value in one.values.top
            ),
        ),
        DiffTable(
            "Values on one side only",
            (*leading, TableColumn("What"), TableColumn("Rows", numeric=True)),
            tuple(row for one in shown for row in _one_sided(one)),
            sum(_unlisted(one) for one in shown),
        ),
        DiffTable(
            "How many values there are, where they may not be shown",
            (column, *figures, TableColumn("Appeared", numeric=True), TableColumn("Vanished", numeric=True)),
            tuple(
                (one.column, *one.distinct, one.values.appeared, one.values.vanished)
                for one in changed
                if one.distinct is not None
            ),
        ),
    )
    return tuple(table for table in tables if table.rows)


def _one_sided(seen: _Seen) -> list[tuple[TableCell, ...]]:
    new = [(seen.column, one.value, "appeared", one.head) for one in seen.values.new]
    return [*new, *((seen.column, one.value, "vanished", one.base) for one in seen.values.gone)]


def _unlisted(seen: _Seen) -> int:
    """Values on one side only that are not in the table."""
    return seen.values.appeared + seen.values.vanished - len(seen.values.new) - len(seen.values.gone)
