"""What thresholds of the `values` check make of the rows and columns that changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated

from pydantic import Field

from bot.core.choosing import choose, unknown
from bot.core.comparison import absent
from bot.core.options import Limit, Options
from bot.core.thresholds import judge_count, worst
from bot.domain import Bound, Misfit, Pair, RowCounts

_Percent = Annotated[float, Field(ge=0, le=100)]


class ChangeLimits(Options):
    """How much may change. Of a sample, counts are scaled up to all rows."""

    added: Limit | None = Field(None, description="rows added, or percent of base's rows")
    removed: Limit | None = Field(None, description="rows removed, or percent of base's rows")
    changed: Limit | None = Field(None, description="rows changed, or percent of base's rows")
    match: _Percent | None = Field(
        None, description="the least percentage of unchanged rows, of all rows of both sides; a limit for everything"
    )
    columns: Mapping[str, _Percent] = Field(
        default_factory=dict,
        description="by column, or wildcard, the least percentage of equal values in the rows on both sides",
    )


def judge_changes(
    rows: RowCounts, columns: Mapping[str, int], limits: tuple[ChangeLimits | None, ChangeLimits | None], share: float
) -> Bound:
    """What the limits make of what changed.

    What no limit is about must not have changed at all: a limit for added rows does not open the gate for others.

    Args:
        columns: in how many rows each compared column differs; empty without a key.
        limits: those for a warning, and those that close the gate.
        share: of all keys, that was looked at.

    Returns:
        NONE if there is no limit, else WITHIN, WARN or FAIL.
    """
    warn, fail = (one or ChangeLimits() for one in limits)
    if not any(_told(one) for one in (warn, fail)):
        return Bound.NONE
    return worst([*_rows(rows, columns, (warn, fail), share), *_columns(rows, columns, warn, fail)])


def misfits(limits: Iterable[tuple[str, ChangeLimits | None]], pair: Pair, compared: Sequence[str]) -> Iterator[Misfit]:
    """The columns that limits name and that are not compared; `limits` with the setting they are."""
    names = [column.name for table in (pair.base, pair.head) for column in table.columns]
    for setting, one in limits:
        wanted = tuple(one.columns) if one else ()
        not_there = unknown(wanted, names)
        for name in not_there:
            yield absent(f"{setting}.columns", name, names)
        for name in unknown([name for name in wanted if name not in not_there], compared):
            yield Misfit(f"{setting}.columns", name, "its values are not compared")
        if wanted and pair.key is None:
            yield Misfit(f"{setting}.columns", wanted[0], "without a key no column is compared by itself")


def match_percent(rows: int, changed: int) -> float | None:
    """Of so many rows, those that did not change: rounded down to four digits, so that 100 means every row."""
    return (rows - changed) * 1_000_000 // rows / 10_000 if rows else None


def _told(limits: ChangeLimits) -> bool:
    return any(one is not None for one in (limits.added, limits.removed, limits.changed, limits.match)) or bool(
        limits.columns
    )


def _rows(
    rows: RowCounts, columns: Mapping[str, int], limits: tuple[ChangeLimits, ChangeLimits], share: float
) -> Iterator[Bound]:
    warn, fail = limits
    everything = rows.added + rows.removed + rows.changed + rows.unchanged
    differing = everything - rows.unchanged
    yield _match(everything, differing, warn.match, fail.match)
    covered = (warn.match, fail.match) != (None, None)
    for name, number in (("added", rows.added), ("removed", rows.removed), ("changed", rows.changed)):
        one = (getattr(warn, name), getattr(fail, name))
        if one != (None, None):
            yield judge_count(round(number / share), round(rows.base / share), warn=one[0], fail=one[1])
        elif number and not covered and not (name == "changed" and _all_limited(columns, warn, fail)):
            yield Bound.FAIL


def _all_limited(columns: Mapping[str, int], warn: ChangeLimits, fail: ChangeLimits) -> bool:
    """Whether there is a limit for each column that changed."""
    differing = [name for name, changed in columns.items() if changed]
    return bool(differing) and set(differing) == set(choose((*warn.columns, *fail.columns), differing))


def _columns(rows: RowCounts, columns: Mapping[str, int], warn: ChangeLimits, fail: ChangeLimits) -> Iterator[Bound]:
    both = rows.changed + rows.unchanged
    for name, changed in columns.items():
        limits = [
            max((least for pattern, least in one.columns.items() if choose((pattern,), (name,))), default=None)
            for one in (warn, fail)
        ]
        yield _match(both, changed, *limits)


def _match(rows: int, differing: int, warn: float | None, fail: float | None) -> Bound:
    share = 100 * (rows - differing) / rows if rows else 100
    if fail is not None and share < fail:
        return Bound.FAIL
    if warn is not None and share < warn:
        return Bound.WARN
    return Bound.WITHIN
