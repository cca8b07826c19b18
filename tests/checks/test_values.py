"""The values check and its options, by feeding the conversation answers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from bot.checks.values import Options, check
from bot.core import verdict
from bot.core.comparison import Comparison
from bot.core.pairing import pair
from bot.domain import (
    Answer,
    Bound,
    ColumnChanges,
    Example,
    ExampleRows,
    Examples,
    Extent,
    Extents,
    Finding,
    FromTo,
    Grade,
    Key,
    KeySource,
    Outcome,
    Pair,
    Period,
    PeriodChanges,
    PeriodCounts,
    Question,
    RowChanges,
    RowCounts,
    RowKind,
    Showing,
    Tolerance,
)
from tests.checks.stage import converse, make

COLUMNS = {"id": "INTEGER", "name": "VARCHAR", "amount": "DECIMAL(9,2)", "day": "DATE"}
SOME = RowCounts(1_000, 1_010, added=20, removed=10, changed=30, unchanged=960)
BY_COLUMN = {"id": 0, "name": 10, "amount": 25, "day": 0}


def _answers(rows: RowCounts = SOME, columns: Mapping[str, int] | None = None) -> dict[Question, Answer]:
    changed = BY_COLUMN if columns is None else columns
    return {RowChanges(): rows, **{ColumnChanges(name): number for name, number in changed.items()}}


def _ask(options: Mapping[str, Any], of: Pair | None = None, **more: Any) -> Finding:
    answers = _answers(more.get("rows", SOME), more.get("columns"))
    finding, rounds = converse(check(of or make(COLUMNS), Options.model_validate(options)), answers)
    assert len(rounds) == 1, "a second round would cost another alignment"
    assert json.loads(json.dumps(finding.measures)) == finding.measures
    return finding


# --- how values are compared --------------------------------------------------------------------------------------

CENT, PERCENT, SECOND = Tolerance(Decimal("0.01")), Tolerance(relative=Decimal("0.01")), Tolerance(Decimal("1"))


@pytest.mark.parametrize(
    ("options", "comparison"),
    [
        ({}, Comparison()),
        ({"include": "name"}, Comparison(include=("name",))),
        ({"include": ["name", "a*"]}, Comparison(include=("name", "a*"))),
        ({"exclude": ["_loaded_*"]}, Comparison(exclude=("_loaded_*",))),
        ({"rename": {"old": "new"}}, Comparison(rename={"old": "new"})),
        ({"tolerance": 0.01}, Comparison(tolerance=CENT)),
        ({"tolerance": "1%"}, Comparison(tolerance=PERCENT)),
        ({"tolerance": {"absolute": 0.01}}, Comparison(tolerance=CENT)),
        ({"tolerance": {"relative": 0.01}}, Comparison(tolerance=PERCENT)),
        (
            {"tolerance": {"absolute": 1, "relative": 0.01}},
            Comparison(tolerance=Tolerance(Decimal("1"), Decimal("0.01"))),
        ),
        ({"tolerance": {"columns": {"amount": 0.01}}}, Comparison(by_column={"amount": CENT})),
        ({"tolerance": {"columns": {"amount": {"relative": 0.01}}}}, Comparison(by_column={"amount": PERCENT})),
        ({"tolerance": {"types": {"float": "1%"}}}, Comparison(by_type={"float": PERCENT})),
        ({"tolerance": {"types": {"decimal": 0.01}}}, Comparison(by_type={"decimal": CENT})),
        ({"tolerance": {"types": {"integer": 1}}}, Comparison(by_type={"integer": SECOND})),
        ({"tolerance": {"types": {"timestamp": 1}}}, Comparison(by_type={"timestamp": SECOND})),
        ({"ignore_case": True}, Comparison(fold_case=True)),
        ({"ignore_case": "name"}, Comparison(fold_case=("name",))),
        ({"ignore_trailing_spaces": True}, Comparison(trim=True)),
        ({"ignore_trailing_spaces": ["name", "note"]}, Comparison(trim=("name", "note"))),
        ({"exact": True}, Comparison(exact=True)),
    ],
)
def test_options_make_the_comparison(options: Mapping[str, Any], comparison: Comparison) -> None:
    """An option would be read and have no effect."""
    assert Options.model_validate(options).comparison() == comparison


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tolerance": -1}, "not negative"),
        ({"tolerance": "a bit"}, "percentage such as 5%"),
        ({"tolerance": {"types": {"text": 1}}}, "Extra inputs"),
        ({"tolerance": {"types": {"timestamp": "1%"}}}, "a moment has no percentage"),
        ({"ignore_case": 1}, "valid"),
        ({"exclude": [""]}, "must not be empty"),
        ({"window": {"column": "day"}}, "expected `from`, `to` or `last`"),
        ({"window": {"column": "day", "last": "30 days", "from": "2026-01-01"}}, "either `from` or `last`"),
        ({"window": {"column": "day", "last": "a while"}}, "such as 30 days"),
        ({"window": {"column": "day", "from": "yesterday"}}, "a date such as 2026-01-31"),
        ({"by_period": {"column": "day", "period": "decade"}}, "'day', 'week', 'month', 'quarter' or 'year'"),
        ({"fail": {"match": 101}}, "less than or equal to 100"),
        ({"fail": {"columns": {"name": -1}}}, "greater than or equal to 0"),
        ({"fail": {"changd": 1}}, "Extra inputs"),
    ],
)
def test_what_is_no_option_is_refused(options: Mapping[str, Any], words: str) -> None:
    """A slip in the configuration would be taken for a default."""
    with pytest.raises(ValidationError, match=words):
        Options.model_validate(options)


def test_options_have_a_schema_and_descriptions() -> None:
    """Editors could not help, and the documentation would have gaps."""
    schema = Options.model_json_schema()
    assert {"include", "tolerance", "window", "by_period", "fail"} <= schema["properties"].keys()
    assert all(field.description for field in Options.model_fields.values())
    tolerance = json.dumps(schema)
    assert '"timestamp"' in tolerance
    assert '"from"' in tolerance


# --- thresholds ---------------------------------------------------------------------------------------------------

FINE = RowCounts(1_000, 1_000, 0, 0, 0, 1_000)
ONLY_ADDED = RowCounts(1_000, 1_020, added=20, removed=0, changed=0, unchanged=1_000)
ONLY_CHANGED = RowCounts(1_000, 1_000, added=0, removed=0, changed=30, unchanged=970)
NONE = dict.fromkeys(BY_COLUMN, 0)
LIMITS: list[tuple[str, Mapping[str, Any], RowCounts, Bound]] = [
    ("none", {}, SOME, Bound.NONE),
    ("nothing changed", {"fail": {"added": 0}}, FINE, Bound.WITHIN),
    ("added within", {"fail": {"added": 20}}, ONLY_ADDED, Bound.WITHIN),
    ("added beyond", {"fail": {"added": 19}}, ONLY_ADDED, Bound.FAIL),
    ("added percent within", {"fail": {"added": "2%"}}, ONLY_ADDED, Bound.WITHIN),
    ("added percent beyond", {"fail": {"added": "1.9%"}}, ONLY_ADDED, Bound.FAIL),
    ("added warns", {"warn": {"added": 5}, "fail": {"added": 50}}, ONLY_ADDED, Bound.WARN),
    ("warns alone", {"warn": {"added": 5}}, ONLY_ADDED, Bound.WARN),
    ("removed is not added", {"fail": {"removed": 100}}, ONLY_ADDED, Bound.FAIL),
    ("removed within", {"fail": {"removed": 10, "added": 20, "changed": 30}}, SOME, Bound.WITHIN),
    ("removed beyond", {"fail": {"removed": 9, "added": 20, "changed": 30}}, SOME, Bound.FAIL),
    ("changed within", {"fail": {"changed": "3%"}}, ONLY_CHANGED, Bound.WITHIN),
    ("changed beyond", {"fail": {"changed": "2.9%"}}, ONLY_CHANGED, Bound.FAIL),
    ("changed is left open", {"fail": {"removed": 10, "added": 20}}, SOME, Bound.FAIL),
    ("match within", {"fail": {"match": 94}}, SOME, Bound.WITHIN),
    ("match beyond", {"fail": {"match": 95}}, SOME, Bound.FAIL),
    ("match warns", {"warn": {"match": 95}}, SOME, Bound.WARN),
    ("columns within", {"fail": {"columns": {"name": 99, "amount": 97.4}}}, ONLY_CHANGED, Bound.WITHIN),
    ("columns beyond", {"fail": {"columns": {"name": 99.1, "amount": 97}}}, ONLY_CHANGED, Bound.FAIL),
    ("columns warn", {"warn": {"columns": {"*": 99.1}}}, ONLY_CHANGED, Bound.WARN),
    ("a column is left open", {"fail": {"columns": {"name": 99}}}, ONLY_CHANGED, Bound.FAIL),
    ("the stricter of two", {"fail": {"columns": {"*": 50, "name": 99.1}}}, ONLY_CHANGED, Bound.FAIL),
    ("columns are not rows", {"fail": {"columns": {"*": 50}}}, ONLY_ADDED, Bound.FAIL),
    ("columns and rows", {"fail": {"columns": {"*": 50}, "added": 20, "removed": 10}}, SOME, Bound.WITHIN),
]


@pytest.mark.parametrize(("options", "rows", "bound"), [case[1:] for case in LIMITS], ids=[case[0] for case in LIMITS])
def test_thresholds(options: Mapping[str, Any], rows: RowCounts, bound: Bound) -> None:
    """A limit for one thing would open the gate for another, or a limit have no effect."""
    finding = _ask({**options, "steps": False}, rows=rows, columns=BY_COLUMN if rows.changed else NONE)
    assert finding.bound is bound
    wanted = {Bound.WITHIN: Grade.PASS, Bound.WARN: Grade.WARN}.get(bound, Grade.FAIL)
    assert verdict.grade(finding).grade is wanted


@pytest.mark.parametrize(("share", "bound"), [(None, Bound.WITHIN), (0.5, Bound.FAIL)])
def test_limits_in_rows_are_for_all_rows(share: float | None, bound: Bound) -> None:
    """A sample of a hundredth would pass a hundred times as many rows as the limit says."""
    of = replace(make(COLUMNS), sampled=share)
    found = _ask({"fail": {"added": 20}, "steps": False}, of, rows=ONLY_ADDED, columns=NONE)
    assert found.bound is bound


def test_percentages_are_the_same_in_a_sample() -> None:
    """The same share of rows would be within the limit of the whole table and beyond that of its sample."""
    of = replace(make(COLUMNS), sampled=0.01)
    assert _ask({"fail": {"added": "2%"}, "steps": False}, of, rows=ONLY_ADDED, columns=NONE).bound is Bound.WITHIN


def test_a_sample_says_that_it_is_one() -> None:
    """A reader would take the counts of a sample for those of the table; a sample without a change for a proof."""
    of = replace(make(COLUMNS), sampled=0.1)
    changed = _ask({"steps": False}, of)
    assert changed.message == (
        "20 added, 10 removed, 30 changed, 960 unchanged, in a sample of 10% of the keys; "
        "4.6% to 7.5% of all rows differ (95% confidence)"
    )
    assert changed.measures["sampled"] == 0.1
    same = _ask({"steps": False}, of, rows=FINE, columns=NONE)
    assert same.message.endswith("0% to 0.383% of all rows differ (95% confidence)")
    assert verdict.grade(same).grade is Grade.WARN
    assert "sampled" not in _ask({"steps": False}).measures


# --- what is shown ------------------------------------------------------------------------------------------------


def test_what_lies_within_the_tolerance_is_told() -> None:
    """A reader would believe that rows are the same to the last digit."""
    rows = RowCounts(9, 9, 0, 0, 0, 9, tolerated=3)
    same = _ask({"tolerance": 1, "steps": False}, rows=rows, columns=NONE)
    assert same.message == "all 9 rows are equal, 3 of them within the tolerance"
    assert same.measures["tolerated"] == 3
    rows = RowCounts(9, 9, 0, 0, 1, 8, tolerated=3)
    assert _ask({"steps": False}, rows=rows).message.endswith("8 unchanged, 3 of them within the tolerance")


def test_steps_are_asked_of_numbers_that_may_be_shown() -> None:
    """A reader could not tell a rounding from a wrong amount; or would see the values of a hidden column."""
    numbers = {**COLUMNS, "salary": "DOUBLE"}
    of = make(numbers, salary=Showing.MASK)
    columns = {**BY_COLUMN, "salary": 5}
    answers = _answers(columns=columns) | {Extent("amount"): Extents(12.5, -3.0, 50.0, None)}
    finding, rounds = converse(check(of, Options(steps=True)), answers)
    assert {question for question in rounds[0] if isinstance(question, Extent)} == {Extent("amount")}
    table = finding.tables[0]
    assert [column.title for column in table.columns][-2:] == ["Largest step up", "Largest step down"]
    assert table.rows == (
        ("amount", 25, 97.4747, 12.5, -3.0),
        ("name", 10, 98.9898, None, None),
        ("salary", 5, 99.4949, None, None),
    )
    told = finding.measures["columns"]
    assert isinstance(told, dict)
    assert told["amount"] == {
        "changed": 25,
        "match_percent": 97.4747,
        "up": 12.5,
        "down": -3.0,
        "up_percent": 50.0,
        "down_percent": None,
    }
    assert "up" not in told["name"]


def test_without_steps_none_are_asked() -> None:
    """The option would have no effect."""
    table = _ask({"steps": False}).tables[0]
    assert table.rows == (("amount", 25, 97.4747), ("name", 10, 98.9898))


def test_samples_become_a_table_of_rows() -> None:
    """A reader would know that rows changed, and not which."""
    of = replace(make(COLUMNS), samples=2)
    rows = (
        Example(RowKind.CHANGED, ("1", "a", "1.00", "x"), ("1", "a", "2.00", "x"), (2,)),
        Example(RowKind.ADDED, None, ("2", "b", "3.00", None)),
        Example(RowKind.REMOVED, ("3", "c", "4.00", "y"), None),
    )
    answers = _answers() | {ExampleRows(2): Examples(tuple(COLUMNS), rows)}
    finding, _ = converse(check(of, Options(steps=False)), answers)
    table = finding.tables[1]
    assert (table.title, table.left_out) == ("Example rows", 57)
    assert table.rows == (
        ("changed", "1", "a", FromTo("1.00", "2.00"), "x"),
        ("added", "2", "b", "3.00", None),
        ("removed", "3", "c", "4.00", "y"),
    )
    nothing = _answers(FINE, NONE) | {ExampleRows(2): Examples((), ())}
    assert converse(check(of, Options(steps=False)), nothing)[0].tables == ()


def test_a_wide_table_shows_the_columns_that_matter() -> None:
    """The changed cell would be lost among two hundred others, or the comment be too long to post."""
    wide = {"id": "INTEGER", **{f"c{n}": "VARCHAR" for n in range(200)}}
    cells = tuple(str(n) for n in range(201))
    row = Example(RowKind.CHANGED, cells, (*cells[:150], "other", *cells[151:]), (150,))
    answers = _answers(columns=dict.fromkeys(wide, 0)) | {ExampleRows(1): Examples(tuple(wide), (row,))}
    finding, _ = converse(check(replace(make(wide), samples=1), Options(steps=False)), answers)
    titles = [column.title for column in finding.tables[0].columns]
    assert len(titles) == 13
    assert {"id", "c149"} <= set(titles)


def test_changes_by_period() -> None:
    """A reader could not tell a mended day from a broken history."""
    asked = PeriodChanges("day", Period.WEEK)
    answers = _answers() | {asked: (PeriodCounts(None, 1, 0, 0), PeriodCounts("2026-01-05", 0, 2, 3))}
    options = Options.model_validate({"by_period": {"column": "DAY", "period": "week"}, "steps": False})
    finding, rounds = converse(check(make(COLUMNS), options), answers)
    assert asked in rounds[0]
    assert finding.tables[1].title == "Changes by week"
    assert finding.tables[1].rows == ((None, 1, 0, 0), ("2026-01-05", 0, 2, 3))
    default = Options.model_validate({"by_period": {"column": "day"}})
    assert default.by_period is not None
    assert default.by_period.period is Period.MONTH


# --- settings that do not fit -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "showing", "setting", "words"),
    [
        ({"by_period": {"column": "dya"}}, {}, "values.by_period", "neither side has it; did you mean day?"),
        ({"by_period": {"column": "name"}}, {}, "values.by_period", "it does not hold moments on both sides"),
        ({"by_period": {"column": "day"}}, {"day": Showing.HASH}, "values.by_period", "its values may not be shown"),
        ({"fail": {"columns": {"nmae": 0}}}, {}, "values.fail.columns", "neither side has it; did you mean name?"),
        ({"warn": {"columns": {"nmae": 0}}}, {}, "values.warn.columns", "neither side has it; did you mean name?"),
    ],
)
def test_a_setting_in_vain_is_a_warning(
    options: Mapping[str, Any], showing: dict[str, Showing], setting: str, words: str
) -> None:
    """A slip in a name would leave a model unchecked, silently."""
    finding = _ask({**options, "steps": False}, make(COLUMNS, None, ("id",), **showing), rows=FINE, columns=NONE)
    assert isinstance(finding.measures["misfits"], list)
    (misfit,) = finding.measures["misfits"]
    assert (misfit["setting"], misfit["reason"]) == (setting, words)
    assert finding.message.endswith(f"; {setting} names {misfit['name']}: {words}")
    assert verdict.grade(finding).grade is Grade.WARN


def test_limits_of_columns_need_a_key() -> None:
    """A limit would be believed to hold that nothing is measured for."""
    options = Options.model_validate({"fail": {"columns": {"name": 99}}})
    finding, _ = converse(check(make(COLUMNS, key=()), options), {RowChanges(): FINE})
    assert "without a key no column is compared by itself" in finding.message


def test_limits_of_columns_that_are_left_out() -> None:
    """A limit would be believed to hold for a column that is not compared."""
    of = replace(make(COLUMNS), uncompared={"name": "random"})
    columns = {name: 0 for name in COLUMNS if name != "name"}
    finding = _ask({"fail": {"columns": {"name": 99}}, "steps": False}, of, rows=FINE, columns=columns)
    assert finding.message.endswith("values.fail.columns names name: its values are not compared")


def _paired(how: Comparison, key: Sequence[str] = ("id",)) -> Pair:
    plain = make(COLUMNS)
    return pair("model.shop.t", plain.base, plain.head, [Key(tuple(key), KeySource.META)], {}, how)


def test_many_settings_in_vain_are_counted() -> None:
    """The sentence would be longer than the comment."""
    of = _paired(Comparison(include=("v", "w", "x", "y", "z", "*")))
    message = _ask({"steps": False}, of, rows=FINE, columns=NONE).message
    assert message.endswith("values.include names x: neither side has it; 2 more settings without effect")


def test_what_is_excluded_and_not_there_is_recorded() -> None:
    """A default for all models would be a warning for each model without that column."""
    finding = _ask({"steps": False}, _paired(Comparison(exclude=("_loaded_at",))), rows=FINE, columns=NONE)
    assert (finding.message, verdict.grade(finding).grade) == ("all 1,000 rows are equal", Grade.PASS)
    assert isinstance(finding.measures["misfits"], list)
    assert finding.measures["misfits"][0]["name"] == "_loaded_at"


def test_an_excluded_key_is_an_error() -> None:
    """Rows would be lined up by a column that the user said to leave out."""
    finding, rounds = converse(check(_paired(Comparison(exclude=("id",))), Options()), {})
    assert (finding.outcome, rounds) == (Outcome.ERRORED, [])
    assert finding.message == "values.exclude names id: rows are lined up by it: declare another key first"


@pytest.mark.parametrize(
    ("options", "samples"),
    [({"steps": True}, 0), ({"steps": False}, 2), ({"steps": False, "by_period": {"column": "day"}}, 0)],
)
def test_an_answer_of_the_wrong_kind_is_refused(options: Mapping[str, Any], samples: int) -> None:
    """A broken engine would be reported as a model that did not change."""
    conversation = check(replace(make(COLUMNS), samples=samples), Options.model_validate(options))
    asked = next(conversation)
    right = _answers()
    with pytest.raises(TypeError):
        conversation.send({question: right.get(question, "nonsense") for question in asked})
