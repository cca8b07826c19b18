"""A query: SQL of the project's own, whose results on both sides are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from pydantic import Field

from bot.core import value_tables
from bot.core.change_limits import ChangeLimits, judge_changes, match_percent
from bot.core.choosing import unknown
from bot.core.comparison import Comparison
from bot.core.options import Names
from bot.core.queries import SqlOptions
from bot.core.tolerances import Tolerances
from bot.core.wording import all_equal, count, nearest
from bot.domain import (
    Answer,
    Bound,
    ColumnChanges,
    Conversation,
    DiffTable,
    ExampleRows,
    Examples,
    Finding,
    Outcome,
    Pair,
    RowChanges,
    RowCounts,
    Showing,
)

NAME = "query"


class Options(SqlOptions):
    """Options of a query."""

    key: Names = Field(
        (), description="columns of the result that line up its rows; without a key they are compared as a multiset"
    )
    tolerance: Tolerances = Field(
        default_factory=Tolerances, description="how far numbers and moments may lie apart and still count as equal"
    )
    warn: ChangeLimits | None = Field(None, description="beyond these limits it is a warning")
    fail: ChangeLimits | None = Field(None, description="beyond these limits the gate closes")

    def comparison(self) -> Comparison:
        """What these options make of the comparison of the two results."""
        overall = self.tolerance.tolerance()
        return Comparison(
            tolerance=None if (overall.absolute, overall.relative) == (None, None) else overall,
            by_type=self.tolerance.types.by_type(),
            by_column={name: one.tolerance() for name, one in self.tolerance.columns.items()},
        )


def check(pair: Pair, options: Options) -> Conversation:
    """How the results of a query compare that is asked on both sides.

    `{{ ref('x') }}` is the relation of the side that is asked, so both sides are asked the same of their own data;
    `{{ base_ref('x') }}` is base's on both. Rows are lined up by `key`; without one a changed row counts as one removed
    and one added. If the project shows samples, some of the rows that differ are shown.

    Without thresholds any difference closes the gate. With some, what none of them is about still must not change. A
    column that base's result has and head's has not closes it always.

    Measures: `base`, `head`, `added`, `removed`, `changed`, `unchanged`, `tolerated`, `unkeyed`: rows, as those of
    `values`; `key`; `columns`: by column `changed` (rows) and `match_percent`; `added_columns`, `removed_columns`:
    columns of one result only.
    """
    compared = [p.head.name for p in pair.shared if p.comparable and p.head.name not in pair.uncompared]
    about = _about(pair)
    if options.key and pair.key is None:
        return Finding(NAME, Outcome.ERRORED, _what_key_lacks(pair, options), measures=about)
    if not compared:
        message = "the two results share no column whose values can be compared"
        return Finding(NAME, Outcome.ERRORED, message, measures=about)
    by_column = {name: ColumnChanges(name) for name in compared} if pair.key else {}
    shown = ExampleRows(pair.samples)
    # All in one round: another one would line the rows up again.
    answers = yield (RowChanges(), *by_column.values(), *((shown,) if pair.samples else ()))
    rows = answers[RowChanges()]
    if not isinstance(rows, RowCounts):
        raise TypeError("row changes must be row counts")
    changed = {name: _number(answers[question]) for name, question in by_column.items()}
    both = rows.changed + rows.unchanged
    columns = {name: {"changed": n, "match_percent": match_percent(both, n)} for name, n in changed.items()}
    bound = judge_changes(rows, changed, (options.warn, options.fail), 1)
    if about["removed_columns"] and bound is not Bound.NONE:
        bound = Bound.FAIL
    tables = [value_tables.changed_columns(columns)]
    if pair.samples:
        tables.append(_example_rows(pair, answers[shown], rows))
    return Finding(
        NAME,
        _judge(rows, about),
        _describe(rows, pair, about) + _without_key(rows) + _why_not_shown(rows, pair, compared),
        measures={**asdict(rows), "columns": columns, **about},
        bound=bound,
        tables=tuple(table for table in tables if table is not None),
    )


def _what_key_lacks(pair: Pair, options: Options) -> str:
    sides = [[column.name for column in table.columns] for table in (pair.base, pair.head)]
    for name in options.key:
        if any(unknown([name], names) for names in sides):
            meant = nearest(name, [known for known in sides[1] if not unknown([known], sides[0])])
            return f"key names {name}: not both results have it{f'; did you mean {meant}?' if meant else ''}"
    return "the results do not have the columns of `key`"


def _about(pair: Pair) -> dict[str, object]:
    at_base, at_head = ({getattr(p, side).name for p in pair.shared} for side in ("base", "head"))
    return {
        "key": list(pair.key.columns) if pair.key else [],
        "added_columns": [column.name for column in pair.head.columns if column.name not in at_head],
        "removed_columns": [column.name for column in pair.base.columns if column.name not in at_base],
    }


def _number(answer: Answer) -> int:
    if not isinstance(answer, int):
        raise TypeError("column changes must be a number")
    return answer


def _example_rows(pair: Pair, answer: Answer, rows: RowCounts) -> DiffTable | None:
    if not isinstance(answer, Examples):
        raise TypeError("examples must be examples")
    key = pair.key.columns if pair.key else ()
    return value_tables.example_rows(answer, key, rows.added + rows.removed + rows.changed)


def _judge(rows: RowCounts, about: Mapping[str, object]) -> Outcome:
    if rows.added or rows.removed or rows.changed or about["added_columns"] or about["removed_columns"]:
        return Outcome.CHANGED
    return Outcome.UNCHANGED if rows.head else Outcome.VACUOUS


def _describe(rows: RowCounts, pair: Pair, about: Mapping[str, object]) -> str:
    columns = [
        f", {count(len(names), 'column')} {what}"
        for what in ("added", "removed")
        if isinstance(names := about[f"{what}_columns"], list) and names
    ]
    within = f", {rows.tolerated:,} of them within the tolerance" if rows.tolerated else ""
    if not (rows.added or rows.removed or rows.changed):
        words = all_equal(rows.head) if rows.head else "no rows on either side"
        return "".join((words, within, *columns))
    changed = f", {rows.changed:,} changed" if pair.key else ""
    words = f"{count(rows.added, 'row')} added, {rows.removed:,} removed{changed}, {rows.unchanged:,} unchanged"
    return "".join((words, within, *columns))


def _without_key(rows: RowCounts) -> str:
    if not rows.unkeyed:
        return ""
    return f"; {count(rows.unkeyed, 'row')} of both sides compared as a multiset, because their key is null or repeated"


def _why_not_shown(rows: RowCounts, pair: Pair, compared: Sequence[str]) -> str:
    """Why there are no example rows, where the project wants some and some differ."""
    wanted = pair.samples and (rows.added or rows.removed or rows.changed)
    hidden = all(pair.showing.get(name) is Showing.HIDE for name in compared)
    return "; rows are not shown, because it reads columns that may not be shown" if wanted and hidden else ""
