"""The profile of columns, by feeding the conversation answers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest
from pydantic import ValidationError

from bot.checks.profile import Options, check
from bot.core import verdict
from bot.domain import (
    Aggregate,
    Answer,
    Bound,
    ColumnChanges,
    Finding,
    Grade,
    Measure,
    Outcome,
    Pair,
    Question,
    RowChanges,
    RowCount,
    RowCounts,
    Scalar,
    Showing,
    Side,
)
from tests.checks.stage import converse, make

COLUMNS = {
    "id": "INTEGER",
    "amount": "DECIMAL(18,2)",
    "day": "DATE",
    "name": "VARCHAR",
    "ok": "BOOLEAN",
    "tags": "JSON",
}
EQUAL = RowCounts(10, 10, 0, 0, 0, 10)
CHANGED = RowCounts(10, 10, 0, 0, 2, 8)


def _answers(
    values: Mapping[tuple[str, Measure], tuple[Scalar, Scalar]] | None = None,
    changed: Mapping[str, int] | None = None,
    rows: RowCounts = CHANGED,
) -> dict[Question, Answer]:
    """Answers to everything: 1 where nothing else is told."""
    told: dict[Question, Answer] = {RowChanges(): rows, RowCount(Side.BASE): rows.base, RowCount(Side.HEAD): rows.head}
    for column in (*COLUMNS, "added", "removed"):
        told[ColumnChanges(column)] = (changed or {}).get(column, 0)
        for measure in Measure:
            for side, value in zip(Side, (values or {}).get((column, measure), (1, 1)), strict=True):
                for at in (0.1, 0.25, 0.5, 0.75) if measure is Measure.QUANTILE else (None,):
                    told[Aggregate(side, column, measure, at)] = value
    return told


def _profile(
    options: Mapping[str, object], answers: Mapping[Question, Answer], pair: Pair | None = None
) -> tuple[Finding, list[list[Question]]]:
    finding, rounds = converse(check(pair or make(COLUMNS), Options.model_validate(options)), answers)
    json.dumps(finding.measures, allow_nan=False)
    return finding, rounds


def _told(finding: Finding) -> Any:
    return finding.measures["columns"]


def _aggregates(rounds: list[list[Question]]) -> set[tuple[str, str]]:
    return {(q.column, q.measure.value) for asked in rounds for q in asked if isinstance(q, Aggregate)}


def test_where_nothing_changed_nothing_more_is_asked() -> None:
    """Every request would pay for a profile of what did not change."""
    finding, rounds = _profile({}, _answers(rows=EQUAL))
    assert (finding.outcome, finding.message, finding.tables) == (Outcome.UNCHANGED, "no column changed", ())
    assert rounds == [[RowChanges(), *(ColumnChanges(name) for name in COLUMNS)]]
    assert finding.bound is Bound.NONE


def test_columns_that_changed_are_profiled_in_one_round() -> None:
    """A reader would learn that an amount changed, and not that it doubled."""
    answers = _answers({("amount", Measure.SUM): (1_000, 2_000.5)}, {"amount": 2})
    finding, rounds = _profile({}, answers)
    assert len(rounds) == 2
    assert _aggregates(rounds) == {("amount", name) for name in ("nulls", "min", "max", "mean", "sum")}
    assert finding.outcome is Outcome.CHANGED
    assert finding.message == "1 of 5 measures of 1 column differ"
    assert _told(finding)["amount"]["sum"] == {"base": 1_000, "head": 2_000.5, "difference": 1_000.5, "bound": "none"}
    assert _told(finding)["amount"]["min"] == {"base": 1, "head": 1, "difference": 0, "bound": "none"}
    (table,) = finding.tables
    assert [column.title for column in table.columns] == ["Column", "Measure", "Base", "Head", "Difference"]
    assert table.rows == (("amount", "sum", 1_000, 2_000.5, 1_000.5),)


def test_without_a_key_all_columns_are_profiled_once_a_row_differs() -> None:
    """A model without a key would never have a profile."""
    pair = make(COLUMNS, key=())
    assert _profile({}, _answers(rows=EQUAL), pair)[1] == [[RowChanges()]]
    _, rounds = _profile({}, _answers(rows=RowCounts(10, 10, 1, 1, 0, 9)), pair)
    assert {column for column, _ in _aggregates(rounds)} == set(COLUMNS)


def test_rows_that_came_or_went_alone_are_said() -> None:
    """A reader would take 'no column changed' for 'nothing changed'."""
    finding, rounds = _profile({}, _answers(rows=RowCounts(10, 12, 2, 0, 0, 10)))
    assert (finding.outcome, len(rounds)) == (Outcome.UNCHANGED, 1)
    assert finding.message == "no column changed in the rows that both sides have"


def test_no_rows_on_either_side() -> None:
    """Two empty tables would count as verified."""
    assert _profile({}, _answers(rows=RowCounts(0, 0, 0, 0, 0, 0)))[0].outcome is Outcome.VACUOUS


# Options, and the measures of columns that are asked because of them.
_ALL = ("nulls", "null_percent", "distinct", "min", "max", "mean", "sum", "stddev", "quantiles", "min_length")
CASES: list[tuple[dict[str, object], dict[str, set[str]]]] = [
    ({"columns": "amount"}, {"amount": {"nulls", "min", "max", "mean", "sum"}}),
    (
        {"columns": ["DAY", "na*"]},
        {"day": {"nulls", "min", "max"}, "name": {"nulls", "min_length", "max_length", "mean_length"}},
    ),
    ({"columns": ["ok"]}, {"ok": {"nulls", "true", "true_percent"}}),
    ({"columns": ["tags"]}, {"tags": {"nulls"}}),
    ({"columns": ["amount"], "measures": ["distinct", "stddev"]}, {"amount": {"distinct", "stddev"}}),
    (
        {"columns": ["amount", "tags"], "measures": ["mean", "null_percent"]},
        {"amount": {"mean", "null_percent"}, "tags": {"null_percent"}},
    ),
    (
        {"columns": ["amount"], "measures": ["quantiles"]},
        {"amount": {"quantile_0.25", "quantile_0.5", "quantile_0.75"}},
    ),
    ({"columns": ["amount"], "measures": ["quantiles"], "quantiles": [0.1]}, {"amount": {"quantile_0.1"}}),
    ({"columns": ["day"], "measures": ["quantiles"], "quantiles": [0.5]}, {"day": {"quantile_0.5"}}),
    (
        {"columns": ["name"], "measures": list(_ALL)},
        {"name": {"nulls", "null_percent", "distinct", "min", "max", "min_length"}},
    ),
    ({"columns": ["tags"], "fail": {"distinct": 0}}, {"tags": {"nulls", "distinct"}}),
    ({"per_column": {"ok": {"warn": {"true_percent": 1}}}}, {"ok": {"nulls", "true", "true_percent"}}),
    ({"measures": ["nulls"], "per_column": {"am*": {"fail": {"sum": "1%"}}}}, {"amount": {"nulls", "sum"}}),
    ({"measures": ["nulls"], "fail": {"nulls": 0}}, {name: {"nulls"} for name in COLUMNS if name != "id"}),
]


@pytest.mark.parametrize(("options", "expected"), CASES)
def test_options_say_what_is_measured(options: dict[str, object], expected: dict[str, set[str]]) -> None:
    """An option would be accepted and change nothing."""
    finding, _ = _profile(options, _answers())
    assert {column: set(told) for column, told in _told(finding).items()} == expected


@pytest.mark.parametrize(
    ("options", "step", "bound"),
    [
        ({"fail": {"sum": "5%"}}, (100, 105), Bound.WITHIN),
        ({"fail": {"sum": "5%"}}, (100, 106), Bound.FAIL),
        ({"fail": {"sum": {"down": "5%"}}}, (100, 200), Bound.WITHIN),
        ({"warn": {"sum": 1}, "fail": {"sum": 10}}, (100, 105), Bound.WARN),
        ({"warn": {"sum": 1}, "per_column": {"amount": {"warn": {"sum": 10}}}}, (100, 105), Bound.WITHIN),
        ({"per_column": {"amount": {"fail": {"sum": 1}}}}, (100, 105), Bound.FAIL),
        ({"per_column": {"id": {"fail": {"sum": 1}}}}, (100, 105), Bound.WITHIN),
        ({"fail": {"sum": 1}}, (None, 1), Bound.FAIL),
        ({"fail": {"sum": 1}}, (None, None), Bound.WITHIN),
        ({"fail": {"sum": 1}}, (math.nan, math.nan), Bound.WITHIN),
        ({"fail": {"sum": 1}}, (1.0, math.inf), Bound.FAIL),
        ({}, (100, 105), Bound.NONE),
    ],
)
def test_thresholds(options: dict[str, object], step: tuple[Scalar, Scalar], bound: Bound) -> None:
    """A sum that went too far would not close the gate, or one that kept its bounds would."""
    finding, _ = _profile({"columns": ["id", "amount"], **options}, _answers({("amount", Measure.SUM): step}))
    assert finding.bound is bound
    assert ("beyond a threshold" in finding.message) is (bound in (Bound.WARN, Bound.FAIL))


@pytest.mark.parametrize(
    ("measure", "asked", "step", "amount", "bound"),
    [
        ("nulls", Measure.NULLS, (0, 3), 3, Bound.WITHIN),
        ("null_percent", Measure.NULLS, (1, 3), 10, Bound.FAIL),
        ("null_percent", Measure.NULLS, (1, 2), 10, Bound.WITHIN),
        ("distinct", Measure.DISTINCT, (4, 2), 1, Bound.FAIL),
        ("min", Measure.MIN, (4, 2), 1, Bound.FAIL),
        ("max", Measure.MAX, (4, 2), 2, Bound.WITHIN),
        ("mean", Measure.MEAN, (4.5, 2.5), 1, Bound.FAIL),
        ("stddev", Measure.STDDEV, (4.5, 2.5), 1, Bound.FAIL),
        ("quantiles", Measure.QUANTILE, (4.5, 2.5), 1, Bound.FAIL),
    ],
)
def test_a_threshold_on_any_measure(
    measure: str, asked: Measure, step: tuple[Scalar, Scalar], amount: float, bound: Bound
) -> None:
    """A measure could be asked for, and its threshold be forgotten."""
    options = {"columns": "amount", "fail": {measure: amount}}
    assert _profile(options, _answers({("amount", asked): step}))[0].bound is bound


@pytest.mark.parametrize(
    ("column", "measure", "asked", "step", "bound"),
    [
        ("name", "min_length", Measure.MIN_LENGTH, (4, 2), Bound.FAIL),
        ("name", "max_length", Measure.MAX_LENGTH, (4, 4), Bound.WITHIN),
        ("name", "mean_length", Measure.MEAN_LENGTH, (4.0, 6.0), Bound.FAIL),
        ("ok", "true", Measure.TRUE, (4, 2), Bound.FAIL),
        ("ok", "true_percent", Measure.TRUE, (4, 5), Bound.FAIL),
        ("name", "max", Measure.MAX, ("a", "b"), Bound.FAIL),
        ("name", "max", Measure.MAX, ("a", "a"), Bound.WITHIN),
        ("day", "max", Measure.MAX, ("2024-01-01", "2024-01-01"), Bound.WITHIN),
        ("day", "max", Measure.MAX, ("2024-01-01", "2024-01-02"), Bound.FAIL),
        ("day", "max", Measure.MAX, ("infinity", "infinity"), Bound.WITHIN),
        ("day", "max", Measure.MAX, ("2024-01-01", "infinity"), Bound.FAIL),
    ],
)
def test_a_threshold_on_what_is_no_number(
    column: str, measure: str, asked: Measure, step: tuple[Scalar, Scalar], bound: Bound
) -> None:
    """A threshold on a text or a date would hold for everything."""
    options = {"columns": column, "fail": {measure: 1}}
    assert _profile(options, _answers({(column, asked): step}))[0].bound is bound


def test_a_threshold_on_a_date_is_in_seconds() -> None:
    """A model that lost its last week would pass."""
    step: tuple[Scalar, Scalar] = ("2024-01-08", "2024-01-01 00:00:00")
    for days, bound in ((7, Bound.WITHIN), (6, Bound.FAIL)):
        options = {"columns": "day", "fail": {"max": {"down": days * 86_400}}}
        assert _profile(options, _answers({("day", Measure.MAX): step}))[0].bound is bound


def test_thresholds_of_all_columns_ask_nothing_where_nothing_changed() -> None:
    """Thresholds would cost a scan of both sides in every request, or new rows would escape them."""
    finding, rounds = _profile({"fail": {"nulls": 0}}, _answers(rows=EQUAL))
    assert (finding.bound, len(rounds)) == (Bound.WITHIN, 1)
    more = _answers(
        {("name", Measure.NULLS): (0, 2), ("ok", Measure.TRUE): (0, 0)}, rows=RowCounts(10, 12, 2, 0, 0, 10)
    )
    finding, _ = _profile({"fail": {"nulls": 0}}, more)
    assert (finding.bound, finding.tables[0].rows) == (Bound.FAIL, (("name", "nulls", 0, 2, 2, "beyond fail"),))


def test_thresholds_of_all_columns_are_not_about_the_key() -> None:
    """One new order would close the gate, because it adds its number to the sum of all numbers."""
    more = RowCounts(10, 11, 1, 0, 0, 10)
    answers = _answers({("id", Measure.SUM): (55, 66), ("amount", Measure.SUM): (9, 9)}, rows=more)
    finding, rounds = _profile({"fail": {"sum": 0}}, answers)
    assert _aggregates(rounds) == {("amount", "sum")}
    assert (finding.bound, finding.tables) == (Bound.WITHIN, ())
    for named in ({"columns": ["id"]}, {"per_column": {"id": {"warn": {"nulls": 0}}}}):
        assert _profile({"fail": {"sum": 0}, **named}, answers)[0].bound is Bound.FAIL


def test_of_a_column_that_did_not_change_only_thresholds_are_told() -> None:
    """The lengths of texts that are as they were would bury the sum that closed the gate."""
    steps: dict[tuple[str, Measure], tuple[Scalar, Scalar]]
    steps = {("name", Measure.MEAN_LENGTH): (4, 4.1), ("amount", Measure.SUM): (1, 9), ("amount", Measure.MIN): (1, 0)}
    finding, _ = _profile({"fail": {"sum": 1}}, _answers(steps, rows=RowCounts(10, 11, 1, 0, 0, 10)))
    assert [row[:2] for row in finding.tables[0].rows] == [("amount", "sum")]
    changed, _ = _profile({"fail": {"sum": 1}}, _answers(steps, {"name": 1, "amount": 1}))
    assert [row[:2] for row in changed.tables[0].rows] == [
        ("amount", "min"), ("amount", "sum"), ("name", "mean length"),
    ]  # fmt: skip


def test_thresholds_that_fit_no_column_skip_nothing() -> None:
    """A model without numbers would be marked as not looked at, because of a threshold on sums."""
    pair = make({"id": "INTEGER", "name": "VARCHAR"})
    finding, _ = _profile({"fail": {"sum": 1}}, _answers(rows=RowCounts(10, 11, 1, 0, 0, 10)), pair)
    assert (finding.outcome, finding.bound) == (Outcome.UNCHANGED, Bound.WITHIN)
    assert finding.message == "no column changed in the rows that both sides have"


def test_rows_without_a_usable_key_are_not_passed_over() -> None:
    """All rows with a repeated key could change in every column, and the profile would say that none did."""
    unkeyed = RowCounts(10, 10, 3, 3, 0, 7, unkeyed=6)
    finding, rounds = _profile({}, _answers({("amount", Measure.SUM): (1, 9)}, rows=unkeyed))
    assert {column for column, _ in _aggregates(rounds)} == set(COLUMNS) - {"id"}
    words = "; 6 rows without a usable key may differ in any column"
    assert (finding.outcome, finding.message) == (Outcome.CHANGED, f"1 of 16 measures of 5 columns differ{words}")
    some, rounds = _profile({}, _answers(changed={"name": 1}, rows=unkeyed))
    assert {column for column, _ in _aggregates(rounds)} == {"name"}
    assert some.message.endswith(words)
    equal, rounds = _profile({}, _answers(rows=RowCounts(10, 10, 0, 0, 0, 10, unkeyed=6)))
    assert (equal.message, len(rounds)) == ("no column changed", 1)


def test_rows_without_a_usable_key_are_told_where_there_is_nothing_but_a_key() -> None:
    """A reader would take 'no column changed' for 'nothing changed'."""
    finding, _ = _profile({}, _answers(rows=RowCounts(2, 2, 1, 1, 0, 1, unkeyed=2)), make({"id": "INTEGER"}))
    assert finding.message.endswith("; 2 rows without a usable key may differ in any column")


@pytest.mark.parametrize("showing", [Showing.HASH, Showing.MASK, Showing.HIDE])
def test_of_a_personal_boolean_it_is_not_told_how_many_are_true(showing: Showing) -> None:
    """Of a table with one row, or with one more than before, everybody could tell whether that person is ill."""
    pair = replace(make(COLUMNS, ok=showing), sampled=0.5)
    answers = _answers({("ok", Measure.TRUE): (3, 7)}, changed={"ok": 1})
    finding, _ = _profile({}, answers, pair)
    told = _told(finding)["ok"]
    for name in ("true", "true_percent"):
        assert told[name] == {"base": "hidden", "head": "hidden", "difference": None, "bound": "none"}
    assert {row[2:] for row in finding.tables[0].rows} == {("hidden", "hidden", None)}


def test_texts_have_a_table_of_their_own() -> None:
    """A text of the data would be printed among numbers, undressed."""
    answers = _answers({("name", Measure.MAX): ("y", "z"), ("name", Measure.DISTINCT): (2, 3)})
    finding, _ = _profile({"columns": ["name"], "measures": ["max", "distinct"]}, answers)
    numbers, texts = finding.tables
    assert (numbers.rows, texts.rows) == ((("name", "distinct", 2, 3, 1),), (("name", "max", "y", "z"),))
    assert all(column.data for column in texts.columns if column.title != "Measure")
    assert not any(column.data for column in numbers.columns if column.title != "Column")


@pytest.mark.parametrize("showing", [Showing.HASH, Showing.MASK, Showing.HIDE])
def test_of_a_personal_column_no_value_is_shown(showing: Showing) -> None:
    """Somebody's salary would stand in a comment as the greatest of all."""
    pair = make(COLUMNS, amount=showing)
    measures = ["nulls", "distinct", "min", "max", "mean", "sum", "stddev", "quantiles"]
    steps: dict[tuple[str, Measure], tuple[Scalar, Scalar]]
    steps = {("amount", measure): (71_234, 81_234) for measure in Measure if measure is not Measure.NULLS}
    finding, _ = _profile({"columns": "amount", "measures": measures, "fail": {"max": 1}}, _answers(steps), pair)
    told = _told(finding)["amount"]
    assert told["distinct"]["head"] == 81_234
    assert finding.bound is Bound.FAIL
    del told["distinct"]
    assert "1234" not in json.dumps(told)
    shown = [row for table in finding.tables for row in table.rows if row[1] != "distinct"]
    assert {row[1:5] for row in shown} >= {("max", "hidden", "hidden", None), ("sum", "hidden", "hidden", None)}
    assert "1234" not in repr(shown)


