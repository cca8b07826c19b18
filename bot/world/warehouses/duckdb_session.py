"""Sessions of one DuckDB instance: connections that work side by side, each with temporary tables of its own."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from bot.domain import Row, Statement
from bot.errors import Interrupted, QueryFailed
from bot.world.secrets import mask

if TYPE_CHECKING:
    import duckdb

OnAnswer = Callable[[Statement, Sequence[Row] | None, float], None]

_CANCEL_SECONDS = 5.0
_PAUSE_SECONDS = 0.02


class Sessions:
    """All sessions of an instance: what they were asked, and how to stop them.

    Args:
        connection: the instance's first connection; `main` is the session on it, and lives until `close`.
        on_statement: called after each statement with the seconds it took; by any thread, by one at a time.
        on_answer: called after each statement with its rows (None where it failed) and the seconds it took; by the
            thread that asked, so by several at once.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        on_statement: Callable[[Statement, float], None] | None,
        on_answer: OnAnswer | None = None,
    ) -> None:
        self._on_statement = on_statement
        self._on_answer = on_answer
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._asked = 0
        self._settings: Sequence[str] = ()
        self._stopped = threading.Event()
        self.main = Session(connection, self)
        self._sessions = {self.main}

    @property
    def asked(self) -> int:
        """How many statements were asked so far."""
        return self._asked

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def prepare(self, shared: Sequence[str], own: Sequence[str]) -> None:
        """Runs statements that set something; what is refused is passed over.

        Args:
            shared: what holds for the whole instance, said once.
            own: settings, said at the start of each session: DuckDB keeps some of them for each connection.
        """
        self._settings = own
        self.main.prepare([*shared, *own])

    @contextlib.contextmanager
    def open(self) -> Iterator[Session]:
        """A session of its own. What it kept is gone at its end."""
        with self._lock:
            session = Session(self.main.connection.cursor(), self)
            self._sessions.add(session)
        try:
            session.prepare(self._settings)
            yield session
        finally:
            with self._lock:
                self._sessions.discard(session)
            session.close()

    def stop(self) -> None:
        """Interrupts all sessions. A statement between its start and DuckDB's does not hear it, so it is said again."""
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
        """Closes every connection. May be called twice."""
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
    """One connection; an Asking, see `contract`. Statements of several threads wait for each other."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, sessions: Sessions) -> None:
        self.connection = connection
        self.busy = False
        self._sessions = sessions
        self._turn = threading.Lock()

    def ask(self, statement: Statement, within: float | None = None) -> list[Row]:
        """See the contract."""
        started = time.monotonic()
        rows = None
        try:
            rows = self.run(statement.sql, within)
            return rows
        finally:
            self._sessions.told(statement, rows, time.monotonic() - started)

    def run(self, sql: str, within: float | None = None) -> list[Row]:
        """As `ask`, without being counted or told."""
        import duckdb

        with self._turn, self._watched(within) as late:
            try:
                rows = self.connection.execute(sql).fetchall()
            except duckdb.Error as error:
                self._raise_if_stopped()
                words = f"stopped after {within:.3g} seconds" if late.is_set() else one_line(str(error))
                raise QueryFailed(words, sql) from None
        return [tuple(row) for row in rows]

    def prepare(self, settings: Sequence[str]) -> None:
        """Sets the time zone to UTC, then what else is wished for; of that, what is refused is passed over."""
        self.run("set TimeZone = 'UTC'")
        for setting in settings:
            with contextlib.suppress(QueryFailed):
                self.run(setting)

    def interrupt(self) -> None:
        """Stops what is running, from any thread."""
        import duckdb

        with contextlib.suppress(duckdb.Error):
            self.connection.interrupt()

    def close(self) -> None:
        """Closes the connection."""
        self.connection.close()

    @contextlib.contextmanager
    def _watched(self, within: float | None) -> Iterator[threading.Event]:
        """Lets a statement run so that it can be stopped; the event says that its time was up."""
        late, over = threading.Event(), threading.Event()

        def stop_late() -> None:
            late.set()
            while not over.wait(_PAUSE_SECONDS):
                self.interrupt()

        timer = threading.Timer(within, stop_late) if within is not None else None
        self.busy = True
        try:
            self._raise_if_stopped()
            if timer:
                timer.start()
            yield late
        finally:
            self.busy = False
            over.set()
            if timer and timer.is_alive():
                timer.cancel()
                timer.join()  # a late interrupt must not reach the next statement

    def _raise_if_stopped(self) -> None:
        if self._sessions.stopped:
            raise Interrupted("the run was interrupted", remedy="Start it again.")


def quote(name: str) -> str:
    """An identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as a literal."""
    return "'" + value.replace("'", "''") + "'"


def one_line(words: str) -> str:
    """The first paragraph of DuckDB's words, on one line: what follows shows the statement."""
    return mask(" ".join(words.strip().split("\n\n", 1)[0].split()))
