"""Tests for `core.rebuilding`: no more is built than what can make the suspicious models vary."""

from __future__ import annotations

from bot.core.rebuilding import of
from bot.domain import Node, Project, RelationName, Source


def _project(*nodes: Node) -> Project:
    raw = Source("source.shop.raw", RelationName("shop", "raw", "orders"))
    return Project(
        name="shop",
        dbt_version="1.11",
        adapter="duckdb",
        nodes={node.unique_id: node for node in nodes},
        sources={raw.unique_id: raw},
        tests={},
        macros={},
        hooks={},
        variables={},
    )


def _node(name: str, *parents: str, materialization: str = "table") -> Node:
    relation = None if materialization == "ephemeral" else RelationName("shop", "main", name)
    return Node(
        unique_id=name,
        name=name,
        resource_type="model",
        package="shop",
        path=f"models/{name}.sql",
        fqn=("shop", name),
        language="sql",
        raw_code="",
        checksum="",
        materialization=materialization,
        relation=relation,
        config={},
        meta={},
        depends_on=parents,
    )


def _names(reads: frozenset[RelationName]) -> set[str]:
    return {name.identifier for name in reads}


def test_only_what_varies_is_built_and_what_it_reads_is_known() -> None:
    """A user would pay for the control with a build of the project."""
    project = _project(_node("steady"), _node("stamped", "source.shop.raw"), _node("child", "stamped", "steady"))
    found = of(project, {"child"}, {"stamped", "child"})
    assert found.nodes == {"child", "stamped"}
    assert _names(found.reads) == {"steady", "orders"}
    found = of(project, {"child"}, {"child"})
    assert found.nodes == {"child"}
    assert _names(found.reads) == {"steady", "stamped"}


def test_views_and_ephemeral_models_are_looked_through() -> None:
    """A user would have a control that repeats base's accident, because what a view reads was not mixed."""
    project = _project(
        _node("table"),
        _node("view", "table", materialization="view"),
        _node("inside", "view", materialization="ephemeral"),
        _node("child", "inside"),
    )
    found = of(project, {"child"}, {"child", "inside"})
    assert found.nodes == {"child"}
    assert _names(found.reads) == {"table"}


def test_a_stored_table_that_is_proven_ends_the_search() -> None:
    """A user would pay for ancestors whose data cannot reach the model."""
    project = _project(_node("far"), _node("proven", "far"), _node("child", "proven"))
    assert of(project, {"child"}, {"child", "far"}).nodes == {"child"}