@pytest.mark.parametrize(
    ("seen", "bound"), [((None, None), Bound.WARN), (("•••", "•••"), Bound.WARN), (("7f", "8a"), Bound.FAIL)]
)
def test_a_threshold_on_what_is_hidden_is_not_silent(seen: tuple[Scalar, Scalar], bound: Bound) -> None:
    """A threshold on a column would be dead as soon as the column is marked as personal."""
    answers = _answers({("amount", Measure.MAX): seen})
    pair = make(COLUMNS, amount=Showing.HIDE)
    finding, _ = _profile({"columns": "amount", "measures": ["max"], "fail": {"max": 1}}, answers, pair)
    assert finding.bound is bound
    assert finding.tables[0].rows[0][2:4] == ("hidden", "hidden")


def test_a_number_of_many_digits_comes_as_text() -> None:
    """The sum of a wide decimal would be shown as text, without a difference, and beyond every threshold."""
    answers = _answers({("amount", Measure.SUM): ("123456789012345678901.25", "123456789012345678901.75")})
    finding, _ = _profile({"columns": "amount", "fail": {"sum": 1}}, answers)
    assert finding.bound is Bound.WITHIN
    assert _told(finding)["amount"]["sum"]["difference"] == 0.5
    assert finding.tables[0].rows == (
        ("amount", "sum", "123456789012345678901.25", "123456789012345678901.75", 0.5, "kept"),
    )


