"""Tests of bot/core/acceptance.py."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.acceptance import apply, in_force, unmatched
from bot.core.report import concluded
from bot.domain import (
    Acceptance,
    Bound,
    Finding,
    Grade,
    ModelReport,
    NamedReport,
    Outcome,
    Problem,
    Report,
    Status,
    TestReport,
)
from tests.core.honest import honest_reports
from tests.render.reports import RUN, model

_FAILS = Finding("values", Outcome.CHANGED, "Rows differ.", Grade.FAIL, bound=Bound.FAIL)
_PASSES = Finding("schema", Outcome.UNCHANGED, "", Grade.PASS)
_BREAKS = Finding("keys", Outcome.ERRORED, "The statement failed.", Grade.ERROR)


def _failing(name: str) -> ModelReport:
    return replace(model(name, Outcome.CHANGED, Grade.FAIL), findings=(_FAILS, _PASSES))


def _dbt_test(name: str, on: str | None, grade: Grade = Grade.FAIL) -> TestReport:
    return TestReport(f"test.shop.{name}", name, on, "pass", "fail", 0, 1, grade)


def _report(*models: ModelReport, tests: tuple[TestReport, ...] = (), named: tuple[NamedReport, ...] = ()) -> Report:
    return concluded(Report(RUN, Status.ERROR, "", models, tests, named=named))


def _accept(name: str, by: str = "octocat", reason: str = "as planned") -> Acceptance:
    return Acceptance(name, by, reason)


def test_a_model_is_accepted_with_its_findings_and_tests() -> None:
    """A maintainer could not let a meant change pass, or would let a test pass that has nothing to do with it."""
    tests = (_dbt_test("unique_orders", "model.shop.orders"), _dbt_test("elsewhere", "model.shop.returns"))
    report = apply(_report(_failing("orders"), tests=tests), [_accept("orders")])
    found = report.models[0]
    assert (found.grade, found.accepted) == (Grade.WARN, _accept("orders"))
    assert [finding.grade for finding in found.findings] == [Grade.WARN, Grade.PASS]
    assert [(test.grade, test.accepted) for test in report.tests] == [
        (Grade.WARN, _accept("orders")),
        (Grade.FAIL, None),
    ]
    assert report.status is Status.FAILURE


def test_the_gate_opens_when_all_that_fails_is_accepted() -> None:
    """The gate would stay closed after what closed it was accepted; or nobody could see that it was."""
    report = apply(_report(_failing("orders"), _failing("customers")), [_accept("orders"), _accept("customers")])
    assert report.status is Status.SUCCESS
    assert report.headline == "gate open: 2 of 2 affected models changed; 2 accepted"


def test_others_stay_as_they_are() -> None:
    """To accept one model would open the gate for all."""
    report = apply(_report(_failing("orders"), _failing("customers")), [_accept("orders")])
    assert (report.models[1].grade, report.models[1].accepted) == (Grade.FAIL, None)
    assert report.status is Status.FAILURE


@pytest.mark.parametrize("name", ["orders", "all", "model.shop.orders", "shop.orders"])
def test_an_error_is_never_accepted(name: str) -> None:
    """What could not be checked would pass because somebody was in a hurry."""
    broken = replace(_failing("orders"), grade=Grade.ERROR, findings=(_FAILS, _BREAKS))
    silent = _dbt_test("silent", "model.shop.orders", Grade.ERROR)
    asked = NamedReport("query", "orders", (), _BREAKS)
    report = _report(broken, tests=(silent,), named=(asked,))
    assert apply(report, [_accept(name)]) == report
    assert report.status is Status.ERROR


def test_a_problem_is_never_accepted() -> None:
    """A head that does not parse would be merged."""
    report = concluded(replace(_report(), problem=Problem("dbt cannot parse", "", "")))
    assert apply(report, [_accept("all")]) == report
    assert report.status is Status.FAILURE


def test_all_is_everything_that_fails() -> None:
    """A maintainer would have to name a hundred models one by one."""
    tests = (_dbt_test("hook", None), _dbt_test("lonely", "model.shop.returns"))
    named = (NamedReport("metric", "revenue", (), _FAILS),)
    report = apply(_report(_failing("orders"), tests=tests, named=named), [_accept("all")])
    assert report.status is Status.SUCCESS
    assert [
        report.models[0].accepted,
        report.tests[0].accepted,
        report.tests[1].accepted,
        report.named[0].accepted,
    ] == [_accept("all")] * 4


def test_a_named_check_is_accepted_by_its_name() -> None:
    """A metric that was meant to move could be accepted with everything else only."""
    named = (NamedReport("metric", "open orders", (), _FAILS), NamedReport("metric", "revenue", (), _FAILS))
    report = apply(_report(named=named), [_accept("open orders")])
    assert [one.finding.grade for one in report.named] == [Grade.WARN, Grade.FAIL]
    assert [one.accepted for one in report.named] == [_accept("open orders"), None]


def test_a_model_comes_before_a_check_of_the_same_name() -> None:
    """Who accepts a model would accept a metric that they have not looked at."""
    report = _report(_failing("orders"), named=(NamedReport("metric", "orders", (), _FAILS),))
    assert apply(report, [_accept("orders")]).named == report.named


def test_a_name_of_two_models_is_neither() -> None:
    """Who accepts one would accept another that they have not looked at. The comment shows both with their package."""
    other = replace(_failing("orders"), unique_id="model.stock.orders", package="stock")
    report = _report(_failing("orders"), other)
    assert apply(report, [_accept("orders")]) == report
    assert unmatched(report, [_accept("orders")]) == (_accept("orders"),)
    assert [one.accepted is None for one in apply(report, [_accept("stock.orders")]).models] == [True, False]


def test_a_model_called_all_is_accepted_by_its_unique_id() -> None:
    """`all` would mean one model where somebody meant everything, or the other way round."""
    report = _report(_failing("all"), _failing("orders"))
    assert [one.grade for one in apply(report, [_accept("all")]).models] == [Grade.WARN, Grade.WARN]
    assert [one.grade for one in apply(report, [_accept("model.shop.all")]).models] == [Grade.WARN, Grade.FAIL]


def test_unknown_names_are_told() -> None:
    """A typing error would look as if the model had been accepted."""
    report = _report(_failing("orders"), named=(NamedReport("metric", "revenue", (), _FAILS),))
    known = [_accept(name) for name in ("orders", "all", "revenue", "model.shop.orders")]
    assert unmatched(report, [*known, _accept("order"), _accept("")]) == (_accept("order"), _accept(""))


def test_the_last_word_counts_and_a_name_before_all() -> None:
    """The comment would tell a reason that was taken back."""
    words = [_accept("orders", reason="first"), _accept("orders", reason="second"), _accept("all", "hubot")]
    report = apply(_report(_failing("orders"), _failing("customers")), words)
    assert [one.accepted for one in report.models] == [words[1], words[2]]
    assert in_force(report) == (words[1], words[2])


def test_what_a_report_says_of_acceptances_counts_for_nothing() -> None:
    """A fork would accept its own change in a maintainer's name."""
    forged = replace(_failing("orders"), grade=Grade.WARN, findings=(_PASSES,), accepted=_accept("all", "maintainer"))
    test = replace(_dbt_test("a", None), grade=Grade.WARN, accepted=_accept("all"))
    named = NamedReport("query", "q", (), replace(_FAILS, grade=Grade.WARN), _accept("all"))
    report = apply(_report(forged, tests=(test,), named=(named,)), [])
    assert report.status is Status.FAILURE
    assert in_force(report) == ()
    assert [report.models[0].grade, report.tests[0].grade, report.named[0].finding.grade] == [Grade.FAIL] * 3


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(honest_reports(), st.sampled_from([[], [_accept("all")], [_accept("shop.0"), _accept("model.shop.1")]]))
def test_accepting_never_hides_an_error_and_can_be_repeated(report: Report, acceptances: list[Acceptance]) -> None:
    """A second `/proofbot accept`, or a repeated job, would change what the first has decided."""
    once = apply(report, acceptances)
    assert apply(once, acceptances) == once
    for before, after in zip(report.models, once.models, strict=True):
        assert (before.grade is Grade.ERROR) == (after.grade is Grade.ERROR)
        assert (after.accepted is None) == (before.grade == after.grade)
    if report.status is Status.ERROR or report.problem:
        assert once.status is not Status.SUCCESS
    if not acceptances:
        assert once == report
