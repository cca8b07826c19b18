"""The `keys` check: does the model's primary key hold?"""

from __future__ import annotations

from bot.core.options import CheckOptions
from bot.domain import Conversation, Finding, KeyCounts, KeyFacts, Outcome, Pair, Side

NAME = "keys"


class Options(CheckOptions):
    """Options of `keys`."""


def check(pair: Pair, options: Options) -> Conversation:  # noqa: ARG001
    """Whether the primary key is unique and not null, on each side.

    Skipped where the model declares no key that both sides have: see the documentation on how to declare one.

    Measures: `columns` of the key and the `source` it was found in; `base` and `head`, each with `null_rows` (rows with
    a null in any key column), `duplicate_keys` (keys without null that occur more than once) and `duplicate_rows` (the
    rows that carry them).
    """
    if pair.key is None:
        return Finding(NAME, Outcome.SKIPPED, "no primary key is declared whose columns are compared on both sides")
    answers = yield (KeyFacts(Side.BASE), KeyFacts(Side.HEAD))
    base, head = (answers[KeyFacts(side)] for side in Side)
    if not isinstance(base, KeyCounts) or not isinstance(head, KeyCounts):
        raise TypeError("key facts must be key counts")
    measures = {
        "columns": list(pair.key.columns),
        "source": str(pair.key.source),
        "base": _told(base),
        "head": _told(head),
    }
    return Finding(
        NAME, Outcome.UNCHANGED if base == head else Outcome.CHANGED, _describe(base, head), measures=measures
    )


def alone(pair: Pair, options: Options, side: Side) -> Conversation:  # noqa: ARG001
    """Whether the key of a model is unique and not null that the other side does not have.

    Measures: as of the check, null on the side that does not have it.
    """
    if pair.key is None:
        return Finding(NAME, Outcome.SKIPPED, "no key is declared")
    answers = yield (KeyFacts(side),)
    facts = answers[KeyFacts(side)]
    if not isinstance(facts, KeyCounts):
        raise TypeError("key facts must be key counts")
    told = _told(facts)
    good = not any(told.values())
    return Finding(
        check=NAME,
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


def _told(counts: KeyCounts) -> dict[str, int]:
    return {
        "null_rows": counts.null_rows,
        "duplicate_keys": counts.duplicate_keys,
        "duplicate_rows": counts.duplicate_rows,
    }


def _describe(base: KeyCounts, head: KeyCounts) -> str:
    if base == head:
        return f"{_words(head)} on both sides"
    return f"base: {_words(base)}; head: {_words(head)}"


def _words(counts: KeyCounts) -> str:
    wrong = []
    if counts.null_rows:
        wrong.append(f"{_count(counts.null_rows, 'row')} with a null key")
    if counts.duplicate_keys:
        wrong.append(f"{_count(counts.duplicate_keys, 'key')} repeated in {_count(counts.duplicate_rows, 'row')}")
    return " and ".join(wrong) or "unique and not null"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
