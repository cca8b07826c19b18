"""One model is looked at while it is written: which one is meant, what of a change it needs, why it is not affected."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from difflib import get_close_matches

from bot.core import heirs
from bot.core.graph import parents, reach
from bot.domain import Change, Node, Project
from bot.errors import UsageError

_PROPOSED = 5


def find(name: str, base: Project, head: Project) -> str:
    """The unique id of the model that a user calls so; of one that got another name, that at head.

    Args:
        name: `orders`, `shop.orders`, `orders.v2` or a unique id; as in dbt, a bare name is the project's own first.

    Raises:
        UsageError: there is none of this name, or there are several.
    """
    nodes = {**base.nodes, **head.nodes}
    found = [uid for uid, node in nodes.items() if name in _names(node)]
    if len(found) > 1:
        at_head = [uid for uid in found if uid in head.nodes]
        own = [uid for uid in at_head or found if nodes[uid].package == head.name]
        found = own or at_head or found
    if len(found) > 1:
        listed = ", ".join(f"`{_qualified(nodes[uid])}`" for uid in sorted(found))
        raise UsageError(f"several models are called {name!r}: {listed}", remedy="Name one of them in full.")
    if not found:
        raise UsageError(f"there is no model {name!r}, neither at base nor at head", remedy=_nearest(name, nodes))
    former = {old: new for new, old in heirs.find(base, head).items()}
    return former.get(found[0], found[0])


def needed(unique_id: str, base: Project, head: Project) -> frozenset[str]:
    """The unique ids of a model and of all that it reads, on both sides."""
    former = heirs.find(base, head).get(unique_id, unique_id)
    return frozenset(reach([unique_id], parents(head)) | reach([former], parents(base)))


def narrow(change: Change, unique_id: str, needed: Collection[str]) -> Change:
    """What of a change is a model's business; nothing is affected where the model is not."""
    affected = tuple(entry for entry in change.affected if entry.unique_id in needed)
    is_affected = any(entry.unique_id == unique_id for entry in affected)
    return replace(
        change,
        affected=affected if is_affected else (),
        same_sql=tuple(uid for uid in change.same_sql if uid == unique_id),
        metadata=tuple(one for one in change.metadata if one.unique_id == unique_id),
        equivalent=tuple(uid for uid in change.equivalent if uid == unique_id),
    )


def _names(node: Node) -> frozenset[str]:
    bare = node.unique_id.split(".", 2)[-1]  # of a version: `orders.v2`
    return frozenset({node.name, f"{node.package}.{node.name}", bare, f"{node.package}.{bare}", node.unique_id})


def _qualified(node: Node) -> str:
    return node.unique_id.split(".", 1)[-1]


def _nearest(name: str, nodes: Mapping[str, Node]) -> str:
    by_lower = {node.name.lower(): node.name for node in nodes.values()}
    bare = name.lower().split(".")[-1]
    near = [*get_close_matches(bare, by_lower, _PROPOSED), *sorted(one for one in by_lower if bare in one)]
    listed = [f"`{by_lower[one]}`" for one in dict.fromkeys(near)][:_PROPOSED]
    if not listed:
        return "`dbt ls` lists all models, seeds and snapshots."
    return f"Did you mean {' or '.join(filter(None, (', '.join(listed[:-1]), listed[-1])))}?"
