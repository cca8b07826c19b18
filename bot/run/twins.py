"""The chapter of the builds: the origin, base and head, each on its own ground."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TypeVar

from bot.core import disclosure, increments
from bot.core import plan as plans
from bot.domain import Environment, Node, NodeResult, Plan, Project, RelationName, Side
from bot.errors import EnvironmentFailure, ProofbotError
from bot.run.bringing import bring
from bot.run.keys import origin_key, project_key
from bot.run.stage import Setting, Stage, Unfolded
from bot.world.dbt import Dbt
from bot.world.origin import Contents
from bot.world.warehouses.grounds import Following, Shown
from bot.world.workspace import SideFolders, write_text

_Left = TypeVar("_Left")
_Right = TypeVar("_Right")
_ALL = "*"  # dbt holds each selector against each node: forty seconds for a thousand of both


@dataclass(frozen=True)
class Twins:
    """What dbt said of the nodes (hooks among them) and tests of both sides, by unique id.

    `built` says how many nodes were built, those kept from before not counted.
    """

    built: int
    base_nodes: Mapping[str, NodeResult]
    head_nodes: Mapping[str, NodeResult]
    base_tests: Mapping[str, NodeResult]
    head_tests: Mapping[str, NodeResult]


def guard(setting: Setting, plan: Plan, base: Project, head: Project) -> None:
    """Refuses to build what would be written outside of the twins; see `core.plan.guard`."""
    grounds = setting.grounds
    plans.guard(base, plan.base_nodes, grounds.stray, grounds.remedy_for_strays)
    plans.guard(head, plan.head_nodes, grounds.stray, grounds.remedy_for_strays)


def compile_both(
    stage: Stage, setting: Setting, unique_ids: Iterable[str], projects: tuple[Project, Project]
) -> Mapping[str, tuple[str, str]]:
    """Compiles nodes on both sides, where there are any; both under base's profile, so that names do not differ.

    Returns:
        by unique id the SQL at base and at head, of those that compile on both.
    """
    wanted = set(unique_ids)
    if not wanted:
        return {}
    stage.progress.step(f"compiling {len(wanted)} models on both sides")
    names = [_selectors([project.nodes[uid] for uid in wanted]) for project in projects]
    base, head = _side_by_side(
        stage,
        lambda: setting.dbt.compile(setting.base, names[0]),
        lambda: setting.dbt.compile(setting.head, names[1]),
    )
    return {uid: (base[uid], head[uid]) for uid in wanted if uid in base and uid in head}


def compile_head(stage: Stage, setting: Setting, unique_ids: Iterable[str], head: Project) -> Mapping[str, str]:
    """Compiles nodes at head, where there are any.

    Returns:
        SQL by unique id, of those that compile.
    """
    wanted = [head.nodes[uid] for uid in unique_ids]
    if not wanted:
        return {}
    stage.progress.step(f"compiling {len(wanted)} models that may not be reached")
    return setting.dbt.compile(setting.head, _selectors(wanted))


def build_origin(
    stage: Stage, setting: Setting, unfolded: Unfolded, plan: Plan, base: Project
) -> Mapping[str, NodeResult]:
    """Builds and tests base as far as the plan says, and keeps it for later runs.

    Returns:
        what dbt said of all nodes and tests that it built or tested now.

    Raises:
        DbtFailed: dbt ended before it built anything.
        ProofbotError: the user's database cannot be copied, or the disk is full.
    """
    laid = _lay(stage, setting, unfolded, plan, (base, base))
    tested = _test_base(stage, setting, laid, base)
    setting.grounds.end(Side.BASE)
    _keep(stage, setting, unfolded, laid, tested)
    return {**laid.built, **tested}


def build(stage: Stage, setting: Setting, unfolded: Unfolded, plan: Plan, projects: tuple[Project, Project]) -> Twins:
    """Builds base and head and runs the tests of both.

    Raises:
        DbtFailed: dbt ended before it built anything, on the side it names.
        ProofbotError: the user's database cannot be copied, or the disk is full.
    """
    grounds, (base, head) = setting.grounds, projects
    laid = _lay(stage, setting, unfolded, plan, projects)
    tested = {} if grounds.at_once else _test_base(stage, setting, laid, base)
    grounds.end(Side.BASE)
    following = None if plan.head_afresh else Following(Side.BASE, plan.head_drops)
    grounds.begin(Side.HEAD, following, managed(*projects))
    bring(grounds, plan, Side.HEAD, head, plan.head_nodes)
    _dress_head(setting)
    stage.progress.step(f"building head: {len(plan.head_nodes)} nodes")
    if grounds.at_once:
        head_nodes, tested = _side_by_side(
            stage,
            lambda: in_order(setting.dbt, setting.head, plan, plan.head_nodes, head),
            lambda: _test(setting.dbt, setting.base, laid.missing_tests, base),
        )
    else:
        head_nodes = in_order(setting.dbt, setting.head, plan, plan.head_nodes, head)
    _keep(stage, setting, unfolded, laid, tested)
    stage.progress.step(f"testing head: {len(plan.head_tests)} tests")
    head_tests = _test(setting.dbt, setting.head, plan.head_tests, head)
    grounds.end(Side.HEAD)
    _record(stage, setting, unfolded, plan, base, laid)
    told = (_without_values(results) for results in (laid.nodes, head_nodes, {**laid.tests, **tested}, head_tests))
    return Twins(len(laid.missing) + len(plan.head_nodes), *told)


def managed(*projects: Project) -> frozenset[RelationName]:
    """All relations that dbt may make, on one side or the other."""
    return frozenset(node.relation for project in projects for node in project.nodes.values() if node.relation)


@dataclass(frozen=True)
class _Laid:
    """Base, built as far as the plan says. `missing` were built now, `built` is what dbt said of them; `nodes` and
    `tests` hold what is known from before, too. Without a `key` it is not kept."""

    key: str | None
    missing: tuple[str, ...]
    built: Mapping[str, NodeResult]
    nodes: Mapping[str, NodeResult]
    tests: Mapping[str, NodeResult]
    missing_tests: tuple[str, ...]


def _lay(stage: Stage, setting: Setting, unfolded: Unfolded, plan: Plan, projects: tuple[Project, Project]) -> _Laid:
    """Takes the kept origin, or begins a new one, and builds what it lacks."""
    base, _ = projects
    is_lasting = not (plan.shown or increments.is_of_production(plan))  # nobody can say whether production changed
    key = origin_key(setting, unfolded, base) if is_lasting else None
    kept = setting.grounds.take(project_key(unfolded), key) if key else Contents()
    if not (kept.nodes or kept.tests):
        setting.grounds.begin(Side.BASE, _shown(plan, base), managed(*projects))
    usable = {uid: result for uid, result in kept.nodes.items() if _is_hook(uid) or _reusable(uid, result, base)}
    missing = tuple(uid for uid in plan.base_nodes if uid not in usable)
    stage.progress.step(f"building base: {len(missing)} nodes, {len(plan.base_nodes) - len(missing)} kept from before")
    setting.grounds.drop(Side.BASE, {name for uid in missing if (name := base.nodes[uid].relation)})
    bring(setting.grounds, plan, Side.BASE, base, missing)
    built = in_order(setting.dbt, setting.base, plan, missing, base)
    tests = {uid: result for uid, result in kept.tests.items() if result.status in ("pass", "fail", "warn")}
    missing_tests = tuple(uid for uid in plan.base_tests if uid not in tests)
    return _Laid(key, missing, built, {**usable, **built}, tests, missing_tests)


def _shown(plan: Plan, base: Project) -> Shown | None:
    """What base begins with of production, if that is its origin."""
    pairs = {base.nodes[uid].relation: theirs for uid, theirs in plan.shown.items()}
    relations = {ours: theirs for ours, theirs in pairs.items() if ours is not None}
    return Shown(relations, plan.as_of or datetime.now(UTC)) if relations else None


def _keep(stage: Stage, setting: Setting, unfolded: Unfolded, laid: _Laid, tested: Mapping[str, NodeResult]) -> None:
    """Keeps what base has become, if it is more than before."""
    if laid.key is None or not (laid.built or laid.missing_tests):
        return
    contents = Contents(laid.nodes, {**laid.tests, **tested})
    try:
        setting.grounds.keep(project_key(unfolded), laid.key, contents)
    except EnvironmentFailure as failure:
        stage.progress.note(f"the origin is not kept for later runs: {failure}")


def _record(stage: Stage, setting: Setting, unfolded: Unfolded, plan: Plan, base: Project, laid: _Laid) -> None:
    # A key that is made of secrets is not told: who knows the rest of it could find them by trying.
    names = plans.environment_variables(base, setting.grounds.profile(Side.BASE))
    key = laid.key if laid.key and not names else ""
    built, kept = len(laid.missing), len(plan.base_nodes) - len(laid.missing)
    stage.recorder.built(Environment(Side.BASE.value, unfolded.base.commit, built, kept, key))
    stage.recorder.built(Environment(Side.HEAD.value, unfolded.head.commit, len(plan.head_nodes)))


def _without_values(results: Mapping[str, NodeResult]) -> dict[str, NodeResult]:
    """Results whose words may be read by everybody: a value that could not be converted is data."""
    return {uid: replace(one, message=disclosure.without_values(one.message)) for uid, one in results.items()}


def _side_by_side(stage: Stage, left: Callable[[], _Left], right: Callable[[], _Right]) -> tuple[_Left, _Right]:
    """Does two things at once. If the run is stopped meanwhile, so are the processes that they wait for."""
    with ThreadPoolExecutor(2) as both:
        first, second = both.submit(left), both.submit(right)
        try:
            return first.result(), second.result()
        except ProofbotError:
            stage.children.stop()
            raise


def _test_base(stage: Stage, setting: Setting, laid: _Laid, base: Project) -> Mapping[str, NodeResult]:
    stage.progress.step(f"testing base: {len(laid.missing_tests)} tests")
    return _test(setting.dbt, setting.base, laid.missing_tests, base)


def _dress_head(setting: Setting) -> None:
    """Gives head the profile by which it is built, where that is not the one by which both sides were parsed."""
    text = setting.grounds.profile(Side.HEAD)
    if text != setting.grounds.profile(Side.BASE):
        write_text(setting.head.profiles / "profiles.yml", text)


def in_order(
    dbt: Dbt, folders: SideFolders, plan: Plan, unique_ids: Iterable[str], project: Project
) -> Mapping[str, NodeResult]:
    """Builds nodes, those first that the plan wants first.

    Returns:
        what dbt said of each, and of hooks, by unique id.

    Raises:
        DbtFailed: dbt ended before it built anything.
    """
    wanted = set(unique_ids)
    results: dict[str, NodeResult] = {}
    for group in (wanted & set(plan.first), wanted - set(plan.first)):
        if group:
            is_all = all(uid in group or node.materialization == "ephemeral" for uid, node in project.nodes.items())
            results |= dbt.build(folders, [_ALL] if is_all else _selectors([project.nodes[uid] for uid in group]))
    return {uid: result for uid, result in results.items() if uid in wanted or _is_hook(uid)}


def _test(dbt: Dbt, folders: SideFolders, unique_ids: Iterable[str], project: Project) -> Mapping[str, NodeResult]:
    wanted = set(unique_ids)
    if not wanted:
        return {}
    each = [f"fqn:{_spell('.'.join(project.tests[uid].fqn))}" for uid in sorted(wanted)]
    results = dbt.test(folders, [_ALL] if len(wanted) == len(project.tests) else each)
    return {uid: result for uid, result in results.items() if uid in wanted}


def _selectors(nodes: Iterable[Node]) -> list[str]:
    """Selects exactly these nodes: an fqn alone would also match what lies in a folder of a model's name."""
    return sorted({f"fqn:{_spell('.'.join(node.fqn))},file:{_spell(PurePosixPath(node.path).name)}" for node in nodes})


def _spell(name: str) -> str:
    """A name as dbt's selection syntax can take it: a question mark stands for any one sign."""
    return re.sub(r"[^\w.-]", "?", name)


def _is_hook(unique_id: str) -> bool:
    return unique_id.startswith("operation.")


def _reusable(unique_id: str, result: NodeResult, project: Project) -> bool:
    node = project.nodes.get(unique_id)
    # An external model's relation is a view of a file, and the file is not kept.
    return result.status == "success" and node is not None and node.materialization != "external"
