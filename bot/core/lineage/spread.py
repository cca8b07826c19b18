"""Which nodes a change reaches, told before anything is built: from SQL alone, and from nothing that was seen.

What is not reached by a change of some columns has the same rows on both sides, so it need be neither built nor asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.core import grammars
from bot.core.graph import Parents
from bot.core.lineage import of_query
from bot.core.lineage.confined import differing
from bot.core.lineage.facts import Touch, hit
from bot.core.lineage.names import reached_names
from bot.core.lineage.reading import add_unread, doubt_of, known_to, read_by_node
from bot.core.lineage.scopes import Doubt
from bot.core.lineage.sources import Inputs, Relation
from bot.domain import Node, Project

_WITHOUT_HISTORY = frozenset({"table", "view", "materialized_view", "dynamic_table"})


def confined(base: Node, head: Node, texts: tuple[str, str], grammar: str) -> frozenset[str] | None:
    """The columns to which a change of a node's SQL is confined; None where it may change more.

    Args:
        texts: its compiled SQL at base and at head.
    """
    if any(one.materialization not in _WITHOUT_HISTORY or doubt_of(one) for one in (base, head)):
        return None
    return differing(*texts, grammar)


@dataclass
class Spread:
    """Follows changes from node to node, parents first.

    Args:
        project: head's.
        parents: of head's nodes.
        compiled: SQL of nodes whose code is the same on both sides and compiles to the same there; what is missing
            counts as made of all that it reads.
        touches: what the request itself changed, by unique id; grows with what is reached.
    """

    project: Project
    parents: Parents
    compiled: Mapping[str, str]
    touches: dict[str, Touch] = field(default_factory=dict)

    def reaches(self, uid: str) -> bool:
        """Whether anything reaches a node that the request itself did not change; its parents were asked before."""
        read = read_by_node(uid, self.project, self.parents)
        touched = [one for one in read if one in self.touches]
        if not touched:
            return False
        touch = self._touch(uid, touched)
        if touch:
            self.touches[uid] = touch
        return bool(touch)

    def _touch(self, uid: str, touched: list[str]) -> Touch:
        node, text = self.project.nodes[uid], self.compiled.get(uid, "")
        if not text or doubt_of(node) or node.materialization == "incremental":
            return Touch(whole=True)
        known = known_to(uid, self.project, touched, lambda _uids: None)
        lineage = of_query(text, grammars.of(self.project.adapter), known)
        # What an ephemeral model holds stands in the text of its reader, and so is judged there.
        add_unread(lineage, [one for one in touched if not self._is_inlined(one)])
        if lineage.doubt or self._hit(lineage.rows):
            return Touch(whole=True)
        try:
            return Touch(set(reached_names(lineage.output, self._hit, self._of_relation)))
        except Doubt:
            return Touch(whole=True)

    def _hit(self, inputs: Inputs) -> bool:
        return bool(hit(inputs, self.touches))

    def _of_relation(self, relation: Relation) -> set[str]:
        return {name for uid in relation.unique_ids if uid in self.touches for name in self.touches[uid].columns}

    def _is_inlined(self, uid: str) -> bool:
        return self.project.nodes[uid].materialization == "ephemeral" and not self.touches[uid].whole
