"""Which relation a name in the project's own SQL means, on each side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.queries import Reference
from bot.core.wording import nearest
from bot.domain import Node, Project, RelationName, Side, Source
from bot.errors import UsageError

_KINDS = ("model", "seed", "snapshot")


@dataclass(frozen=True, slots=True)
class Target:
    """What a name means: a node or a source, by unique id, and its relation on each side; None where it has none."""

    unique_id: str
    base: RelationName | None
    head: RelationName | None
    is_source: bool = False
    is_one_sided: bool = False

    def why_not(self, side: Side) -> str:
        """Why it has no relation on a side."""
        return f"{side.value} does not have the model" if self.is_one_sided else "an ephemeral model has none"


def find(reference: Reference, projects: tuple[Project, Project], where: str) -> Target:
    """What a name means at head, or at base if head does not have it.

    Args:
        projects: base and head. A node that another one took over the relation of goes by the id of that one at base.
        where: file and line of the configuration.

    Raises:
        UsageError: neither side has it, or it may mean several.
    """
    base, head = projects
    if reference.source is not None:
        return _source(reference, base, head, where)
    for project in (head, base):
        uids = _nodes(reference, project)
        if len(uids) > 1:
            raise UsageError(
                f"{reference} may mean {' or '.join(sorted(uids))}",
                where=where,
                remedy="Name its package, too: `ref('package', 'model')`, or its version: `ref('model', v=2)`.",
            )
        if uids:
            uid = uids[0]
            before, after = base.nodes.get(uid), head.nodes.get(uid)
            if not any(node is not None and node.relation for node in (before, after)):
                raise UsageError(
                    f"{reference} is ephemeral, so it has no relation",
                    where=where,
                    remedy="Name a model that is built, such as one that reads it.",
                )
            return Target(
                uid,
                before.relation if before else None,
                after.relation if after else None,
                is_one_sided=(before is None) != (after is None),
            )
    raise UsageError(
        f"neither side has {reference}{_meant(reference, projects)}",
        where=where,
        remedy="Name a model, seed or snapshot of the project.",
    )


def _meant(reference: Reference, projects: tuple[Project, Project]) -> str:
    """What may have been meant: the same name in another package or version, or else the nearest name."""
    known = [node for project in projects for node in project.nodes.values() if node.resource_type in _KINDS]
    namesakes = sorted(
        {str(Reference(node.name, node.package, node.version)) for node in known if node.name == reference.name}
    )
    if namesakes:
        return f"; there is {' and '.join(namesakes)}"
    close = nearest(reference.name, [node.name for node in known])
    return f"; did you mean {close!r}?" if close else ""


def _nodes(reference: Reference, project: Project) -> list[str]:
    """The nodes that a name may mean; of several, the project's own come first, then its latest version."""
    found = {
        uid: node
        for uid, node in project.nodes.items()
        if node.name == reference.name
        and node.resource_type in _KINDS
        and reference.package in (None, node.package)
        and reference.version in (None, node.version)
    }
    own = {uid: node for uid, node in found.items() if node.package == project.name}
    return _latest(own or found)


def _latest(nodes: Mapping[str, Node]) -> list[str]:
    latest = [uid for uid, node in nodes.items() if node.version is not None and node.version == node.latest_version]
    return latest or list(nodes)


def _source(reference: Reference, base: Project, head: Project, where: str) -> Target:
    before, after = (_table(reference, project) for project in (base, head))
    found = after or before
    if found is None:
        declared = [one for project in (base, head) for one in project.sources.values()]
        close = nearest(f"{reference.source}.{reference.name}", [_dotted(one) for one in declared])
        meant = f"; did you mean {close!r}?" if close else ""
        raise UsageError(
            f"neither side has {reference}{meant}",
            where=where,
            remedy="Name a source and a table that the project declares.",
        )
    return Target(
        found.unique_id,
        before.relation if before else None,
        after.relation if after else None,
        is_source=True,
        is_one_sided=(before is None) != (after is None),
    )


def _table(reference: Reference, project: Project) -> Source | None:
    wanted = [
        source for source in project.sources.values() if _dotted(source) == f"{reference.source}.{reference.name}"
    ]
    own = [source for source in wanted if source.package == project.name]
    return next(iter(own or wanted), None)


def _dotted(source: Source) -> str:
    """`raw.orders`: the source, and the table."""
    return ".".join(source.unique_id.split(".")[-2:])
