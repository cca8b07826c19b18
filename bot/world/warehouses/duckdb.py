"""DuckDB: both twins' files, attached read-only to one instance in memory."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain import Beside, Cost, RelationName, Row, Side, Statement, Table
from bot.errors import EnvironmentFailure, QueryFailed
from bot.world.processes import Children
from bot.world.warehouses.contract import Asking, Unreadable
from bot.world.warehouses.duckdb_session import OnAnswer, Sessions, one_line, quote, text
from bot.world.warehouses.duckdb_tables import Keeper, describe, rows, size

# Each query uses all cores by itself. Beside each other they fill its pauses; more of them only take more memory.
_MOST_SESSIONS = 4


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
    on_answer: OnAnswer | None = None,
) -> DuckDbTwins:
    """Opens both twins for reading. A database that does not exist has no relations.

    Args:
        base, head: the files.
        scratch: an existing folder of ours, for what is read from views and for what exceeds memory.
        session: what the profile asks for.
        on_statement: called after each statement, with the seconds it took; by any thread, by one at a time.
        on_answer: called after each statement, with its rows (None where it failed) and the seconds it took; by the
            thread that asked, so by several at once.

    Raises:
        EnvironmentFailure: the package `duckdb` is not installed; a database is locked by another process, or is none.
    """
    try:
        import duckdb
    except ImportError:
        raise EnvironmentFailure(
            "the Python package duckdb is not installed", remedy="Install it with `pip install 'proofbot[duckdb]'`."
        ) from None
    sessions = Sessions(duckdb.connect(":memory:"), on_statement, on_answer)
    twins = DuckDbTwins(sessions, {Side.BASE: base, Side.HEAD: head}, scratch, session or Session())
    try:
        twins.open()
    except BaseException:
        twins.close()
        raise
    return twins


class DuckDbTwins:
    """A Warehouse; see `contract`. Tables are read where they lie, views are read once by a process of their side."""

    def __init__(self, sessions: Sessions, files: Mapping[Side, TwinFiles], scratch: Path, session: Session) -> None:
        self._sessions = sessions
        self._files: dict[Side | Beside, TwinFiles] = dict(files.items())
        self._scratch = scratch
        self._session = session
        self._children = Children()
        self._keeper = Keeper(sessions, scratch)
        self._view_files: Counter[str] = Counter()

    @property
    def name(self) -> str:
        """DuckDB, with the version of its package."""
        import duckdb

        return f"DuckDB {duckdb.__version__}"

    @property
    def statements(self) -> int:
        """See the contract."""
        return self._sessions.asked

    def open(self) -> None:
        """Prepares the sessions and attaches both files. Raises EnvironmentFailure."""
        shared = [
            "set preserve_insertion_order = false",
            f"set temp_directory = {text(str(self._scratch / 'spilled'))}",
            *(f"load {text(extension)}" for extension in self._session.extensions),
        ]
        own = [f"set {quote(name)} = {text(value)}" for name, value in self._session.settings.items()]
        self._sessions.prepare(shared, own)
        for side, files in self._files.items():
            if files.database.exists():
                self._attach(files.database, _catalog(side))

    def add(self, beside: Beside, files: TwinFiles) -> None:
        """Opens an environment beside the twins, in place of one of this name that was opened before.

        Raises:
            EnvironmentFailure: the database is locked by another process, or is none.
        """
        if beside in self._files:
            self._run(f"detach database if exists {quote(_catalog(beside))}")
        self._files[beside] = files
        if files.database.exists():
            self._attach(files.database, _catalog(beside))

    def tables(self, side: Side | Beside, names: Collection[RelationName]) -> Mapping[RelationName, Table | Unreadable]:
        """See the contract. A name means a relation of the side's own file, whatever its database is called."""
        kinds = self._relations(side)
        found: dict[RelationName, Table | Unreadable] = {}
        views: dict[RelationName, tuple[str, str]] = {}
        for name in dict.fromkeys(names):
            schema, relation, kind = kinds.get((name.schema.lower(), name.identifier.lower()), ("", "", ""))
            if kind == "view":
                views[name] = (schema, relation)
            elif kind:
                found[name] = describe(self._sessions.main, name, (_catalog(side), schema, relation))
        return found | (self._read_views(side, views) if views else {})

    def keep(self, side: Side, name: str, sql: str) -> Table | Unreadable:
        """See the contract."""
        statement = Statement(sql, f"keep the rows of {name} at {side}")
        return self._keeper.keep(statement, name, self._files[side].workdir)

    def rows(self, table: Table) -> int | None:
        """See the contract."""
        return rows(self._sessions.main, table)

    def size(self, table: Table) -> int | None:
        """See the contract."""
        return size(self._sessions.main, table)

    def concurrency(self, threads: int) -> int:
        """See the contract: a session for each core, four at most."""
        return max(1, min(threads, os.cpu_count() or 1, _MOST_SESSIONS))

    def session(self) -> contextlib.AbstractContextManager[Asking]:
        """See the contract: a connection of its own."""
        return self._sessions.open()

    def ask(self, statement: Statement, within: float | None = None) -> list[Row]:
        """See the contract."""
        return self._sessions.main.ask(statement, within)

    def cost(self) -> Cost | None:
        """See the contract. DuckDB keeps no account, and this machine's time is the run's own."""
        return None

    def cancel(self) -> None:
        """See the contract."""
        self._sessions.stop()
        self._children.stop()

    def close(self) -> None:
        """See the contract."""
        self._sessions.close()

    def _run(self, sql: str) -> list[Row]:
        return self._sessions.main.run(sql)

    def _attach(self, database: Path, catalog: str) -> None:
        try:
            self._run(f"attach {text(str(database))} as {quote(catalog)} (read_only)")
        except QueryFailed as failure:
            words = failure.message
            remedy = (
                "Close the other program that has it open (DuckDB lets one process write, or many read)."
                if "lock" in words.lower()
                else "Check that it is a DuckDB file, of a version that the installed duckdb can read."
            )
            raise EnvironmentFailure(
                f"the database could not be opened: {words}", where=str(database), remedy=remedy
            ) from None

    def _relations(self, side: Side | Beside) -> dict[tuple[str, str], tuple[str, str, str]]:
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

    def _read_views(
        self, side: Side | Beside, views: Mapping[RelationName, tuple[str, str]]
    ) -> dict[RelationName, Table | Unreadable]:
        # Counted for each side, so that statements about views read the same in a replay.
        self._view_files[_catalog(side)] += 1
        catalog = f"{_catalog(side)}_views_{self._view_files[_catalog(side)]}"
        scratch = self._scratch / f"{catalog}.duckdb"
        tables = {f"v{number}": name for number, name in enumerate(views)}
        failures = self._read_into(scratch, side, {table: views[name] for table, name in tables.items()})
        if len(failures) < len(tables):
            self._attach(scratch, catalog)
        return {
            name: Unreadable(name, failures[table])
            if table in failures
            else describe(self._sessions.main, name, (catalog, "main", table))
            for table, name in tables.items()
        }

    def _read_into(self, scratch: Path, side: Side | Beside, views: Mapping[str, tuple[str, str]]) -> dict[str, str]:
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
        return {table: one_line(error) for table, error in errors.items() if error is not None}


def _catalog(side: Side | Beside) -> str:
    return f"proofbot_{side.replace(' ', '_')}"


def _last_line(words: str) -> str:
    lines = [line for line in words.splitlines() if line.strip() and "nanobind" not in line]
    return lines[-1].strip() if lines else ""
