"""Decides, once everything is built, what can be asked of each affected model."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import ChangeKind, Node, NodeChange, NodeResult, RelationName, Side


@dataclass(frozen=True)
class Standing:
    """What can be asked of an affected model: the relation on each side that has one, or why there is none."""

    change: NodeChange
    node: Node
    base: RelationName | None
    head: RelationName | None
    reason: str | None = None


def stand(
    change: NodeChange,
    nodes: tuple[Node | None, Node | None],
    results: tuple[NodeResult | None, NodeResult | None],
) -> Standing:
    """How an affected model stands after the builds.

    Args:
        nodes: it at base and at head, None where it does not exist.
        results: what dbt said of it at base and at head.
    """
    base, head = nodes
    node = head or base
    if node is None:
        raise ValueError(f"{change.unique_id} exists on neither side")
    base_name = _relation(base, results[0])
    head_name = _relation(head, results[1])
    if node.resource_type == "function":
        return Standing(change, node, None, None, "a function: it has no rows; its effect shows in what calls it")
    if all(side is None or side.materialization == "ephemeral" for side in nodes):
        return Standing(change, node, None, None, "ephemeral: it has no relation; its effect shows downstream")
    reason = None
    if change.kind not in (ChangeKind.ADDED, ChangeKind.REMOVED):
        if base is not None and base.materialization == "ephemeral":
            reason = "ephemeral at base, so there is nothing to compare with"
        elif head is not None and head.materialization == "ephemeral":
            reason = "ephemeral at head: its relation is gone"
        elif results[0] is not None and results[0].status == "error":
            reason = f"dbt at base: {results[0].message}"
    if results[1] is not None and results[1].status == "error":
        reason = f"dbt at head: {results[1].message}"
    return Standing(change, node, base_name, head_name, reason)


def missing(standing: Standing, side: Side) -> str:
    """What to say of a relation that dbt says it built and the warehouse does not have."""
    name = standing.base if side is Side.BASE else standing.head
    assert name is not None  # noqa: S101 (asked of relations that should exist)
    return f"dbt says that it built {name.schema}.{name.identifier} at {side.value}, but it does not exist there"


def _relation(node: Node | None, result: NodeResult | None) -> RelationName | None:
    if node is None or result is None or result.status != "success":
        return None
    return node.relation