def test_a_column_on_one_side_only_is_told_and_not_judged() -> None:
    """A new column could not be looked at, or would be beyond every threshold."""
    pair = make({"id": "INTEGER", "removed": "INTEGER"}, {"id": "INTEGER", "added": "VARCHAR"})
    finding, rounds = _profile({"columns": ["added", "removed"], "fail": {"nulls": 0}}, _answers(), pair)
    assert {(q.side, q.column) for q in rounds[0] if isinstance(q, Aggregate)} == {
        (Side.HEAD, "added"),
        (Side.BASE, "removed"),
    }
    assert _told(finding)["added"]["nulls"] == {"base": None, "head": 1, "difference": None, "bound": "none"}
    assert finding.bound is Bound.NONE


def test_a_column_whose_kind_changed_is_asked_what_both_kinds_have() -> None:
    """The warehouse would be asked for the sum of texts, and refuse."""
    pair = make({"id": "INTEGER", "amount": "VARCHAR"}, {"id": "INTEGER", "amount": "INTEGER"})
    finding, _ = _profile({"columns": "amount", "measures": list(_ALL)}, _answers(), pair)
    assert set(_told(finding)["amount"]) == {"nulls", "null_percent", "distinct"}
    finding, _ = _profile({}, _answers(changed={"amount": 1}), pair)
    assert set(_told(finding)["amount"]) == {"nulls"}


