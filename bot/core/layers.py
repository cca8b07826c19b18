"""Which changed models are worth a hybrid, and which of them can share a copy of head's database.

A hybrid is a model built with base's code on what head's code has made of its parents.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.core.explanations import Trace
from bot.core.graph import Parents, order, parents
from bot.domain import ChangeKind, NodeChange, Project

_DEEPEST = 3  # each layer takes a copy of head's database
_MOST = 20


@dataclass(frozen=True)
class Layers:
    """Models by unique id. No two of a layer read each other, so each is built on head's parents, and not on another
    hybrid. `left` are those for which there was no room."""

    layers: tuple[tuple[str, ...], ...]
    left: tuple[str, ...]


def suspects(
    changed: Sequence[NodeChange], trace: Trace, projects: tuple[Project, Project], touched: Collection[str]
) -> tuple[str, ...]:
    """The changed models that both their own code and what they read may have changed, and that can be built as
    hybrids: what base's code reads is all there at head, as head has made it.

    Args:
        changed: the changed models that both sides have.
        trace: what stands above each of them.
        projects: base, which knows renamed models by their new names, too, and head.
        touched: all nodes that the request modified, added or removed.
    """
    base, head = projects
    above = parents(base)
    places: dict[object, list[str]] = {}
    for unique_id, node in head.nodes.items():
        places.setdefault(node.relation, []).append(unique_id)
    return tuple(
        change.unique_id
        for change in changed
        if change.kind is ChangeKind.MODIFIED
        and trace.roots(change.unique_id)[0]
        and base.nodes[change.unique_id].materialization != "external"  # its file is no part of the database
        and not set(places.get(base.nodes[change.unique_id].relation, ())) - {change.unique_id}
        and _is_there(change.unique_id, above, projects, touched)
    )


def arrange(unique_ids: Collection[str], projects: tuple[Project, Project]) -> Layers:
    """Puts models into layers, those first that read none of the others on either side."""
    at_base, at_head = (parents(project) for project in projects)
    above = {
        uid: tuple(p for p in {*at_base.get(uid, ()), *its_parents} if p in at_head)
        for uid, its_parents in at_head.items()
    }
    depth: dict[str, int] = {}
    ordered = order(above)
    for unique_id in ordered:
        depth[unique_id] = max((depth.get(p, 0) + (p in unique_ids) for p in above[unique_id]), default=0)
    wanted = sorted((uid for uid in ordered if uid in unique_ids), key=lambda uid: depth[uid])
    fitting = [uid for uid in wanted if depth[uid] < _DEEPEST][:_MOST]
    levels = sorted({depth[uid] for uid in fitting})
    return Layers(
        tuple(tuple(uid for uid in fitting if depth[uid] == level) for level in levels),
        tuple(uid for uid in wanted if uid not in fitting),
    )


def _is_there(unique_id: str, above: Parents, projects: tuple[Project, Project], touched: Collection[str]) -> bool:
    """Whether base's code of a model finds at head what it reads; what is written into its SQL must be the same."""
    base, head = projects
    waiting, seen = list(above[unique_id]), set[str]()
    while waiting:
        parent = waiting.pop()
        if parent in seen:
            continue
        seen.add(parent)
        if parent not in head.nodes or base.nodes[parent].relation != head.nodes[parent].relation:
            return False
        if base.nodes[parent].relation is None:
            if parent in touched:
                return False
            waiting.extend(above[parent])
    return True
