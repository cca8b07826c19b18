"""What can be asked of an affected model once everything is built."""

from __future__ import annotations

import pytest

from bot.core.standing import missing, stand
from bot.domain import ChangeKind, Node, NodeChange, NodeResult, RelationName, Side
from tests.core import manifests

UID = "model.shop.a"
HERE = RelationName("db", "main", "a")


def _node(materialized: str = "table") -> Node:
    entry = manifests.node("a", config={"materialized": materialized})
    return manifests.read(entry).nodes[UID]


def _function() -> Node:
    entry = manifests.node("a", resource_type="function")
    return manifests.read(entry).nodes[UID]


TABLE, EPHEMERAL, FUNCTION = _node(), _node("ephemeral"), _function()
GOOD = NodeResult(UID, "success")
BAD = NodeResult(UID, "error", "no such column")
SKIPPED = NodeResult(UID, "skipped")
CHANGE = NodeChange(UID, ChangeKind.MODIFIED)


@pytest.mark.parametrize(
    ("nodes", "results", "expected", "reason"),
    [
        ((TABLE, TABLE), (GOOD, GOOD), (HERE, HERE), None),
        ((None, TABLE), (None, GOOD), (None, HERE), None),
        ((TABLE, None), (GOOD, None), (HERE, None), None),
        ((TABLE, TABLE), (GOOD, BAD), (HERE, None), "dbt at head: no such column"),
        ((TABLE, TABLE), (BAD, GOOD), (None, HERE), "dbt at base: no such column"),
        ((TABLE, TABLE), (BAD, BAD), (None, None), "dbt at base and head: no such column"),
        ((None, TABLE), (None, BAD), (None, None), "dbt at head: no such column"),
        ((TABLE, TABLE), (GOOD, SKIPPED), (HERE, None), None),
        ((TABLE, TABLE), (None, None), (None, None), None),
    ],
)
def test_a_relation_is_asked_where_dbt_built_it(
    nodes: tuple[Node | None, Node | None],
    results: tuple[NodeResult | None, NodeResult | None],
    expected: tuple[RelationName | None, RelationName | None],
    reason: str | None,
) -> None:
    """A relation that was not built, left from something else, would be compared; or dbt's reason not be told."""
    standing = stand(CHANGE, nodes, results)
    assert ((standing.base, standing.head), standing.reason, standing.by_nature) == (expected, reason, False)
    assert standing.node is (nodes[1] or nodes[0])


@pytest.mark.parametrize(
    ("nodes", "results", "expected", "reason"),
    [
        ((EPHEMERAL, EPHEMERAL), (None, None), (None, None), "ephemeral: it has no relation"),
        ((None, EPHEMERAL), (None, None), (None, None), "ephemeral: it has no relation"),
        ((EPHEMERAL, None), (None, None), (None, None), "ephemeral: it has no relation"),
        ((EPHEMERAL, TABLE), (None, GOOD), (None, HERE), "ephemeral at base"),
        ((TABLE, EPHEMERAL), (GOOD, None), (HERE, None), "ephemeral at head"),
        ((FUNCTION, FUNCTION), (GOOD, GOOD), (HERE, HERE), "a function"),
        ((FUNCTION, None), (GOOD, None), (HERE, None), "a function"),
    ],
)
def test_what_has_no_rows_by_nature_is_told(
    nodes: tuple[Node | None, Node | None],
    results: tuple[NodeResult | None, NodeResult | None],
    expected: tuple[RelationName | None, RelationName | None],
    reason: str,
) -> None:
    """A harmless ephemeral model or function would close the gate."""
    standing = stand(CHANGE, nodes, results)
    assert ((standing.base, standing.head), standing.by_nature) == (expected, True)
    assert standing.reason is not None
    assert standing.reason.startswith(reason)


@pytest.mark.parametrize("head", [BAD, SKIPPED, NodeResult(UID, "partial success"), None])
@pytest.mark.parametrize("nodes", [(EPHEMERAL, TABLE), (FUNCTION, FUNCTION), (None, FUNCTION)])
def test_what_should_have_been_built_at_head_and_was_not_has_no_excuse(
    nodes: tuple[Node | None, Node], head: NodeResult | None
) -> None:
    """An ephemeral model that becomes a table and fails to build, or a function that fails, would pass."""
    standing = stand(CHANGE, nodes, (GOOD if nodes[0] is FUNCTION else None, head))
    assert not standing.by_nature
    assert standing.head is None


def test_a_model_of_no_side_is_a_defect() -> None:
    """A mistake of ours would be reported as a finding about the user's model."""
    with pytest.raises(ValueError, match=UID):
        stand(CHANGE, (None, None), (None, None))


def test_a_missing_relation_is_told_with_its_name_and_side() -> None:
    """The user would not know which relation is meant."""
    standing = stand(CHANGE, (TABLE, TABLE), (GOOD, GOOD))
    for side in Side:
        assert missing(standing, side) == f"dbt says that it built main.a at {side}, but it does not exist there"
