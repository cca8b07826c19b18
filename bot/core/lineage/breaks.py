"""What those who read a model from outside may not survive: columns that are gone, narrower types, broken contracts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot.core.lineage.readers import readers_of
from bot.domain import Break, ChangeKind, ModelReport, Project


def breaks(models: Sequence[ModelReport], projects: tuple[Project, Project]) -> tuple[Break, ...]:
    """What may break readers of models that somebody relies on, models that are gone first.

    These are models that an exposure, a metric or a semantic model reads, that have an enforced contract on either
    side, or that are public.
    """
    base, head = projects
    found = []
    for model in models:
        nodes = [project.nodes[model.unique_id] for project in projects if model.unique_id in project.nodes]
        promised = any(node.contract_enforced or node.access == "public" for node in nodes)
        for column, what in _seen(model):
            side = base if model.change.kind is ChangeKind.REMOVED else head
            readers = readers_of(side, model.unique_id, column)
            if promised or readers:
                found.append(Break(model.unique_id, column, what, readers))
    return tuple(sorted(found, key=lambda one: bool(one.column)))


def _seen(model: ModelReport) -> Iterator[tuple[str, str]]:
    """Each column with what became of it; without a column where it is about the model."""
    if model.change.kind is ChangeKind.REMOVED:
        yield "", "was removed"
    told = next((one.measures for one in model.findings if one.check == "schema"), None)
    if told is None:
        return
    renamed = {str(one["base"]): str(one["head"]) for one in _mappings(told.get("likely_renamed"))}
    removed = told.get("removed")
    for column in removed if isinstance(removed, list | tuple) else ():
        yield str(column), f"was likely renamed to `{renamed[column]}`" if column in renamed else "was removed"
    for new, old in _pairs(told.get("renamed")):
        if str(old).lower() != new.lower():
            yield str(old), f"was renamed to `{new}`"
    for column, became in _pairs(told.get("type_changed")):
        if became["became"] != "widened":
            word = "became narrower" if became["became"] == "narrowed" else "got another type"
            yield column, f"{word}: `{became['base']}` became `{became['head']}`"
    for column, broken in _pairs(told.get("contract")):
        if broken["found"] is None:
            yield column, "is missing, and the contract declares it"
        elif column not in dict(_pairs(told.get("type_changed"))):
            yield column, f"is `{broken['found']}`, and the contract declares `{broken['declared']}`"


def _pairs(value: object) -> Iterable[tuple[str, Any]]:
    return [(str(name), one) for name, one in value.items()] if isinstance(value, Mapping) else []


def _mappings(value: object) -> Iterable[Mapping[str, object]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []
