"""Which removed column of a pair lives on under the name of an added one: a likelihood, told by what they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from bot.core.kinds import Kind, kind_of
from bot.domain import (
    Aggregate,
    Answer,
    Column,
    Likeness,
    LikenessCounts,
    Measure,
    Pair,
    Question,
    Side,
)

_MOST = 25
_LIKELY = 0.9
_WITHOUT_EQUALITY = "aggregate_state"


@dataclass(frozen=True, slots=True)
class Rename:
    """A likely renaming. `equal` of the `compared` rows; None where the columns were compared as a whole."""

    base: str
    head: str
    share: float
    equal: int | None = None
    compared: int | None = None


def questions(pair: Pair, removed: Sequence[Column], added: Sequence[Column]) -> tuple[Question, ...]:
    """What to ask: of pairs with a key how many rows are equal, of others whether all values are, in any order."""
    asked: list[Question] = []
    for before, after in _candidates(pair, removed, added):
        if pair.key:
            asked.append(Likeness(before, after))
        else:
            asked += [Aggregate(*of, measure) for of in _sides(before, after) for measure in _WHOLE]
    return tuple(dict.fromkeys(asked))


def likely(
    pair: Pair, removed: Sequence[Column], added: Sequence[Column], answers: Mapping[Question, Answer]
) -> tuple[Rename, ...]:
    """The likely renamings, each column in one at most: the most alike first.

    Raises:
        TypeError: an answer is none to these questions.
    """
    found = [_compare(pair, before, after, answers) for before, after in _candidates(pair, removed, added)]
    taken: set[tuple[Side, str]] = set()
    renames = []
    for one in sorted((one for one in found if one is not None), key=lambda one: -one.share):
        names = {(Side.BASE, one.base), (Side.HEAD, one.head)}
        if one.share >= _LIKELY and not names & taken:
            taken |= names
            renames.append(one)
    return tuple(renames)


_WHOLE = (Measure.CHECKSUM, Measure.NULLS)


def _candidates(pair: Pair, removed: Iterable[Column], added: Iterable[Column]) -> list[tuple[str, str]]:
    """Columns whose types fit each other; without a key only the same type, since sums of values are compared."""
    return [
        (before.name, after.name)
        for before, after in product(removed, added)
        if (before.type == after.type if pair.key is None else _fit(before.type, after.type))
        and not any(_WITHOUT_EQUALITY in one.type.lower() for one in (before, after))
    ][:_MOST]


def _fit(base: str, head: str) -> bool:
    kind = kind_of(base)
    return base == head or (kind is kind_of(head) and kind is not Kind.OTHER)


def _sides(base: str, head: str) -> tuple[tuple[Side, str], tuple[Side, str]]:
    return ((Side.BASE, base), (Side.HEAD, head))


def _compare(pair: Pair, base: str, head: str, answers: Mapping[Question, Answer]) -> Rename | None:
    if pair.key:
        counts = answers[Likeness(base, head)]
        if not isinstance(counts, LikenessCounts):
            raise TypeError("a likeness must be counts")
        if not counts.compared:
            return None
        return Rename(base, head, counts.equal / counts.compared, counts.equal, counts.compared)
    sums, nulls = ([answers[Aggregate(*of, measure)] for of in _sides(base, head)] for measure in _WHOLE)
    same = sums[0] == sums[1] and nulls[0] == nulls[1] and sums[0] is not None
    return Rename(base, head, 1.0) if same else None
