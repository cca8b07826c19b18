"""Nodes that have another name at head and write the relation that a removed node wrote: whoever reads it sees the data
of the one after that of the other, so the two are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from bot.domain import Cause, CauseKind, Change, ChangeKind, NodeChange, Project, RelationName

_Thing = TypeVar("_Thing")


def find(base: Project, head: Project) -> Mapping[str, str]:
    """Returns the heirs: from the unique id of an added node to that of the removed one whose relation it writes."""
    left = {_place(n.relation): u for u, n in base.nodes.items() if u not in head.nodes and n.relation is not None}
    new = {u: _place(n.relation) for u, n in head.nodes.items() if u not in base.nodes and n.relation is not None}
    return {unique_id: left[place] for unique_id, place in new.items() if place in left}


def under_new_names(things: Mapping[str, _Thing], heirs: Mapping[str, str]) -> Mapping[str, _Thing]:
    """Returns what goes by unique id at base, and all of it that belongs to an heir under the heir's id, too."""
    return {**things, **{new: things[old] for new, old in heirs.items() if old in things}}


def as_modified(change: Change, heirs: Mapping[str, str]) -> Change:
    """Returns the change with each heir as one modified node, instead of one that was added and one removed."""
    former = {old: new for new, old in heirs.items()}
    return replace(
        change,
        affected=tuple(
            _as_modified(entry, heirs, former) for entry in change.affected if entry.unique_id not in former
        ),
    )


def _as_modified(entry: NodeChange, heirs: Mapping[str, str], former: Mapping[str, str]) -> NodeChange:
    if entry.unique_id in heirs:
        return NodeChange(
            entry.unique_id, ChangeKind.MODIFIED, (Cause(CauseKind.NAME, f"was {heirs[entry.unique_id]}"),)
        )
    return replace(entry, upstream=tuple(sorted({former.get(name, name) for name in entry.upstream})))


def _place(name: RelationName) -> tuple[str, str, str]:
    return ((name.database or "").lower(), name.schema.lower(), name.identifier.lower())
