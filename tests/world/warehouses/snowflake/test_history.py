"""What a run has taken: the statement as Snowflake's grammar reads it, and what is made of answers that it might give.

fakesnow keeps no history of queries; `test_warehouse` shows what is told then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
import sqlglot
from sqlglot import exp

from bot.domain import Cost, Row
from bot.errors import Interrupted, QueryFailed
from bot.world.warehouses.snowflake import history
from bot.world.warehouses.snowflake.names import Names
from bot.world.warehouses.snowflake.session import Sessions

_NAMES = Names(by_database=True, stem="PROOFBOT_PR_12_ABC123", database="ANALYTICS", schema="ci")
_NOW = datetime(2026, 3, 4, 5, 6, 7, 890_000, UTC)
_CHECKS, _BUILDS, _OTHERS = 11, 12, 13
_ALONE: Sequence[Row] = (
    (_CHECKS, True, 40, 1_200_000_000, 48_000, 0.002),
    (_BUILDS, True, 10, 3_400_000_000, 125_500, None),
    (_OTHERS, False, 7, 5, 5, 5),
)


class _Account:
    """A session of checks on an account whose history says what it is told to."""

    def __init__(self, *answers: Sequence[Row] | Exception) -> None:
        self.asked: list[str] = []
        self._answers = [((_NOW.strftime("%Y-%m-%dT%H:%M:%S.890"),),), *answers]

    def run(self, sql: str, within: float) -> list[Row]:
        assert 0 < within <= 30
        self.asked.append(sql)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return list(answer)

    def cost(self, seconds: float = 600) -> Cost | None:
        account = SimpleNamespace(tag={"run": "0123456789ab", "request": "12"})
        sessions = SimpleNamespace(main=self, ids=(_CHECKS,), account=account)
        return history.cost(cast(Sessions, sessions), _NAMES, seconds)


def test_the_statement_is_one_that_snowflake_can_read() -> None:
    """On a real account nothing would be told of costs, because the statement has a slip in it."""
    span = (_NOW - timedelta(minutes=10), _NOW)
    parsed = sqlglot.parse_one(history.statement(_NAMES, '"run": "0123456789ab"', span), dialect="snowflake")
    assert isinstance(parsed, exp.Select)
    assert not list(parsed.find_all(exp.Command))
    literals = [literal.this for literal in parsed.find_all(exp.Literal)]
    assert literals.count("PROOFBOT_PR_12_ABC123_") == 2
    assert '"run": "0123456789ab"' in literals
    assert "2026-03-04T04:56:07.890+00:00" in literals
    assert "2026-03-04T05:06:07.890+00:00" in literals
    assert "10000" in literals


def test_checks_and_builds_are_told_apart_and_others_are_left_out() -> None:
    """Who pays could not tell which of the two to make cheaper, or would see what somebody else has taken."""
    assert _Account(_ALONE).cost() == Cost(40, 1_200_000_000, 48.0, 0.002, builds=Cost(10, 3_400_000_000, 125.5, None))


def test_more_statements_than_the_history_gives_at_once_are_asked_about_in_halves() -> None:
    """A large run would be told to have taken as much as its last 10,000 statements."""
    much = ((_OTHERS, False, 9_000, 0, 0, None), (_CHECKS, True, 1_000, 1, 1, None))
    later = ((_CHECKS, True, 900, 2_000, 3_000, 0.5),)
    earlier = ((_CHECKS, False, 500, 1_000, 1_000, None), (_BUILDS, True, 200, 7, 1_000, None))
    account = _Account(much, later, earlier)
    assert account.cost(570) == Cost(1_400, 3_000, 4.0, 0.5, builds=Cost(200, 7, 1.0))
    whole, second, first = (sql.partition("end_time_range_start")[2] for sql in account.asked[1:])
    assert ["04:56:07" in one for one in (whole, second, first)] == [True, False, True]
    assert ["05:01:07" in one for one in (whole, second, first)] == [False, True, True]


@pytest.mark.parametrize(
    "answer",
    [
        QueryFailed("Unknown function QUERY_HISTORY_BY_USER", "select"),
        ((_OTHERS, False, 7, 5, 5, 5),),
        ((_CHECKS, True, "many", 5, 5, 5),),
        ((_CHECKS,),),
        (),
    ],
)
def test_what_is_not_told_is_left_out(answer: Sequence[Row] | Exception) -> None:
    """A run that has proven something would end in an error, or be told to have cost nothing."""
    assert _Account(answer).cost() is None


def test_a_second_with_too_many_statements_is_not_halved_for_ever() -> None:
    """The run would hang at its very end."""
    full: Sequence[Row] = ((_CHECKS, True, history.MOST_ROWS, 1, 1, None),)
    account = _Account(*[full] * 20)
    assert account.cost() is None
    assert len(account.asked) < 15


def test_builds_that_nobody_tells_of_are_not_told_as_nothing() -> None:
    """Builds would look free."""
    told = _Account(_ALONE[:1]).cost()
    assert told is not None
    assert told.builds is None


def test_a_run_that_is_stopped_does_not_go_on() -> None:
    """Ctrl-C in the last second would be swallowed."""
    with pytest.raises(Interrupted):
        _Account(Interrupted("the run was interrupted", remedy="")).cost()
