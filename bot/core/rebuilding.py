"""What has to be built once more to see whether a model varies by itself, and which stored tables that reads."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.core.graph import parents
from bot.domain import Project, RelationName

_READ_THROUGH = frozenset({"view", "ephemeral"})


@dataclass(frozen=True)
class Rebuilding:
    """`nodes` are built, by unique id; `reads` are relations that stay as they are and that they read."""

    nodes: frozenset[str]
    reads: frozenset[RelationName]


def of(project: Project, wanted: Collection[str], varying: Collection[str]) -> Rebuilding:
    """What has to be built for some nodes.

    Args:
        project: the code.
        wanted: the nodes to know about.
        varying: those that may be other data from build to build. An ancestor among them is built, too, as far as the
            wanted nodes read it, at first hand or through nodes that are built or store nothing.
    """
    above = parents(project)
    nodes: set[str] = set()
    reads: set[RelationName] = set()
    seen = set(wanted)
    waiting = list(seen)
    while waiting:
        uid = waiting.pop()
        if uid in project.sources:
            reads.add(project.sources[uid].relation)
            continue
        node = project.nodes.get(uid)
        if node is None:
            continue
        is_built = uid in wanted or uid in varying
        if is_built and node.materialization != "ephemeral":
            nodes.add(uid)
        if not is_built and node.materialization not in _READ_THROUGH:
            reads.update({node.relation} if node.relation else ())
            continue
        fresh = [one for one in (*above.get(uid, ()), *node.depends_on) if one not in seen]
        seen.update(fresh)
        waiting.extend(fresh)
    written = {project.nodes[uid].relation for uid in nodes}
    return Rebuilding(frozenset(nodes), frozenset(name for name in reads if name not in written))
