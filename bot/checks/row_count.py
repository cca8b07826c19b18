"""The `row_count` check: does the model still have as many rows?"""

from __future__ import annotations

from pydantic import Field

from bot.core.options import Bounds, CheckOptions
from bot.core.thresholds import judge
from bot.core.wording import of_sample
from bot.domain import Conversation, Finding, Outcome, Pair, RowCount, Side

NAME = "row_count"


class Options(CheckOptions):
    """Options of `row_count`."""

    warn: Bounds | None = Field(
        None, description="beyond this many rows, or percent of base's, more or less: a warning"
    )
    fail: Bounds | None = Field(None, description="beyond this many rows, or percent of base's, the gate is closed")


def check(pair: Pair, options: Options) -> Conversation:
    """How many rows the model has on each side.

    Without thresholds any difference closes the gate. Two empty tables are `vacuous`, not unchanged: they show nothing
    about the change, which is a warning.

    Measures: `base`, `head`: rows on each side; `difference`: head less base; `percent`: the difference in percent of
    base, null where base has no rows; `sampled`: the share of all keys that was looked at, if not all were.
    """
    answers = yield (RowCount(Side.BASE), RowCount(Side.HEAD))
    base, head = (answers[RowCount(side)] for side in Side)
    if not isinstance(base, int) or not isinstance(head, int):
        raise TypeError("a row count must be a number")
    outcome, message = _judge(base, head)
    share = pair.sampled or 1
    measures = {
        "base": base,
        "head": head,
        "difference": head - base,
        "percent": round(100 * (head - base) / base, 2) if base else None,
        **({"sampled": pair.sampled} if pair.sampled else {}),
    }
    bound = judge(base / share, head / share, warn=options.warn, fail=options.fail)
    return Finding(NAME, outcome, message + of_sample(pair), measures=measures, bound=bound)


def alone(pair: Pair, options: Options, side: Side) -> Conversation:  # noqa: ARG001 (thresholds need two sides)
    """How many rows a model has that the other side does not have.

    Measures: `base`, `head`: the count, null on the side that does not have it.
    """
    answers = yield (RowCount(side),)
    rows = answers[RowCount(side)]
    return Finding(
        check=NAME,
        outcome=Outcome.CHANGED if rows else Outcome.VACUOUS,
        message=f"exists at {side.value} only" if rows else f"exists at {side.value} only, and has no rows",
        measures={"base": None, "head": None, side.value: rows},
    )


def _judge(base: int, head: int) -> tuple[Outcome, str]:
    if base == head == 0:
        return Outcome.VACUOUS, "no rows on either side"
    if base == head:
        return Outcome.UNCHANGED, f"{head:,} rows on both sides"
    return Outcome.CHANGED, f"{base:,} rows before, {head:,} after"
