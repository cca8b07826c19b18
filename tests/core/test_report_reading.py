"""Tests of bot/core/report_reading.py and bot/core/report_bounds.py, with the schema as it is installed."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from bot.core import report as reports
from bot.core import report_bounds, report_reading, trust_reading
from bot.core.acceptance import apply
from bot.core.report_bounds import Unreadable, parse
from bot.core.report_reading import read
from bot.domain import Acceptance, Evidence, Grade, Outcome, Replayed, Report, Status
from bot.render import terminal
from bot.render.json import document, text
from bot.render.markdown import comment
from bot.world import schemas
from tests.core.honest import honest_reports
from tests.render.evidence import GOLDEN
from tests.render.reports import shop

SCHEMA = schemas.of_report()
COMMON = {"kind": "removed", "column": "day", "relates": "between", "values": ["2024-01-01", "2024-01-02"], "rows": 2}
COMMON |= {"matching": 2, "others": 0}
# Their grades are no policy's, or they say what JSON has no words for: NaN and half a character.
_MADE_UP = {"errored", "hostile", "hostile_rows", "shown"}


def _again(report: Report) -> Report:
    return read(parse(text(report).encode()), SCHEMA)


def _show(report: Report) -> str:
    """All pages of a report, as what can be sent."""
    page = io.StringIO()
    terminal.page(report, Console(file=page, width=80))
    return comment(report) + page.getvalue().encode().decode() + text(report)


def test_the_schema_that_is_installed_is_the_one_that_is_published() -> None:
    """What the documentation promises to take would be refused, or the other way round."""
    published = Path(__file__).parents[2] / "docs" / "report.schema.json"
    assert json.loads(published.read_text(encoding="utf-8")) == SCHEMA


@pytest.mark.parametrize("name", sorted(set(GOLDEN) - _MADE_UP - {"many"}))
def test_what_is_read_is_told_alike(name: str) -> None:
    """A fork's comment would say something else than the run of the fork has found."""
    report = reports.concluded(GOLDEN[name]())
    assert document(_again(report)) == document(report)
    assert comment(_again(report)) == comment(report)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(honest_reports(), st.booleans())
def test_any_report_of_a_run_is_read_as_it_was(report: Report, is_accepted: bool) -> None:  # noqa: FBT001 (drawn)
    """The same, for reports that nobody thought of: not one number may get lost on the way to the trusted job."""
    report = apply(report, [Acceptance("all", "octocat", "as planned")]) if is_accepted else report
    found = read(document(report), SCHEMA)
    assert document(found) == document(report)
    assert comment(found) == comment(report)
    assert found.status is report.status


@pytest.mark.parametrize("name", sorted(_MADE_UP))
def test_reading_twice_changes_nothing_more(name: str) -> None:
    """What is accepted later is read again; each reading would make the report worse."""
    once = _again(GOLDEN[name]())
    assert _again(once) == once


def test_a_document_of_the_first_version_is_read() -> None:
    """A report that an older proofbot made could not be published by a newer one."""
    golden = Path(__file__).parents[1] / "render" / "golden" / "shop_of_the_first_version.json"
    found = read(parse(golden.read_bytes()), SCHEMA)
    assert [model.name for model in found.models] == [model.name for model in shop().models]


def _changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    found: dict[str, Any] = copy.deepcopy(document(shop()))
    place: Any = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return found


def test_the_documents_own_verdict_counts_for_nothing() -> None:
    """A fork would open its own gate with one word."""
    found = _changed(("run", "verdict"), {"status": "success", "headline": "gate open: all fine", "exit_code": 0})
    report = read(found, SCHEMA)
    assert report.status is Status.FAILURE
    assert report.headline.startswith("gate closed: 3 of 7 affected models changed")


def test_a_problem_closes_the_gate_whatever_else_is_said() -> None:
    """A head that does not parse has no models, and nothing that fails."""
    found = {**_changed(("models",), []), "problem": {"title": "dbt cannot parse", "text": "", "remedy": ""}}
    report = read(found, SCHEMA)
    assert (report.status, report.headline) == (Status.FAILURE, "gate closed: dbt cannot parse")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("models", 0, "outcome"), "errored"),
        (
            ("models", 0, "findings"),
            {"values": {"outcome": "errored", "grade": "pass", "message": "", "measures": {}}},
        ),
        (
            ("models", 0, "findings"),
            {"values": {"outcome": "changed", "grade": "pass", "message": "", "measures": {}, "bound": "fail"}},
        ),
        (
            ("models", 0, "findings"),
            {"values": {"outcome": "unchanged", "grade": "fail", "message": "", "measures": {}}},
        ),
    ],
)
def test_a_grade_that_is_too_good_is_not_believed(path: tuple[str | int, ...], value: object) -> None:
    """A model that could not be compared would pass."""
    assert read(_changed(path, value), SCHEMA).models[0].grade is Grade.FAIL


