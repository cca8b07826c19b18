"""What every warehouse can do for us. Each lives in a module of its own and does not know the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from bot.domain import Beside, Cost, RelationName, Row, Side, Statement, Table


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A relation that exists and can't be read: a view that fails, say. `reason` is one line, the warehouse's words."""

    name: RelationName
    reason: str


class Asking(Protocol):
    """A session: it has temporary tables of its own, and asks one statement at a time."""

    def ask(self, statement: Statement, within: float | None = None) -> list[Row]:
        """The rows of a statement, which is stopped after `within` seconds.

        Raises:
            QueryFailed: the warehouse refused or failed, or the time was up.
            Interrupted: `cancel` was called.
        """
        ...


class Warehouse(Asking, Protocol):
    """A warehouse that sees both twins. It may be used by several threads at once; its own `ask` is a session, too."""

    @property
    def name(self) -> str:
        """What it is, with its version."""
        ...

    @property
    def statements(self) -> int:
        """How many statements it was asked so far, by all sessions together."""
        ...

    def concurrency(self, threads: int) -> int:
        """How many sessions at once are worth while, `threads` at most; 1 at least."""
        ...

    def session(self) -> AbstractContextManager[Asking]:
        """A session to be used by one thread. At its end nothing is left of its temporary tables."""
        ...

    def tables(self, side: Side | Beside, names: Collection[RelationName]) -> Mapping[RelationName, Table | Unreadable]:
        """The relations of these names on one side, or in an environment beside them, ready to be asked.

        Those that do not exist are not in it.

        Raises:
            EnvironmentFailure: the warehouse can't be reached.
            Interrupted: `cancel` was called.
        """
        ...

    def keep(self, side: Side, name: str, sql: str) -> Table | Unreadable:
        """Keeps the rows of a query of the user's as a table that all sessions see, until `close`.

        Args:
            side: whose query it is: relative paths in it resolve in the folder of that side.
            name: the user's name for it.
            sql: one query, in which relations of either side stand by their expressions.

        Raises:
            EnvironmentFailure: there is no place to keep it.
            Interrupted: `cancel` was called.
        """
        ...

    def rows(self, table: Table) -> int | None:
        """How many rows a stored table has, if that is known without reading it."""
        ...

    def size(self, table: Table) -> int | None:
        """How many bytes a stored table takes, as it is stored; None where that is not known."""
        ...

    def cost(self) -> Cost | None:
        """What the questions of all sessions have taken so far, and the builds before them, by the warehouse's own
        account; None where it does not tell. To ask for it takes seconds, and never fails a run.

        Raises:
            Interrupted: `cancel` was called.
        """
        ...

    def cancel(self) -> None:
        """Stops what is running in all sessions, from any thread. Nothing can be asked afterwards."""
        ...

    def close(self) -> None:
        """Lets go of everything. May be called twice."""
        ...
