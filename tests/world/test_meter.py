"""What is spent of a budget: counted by all sessions together, and refused beyond it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.domain import Budget, Row, Spent, Statement
from bot.errors import BudgetSpent, QueryFailed
from bot.world.meter import Meter


class _Asked:
    """An Asking that notes how long statements may take. One that fails does so at the end of its time."""

    def __init__(self, failure: QueryFailed | None = None) -> None:
        self.limits: list[float | None] = []
        self._failure = failure

    def ask(self, statement: Statement, within: float | None = None) -> list[Row]:
        self.limits.append(within)
        if self._failure:
            time.sleep(min(within or 0, 0.01))
            raise self._failure
        return [(statement.sql,)]


_ONE = Statement("select 1", "count rows")


def test_statements_beyond_the_budget_are_refused_and_said() -> None:
    """A run would cost more than the user allowed, or stop without a word."""
    asked = _Asked()
    meter = Meter(Budget(statements=2))
    first, second = meter.watch(asked), meter.watch(asked)
    assert first.ask(_ONE) == [("select 1",)]
    second.ask(_ONE)
    with pytest.raises(BudgetSpent, match=r"^the run's budget of 2 statements is used up$"):
        first.ask(_ONE)
    assert len(asked.limits) == 2
    assert meter.spent.statements == 2


def test_no_statement_is_counted_twice_or_lost() -> None:
    """Sessions side by side would spend more than there is."""
    asked = _Asked()
    meter = Meter(Budget(statements=500))

    def spend(_: int) -> int:
        session = meter.watch(asked)
        refused = 0
        for _ in range(100):
            try:
                session.ask(_ONE)
            except BudgetSpent:
                refused += 1
        return refused

    with ThreadPoolExecutor(8) as pool:
        refused = sum(pool.map(spend, range(8)))
    assert (len(asked.limits), refused) == (500, 300)


def test_a_statement_may_take_the_time_that_is_left() -> None:
    """One long statement would take hours under a budget of seconds."""
    asked = _Asked()
    session = Meter(Budget(seconds=1000)).watch(asked)
    session.ask(_ONE)
    session.ask(_ONE, within=5)
    session.ask(_ONE, within=5000)
    first, second, third = asked.limits
    assert first is not None
    assert third is not None
    assert 0 < third < first <= 1000
    assert second == 5


def test_time_that_is_up_is_said_as_the_budget() -> None:
    """A finding would say that the warehouse failed, and not which limit to raise."""
    late = _Asked(QueryFailed("stopped after 0.01 seconds", "select 1"))
    session = Meter(Budget(seconds=0.01), "check").watch(late)
    with pytest.raises(BudgetSpent, match=r"^the check's budget of 0.01 seconds is used up$"):
        session.ask(_ONE)
    with pytest.raises(BudgetSpent):
        session.ask(_ONE)
    assert len(late.limits) == 1, "nothing is asked when the time is up"


def test_a_failure_in_time_stays_what_it_is() -> None:
    """A mistake in a query would be told as a budget that is used up."""
    session = Meter(Budget(seconds=1000, statements=5)).watch(_Asked(QueryFailed("no such column", "select 1")))
    with pytest.raises(QueryFailed, match="no such column"):
        session.ask(_ONE)


def test_the_tighter_of_two_budgets_counts() -> None:
    """A check with a budget of its own would spend more than it may, or more than the run has."""
    asked = _Asked()
    run = Meter(Budget(statements=3))
    check = Meter(Budget(statements=2), "check")
    session = check.watch(run.watch(asked))
    session.ask(_ONE)
    session.ask(_ONE)
    with pytest.raises(BudgetSpent, match="the check's budget"):
        session.ask(_ONE)
    other = Meter(Budget(statements=2), "check").watch(run.watch(asked))
    other.ask(_ONE)
    with pytest.raises(BudgetSpent, match="the run's budget"):
        other.ask(_ONE)


def test_what_was_spent_is_known() -> None:
    """How much of a table fits into the time that is left could not be estimated."""
    meter = Meter(Budget())
    assert meter.spent == Spent(0.0, 0, 0), "time runs from the first statement on"
    meter.watch(_Asked()).ask(_ONE)
    meter.done(1000)
    meter.done(500)
    spent = meter.spent
    assert (spent.statements, spent.rows) == (1, 1500)
    assert spent.seconds > 0
