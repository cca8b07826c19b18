"""Two Projects become a Change: what a request did to the graph."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import sqlglot
from sqlglot.errors import SqlglotError

from bot.core import causes, equivalence, grammars, metadata
from bot.core.causes import Reason
from bot.core.graph import behind_sources, children, order, parents
from bot.core.lineage import spread
from bot.core.lineage.reading import QUERIES
from bot.core.macros import static
from bot.domain import Change, ChangeKind, NodeChange, Project

__all__ = ["behind_sources", "between", "parents", "to_compile"]

_NONE_COMPILED: Mapping[str, tuple[str, str]] = {}
_Files = Mapping[str, tuple[str, ...]]
_NO_FILES: _Files = {}
_Reasons = Mapping[str, tuple[Reason, ...]]


def to_compile(
    base: Project, head: Project, seeds_changed: Collection[str], files: _Files = _NO_FILES
) -> tuple[str, ...]:
    """Returns the nodes that compiling both sides can clear, in the order of their names.

    These are nodes whose code, macros, variables or sources changed and nothing else, and that look neither at the
    database nor at the state of the run while they compile: only then is the compiled text the whole truth.
    """
    return _clearable(base, head, causes.find(base, head, seeds_changed, files))


def between(
    base: Project,
    head: Project,
    seeds_changed: Collection[str],
    compiled: Mapping[str, tuple[str, str]] = _NONE_COMPILED,
    files: _Files = _NO_FILES,
) -> Change:
    """Returns what lies between two sides of a graph.

    Args:
        seeds_changed: unique ids of the seeds whose files differ.
        compiled: SQL at base and at head by unique id. Only nodes that `to_compile` names are cleared by it.
        files: other files that differ, by the unique ids of the nodes that read them (see `core.files`).
    """
    reasons = causes.find(base, head, seeds_changed, files)
    grammar = grammars.of(head.adapter)
    comparable = {uid: compiled[uid] for uid in _clearable(base, head, reasons) if uid in compiled}
    same = {uid for uid, texts in comparable.items() if _same_sql(*texts, grammar)}
    equal = {
        uid
        for uid in comparable.keys() - same
        if head.nodes[uid].materialization in QUERIES and equivalence.proven(*comparable[uid], grammar)
    }
    cleared = same | equal
    confined = {
        uid: columns
        for uid in comparable.keys() - cleared
        if (columns := spread.confined(base.nodes[uid], head.nodes[uid], comparable[uid], grammar)) is not None
    }
    own = {
        **{u: NodeChange(u, ChangeKind.REMOVED) for u in base.nodes if u not in head.nodes},
        **{u: NodeChange(u, ChangeKind.ADDED) for u in head.nodes if u not in base.nodes},
        **{
            u: NodeChange(u, ChangeKind.MODIFIED, tuple(dict.fromkeys(reason.cause for reason in found)))
            for u, found in reasons.items()
            if u not in cleared
        },
    }
    affected = (*_removed(own), *_in_order(own, base, head))
    names = {change.unique_id for change in affected}
    return Change(
        affected=affected,
        same_sql=tuple(sorted(same - names)),
        metadata=metadata.changes(base, head, names),
        equivalent=tuple(sorted(equal - names)),
        confined={uid: tuple(sorted(columns)) for uid, columns in sorted(confined.items())},
    )


def _clearable(base: Project, head: Project, reasons: _Reasons) -> tuple[str, ...]:
    textual = [
        unique_id
        for unique_id, found in reasons.items()
        if all(reason.textual for reason in found) and head.nodes[unique_id].language == "sql"
    ]
    return tuple(sorted(set(static(base, textual)) & set(static(head, textual))))


def _removed(own: Mapping[str, NodeChange]) -> Iterable[NodeChange]:
    return sorted((c for c in own.values() if c.kind is ChangeKind.REMOVED), key=lambda change: change.unique_id)


def _in_order(own: Mapping[str, NodeChange], base: Project, head: Project) -> Iterable[NodeChange]:
    """What changed at head and all that is downstream of it, each of these with its nearest changed ancestors."""
    base_parents, head_parents = parents(base), parents(head)
    below = children(base_parents)
    orphans: dict[str, list[str]] = {}
    for unique_id in own:
        if unique_id in below and _moved_away(unique_id, base, head):
            for child in below[unique_id]:
                orphans.setdefault(child, []).append(unique_id)
    nearest: dict[str, frozenset[str]] = {}
    for unique_id in order(head_parents):
        near = list(orphans.get(unique_id, []))
        for parent in head_parents[unique_id]:
            near.extend([parent] if parent in own else nearest.get(parent, frozenset()))
        nearest[unique_id] = frozenset(near)
        if unique_id in own:
            yield own[unique_id]
        elif near:
            yield NodeChange(unique_id, ChangeKind.DOWNSTREAM, upstream=tuple(sorted(nearest[unique_id])))


def _moved_away(unique_id: str, base: Project, head: Project) -> bool:
    """Whether what read this node at base may find nothing there at head, even if head's graph has no edge."""
    if unique_id not in base.nodes:
        return False
    return unique_id not in head.nodes or base.nodes[unique_id].relation != head.nodes[unique_id].relation


def _same_sql(base: str, head: str, grammar: str) -> bool:
    """Whether two statements are the same but for comments and white space. In doubt, whether they are the same text.

    Statements without any text prove nothing: something went wrong when they were made.
    """
    if not base.strip() or not head.strip():
        return False
    if base == head:
        return True
    if "{#" in base or "{#" in head:  # The tokenizer takes these for comments of Jinja; to a warehouse they are none.
        return False
    try:
        return _tokens(base, grammar) == _tokens(head, grammar)
    except (SqlglotError, ValueError):
        return False


def _tokens(sql: str, grammar: str) -> list[tuple[str, str]]:
    return [(token.token_type.name, token.text) for token in sqlglot.tokenize(sql, read=grammar)]
