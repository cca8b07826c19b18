"""How a page shows untrusted text, and what it calls the models of a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.domain import ModelReport
from bot.render import figures
from bot.render.escape import shown, visible


@dataclass(frozen=True, slots=True)
class Dress:
    """How a renderer shows untrusted text: `name` for what names something, `prose` for a sentence.

    `times` is how often more than usual is listed, before the rest is a number.
    """

    name: Callable[[str], str]
    prose: Callable[[str], str]
    times: int = 1

    def names(self, values: Sequence[str], cap: int = 12) -> str:
        """Some names, comma separated, and how many more there are."""
        shown = ", ".join(self.name(value) for value in values[: cap * self.times])
        rest = len(values) - cap * self.times
        return f"{shown} and {figures.count(rest)} more" if rest > 0 else shown

    def listed(self, items: Sequence[str], cap: int = 20) -> list[str]:
        """Some items, already dressed, and how many more there are."""
        rest = len(items) - cap * self.times
        return [*items[: cap * self.times], f"and {figures.count(rest)} more"] if rest > 0 else list(items)


# For what is no page: texts in the fields of a file. Nothing marks them, and each is on one line.
PLAIN = Dress(name=lambda value: shown(value, 100), prose=lambda text: visible(" ".join(text.split())))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page: what it is about (trusted, ours) and the text, dressed."""

    label: str
    text: str


class Labels:
    """What the models of a report are called: their name where only one has it, else with the package."""

    def __init__(self, models: Iterable[ModelReport]) -> None:
        known = tuple(models)
        times = Counter(model.name for model in known)
        self._by_id: Mapping[str, str] = {
            model.unique_id: model.name if times[model.name] == 1 else model.unique_id.split(".", 1)[-1]
            for model in known
        }

    def of(self, unique_id: str) -> str:
        """The label of this node, also of one the report does not hold."""
        return self._by_id.get(unique_id) or unique_id.split(".", 2)[-1]
