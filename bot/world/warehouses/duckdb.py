"""DuckDB: both twins' files, attached read-only to one connection in memory."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bot.domain import Column, RelationName, Row, Side, Statement, Table
from bot.errors import EnvironmentFailure, Interrupted, QueryFailed, UsageError
from bot.world.processes import Children
from bot.world.secrets import mask
from bot.world.warehouses.contract import Unreadable

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class TwinFiles:
    """A twin: its database file, and the project folder in which relative paths in its views resolve."""

    database: Path
    workdir: Path


@dataclass(frozen=True)
class Session:
    """What a profile asks of a session, done as far as DuckDB lets us.

    `settings`: name to value; `extensions`: names, loaded but not installed; `attached`: catalog to file, for views
    that read other databases.
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    extensions: Sequence[str] = ()
    attached: Mapping[str, Path] = field(default_factory=dict)


def open_twins(
    base: TwinFiles,
    head: TwinFiles,
    scratch: Path,
    *,
    session: Session | None = None,
    on_statement: Callable[[Statement, float], None] | None = None,
) -> DuckDbTwins:
    """Opens both twins for reading. A database that does not exist has no relations.

    Args:
        base, head: the files.
        scratch: an existing folder of ours, for what is read from views and for what exceeds memory.
        session: what the profile asks for.
        on_statement: called after each statement, with the seconds it took.

    Raises:
        UsageError: the package `duckdb` is not installed.
        EnvironmentFailure: a database is locked by another process, or is none.
    """
    try:
        import duckdb
    except ImportError:
        raise UsageError(
            "the Python package duckdb is not installed", remedy="Install it with `pip install 'proofbot[duckdb]'`."
        ) from None
    connection = duckdb.connect(":memory:")
    twins = DuckDbTwins(connection, {Side.BASE: base, Side.HEAD: head}, scratch, session or Session(), on_statement)
    try:
        twins.open()
    except BaseException:
        twins.close()
        raise
    return twins


