"""From what was seen to have changed, and from lineage: what is reached, column by column."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core import grammars
from bot.core.graph import Parents, parents
from bot.core.lineage import EVERY, Input, Known, Lineage, of_query, wholly
from bot.core.lineage.breaks import breaks
from bot.core.lineage.facts import Facts, Touch, hit, measured
from bot.core.lineage.readers import read_by
from bot.core.lineage.reading import add_unread, doubt_of, known_to, read_by_node
from bot.core.lineage.sources import ROWS
from bot.core.macros import static
from bot.domain import (
    ChangeKind,
    Column,
    ModelReport,
    Node,
    Project,
    Reach,
    Reached,
    ReachedColumn,
    Side,
    Through,
)

Columns = Mapping[str, Sequence[Column]]


@dataclass(frozen=True)
class Evidence:
    """What reach is told from.

    Args:
        projects: base and head, renamed models by their new names.
        sql: compiled SQL of the sides by unique id, where it is known.
        columns: those of the relations of both sides by unique id, where they are known.
        as_increments: incremental models that were built on what was there before.
    """

    projects: tuple[Project, Project]
    sql: Mapping[Side, Mapping[str, str]]
    columns: Mapping[Side, Columns]
    as_increments: Collection[str] = ()


def find(models: Sequence[ModelReport], evidence: Evidence) -> Reach:
    """What the changes of all affected models reach.

    Args:
        models: as they were measured, causes before what lies downstream of them.
    """
    tracer = _Tracer(models, evidence)
    reached = tuple(one for model in models if (one := tracer.trace(model)) is not None)
    seen = {uid: Touch(one.seen.columns - one.added, one.seen.whole) for uid, one in tracer.facts.items()}
    may = {uid: Touch(one.may.columns - one.added, one.may.whole) for uid, one in tracer.facts.items()}
    readers = read_by(evidence.projects[1], seen, may, tracer.show)
    return Reach(reached, readers, breaks(models, evidence.projects))


@dataclass
class _Tracer:
    """Goes from model to model, causes first, and remembers what is reached of each."""

    models: Sequence[ModelReport]
    evidence: Evidence
    facts: dict[str, Facts] = field(default_factory=dict)
    touches: tuple[dict[str, Touch], dict[str, Touch]] = field(default_factory=lambda: ({}, {}))  # seen, may

    def __post_init__(self) -> None:
        base, head = self.evidence.projects
        self._spelt: dict[str, dict[str, str]] = {}
        self._kinds = {model.unique_id: model.change.kind for model in self.models}
        self._parents: Mapping[Side, Parents] = {Side.BASE: parents(base), Side.HEAD: parents(head)}
        downstream = [uid for uid, kind in self._kinds.items() if kind is ChangeKind.DOWNSTREAM]
        both = [uid for uid in downstream if uid in base.nodes and uid in head.nodes]
        self._static = frozenset(static(base, both)) & frozenset(static(head, both))

    def trace(self, model: ModelReport) -> Reached | None:
        """What is reached of a model; None where nothing is."""
        uid = model.unique_id
        columns = (self.evidence.columns[Side.BASE].get(uid), self.evidence.columns[Side.HEAD].get(uid))
        facts = measured(model, columns)
        reads = tuple(one for one in self._reads(uid) if one in self.facts)
        lineages: Sequence[Lineage] = ()
        is_proven = facts.rows_equal and facts.equal >= {one.name.lower() for side in columns for one in side or ()}
        if model.change.kind is ChangeKind.DOWNSTREAM and reads and not is_proven:
            lineages = tuple(self._lineages(uid))
            self._predict(facts, lineages, columns)
        if not facts.seen and not facts.may:
            return None
        self.facts[uid] = facts
        self.touches[0][uid], self.touches[1][uid] = facts.seen, facts.may
        spelt = self._spelt[uid] = {one.name.lower(): one.name for side in columns for one in side or ()}
        whole = facts.seen.whole or facts.may.whole
        reached = () if whole and not facts.seen.columns else sorted(facts.seen.columns | facts.may.columns)
        return Reached(
            uid,
            model.name,
            is_changed=model.change.kind is not ChangeKind.DOWNSTREAM,
            is_whole=whole,
            is_measured=facts.seen.whole or (bool(facts.seen) and not facts.may.whole),
            columns=tuple(
                ReachedColumn(spelt.get(name, name), name in facts.seen.columns, self._through(name, lineages))
                for name in reached
            ),
            reads=reads,
            through=self._through(None, lineages),
            doubt=next((one.doubt for one in lineages if one.doubt), ""),
        )

    def show(self, found: Iterable[Input]) -> tuple[Through, ...]:
        """Inputs as they are told: by the columns' names as the warehouse spells them."""
        told: dict[Through, None] = {}
        for one in found:
            spelt = self._spelt.get(one.unique_id, {})
            name = "" if one.column in (EVERY, ROWS) else spelt.get(one.column, one.column)
            told[Through(one.unique_id, name)] = None
        return tuple(told)

    def _through(self, name: str | None, lineages: Iterable[Lineage]) -> tuple[Through, ...]:
        """By what a column is reached beside what reaches the rows; without a name, by what these are."""
        inputs = {one for lineage in lineages for one in (lineage.rows if name is None else lineage.of(name))}
        seen, may = self.touches
        return self.show(hit(inputs, seen) or hit(inputs, may))

    def _predict(self, facts: Facts, lineages: Sequence[Lineage], columns: Sequence[Sequence[Column] | None]) -> None:
        """Adds what may be reached of a model, as its SQL tells, but for what was seen to be equal."""
        names = {one.name.lower() for side in columns for one in side or ()}
        names |= {name for lineage in lineages for name in lineage.names or ()}
        for touches in self.touches:
            rows = any(hit(lineage.rows, touches) for lineage in lineages)
            facts.may.whole |= rows and not facts.rows_equal
            found = {name for name in names if rows or any(hit(lineage.of(name), touches) for lineage in lineages)}
            facts.may.columns |= found - facts.equal - facts.seen.columns
            if not names and any(hit(lineage.output.every(), touches) for lineage in lineages):
                facts.may.whole = True  # nobody knows its columns

    def _reads(self, uid: str) -> list[str]:
        """The nodes that a node reads on either side, through ephemeral models; they are read as well."""
        found: dict[str, None] = {}
        for side, project in zip(Side, self.evidence.projects, strict=True):
            found.update(dict.fromkeys(read_by_node(uid, project, self._parents[side])))
        return list(found)

    def _lineages(self, uid: str) -> Iterator[Lineage]:
        """The lineage of a downstream model on both sides: its code is the same there, what it reads may not be."""
        head = self.evidence.projects[1].nodes[uid]
        texts = {side: self.evidence.sql[side].get(uid, "") for side in Side}
        known = {side: self._known(uid, side) for side in Side}
        doubt = self._doubt(head, texts)
        if doubt:
            yield self._with_unread(wholly(known[Side.HEAD], doubt), uid)
            return
        grammar = grammars.of(self.evidence.projects[1].adapter)
        for side in Side:
            yield self._with_unread(of_query(texts[side] or texts[Side.HEAD], grammar, known[side]), uid)

    def _doubt(self, node: Node, texts: Mapping[Side, str]) -> str:
        """Why a model's SQL does not tell all that its relation is made of; empty where it does."""
        if node.unique_id in self.evidence.as_increments:
            return f"it is built as {node.materialization}"
        if words := doubt_of(node):
            return words
        if not texts[Side.HEAD]:
            return "its compiled SQL is not known"
        if not texts[Side.BASE] and node.unique_id not in self._static:
            return "its SQL at base is not known"
        return ""

    def _is_inlined(self, uid: str) -> bool:
        """Whether a node stands in the SQL of what reads it, with the same code on both sides."""
        nodes = [project.nodes.get(uid) for project in self.evidence.projects]
        is_ephemeral = all(node is not None and node.materialization == "ephemeral" for node in nodes)
        return is_ephemeral and self._kinds.get(uid, ChangeKind.DOWNSTREAM) is ChangeKind.DOWNSTREAM

    def _known(self, uid: str, side: Side) -> Known:
        """The relations that a model may read, with the columns that they have on one side."""
        project = self.evidence.projects[0 if side is Side.BASE else 1]

        def columns(unique_ids: Sequence[str]) -> Sequence[str] | None:
            found = self.evidence.columns[side].get(unique_ids[0]) if len(unique_ids) == 1 else None
            return None if found is None else [one.name.lower() for one in found]

        return known_to(uid, project, self._reads(uid), columns)

    def _with_unread(self, lineage: Lineage, uid: str) -> Lineage:
        return add_unread(lineage, [one for one in self._reads(uid) if not self._is_inlined(one)])
