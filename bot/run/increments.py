"""The chapter of the increments: does head's code as an increment give what a build from nothing gives?

What a request changes in an incremental model holds for new rows only, until somebody refreshes it in full. So affected
ones are built once more with head's code, as a deployment would, and compared with head's build from nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.checks import values
from bot.core import grammars, hybrid_pairs, increments
from bot.core.disclosure import without_values
from bot.core.increments import NAME, Subject
from bot.core.report import Seen
from bot.core.volatility import Volatility, say
from bot.core.wording import count
from bot.domain import Beside, Finding, Incremental, NodeResult, Noise, Outcome, Pair, RelationName, Side, Table
from bot.errors import EnvironmentFailure, QueryFailed
from bot.run import beside, models, pairs, recording
from bot.run.beside import Trial
from bot.world.dbt import DbtFailed
from bot.world.interview import conduct_all
from bot.world.warehouses.contract import Asking, Unreadable

_UNSTABLE = "not compared with a full refresh, because which rows there are varies by itself"
_OFF = "not compared with a full refresh, because `values` is switched off"
_IN_PART = "not compared with a full refresh, for which the budget leaves no room"


@dataclass(frozen=True)
class Tried:
    """What was seen, with what became of the increments; how many nodes were built for that."""

    seen: tuple[Seen, ...]
    built: int = 0


def try_out(trial: Trial, seen: Sequence[Seen]) -> Tried:
    """Builds the increments of a plan that wants both ways, and compares each with head's build from nothing.

    Args:
        seen: what is known of all affected models, noise taken off.

    Returns:
        the same, with a finding `increment` of each. One that could not be tried is an error: somebody asked for it.

    Raises:
        Interrupted: the run was stopped.
    """
    wanted = {uid: one for one in seen if (uid := one.standing.node.unique_id) in _wanted(trial) and one.pair}
    if not wanted:
        return Tried(tuple(seen))
    nodes, below = increments.to_build(wanted, trial.as_parsed[1])
    trial.stage.progress.step(f"increment: building {count(len(nodes), 'node')} of head on what was there before")
    try:
        # What reads them would hold what is to be built anew.
        beside.begin(trial, Beside.INCREMENT, Side.HEAD, without=_relations(trial, below))
        results = beside.build(trial, Beside.INCREMENT, nodes)
        beside.open_for_questions(trial, Beside.INCREMENT)
        names = [name for one in wanted.values() if (name := one.standing.head)]
        tables = trial.matter.warehouse.tables(Beside.INCREMENT, names)
    except (DbtFailed, EnvironmentFailure, QueryFailed, OSError) as failure:
        words = f"could not be tried as an increment: {without_values(str(failure))}"
        findings = {uid: Finding(NAME, Outcome.ERRORED, words) for uid in wanted}
        return Tried(_with(seen, findings))
    built = {uid: one for uid, one in wanted.items() if _is_built(results.get(uid))}
    findings = {
        uid: _unbuilt(results.get(uid), _subject(trial, one)) for uid, one in wanted.items() if uid not in built
    }
    relations = {uid: one.standing.head for uid, one in built.items()}
    found = {uid: tables.get(name) for uid, name in relations.items() if name}
    jobs = [partial(_compare, trial, one, found.get(uid)) for uid, one in built.items()]
    told = conduct_all(trial.matter.warehouse, jobs, trial.matter.threads)
    return Tried(_with(seen, {**findings, **dict(zip(built, told, strict=True))}), len(results.keys() & nodes))


def _wanted(trial: Trial) -> Collection[str]:
    """The models of which a table is there to go on with."""
    if trial.plan.incremental is not Incremental.BOTH:
        return ()
    at_base, at_head = trial.matter.results.base_nodes, trial.matter.results.head_nodes
    return {
        uid
        for uid, theirs in trial.plan.increments.items()
        if _is_built(at_head.get(uid)) and (theirs is not None or _is_built(at_base.get(uid)))
    }


def _is_built(result: NodeResult | None) -> bool:
    return result is not None and result.status == "success"


def _relations(trial: Trial, unique_ids: Collection[str]) -> Collection[RelationName]:
    nodes = trial.as_parsed[1].nodes
    return {name for uid in unique_ids if (name := nodes[uid].relation)}


def _subject(trial: Trial, seen: Seen) -> Subject:
    node = seen.standing.node
    return Subject(node, of_production=trial.plan.increments[node.unique_id] is not None)


def _unbuilt(result: NodeResult | None, subject: Subject) -> Finding:
    if result is None:
        return Finding(NAME, Outcome.ERRORED, "dbt did not say what became of it as an increment")
    if result.status == "skipped":
        return Finding(NAME, Outcome.SKIPPED, "not tried as an increment, because something it reads failed as one")
    return increments.not_built(without_values(result.message), subject)


def _compare(trial: Trial, seen: Seen, found: Table | Unreadable | None, asking: Asking) -> Finding:
    uid, matter = seen.standing.node.unique_id, trial.matter
    with recording.about(uid):
        if not isinstance(found, Table):
            words = found.reason if found else "it does not exist, though dbt says that it built it"
            return Finding(NAME, Outcome.ERRORED, f"could not be compared as an increment: {without_values(words)}")
        options = matter.settings.models[uid].checks.get(values.NAME)
        if seen.pair is None or not isinstance(options, values.Options):
            return Finding(NAME, Outcome.SKIPPED, _OFF)
        known = hybrid_pairs.without_noise(seen.pair, _noise(trial, seen.pair, seen.noise or Noise()))
        if known is None:
            return Finding(NAME, Outcome.SKIPPED, _UNSTABLE)
        pair = increments.beside_full(known, found, options.comparison())
        view = pairs.view(matter, pair, values.NAME, options)
        if isinstance(view, str) or view.share < 1:
            return Finding(NAME, Outcome.SKIPPED, _IN_PART)
        conversation = increments.compare(pair, _subject(trial, seen))
        told = models.lead(matter, view.of(pair, matter.dialect), {NAME: conversation}, matter.meter.watch(asking))
        return told[0]


def _noise(trial: Trial, pair: Pair, known: Noise) -> Noise:
    """What varies in a model, as controls have shown or as its code tells: an increment keeps the time that was written
    into old rows, and a build from nothing writes it anew."""
    head = trial.as_parsed[1]
    affected = {entry.unique_id for entry in trial.change.affected}
    causes = Volatility(head, affected, grammars.of(head.adapter)).of(pair.unique_id).columns
    told = {name: say(found) for one in pair.shared if (found := causes.get((name := one.head.name).lower()))}
    return replace(known, columns={**told, **known.columns})


def _with(seen: Sequence[Seen], findings: Mapping[str, Finding]) -> tuple[Seen, ...]:
    return tuple(
        replace(one, findings=(*one.findings, findings[uid]))
        if (uid := one.standing.node.unique_id) in findings
        else one
        for one in seen
    )