class DuckDbTwins:
    """A Warehouse; see `contract`. Tables are read where they lie, views are read once by a process of their side."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        files: Mapping[Side, TwinFiles],
        scratch: Path,
        session: Session,
        on_statement: Callable[[Statement, float], None] | None,
    ) -> None:
        self._connection = connection
        self._files = files
        self._scratch = scratch
        self._session = session
        self._on_statement = on_statement or (lambda _statement, _seconds: None)
        self._children = Children()
        self._cancelled = threading.Event()
        self._view_files = 0
        self.statements = 0

    @property
    def name(self) -> str:
        """DuckDB, with the version of its package."""
        import duckdb

        return f"DuckDB {duckdb.__version__}"

    def open(self) -> None:
        """Prepares the session and attaches both files. Raises EnvironmentFailure."""
        self._connection.execute("set TimeZone = 'UTC'")
        self._connection.execute("set preserve_insertion_order = false")
        self._connection.execute(f"set temp_directory = {_text(str(self._scratch / 'spilled'))}")
        for wish in (
            *(f"load {_text(extension)}" for extension in self._session.extensions),
            *(f"set {_quote(name)} = {_text(value)}" for name, value in self._session.settings.items()),
        ):
            with contextlib.suppress(self._error):
                self._connection.execute(wish)
        for side, files in self._files.items():
            if files.database.exists():
                self._attach(files.database, _catalog(side))

    def tables(self, side: Side, names: Collection[RelationName]) -> Mapping[RelationName, Table | Unreadable]:
        """See the contract. A name means a relation of the side's own file, whatever its database is called."""
        kinds = self._relations(side)
        found: dict[RelationName, Table | Unreadable] = {}
        views: dict[RelationName, tuple[str, str]] = {}
        for name in dict.fromkeys(names):
            schema, relation, kind = kinds.get((name.schema.lower(), name.identifier.lower()), ("", "", ""))
            if kind == "view":
                views[name] = (schema, relation)
            elif kind:
                found[name] = self._describe(name, (_catalog(side), schema, relation))
        return found | (self._read_views(side, views) if views else {})

    def ask(self, statement: Statement) -> list[Row]:
        """See the contract."""
        self.statements += 1
        started = time.monotonic()
        try:
            return self._run(statement.sql)
        finally:
            self._on_statement(statement, time.monotonic() - started)

    def cancel(self) -> None:
        """See the contract."""
        self._cancelled.set()
        self._children.stop()
        self._connection.interrupt()

    def close(self) -> None:
        """See the contract."""
        self._connection.close()

    @property
    def _error(self) -> type[Exception]:
        import duckdb

        return duckdb.Error

    def _run(self, sql: str) -> list[Row]:
        self._raise_if_cancelled()
        try:
            rows = self._connection.execute(sql).fetchall()
        except self._error as error:
            self._raise_if_cancelled()
            raise QueryFailed(_one_line(str(error)), sql) from None
        return [tuple(row) for row in rows]

    def _raise_if_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise Interrupted("the run was interrupted", remedy="Start it again.")

    def _attach(self, database: Path, catalog: str) -> None:
        try:
            self._connection.execute(f"attach {_text(str(database))} as {_quote(catalog)} (read_only)")
        except self._error as error:
            words = _one_line(str(error))
            remedy = (
                "Close the other program that has it open (DuckDB lets one process write, or many read)."
                if "lock" in words.lower()
                else "Check that it is a DuckDB file, of a version that the installed duckdb can read."
            )
            raise EnvironmentFailure(
                f"the database could not be opened: {words}", where=str(database), remedy=remedy
            ) from None

    def _relations(self, side: Side) -> dict[tuple[str, str], tuple[str, str, str]]:
        """All relations of a side by lower-case schema and name: schema, name, and whether a table or a view."""
        rows = self._run(
            "select schema_name, table_name, 'table', database_name, internal from duckdb_tables() union all "
            "select schema_name, view_name, 'view', database_name, internal from duckdb_views()"
        )
        return {
            (str(schema).lower(), str(name).lower()): (str(schema), str(name), str(kind))
            for schema, name, kind, catalog, internal in rows
            if catalog == _catalog(side) and not internal
        }

    def _describe(self, name: RelationName, parts: tuple[str, str, str]) -> Table | Unreadable:
        expression = ".".join(_quote(part) for part in parts)
        try:
            rows = self._run(f"describe {expression}")
        except QueryFailed as failure:
            return Unreadable(name, failure.message)
        return Table(name, expression, tuple(Column(str(row[0]), str(row[1])) for row in rows))

    def _read_views(
        self, side: Side, views: Mapping[RelationName, tuple[str, str]]
    ) -> dict[RelationName, Table | Unreadable]:
        self._raise_if_cancelled()
        self._view_files += 1
        catalog = f"{_catalog(side)}_views_{self._view_files}"
        scratch = self._scratch / f"{catalog}.duckdb"
        tables = {f"v{number}": name for number, name in enumerate(views)}
        failures = self._read_into(scratch, side, {table: views[name] for table, name in tables.items()})
        if len(failures) < len(tables):
            self._attach(scratch, catalog)
        return {
            name: Unreadable(name, failures[table])
            if table in failures
            else self._describe(name, (catalog, "main", table))
            for table, name in tables.items()
        }

    def _read_into(self, scratch: Path, side: Side, views: Mapping[str, tuple[str, str]]) -> dict[str, str]:
        """Has a process of the side read views into tables of a file; returns the reasons of those that failed."""
        request = {
            "database": str(self._files[side].database.absolute()),
            "scratch": str(scratch.absolute()),
            "views": views,
            "settings": dict(self._session.settings),
            "extensions": list(self._session.extensions),
            "attached": {alias: str(path.absolute()) for alias, path in self._session.attached.items()},
        }
        told = scratch.with_suffix(".json")
        told.write_text(json.dumps(request), encoding="utf-8")
        answers: dict[str, str | None] = {}

        def note(line: str) -> None:
            # Whatever a view makes DuckDB print is no answer.
            with contextlib.suppress(ValueError, TypeError, KeyError):
                answer = json.loads(line)
                answers[answer["table"]] = answer["error"]

        reader = Path(__file__).with_name("duckdb_views.py")
        command = [sys.executable, "-P", str(reader), str(told.absolute())]
        try:
            ended = self._children.run(command, self._files[side].workdir, os.environ, note)
        finally:
            told.unlink()  # settings may hold secrets
        died = "the process that reads views ended early: " + (_last_line(ended.stderr) or f"exit code {ended.code}")
        errors = {table: answers.get(table, died) for table in views}
        return {table: _one_line(error) for table, error in errors.items() if error is not None}


def _catalog(side: Side) -> str:
    return f"proofbot_{side}"


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _one_line(words: str) -> str:
    """The first paragraph of DuckDB's words, on one line: what follows shows the statement."""
    return mask(" ".join(words.strip().split("\n\n", 1)[0].split()))


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip() and "nanobind" not in line]
    return lines[-1].strip() if lines else ""
