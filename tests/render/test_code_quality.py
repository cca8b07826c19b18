"""Tests of bot/render/code_quality.py."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain import ColumnReport, Finding, Grade, Outcome, Report, RowReport, Status, TestReport
from bot.render.code_quality import code_quality
from tests.render import trust
from tests.render.evidence import GOLDEN
from tests.render.reports import RUN, equal, model, problem, shop, untouched, with_text
from tests.render.test_hostile import VALUES

GOLDEN_FILES = Path(__file__).parent / "golden"


def _entries(report: Report, project_dir: str = ".") -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = json.loads(code_quality(report, project_dir))
    return found


def _fingerprints(report: Report) -> list[str]:
    return [str(entry["fingerprint"]) for entry in _entries(report)]


def _assert_as_gitlab_reads_it(entries: list[Mapping[str, Any]]) -> None:
    for entry in entries:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert re.fullmatch("[0-9a-f]{64}", entry["fingerprint"])
        assert entry["location"]["lines"] == {"begin": 1}
        assert entry["description"]
        assert not entry["location"]["path"].startswith("./")
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)


@pytest.mark.parametrize("name", ["shop", "errored", "declared", "accepted"])
def test_golden(name: str, assert_golden: Callable[[Path, str], None]) -> None:
    """A change of the fingerprints would make every remark in every project a new one."""
    assert_golden(GOLDEN_FILES / f"{name}.codequality.json", code_quality(GOLDEN[name](), "."))


@pytest.mark.parametrize("name", GOLDEN)
def test_every_report_is_as_gitlab_reads_it(name: str) -> None:
    """GitLab drops the whole report where one entry is malformed, and of two with one fingerprint the second."""
    text = code_quality(GOLDEN[name](), "transform/shop")
    assert text.isascii()
    assert text.startswith("[")
    _assert_as_gitlab_reads_it(json.loads(text))


@pytest.mark.parametrize("report", [untouched(), problem()])
def test_nothing_to_say_is_an_empty_list(report: Report) -> None:
    """A job that lists the file as its report would fail for want of it."""
    assert code_quality(report, ".") == "[]\n"


def test_each_finding_stands_on_the_file_of_its_model() -> None:
    """A remark would stand beside another file, or nowhere."""
    found = [(one["location"]["path"], one["check_name"], one["severity"]) for one in _entries(shop(), "transform")]
    assert found == [
        ("transform/models/marts/orders.sql", "proofbot/row_count", "critical"),
        ("transform/models/marts/customers.sql", "proofbot/schema", "minor"),
        ("transform/models/marts/daily_revenue.sql", "proofbot/values", "critical"),
        ("transform/models/marts/vouchers.sql", "proofbot/outcome", "minor"),
    ]


def test_what_another_model_explains_is_told_there() -> None:
    """One bug with forty models below it would be forty remarks, on files that nobody touched."""
    report = trust.undeclared()
    paths = {entry["location"]["path"] for entry in _entries(report)}
    below = {one.path for one in report.models if one.explained and one.explained.own is False}
    assert below
    assert not paths & below
    assert sum("downstream changed only because of it" in entry["description"] for entry in _entries(report)) >= 1


def test_a_fingerprint_outlives_other_numbers() -> None:
    """GitLab would report an old remark as new, and as mended, whenever the data moves."""

    def found(rows: int, column: str) -> Report:
        finding = Finding("values", Outcome.CHANGED, f"{rows} rows changed.", Grade.FAIL, {"changed": rows})
        one = replace(
            model("orders", Outcome.CHANGED, Grade.FAIL, rows=RowReport(rows, rows, 0, 0, rows, 0)),
            findings=(finding,),
            columns=ColumnReport(changed={column: rows, "same": 0}),
        )
        return Report(RUN, Status.FAILURE, f"gate closed: {rows}", (one,))

    assert _fingerprints(found(3, "amount")) == _fingerprints(found(99, "amount"))
    assert _fingerprints(found(3, "amount")) != _fingerprints(found(3, "status"))
    other = replace(found(3, "amount"), run=replace(RUN, slug="finance"))
    assert _fingerprints(found(3, "amount")) != _fingerprints(other)


def test_an_installed_package_has_no_file() -> None:
    """A remark would name a file that the repository does not have."""
    installed = replace(model("calendar", Outcome.CHANGED, Grade.FAIL), package="dbt_utils")
    report = Report(replace(RUN, package="shop"), Status.FAILURE, "gate closed", (equal("orders", 5), installed))
    assert _entries(report) == []


def test_hostile_texts_are_only_text() -> None:
    """Whoever names a model could forge an entry, or make GitLab drop the report."""
    for start in range(0, len(VALUES), 700):
        entries = _entries(with_text(VALUES[start : start + 700]))
        assert len(entries) > 10
        _assert_as_gitlab_reads_it(entries)
        assert not [entry for entry in entries if re.search(r"[\x00-\x1f\x7f-\x9f]", entry["description"])]


@pytest.mark.parametrize("grade", [Grade.WARN, Grade.FAIL])
def test_a_broken_dbt_test_is_one_remark(grade: Grade) -> None:
    """A model whose data is as it was would be remarked on a second time, as `unchanged`, or not at all."""
    tests = Finding("tests", Outcome.CHANGED, "1 dbt test newly fails", grade)
    broken = TestReport("test.shop.u", "unique_id", "model.shop.returns", "pass", "fail", 0, 3, grade)
    returns = replace(equal("returns", 9), findings=(tests,), grade=grade)
    report = Report(RUN, Status.SUCCESS, "gate open", (returns,), tests=(broken,))
    [entry] = _entries(report)
    assert "unique_id" in entry["description"]
    [entry] = _entries(replace(report, tests=(replace(broken, grade=Grade.PASS),)))
    assert entry["description"] == "returns: tests: 1 dbt test newly fails"
