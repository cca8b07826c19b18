"""Tests of bot/render/junit.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.report import concluded
from bot.domain import (
    Declared,
    Finding,
    Grade,
    Outcome,
    Problem,
    Report,
    RowReport,
    Status,
    TestReport,
    Verified,
)
from bot.render.junit import junit
from tests.render.evidence import GOLDEN
from tests.render.reports import RUN, all_equal, equal, model, problem, shop, untouched, vacuous, with_text
from tests.render.test_hostile import VALUES

GOLDEN_FILES = Path(__file__).parent / "golden"
# What the schema of Jenkins' xUnit plugin allows (junit-10.xsd), and `file`, which GitLab reads.
_ATTRIBUTES = {
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped"},
    "testcase": {"classname", "name", "time", "file"},
    "failure": {"message"},
    "error": {"message"},
    "skipped": {"message"},
    "system-out": set[str](),
}
_INSIDE = {"testsuites": {"testsuite"}, "testsuite": {"testcase"}}
_IN_A_CASE = {"failure", "error", "skipped", "system-out"}


def _read(report: Report) -> Element:
    """The document as a parser reads the file."""
    return fromstring(junit(report).encode("utf-8"))


def _ends(report: Report) -> dict[str, str]:
    """What each case ends as, by its name: the tag in it; empty where there is none."""
    return {str(case.get("name")): case[0].tag if len(case) else "" for case in _read(report).iter("testcase")}


def _faults(root: Element) -> Iterator[str]:
    for element in root.iter():
        if set(element.attrib) - _ATTRIBUTES[element.tag]:
            yield f"<{element.tag}> has {element.attrib}"
        inside = [child.tag for child in element]
        if set(inside) - _INSIDE.get(element.tag, _IN_A_CASE) or (element.tag in _IN_A_CASE and inside):
            yield f"<{element.tag}> holds {inside}"
    for suite in root:
        ends = Counter(child.tag for case in suite for child in case)
        told = {name: int(suite.get(name, "-1")) for name in ("tests", "failures", "errors", "skipped")}
        if told != {
            "tests": len(suite),
            "failures": ends["failure"],
            "errors": ends["error"],
            "skipped": ends["skipped"],
        }:
            yield f"{suite.get('name')} counts {told}"
        if len({case.get("name") for case in suite}) != len(suite):
            yield f"{suite.get('name')} repeats a name"


@pytest.mark.parametrize("name", ["shop", "errored", "declared", "accepted", "problem"])
def test_golden(name: str, assert_golden: Callable[[Path, str], None]) -> None:
    """A change of the names would make every failure of every project a new one, and nobody would have looked."""
    assert_golden(GOLDEN_FILES / f"{name}.junit.xml", junit(GOLDEN[name]()))


@pytest.mark.parametrize("name", GOLDEN)
def test_a_case_fails_just_where_the_gate_is_closed(name: str) -> None:
    """A tab of green cases would stand beside a closed gate, or a red one beside an open gate."""
    for report in (GOLDEN[name](), concluded(GOLDEN[name]())):
        root = _read(report)
        assert list(_faults(root)) == []
        is_red = any(child.tag in ("failure", "error") for case in root.iter("testcase") for child in case)
        grades = [*(one.grade for one in report.models), *(one.grade for one in report.tests)]
        grades += [*(one.finding.grade for one in report.named), *(one.grade for one in report.unmet)]
        assert is_red is (report.status is not Status.SUCCESS or bool({Grade.FAIL, Grade.ERROR} & {*grades}))


def test_what_warns_passes_and_what_shows_nothing_is_skipped() -> None:
    """A warning would turn a build red whose gate is open, and an empty model would pass for a compared one."""
    assert _ends(shop()) == {
        "run": "system-out",
        "stg_payments: outcome": "",
        "orders: row_count": "failure",
        "orders: schema": "",
        "customers: schema": "system-out",
        "daily_revenue: values": "failure",
        "order_statuses: outcome": "",
        "returns: outcome": "",
        "vouchers: outcome": "skipped",
    }
    assert "Warning: A column was added." in junit(shop())
    assert _ends(vacuous())["vouchers: outcome"] == "skipped"


def test_a_run_without_a_comparison_is_an_error() -> None:
    """A job whose dbt does not parse would show a tab of tests that all pass, or no tab at all."""
    [case] = _read(problem()).iter("testcase")
    assert (case.get("name"), case[0].tag) == ("run", "error")
    assert "unexpected '}'" in (case[0].text or "")
    assert "Mend models/marts/orders.sql".replace("models", "`models") in (case[0].text or "")


def test_a_gate_that_nothing_explains_is_an_error() -> None:
    """A report that says nothing of what closes the gate would look like a pass."""
    assert _ends(replace(untouched(), status=Status.ERROR)) == {"run": "error"}
    assert _ends(replace(all_equal(), status=Status.FAILURE))["run"] == "error"


def test_a_run_that_touches_nothing_has_a_case() -> None:
    """Jenkins fails a build whose results hold no case."""
    assert _ends(untouched()) == {"run": "system-out"}


def test_a_dbt_test_is_told_once() -> None:
    """One broken test would count as two failures, or hide because the model's own line was left out."""
    tests = Finding("tests", Outcome.CHANGED, "1 dbt test newly fails", Grade.FAIL)
    broken = TestReport("test.shop.u", "unique_id", "model.shop.returns", "pass", "fail", 0, 3, Grade.FAIL)
    returns = replace(equal("returns", 9), findings=(tests,), grade=Grade.FAIL)
    report = Report(RUN, Status.FAILURE, "gate closed", (returns,))
    assert _ends(replace(report, tests=(broken,)))["dbt test unique_id"] == "failure"
    assert {"returns: tests", "returns: outcome"}.isdisjoint(_ends(replace(report, tests=(broken,))))
    assert _ends(replace(report, tests=(replace(broken, grade=Grade.PASS),)))["returns: tests"] == "failure"
    assert _ends(report)["returns: tests"] == "failure"


