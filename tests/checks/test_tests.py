"""The tests check: what became of a model's dbt tests."""

from __future__ import annotations

import json

import pytest

from bot import domain
from bot.checks import tests
from bot.core import verdict
from bot.domain import Built, ChangeKind, Finding, FromTo, Grade, NodeChange, NodeResult, Outcome

UID = "model.shop.a"


def _test(name: str, base: str | None, head: str | None, failures: int | None = 2) -> domain.TestReport:
    before = None if base is None else NodeResult(name, base, failures=2 if base == "fail" else None)
    after = None if head is None else NodeResult(name, head, failures=failures if head == "fail" else None)
    grade = verdict.grade_test(before, after)
    failed = [result.failures if result else None for result in (before, after)]
    return domain.TestReport(name, name, UID, base, head, failed[0], failed[1], grade)


def _ask(*reports: domain.TestReport) -> Finding:
    conversation = tests.check(Built(NodeChange(UID, ChangeKind.MODIFIED), None, None, reports), tests.Options())
    with pytest.raises(StopIteration) as ended:
        next(conversation)
    found = ended.value.value
    assert isinstance(found, Finding)
    return verdict.grade(found)


def test_dbt_tests_are_sorted_by_what_became_of_them() -> None:
    """A newly failing test would be listed as an old trouble, or the other way round."""
    found = _ask(
        _test("still good", "pass", "pass"),
        _test("new and good", None, "pass"),
        _test("broken now", "pass", "fail"),
        _test("worse", "fail", "fail", 3),
        _test("new and bad", None, "error"),
        _test("bad as before", "fail", "fail"),
        _test("good again", "fail", "pass"),
        _test("gone", "pass", None),
        _test("warns", "pass", "warn"),
        _test("not run", "pass", "skipped"),
    )
    measures = found.measures
    assert measures["passed"] == 3
    assert measures["newly_failing"] == ["broken now", "new and bad", "worse"]
    assert (measures["failed_before"], measures["mended"]) == (["bad as before"], ["good again"])
    assert (measures["warning"], measures["silent"]) == (["warns"], ["not run"])
    assert isinstance(measures["failing_rows"], dict)
    assert measures["failing_rows"]["worse"] == {"base": 2, "head": 3}
    assert json.loads(json.dumps(measures)) == measures
    assert found.message == (
        "3 dbt tests newly failing; 1 dbt test failing as before; 1 dbt test warning; "
        "1 dbt test without a result; 1 dbt test mended"
    )
    assert ("worse", "newly failing", FromTo("fail", "fail"), FromTo(2, 3)) in found.tables[0].rows


@pytest.mark.parametrize(
    ("base", "head", "outcome", "grade"),
    [
        ("pass", "pass", Outcome.UNCHANGED, Grade.PASS),
        ("pass", "fail", Outcome.UNCHANGED, Grade.FAIL),
        ("fail", "fail", Outcome.UNCHANGED, Grade.WARN),
        ("fail", "pass", Outcome.UNCHANGED, Grade.PASS),
        ("pass", "warn", Outcome.UNCHANGED, Grade.WARN),
        ("pass", "skipped", Outcome.SKIPPED, Grade.ERROR),
        ("pass", None, Outcome.SKIPPED, Grade.PASS),
    ],
)
def test_the_gate_follows_the_tests(base: str | None, head: str | None, outcome: Outcome, grade: Grade) -> None:
    """The model would be shown as good while its test closes the gate; or as changed while its data is the same."""
    found = _ask(_test("t", base, head))
    assert (found.outcome, found.grade) == (outcome, grade)


def test_nothing_to_say_is_said_shortly() -> None:
    """The report would hold an empty table for each model whose tests are good."""
    quiet = _ask(_test("still good", "pass", "pass"))
    assert (quiet.message, quiet.tables) == ("1 dbt test passed", ())
    assert (_ask().outcome, _ask().message) == (Outcome.SKIPPED, "no dbt test ran at head")
