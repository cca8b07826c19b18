"""The `row_count` check: does the model still have as many rows?"""

from __future__ import annotations

from bot.domain import Conversation, Finding, Outcome, Pair, RowCount, Side

NAME = "row_count"


def check(pair: Pair) -> Conversation:  # noqa: ARG001 (every check of a pair is called alike)
    """How many rows the model has on each side.

    Two empty tables are `vacuous`, not unchanged: they show nothing about the change.

    Measures: `base`, `head`: rows on each side; `difference`: head less base; `percent`: the difference in percent of
    base, null where base has no rows.
    """
    answers = yield (RowCount(Side.BASE), RowCount(Side.HEAD))
    base, head = (answers[RowCount(side)] for side in Side)
    if not isinstance(base, int) or not isinstance(head, int):
        raise TypeError("a row count must be a number")
    outcome, message = _judge(base, head)
    measures = {
        "base": base,
        "head": head,
        "difference": head - base,
        "percent": round(100 * (head - base) / base, 2) if base else None,
    }
    return Finding(NAME, outcome, message, measures=measures)


def _judge(base: int, head: int) -> tuple[Outcome, str]:
    if base == head == 0:
        return Outcome.VACUOUS, "no rows on either side"
    if base == head:
        return Outcome.UNCHANGED, f"{head:,} rows on both sides"
    return Outcome.CHANGED, f"{base:,} rows before, {head:,} after"
