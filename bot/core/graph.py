"""The graph of one side: who reads whom, in which order."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence

from bot.domain import Project, RelationName

Parents = Mapping[str, tuple[str, ...]]
_Place = tuple[str, str, str]


def parents(project: Project) -> Parents:
    """Returns the nodes that each node reads, sources left out.

    dbt's graph has no edge where one node writes the very relation that a source names and another reads that source
    (a seed that stands in for a raw table): here the first is a parent of the second, unless that made a circle.
    """
    edges = {unique_id: [p for p in node.depends_on if p in project.nodes] for unique_id, node in project.nodes.items()}
    readers: dict[str, list[str]] = defaultdict(list)
    for unique_id, node in project.nodes.items():
        for parent in node.depends_on:
            if parent in project.sources:
                readers[parent].append(unique_id)
    for writer, sources in sorted(_writers(project).items()):
        above = reach([writer], edges)
        for reader in (reader for source in sources for reader in readers[source]):
            if reader not in above and writer not in edges[reader]:
                edges[reader].append(writer)
    return {unique_id: tuple(dict.fromkeys(above)) for unique_id, above in edges.items()}


def behind_sources(project: Project) -> frozenset[str]:
    """Returns the nodes whose relation is that of a source."""
    return frozenset(_writers(project))


def children(above: Mapping[str, Iterable[str]]) -> Mapping[str, Sequence[str]]:
    """Returns the edges turned round: who is read by whom."""
    below: dict[str, list[str]] = defaultdict(list)
    for unique_id, its_parents in above.items():
        for parent in its_parents:
            below[parent].append(unique_id)
    return below


def reach(starts: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    """Returns the starts and all that can be reached from them."""
    seen = set(starts)
    waiting = list(seen)
    while waiting:
        for unique_id in edges.get(waiting.pop(), ()):
            if unique_id not in seen:
                seen.add(unique_id)
                waiting.append(unique_id)
    return seen


def order(above: Parents) -> tuple[str, ...]:
    """Returns all nodes, parents before children. What lies on or below a circle comes last, by its name."""
    below = children(above)
    missing = {unique_id: len(its_parents) for unique_id, its_parents in above.items()}
    ready = deque(sorted(unique_id for unique_id, count in missing.items() if count == 0))
    ordered: list[str] = []
    while ready:
        unique_id = ready.popleft()
        ordered.append(unique_id)
        for child in sorted(below.get(unique_id, ())):
            missing[child] -= 1
            if missing[child] == 0:
                ready.append(child)
    done = set(ordered)
    return (*ordered, *sorted(unique_id for unique_id in above if unique_id not in done))


def _writers(project: Project) -> Mapping[str, tuple[str, ...]]:
    """The nodes that write the relation of a source, with the sources."""
    tables: dict[_Place, list[str]] = defaultdict(list)
    for source in project.sources.values():
        if source.location is None:
            tables[_place(source.relation)].append(source.unique_id)
    found: dict[str, tuple[str, ...]] = {}
    for node in project.nodes.values():
        if node.relation is not None and (sources := tables.get(_place(node.relation))):
            found[node.unique_id] = tuple(sources)
    return found


def _place(name: RelationName) -> _Place:
    return ((name.database or "").lower(), name.schema.lower(), name.identifier.lower())
