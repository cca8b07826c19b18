"""What past requests tell of a policy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core import backtest
from bot.core.backtest import Merged, Trial
from bot.domain import Finding, Grade, NamedReport, Outcome, Preset, Problem, Revision, Status, TestReport
from tests.render import reports

_MERGED = Merged(Revision("c" * 40, "cccccccccc", "Merge one"), "b" * 40, "h" * 40)
_OPEN, _CLOSED, _ERROR = Status.SUCCESS, Status.FAILURE, Status.ERROR


def _trial(status: Status | None, *rules: str, strict: Status = _CLOSED) -> Trial:
    presets = {Preset.ADVISORY: _OPEN, Preset.STANDARD: status or _OPEN, Preset.STRICT: strict}
    return Trial(_MERGED, status, "words", 1.5, rules, presets if status else {})


_TRIALS = (
    _trial(_CLOSED, "standard: changed", ".proofbot.yml:3: added"),
    _trial(_CLOSED, "standard: changed"),
    _trial(_OPEN),
    _trial(_OPEN, strict=_OPEN),
    _trial(_ERROR, "every policy: errored"),
    _trial(None),
)


def test_it_is_counted_what_each_rule_and_each_preset_would_have_kept_out() -> None:
    """A team would make a policy required that closes the gate to every second request."""
    assert backtest.closed(_TRIALS) == 3
    assert len(backtest.proven(_TRIALS)) == 5
    assert backtest.closed_by_rule(_TRIALS) == (
        ("standard: changed", 2),
        (".proofbot.yml:3: added", 1),
        ("every policy: errored", 1),
    )
    assert backtest.closed_by_preset(_TRIALS) == {Preset.ADVISORY: 0, Preset.STANDARD: 3, Preset.STRICT: 4}


def test_programs_can_read_all_of_it() -> None:
    """Nobody could draw a line over weeks."""
    told = backtest.document(_TRIALS, "main")
    requests = told["requests"]
    assert isinstance(requests, list)
    assert (told["branch"], told["proven"], told["closed"], len(requests)) == ("main", 5, 3, 6)
    assert told["presets"] == {"advisory": 0, "standard": 3, "strict": 4}
    assert (requests[0]["subject"], requests[0]["status"], requests[5]["status"]) == ("Merge one", "failure", None)


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ((), False),
        (("README.md", "docs/a/b.png", ".github/workflows/ci.yml", "LICENSE"), False),
        (("README.md", "models/orders.sql"), True),
        (("dbt_project.yml",), True),
        (("models/docs.md/x.sql",), True),
        (("seeds/.github",), True),
    ],
)
def test_what_only_people_read_is_not_built(paths: tuple[str, ...], *, expected: bool) -> None:
    """A backtest would build for hours what cannot matter, or say of a changed model that it was none."""
    assert backtest.concerns_data(paths) is expected


def test_the_rules_that_close_a_gate_are_told_once_each() -> None:
    """A rule would be blamed for what it lets through, or the one that keeps people out would never be named."""
    model, *_ = reports.shop().models
    failing = Finding("values", Outcome.CHANGED, "", Grade.FAIL, rule="standard: changed")
    passing = Finding("schema", Outcome.UNCHANGED, "", Grade.PASS, rule="standard: unchanged")
    closed = replace(model, grade=Grade.FAIL, rule="standard: changed", findings=(failing, passing))
    test = TestReport("test.shop.t", "t", None, "pass", "fail", 0, 1, Grade.FAIL, rule=".proofbot.yml:9: failed")
    warned = replace(test, grade=Grade.WARN, rule="standard: failed before")
    named = NamedReport("query", "q", (), replace(failing, grade=Grade.ERROR), rule="every policy: errored")
    report = replace(reports.shop(), models=(closed, closed), tests=(test, warned), named=(named,))
    told = (".proofbot.yml:9: failed", "every policy: errored", "standard: changed")
    assert backtest.closing_rules(report) == told
    assert backtest.closing_rules(replace(report, models=(), tests=(), named=())) == ()
    assert backtest.closing_rules(replace(report, problem=Problem("head does not parse", "", ""))) == (
        "could not run: head does not parse",
    )
