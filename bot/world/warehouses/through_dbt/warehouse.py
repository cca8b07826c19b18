"""Base and head in schemas of one warehouse, asked by dbt's adapter."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace

import sqlglot
from sqlglot.errors import SqlglotError

from bot.domain import Beside, Column, Cost, RelationName, Row, Side, Statement, Table
from bot.errors import EnvironmentFailure, QueryFailed
from bot.world.warehouses.contract import Asking, Unreadable
from bot.world.warehouses.through_dbt.sessions import Sessions

_MOST_SESSIONS = 4


class ThroughDbt:
    """A Warehouse; see `contract`.

    Args:
        sessions: how it is asked.
        name: what it is, with its version.
        lies: where a relation lies in an environment, of the name that base's manifest has for it.
        scratch: the schema of tables of ours.
    """

    def __init__(
        self,
        sessions: Sessions,
        name: str,
        lies: Callable[[Side | Beside, RelationName], RelationName],
        scratch: RelationName,
    ) -> None:
        self._sessions, self._name, self._lies, self._scratch = sessions, name, lies, scratch
        self._lock = threading.Lock()
        self._kept = 0

    @property
    def name(self) -> str:
        """See the contract."""
        return self._name

    @property
    def statements(self) -> int:
        """See the contract."""
        return self._sessions.asked

    def concurrency(self, threads: int) -> int:
        """See the contract: as many as dbt has threads, four at most."""
        return max(1, min(threads, _MOST_SESSIONS))

    def session(self) -> AbstractContextManager[Asking]:
        """See the contract: a connection of its own."""
        return self._sessions.open()

    def ask(self, statement: Statement, within: float | None = None) -> list[Row]:
        """See the contract."""
        return self._sessions.main.ask(statement, within)

    def tables(self, side: Side | Beside, names: Collection[RelationName]) -> Mapping[RelationName, Table | Unreadable]:
        """See the contract. Identifiers are looked for regardless of case."""
        wanted = {name: self._lies(side, name) for name in dict.fromkeys(names)}
        schemas = {(lies.database, lies.schema) for lies in wanted.values()}
        try:
            kinds = {schema: self._relations(schema) for schema in schemas}
        except QueryFailed as failure:
            raise EnvironmentFailure(
                f"the warehouse did not tell its relations: {failure.message}",
                remedy="Check that the target's user may read the catalog (`dbt debug`).",
            ) from None
        found: dict[RelationName, Table | Unreadable] = {}
        for name, lies in wanted.items():
            existing = kinds[lies.database, lies.schema].get(lies.identifier.lower())
            if existing:
                found[name] = self._describe(name, replace(lies, schema=existing[0], identifier=existing[1]), existing)
        return found

    def keep(self, side: Side, name: str, sql: str) -> Table | Unreadable:
        """See the contract."""
        relation = RelationName(None, "", name)
        with self._lock:
            self._kept += 1
            lies = replace(self._scratch, identifier=f"proofbot_kept_{self._kept}")
        if _is_several(sql):
            return Unreadable(relation, "it is several statements, and must be one")
        expression = self._expression(lies)
        purpose = f"keep the rows of {name} at {side}"
        try:
            # A query that begins with `with` can stand in a view everywhere, and in brackets not everywhere.
            asked = replace(lies, identifier=f"{lies.identifier}_asked")
            parts = [asked.database, asked.schema, asked.identifier]
            self._sessions.wire.call("main", "create_view", name=parts, sql=sql)
            create = f"create table {expression} as select * from {self._expression(asked)}"  # noqa: S608 (quoted)
            self._sessions.main.ask(Statement(create, purpose))
        except QueryFailed as failure:
            return Unreadable(relation, failure.message)
        return self._described(relation, lies)

    def rows(self, table: Table) -> int | None:  # noqa: ARG002 (adapters do not tell)
        """See the contract. Not known."""
        return None

    def size(self, table: Table) -> int | None:  # noqa: ARG002 (adapters do not tell)
        """See the contract. Not known."""
        return None

    def cost(self) -> Cost | None:
        """See the contract. Each warehouse keeps its account in another way, so none is read."""
        return None

    def cancel(self) -> None:
        """See the contract."""
        self._sessions.wire.cancel()

    def close(self) -> None:
        """See the contract."""
        self._sessions.main.end()

    def _relations(self, schema: tuple[str | None, str]) -> dict[str, tuple[str, str, str]]:
        """By identifier in lower case: schema, identifier and kind."""
        told = self._sessions.wire.call("main", "relations", schema=list(schema))
        return {str(identifier).lower(): (str(own), str(identifier), str(kind)) for own, identifier, kind in told}

    def _expression(self, lies: RelationName) -> str:
        return str(self._sessions.wire.call("main", "expression", name=[lies.database, lies.schema, lies.identifier]))

    def _describe(self, name: RelationName, lies: RelationName, existing: tuple[str, str, str]) -> Table | Unreadable:
        if existing[2] != "table":
            try:
                self._sessions.main.run(f"select * from {self._expression(lies)} where 1 = 0")  # noqa: S608 (quoted)
            except QueryFailed as failure:
                return Unreadable(name, failure.message)
        return self._described(name, lies)

    def _described(self, name: RelationName, lies: RelationName) -> Table | Unreadable:
        try:
            told = self._sessions.wire.call("main", "columns", name=[lies.database, lies.schema, lies.identifier])
        except QueryFailed as failure:
            return Unreadable(name, failure.message)
        columns = tuple(Column(str(column), str(kind)) for column, kind in told)
        return Table(name, self._expression(lies), columns)


def _is_several(sql: str) -> bool:
    """Whether a text is certainly more than one statement."""
    try:
        tokens = sqlglot.tokenize(sql)
    except SqlglotError:
        return False
    return any(sql[token.start : token.end + 1] == ";" for token in tokens)