def test_a_test_that_fails_newly_fails_whatever_its_grade_says() -> None:
    """A dbt test that the request breaks would pass."""
    one = {"unique_id": "test.a", "name": "a", "model": None, "base": "pass", "head": "fail", "base_failures": 0}
    found = _changed(("tests",), [{**one, "head_failures": 3, "grade": "pass", "message": ""}])
    assert read(found, SCHEMA).tests[0].grade is Grade.FAIL


def test_what_is_vacuous_is_at_best_a_warning() -> None:
    """Two empty tables would count as proof."""
    found = read(_changed(("models", 6, "grade"), "pass"), SCHEMA)
    assert (found.models[6].outcome, found.models[6].grade) == (Outcome.VACUOUS, Grade.WARN)


def test_the_policy_of_a_project_is_the_word_of_its_own_job_only() -> None:
    """A fork would open its gate by the name of a rule; or a project whose policy only advises would be closed as soon
    as somebody accepts anything."""
    rule = "advisory: failed"
    one = {"unique_id": "test.a", "name": "a", "model": None, "base": "pass", "head": "fail", "base_failures": 0}
    found = _changed(("tests",), [{**one, "head_failures": 3, "grade": "warn", "message": "", "rule": rule}])
    broken = {"outcome": "errored", "grade": "pass", "message": "", "measures": {}, "rule": rule}
    found["models"][0] |= {"findings": {"values": broken}, "rule": rule}
    foreign, ours = read(found, SCHEMA), read(found, SCHEMA, is_foreign=False)
    assert [report.tests[0].grade for report in (foreign, ours)] == [Grade.FAIL, Grade.WARN]
    assert [report.models[0].findings[0].grade for report in (foreign, ours)] == [Grade.FAIL, Grade.WARN]
    del found["tests"][0]["rule"]
    assert read(found, SCHEMA, is_foreign=False).tests[0].grade is Grade.FAIL


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (("schema_version",), 2, "$.schema_version"),
        (("models", 1, "grade"), "fine", "$.models[1].grade"),
        (("models", 1, "outcome"), None, "$.models[1].outcome"),
        (("models", 1, "change", "causes", 0, "kind"), "moon", "$.models[1].change.causes"),
        (("models", 1, "key", "source"), "a dream", "$.models[1].key.source"),
        (("models", 1, "rows", "base"), 10**61, "$.models[1].rows.base"),
        (("models", 1, "rows", "base"), float("nan"), "$.models[1].rows.base"),
        (("models", 1, "name"), "\ud800", "$.models[1].name"),
        (("models", 1, "name"), "x" * 200_001, "$.models[1].name"),
        (("models", 1, "findings", "schema", "measures"), {"renamed": {"a": 1}}, "$.models[1].findings.schema"),
        (("run", "seconds"), 1e300, "$.run.seconds"),
        (("notices",), ["a"] * 200_001, "$.notices"),
        (("models", 1, "explained"), {"roots": [], "own": None, "proof": "a hunch"}, "$.models[1].explained.proof"),
        (("models", 1, "declared"), {"verified": "fine"}, "$.models[1].declared"),
        (("models", 1, "noise"), {"columns": []}, "$.models[1].noise"),
        (("models", 1, "common"), [{**COMMON, "relates": "near"}], "$.models[1].common[0].relates"),
        (("models", 1, "common"), [{**COMMON, "kind": "moved"}], "$.models[1].common[0].kind"),
        (("models", 1, "common"), [{**COMMON, "matching": 3}], "$.models[1].common[0]"),
        (("models", 1, "common"), [{**COMMON, "values": ["2024-01-01"]}], "$.models[1].common[0]"),
        (("models", 1, "common"), [{**COMMON, "relates": "in", "values": []}], "$.models[1].common[0]"),
        (("unmet",), [{"models": "a", "declared": None, "grade": "warn", "rule": ""}], "$.unmet[0].declared"),
        (("evidence",), {"statements": []}, "$.evidence"),
        (("notices",), b"bytes", "$.notices"),
        (("notices",), {1: "a"}, "$.notices"),
    ],
)
def test_what_is_no_report_says_where(path: tuple[str | int, ...], value: object, where: str) -> None:
    """Whoever has to mend it would not know what; or a page would show what no page can."""
    with pytest.raises(Unreadable) as caught:
        read(_changed(path, value), SCHEMA)
    assert str(caught.value.where).startswith(where)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "table",
    [
        {"title": "", "columns": [], "rows": [[]], "left_out": 0},
        {"title": "", "columns": [{"title": "a", "numeric": True, "data": True}], "rows": [[1, 2]], "left_out": 0},
        {"title": "", "columns": [{"title": "a", "numeric": True, "data": True}], "rows": [[]], "left_out": 0},
    ],
)
def test_a_table_has_as_many_cells_as_columns(table: dict[str, Any]) -> None:
    """The trusted job would crash instead of saying what is wrong."""
    with pytest.raises(Unreadable, match="as many cells"):
        read(_changed(("models", 1, "findings", "schema", "tables"), [table]), SCHEMA)


