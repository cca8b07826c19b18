"""Why each changed model changed: what is downstream of one bug is one finding.

A changed model is explained by what it reads: by each parent that changed, or through a parent of which that is not
known, by what that one reads. The models at which these ways end are its roots.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from bot.core.graph import Parents, order, parents
from bot.domain import (
    Cause,
    CauseKind,
    ChangeKind,
    Explained,
    Finding,
    Grade,
    ModelReport,
    NodeChange,
    Noise,
    Outcome,
    Project,
    Proof,
    Report,
)

_LISTED = 10  # roots of one model, so that a report of thousands of models stays readable
_SHARED = frozenset({CauseKind.MACRO, CauseKind.VARIABLE, CauseKind.HOOK, CauseKind.SOURCE, CauseKind.FILE})
_STILL = frozenset({Outcome.EQUIVALENT, Outcome.NOISE})
_GRAVITY = {grade: place for place, grade in enumerate((Grade.ERROR, Grade.FAIL, Grade.WARN, Grade.PASS))}
_ONE_SIDED = frozenset({ChangeKind.ADDED, ChangeKind.REMOVED})


class Part(Enum):
    """What a node does to the changes of those that read it."""

    EXPLAINS = "explains"  # it changed itself
    PASSES = "passes"  # nobody knows whether it changed, so what it reads may explain them
    STOPS = "stops"  # it is known to be the same


@dataclass(frozen=True)
class Link:
    """An affected node between causes and effects. `explained` is what a hybrid tells of it."""

    change: NodeChange
    part: Part
    explained: Explained | None = None


@dataclass(frozen=True)
class Group:
    """One finding: the models that stand alone with it, and those that they explain, in the report's order.

    There are several roots only where they were modified by the same, which is `shared`. A root need not have changed
    itself: an ephemeral model has no data, an added one nothing to be compared with.
    """

    roots: tuple[str, ...]
    members: tuple[str, ...]
    shared: tuple[Cause, ...] = ()


class Trace:
    """What stands above each affected node.

    Args:
        links: all affected nodes, the gravest first: in this order roots are named.
        above: who reads whom.
    """

    def __init__(self, links: Sequence[Link], above: Parents) -> None:
        self._links = {link.change.unique_id: link for link in links}
        self._names = tuple(self._links)
        self._bits = {unique_id: 1 << place for place, unique_id in enumerate(self._names)}
        self._alike: dict[tuple[Cause, ...], int] = {}
        for unique_id, link in self._links.items():
            key = shared_causes(link.change)
            self._alike[key] = self._alike.get(key, 0) | self._bits[unique_id]
        self._above: dict[str, int] = {}
        self._offered: dict[str, int] = {}
        self._reading: set[str] = set()
        near = {uid: tuple(p for p in above.get(uid, ()) if p in self._links) for uid in self._links}
        for unique_id in order(near):
            self._follow(unique_id, near[unique_id])

    def roots(self, unique_id: str) -> tuple[tuple[str, ...], int]:
        """What explains a node beside its own code, the gravest first, and how many of these are not listed.

        What was modified by just the same as the node itself is not among them: that is one cause.
        """
        found = self._above[unique_id]
        listed = tuple(self._names[place] for place in _places(found, _LISTED))
        return listed, found.bit_count() - len(listed)

    def reads_the_same(self, unique_id: str) -> bool:
        """Whether nothing that a node reads is known or suspected to have changed."""
        return unique_id not in self._reading

    def _follow(self, unique_id: str, its_parents: Iterable[str]) -> None:
        """Sets of roots are numbers here, so that thousands of models with hundreds of roots cost nothing."""
        link = self._links[unique_id]
        above = 0
        for parent in its_parents:
            above |= self._offered.get(parent, 0)
        if above:
            self._reading.add(unique_id)
        if key := shared_causes(link.change):
            above &= ~self._alike[key]
        self._above[unique_id] = above
        self._offered[unique_id] = self._offer(link, above)

    def _offer(self, link: Link, above: int) -> int:
        """What explains those that read a node."""
        own = self._bits[link.change.unique_id]
        if link.part is Part.STOPS:
            return 0
        if link.change.kind in _ONE_SIDED:
            return own
        if link.change.kind is ChangeKind.DOWNSTREAM:
            return above or (own if link.part is Part.EXPLAINS else 0)
        hybrid = link.explained or Explained()
        if hybrid.own is False:
            return above or own
        return own if hybrid.inherited is False else own | above


def fold(report: Report, projects: tuple[Project, Project]) -> Report:
    """The report with an explanation of every changed model.

    Args:
        report: graded; `explained` of its models is what hybrids told, if they did.
        projects: base, which knows renamed models by their new names, too, and head.
    """
    return replace(report, models=explain(report.models, projects))


def explain(models: Sequence[ModelReport], projects: tuple[Project, Project]) -> tuple[ModelReport, ...]:
    """The same as `fold`, of models that are in no report yet."""
    graver = sorted(models, key=lambda model: _GRAVITY[model.grade])
    trace = Trace([_link(model) for model in graver], edges(*projects))
    told = tuple(_explain(model, trace) for model in models)
    shared = {uid: group.shared for group in groups_of(told) for uid in group.roots if group.shared}
    return tuple(_share(model, shared) for model in told)


def groups(report: Report) -> tuple[Group, ...]:
    """The findings about changed models, the gravest first. Every model that changed is in just one of them; added and
    removed models are in one only where they explain others."""
    return groups_of(report.models)


def groups_of(reported: Sequence[ModelReport]) -> tuple[Group, ...]:
    """The same as `groups`, of models that are in no report yet."""
    models = {model.unique_id: model for model in reported}
    heads: dict[str, str] = {}
    for model in reported:
        if is_changed(model):
            first = model.explained.roots[0] if model.explained and not stands_alone(model) else model.unique_id
            heads[model.unique_id] = first if first in models and stands_alone(models[first]) else model.unique_id
    places = {uid: place for place, uid in enumerate(models)}
    standing = sorted({*heads.values()}, key=lambda uid: (_GRAVITY[models[uid].grade], places[uid]))
    causes = _shared_by_several([models[uid].change for uid in standing])
    together: dict[object, list[str]] = {}
    for unique_id in standing:
        together.setdefault(causes.get(unique_id, unique_id), []).append(unique_id)
    below: dict[str, list[str]] = {}
    for unique_id, head in heads.items():
        if head != unique_id:
            below.setdefault(head, []).append(unique_id)
    return tuple(
        Group(
            tuple(sorted(roots, key=places.__getitem__)),
            tuple(sorted((uid for root in roots for uid in below.get(root, ())), key=places.__getitem__)),
            causes.get(roots[0], ()),
        )
        for roots in together.values()
    )


def is_changed(model: ModelReport) -> bool:
    """Whether a model is one that both sides have and that changed."""
    return model.outcome is Outcome.CHANGED and model.change.kind not in _ONE_SIDED


def stands_alone(model: ModelReport) -> bool:
    """Whether a model is not listed under others: nothing is known to explain it whole."""
    return model.explained is None or not model.explained.roots or model.explained.own is not False


def shared_causes(change: NodeChange) -> tuple[Cause, ...]:
    """What a node was modified by, where that is nothing of its own; none otherwise."""
    lies_elsewhere = change.kind is ChangeKind.MODIFIED and all(cause.kind in _SHARED for cause in change.causes)
    return change.causes if lies_elsewhere else ()


def part(change: NodeChange, outcome: Outcome, findings: Sequence[Finding], noise: Noise | None = None) -> Part:
    """What a node does to the changes of those that read it, by what was seen of it."""
    if change.kind in _ONE_SIDED or outcome in (Outcome.CHANGED, Outcome.ERRORED):
        return Part.EXPLAINS
    if outcome in _STILL:
        return Part.STOPS
    seen = outcome in (Outcome.UNCHANGED, Outcome.VACUOUS) and _is_whole(findings, noise)
    return Part.STOPS if seen else Part.PASSES


def edges(base: Project, head: Project) -> Parents:
    """Who reads whom at head; and whom at base, where that is gone or lies elsewhere now."""
    at_base = parents(base)
    return {
        unique_id: tuple(dict.fromkeys((*above, *(p for p in at_base.get(unique_id, ()) if _moved(p, base, head)))))
        for unique_id, above in parents(head).items()
    }


def _moved(unique_id: str, base: Project, head: Project) -> bool:
    return unique_id not in head.nodes or base.nodes[unique_id].relation != head.nodes[unique_id].relation


def _is_whole(findings: Sequence[Finding], noise: Noise | None) -> bool:
    """Whether all rows and columns were compared, and nothing but noise lies between the sides."""
    told = next((finding.measures for finding in findings if finding.check == "values"), None)
    if told is None or told.get("sampled") is not None or told.get("scope") or told.get("tolerated"):
        return False
    uncompared = told.get("uncompared")
    left_out = set(uncompared) if isinstance(uncompared, Mapping) else set()
    return left_out <= set(noise.columns if noise else ())


def _link(model: ModelReport) -> Link:
    return Link(model.change, part(model.change, model.outcome, model.findings, model.noise), model.explained)


def _explain(model: ModelReport, trace: Trace) -> ModelReport:
    if not is_changed(model):
        return replace(model, explained=None)
    roots, more = trace.roots(model.unique_id)
    hybrid = model.explained or Explained()
    if model.change.kind is ChangeKind.DOWNSTREAM:
        told = Explained(roots, own=False, proof=Proof.SAME_CODE, inherited=bool(roots) or None, more=more)
    elif hybrid.proof is Proof.HYBRID and hybrid.inherited is False:
        told = Explained((), own=True, proof=Proof.HYBRID, inherited=False)
    elif trace.reads_the_same(model.unique_id):
        told = Explained((), own=True, inherited=False)
    else:
        told = replace(hybrid, roots=roots, more=more)
    return replace(model, explained=told)


def _share(model: ModelReport, shared: Mapping[str, tuple[Cause, ...]]) -> ModelReport:
    if model.explained is None or model.unique_id not in shared:
        return model
    return replace(model, explained=replace(model.explained, shared=shared[model.unique_id]))


def _shared_by_several(changes: Sequence[NodeChange]) -> Mapping[str, tuple[Cause, ...]]:
    """What nodes were modified by, by unique id, where several were modified by just the same."""
    found: dict[tuple[Cause, ...], list[str]] = {}
    for change in changes:
        if causes := shared_causes(change):
            found.setdefault(causes, []).append(change.unique_id)
    return {unique_id: causes for causes, several in found.items() if len(several) > 1 for unique_id in several}


def _places(number: int, most: int) -> Iterator[int]:
    """The places of the lowest bits that are set."""
    while number and most:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
        most -= 1
