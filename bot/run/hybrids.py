"""The chapter of the hybrids: is it the model's own edit that changes it, or only what it reads?

A model that was modified and reads what changed is built once more, with base's code on head's parents. Where that
gives what head has, the edit changes nothing; where it gives what base has, what the model reads changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.checks import values
from bot.core import explanations, graph, heirs, hybrid_pairs, layers, verdict
from bot.core.explanations import Link, Trace
from bot.core.inquiry import inquire
from bot.core.report import Seen
from bot.core.wording import count
from bot.domain import (
    Beside,
    ChangeKind,
    ControlMode,
    Explained,
    Outcome,
    Pair,
    Project,
    RelationName,
    RowChanges,
    RowCounts,
    Side,
    Table,
)
from bot.errors import EnvironmentFailure
from bot.run import beside, pairs, recording
from bot.run.beside import Trial
from bot.run.matter import Matter
from bot.world.dbt import DbtFailed
from bot.world.interview import conduct_all, learn
from bot.world.meter import Meter
from bot.world.warehouses.contract import Asking


@dataclass(frozen=True)
class Proven:
    """What was seen, with what hybrids tell of it; how many nodes were built for that, and what a reader should know of
    it."""

    seen: tuple[Seen, ...]
    built: int = 0
    notices: tuple[str, ...] = ()


def prove(
    trial: Trial, seen: Sequence[Seen], changed: Collection[str], controlled: Collection[str] | None = None
) -> Proven:
    """Finds out of models that were modified, and read what changed, which of both changes them.

    Args:
        seen: what is known of all affected models, noise taken off.
        changed: the unique ids of those that changed beyond noise.
        controlled: those of which it is known what varies by itself, all of them if not given. That a hybrid of another
            differs from both sides says nothing.

    Returns:
        The same, with `explained` of those of which it could be found out: `own`, `inherited` and `proof`.

    Raises:
        Interrupted: the run was stopped.
    """
    found = _worth_it(trial, seen, changed)
    told: dict[str, Explained] = {}
    built = 0
    notices = []
    if found.left:
        notices.append(f"{count(len(found.left), 'changed model')} too many to find out whether their own code matters")
    for layer in found.layers:
        try:
            good = _build(trial, layer)
        except EnvironmentFailure as failure:  # nothing that was seen is less true for that
            notices.append(f"whether the code of changed models matters could not be tried: {failure}")
            break
        built += len(layer)
        told |= _compare(trial, [one for one in seen if one.standing.node.unique_id in good])
    told = {uid: one for uid, one in told.items() if is_sure(uid, one, controlled)}
    return Proven(
        tuple(replace(one, explained=told.get(one.standing.node.unique_id, one.explained)) for one in seen),
        built,
        tuple(notices),
    )


def is_sure(unique_id: str, explained: Explained, controlled: Collection[str] | None) -> bool:
    """Whether what a hybrid tells cannot be noise: see `controlled` of `prove`."""
    return controlled is None or unique_id in controlled or not (explained.own and explained.inherited)


def _worth_it(trial: Trial, seen: Sequence[Seen], changed: Collection[str]) -> layers.Layers:
    if trial.policy.control is ControlMode.NEVER:
        return layers.Layers((), ())
    trace = Trace([_link(one, changed) for one in seen], explanations.edges(*trial.projects))
    touched = {one.unique_id for one in trial.change.affected if one.kind is not ChangeKind.DOWNSTREAM}
    comparable = [one.standing.change for one in seen if _is_comparable(one, changed)]
    return layers.arrange(layers.suspects(comparable, trace, trial.projects, touched), trial.projects)


def _link(seen: Seen, changed: Collection[str]) -> Link:
    change = seen.standing.change
    outcome = verdict.gravest(finding.outcome for finding in seen.findings if finding.check != "tests")
    if change.unique_id in changed:
        outcome = Outcome.CHANGED
    elif outcome is Outcome.CHANGED:
        outcome = Outcome.NOISE
    return Link(change, explanations.part(change, outcome, seen.findings, seen.noise))


def _is_comparable(seen: Seen, changed: Collection[str]) -> bool:
    """Whether the rows of a changed model were compared, all of them, so that it can be done once more."""
    uid = seen.standing.node.unique_id
    if uid not in changed or not (seen.pair and seen.standing.base and seen.standing.head):
        return False
    if seen.noise is not None and (seen.noise.rows or seen.noise.count):
        return False
    measures = next((finding.measures for finding in seen.findings if finding.check == values.NAME), {})
    return bool(measures.get("compared")) and measures.get("sampled") is None


def _build(trial: Trial, layer: Sequence[str]) -> Collection[str]:
    """Builds hybrids in a fresh copy of head, and opens it.

    Returns:
        those that could be built: base's code may ask for what head's parents do not have.
    """
    former = heirs.find(*trial.as_parsed)
    trial.stage.progress.step(f"building {count(len(layer), 'model')} of base on what head has made of their parents")
    # What reads them is not needed here, and its foreign keys would hold what is to be built anew.
    beside.begin(trial, Beside.HYBRID, Side.HEAD, without=_relations(trial.projects[1], layer))
    try:
        built = beside.build(trial, Beside.HYBRID, [former.get(uid, uid) for uid in layer])
    except DbtFailed:
        return ()
    beside.open_for_questions(trial, Beside.HYBRID)
    results = {uid: built.get(former.get(uid, uid)) for uid in layer}
    return {uid for uid, result in results.items() if result is not None and result.status == "success"}


def _relations(head: Project, layer: Sequence[str]) -> Collection[RelationName]:
    """The relations of some models, and of all that are downstream of them."""
    reached = graph.reach(layer, graph.children(graph.parents(head)))
    return {name for uid in reached if (name := head.nodes[uid].relation)}


def _compare(trial: Trial, layer: Sequence[Seen]) -> Mapping[str, Explained]:
    matter = trial.matter
    names = {one.standing.node.unique_id: one.standing.base for one in layer}
    found = matter.warehouse.tables(Beside.HYBRID, [name for name in names.values() if name])
    jobs, asked = [], []
    for one in layer:
        name = names[one.standing.node.unique_id]
        table = found.get(name) if name else None
        if isinstance(table, Table) and one.pair is not None:
            asked.append(one.standing.node.unique_id)
            jobs.append(partial(_explain, matter, one, table))
    told = conduct_all(matter.warehouse, jobs, matter.threads)
    return {uid: explained for uid, explained in zip(asked, told, strict=True) if explained is not None}


def _explain(matter: Matter, seen: Seen, hybrid: Table, asking: Asking) -> Explained | None:
    """What the hybrid of one model tells; None where it tells nothing."""
    options = matter.settings.models[seen.standing.node.unique_id].checks.get(values.NAME)
    pair = hybrid_pairs.without_noise(seen.pair, seen.noise) if seen.pair else None
    if pair is None or not isinstance(options, values.Options):
        return None
    with recording.about(pair.unique_id):
        like_head = _is_same(matter, hybrid_pairs.beside_head(pair, hybrid), options, asking)
        if like_head is None:
            return None
        if like_head and _is_known_to_differ(seen, pair):
            return hybrid_pairs.tell(like_head=True, like_base=False)
        like_base = _is_same(matter, hybrid_pairs.beside_base(pair, hybrid, options.comparison()), options, asking)
    return None if like_base is None else hybrid_pairs.tell(like_head=like_head, like_base=like_base)


def _is_known_to_differ(seen: Seen, pair: Pair) -> bool:
    """Whether base and head differ in what is compared here."""
    changed = {finding.check for finding in seen.findings if finding.outcome is Outcome.CHANGED}
    return "schema" in changed or (values.NAME in changed and pair == seen.pair)


def _is_same(matter: Matter, pair: Pair, options: values.Options, asking: Asking) -> bool | None:
    """Whether both relations have the same columns and the same rows; None where nobody can tell."""
    if not hybrid_pairs.has_same_columns(pair):
        return False
    view = pairs.view(matter, pair, values.NAME, options)
    if isinstance(view, str) or view.share < 1:
        return None
    session = matter.meter.watch(asking)
    if view.budget:
        session = Meter(view.budget, "check").watch(session)
    ask = partial(inquire, view.of(pair, matter.dialect), dialect=matter.dialect, salt=matter.salt)
    answers = learn(ask, (RowChanges(),), session.ask)
    rows = answers[RowChanges()] if answers is not None else None
    return not (rows.added or rows.removed or rows.changed) if isinstance(rows, RowCounts) else None