@pytest.mark.parametrize("name", ["MOST_MODELS", "MOST_ROWS", "MOST_COLUMNS"])
def test_what_is_too_much_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fork could keep the trusted job busy for hours."""
    monkeypatch.setattr(report_reading, name, 1)
    with pytest.raises(Unreadable, match="more than"):
        _again(GOLDEN["shown"]())


def test_too_many_statements_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, by evidence of what nobody has asked."""
    monkeypatch.setattr(trust_reading, "MOST_STATEMENTS", 1)
    statements = (Replayed("model.shop.orders", "values", "select 1", 1, "ab", 0.1),) * 2
    with pytest.raises(Unreadable, match="more than 1 statements"):
        _again(replace(shop(), evidence=Evidence(statements=statements)))


def test_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same, with a document that is wide and not deep."""
    monkeypatch.setattr(report_bounds, "MOST_VALUES", 100)
    with pytest.raises(Unreadable, match="more than 100 values"):
        _again(shop())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"NaN",
        b'{"a": Infinity}',
        b"\xff\xfe{}",
        b"[" * 1_000_000,
        b"1" * 10_000,
        b"\x00",
        b'{"a": 1}}',
    ],
)
def test_what_is_no_json_is_refused(data: bytes) -> None:
    """The trusted job would end with a traceback, or read what no other reader reads."""
    with pytest.raises(Unreadable):
        parse(data)


def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The trusted job would run out of memory before it can say anything."""
    monkeypatch.setattr(report_bounds, "MOST_BYTES", 10)
    with pytest.raises(Unreadable, match="larger than 10 bytes"):
        parse(b'"0123456789"')


def test_a_deep_document_is_refused() -> None:
    """A document that is nested a thousand times would end the trusted job without a word."""
    deep: Any = 1
    for _ in range(1_000):
        deep = [deep]
    with pytest.raises(Unreadable, match="too deeply"):
        read(_changed(("models", 1, "findings", "schema", "measures"), {"a": deep}), SCHEMA)


def test_what_was_accepted_is_read() -> None:
    """A report that is read again would have lost who accepted what."""
    accepted = Acceptance("orders", "octocat", "as planned")
    found = _changed(("models", 1, "accepted"), {"model": "orders", "by": "octocat", "reason": "as planned"})
    found["models"][1]["grade"] = "warn"
    for finding in found["models"][1]["findings"].values():
        finding["grade"] = "warn"
    model = read(found, SCHEMA).models[1]
    assert (model.accepted, model.grade) == (accepted, Grade.WARN)


def _places(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inside:
        yield (*at, step)
        yield from _places(one, (*at, step))


_DOCUMENTS = [json.loads(text(GOLDEN[name]())) for name in ("shop", "shown", "errored", "no_key", "problem")]
_PLACES = [sorted(_places(found), key=str) for found in _DOCUMENTS]
_GONE = object()
_JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([10**59, -1, 0, 0.5, 1e308, -0.0, 1.0, 2**63]),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(["pass", "error", "changed", "", "\ud800", "fail", "values", "schema", "Base %", "head"]),
    ),
    lambda inside: st.one_of(
        st.lists(inside, max_size=3),
        st.dictionaries(st.sampled_from(["base", "head", "renamed", "sampled", "scope", "a"]), inside, max_size=3),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_a_document_that_was_tampered_with_is_read_and_shown_or_refused(data: st.DataObject) -> None:
    """Anybody can send anything from a fork: the trusted job has to end with a page, or with the reason why not."""
    which = data.draw(st.integers(0, len(_DOCUMENTS) - 1))
    found = copy.deepcopy(_DOCUMENTS[which])
    for _ in range(data.draw(st.integers(1, 3))):
        *path, last = data.draw(st.sampled_from(_PLACES[which]))
        place: Any = found
        value = data.draw(st.one_of(_JSON, st.just(_GONE)))
        try:
            for step in path:
                place = place[step]
            if value is _GONE:
                del place[last]
            else:
                place[last] = value
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took it away
    try:
        report = read(found, SCHEMA)
    except Unreadable:
        return
    assert _show(report)
    assert _again(report) == report
