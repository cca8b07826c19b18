"""The graph of one side: who reads whom, in which order."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from bot.domain import Project, RelationName

Parents = Mapping[str, tuple[str, ...]]
_Place = tuple[str, str, str]
_TEXTS = 16384

# A relation written out: a schema, or Jinja that ends where one would, a point, a name. Names that overlap count, too.
_WRITTEN = re.compile(r"(?:\b(?P<schema>\w+)|\}\})[\"`]?\s*\.\s*(?=[\"`]?(?P<name>\w+))")


def parents(project: Project) -> Parents:
    """Returns the nodes that each node reads, sources left out.

    dbt's graph has no edge where one node writes the very relation that a source names and another reads that source
    (a seed that stands in for a raw table), or where one's code names the relation of another without `ref`: here the
    first is a parent of the second, unless that made a circle.
    """
    edges = {unique_id: [p for p in node.depends_on if p in project.nodes] for unique_id, node in project.nodes.items()}
    for writer, readers in sorted(_hidden(project).items()):
        above = reach([writer], edges)
        for reader in readers:
            if reader not in above and writer not in edges[reader]:
                edges[reader].append(writer)
    return {unique_id: tuple(dict.fromkeys(above)) for unique_id, above in edges.items()}


def behind_sources(project: Project) -> frozenset[str]:
    """Returns the nodes whose relation is that of a source, or is named in code without `ref`: dbt does not know that
    they must be built before their readers."""
    return frozenset({*_writers(project), *_hidden(project)})


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


def _hidden(project: Project) -> Mapping[str, Sequence[str]]:
    """Who writes what others read without an edge in dbt's graph, and these others."""
    readers: dict[str, list[str]] = defaultdict(list)
    for unique_id, node in project.nodes.items():
        for parent in node.depends_on:
            if parent in project.sources:
                readers[parent].append(unique_id)
    found: dict[str, list[str]] = defaultdict(list)
    for writer, sources in _writers(project).items():
        found[writer].extend(reader for source in sources for reader in readers[source])
    for reader, writers in _written_out(project).items():
        for writer in writers:
            found[writer].append(reader)
    return found


def _written_out(project: Project) -> Mapping[str, set[str]]:
    """The nodes whose relations a node's code names without `ref`, by that node."""
    places: dict[tuple[str, str], set[str]] = defaultdict(set)
    for unique_id, node in project.nodes.items():
        if node.relation is not None:
            name = node.relation.identifier.lower()
            places[(node.relation.schema.lower(), name)].add(unique_id)
            places[("", name)].add(unique_id)
    found: dict[str, set[str]] = {}
    for unique_id, node in project.nodes.items():
        writers = set[str]().union(*(places[place] for place in _names_in(node.raw_code) & places.keys()))
        found[unique_id] = writers.difference(node.depends_on, [unique_id])
    return found


@lru_cache(maxsize=_TEXTS)
def _names_in(code: str) -> frozenset[tuple[str, str]]:
    found = _WRITTEN.finditer(code) if "." in code else ()
    return frozenset(((name["schema"] or "").lower(), name["name"].lower()) for name in found)


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
