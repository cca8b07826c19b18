"""Postgres: all environments in one database, each in schemas of its own."""

# Identifiers are quoted; a user's query is run because it is the user's wish.
# ruff: noqa: S608

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from bot.domain import Beside, Column, Cost, RelationName, Row, Side, Statement, Table
from bot.errors import EnvironmentFailure, QueryFailed
from bot.world.warehouses.contract import Asking, Unreadable
from bot.world.warehouses.grounds import Env
from bot.world.warehouses.postgres.refusals import as_failure
from bot.world.warehouses.postgres.session import Refused, Sessions
from bot.world.warehouses.postgres.spelling import cut, quote, text

# A server has cores for several, and other users as well.
_MOST_SESSIONS = 4
_STORED = frozenset("rpm")


@dataclass(frozen=True)
class Places:
    """Where the relations of an environment lie: the schema as dbt knows it, to the schema that they were moved to.

    Args:
        moved: by schema.
        is_managed: whether a relation is one of an environment at all. Others lie where they always did.
    """

    moved: Mapping[str, str]
    is_managed: Callable[[RelationName], bool]

    def find(self, name: RelationName) -> str | None:
        """The schema that a relation lies in, if it exists."""
        schema = cut(name.schema)
        return self.moved.get(schema) if self.is_managed(name) else schema


