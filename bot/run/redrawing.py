"""Builds nodes once more in an environment of their own, from tables whose rows lie in another order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.core import rebuilding
from bot.core.disclosure import without_values
from bot.domain import Beside, NodeResult, RelationName, Side, Table
from bot.errors import EnvironmentFailure, QueryFailed
from bot.run import beside
from bot.run.beside import Trial
from bot.world.dbt import DbtFailed
from bot.world.warehouses.contract import Unreadable


@dataclass(frozen=True)
class Drawn:
    """What was built once more: the table of each wanted node, or why there is none; how many nodes were built."""

    tables: Mapping[str, Table | str]
    built: int


def draw(trial: Trial, which: Beside, wanted: Mapping[str, RelationName], varying: Collection[str]) -> Drawn:
    """Builds nodes once more, with head's code on head's data for HEAD_AGAIN, else with base's on base's.

    What SQL leaves open (ties, limits, the order of a sum) falls otherwise only if something makes it: so the tables
    that are read lie in another order there, another one in each environment.

    Args:
        wanted: the nodes that are asked about, by the unique id that dbt knows on that side, with their relations.
        varying: see `rebuilding.of`.

    Raises:
        Interrupted: the run was stopped.
    """
    side = Side.HEAD if which is Beside.HEAD_AGAIN else Side.BASE
    project = trial.as_parsed[1 if side is Side.HEAD else 0]
    plan = rebuilding.of(project, wanted, varying)
    trial.stage.progress.step(f"{which.value}: building {len(plan.nodes)} nodes of {side.value} once more")
    try:
        beside.begin(trial, which, side)
        trial.setting.grounds.shuffle(which, plan.reads, str(which))
        results = beside.build(trial, which, plan.nodes)
        beside.open_for_questions(trial, which)
        tables = trial.matter.warehouse.tables(which, wanted.values())
    except (DbtFailed, EnvironmentFailure, QueryFailed, OSError) as failure:
        words = without_values(str(failure))
        return Drawn(dict.fromkeys(wanted, words), 0)
    told = {uid: _table(results.get(uid), tables.get(name)) for uid, name in wanted.items()}
    return Drawn(told, sum(uid in plan.nodes for uid in results))


def _table(result: NodeResult | None, found: Table | Unreadable | None) -> Table | str:
    if result is None or result.status != "success":
        return without_values(result.message) if result and result.message else "dbt did not build it"
    if isinstance(found, Table):
        return found
    return without_values(found.reason) if found else "it does not exist there"
