"""Sessions of Snowflake: asking, stopping, counting what it takes."""

from __future__ import annotations

import contextlib
import logging
import math
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.domain import Row, Statement
from bot.errors import Interrupted, QueryFailed, UsageError
from bot.world.warehouses.grounds import OnAnswer, OnStatement
from bot.world.warehouses.snowflake import patience
from bot.world.warehouses.snowflake.credentials import arguments, query_tag
from bot.world.warehouses.snowflake.faults import is_expired, is_stopped, known_remedy, one_line, unreachable

if TYPE_CHECKING:
    from snowflake.connector import SnowflakeConnection

_CANCEL_SECONDS = 10.0
_PAUSE_SECONDS = 0.1
_CANCEL_STATEMENT_SECONDS = 5
_MORE_TIME = "Allow statements more time by `warehouse: {statement_seconds: ...}`."
_READING = ("select", "with", "show", "describe")


@dataclass(frozen=True)
class Account:
    """How sessions are opened, and how long a statement of theirs may take.

    `output` holds credentials; `where` says where it stands. `tag` is for Snowflake's history of queries. `compute` is
    the warehouse to use in place of the profile's.
    """

    output: Mapping[str, object]
    where: str
    tag: Mapping[str, str]
    statement_seconds: int
    compute: str | None = None

    @property
    def names(self) -> Mapping[str, str]:
        """What messages may say of the profile."""
        said = {name: str(self.output[name]) for name in ("role", "warehouse", "database") if self.output.get(name)}
        return said | ({"warehouse": self.compute} if self.compute else {})

    def connect(self) -> SnowflakeConnection:
        """A connection of its own.

        Raises:
            UsageError: the package is not installed, or the profile says what can't be used.
            EnvironmentFailure: Snowflake can't be reached, or does not let us in.
        """
        try:
            import snowflake.connector
        except ImportError:
            raise UsageError(
                "the Python package snowflake-connector-python is not installed",
                remedy="Install it with `pip install 'proofbot[snowflake]'`.",
            ) from None
        log = logging.getLogger("snowflake.connector")
        if log.level == logging.NOTSET:
            log.setLevel(logging.CRITICAL)  # what it says, errors say, too; its own words go to stderr unmasked
        wanted: dict[str, Any] = arguments(self.output, self.where, self.tag)
        wanted["session_parameters"]["STATEMENT_TIMEOUT_IN_SECONDS"] = self.statement_seconds
        wanted["backoff_policy"] = patience.pauses
        if self.compute:
            wanted["warehouse"] = self.compute
        try:
            return snowflake.connector.connect(**wanted)
        except snowflake.connector.errors.Error as error:
            raise unreachable(error, self.where, self.names) from None


class Sessions:
    """All sessions of a run: what they were asked, and how to stop them. `main` lives until `close`.

    Args:
        account: how they are opened.
        on_statement: called after each statement with the seconds it took; by any thread, by one at a time.
        on_answer: called after each statement with its rows (None where it failed) and the seconds it took; by the
            thread that asked, so by several at once.

    Raises:
        UsageError, EnvironmentFailure: see `Account.connect`.
    """

    def __init__(
        self, account: Account, on_statement: OnStatement | None = None, on_answer: OnAnswer | None = None
    ) -> None:
        self.account = account
        self._on_statement = on_statement
        self._on_answer = on_answer
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._asked = 0
        self._stopped = threading.Event()
        self._place: tuple[str, str] | None = None
        self._ids: list[int] = []
        self.lost = ""  # why nothing is asked any more: each statement would wait for a minute and more
        self.main = Session(self)
        self._sessions = {self.main}

    @property
    def asked(self) -> int:
        """How many statements were asked so far."""
        return self._asked

    @property
    def ids(self) -> Sequence[int]:
        """Snowflake's numbers of all sessions so far."""
        return tuple(self._ids)

    def opened(self, number: int | None) -> None:
        """Snowflake has given a session its number."""
        if number is not None:
            with self._lock:
                self._ids.append(number)

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    @property
    def place(self) -> tuple[str, str] | None:
        """The database and the schema in which sessions make their temporary tables."""
        return self._place

    def settle(self, database: str, schema: str) -> None:
        """Lets all sessions, those to come included, make their temporary tables in a schema.

        Raises:
            QueryFailed: there is no such schema.
        """
        self._place = (database, schema)
        self.main.settle()

    @contextlib.contextmanager
    def open(self) -> Iterator[Session]:
        """A session of its own. Its temporary tables are gone at its end."""
        session = Session(self)
        with self._lock:
            self._sessions.add(session)
        try:
            session.settle()
            yield session
        finally:
            with self._lock:
                self._sessions.discard(session)
            session.close()

    def stop(self) -> None:
        """Stops whatever runs in all sessions. It is said again until they have heard it, for some seconds."""
        self._stopped.set()
        patience = time.monotonic() + _CANCEL_SECONDS
        while time.monotonic() < patience:
            with self._lock:
                busy = [session for session in self._sessions if session.busy]
            if not busy:
                return
            for session in busy:
                session.interrupt()
            time.sleep(_PAUSE_SECONDS)

    def close(self) -> None:
        """Closes every session. May be called twice."""
        with self._lock:
            sessions, self._sessions = self._sessions, set()
        for session in sessions:
            session.close()

    def told(self, statement: Statement, rows: Sequence[Row] | None, seconds: float) -> None:
        """A statement was asked in one of the sessions; without rows, it failed."""
        with self._lock:
            self._asked += 1
        if self._on_answer:
            self._on_answer(statement, rows, seconds)
        if self._on_statement:
            with self._telling:
                self._on_statement(statement, seconds)