@pytest.mark.parametrize(("verified", "end"), [(Verified.AS_DECLARED, ""), (Verified.OUTSIDE, "failure")])
def test_a_declaration_is_a_case(verified: Verified, end: str) -> None:
    """A promise that was broken would be no failure, though the gate is closed by it."""
    grade = Grade.FAIL if end else Grade.PASS
    one = replace(equal("orders", 5), grade=grade, declared=Declared(verified))
    report = Report(RUN, Status.FAILURE if end else Status.SUCCESS, "gate", (one,))
    assert _ends(report)["orders: declaration"] == end


def test_no_name_holds_a_number_of_the_data() -> None:
    """GitLab would take a failure whose numbers moved for a new one, and the old one for mended."""
    later = replace(
        shop(),
        headline="gate closed: 2 of 7",
        models=tuple(
            replace(
                one,
                rows=RowReport(7, 8, 1, 0, 2, 5),
                findings=tuple(replace(finding, message="7 of 8 rows.") for finding in one.findings),
            )
            for one in shop().models
        ),
    )
    names = [(case.get("classname"), case.get("name")) for case in _read(shop()).iter("testcase")]
    assert names == [(case.get("classname"), case.get("name")) for case in _read(later).iter("testcase")]


def test_a_file_is_relative_to_the_repository() -> None:
    """The link of a failed case would lead nowhere where the project is not the repository's root."""
    installed = replace(model("calendar", Outcome.CHANGED, Grade.FAIL), package="dbt_utils")
    run = replace(RUN, project_dir="transform/shop", package="shop")
    report = Report(run, Status.FAILURE, "gate closed", (equal("orders", 5), installed))
    files = [case.get("file") for case in _read(report).iter("testcase")]
    assert files == [None, "transform/shop/models/marts/orders.sql", None]


def test_hostile_texts_leave_the_document_whole() -> None:
    """Whoever names a model could forge a case that passes, or make the file unreadable, so that nothing is shown."""
    for start in range(0, len(VALUES), 700):
        root = _read(with_text(VALUES[start : start + 700]))
        assert list(_faults(root)) == []
        assert len(list(root.iter("testcase"))) > 60


@given(st.text(st.characters(exclude_categories=[])))
def test_every_text_can_be_written(text: str) -> None:
    """One odd character in dbt's words would make the file unreadable for every CI system."""
    report = replace(shop(), problem=Problem(text, text, text), models=(replace(equal("a", 1), name=text),))
    assert list(_faults(_read(report))) == []
