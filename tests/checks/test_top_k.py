"""The most frequent values, by feeding the conversation answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from bot.checks.top_k import Options, check
from bot.domain import (
    Aggregate,
    Answer,
    Bound,
    Finding,
    Frequencies,
    Frequency,
    FrequencyTable,
    Measure,
    Outcome,
    Pair,
    Question,
    RowCount,
    Showing,
    Side,
)
from tests.checks.stage import converse, make

COLUMNS = {"id": "INTEGER", "status": "VARCHAR", "country": "VARCHAR"}
SAME = FrequencyTable((Frequency("a", 60, 60), Frequency(None, 40, 40)), 0, 0)
MOVED = FrequencyTable(
    (Frequency("open", 60, 50), Frequency("paid", 40, 30), Frequency("late", 0, 20)),
    appeared=3,
    vanished=1,
    new=(Frequency("late", 0, 20),),
    gone=(Frequency("lost", 0, 0),),
)


def _top_k(
    options: Mapping[str, object],
    values: FrequencyTable = MOVED,
    rows: tuple[int, int] = (100, 100),
    pair: Pair | None = None,
) -> tuple[Finding, list[list[Question]]]:
    told: dict[Question, Answer] = {RowCount(side): number for side, number in zip(Side, rows, strict=True)}
    for side, number in zip(Side, (7, 9), strict=True):
        told[Aggregate(side, "status", Measure.DISTINCT)] = number
    for limit in (2, 10):
        told |= {Frequencies("status", limit): values, Frequencies("country", limit): SAME}
    finding, rounds = converse(check(pair or make(COLUMNS), Options.model_validate(options)), told)
    json.dumps(finding.measures)
    return finding, rounds


def _told(finding: Finding, column: str) -> Any:
    columns = finding.measures["columns"]
    assert isinstance(columns, dict)
    return columns[column]


def test_values_that_come_and_go_are_told() -> None:
    """A new status that no report knows would go unnoticed."""
    finding, _ = _top_k({"columns": ["status", "country"]})
    assert finding.outcome is Outcome.CHANGED
    assert finding.message == "3 values appeared, 1 value vanished in 1 of 2 columns"
    assert _told(finding, "status")["appeared"] == 3
    assert _told(finding, "status")["top"][0] == {"value": "open", "base": 60, "head": 50, "share_change": -10.0}
    assert _told(finding, "country")["top"][1] == {"value": None, "base": 40, "head": 40, "share_change": 0.0}
    top, one_sided = finding.tables
    assert top.rows == (
        ("status", "open", 60, 50, -10.0),
        ("status", "paid", 40, 30, -10.0),
        ("status", "late", 0, 20, 20.0),
    )
    assert one_sided.rows == (("status", "late", "appeared", 20), ("status", "lost", "vanished", 0))
    assert one_sided.left_out == 2
    assert [column.data for column in top.columns] == [True, True, False, False, False]


def test_values_that_are_as_frequent_as_before() -> None:
    """A column that is as it was would fill the comment."""
    finding, _ = _top_k({"columns": "country"})
    assert (finding.outcome, finding.tables) == (Outcome.UNCHANGED, ())
    assert finding.message == "no value of country appeared or vanished, and the 10 most frequent kept their rows"
    many = {f"c{number}": "VARCHAR" for number in range(4)}
    told: dict[Question, Answer] = {Frequencies(name, 10): SAME for name in many}
    told |= {RowCount(side): 1 for side in Side}
    finding, _ = converse(check(make(many, key=()), Options(columns=("*",))), told)
    assert finding.message.startswith("no value of 4 columns appeared or vanished")


def test_values_that_are_only_more_frequent() -> None:
    """A shift between two values would be taken for nothing."""
    shifted = FrequencyTable((Frequency("a", 60, 50), Frequency("b", 40, 50)), 0, 0)
    finding, _ = _top_k({"columns": "status"}, shifted)
    assert (finding.outcome, finding.message) == (
        Outcome.CHANGED,
        "values are more or less frequent in 1 of 1 column",
    )
    assert [table.title for table in finding.tables] == ["Most frequent values"]


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ({"columns": "status"}, [Frequencies("status", 10)]),
        ({"columns": ["STATUS"], "limit": 2}, [Frequencies("status", 2)]),
        ({"columns": ["*t*"], "limit": 2}, [Frequencies("status", 2), Frequencies("country", 2)]),
    ],
)
def test_options_say_what_is_asked(options: dict[str, object], asked: list[Question]) -> None:
    """An option would be accepted and change nothing."""
    _, rounds = _top_k(options)
    assert rounds == [[*asked, RowCount(Side.BASE), RowCount(Side.HEAD)]]


@pytest.mark.parametrize(
    ("thresholds", "bound"),
    [
        ({}, Bound.NONE),
        ({"fail": {"appeared": 3}}, Bound.WITHIN),
        ({"fail": {"appeared": 2}}, Bound.FAIL),
        ({"fail": {"vanished": 1}}, Bound.WITHIN),
        ({"fail": {"vanished": 0}}, Bound.FAIL),
        ({"fail": {"share": 20}}, Bound.WITHIN),
        ({"fail": {"share": 19.9}}, Bound.FAIL),
        ({"warn": {"share": 5}, "fail": {"share": 30}}, Bound.WARN),
        ({"warn": {"vanished": 0}}, Bound.WARN),
    ],
)
def test_thresholds(thresholds: dict[str, object], bound: Bound) -> None:
    """Values could appear or vanish beyond what a project allows, and the gate stay open."""
    finding, _ = _top_k({"columns": "status", **thresholds})
    assert finding.bound is bound
    assert finding.message.endswith("1 beyond a threshold") is (bound in (Bound.WARN, Bound.FAIL))


@pytest.mark.parametrize(
    ("rows", "outcome", "bound"),
    [((0, 0), Outcome.VACUOUS, Bound.WITHIN), ((0, 9), Outcome.CHANGED, Bound.FAIL)],
)
def test_a_side_without_rows(rows: tuple[int, int], outcome: Outcome, bound: Bound) -> None:
    """A table that lost all of its rows would keep every threshold on a share."""
    values = FrequencyTable((Frequency("a", *rows),) if any(rows) else (), appeared=int(any(rows)), vanished=0)
    finding, _ = _top_k({"columns": "status", "fail": {"share": 50}}, values, rows)
    assert (finding.outcome, finding.bound) == (outcome, bound)


@pytest.mark.parametrize("showing", [Showing.HASH, Showing.MASK, Showing.HIDE])
def test_of_a_personal_column_no_value_is_shown(showing: Showing) -> None:
    """Names of people would stand in a comment."""
    finding, _ = _top_k({"columns": ["status", "country"]}, pair=make(COLUMNS, status=showing))
    (table,) = finding.tables
    assert table.rows == (("status", 7, 9, 3, 1),)
    assert table.left_out == 0
    assert _told(finding, "status") == {
        "appeared": 3, "vanished": 1, "distinct": {"base": 7, "head": 9}, "bound": "none",
    }  # fmt: skip
    assert not any(word in repr(finding) for word in ("open", "paid", "late", "lost"))
    assert finding.message == "3 values appeared, 1 value vanished in 1 of 2 columns"


def test_a_threshold_on_shares_that_are_hidden_is_not_silent() -> None:
    """A threshold on a column would be dead as soon as the column is marked as personal."""
    pair, untold = make(COLUMNS, status=Showing.HIDE), FrequencyTable((), 0, 0)
    options = {"columns": "status", "fail": {"share": 5}}
    finding, _ = _top_k(options, untold, pair=pair)
    assert (finding.outcome, finding.bound) == (Outcome.UNCHANGED, Bound.WARN)
    assert finding.message == "no value of status appeared or vanished, 1 beyond a threshold"
    assert _top_k({"columns": "status", "fail": {"appeared": 0}}, untold, pair=pair)[0].bound is Bound.WITHIN
    assert _top_k(options, untold, (0, 0), pair)[0].bound is Bound.WITHIN


def test_names_that_are_no_column_are_told() -> None:
    """A misspelt name would switch a watch off without a word."""
    finding, rounds = _top_k({"columns": ["statsu"]})
    assert (finding.outcome, rounds) == (Outcome.SKIPPED, [])
    words = "top_k.columns names statsu: neither side has it; did you mean status?"
    assert finding.message == f"no column of both sides has such a name; {words}"
    assert _top_k({"columns": ["statsu", "country"]})[0].message.endswith(words)


def test_a_sample_is_said() -> None:
    """A reader would take what a sample tells for all rows."""
    finding, _ = _top_k({"columns": "status"}, pair=replace(make(COLUMNS), sampled=0.5))
    assert finding.message.endswith(", in a sample of 50% of the keys")
    assert finding.measures["sampled"] == 0.5
    first = _told(finding, "status")["top"][0]
    assert first["base_between"][0] < 60 < first["base_between"][1]
    assert first["head_between"][0] < 50 < first["head_between"][1]


def test_an_answer_of_the_wrong_kind_is_refused() -> None:
    """A broken engine would be reported as values that did not change."""
    wrong: list[tuple[Answer, Answer]] = [(1, 1), (SAME, "many")]
    for frequencies, rows in wrong:
        told: dict[Question, Answer] = {RowCount(side): rows for side in Side}
        told[Frequencies("status", 10)] = frequencies
        with pytest.raises(TypeError):
            converse(check(make(COLUMNS), Options(columns=("status",))), told)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"columns": []},
        {"columns": "a", "limit": 0},
        {"columns": "a", "limit": 101},
        {"columns": "a", "fail": {"new": 1}},
        {"columns": "a", "fail": {"share": 101}},
        {"columns": "a", "fail": {"appeared": -1}},
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, object]) -> None:
    """A slip in the configuration would silently switch a threshold off."""
    with pytest.raises(ValidationError):
        Options.model_validate(options)
