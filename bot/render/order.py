"""In which order the models of a report are told: causes first, and below each what changed because of it alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.core.explanations import Group, groups
from bot.domain import ModelReport, Report
from bot.render.words import gravest_first

_MOST_BELOW, _FEW_BELOW = 5, 3


@dataclass(frozen=True)
class Entry:
    """A row of the table of models: one model, which may stand below what explains it; or, as `is_rest`, several below
    the others."""

    models: tuple[ModelReport, ...]
    roots: tuple[str, ...] = ()
    is_rest: bool = False

    @property
    def is_below(self) -> bool:
        """Whether this is told below what explains it."""
        return bool(self.roots)


class Order:
    """The models of a report as they are told.

    `entries` are the rows of the table, `below` the models that others explain by unique id, `groups` those of the
    report that are more than one model.
    """

    def __init__(self, report: Report, *, is_whole: bool) -> None:
        self.groups = tuple(group for group in groups(report) if len(group.roots) + len(group.members) > 1)
        self.below = {uid: group for group in self.groups for uid in group.members}
        self._of = {uid: group for group in self.groups for uid in (*group.roots, *group.members)}
        self._is_whole = is_whole
        self.entries = tuple(self._entries(gravest_first(report.models)))

    @property
    def rest(self) -> list[ModelReport]:
        """The models that have no row of their own."""
        return [model for entry in self.entries if entry.is_rest for model in entry.models]

    def led_by(self, unique_id: str) -> Group | None:
        """The group in which this model explains others, or shares its cause with others."""
        group = self._of.get(unique_id)
        return group if group is not None and unique_id in group.roots else None

    def _entries(self, models: Sequence[ModelReport]) -> Iterator[Entry]:
        places: dict[str, list[int]] = defaultdict(list)
        for place, model in enumerate(models):
            places[model.unique_id].append(place)
        told: set[str] = set()
        for model in models:
            group = self._of.get(model.unique_id)
            if group is None:
                yield Entry((model,))
            elif model.unique_id not in told:
                told |= {*group.roots, *group.members}
                roots, below = (
                    tuple(models[place] for place in sorted(place for uid in uids for place in places[uid]))
                    for uids in (group.roots, group.members)
                )
                yield from (Entry((root,)) for root in roots)
                yield from self._entries_below(group, below)

    def _entries_below(self, group: Group, below: tuple[ModelReport, ...]) -> Iterator[Entry]:
        few = len(below) if self._is_whole or len(below) <= _MOST_BELOW else _FEW_BELOW
        yield from (Entry((model,), group.roots) for model in below[:few])
        if below[few:]:
            yield Entry(below[few:], group.roots, is_rest=True)
