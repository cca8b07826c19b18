"""What all draws of a column have in common though its values vary: nulls, number of values, lengths, spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core import noise as rulings
from bot.core.draws import against
from bot.core.inquiry import inquire
from bot.core.kinds import Kind, kind_of
from bot.core.noise import Facts
from bot.core.scans import Steps
from bot.core.sql import Dialect
from bot.core.trio import Trio, at_base, whole
from bot.core.volatility import Causes
from bot.domain import Aggregate, Distance, Measure, Pair, RowCount, Scalar, Side

_FACTS = (Measure.NULLS, Measure.DISTINCT, Measure.MIN_LENGTH, Measure.MAX_LENGTH)


def find_broken(trio: Trio, names: Sequence[str]) -> Steps[dict[str, str]]:
    """What holds of columns in every draw of base's code and not at head, in words."""
    if not names:
        return {}
    pairs = [against(trio.pair, control) for control in trio.controls]
    names_at_base = at_base(trio)
    base = yield from _facts(trio, trio.pair, Side.BASE, {name: name for name in names})
    head = yield from _facts(trio, trio.pair, Side.HEAD, {name: name for name in names})
    controls = []
    for pair in pairs:
        controls.append((yield from _facts(trio, pair, Side.HEAD, {name: names_at_base[name] for name in names})))
    found = {name: rulings.broken(base[name], head[name], [one[name] for one in controls]) for name in names}
    for name in [name for name in _ordered(trio) if name in names and not found[name]]:
        values = [one[name].distinct for one in (base, head, *controls)]
        if (yield from _is_shaped_otherwise(trio, name, values)):
            found[name] = "is distributed otherwise"
    return {name: words for name, words in found.items() if words}


def find_shaped(trio: Trio, names: Sequence[str]) -> Steps[list[str]]:
    """The columns whose values are distributed at head as in no draw of base's code: where rows come and go, the only
    thing that holds of them."""
    found = []
    pairs = [against(trio.pair, control) for control in trio.controls]
    for name in [name for name in _ordered(trio) if name in names]:
        values = []
        for side in Side:
            values.append((yield from _distinct(trio, trio.pair, side, name)))
        for pair in pairs:
            values.append((yield from _distinct(trio, pair, Side.HEAD, at_base(trio)[name])))
        if (yield from _is_shaped_otherwise(trio, name, values)):
            found.append(name)
    return found


def _is_shaped_otherwise(trio: Trio, name: str, values: Sequence[int | None]) -> Steps[bool]:
    distances = [(yield from _distance(trio, trio.pair, name))]
    for control in trio.controls:
        distances.append((yield from _distance(trio, against(trio.pair, control), at_base(trio)[name])))
    return rulings.is_shaped_otherwise(distances[0], distances[1:], values)


def _distinct(trio: Trio, pair: Pair, side: Side, name: str) -> Steps[int | None]:
    question = Aggregate(side, name, Measure.DISTINCT)
    answer = (yield from inquire(pair, [question], trio.dialect))[question]
    return answer if isinstance(answer, int) else None


def _facts(trio: Trio, pair: Pair, side: Side, names: Mapping[str, str]) -> Steps[dict[str, Facts]]:
    """What is known of some columns on one side of a pair; `names` says how each is called there."""
    count = RowCount(side)
    questions = {(name, one): Aggregate(side, own, one) for name, own in names.items() for one in _FACTS}
    answers = yield from inquire(pair, [count, *questions.values()], trio.dialect)
    return {
        name: rulings.facts(whole(answers[count]), {one: _scalar(answers[questions[name, one]]) for one in _FACTS})
        for name in names
    }


def _ordered(trio: Trio) -> list[str]:
    """The columns whose values have a distribution: numbers and moments on both sides."""
    both = [(one.head.name, kind_of(one.base.type), kind_of(one.head.type)) for one in trio.pair.shared]
    return [name for name, base, head in both if base is head and base in (Kind.NUMBER, Kind.MOMENT)]


def _distance(trio: Trio, pair: Pair, name: str) -> Steps[float | None]:
    answers = yield from inquire(pair, [Distance(name)], trio.dialect)
    distance = answers[Distance(name)]
    return float(distance) if isinstance(distance, int | float) else None


def look_alike(pair: Pair, names: Sequence[str], dialect: Dialect) -> Steps[bool]:
    """Whether columns that are known to vary look at head as they do at base, but for their values."""
    trio = Trio(pair, (), dialect, Causes())
    own = {name: name for name in names}
    base = yield from _facts(trio, pair, Side.BASE, own)
    head = yield from _facts(trio, pair, Side.HEAD, own)
    ordered = _ordered(trio)
    for name in names:
        distance = (yield from _distance(trio, pair, name)) if name in ordered else None
        if not rulings.look_alike(base[name], head[name], distance):
            return False
    return True


def _scalar(answer: object) -> Scalar:
    return answer if isinstance(answer, int | float | str) else None
