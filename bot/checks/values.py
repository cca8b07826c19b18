"""The `values` check: which rows were added, removed or changed, and in which columns?"""

from __future__ import annotations

from collections.abc import Mapping

from bot.core.options import CheckOptions
from bot.domain import (
    Answers,
    ColumnChanges,
    Conversation,
    Finding,
    Outcome,
    Pair,
    RowChanges,
    RowCounts,
)

NAME = "values"


class Options(CheckOptions):
    """Options of `values`."""


def check(pair: Pair, options: Options) -> Conversation:  # noqa: ARG001
    """How the rows compare, and in how many rows each column differs.

    Rows are lined up by the primary key. Rows whose key has a null or is repeated on either side are compared as a
    multiset (rows and how often each occurs) beside the others, and so is every row of a model without a key: then a
    changed row counts as one removed and one added. Two nulls are equal, and so are two NaN; where a column's type
    changed, values are compared in a common type that loses nothing.

    Measures: `base`, `head`, `added`, `removed`, `changed`, `unchanged`: rows; `unkeyed`: rows of both sides without a
    usable key; `columns`: for each compared column `changed` (rows) and `match_percent` (of the rows on both sides,
    null where there are none); `compared`: columns; `uncompared`: columns left out, with the reason;
    `incomparable`: those of them whose type has no equality, which is a warning.
    """
    compared = [p.head.name for p in pair.shared if p.comparable and p.head.name not in pair.uncompared]
    incomparable = [p.head.name for p in pair.shared if not p.comparable]
    if not compared:
        message = "the two sides share no column whose values can be compared"
        return Finding(
            NAME,
            Outcome.SKIPPED,
            message,
            measures={"compared": [], "uncompared": dict(pair.uncompared), "incomparable": incomparable, "columns": {}},
        )
    by_column = {name: ColumnChanges(name) for name in compared} if pair.key else {}
    answers = yield (RowChanges(), *by_column.values())
    rows = answers[RowChanges()]
    if not isinstance(rows, RowCounts):
        raise TypeError("row changes must be row counts")
    measures = {
        "base": rows.base,
        "head": rows.head,
        "added": rows.added,
        "removed": rows.removed,
        "changed": rows.changed,
        "unchanged": rows.unchanged,
        "unkeyed": rows.unkeyed,
        "columns": _columns(by_column, answers, _lined_up(rows)),
        "compared": compared,
        "uncompared": dict(pair.uncompared),
        "incomparable": incomparable,
    }
    return Finding(NAME, _judge(rows), _describe(rows, pair), measures=measures)


def _lined_up(rows: RowCounts) -> int:
    return rows.changed + rows.unchanged


def _columns(by_column: Mapping[str, ColumnChanges], answers: Answers, lined_up: int) -> dict[str, object]:
    columns: dict[str, object] = {}
    for name, question in by_column.items():
        changed = answers[question]
        if not isinstance(changed, int):
            raise TypeError("column changes must be a number")
        columns[name] = {"changed": changed, "match_percent": _match_percent(lined_up, changed)}
    return columns


def _match_percent(rows: int, changed: int) -> float | None:
    """Rounded down to four digits, so that 100 means every row."""
    return (rows - changed) * 1_000_000 // rows / 10_000 if rows else None


def _judge(rows: RowCounts) -> Outcome:
    if rows.base == rows.head == 0:
        return Outcome.VACUOUS
    return Outcome.CHANGED if rows.added or rows.removed or rows.changed else Outcome.UNCHANGED


def _describe(rows: RowCounts, pair: Pair) -> str:
    if rows.base == rows.head == 0:
        return "no rows on either side, so nothing was shown"
    manner = "" if pair.key else ", compared as a multiset because no primary key is known"
    if _judge(rows) is Outcome.UNCHANGED:
        return f"all {rows.head:,} rows are equal{manner}"
    counted = f"{rows.added:,} added, {rows.removed:,} removed"
    changed = f", {rows.changed:,} changed" if pair.key else ""
    return f"{counted}{changed}, {rows.unchanged:,} unchanged{manner}"
