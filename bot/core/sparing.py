"""What lies below a change that is confined to some columns, and reads none of them: it is not affected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.core.graph import parents
from bot.core.lineage.facts import Touch
from bot.core.lineage.spread import Spread
from bot.core.macros import static
from bot.domain import Change, ChangeKind, NodeChange, Project, Spared


def to_compile(change: Change, base: Project, head: Project) -> tuple[str, ...]:
    """The nodes below a change that may turn out not to be reached by it, if their SQL is known.

    None where no change is confined. What looks at the database or at the state of the run while it compiles is not
    among them: it may have made other SQL at base.
    """
    if not change.confined:
        return ()
    below = [entry.unique_id for entry in change.affected if entry.kind is ChangeKind.DOWNSTREAM]
    both = [uid for uid in below if uid in base.nodes and uid in head.nodes]
    return tuple(sorted(set(static(base, both)) & set(static(head, both))))


def spare(change: Change, head: Project, compiled: Mapping[str, str]) -> Change:
    """The change without the nodes that it does not reach; these are told by themselves.

    Args:
        compiled: SQL of nodes that `to_compile` names; what is missing counts as reached.
    """
    if not compiled:
        return change
    own = {entry.unique_id for entry in change.affected if entry.kind is not ChangeKind.DOWNSTREAM}
    touches = {uid: Touch(set(change.confined.get(uid, ())), whole=uid not in change.confined) for uid in own}
    above = parents(head)
    spread = Spread(head, above, compiled, touches)
    kept: dict[str, NodeChange] = {}
    spared = []
    for entry in change.affected:
        uid = entry.unique_id
        if uid in own:
            kept[uid] = entry
        elif _has_lost(entry, change, above):
            spread.touches[uid] = Touch(whole=True)
            kept[uid] = entry
        elif spread.reaches(uid):
            near = {one for parent in above[uid] for one in _nearest(parent, own, kept)}
            kept[uid] = replace(entry, upstream=tuple(sorted(near.intersection(entry.upstream))))
        else:
            spared.append(uid)
    if not spared:
        return change
    affected = {uid for uid, entry in kept.items() if entry.kind is not ChangeKind.REMOVED}
    tests = [test for test in head.tests.values() if not affected.intersection(test.depends_on)]
    found = Spared(change.confined, tuple(sorted(spared)), sum(not set(spared).isdisjoint(t.depends_on) for t in tests))
    return replace(change, affected=tuple(kept.values()), spared=found)


def _has_lost(entry: NodeChange, change: Change, above: Mapping[str, object]) -> bool:
    """Whether a node is downstream of something that is gone, or has moved: then head's graph does not tell by what."""
    gone = {one.unique_id for one in change.affected if one.kind is ChangeKind.REMOVED}
    return entry.unique_id not in above or bool(gone.intersection(entry.upstream))


def _nearest(parent: str, own: set[str], kept: Mapping[str, NodeChange]) -> tuple[str, ...]:
    if parent in own:
        return (parent,)
    return kept[parent].upstream if parent in kept else ()
