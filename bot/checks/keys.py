"""The `keys` check: does the model's primary key hold?"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.core import options as core_options
from bot.core.options import CheckOptions
from bot.core.thresholds import worst
from bot.core.wording import count, of_sample
from bot.domain import (
    Answer,
    Bound,
    Conversation,
    DiffTable,
    Finding,
    KeyCounts,
    KeyFacts,
    Outcome,
    Pair,
    RepeatedKey,
    RepeatedKeys,
    Showing,
    Side,
    TableColumn,
)

NAME = "keys"
_Rows = Annotated[int, Field(ge=0)] | None


class Limits(core_options.Options):
    """How many rows of head may have a bad key."""

    null_rows: _Rows = Field(None, description="rows with a null in the key")
    duplicate_rows: _Rows = Field(None, description="rows whose key occurs more than once")


class Options(CheckOptions):
    """Options of `keys`."""

    warn: Limits | None = Field(None, description="beyond these counts the check warns")
    fail: Limits | None = Field(None, description="beyond these counts the check closes the gate")


def check(pair: Pair, options: Options) -> Conversation:
    """Whether the primary key is unique and not null, on each side.

    A key that is worse at head than at base closes the gate; one that is bad, and no worse, is a warning. A limit
    stands in place of that for what it is about. Where samples are allowed, keys are shown that head repeats more often
    than base. Skipped where the model declares no key that both sides have: see the documentation on how to declare
    one.

    Measures: `columns` of the key and the `source` it was found in; `base` and `head`, each with `null_rows` (rows with
    a null in any key column), `duplicate_keys` (keys without null that occur more than once) and `duplicate_rows` (the
    rows that carry them); `sampled`: the share of all keys that was looked at, if not all were.
    """
    if pair.key is None:
        return Finding(NAME, Outcome.SKIPPED, "no primary key is declared whose columns are compared on both sides")
    asked = RepeatedKeys(pair.samples)
    # Asked with the first questions: later they would cost another alignment, here nothing where no key is repeated.
    answers = yield (KeyFacts(Side.BASE), KeyFacts(Side.HEAD), *([asked] if pair.samples else ()))
    base, head = (_facts(answers[KeyFacts(side)]) for side in Side)
    measures = {
        **_named(pair),
        "base": _told(base),
        "head": _told(head),
        **({"sampled": pair.sampled} if pair.sampled else {}),
    }
    return Finding(
        NAME,
        Outcome.UNCHANGED if base == head else Outcome.CHANGED,
        _describe(base, head) + of_sample(pair),
        measures=measures,
        bound=_bound(base, head, options, pair.sampled or 1),
        tables=_repeated(pair, answers[asked], head) if pair.samples else (),
    )


def alone(pair: Pair, options: Options, side: Side) -> Conversation:
    """Whether the key of a model is unique and not null that the other side does not have.

    Measures: as of the check, null on the side that does not have it.
    """
    if pair.key is None:
        return Finding(NAME, Outcome.SKIPPED, "no key is declared")
    answers = yield (KeyFacts(side),)
    facts = _facts(answers[KeyFacts(side)])
    good = facts == KeyCounts(0, 0, 0)
    return Finding(
        check=NAME,
        outcome=Outcome.UNCHANGED if good else Outcome.CHANGED,
        message="unique and not null" if good else "has null or repeated keys",
        measures={**_named(pair), "base": None, "head": None, side.value: _told(facts)},
        bound=_bound(KeyCounts(0, 0, 0), facts, options, 1) if side is Side.HEAD else Bound.NONE,
    )


def _facts(answer: Answer) -> KeyCounts:
    if not isinstance(answer, KeyCounts):
        raise TypeError("key facts must be key counts")
    return answer


def _named(pair: Pair) -> dict[str, object]:
    return {"columns": list(pair.key.columns), "source": str(pair.key.source)} if pair.key else {}


def _told(counts: KeyCounts) -> dict[str, int]:
    return {
        "null_rows": counts.null_rows,
        "duplicate_keys": counts.duplicate_keys,
        "duplicate_rows": counts.duplicate_rows,
    }


def _bound(base: KeyCounts, head: KeyCounts, options: Options, share: float) -> Bound:
    """What the limits say; what they say nothing of must not be worse than at base."""
    warn, fail = options.warn or Limits(), options.fail or Limits()
    nulls = _judge((base.null_rows, head.null_rows), share, warn.null_rows, fail.null_rows)
    repeated = _judge((base.duplicate_rows, head.duplicate_rows), share, warn.duplicate_rows, fail.duplicate_rows)
    if head.duplicate_keys > base.duplicate_keys and (warn.duplicate_rows, fail.duplicate_rows) == (None, None):
        repeated = Bound.FAIL
    limited = [limit for limits in (warn, fail) for limit in limits.model_dump().values() if limit is not None]
    return worst((nulls, repeated)) if limited else Bound.NONE


def _judge(rows: tuple[int, int], share: float, warn: int | None, fail: int | None) -> Bound:
    base, head = rows
    if warn is None and fail is None:
        return Bound.FAIL if head > base else Bound.WARN if head else Bound.WITHIN
    if fail is not None and head / share > fail:
        return Bound.FAIL
    return Bound.WARN if warn is not None and head / share > warn else Bound.WITHIN


def _repeated(pair: Pair, answer: Answer, head: KeyCounts) -> tuple[DiffTable, ...]:
    found = [one for one in answer if isinstance(one, RepeatedKey)] if isinstance(answer, tuple) else None
    if found is None or len(found) != len(answer if isinstance(answer, tuple) else ()):
        raise TypeError("repeated keys must be a list of them")
    if not found or pair.key is None:
        return ()
    seen = [name for name in pair.key.columns if pair.showing.get(name) is not Showing.HIDE]
    shown = seen if len(found[0].key) == len(seen) else pair.key.columns
    named = tuple(TableColumn(name, data=True) for name in shown)
    counted = (TableColumn("Rows at base", numeric=True), TableColumn("Rows at head", numeric=True))
    rows = tuple((*one.key, one.base, one.head) for one in found)
    full = len(rows) == pair.samples
    left_out = max(0, head.duplicate_keys - len(rows)) if full else 0
    return (DiffTable("Keys that head repeats more often", (*named, *counted), rows, left_out),)


def _describe(base: KeyCounts, head: KeyCounts) -> str:
    if base == head:
        return f"{_words(head)} on both sides"
    return f"base: {_words(base)}; head: {_words(head)}"


def _words(counts: KeyCounts) -> str:
    wrong = []
    if counts.null_rows:
        wrong.append(f"{count(counts.null_rows, 'row')} with a null key")
    if counts.duplicate_keys:
        wrong.append(f"{count(counts.duplicate_keys, 'key')} repeated in {count(counts.duplicate_rows, 'row')}")
    return " and ".join(wrong) or "unique and not null"
