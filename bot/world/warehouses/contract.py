"""What every warehouse can do for us. Each lives in a module of its own and does not know the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.domain import RelationName, Row, Side, Statement, Table


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A relation that exists and can't be read: a view that fails, say. `reason` is one line, the warehouse's words."""

    name: RelationName
    reason: str


class Warehouse(Protocol):
    """An open connection that sees both twins."""

    @property
    def name(self) -> str:
        """What it is, with its version."""
        ...

    @property
    def statements(self) -> int:
        """How many statements it was asked so far."""
        ...

    def tables(self, side: Side, names: Collection[RelationName]) -> Mapping[RelationName, Table | Unreadable]:
        """The relations of these names on one side, ready to be asked. Those that do not exist are not in it.

        Raises:
            EnvironmentFailure: the warehouse can't be reached.
            Interrupted: `cancel` was called.
        """
        ...

    def ask(self, statement: Statement) -> list[Row]:
        """The rows of a statement.

        Raises:
            QueryFailed: the warehouse refused or failed.
            Interrupted: `cancel` was called.
        """
        ...

    def cancel(self) -> None:
        """Stops what is running, from any thread. Nothing can be asked afterwards."""
        ...

    def close(self) -> None:
        """Lets go of everything. May be called twice."""
        ...
