"""What every interview needs at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.budget import Load, Purse
from bot.core.sql import Dialect
from bot.domain import Project, RelationName, Settings, Side, Table, TestReport
from bot.run.twins import Twins
from bot.world.meter import Meter
from bot.world.warehouses.contract import Unreadable, Warehouse

Relations = Mapping[Side, Mapping[RelationName, Table | Unreadable]]


@dataclass(frozen=True)
class Matter:
    """What every interview needs at hand.

    `relations` are those of both sides; `loads` are how large the pairs are, by unique id, where a budget wants to know
    it, and `waiting` those that are still to be asked; `salt` goes into the hashes that are shown in place of values;
    `began` is when the run began; `threads` is how much may go on at once.
    """

    warehouse: Warehouse
    dialect: Dialect
    projects: tuple[Project, Project]
    settings: Settings
    results: Twins
    tests: Sequence[TestReport]
    relations: Relations
    meter: Meter
    purse: Purse
    loads: Mapping[str, Load]
    waiting: set[str]
    salt: str
    began: datetime
    threads: int

    def done(self, unique_id: str, share: float) -> None:
        """This share of a pair was looked at: what that took tells what others will."""
        self.waiting.discard(unique_id)
        load = self.loads.get(unique_id)
        if load and load.rows:
            self.meter.done(round(load.rows * share))
