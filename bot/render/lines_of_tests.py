"""The lines of a report about dbt's tests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from bot.core.policy import event_of
from bot.domain import Event, Grade, TestReport
from bot.render import figures
from bot.render.dress import Dress, Labels, Line
from bot.render.words import beginning, is_accepted

_FAILING = frozenset({"fail", "error", "runtime error"})
_NUMBER_AGAIN = re.compile(r"\s*Got \d+ results?, configured to fail if [^\n]*\s*")


def newly_failing(tests: Iterable[TestReport]) -> list[TestReport]:
    """The tests that fail at head and did not at base, or not as much; those that somebody accepted come last."""
    return sorted(filter(_fails_newly, tests), key=lambda test: is_accepted(test.grade, test.accepted))


def without_result(tests: Iterable[TestReport]) -> list[TestReport]:
    """The tests that should have shown something at head and did not."""
    return [test for test in tests if test.grade is Grade.ERROR and not _fails_newly(test)]


def failure(test: TestReport, labels: Labels, dress: Dress) -> str:
    """What there is to say of a newly failing test, with its numbers."""
    model = f" on {dress.name(labels.of(test.model))}" if test.model else ""
    now = "fails" if test.head == "fail" else "cannot be run"
    found = f" with {figures.plural(test.head_failures, 'failure')}" if test.head_failures else ""
    before = {None: "new", "pass": "passed before", "fail": "failed before"}.get(test.base, "did not run before")
    if test.base == "fail" and test.base_failures:
        before = f"{figures.count(test.base_failures)} before"
    is_told = test.head_failures and _NUMBER_AGAIN.fullmatch(test.message)
    message = f": {dress.prose(beginning(test.message))}" if test.message and not is_told else ""
    accepted = ", accepted" if is_accepted(test.grade, test.accepted) else ""
    return f"{dress.name(test.name)}{model} {now}{found} ({before}){accepted}{message}"


def asides(tests: Sequence[TestReport], dress: Dress) -> Iterable[Line]:
    """The tests that are no news."""
    old = [test for test in tests if not _fails_newly(test) and test.grade is not Grade.ERROR]
    groups: Mapping[str, Sequence[TestReport]] = {
        "Tests that warn since this change": [test for test in old if test.head == "warn" != test.base],
        "Tests that still fail": [test for test in old if _fails(test.base) and _fails(test.head)],
        "Tests mended": [test for test in old if _fails(test.base) and test.head == "pass"],
        "Tests not run at head": [test for test in old if test.base is not None and test.head == "skipped"],
    }
    for label, group in groups.items():
        if group:
            yield Line(label, f"{figures.count(len(group))}: {dress.names([test.name for test in group])}")


def _fails_newly(test: TestReport) -> bool:
    """As the headline counts them, also where the policy only warns of it."""
    is_news = not _fails(test.base) or test.grade in (Grade.FAIL, Grade.ERROR) or test.accepted is not None
    return _fails(test.head) and (is_news or event_of(test.rule) is Event.FAILED)


def _fails(status: str | None) -> bool:
    return status in _FAILING
