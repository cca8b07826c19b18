"""Decides, once everything is built, what can be asked of each affected model."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain import Node, NodeChange, NodeResult, RelationName, Side


@dataclass(frozen=True)
class Standing:
    """What can be asked of an affected model: the relation on each side that has one, or why there is none.

    `by_nature` says that the reason lies in what the model is (ephemeral, a function), not in a failure.
    """

    change: NodeChange
    node: Node
    base: RelationName | None
    head: RelationName | None
    reason: str | None = None
    by_nature: bool = False


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
    nature = _nature(node, base, head)
    not_built = head is not None and head.materialization != "ephemeral" and not _succeeded(results[1])
    if nature is not None and not not_built:
        return Standing(change, node, base_name, head_name, nature, by_nature=True)
    failed = [(side, result) for side, result in zip(Side, results, strict=True) if result and result.status == "error"]
    where = " and ".join(side.value for side, _ in failed)
    reason = f"dbt at {where}: {failed[-1][1].message}" if failed else None
    return Standing(change, node, base_name, head_name, reason)


def missing(standing: Standing, side: Side) -> str:
    """What to say of a relation that dbt says it built and the warehouse does not have."""
    name = standing.base if side is Side.BASE else standing.head
    assert name is not None  # noqa: S101 (asked of relations that should exist)
    return f"dbt says that it built {name.schema}.{name.identifier} at {side.value}, but it does not exist there"


def _nature(node: Node, base: Node | None, head: Node | None) -> str | None:
    if node.resource_type == "function":
        return "a function: it has no rows; its effect shows in what calls it"
    ephemeral = [side is not None and side.materialization == "ephemeral" for side in (base, head)]
    existing = [side is not None for side in (base, head)]
    if ephemeral == existing:
        return "ephemeral: it has no relation; its effect shows downstream"
    if ephemeral[0]:
        return "ephemeral at base, so there is nothing to compare with"
    return "ephemeral at head: its relation is gone" if ephemeral[1] else None


def _relation(node: Node | None, result: NodeResult | None) -> RelationName | None:
    return node.relation if node is not None and _succeeded(result) else None


def _succeeded(result: NodeResult | None) -> bool:
    return result is not None and result.status == "success"
