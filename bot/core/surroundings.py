"""What stands around the models of a report: who reads them, what they read, and what the request did to their code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.core.graph import parents
from bot.domain import Code, GraphNode, Project, Report, Surroundings


def show(report: Report, base: Project, head: Project, heirs: Mapping[str, str]) -> Report:
    """The report with the surroundings of its models, and with the code of those whose code differs.

    Args:
        report: names models as head does.
        base: knows renamed models by both their names.
        head: the other side.
        heirs: the former ids of the renamed ones, by their new ones.
    """
    if not report.models:
        return report
    affected = [model.unique_id for model in report.models]
    codes = {unique_id: code for unique_id in affected if (code := _code(unique_id, base, head)) is not None}
    return replace(report, surroundings=_around(affected, base, head, heirs), codes=codes)


def _code(unique_id: str, base: Project, head: Project) -> Code | None:
    sides = [project.nodes.get(unique_id) for project in (base, head)]
    code = Code(*(node.raw_code if node else "" for node in sides))
    return code if code.base != code.head else None


def _around(affected: list[str], base: Project, head: Project, heirs: Mapping[str, str]) -> Surroundings:
    former = {old: new for new, old in heirs.items()}
    seen = frozenset(affected)
    edges: dict[tuple[str, str], None] = {}
    for project in (base, head):
        for above, below in _edges(project):
            edge = former.get(above, above), former.get(below, below)
            if seen.intersection(edge) and edge[0] != edge[1]:
                edges[edge] = None
    around = sorted({end for edge in edges for end in edge} - seen)
    nodes = tuple(_node(unique_id, base, head) for unique_id in (*affected, *around))
    return Surroundings(nodes, tuple(sorted(edges)))


def _edges(project: Project) -> Iterator[tuple[str, str]]:
    """Who is read by whom: nodes, sources, and what else reads them."""
    for below, above in parents(project).items():
        yield from ((one, below) for one in above)
    for below, node in project.nodes.items():
        yield from ((one, below) for one in node.depends_on if one in project.sources)
    for readers in (project.exposures, project.readers):
        for below, reader in readers.items():
            known = (one for one in reader.depends_on if one in project.nodes)
            yield from ((one, below) for one in known)


def _node(unique_id: str, base: Project, head: Project) -> GraphNode:
    kind, _, rest = unique_id.partition(".")
    for project in (head, base):
        if (node := project.nodes.get(unique_id)) is not None:
            return GraphNode(unique_id, node.name, node.resource_type)
    return GraphNode(unique_id, rest.partition(".")[2] or unique_id, kind)
