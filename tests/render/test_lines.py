"""Tests of bot/render/lines.py."""

from __future__ import annotations

from dataclasses import replace

from bot.core.comparison import Comparison, left_out
from bot.domain import Column, ColumnReport, Finding, Grade, ModelReport, Outcome, Pairing
from bot.render.dress import Labels
from bot.render.lines import asides, details, unreadable
from bot.render.markdown_style import DRESS
from tests.render.reports import equal, untouched

WHERE = {"scope": "where amount > 0"}


def _asides(*models: ModelReport) -> dict[str, str]:
    return {line.label: line.text for line in asides(replace(untouched(), models=models), Labels(models), DRESS)}


def _details(model: ModelReport) -> dict[str, str]:
    return {line.label: line.text for line in details(model, Labels((model,)), DRESS)}


def _with(model: ModelReport, check: str, measures: dict[str, object], grade: Grade = Grade.PASS) -> ModelReport:
    return replace(model, grade=grade, findings=(Finding(check, Outcome.UNCHANGED, "equal", grade, measures),))


def _shared(*names: str) -> list[Pairing]:
    return [Pairing(Column(name, "INTEGER"), Column(name, "INTEGER")) for name in names]


def test_models_that_fail_alike_are_all_named() -> None:
    """Two messages that begin alike would be told as one, and the models of the first be missing."""
    models = tuple(
        replace(
            equal(name, 1), outcome=Outcome.ERRORED, grade=Grade.ERROR, reason=f"Runtime Error\n  no such column\n{end}"
        )
        for name, end in (("one", "LINE 1"), ("two", "LINE 2"), ("three", "LINE 2"))
    )
    told = unreadable(replace(untouched(), models=models), Labels(models), DRESS)
    assert told == ["`one`, `two`, `three`: Runtime Error no such column …"]


def test_columns_that_settings_leave_out_of_equal_models_are_told() -> None:
    """A green model would pass for equal in columns that nobody looked at."""
    excluded = left_out(_shared("a", "b", "c"), Comparison(exclude=("a", "b")))
    included = left_out(_shared("a", "c"), Comparison(include=("c",)))
    snapshot = {"dbt_updated_at": "a snapshot with the check strategy writes the time of the build here"}
    models = [
        replace(equal(name, 5), columns=ColumnReport(uncompared=columns))
        for name, columns in (("one", {**excluded, **snapshot}), ("two", included), ("three", snapshot), ("four", {}))
    ]
    assert _asides(*models)["Columns not compared"] == (
        "`one`: `a`, `b` (left out by `exclude`); `two`: `a` (not among the columns of `include`)"
    )
    assert "Columns not compared" not in _asides(*models[2:])
    many = [replace(models[0], unique_id=f"model.shop.{number}") for number in range(25)]
    assert _asides(*many)["Columns not compared"].endswith("; and 5 more")


def test_a_model_compared_in_some_of_its_rows_says_in_which() -> None:
    """A green model would pass for equal in rows that nobody looked at."""
    part = _with(equal("orders", 5), "values", dict(WHERE))
    assert _asides(part, equal("all", 3))["Compared in some of the rows only"] == "`orders` (`where amount > 0`)"
    loud = replace(part, grade=Grade.WARN, outcome=Outcome.CHANGED)
    assert "Compared in some of the rows only" not in _asides(loud)
    assert _details(loud)["Rows compared"] == "only those `where amount > 0`"


def test_a_model_that_is_equal_in_a_sample_is_not_called_equal() -> None:
    """The rows that nobody looked at would pass for compared."""
    part = _with(equal("clicks", 5), "values", {"sampled": 0.1}, Grade.WARN)
    told = _asides(part, equal("orders", 3))
    assert told["Equal"] == "1 model, 3 rows compared: `orders`"
    assert told["Equal in a sample"] == "1 model, 5 rows compared: `clicks`"


def test_a_sample_is_of_rows_where_there_is_no_key() -> None:
    """A reader would look for a key that the model does not have."""
    part = _with(equal("clicks", 5), "values", {"sampled": 0.1}, Grade.WARN)
    assert _details(part)["Sampled"].startswith("the numbers are of a 10% sample of the keys,")
    assert _details(replace(part, key=None))["Sampled"].startswith("the numbers are of a 10% sample of the rows,")


def test_columns_that_a_setting_renames_are_told() -> None:
    """A reviewer would not see that a column of another name was taken for the same."""
    model = _with(equal("orders", 5), "schema", {"renamed": {"new": "old"}})
    assert _details(model)["Columns renamed"] == "`old` → `new`"
    assert "Columns renamed" not in _details(_with(equal("orders", 5), "schema", {"renamed": {}}))
