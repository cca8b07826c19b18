"""Counts what is spent of a budget, and refuses what goes beyond it."""

from __future__ import annotations

import threading
import time

from bot.domain import Budget, Row, Spent, Statement
from bot.errors import BudgetSpent, QueryFailed
from bot.world.warehouses.contract import Asking


class Meter:
    """What was spent of one budget, by all sessions together. Safe to be used by several threads.

    Rows and bytes are not its business: they decide how much of a pair is looked at, before anything is asked.

    Args:
        budget: its seconds count from the first statement on.
        whose: `run` or `check`, for the words of BudgetSpent.
    """

    def __init__(self, budget: Budget, whose: str = "run") -> None:
        self._budget = budget
        self._whose = whose
        self._lock = threading.Lock()
        self._started: float | None = None
        self._statements = 0
        self._rows = 0

    @property
    def spent(self) -> Spent:
        """What was spent so far."""
        with self._lock:
            return Spent(self._seconds(), self._statements, self._rows)

    def watch(self, asking: Asking) -> Asking:
        """A session that spends this budget; meters may watch a session that is watched by another."""
        return _Watched(asking, self)

    def done(self, rows: int) -> None:
        """A pair is done with, of which so many rows were looked at."""
        with self._lock:
            self._rows += rows

    def take(self) -> float | None:
        """Counts a statement that is about to be asked. Returns the seconds that are left, None if they don't end.

        Raises:
            BudgetSpent: it may not be asked.
        """
        limit = self._budget.statements
        with self._lock:
            if limit is not None and self._statements >= limit:
                raise BudgetSpent(
                    f"the {self._whose}'s budget of {limit:,} statement{'' if limit == 1 else 's'} is used up"
                )
            left = self._budget.seconds if self._started is None else self._left()
            self._started = self._started or time.monotonic()
            self._statements += 1
        return left

    def check(self) -> None:
        """Raises BudgetSpent if the time is up."""
        with self._lock:
            self._left()

    def _seconds(self) -> float:
        return 0.0 if self._started is None else time.monotonic() - self._started

    def _left(self) -> float | None:
        limit = self._budget.seconds
        if limit is None:
            return None
        left = limit - self._seconds()
        if left <= 0:
            raise BudgetSpent(f"the {self._whose}'s budget of {limit:,} second{'' if limit == 1 else 's'} is used up")
        return left


class _Watched:
    """An Asking that asks another one as long as a meter lets it."""

    def __init__(self, asking: Asking, meter: Meter) -> None:
        self._asking = asking
        self._meter = meter

    def ask(self, statement: Statement, within: float | None = None) -> list[Row]:
        """See the contract. Raises BudgetSpent, too."""
        left = self._meter.take()
        limits = [limit for limit in (within, left) if limit is not None]
        try:
            return self._asking.ask(statement, min(limits, default=None))
        except QueryFailed:
            self._meter.check()
            raise
