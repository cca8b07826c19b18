"""The chapter of the interview: every affected model, and whatever else the project wants to know, is asked about."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from bot.core.budget import Load, Purse
from bot.core.report import Seen
from bot.core.standing import Standing
from bot.domain import NamedReport, Project, Settings, Side, Table, TestReport
from bot.run import models, named
from bot.run.matter import Matter, Relations
from bot.run.named import Asked
from bot.run.stage import Setting, Stage
from bot.run.twins import Twins
from bot.world.interview import conduct_all
from bot.world.meter import Meter
from bot.world.warehouses.contract import Asking, Warehouse


@dataclass(frozen=True)
class Wanted:
    """What is configured, the named checks that are asked, what became of dbt's tests, and what goes into hashes that
    are shown."""

    settings: Settings
    asked: Sequence[Asked]
    tests: Sequence[TestReport]
    salt: str


@contextmanager
def opened(
    stage: Stage,
    setting: Setting,
    standings: Sequence[Standing],
    projects: tuple[Project, Project],
    results: Twins,
    wanted: Wanted,
) -> Iterator[Matter]:
    """Opens the twins for questions; they are closed at the end."""
    settings, asked = wanted.settings, wanted.asked
    warehouse = setting.grounds.open(stage.progress.statement, stage.recorder.answered)
    try:
        relations = _find(warehouse, standings, asked)
        loads = _loads(warehouse, standings, relations)
        yield Matter(
            warehouse=warehouse,
            dialect=setting.dialect,
            projects=projects,
            settings=settings,
            results=results,
            tests=wanted.tests,
            relations=relations,
            meter=Meter(settings.budget),
            purse=Purse(settings.budget, loads),
            loads=loads,
            waiting=set(loads),
            salt=wanted.salt,
            began=datetime.now(UTC),
            threads=setting.threads,
        )
    finally:
        warehouse.close()


def ask(
    stage: Stage, matter: Matter, standings: Sequence[Standing], asked: Sequence[Asked]
) -> tuple[tuple[Seen, ...], tuple[NamedReport, ...]]:
    """Asks all checks of all affected models, and the named checks.

    Returns:
        what was seen of each model, in order; what each named check found.
    """
    jobs = _jobs(stage, matter, standings, asked)
    told = conduct_all(matter.warehouse, jobs, matter.threads)
    return tuple(one for one in told if isinstance(one, Seen)), tuple(o for o in told if isinstance(o, NamedReport))


def _find(warehouse: Warehouse, standings: Sequence[Standing], asked: Sequence[Asked]) -> Relations:
    """All relations that are asked about, on each side."""
    found = {}
    for side in Side:
        names = [one.base if side is Side.BASE else one.head for one in standings]
        names += [name for one in asked for name in one.relations(side)]
        found[side] = warehouse.tables(side, [name for name in dict.fromkeys(names) if name])
    return found


def _loads(warehouse: Warehouse, standings: Sequence[Standing], relations: Relations) -> dict[str, Load]:
    """How large the pairs are, by the unique id of their model, both sides together."""

    def add_up(tables: Iterable[Table], measure: Callable[[Table], int | None]) -> int | None:
        amounts = [measure(table) for table in tables]
        return sum(amount for amount in amounts if amount is not None) if None not in amounts else None

    loads = {}
    for standing in standings:
        sides = ((Side.BASE, standing.base), (Side.HEAD, standing.head))
        found = [relations[side].get(name) for side, name in sides if name]
        tables = [table for table in found if isinstance(table, Table)]
        if len(tables) == 2:
            uid = standing.change.unique_id
            loads[uid] = Load(add_up(tables, warehouse.rows), add_up(tables, warehouse.size))
    return loads


def _jobs(
    stage: Stage, matter: Matter, standings: Sequence[Standing], asked: Sequence[Asked]
) -> list[Callable[[Asking], Seen | NamedReport]]:
    number = itertools.count(1)

    def see(standing: Standing, asking: Asking) -> Seen:
        stage.progress.model(next(number), len(standings), standing.node.name)
        return models.see(matter, standing, asking)

    return [
        *(partial(see, standing) for standing in standings),
        *(partial(named.see, matter, one) for one in asked),
    ]
