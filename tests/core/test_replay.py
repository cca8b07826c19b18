"""What a replay says of a report: what matters, what is only told."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from bot.core import replay
from bot.core.replay import Held

_Document = dict[str, Any]


def _statement(sql: str, digest: str) -> _Document:
    return {"subject": "model.shop.orders", "purpose": "count", "sql": sql, "rows": 1, "digest": digest, "seconds": 0.1}


_REPORT: _Document = {
    "run": {"verdict": {"status": "failure"}},
    "policy": "standard (default)",
    "problem": None,
    "models": [
        {
            "unique_id": "model.shop.orders",
            "name": "orders",
            "outcome": "changed",
            "grade": "fail",
            "rule": "standard: changed",
            "rows": {"base": 9, "head": 8, "added": 0, "removed": 1, "changed": 2, "unchanged": 6, "unkeyed": 0},
            "columns": {"added": ["a"], "removed": [], "type_changed": {}, "changed": {"amount": 2}},
            "noise": None,
        }
    ],
    "tests": [
        {
            "unique_id": "test.shop.unique",
            "name": "unique",
            "base": "pass",
            "head": "fail",
            "base_failures": 0,
            "head_failures": 3,
            "grade": "fail",
        }
    ],
    "named": [{"check": "query", "name": "tops", "finding": {"outcome": "changed", "grade": "fail", "measures": {}}}],
    "evidence": {
        "configuration": "c0",
        "manifests": {"base": "b0", "head": "h0"},
        "versions": {"duckdb": "2.0.0"},
        "environments": [{"name": "base", "commit": "1", "built": 1, "kept": 4, "digest": ""}],
        "statements": [_statement("select 1", "d1"), _statement("select 2", "d2"), _statement("select 2", "d2")],
    },
}


def _noisy(document: _Document) -> None:
    document["models"][0]["noise"] = {"rows": True, "key": False, "partly": {}, "tolerated": {}}


def _set(*path: Any) -> Callable[[_Document], None]:
    """An edit that puts the last of the path at the place of the others."""
    *way, last, value = path

    def edit(document: _Document) -> None:
        place: Any = document
        for step in way:
            place = place[step]
        place[last] = value

    return edit


def _again(*edits: Callable[[_Document], None]) -> _Document:
    document = copy.deepcopy(_REPORT)
    for edit in edits:
        edit(document)
    return document


def _drop(name: str) -> Callable[[_Document], None]:
    return lambda document: document[name].clear()


def _told(again: _Document, held: Held, recorded: _Document = _REPORT) -> list[str]:
    return [f"{one.what}: {one.words}" for one in replay.compare(recorded, again) if one.held is held]


def test_the_same_holds_in_every_line() -> None:
    """Nobody would trust a replay that complains of itself."""
    told = replay.compare(_REPORT, _again())
    assert {one.held for one in told} == {Held.HOLDS}
    assert replay.holds(told)
    assert "orders: changed, rows 1 removed, 2 changed; fail" in _told(_again(), Held.HOLDS)
    assert "statements: 3 of 3 statements with the same answer" in _told(_again(), Held.HOLDS)
    assert "verdict: failure by standard (default)" in _told(_again(), Held.HOLDS)


@pytest.mark.parametrize("cost", [None, {"statements": 9, "bytes": 7, "seconds": 1.5, "credits": 0.1, "builds": None}])
def test_what_a_run_has_taken_is_no_evidence(cost: _Document | None) -> None:
    """No report of a warehouse that is paid for would ever hold: no two runs take the same."""
    assert replay.compare(_REPORT, _again(_set("run", "cost", cost))) == replay.compare(_REPORT, _again())


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (_set("models", 0, "outcome", "unchanged"), "orders: outcome changed, now unchanged"),
        (_set("models", 0, "grade", "warn"), "orders: grade fail, now warn"),
        (_set("models", 0, "rule", ".proofbot.yml:3"), "orders: rule standard: changed, now .proofbot.yml:3"),
        (_set("models", 0, "rows", "removed", 2), "orders: rows removed 1, now 2"),
        (_set("models", 0, "rows", None), "orders: rows base 9, now none; rows head 8, now none"),
        (_set("models", 0, "columns", "changed", {"amount": 3}), "orders: column amount 2, now 3"),
        (_set("models", 0, "columns", "changed", {}), "orders: column amount 2, now none"),
        (_set("models", 0, "columns", "added", []), "orders: columns added ['a'], now none"),
        (_set("models", []), "orders: is not affected any more"),
        (_set("tests", 0, "head_failures", 4), "dbt test unique: head_failures 3, now 4"),
        (_set("tests", 0, "head", "pass"), "dbt test unique: head fail, now pass"),
        (_drop("tests"), "dbt test unique: is not there any more"),
        (_drop("named"), "named check tops: is not there any more"),
        (_set("named", 0, "finding", "outcome", "unchanged"), "named check tops: outcome changed, now unchanged"),
        (_set("problem", {"title": "head does not parse"}), "problem: none, now head does not parse"),
        (
            _set("run", "verdict", "status", "success"),
            "verdict: failure by standard (default), now success by standard (default)",
        ),
    ],
)
def test_what_matters_does_not_hold(edit: Callable[[_Document], None], words: str) -> None:
    """A forged number, or a build that is another one, would pass for the truth, from either side."""
    again = _again(edit)
    assert _told(again, Held.BROKEN)[0].startswith(words)
    assert not replay.holds(replay.compare(_REPORT, again))
    assert not replay.holds(replay.compare(again, _REPORT))


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (_set("evidence", "configuration", ""), "configuration: c0, now none"),
        (_set("evidence", "manifests", "head", "h1"), "manifest of head: h0, now h1"),
        (_set("evidence", "versions", "duckdb", "2.1.0"), "versions: duckdb 2.0.0, now 2.1.0"),
        (
            _set("evidence", "statements", 0, _statement("select 1", "other")),
            "statement about model.shop.orders: count: d1, now other",
        ),
        (
            _set("evidence", "statements", [_statement("select 2", "d2")]),
            "statements: 1 of 3 statements with the same answer, 2 not asked again",
        ),
    ],
)
def test_what_may_vary_is_told_and_does_not_matter(edit: Callable[[_Document], None], words: str) -> None:
    """A report would not hold because of the version of a package, or of a column that holds the time."""
    again = _again(edit)
    assert words in _told(again, Held.DIFFERS)
    assert replay.holds(replay.compare(_REPORT, again))


def test_the_numbers_of_a_model_that_varies_by_itself_do_not_matter_but_its_outcome_does() -> None:
    """No report of a project with `limit` without order would ever hold; or a change would pass for noise."""
    recorded = _again(_noisy)
    again = _again(_noisy, _set("models", 0, "rows", "changed", 3))
    assert _told(again, Held.DIFFERS, recorded) == ["orders: varies by itself: rows changed 2, now 3"]
    assert _told(_again(_noisy, _set("models", 0, "outcome", "noise")), Held.BROKEN, recorded)


def test_a_statement_is_known_by_its_digest_where_its_text_was_too_long() -> None:
    """Long statements would never be found again."""
    from bot.core.evidence import of_text

    recorded = _again(_set("evidence", "statements", 0, _statement(f"sha256:{of_text('select 1')}", "d1")))
    assert "statements: 3 of 3 statements with the same answer" in _told(_again(), Held.HOLDS, recorded)


def test_a_report_without_evidence_does_not_hold() -> None:
    """Whoever cuts the evidence out of a report would be believed."""
    assert _told(_again(), Held.BROKEN, _again(_set("evidence", None)))[0].startswith("evidence: the report has none")
