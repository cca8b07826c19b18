"""The chapter of the builds: the origin, base and head, each in its own database file of the same name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TypeVar

from bot.core import disclosure
from bot.core import plan as plans
from bot.core import profile as profiles
from bot.domain import Environment, Node, NodeResult, Plan, Project, Side
from bot.errors import EnvironmentFailure, ProofbotError
from bot.run.keys import is_kept, origin_key, project_key
from bot.run.stage import Setting, Stage, Unfolded
from bot.world import origin
from bot.world.dbt import Dbt
from bot.world.origin import Contents
from bot.world.warehouses import duckdb_file
from bot.world.workspace import SideFolders, copy_file, root

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
    catalogs = profiles.catalogs(setting.base.database.name, setting.profile)
    plans.guard(base, plan.base_nodes, catalogs)
    plans.guard(head, plan.head_nodes, catalogs)


def compile_both(
    stage: Stage, setting: Setting, unique_ids: Iterable[str], projects: tuple[Project, Project]
) -> Mapping[str, tuple[str, str]]:
    """Compiles nodes on both sides, where there are any.

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
    for folders in (setting.base, setting.head):
        folders.database.unlink(missing_ok=True)  # dbt makes an empty one as it connects
    return {uid: (base[uid], head[uid]) for uid in wanted if uid in base and uid in head}


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
    stage.progress.step(f"testing base: {len(laid.missing_tests)} tests")
    tested = _test(setting.dbt, setting.base, laid.missing_tests, base)
    _keep(stage, setting, unfolded, laid, tested)
    return {**laid.built, **tested}


def build(stage: Stage, setting: Setting, unfolded: Unfolded, plan: Plan, projects: tuple[Project, Project]) -> Twins:
    """Builds base and head and runs the tests of both.

    Raises:
        DbtFailed: dbt ended before it built anything, on the side it names.
        ProofbotError: the user's database cannot be copied, or the disk is full.
    """
    base, head = projects
    laid = _lay(stage, setting, unfolded, plan, projects)
    if plan.head_afresh:
        _start(stage, setting, setting.head, projects)
    else:
        _start_head(setting, plan)
    stage.progress.step(f"building head: {len(plan.head_nodes)} nodes")
    head_nodes, tested = _side_by_side(
        stage,
        lambda: in_order(setting.dbt, setting.head, plan, plan.head_nodes, head),
        lambda: _test(setting.dbt, setting.base, laid.missing_tests, base),
    )
    _keep(stage, setting, unfolded, laid, tested)
    stage.progress.step(f"testing head: {len(plan.head_tests)} tests")
    head_tests = _test(setting.dbt, setting.head, plan.head_tests, head)
    _record(stage, setting, unfolded, plan, base, laid)
    told = (_without_values(results) for results in (laid.nodes, head_nodes, {**laid.tests, **tested}, head_tests))
    return Twins(len(laid.missing) + len(plan.head_nodes), *told)


@dataclass(frozen=True)
class _Laid:
    """Base, built as far as the plan says. `missing` were built now, `built` is what dbt said of them; `nodes` and
    `tests` hold what is known from before, too."""

    key: str
    missing: tuple[str, ...]
    built: Mapping[str, NodeResult]
    nodes: Mapping[str, NodeResult]
    tests: Mapping[str, NodeResult]
    missing_tests: tuple[str, ...]


def _lay(stage: Stage, setting: Setting, unfolded: Unfolded, plan: Plan, projects: tuple[Project, Project]) -> _Laid:
    """Takes the kept origin, or begins a new one, and builds what it lacks."""
    base, _ = projects
    key = origin_key(setting, unfolded, base)
    kept = origin.take(root(), project_key(unfolded), key, setting.base.database)
    if not setting.base.database.exists():
        _start(stage, setting, setting.base, projects)
    usable = {uid: result for uid, result in kept.nodes.items() if _is_hook(uid) or _reusable(uid, result, base)}
    missing = tuple(uid for uid in plan.base_nodes if uid not in usable)
    stage.progress.step(f"building base: {len(missing)} nodes, {len(plan.base_nodes) - len(missing)} kept from before")
    _drop(setting, setting.base, missing, base)
    built = in_order(setting.dbt, setting.base, plan, missing, base)
    tests = {uid: result for uid, result in kept.tests.items() if result.status in ("pass", "fail", "warn")}
    missing_tests = tuple(uid for uid in plan.base_tests if uid not in tests)
    return _Laid(key, missing, built, {**usable, **built}, tests, missing_tests)


def _keep(stage: Stage, setting: Setting, unfolded: Unfolded, laid: _Laid, tested: Mapping[str, NodeResult]) -> None:
    """Keeps what base has become, if it is more than before."""
    if not (laid.built or laid.missing_tests):
        return
    contents = Contents(laid.nodes, {**laid.tests, **tested})
    try:
        origin.keep(root(), project_key(unfolded), laid.key, setting.base.database, contents)
    except EnvironmentFailure as failure:
        stage.progress.note(f"the origin is not kept for later runs: {failure}")


def _record(stage: Stage, setting: Setting, unfolded: Unfolded, plan: Plan, base: Project, laid: _Laid) -> None:
    # A key that is made of secrets is not told: who knows the rest of it could find them by trying.
    names = plans.environment_variables(base, setting.profile_text)
    key = laid.key if is_kept(setting, base) and not names else ""
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


def _start(stage: Stage, setting: Setting, folders: SideFolders, projects: tuple[Project, Project]) -> None:
    """Lets a twin start as a copy of the user's database, if there is one, without what dbt manages."""
    if setting.source.is_file():
        stage.progress.note(f"copying {setting.source.name}")
        duckdb_file.copy(setting.source, folders.database)
        _drop(setting, folders, {uid for project in projects for uid in project.nodes}, *projects)


def _start_head(setting: Setting, plan: Plan) -> None:
    """Lets head start as a copy of base, without what the request affects."""
    if setting.base.database.exists():
        duckdb_file.settle(setting.base.database)
        copy_file(setting.base.database, setting.head.database)
        duckdb_file.drop(setting.head.database, plan.head_drops)


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


def _drop(setting: Setting, folders: SideFolders, unique_ids: Iterable[str], *projects: Project) -> None:
    """Drops from the database of a twin what nodes would write there."""
    nodes = [project.nodes.get(uid) for uid in unique_ids for project in projects]
    relations = {node.relation for node in nodes if node and node.relation}
    own = profiles.catalogs(setting.base.database.name, setting.profile)
    ours = {name for name in relations if name.database is None or name.database.lower() in own}
    duckdb_file.drop(folders.database, ours)


def _is_hook(unique_id: str) -> bool:
    return unique_id.startswith("operation.")


def _reusable(unique_id: str, result: NodeResult, project: Project) -> bool:
    node = project.nodes.get(unique_id)
    # An external model's relation is a view of a file, and the file is not kept.
    return result.status == "success" and node is not None and node.materialization != "external"