def test_names_that_are_no_column_are_told() -> None:
    """A misspelt name would switch a watch off without a word."""
    finding, rounds = _profile({"columns": ["amuont"]}, _answers())
    assert (finding.outcome, rounds) == (Outcome.SKIPPED, [])
    words = "; profile.columns names amuont: neither side has it; did you mean amount?"
    assert finding.message.endswith(words)
    finding, _ = _profile({"columns": ["amuont", "id"]}, _answers())
    assert finding.message.endswith(words)
    assert verdict.grade(finding).grade is Grade.WARN
    finding, _ = _profile({"columns": "id", "per_column": {"elsewhere": {"fail": {"sum": 1}}}}, _answers())
    assert "elsewhere" not in finding.message
    assert verdict.grade(finding).grade is Grade.PASS
    (misfit,) = cast("list[dict[str, str]]", finding.measures["misfits"])
    assert (misfit["setting"], misfit["name"]) == ("profile.per_column", "elsewhere")


def test_a_slip_is_told_though_nothing_changed() -> None:
    """A threshold on a misspelt column would be found out only by the change that it should have stopped."""
    options = {"per_column": {"amuont": {"fail": {"sum": 1}}}}
    finding, _ = _profile(options, _answers(changed={}))
    assert finding.outcome is Outcome.UNCHANGED
    assert finding.message.endswith("; profile.per_column names amuont: neither side has it; did you mean amount?")
    assert verdict.grade(finding).grade is Grade.WARN


