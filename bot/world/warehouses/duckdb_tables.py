"""What DuckDB knows of its tables, and tables that keep the rows of queries."""

# Identifiers are quoted; a user's query is run because it is the user's wish.
# ruff: noqa: S608

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from pathlib import Path

from bot.domain import Column, RelationName, Statement, Table
from bot.errors import EnvironmentFailure, QueryFailed
from bot.world.warehouses.contract import Unreadable
from bot.world.warehouses.duckdb_session import Session, Sessions, one_line, quote, text

_CATALOG = "proofbot_kept"


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
