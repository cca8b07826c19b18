"""Changes that touch no data: what people read about a node, how it is tagged, by what it is tested."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from bot.core.project import canonical
from bot.domain import MetadataChange, Node, Project, Test

# Settings that change neither the data nor where it lies.
SETTINGS = frozenset(
    {"access", "deprecation_date", "docs", "enabled", "freshness", "grant_access_to", "grants", "group", "labels"}
    | {"latest_version", "packages", "persist_docs", "query_tag", "static_analysis", "tags"}
)
_IN_CONFIG = SETTINGS | {"meta", "description"}
# Code may read what is said about its own node, and write it into the data.
_READING = re.compile(
    r"\bmeta_(?:get|require)\b|\bconfig\s*\.\s*(?:get|require)\s*\(\s*['\"](?:meta|tags|description|docs|group)\b"
    r"|\bmodel\s*(?:\.\s*|\[\s*['\"]|\.\s*get\s*\(\s*['\"])(?:columns|config|description|meta|tags)\b"
)
_READING_GRAPH = re.compile(
    r"\bgraph\s*(?:\[|\.\s*(?:exposures|functions|get|groups|items|keys|macros|metrics|nodes|saved_queries"
    r"|semantic_models|sources|unit_tests|values)\b)"
)


def is_setting(key: str) -> bool:
    """Says whether a key of a node's config is metadata."""
    return key in _IN_CONFIG


def reads(text: str) -> bool:
    """Says whether code reads the metadata of the node it belongs to."""
    return _READING.search(text) is not None


def reads_graph(text: str) -> bool:
    """Says whether code reads dbt's graph: what it gives may then hang on any node, without an edge to it."""
    return "graph" in text and _READING_GRAPH.search(text) is not None


def between(base: Node, head: Node) -> tuple[str, ...]:
    """Returns the names of what is said differently of a node, tests aside."""
    found = set()
    if repr(base.config) != repr(head.config):
        found = {key for key in SETTINGS if canonical(base.config.get(key)) != canonical(head.config.get(key))}
    if base.description != head.description:
        found.add("description")
    if canonical(base.meta) != canonical(head.meta):
        found.add("meta")
    if base.columns != head.columns:
        found |= _of_columns(base, head)
    if base.constraints != head.constraints:
        found.add("constraints")
    return tuple(sorted(found))


def changes(base: Project, head: Project, affected: Iterable[str]) -> tuple[MetadataChange, ...]:
    """Returns what is said or tested differently of whatever is not among the affected, in the order of names."""
    found: dict[str, set[str]] = defaultdict(set)
    for unique_id, node in head.nodes.items():
        if unique_id in base.nodes and (names := between(base.nodes[unique_id], node)):
            found[unique_id].update(names)
    for unique_id in base.tests.keys() | head.tests.keys():
        before, after = base.tests.get(unique_id), head.tests.get(unique_id)
        if _told(before) != _told(after):
            test = after or before
            found[(test and test.model) or unique_id].add("tests")
    known = set(affected)
    return tuple(
        MetadataChange(unique_id, tuple(sorted(found[unique_id]))) for unique_id in sorted(found.keys() - known)
    )


def _of_columns(base: Node, head: Node) -> set[str]:
    before, after = ({column.name: column for column in node.columns} for node in (base, head))
    shared = before.keys() & after.keys()
    described = any(before[name].description != after[name].description for name in shared)
    declared = _declared(base) != _declared(head)
    return ({"column descriptions"} if described else set()) | ({"columns"} if declared else set())


def _declared(node: Node) -> Mapping[str, tuple[str | None, tuple[str, ...]]]:
    return {column.name: (column.data_type, column.constraints) for column in node.columns}


def _told(test: Test | None) -> str:
    """What makes a test what it is; the file it stands in does not."""
    if test is None:
        return ""
    return canonical([test.kind, test.raw_code, test.severity, test.depends_on, test.arguments])