def test_nothing_to_measure() -> None:
    """A check that could ask nothing would seem to have seen nothing wrong."""
    assert _profile({"columns": "tags", "measures": ["sum"]}, _answers())[0].outcome is Outcome.SKIPPED
    apart = make({"a": "INTEGER"}, {"b": "INTEGER"})
    assert _profile({}, _answers(), apart)[0].outcome is Outcome.SKIPPED


def test_a_sample_is_said() -> None:
    """A reader would take what a sample tells for all rows."""
    finding, _ = _profile({"columns": "amount"}, _answers(), replace(make(COLUMNS), sampled=0.1))
    assert finding.message == "0 of 5 measures of 1 column differ, in a sample of 10% of the keys"


def test_counts_of_a_sample_are_scaled_up_for_thresholds() -> None:
    """A tenth of the rows would be allowed ten times as many nulls."""
    pair = replace(make(COLUMNS), sampled=0.1)
    for measure, options, bound in (
        (Measure.NULLS, {"nulls": 20}, Bound.WITHIN),
        (Measure.NULLS, {"nulls": 19}, Bound.FAIL),
        (Measure.SUM, {"sum": 19}, Bound.FAIL),
        (Measure.SUM, {"sum": "200%"}, Bound.WITHIN),
        (Measure.DISTINCT, {"distinct": 2}, Bound.WITHIN),
    ):
        answers = _answers({("amount", measure): (1, 3)})
        assert _profile({"columns": "amount", "fail": options}, answers, pair)[0].bound is bound


