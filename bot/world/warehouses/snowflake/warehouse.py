"""Snowflake for questions: sessions see all databases, so both twins and what lies beside them are asked where they
are."""

# Names are quoted; a user's query is run because it is the user's wish.
# ruff: noqa: S608

from __future__ import annotations

import contextlib
import hashlib
import io
import threading
import time
from collections import Counter
from collections.abc import Collection, Mapping

from bot.domain import Beside, Cost, RelationName, Row, Side, Statement, Table
from bot.errors import EnvironmentFailure, QueryFailed
from bot.world.warehouses.contract import Asking, Unreadable
from bot.world.warehouses.snowflake import catalog, history, spelling
from bot.world.warehouses.snowflake.faults import remedy_for
from bot.world.warehouses.snowflake.names import Names
from bot.world.warehouses.snowflake.session import Sessions

# As many statements as a warehouse of Snowflake's runs beside each other, unless it is told otherwise.
MAX_CONCURRENCY = 8


class SnowflakeTwins:
    """A Warehouse; see `contract`. It closes its sessions.

    Args:
        sessions: those that questions are asked in.
        names: how environments are called.
        version: Snowflake's.
        began: when the run had signed in, by the monotonic clock.
    """

    def __init__(self, sessions: Sessions, names: Names, version: str, began: float) -> None:
        self._sessions = sessions
        self._names = names
        self._version = version
        self._began = began
        self._lock = threading.Lock()
        self._kept: Counter[str] = Counter()
        self._found: dict[str, catalog.Relation] = {}

    @property
    def name(self) -> str:
        """Snowflake, with its version."""
        return f"Snowflake {self._version}"

    @property
    def statements(self) -> int:
        """See the contract."""
        return self._sessions.asked

    def concurrency(self, threads: int) -> int:
        """See the contract: eight at most, because more of them only queue."""
        return max(1, min(threads, MAX_CONCURRENCY))

    def session(self) -> contextlib.AbstractContextManager[Asking]:
        """See the contract."""
        return self._sessions.open()

    def ask(self, statement: Statement, within: float | None = None) -> list[Row]:
        """See the contract."""
        return self._sessions.main.ask(statement, within)

    def tables(self, side: Side | Beside, names: Collection[RelationName]) -> Mapping[RelationName, Table | Unreadable]:
        """See the contract. One statement for each database that the names lie in, and one for each view."""
        wanted = {name: self._names.lies(side, name) for name in dict.fromkeys(names)}
        databases: dict[str, list[RelationName]] = {}
        for name, place in wanted.items():
            databases.setdefault(place.database or self._names.database, []).append(name)
        found: dict[RelationName, Table | Unreadable] = {}
        for database, inside in databases.items():
            places = {name: wanted[name] for name in inside}
            for name, (spelt, relation) in self._look_up(database, places).items():
                found[name] = self._ready(name, spelt, relation)
        return {name: found[name] for name in wanted if name in found}

    def keep(self, side: Side, name: str, sql: str) -> Table | Unreadable:
        """See the contract. Paths mean nothing to Snowflake."""
        relation = RelationName(None, "", name)
        database, schema = self._names.asking
        statement = Statement(sql, f"keep the rows of {name} at {side}")
        table = self._next_table(statement)
        place = spelling.path(database, schema, table)
        fault = _fault(sql)
        if fault:
            return Unreadable(relation, fault)
        try:
            self._sessions.main.ask(Statement(f"create transient table {place} as\n{sql}", statement.purpose))
            made = catalog.relations(self._sessions.main, database, [schema], [table])
        except QueryFailed as failure:
            return Unreadable(relation, failure.message)
        if not made:
            return Unreadable(relation, "it is no query that gives rows")
        self._found[place] = made[0]
        return Table(relation, place, made[0].columns)

    def rows(self, table: Table) -> int | None:
        """See the contract: as the catalog told it when the table was found."""
        found = self._found.get(table.expression)
        return found.rows if found else None

    def size(self, table: Table) -> int | None:
        """See the contract: as the catalog told it when the table was found."""
        found = self._found.get(table.expression)
        return found.bytes if found else None

    def cost(self) -> Cost | None:
        """See the contract: by the history of queries, which holds what has ended."""
        return history.cost(self._sessions, self._names, time.monotonic() - self._began)

    def cancel(self) -> None:
        """See the contract."""
        self._sessions.stop()

    def close(self) -> None:
        """See the contract."""
        self._sessions.close()

    def _look_up(
        self, database: str, places: Mapping[RelationName, RelationName]
    ) -> dict[RelationName, tuple[str, catalog.Relation]]:
        """By name, the spelling of its database and what the catalog tells; those that are not there are left out."""
        failed: QueryFailed | None = None
        for spelt in dict.fromkeys((database, database.upper())):
            try:
                relations = catalog.relations(
                    self._sessions.main,
                    spelt,
                    {place.schema for place in places.values()},
                    {place.identifier for place in places.values()},
                )
            except QueryFailed as failure:
                failed = failed or failure
                continue
            among = catalog.by_name(relations)
            met = {name: catalog.find(place, among) for name, place in places.items()}
            return {name: (spelt, relation) for name, relation in met.items() if relation}
        words = failed.message if failed else ""
        raise EnvironmentFailure(
            f"the catalog of the database {database} could not be read: {words}",
            remedy=remedy_for(words, self._sessions.account.names),
        )

    def _ready(self, name: RelationName, database: str, relation: catalog.Relation) -> Table | Unreadable:
        expression = spelling.path(database, relation.schema, relation.name)
        if not relation.is_table:
            try:
                self._sessions.main.run(f"select * from {expression} limit 0")
            except QueryFailed as failure:
                return Unreadable(name, failure.message)
        self._found[expression] = relation
        return Table(name, expression, relation.columns, stored=relation.is_table)

    def _next_table(self, statement: Statement) -> str:
        """A name that is made of the query, so that statements about its rows read the same in a replay."""
        told = f"{statement.purpose}\0{statement.sql}".encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(told).hexdigest()[:12].upper()
        with self._lock:
            self._kept[digest] += 1
            number = self._kept[digest]
        return f"K_{digest}" if number == 1 else f"K_{digest}_{number}"


def _fault(sql: str) -> str | None:
    """What keeps a text from being one query."""
    from snowflake.connector.util_text import split_statements

    parts = [
        part for part, _ in split_statements(io.StringIO(sql), remove_comments=True) if part and part.strip("; \n\t")
    ]
    if not parts:
        return "it is empty"
    return f"it is {len(parts)} statements, and must be one" if len(parts) > 1 else None
