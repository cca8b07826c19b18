"""What DuckDB knows of its tables, tables that keep the rows of queries, and copies of tables in other files."""

# Identifiers are quoted; a user's query is run because it is the user's wish.
# ruff: noqa: S608

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain import Column, RelationName, Statement, Table
from bot.errors import EnvironmentFailure, QueryFailed
from bot.world.warehouses import duckdb_file
from bot.world.warehouses.contract import Unreadable
from bot.world.warehouses.duckdb_file import attach
from bot.world.warehouses.duckdb_session import Session, Sessions, one_line, quote, text

if TYPE_CHECKING:
    import duckdb

_CATALOG = "proofbot_kept"
_ENV = "environment of proofbot"
_NOT_FOR_FILES = frozenset({"memory", "system", "temp"})
_NAME = r'(?:"(?:[^"]|"")*"|[^\s".(]+)'
_PATH = rf"(?:{_NAME}\.)*{_NAME}"
_TABLE = re.compile(rf"^CREATE TABLE {_PATH}(?=\()")
_INDEX = re.compile(rf"^(CREATE (?:UNIQUE )?INDEX {_NAME} ON ){_PATH}(?=\()")
# A key wants another table, which dbt could not replace any more; a computed column can't be written.
_PLAIN_ONLY = re.compile(r"\b(?:REFERENCES|GENERATED)\b")


def describe(session: Session, name: RelationName, parts: tuple[str, str, str]) -> Table | Unreadable:
    """A relation by its catalog, schema and name, with its columns."""
    expression = ".".join(quote(part) for part in parts)
    try:
        rows = session.run(f"describe {expression}")
    except QueryFailed as failure:
        return Unreadable(name, failure.message)
    return Table(name, expression, tuple(Column(str(row[0]), str(row[1])) for row in rows))


def rows(session: Session, table: Table) -> int | None:
    """The rows of a stored table: DuckDB knows them without reading any."""
    if not table.stored:
        return None
    return int(str(session.run(f"select count(*) from {table.expression}")[0][0]))


def size(session: Session, table: Table) -> int | None:
    """The bytes of the blocks that a stored table lies in. What was not yet written to the file is not counted."""
    if not table.stored:
        return None
    try:
        found = session.run(
            "with segments as materialized "
            f"(select block_id, additional_block_ids from pragma_storage_info({text(table.expression)})), "
            "blocks as (select block_id as block from segments union "
            "select unnest(additional_block_ids) from segments) "
            "select count(*) * (select max(block_size) from pragma_database_size()) from blocks where block >= 0"
        )
    except QueryFailed:
        return None  # a relation that is no table
    return int(str(found[0][0]))


class Keeper:
    """Keeps the rows of queries in a file of ours, where all sessions see them.

    Args:
        sessions: of the instance.
        folder: an existing folder for the file.
    """

    def __init__(self, sessions: Sessions, folder: Path) -> None:
        self._sessions = sessions
        self._file = folder / f"{_CATALOG}.duckdb"
        self._lock = threading.Lock()
        self._kept: Counter[str] = Counter()

    def keep(self, statement: Statement, name: str, workdir: Path) -> Table | Unreadable:
        """The rows of a query, which is one statement, as a table; its relative paths resolve in `workdir`.

        Raises:
            EnvironmentFailure: the file can't be made.
            Interrupted: the sessions were stopped.
        """
        relation = RelationName(None, "main", name)
        parts = (_CATALOG, "main", self._next_table(statement))
        with self._sessions.open() as session:
            try:
                fault = _fault(session, statement.sql)
                if fault:
                    return Unreadable(relation, fault)
                session.run(f"set file_search_path = {text(str(workdir))}")
                create = f"create table {'.'.join(quote(part) for part in parts)} as {statement.sql}"
                session.ask(Statement(create, statement.purpose))
            except QueryFailed as failure:
                return Unreadable(relation, failure.message)
            return describe(session, relation, parts)

    def _next_table(self, statement: Statement) -> str:
        """A name that is made of the query, so that statements about its rows read the same in a replay."""
        digest = hashlib.sha256(f"{statement.purpose}\0{statement.sql}".encode("utf-8", "surrogatepass")).hexdigest()[
            :12
        ]
        with self._lock:
            if not self._kept:
                try:
                    self._sessions.main.run(f"attach {text(str(self._file))} as {_CATALOG} (read_write)")
                except QueryFailed as failure:
                    raise EnvironmentFailure(
                        f"the rows of queries have no place to be kept: {failure.message}",
                        where=str(self._file),
                        remedy="Check that the disk is not full.",
                    ) from None
            self._kept[digest] += 1
            number = self._kept[digest]
        return f"k_{digest}" if number == 1 else f"k_{digest}_{number}"


