"""Queries of the project's own, by feeding the conversation answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from pydantic import ValidationError

from bot.checks.query import Options, check
from bot.core.comparison import Comparison
from bot.domain import (
    Answer,
    Bound,
    ColumnChanges,
    Example,
    ExampleRows,
    Examples,
    Finding,
    FromTo,
    Outcome,
    Pair,
    Question,
    RowChanges,
    RowCounts,
    RowKind,
    Showing,
    Tolerance,
)
from tests.checks.stage import converse, make

SQL = {"sql": "select * from {{ ref('orders') }}"}
COLUMNS = {"id": "INTEGER", "v": "VARCHAR"}
EQUAL = RowCounts(100, 100, 0, 0, 0, 100)
CHANGED = RowCounts(100, 101, 2, 1, 9, 90)
EXAMPLE = Examples(("id", "v"), (Example(RowKind.CHANGED, ("1", "x"), ("1", "y"), (1,)),))


def _query(
    rows: object = CHANGED, options: Mapping[str, object] | None = None, pair: Pair | None = None
) -> tuple[Finding, list[list[Question]]]:
    answers: dict[Question, Answer] = {ColumnChanges("id"): 0, ColumnChanges("v"): 9, ExampleRows(5): EXAMPLE}
    answers[RowChanges()] = rows  # type: ignore[assignment]
    if rows == EQUAL:
        answers[ColumnChanges("v")] = 0
    finding, rounds = converse(
        check(pair or make(COLUMNS), Options.model_validate({**SQL, **(options or {})})), answers
    )
    json.dumps(finding.measures)
    return finding, rounds


def test_results_are_compared_by_key() -> None:
    """What a query gives could change, and no number say how much."""
    finding, rounds = _query()
    assert rounds == [[RowChanges(), ColumnChanges("id"), ColumnChanges("v")]]
    assert (finding.outcome, finding.bound) == (Outcome.CHANGED, Bound.NONE)
    assert finding.message == "2 rows added, 1 removed, 9 changed, 90 unchanged"
    assert finding.measures["columns"] == {
        "id": {"changed": 0, "match_percent": 100.0},
        "v": {"changed": 9, "match_percent": 90.909},
    }
    assert finding.measures["key"] == ["id"]
    assert [table.title for table in finding.tables] == ["Changed columns"]


def test_results_without_a_key_are_a_multiset() -> None:
    """A query without a key could not be compared at all."""
    finding, rounds = _query(RowCounts(100, 100, 1, 1, 0, 99), pair=make(COLUMNS, key=()))
    assert rounds == [[RowChanges()]]
    assert finding.message == "1 row added, 1 removed, 99 unchanged"


def test_rows_without_a_usable_key_are_told() -> None:
    """A key that is not one would make changed rows removed and added ones, and nobody know why."""
    finding, _ = _query(RowCounts(100, 100, 1, 1, 0, 99, unkeyed=6))
    words = "; 6 rows of both sides compared as a multiset, because their key is null or repeated"
    assert finding.message == f"1 row added, 1 removed, 0 changed, 99 unchanged{words}"


def test_equal_results() -> None:
    """A query that gives the same would close the gate."""
    finding, _ = _query(EQUAL)
    assert (finding.outcome, finding.message, finding.tables) == (Outcome.UNCHANGED, "all 100 rows are equal", ())
    within = _query(RowCounts(100, 100, 0, 0, 0, 100, tolerated=4))[0]
    assert within.message == "all 100 rows are equal, 4 of them within the tolerance"
    empty = _query(RowCounts(0, 0, 0, 0, 0, 0))[0]
    assert (empty.outcome, empty.message) == (Outcome.VACUOUS, "no rows on either side")


def test_rows_are_shown_where_samples_are() -> None:
    """A reader could not see what changed; or would see data where nobody allowed that."""
    finding, rounds = _query(pair=replace(make(COLUMNS), samples=5))
    assert rounds[0][-1] == ExampleRows(5)
    assert finding.tables[1].rows == (("changed", "1", FromTo("x", "y")),)
    assert finding.tables[1].left_out == 11


def test_it_is_said_why_no_rows_are_shown() -> None:
    """A reader who asked for samples would look for the rows, or think that the bot is broken."""
    words = "; rows are not shown, because it reads columns that may not be shown"
    hidden = make(COLUMNS, id=Showing.HIDE, v=Showing.HIDE)
    shown = replace(hidden, samples=5)
    answers: dict[Question, Answer] = {ColumnChanges("id"): 0, ColumnChanges("v"): 9, ExampleRows(5): Examples((), ())}
    answers[RowChanges()] = CHANGED
    finding, _ = converse(check(shown, Options.model_validate(SQL)), answers)
    assert finding.message == f"2 rows added, 1 removed, 9 changed, 90 unchanged{words}"
    assert [table.title for table in finding.tables] == ["Changed columns"]
    assert words not in _query(pair=hidden)[0].message, "nobody asked for rows"
    assert words not in _query(EQUAL, pair=shown)[0].message, "there are none"
    assert words not in _query(pair=replace(make(COLUMNS, v=Showing.HIDE), samples=5))[0].message, "keys are shown"
    masked = replace(make(COLUMNS, id=Showing.HIDE, v=Showing.MASK), samples=5)
    assert words not in _query(pair=masked)[0].message, "masked values are shown"


@pytest.mark.parametrize(
    ("options", "bound"),
    [
        ({"fail": {"added": 2, "removed": 1, "changed": 9}}, Bound.WITHIN),
        ({"fail": {"added": "1%", "removed": 1, "changed": 9}}, Bound.FAIL),
        ({"fail": {"added": 2, "removed": 0, "changed": 9}}, Bound.FAIL),
        ({"fail": {"added": 2, "removed": 1, "changed": "8%"}}, Bound.FAIL),
        ({"warn": {"changed": 1}, "fail": {"added": 2, "removed": 1, "changed": 9}}, Bound.WARN),
        ({"fail": {"added": 2}}, Bound.FAIL),
    ],
)
def test_thresholds(options: dict[str, object], bound: Bound) -> None:
    """A result could change beyond what a project allows, and the gate stay open."""
    assert _query(CHANGED, options)[0].bound is bound


@pytest.mark.parametrize(("options", "bound"), [({}, Bound.NONE), ({"fail": {"changed": 1}}, Bound.FAIL)])
def test_a_column_that_is_gone_is_told(options: dict[str, object], bound: Bound) -> None:
    """A result could lose a column within its thresholds."""
    lost = make({"id": "INTEGER", "v": "VARCHAR", "w": "DATE"}, COLUMNS)
    finding, _ = _query(EQUAL, options, lost)
    assert (finding.outcome, finding.bound) == (Outcome.CHANGED, bound)
    assert finding.message == "all 100 rows are equal, 1 column removed"
    assert finding.measures["removed_columns"] == ["w"]
    gained, _ = _query(EQUAL, {"fail": {"changed": 1}}, make(COLUMNS, {**COLUMNS, "w": "DATE"}))
    assert (gained.outcome, gained.bound, gained.measures["added_columns"]) == (Outcome.CHANGED, Bound.WITHIN, ["w"])


def test_what_cannot_be_compared_is_an_error() -> None:
    """A query whose key is misspelt would be compared in another way, or not at all, and pass."""
    finding, rounds = _query(EQUAL, {"key": "idd"}, make(COLUMNS, key=()))
    assert (finding.outcome, rounds) == (Outcome.ERRORED, [])
    assert finding.message == "key names idd: not both results have it; did you mean id?"
    assert _query(EQUAL, {"key": ["V", "x"]}, make(COLUMNS, {"v": "INTEGER"}, ()))[0].message.startswith("key names x:")
    assert _query(EQUAL, {}, make({"a": "DATE"}, {"b": "DATE"}, ()))[0].outcome is Outcome.ERRORED


def test_key_and_tolerance_are_options() -> None:
    """An option would be accepted and change nothing."""
    options = Options.model_validate({**SQL, "key": "id", "tolerance": {"absolute": 0.01, "columns": {"v": "1%"}}})
    assert options.key == ("id",)
    assert options.comparison() == Comparison(
        tolerance=Tolerance(absolute=Decimal("0.01")), by_column={"v": Tolerance(relative=Decimal("0.01"))}
    )
    assert Options.model_validate(SQL).comparison() == Comparison()


def test_an_answer_of_the_wrong_kind_is_refused() -> None:
    """A broken engine would be reported as a result that did not change."""
    with pytest.raises(TypeError):
        _query("nonsense")


@pytest.mark.parametrize(
    "options",
    [{"sql": None}, {"file": "a.sql"}, {"key": [""]}, {"fail": {"add": 1}}, {"fail": 3}, {"tolerance": "much"}],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, object]) -> None:
    """A slip in the configuration would silently switch a threshold off."""
    with pytest.raises(ValidationError):
        Options.model_validate({**SQL, **options})
