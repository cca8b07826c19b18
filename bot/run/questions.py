"""The chapter of the interview: every affected model's relations are found, paired, and asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from bot.checks import BUILD_CHECKS, PAIR_CHECKS
from bot.core import alignment, keys, pairing
from bot.core.report import Seen
from bot.core.sql import DuckDb
from bot.core.standing import Standing, missing
from bot.domain import (
    Built,
    ChangeKind,
    Conversation,
    Finding,
    Inquiry,
    Key,
    Outcome,
    Pair,
    Project,
    Question,
    RelationName,
    Side,
    Table,
    TestReport,
)
from bot.run.twins import Twins
from bot.run.unfold import Setting, Stage
from bot.world.interview import conduct
from bot.world.warehouses import duckdb
from bot.world.warehouses.contract import Unreadable, Warehouse

_Relations = Mapping[Side, Mapping[RelationName, Table | Unreadable]]


def ask(
    stage: Stage,
    setting: Setting,
    standings: Sequence[Standing],
    projects: tuple[Project, Project],
    results: Twins,
    tests: Sequence[TestReport],
) -> tuple[tuple[Seen, ...], int]:
    """Asks all checks of all affected models.

    Returns:
        what was seen of each model, in order; and how many statements were asked.
    """
    warehouse = duckdb.open_twins(
        duckdb.TwinFiles(setting.base.database, setting.base.project),
        duckdb.TwinFiles(setting.head.database, setting.head.project),
        stage.workspace.scratch,
        session=duckdb.Session(extensions=setting.extensions, attached=setting.attached),
        on_statement=stage.progress.statement,
    )
    # In a thread, because a signal reaches the main thread only while that is not inside of DuckDB.
    with ThreadPoolExecutor(1) as worker:
        asking = worker.submit(_see_all, warehouse, stage, standings, projects, (results, tests))
        try:
            return asking.result(), warehouse.statements
        except BaseException:
            warehouse.cancel()
            raise
        finally:
            worker.shutdown()
            warehouse.close()


def declared_keys(unique_id: str, projects: tuple[Project, Project]) -> tuple[Key, ...]:
    """The keys that either side declares for a model, head's first.

    Raises:
        UsageError: one is declared in a way that cannot be understood.
    """
    base, head = projects
    return tuple(key for side in (head, base) if unique_id in side.nodes for key in keys.declared(side, unique_id))


def _see_all(
    warehouse: Warehouse,
    stage: Stage,
    standings: Sequence[Standing],
    projects: tuple[Project, Project],
    built: tuple[Twins, Sequence[TestReport]],
) -> tuple[Seen, ...]:
    relations = {
        Side.BASE: warehouse.tables(Side.BASE, [one.base for one in standings if one.base]),
        Side.HEAD: warehouse.tables(Side.HEAD, [one.head for one in standings if one.head]),
    }
    seen = []
    for number, standing in enumerate(standings, start=1):
        stage.progress.model(number, len(standings), standing.node.name)
        about_build = {} if standing.by_nature else _about_build(standing, *built)
        seen.append(_see(warehouse, standing, relations, projects, about_build))
    return tuple(seen)


def _about_build(standing: Standing, results: Twins, tests: Sequence[TestReport]) -> dict[str, Conversation]:
    uid = standing.change.unique_id
    its_tests = tuple(test for test in tests if test.model == uid)
    built = Built(standing.change, results.base_nodes.get(uid), results.head_nodes.get(uid), its_tests)
    return {one.name: one.check(built, one.options()) for one in BUILD_CHECKS}


def _see(
    warehouse: Warehouse,
    standing: Standing,
    relations: _Relations,
    projects: tuple[Project, Project],
    conversations: dict[str, Conversation],
) -> Seen:
    uid = standing.change.unique_id
    tables: dict[Side, Table] = {}
    said: list[Finding] = []
    for side, name in ((Side.BASE, standing.base), (Side.HEAD, standing.head)):
        found = relations[side].get(name) if name else None
        if isinstance(found, Table):
            tables[side] = found
        elif name:
            words = found.reason if found else missing(standing, side)
            said.append(Finding("schema", Outcome.ERRORED, words))
    if standing.by_nature and standing.reason:
        said.append(Finding("schema", Outcome.SKIPPED, standing.reason))
    pair = _pair(uid, tables, standing, projects) if _can_be_asked(standing, said) else None
    if pair is not None:
        conversations |= _checks(pair, tuple(tables))
    inquire = partial(alignment.inquire, pair, dialect=DuckDb()) if pair else _ask_nothing
    return Seen(standing, (*said, *conduct(conversations, inquire, warehouse.ask)), pair)


def _can_be_asked(standing: Standing, said: Sequence[Finding]) -> bool:
    """Whether the relations tell something: not where one is missing, or where head has none for want of a build."""
    if standing.by_nature:
        return True
    gone = standing.change.kind is ChangeKind.REMOVED
    return not said and (standing.head is not None or gone)


def _pair(
    unique_id: str, tables: Mapping[Side, Table], standing: Standing, projects: tuple[Project, Project]
) -> Pair | None:
    """The pair of a model; one that exists on one side only is paired with itself, and asked about that side."""
    if not tables:
        return None
    base = tables.get(Side.BASE) or tables[Side.HEAD]
    head = tables.get(Side.HEAD) or tables[Side.BASE]
    uncompared = keys.volatile_columns(standing.node)
    return pairing.pair(unique_id, base, head, declared_keys(unique_id, projects), uncompared)


def _checks(pair: Pair, sides: tuple[Side, ...]) -> dict[str, Conversation]:
    if len(sides) == 2:
        return {one.name: one.check(pair, one.options()) for one in PAIR_CHECKS if one.default}
    return {
        one.name: one.alone(pair, one.options(), sides[0])
        for one in PAIR_CHECKS
        if one.default and one.alone is not None
    }


def _ask_nothing(_questions: Collection[Question]) -> Inquiry:
    """The inquiry of a model without relations: its checks ask nothing."""
    yield from ()
    return {}
