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
from bot.errors import EnvironmentFailure, Interrupted, QueryFailed
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
    gives the quoted name of a table of ours in place of a temporary one, and `drop` drops that table; `limit` is in
    seconds."""

    spell: Callable[[str], str]
    place: Callable[[str], str]
    drop: Callable[[str], None]
    limit: float
    on_statement: OnStatement | None = None
    on_answer: OnAnswer | None = None


_DROPPED = re.compile(r"^\s*drop\s+table\s+if\s+exists\s+(\S+)\s*$", re.IGNORECASE)


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
        self._tables: dict[str, str] = {}

    def ask(self, statement: Statement, within: float | None = None) -> list[Row]:
        """See the contract."""
        limit = self._sessions.hearing.limit
        started = time.monotonic()
        rows: list[Row] | None = None
        try:
            sql = self._placed(self._sessions.hearing.spell(statement.sql))
            rows = self.run(sql, limit if within is None else min(within, limit))
        except QueryFailed as failure:
            raise QueryFailed(failure.message, statement.sql) from None
        finally:
            self._sessions.told(statement, rows, time.monotonic() - started)
        return rows

    def run(self, sql: str, within: float | None = None) -> list[Row]:
        """The rows of a statement that is spelled and placed; nobody is told."""
        dropped = _DROPPED.match(sql)
        if dropped:
            self._drop(dropped[1], within)
            return []
        created = _CREATED.match(sql)
        if created:
            name = created[1] or created[2]
            if name in self._kept:
                self._drop(name, within)
            self._kept.append(name)
        return self._ask(sql, within)

    def end(self) -> None:
        """Drops what was kept. What can't be dropped goes with its schema."""
        with contextlib.suppress(QueryFailed, Interrupted, EnvironmentFailure):
            for name in list(self._kept):
                self._drop(name, self._sessions.hearing.limit)
        self._sessions.wire.end(self._name)

    def _drop(self, name: str, within: float | None) -> None:
        """A table that stands for a temporary one is dropped as its adapter does: there may be files to be removed."""
        if name in self._tables:
            self._sessions.hearing.drop(self._tables[name])
        else:
            self._ask(f"drop table if exists {name}", within)
        if name in self._kept:
            self._kept.remove(name)

    def _ask(self, sql: str, within: float | None) -> list[Row]:
        rows = self._sessions.wire.call(self._name, "ask", sql=sql, within=within)
        return [decode(row) for row in rows]

    def _placed(self, sql: str) -> str:
        def place(found: re.Match[str]) -> str:
            table = f"{self._name}_{found[1]}"
            expression = self._sessions.hearing.place(table)
            self._tables[expression] = table
            return expression

        return _KEPT.sub(place, sql)
