"""The tables of the `values` check: which columns changed, some rows, and when the changes are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.core import examples
from bot.domain import Answer, DiffTable, Examples, Period, PeriodCounts, TableColumn

_MOST_COLUMNS = 12
_LENGTHS = {Period.MONTH: len("2026-01"), Period.YEAR: len("2026")}  # of its first day, what names a period
_CHANGED = (
    TableColumn("Column", data=True),
    TableColumn("Changed rows", numeric=True),
    TableColumn("Match %", numeric=True),
)
_STEPS = (TableColumn("Largest step up", numeric=True), TableColumn("Largest step down", numeric=True))
_COUNTED = (
    TableColumn("Added", numeric=True),
    TableColumn("Removed", numeric=True),
    TableColumn("Changed", numeric=True),
)


def changed_columns(columns: Mapping[str, Mapping[str, float | None]]) -> DiffTable | None:
    """The columns that differ in some row, the most changed first; None where none does.

    Args:
        columns: for each compared column `changed` and `match_percent`; of numbers, `up` and `down`, too.
    """
    differing = sorted((-(one["changed"] or 0), name) for name, one in columns.items() if one["changed"])
    steps = any("up" in columns[name] for _, name in differing)
    rows = []
    for _, name in differing:
        one = columns[name]
        rows.append((name, one["changed"], one["match_percent"], *((one.get("up"), one.get("down")) if steps else ())))
    if not rows:
        return None
    return DiffTable("Changed columns", (*_CHANGED, *(_STEPS if steps else ())), tuple(rows))


def example_rows(found: Examples, key: Sequence[str], differing: int) -> DiffTable | None:
    """Some of the rows that differ; None where there are none.

    The columns of the key, those that changed in one of the rows, and others as far as there is space.

    Args:
        key: the columns of the key.
        differing: how many rows differ in all.
    """
    if not found.rows:
        return None
    changed = {found.columns[place] for row in found.rows for place in row.changed}
    first = [name for name in found.columns if name in key or name in changed]
    others = [name for name in found.columns if name not in first]
    left_out = others[max(0, _MOST_COLUMNS - len(first)) :]
    table = examples.table(found, "Example rows", without=left_out)
    return replace(table, left_out=max(0, differing - len(found.rows)))


def by_period(found: Answer, period: Period) -> DiffTable | None:
    """The changed rows of each period; None where there are none.

    Raises:
        TypeError: the answer does not tell of periods.
    """
    counts = [one for one in found if isinstance(one, PeriodCounts)] if isinstance(found, tuple) else None
    if counts is None or len(counts) != len(found if isinstance(found, tuple) else ()):
        raise TypeError("period changes must be counts of periods")
    if not counts:
        return None
    length = _LENGTHS.get(period)
    rows = tuple((one.start and one.start[:length], one.added, one.removed, one.changed) for one in counts)
    return DiffTable(f"Changes by {period.value}", (TableColumn(period.value.capitalize(), data=True), *_COUNTED), rows)