class Session:
    """One session of Snowflake's; an Asking, see `contract`. Statements of several threads wait for each other."""

    def __init__(self, sessions: Sessions) -> None:
        self.busy = False
        self._sessions = sessions
        self._turn = threading.Lock()
        self._connection = sessions.account.connect()
        self._has_temporary = False
        sessions.opened(self._connection.session_id)

    def ask(self, statement: Statement, within: float | None = None) -> list[Row]:
        """See the contract."""
        started = time.monotonic()
        rows = None
        try:
            rows = self.run(statement.sql, within, statement.purpose)
            return rows
        finally:
            self._sessions.told(statement, rows, time.monotonic() - started)

    def run(self, sql: str, within: float | None = None, purpose: str = "") -> list[Row]:
        """As `ask`, without being counted or told."""
        return self._fetch(sql, within, purpose)[1]

    def records(self, sql: str, within: float | None = None) -> list[dict[str, object]]:
        """As `run`: the rows by the lower-case names of their columns."""
        names, rows = self._fetch(sql, within, "")
        return [dict(zip(names, row, strict=True)) for row in rows]

    def settle(self) -> None:
        """Goes to where temporary tables may be made."""
        if self._sessions.place:
            database, schema = self._sessions.place
            self.run(f"use schema {quote(database)}.{quote(schema)}")

    def interrupt(self) -> None:
        """Stops what is running, from any thread: by another statement on the same connection."""
        with contextlib.suppress(Exception), self._connection.cursor() as cursor:
            cursor.execute(cancelling(self._connection.session_id), timeout=_CANCEL_STATEMENT_SECONDS)

    def close(self) -> None:
        """Closes the connection; Snowflake drops its temporary tables."""
        with contextlib.suppress(Exception):
            self._connection.close(retry=False)

    def _fetch(self, sql: str, within: float | None, purpose: str) -> tuple[list[str], list[Row]]:
        from snowflake.connector.errors import Error

        with self._turn:
            self.busy = True
            try:
                self._raise_if_stopped()
                if self._sessions.lost:
                    raise QueryFailed(self._sessions.lost, sql)
                try:
                    return self._execute(sql, within, purpose)
                except Error as error:
                    if not (is_expired(error) and self._may_repeat(sql)):
                        raise
                    self._reopen()
                    return self._execute(sql, within, purpose)
            except Error as error:
                self._raise_if_stopped()
                words = self._words(error, within)
                if getattr(error, "errno", None) == patience.GAVE_UP:
                    words = self._sessions.lost = f"the connection to Snowflake was lost: {words}"
                raise QueryFailed(words, sql) from None
            finally:
                self.busy = False

    def _execute(self, sql: str, within: float | None, purpose: str) -> tuple[list[str], list[Row]]:
        limit = self._sessions.account.statement_seconds if within is None else within
        tag = query_tag(self._sessions.account.tag, **({"check": purpose} if purpose else {}))
        self._has_temporary = self._has_temporary or " temporary " in sql[:60].lower()
        with self._connection.cursor() as cursor:
            # Whatever the account allows, what is said here is one statement. The limit holds for tries, too.
            cursor.execute(
                sql, timeout=max(1, math.ceil(limit)), num_statements=1, _statement_params={"QUERY_TAG": tag}
            )
            rows = cursor.fetchall()
            names = [str(column.name).lower() for column in cursor.description or ()]
        return names, [tuple(row) for row in rows]

    def _may_repeat(self, sql: str) -> bool:
        """Whether a statement can be asked once more, in a new session, as if nothing had been."""
        return sql.lstrip().lower().startswith(_READING) and not self._has_temporary

    def _reopen(self) -> None:
        self.close()
        self._connection = self._sessions.account.connect()
        self._sessions.opened(self._connection.session_id)
        if self._sessions.place:
            database, schema = self._sessions.place
            self._execute(f"use schema {quote(database)}.{quote(schema)}", None, "")

    def _words(self, error: Exception, within: float | None) -> str:
        if is_stopped(error):
            if within is not None:
                return f"stopped after {within:.3g} seconds"
            return f"stopped after {self._sessions.account.statement_seconds} seconds. {_MORE_TIME}"
        words = one_line(error)
        remedy = known_remedy(words, self._sessions.account.names, getattr(error, "errno", None))
        return f"{words.rstrip('.')}. {remedy}" if remedy else words

    def _raise_if_stopped(self) -> None:
        if self._sessions.stopped:
            raise Interrupted("the run was interrupted", remedy="Start it again.")


def cancelling(session_id: int | None) -> str:
    """A statement that stops all others of a session."""
    return f"select system$cancel_all_queries({session_id if session_id is not None else 'current_session()'})"


def quote(name: str) -> str:
    """An identifier, verbatim."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as a literal. A backslash begins an escape in Snowflake's."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