def _fault(session: Session, sql: str) -> str | None:
    """What keeps a text from being one query."""
    import duckdb

    try:
        statements = list(session.connection.extract_statements(sql))
    except duckdb.Error as error:
        return one_line(str(error))
    if not statements:
        return "it is empty"
    # DuckDB 1.x takes a pivot apart, into statements without text.
    written = [parsed for parsed in statements if parsed.query.strip()]
    return f"it is {len(written)} statements, and must be one" if len(written) > 1 else None


@dataclass(frozen=True)
class Source:
    """A file to copy from, that nobody writes to meanwhile. `catalog` is the name that its views may have for it;
    `attached` are further files that they may read, by their names."""

    file: Path
    catalog: str
    attached: Mapping[str, Path] = field(default_factory=dict)


def bring(database: Path, source: Source, wanted: Mapping[RelationName, RelationName]) -> None:
    """Copies relations into a database of ours, as tables, in place of what is there under these names.

    Constraints, defaults and indexes come along, but for keys to other tables. What the source has not is passed over.

    Args:
        database: it is made where there is none.
        wanted: names in the database, and what the source calls each.

    Raises:
        EnvironmentFailure: the source can't be read, the disk is full, or what is there can't be dropped.
    """
    import duckdb

    found = duckdb_file.find(source.file, wanted.values()) if source.file.is_file() else frozenset()
    there = {ours: theirs for ours, theirs in wanted.items() if theirs in found}
    if not there:
        return
    duckdb_file.drop(database, there)
    with contextlib.closing(duckdb.connect()) as connection:
        catalog = source.catalog if source.catalog.lower() not in _NOT_FOR_FILES else f"{source.catalog} of the user"
        for alias in source.attached:
            with contextlib.suppress(duckdb.Error):  # no view may read it
                attach(connection, alias, source.attached)
        try:
            attach(connection, catalog, {catalog: source.file})
            connection.execute(f"attach {text(str(database))} as {quote(_ENV)}")
            connection.execute(f"use {quote(_ENV)}")
            for ours, theirs in there.items():
                _copy(connection, ours, _spelt(connection, catalog, theirs))
        except duckdb.Error as error:
            raise EnvironmentFailure(
                f"{source.file.name} could not be copied from: {one_line(str(error))}",
                where=str(source.file),
                remedy="Check that each of its incremental models can be read, and that the disk is not full.",
            ) from None


def _spelt(connection: duckdb.DuckDBPyConnection, catalog: str, name: RelationName) -> tuple[str, str, str]:
    """A relation of the source as its catalog spells it."""
    found = connection.execute(
        "select schema_name, table_name from duckdb_tables() where lower(database_name) = lower($1) "
        "and lower(schema_name) = lower($2) and lower(table_name) = lower($3) union all "
        "select schema_name, view_name from duckdb_views() where lower(database_name) = lower($1) "
        "and lower(schema_name) = lower($2) and lower(view_name) = lower($3)",
        [catalog, name.schema, name.identifier],
    ).fetchall()
    schema, identifier = found[0] if found else (name.schema, name.identifier)
    return catalog, str(schema), str(identifier)


def _copy(connection: duckdb.DuckDBPyConnection, ours: RelationName, source: tuple[str, str, str]) -> None:
    import duckdb

    place, origin = ".".join(map(quote, (_ENV, ours.schema, ours.identifier))), ".".join(map(quote, source))
    connection.execute(f"create schema if not exists {quote(_ENV)}.{quote(ours.schema)}")
    told = "lower(database_name) = lower($1) and schema_name = $2 and table_name = $3"
    made = connection.execute(f"select sql from duckdb_tables() where {told}", source).fetchall()
    sql = str(made[0][0]) if made else ""
    if _TABLE.match(sql) and not _PLAIN_ONLY.search(sql):
        with contextlib.suppress(duckdb.CatalogException, duckdb.BinderException):  # a default that is not here
            connection.execute(_TABLE.sub(lambda _: f"create table {place}", sql))
            connection.execute(f"insert into {place} select * from {origin}")
            for (index,) in connection.execute(f"select sql from duckdb_indexes() where {told}", source).fetchall():
                connection.execute(_INDEX.sub(lambda begun: f"{begun[1]}{place}", str(index)))
            return
    connection.execute(f"create or replace table {place} as select * from {origin}")
