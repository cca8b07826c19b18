"""Every failure by its name: those that no table has room for are named one after the other, as shortly as need be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.domain import Grade
from bot.render import figures
from bot.render.escape import code_span
from bot.render.markdown_folds import folded
from bot.render.markdown_style import ICONS

# How many characters of a name are shown, and which share of the room may go to all names then.
_CAPS = ((100, 0.5), (60, 0.5), (40, 0.5), (32, 0.5), (24, 0.6), (20, 0.75), (16, 0.8), (12, 0.8))
_SEPARATOR = ", "
_MOST_IN_SIGHT = 1_200  # characters


@dataclass(frozen=True)
class Failures:
    """Things that fail, gravest first. `noun` says in the singular what they are, `after` what else of all of them.

    Those that are quiet stand in a fold, however few they are, because a table tells of all of them together; `icon`
    is its sign.
    """

    noun: str
    names: Sequence[str]
    after: str = ""
    is_quiet: bool = False
    icon: str = ICONS[Grade.FAIL]


class Roll:
    """The names of all failures, in the room that they may take. `cost` is what they need if no table shows any.

    `OF_TITLES` comes on top of it, which is what titles and folds take at most.
    """

    OF_TITLES = 480

    def __init__(self, failures: Sequence[Failures], room: int, measure: Callable[[str], int]) -> None:
        self._failures = failures
        self._texts: list[list[str]] = []
        self._costs: list[list[int]] = []
        budget = 0
        for cap, share in _CAPS:
            self._texts = [[code_span(name, cap) for name in one.names] for one in failures]
            self._costs = [[measure(text) + len(_SEPARATOR) for text in texts] for texts in self._texts]
            budget = int(room * share)
            if sum(map(sum, self._costs)) <= budget:
                break
        # What can't be named at all is counted: each kind of failure has its share of the names.
        self._named = _shared(self._costs, budget)
        self.cost = sum(sum(costs[:number]) for costs, number in zip(self._costs, self._named, strict=True))

    def refunds(self, kind: int) -> list[int]:
        """What it saves to leave out each name of one kind of failure, because it is told elsewhere."""
        return self._costs[kind][: self._named[kind]]

    def blocks(self, shown: Sequence[int]) -> tuple[list[str], int]:
        """The names, but for as many of each kind as are shown already; of what can't be named the number, which is
        also told in all."""
        blocks = []
        unnamed_in_all = 0
        for failures, texts, named, before in zip(self._failures, self._texts, self._named, shown, strict=True):
            names, number = texts[before : max(named, before)], len(texts) - before
            if number <= 0:
                continue
            unnamed = number - len(names)
            unnamed_in_all += unnamed
            more = "more " if before else ""
            title = figures.plural(number, more + failures.noun) + failures.after
            said = _SEPARATOR.join(names)
            if unnamed:
                said = f"{said} and {figures.count(unnamed)} more" if said else "no room for their names here"
            in_sight = len(said) <= _MOST_IN_SIGHT and not failures.is_quiet
            blocks.append(f"**{title}:** {said}" if in_sight else folded(f"{failures.icon} {title}", [said]))
        return blocks, unnamed_in_all


def _shared(costs: Sequence[Sequence[int]], budget: int) -> list[int]:
    """How many of each list fit if the lists share the budget: what one does not need, the others have."""
    found = [0] * len(costs)
    left = max(budget, 0)
    in_order = sorted(range(len(costs)), key=lambda place: sum(costs[place]))
    for turn, place in enumerate(in_order):
        share = left // (len(costs) - turn)
        for cost in costs[place]:
            if cost > share:
                break
            share -= cost
            left -= cost
            found[place] += 1
    return found
