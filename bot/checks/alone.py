"""What is asked of a model that exists on one side only: how many rows, and is its key good?"""

from __future__ import annotations

from bot.domain import Conversation, Finding, KeyCounts, KeyFacts, Outcome, Pair, RowCount, Side


def row_count(side: Side) -> Conversation:
    """How many rows a model has that the other side does not have.

    Measures: `base`, `head`: the count, null on the side that does not have it.
    """
    answers = yield (RowCount(side),)
    rows = answers[RowCount(side)]
    return Finding(
        check="row_count",
        outcome=Outcome.CHANGED if rows else Outcome.VACUOUS,
        message=f"exists at {side.value} only" if rows else f"exists at {side.value} only, and has no rows",
        measures={"base": None, "head": None, side.value: rows},
    )


def keys(pair: Pair, side: Side) -> Conversation:
    """Whether the key of a model is unique and not null that the other side does not have.

    Measures: `columns`, `source`, and on the side that has it `null_rows`, `duplicate_keys`, `duplicate_rows`.
    """
    if pair.key is None:
        yield from ()
        return Finding(check="keys", outcome=Outcome.SKIPPED, message="no key is declared")
    answers = yield (KeyFacts(side),)
    facts = answers[KeyFacts(side)]
    assert isinstance(facts, KeyCounts)  # noqa: S101 (the contract of the question)
    told = {
        "null_rows": facts.null_rows,
        "duplicate_keys": facts.duplicate_keys,
        "duplicate_rows": facts.duplicate_rows,
    }
    good = not any(told.values())
    return Finding(
        check="keys",
        outcome=Outcome.UNCHANGED if good else Outcome.CHANGED,
        message="unique and not null" if good else "has null or repeated keys",
        measures={
            "columns": list(pair.key.columns),
            "source": pair.key.source.value,
            "base": None,
            "head": None,
            side.value: told,
        },
    )
