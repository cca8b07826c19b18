"""What a node of the project reads, and whether its SQL tells all that its relation is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.core.graph import Parents
from bot.core.lineage import EVERY, Input, Known, Lineage
from bot.core.lineage.sources import Relation
from bot.core.macros import hook_text
from bot.domain import Node, Project, RelationName

# What these make is what their query gives. A materialization of the user's own may make anything of its text.
QUERIES = frozenset({"table", "view", "incremental", "ephemeral", "materialized_view", "dynamic_table"})
_HARMLESS = ("grant ", "analyze", "comment on ", "create index", "vacuum")

ColumnsOf = Callable[[Sequence[str]], Sequence[str] | None]


def doubt_of(node: Node) -> str:
    """Why a model's SQL may not tell all that its relation is made of; empty where it does."""
    if node.language != "sql":
        return f"it is written in {node.language}"
    if node.materialization not in QUERIES:
        return f"it is built as {node.materialization}"
    hooks = [line.strip().lower() for line in hook_text(node).splitlines()]
    if any(hook and not hook.startswith(_HARMLESS) for hook in hooks):
        return "its hooks may change it"
    return ""


def read_by_node(uid: str, project: Project, parents: Parents) -> list[str]:
    """The nodes that a node reads, through ephemeral ones; these are among them."""
    found: dict[str, None] = {}
    waiting = list(parents.get(uid, ()))
    while waiting:
        parent = waiting.pop()
        if parent not in found:
            found[parent] = None
            if project.nodes[parent].materialization == "ephemeral":
                waiting.extend(parents.get(parent, ()))
    return list(found)


def known_to(uid: str, project: Project, nodes: Sequence[str], columns: ColumnsOf) -> Known:
    """The relations that a model may read.

    Args:
        nodes: those that it reads (see `read_by_node`), on either side.
        columns: the columns of the relation of some nodes, in lower case; None where they are not known.
    """
    node = project.nodes.get(uid)
    sources = [one for one in (node.depends_on if node else ()) if one in project.sources]
    tables: dict[str, list[str]] = {}
    for one in (*nodes, uid, *sources):
        name = _relation(project, one)
        if name is not None:
            tables.setdefault(name.identifier.lower(), []).append(one)
    relations: Mapping[str, Relation] = {
        name: Relation(tuple(uids), None if (found := columns(uids)) is None else tuple(found))
        for name, uids in tables.items()
    }
    return Known(relations)


def add_unread(lineage: Lineage, nodes: Sequence[str]) -> Lineage:
    """The lineage with those nodes that the SQL does not name, though the model reads them: nobody knows what it has of
    them."""
    named = {one.unique_id for one in lineage.rows | lineage.output.every()}
    lineage.output.rows |= {Input(one, EVERY) for one in nodes if one not in named}
    return lineage


def _relation(project: Project, uid: str) -> RelationName | None:
    if uid in project.sources:
        return project.sources[uid].relation
    return project.nodes[uid].relation if uid in project.nodes else None
