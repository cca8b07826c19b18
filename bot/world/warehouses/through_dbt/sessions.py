"""Sessions of one process that asks by dbt: what each keeps for a while is dropped at its end."""

from __future__ import annotations

import contextlib
import itertools
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.domain import Row, Statement
from bot.errors import Interrupted, QueryFailed
from bot.world.warehouses.grounds import OnAnswer, OnStatement
from bot.world.warehouses.through_dbt.wire import Wire, decode

SESSION = "proofbot_in_session_"
"""The beginning of the names of tables that stand for temporary ones, in the statements that come in."""

_KEPT = re.compile(rf"[\"`\[]{SESSION}(\w+)[\"`\]]")
_CREATED = re.compile(
    r"^\s*(?:create\s+(?:temporary\s+|temp\s+)?table\s+(\S+)\s+as|select\s+\*\s+into\s+(\S+)\s+from)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Hearing:
    """How statements are asked, and who is told. `spell` makes of a statement what the warehouse understands; `place`
    gives the quoted name of a table of ours in place of a temporary one; `limit` is in seconds."""

    spell: Callable[[str], str]
    place: Callable[[str], str]
    limit: float
    on_statement: OnStatement | None = None
    on_answer: OnAnswer | None = None


class Sessions:
    """All sessions."""

    def __init__(self, wire: Wire, hearing: Hearing) -> None:
        self.wire, self.hearing = wire, hearing
        self.asked = 0
        self._numbers = itertools.count(1)
        self._telling = threading.Lock()
        self.main = Session(self, "main")

    @contextlib.contextmanager
    def open(self) -> Iterator[Session]:
        """A session of its own."""
        session = Session(self, f"s{next(self._numbers)}")
        try:
            yield session
        finally:
            session.end()

    def told(self, statement: Statement, rows: list[Row] | None, seconds: float) -> None:
        """Notes that a statement was asked; `rows` is None where it failed."""
        with self._telling:
            self.asked += 1
            if self.hearing.on_statement:
                self.hearing.on_statement(statement, seconds)
        if self.hearing.on_answer:
            self.hearing.on_answer(statement, rows, seconds)


class Session:
    """Asks one statement at a time; see `contract.Asking`."""

    def __init__(self, sessions: Sessions, name: str) -> None:
        self._sessions, self._name = sessions, name
        self._kept: list[str] = []

    def ask(self, statement: Statement, within: float | None = None) -> list[Row]:
        """See the contract."""
        limit = self._sessions.hearing.limit
        started = time.monotonic()
        rows: list[Row] | None = None
        try:
            sql = self._placed(self._sessions.hearing.spell(statement.sql))
            rows = self.run(sql, limit if within is None else min(within, limit))
        finally:
            self._sessions.told(statement, rows, time.monotonic() - started)
        return rows

    def run(self, sql: str, within: float | None = None) -> list[Row]:
        """The rows of a statement that is spelled and placed; nobody is told."""
        created = _CREATED.match(sql)
        name = (created[1] or created[2]) if created else ""
        if name in self._kept:
            self._ask(f"drop table if exists {name}", within)
        elif name:
            self._kept.append(name)
        return self._ask(sql, within)

    def end(self) -> None:
        """Drops what was kept. What can't be dropped goes with its schema."""
        with contextlib.suppress(QueryFailed, Interrupted):
            for name in self._kept:
                self._ask(f"drop table if exists {name}", self._sessions.hearing.limit)
        self._sessions.wire.end(self._name)

    def _ask(self, sql: str, within: float | None) -> list[Row]:
        rows = self._sessions.wire.call(self._name, "ask", sql=sql, within=within)
        return [decode(row) for row in rows]

    def _placed(self, sql: str) -> str:
        return _KEPT.sub(lambda found: self._sessions.hearing.place(f"{self._name}_{found[1]}"), sql)
