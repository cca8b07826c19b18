"""Tests of bot/render/lines_of_tests.py."""

from __future__ import annotations

from dataclasses import replace

from bot import domain
from bot.domain import Acceptance, Grade
from bot.render.dress import Labels
from bot.render.lines_of_tests import asides, failure, newly_failing, without_result
from bot.render.markdown_style import DRESS
from tests.render.reports import equal

ONE = domain.TestReport("test.shop.a", "unique_a", "model.shop.orders", "pass", "fail", 0, 12, Grade.FAIL)
LABELS = Labels((equal("orders", 3),))


def test_the_number_of_failures_is_told_once() -> None:
    """dbt's message says the same number again, in more words."""
    told = failure(replace(ONE, message="Got 12 results, configured to fail if != 0"), LABELS, DRESS)
    assert told == "`unique_a` on `orders` fails with 12 failures (passed before)"
    other = replace(ONE, message="Got 12 results, configured to fail if != 0\n  Database Error: out of memory")
    assert failure(other, LABELS, DRESS).endswith("Database Error: out of memory")
    unknown = replace(ONE, head_failures=None, message="Got 12 results, configured to fail if != 0")
    assert "Got 12 results" in failure(unknown, LABELS, DRESS)


def test_what_was_accepted_stays_among_the_failing_and_comes_last() -> None:
    """A test that somebody waved through would be gone from the page, or stand before those that close the gate."""
    accepted = replace(ONE, name="accepted", grade=Grade.WARN, accepted=Acceptance("orders", "octocat", "known"))
    found = newly_failing([accepted, ONE])
    assert [test.name for test in found] == ["unique_a", "accepted"]
    assert failure(accepted, LABELS, DRESS).endswith("(passed before), accepted")
    assert failure(replace(accepted, grade=Grade.FAIL), LABELS, DRESS).endswith("(passed before)")


def test_a_test_that_fails_more_is_news_also_where_the_policy_only_warns() -> None:
    """The headline would count a test that no list names, under the policy of everybody who has not chosen one."""
    more = replace(ONE, base="fail", base_failures=3, grade=Grade.WARN, rule="advisory: failed")
    assert newly_failing([more]) == [more]
    assert list(asides([more], DRESS)) == []
    old = replace(more, head_failures=3, rule="advisory: failed before")
    assert newly_failing([old]) == []
    assert [line.label for line in asides([old], DRESS)] == ["Tests that still fail"]


def test_a_test_without_a_result_is_told_as_such_and_once() -> None:
    """The gate would be closed by a test that no page names."""
    lost = [
        replace(ONE, name="new", base=None, head=None, grade=Grade.ERROR),
        replace(ONE, name="skipped", head="skipped", grade=Grade.ERROR),
    ]
    assert [test.name for test in without_result([ONE, *lost])] == ["new", "skipped"]
    assert list(asides(lost, DRESS)) == []
    assert [line.label for line in asides([replace(lost[1], grade=Grade.WARN)], DRESS)] == ["Tests not run at head"]