class PostgresTwins:
    """A Warehouse; see `contract`.

    Args:
        sessions: of the database.
        places: of base and head.
        kept: the schema for what is kept; whoever made the warehouse drops it.
    """

    def __init__(self, sessions: Sessions, places: Mapping[Side, Places], kept: str) -> None:
        self._sessions = sessions
        self._places: dict[Env, Places] = dict(places.items())
        self._kept = kept
        self._lock = threading.Lock()
        self._numbers: Counter[str] = Counter()
        self._version = ""

    @property
    def name(self) -> str:
        """PostgreSQL, with the version of the server."""
        if not self._version:
            self._version = str(self._run("show server_version")[0][0]).split()[0]
        return f"PostgreSQL {self._version}"

    @property
    def statements(self) -> int:
        """See the contract."""
        return self._sessions.asked

    def concurrency(self, threads: int) -> int:
        """See the contract: four at most."""
        return max(1, min(threads, _MOST_SESSIONS))

    def add(self, beside: Beside, places: Places) -> None:
        """Lets an environment beside the twins be seen, in place of one of this name."""
        self._places[beside] = places

    def session(self) -> contextlib.AbstractContextManager[Asking]:
        """See the contract: a connection of its own."""
        return self._sessions.open()

    def ask(self, statement: Statement, within: float | None = None) -> list[Row]:
        """See the contract."""
        return self._sessions.main.ask(statement, within)

    def tables(self, side: Side | Beside, names: Collection[RelationName]) -> Mapping[RelationName, Table | Unreadable]:
        """See the contract. A name means a relation of this environment, whatever its schema is called now."""
        places = self._places[side]
        wanted = {name: (place, cut(name.identifier)) for name in names if (place := places.find(name)) is not None}
        if not wanted:
            return {}
        known = self._relations({place for place, _ in wanted.values()}, {one for _, one in wanted.values()})
        by_fold = {(schema, name.lower()): (schema, name) for schema, name in known}
        found: dict[RelationName, Table | Unreadable] = {}
        for name, (schema, identifier) in wanted.items():
            parts = (schema, identifier) if (schema, identifier) in known else by_fold.get((schema, identifier.lower()))
            if parts:
                found[name] = _described(name, parts, known[parts])
        return found

    def keep(self, side: Side, name: str, sql: str) -> Table | Unreadable:
        """See the contract: an unlogged table."""
        relation = RelationName(None, self._kept, name)
        statement = Statement(sql, f"keep the rows of {name} at {side}")
        parts = (self._kept, self._next_table(statement))
        create = f"create unlogged table {quote(*parts)} as {sql}"
        with self._sessions.open() as session:
            try:
                session.ask_one(Statement(create, statement.purpose))
            except QueryFailed as failure:
                return Unreadable(relation, failure.message)
        known = self._relations({parts[0]}, {parts[1]})
        return _described(relation, parts, known[parts])

    def rows(self, table: Table) -> int | None:  # noqa: ARG002
        """See the contract: Postgres counts by reading."""
        return None

    def size(self, table: Table) -> int | None:
        """See the contract: the table with its large values, without its indexes."""
        if not table.stored:
            return None
        try:
            found = self._sessions.main.run(
                f"select sum(pg_table_size(t))::bigint from (select {text(table.expression)}::regclass as t union "
                f"select inhrelid from pg_inherits where inhparent = {text(table.expression)}::regclass) as parts"
            )
        except QueryFailed:
            return None  # a relation that is no table
        return int(str(found[0][0]))

    def cost(self) -> Cost | None:
        """See the contract. Postgres keeps no account of single sessions that everybody may read."""
        return None

    def cancel(self) -> None:
        """See the contract."""
        self._sessions.stop()

    def close(self) -> None:
        """See the contract."""
        self._sessions.close()

    def _run(self, sql: str) -> list[Row]:
        try:
            return self._sessions.main.run(sql)
        except Refused as refused:
            raise as_failure(refused, "the warehouse could not be asked") from None

    def _relations(self, schemas: set[str], names: set[str]) -> dict[tuple[str, str], Row]:
        """What relations of some schemas and names (in any case) there are: kind, what keeps it from being read,
        columns."""
        found = self._run(
            "select n.nspname, c.relname, c.relkind::text, "
            "case when not has_schema_privilege(n.oid, 'usage') then 'permission denied for schema ' || n.nspname "
            "when not (has_table_privilege(c.oid, 'select') or has_any_column_privilege(c.oid, 'select')) "
            "then 'permission denied for ' || c.relname "
            "when not c.relispopulated then 'the materialized view has not been populated' end, "
            "coalesce(a.names, '{}'), coalesce(a.types, '{}') "
            "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
            "left join lateral (select array_agg(attname::text order by attnum) as names, "
            "array_agg(pg_catalog.format_type(atttypid, atttypmod) order by attnum) as types "
            "from pg_catalog.pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped) a on true "
            f"where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname in ({_texts(schemas)}) "
            f"and (c.relname in ({_texts(names)}) or lower(c.relname) in ({_texts({name.lower() for name in names})}))"
        )
        return {(str(row[0]), str(row[1])): row[2:] for row in found}

    def _next_table(self, statement: Statement) -> str:
        """A name that is made of the query, so that statements about its rows read the same in a replay."""
        told = f"{statement.purpose}\0{statement.sql}".encode("utf-8", "surrogatepass")
        digest = hashlib.sha256(told).hexdigest()[:12]
        with self._lock:
            if not self._numbers:
                try:
                    self._sessions.main.run(f"create schema if not exists {quote(self._kept)}")
                except Refused as refused:
                    raise as_failure(refused, "the rows of queries have no place to be kept") from None
            self._numbers[digest] += 1
            number = self._numbers[digest]
        return f"k_{digest}" if number == 1 else f"k_{digest}_{number}"


def _described(name: RelationName, parts: tuple[str, str], row: Row) -> Table | Unreadable:
    kind, fault, names, types = row
    if fault:
        return Unreadable(name, str(fault))
    if not isinstance(names, list) or not isinstance(types, list):
        raise EnvironmentFailure("the catalog of Postgres gives no lists", remedy="Report it to proofbot.")
    columns = tuple(Column(str(one), str(of)) for one, of in zip(names, types, strict=True))
    return Table(name, quote(*parts), columns, stored=str(kind) in _STORED)


def _texts(values: set[str]) -> str:
    return ", ".join(text(value) for value in sorted(values))
