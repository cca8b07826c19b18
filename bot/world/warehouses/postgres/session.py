"""Sessions of one database: connections that work side by side, each with temporary tables of its own."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from bot.domain import Row, Statement
from bot.errors import EnvironmentFailure, Interrupted, QueryFailed
from bot.world.warehouses.grounds import OnAnswer, OnStatement
from bot.world.warehouses.postgres.credentials import Server, find_driver
from bot.world.warehouses.postgres.remedies import LOST, with_remedy
from bot.world.warehouses.postgres.spelling import one_line

if TYPE_CHECKING:
    import psycopg

_CANCEL_SECONDS = 5.0
_PAUSE_SECONDS = 0.02
_AGAIN_SECONDS = 0.25


class Refused(QueryFailed):
    """A statement that failed, with the SQLSTATE, where the server gave one."""

    def __init__(self, message: str, sql: str, state: str) -> None:
        super().__init__(message, sql)
        self.state = state


class Sessions:
    """All sessions of a database: what they were asked, and how to stop them.

    Args:
        server: where.
        database: its name.
        on_statement: called after each statement with the seconds it took; by any thread, by one at a time.
        on_answer: called after each statement with its rows (None where it failed) and the seconds it took; by the
            thread that asked, so by several at once.
    """

    def __init__(
        self,
        server: Server,
        database: str,
        on_statement: OnStatement | None = None,
        on_answer: OnAnswer | None = None,
    ) -> None:
        self._server = server
        self._database = database
        self._on_statement = on_statement
        self._on_answer = on_answer
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._asked = 0
        self._stopped = threading.Event()
        self.main = Session(self)
        self._sessions = {self.main}

    @property
    def asked(self) -> int:
        """How many statements were asked so far."""
        return self._asked

    def connect(self) -> psycopg.Connection[Row]:
        """A connection. Raises EnvironmentFailure, or Interrupted where `stop` was called."""
        self.raise_if_stopped()
        return self._server.connect(self._database, self._stopped.wait)

    @contextlib.contextmanager
    def open(self) -> Iterator[Session]:
        """A session of its own. What it kept is gone at its end. Raises EnvironmentFailure."""
        session = Session(self)
        with self._lock:
            self._sessions.add(session)
        try:
            yield session
        finally:
            with self._lock:
                self._sessions.discard(session)
            session.close()

    def stop(self) -> None:
        """Cancels what runs in all sessions. A statement between its start and the server's does not hear it, so it is
        said again; a server that does not listen is left."""
        self._stopped.set()
        patience = time.monotonic() + _CANCEL_SECONDS
        while True:
            with self._lock:
                busy = [session for session in self._sessions if session.busy]
            if not busy:
                return
            is_over = time.monotonic() > patience
            for session in busy:
                if is_over:
                    session.sever()
                else:
                    session.interrupt()
            if is_over:
                return
            time.sleep(_PAUSE_SECONDS)

    def close(self) -> None:
        """Closes every connection. May be called twice."""
        with self._lock:
            sessions, self._sessions = self._sessions, set()
        for session in sessions:
            session.close()

    def raise_if_stopped(self) -> None:
        """Raises Interrupted if `stop` was called."""
        if self._stopped.is_set():
            raise Interrupted("the run was interrupted", remedy="Start it again.")

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
    """One connection, made when it is first needed, and anew when it was lost; an Asking, see `contract`. Statements of
    several threads wait for each other.

    Args:
        sessions: what it belongs to.
        greeting: what is said to each new connection.
    """

    def __init__(self, sessions: Sessions, greeting: Sequence[str] = ()) -> None:
        self.busy = False
        self._sessions = sessions
        self._greeting = greeting
        self._turn = threading.Lock()
        self._connection: psycopg.Connection[Row] | None = None

    def ask(self, statement: Statement, within: float | None = None) -> list[Row]:
        """See the contract."""
        return self._ask(statement, within, is_one=False)

    def ask_one(self, statement: Statement) -> None:
        """As `ask`, for a text that must be one statement."""
        self._ask(statement, None, is_one=True)

    def _ask(self, statement: Statement, within: float | None, *, is_one: bool) -> list[Row]:
        started = time.monotonic()
        rows = None
        try:
            rows = self._run(statement.sql, within, is_one=is_one)
            return rows
        except Refused as refused:
            raise Refused(with_remedy(refused.message, refused.state), statement.sql, refused.state) from None
        except EnvironmentFailure as failure:
            raise QueryFailed(f"{failure.message}. {failure.remedy}", statement.sql) from None
        finally:
            self._sessions.told(statement, rows, time.monotonic() - started)

    def run(self, sql: str, within: float | None = None) -> list[Row]:
        """As `ask`, without being counted or told. Several statements are one transaction; the last one's rows count.

        Raises:
            Refused: the server refused or failed, or the connection was lost.
            EnvironmentFailure: there is no connection.
            Interrupted: the sessions were stopped.
        """
        return self._run(sql, within, is_one=False)

    def _run(self, sql: str, within: float | None, *, is_one: bool) -> list[Row]:
        driver = find_driver()
        with self._turn, self._watched(within) as late:
            connection = self._connected()
            try:
                return _execute(connection, sql, is_one=is_one)
            except driver.Error as error:
                self._settle(connection)
                self._sessions.raise_if_stopped()
                if late.is_set():
                    raise Refused(f"stopped after {within:.3g} seconds", sql, "") from None
                state = error.sqlstate or (LOST if connection.closed else "")
                raise Refused(_words(error, connection), sql, state) from None
            except UnicodeError as error:
                raise Refused(one_line(str(error)), sql, "") from None
            except BaseException:  # a signal, in the middle of an answer
                self.interrupt()
                self.close()
                raise

    def interrupt(self) -> None:
        """Cancels what is running, from any thread."""
        connection = self._connection
        if connection is not None and not connection.closed:
            with contextlib.suppress(find_driver().Error):
                if hasattr(connection, "cancel_safe"):
                    connection.cancel_safe(timeout=_CANCEL_SECONDS)
                else:  # psycopg 3.1
                    connection.cancel()

    def sever(self) -> None:
        """Cuts the connection, from any thread: for a server that does not answer any more."""
        connection = self._connection
        if connection is not None and not connection.closed:
            with (
                contextlib.suppress(OSError, find_driver().Error),
                socket.socket(fileno=os.dup(connection.fileno())) as s,
            ):
                s.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Closes the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connected(self) -> psycopg.Connection[Row]:
        if self._connection is None or self._connection.closed:
            made = self._sessions.connect()
            self._connection = made
            for words in self._greeting:
                made.execute(words.encode())
        return self._connection

    def _settle(self, connection: psycopg.Connection[Row]) -> None:
        """Ends the transaction that a failed statement of the user's began."""
        if not connection.closed:
            with contextlib.suppress(find_driver().Error):
                connection.rollback()

    @contextlib.contextmanager
    def _watched(self, within: float | None) -> Iterator[threading.Event]:
        """Lets a statement run so that it can be stopped; the event says that its time was up."""
        late, over = threading.Event(), threading.Event()

        def stop_late() -> None:
            late.set()
            patience = time.monotonic() + _CANCEL_SECONDS
            while not over.is_set():
                if time.monotonic() > patience:
                    self.sever()
                else:
                    self.interrupt()
                over.wait(_AGAIN_SECONDS)

        timer = threading.Timer(within, stop_late) if within is not None else None
        self.busy = True
        try:
            self._sessions.raise_if_stopped()
            if timer:
                timer.start()
            yield late
        finally:
            self.busy = False
            over.set()
            if timer and timer.is_alive():
                timer.cancel()
                timer.join()  # a late cancel must not reach the next statement


def _execute(connection: psycopg.Connection[Row], sql: str, *, is_one: bool) -> list[Row]:
    # The server refuses several statements where the answer is to be binary.
    with connection.cursor() as cursor:
        cursor.execute(sql.encode(), binary=is_one or None)
        while cursor.nextset():
            pass
        return cursor.fetchall() if cursor.description is not None else []


def _words(error: Any, connection: psycopg.Connection[Row]) -> str:
    """Why a statement failed, without its text."""
    words = one_line(error.diag.message_primary or str(error).strip().split("\n", 1)[0])
    return f"the connection to Postgres was lost: {words}" if connection.closed else words