def test_percentages_of_a_sample_have_their_confidence_interval() -> None:
    """A reader would take the share in a sample for that of all rows."""
    pair = replace(make(COLUMNS), sampled=0.1)
    finding, _ = _profile({"columns": "ok"}, _answers({("ok", Measure.TRUE): (0, 5)}), pair)
    told = _told(finding)["ok"]["true_percent"]
    assert (told["base"], told["base_between"][0]) == (0, 0)
    assert told["head_between"][0] < told["head"] == 50 < told["head_between"][1]
    assert "base_between" not in _told(finding)["ok"]["nulls"]
    assert finding.measures["sampled"] == 0.1


def test_floating_point_noise_is_no_difference_to_show() -> None:
    """A reader would see a difference of 0.30000000000000004."""
    finding, _ = _profile({"columns": "amount"}, _answers({("amount", Measure.MEAN): (0.1, 0.4)}))
    assert _told(finding)["amount"]["mean"]["difference"] == 0.3


def test_an_answer_of_the_wrong_kind_is_refused() -> None:
    """A broken engine would be reported as a column that did not change."""
    wrong: list[tuple[Question, Answer]] = [(RowChanges(), 1), (Aggregate(Side.BASE, "amount", Measure.SUM), EQUAL)]
    for question, answer in wrong:
        with pytest.raises(TypeError):
            _profile({}, {**_answers(changed={"amount": 1}), question: answer})
    with pytest.raises(TypeError):
        _profile({"columns": "id", "measures": ["null_percent"]}, {**_answers(), RowCount(Side.HEAD): "many"})


@pytest.mark.parametrize(
    "options",
    [
        {"measures": ["average"]},
        {"measures": []},
        {"quantiles": [1.5]},
        {"quantiles": []},
        {"fail": {"summ": 1}},
        {"fail": {"sum": "lots"}},
        {"per_column": {"amount": {"sum": 1}}},
        {"columns": [""]},
        {"column": "amount"},
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, object]) -> None:
    """A slip in the configuration would silently switch a threshold off."""
    with pytest.raises(ValidationError):
        Options.model_validate(options)
