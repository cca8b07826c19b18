"""The keys and row_count checks and their options, by feeding the conversations answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from bot.checks import keys, row_count
from bot.core import verdict
from bot.domain import (
    Answer,
    Bound,
    Finding,
    Grade,
    KeyCounts,
    KeyFacts,
    Outcome,
    Pair,
    Question,
    RepeatedKey,
    RepeatedKeys,
    RowCount,
    Showing,
    Side,
)
from tests.checks.stage import converse, make

COLUMNS = {"id": "INTEGER", "part": "INTEGER", "v": "VARCHAR"}
GOOD, BAD, WORSE = KeyCounts(0, 0, 0), KeyCounts(2, 3, 8), KeyCounts(3, 3, 9)


def _facts(base: KeyCounts, head: KeyCounts) -> dict[Question, Answer]:
    return {KeyFacts(Side.BASE): base, KeyFacts(Side.HEAD): head}


def _ask(options: Mapping[str, Any], base: KeyCounts, head: KeyCounts, of: Pair | None = None) -> Finding:
    return converse(keys.check(of or make(COLUMNS), keys.Options.model_validate(options)), _facts(base, head))[0]


LIMITS: list[tuple[str, Mapping[str, Any], KeyCounts, KeyCounts, Bound, Grade]] = [
    ("none, good", {}, GOOD, GOOD, Bound.NONE, Grade.PASS),
    ("none, as bad as before", {}, BAD, BAD, Bound.NONE, Grade.WARN),
    ("none, worse", {}, BAD, WORSE, Bound.NONE, Grade.FAIL),
    ("within", {"fail": {"null_rows": 3, "duplicate_rows": 9}}, BAD, WORSE, Bound.WITHIN, Grade.PASS),
    ("null rows beyond", {"fail": {"null_rows": 2, "duplicate_rows": 9}}, BAD, WORSE, Bound.FAIL, Grade.FAIL),
    ("duplicate rows beyond", {"fail": {"null_rows": 3, "duplicate_rows": 8}}, BAD, WORSE, Bound.FAIL, Grade.FAIL),
    ("as bad as before, beyond", {"fail": {"null_rows": 0}}, BAD, BAD, Bound.FAIL, Grade.FAIL),
    (
        "between warning and failing",
        {"warn": {"null_rows": 0, "duplicate_rows": 0}, "fail": {"null_rows": 5, "duplicate_rows": 50}},
        GOOD,
        WORSE,
        Bound.WARN,
        Grade.WARN,
    ),
    ("a limit for nulls is none for duplicates", {"fail": {"null_rows": 5}}, GOOD, WORSE, Bound.FAIL, Grade.FAIL),
    ("a limit for duplicates is none for nulls", {"fail": {"duplicate_rows": 9}}, GOOD, WORSE, Bound.FAIL, Grade.FAIL),
    ("what has no limit is bad as before", {"fail": {"null_rows": 5}}, BAD, BAD, Bound.WARN, Grade.WARN),
    (
        "more keys in as many rows",
        {"fail": {"null_rows": 5}},
        KeyCounts(0, 2, 8),
        KeyCounts(0, 3, 8),
        Bound.FAIL,
        Grade.FAIL,
    ),
]


@pytest.mark.parametrize(
    ("options", "base", "head", "bound", "grade"), [case[1:] for case in LIMITS], ids=[case[0] for case in LIMITS]
)
def test_limits_of_keys(
    options: Mapping[str, Any], base: KeyCounts, head: KeyCounts, bound: Bound, grade: Grade
) -> None:
    """A join that fans out would pass, because something else about the key has a limit."""
    found = _ask(options, base, head)
    assert (found.bound, verdict.grade(found).grade) == (bound, grade)


def test_limits_of_keys_are_for_all_rows() -> None:
    """A sample would pass many times as many rows as the limit says."""
    sample = replace(make(COLUMNS), sampled=0.1)
    limits = {"fail": {"null_rows": 20, "duplicate_rows": 80}}
    assert _ask(limits, BAD, BAD, sample).bound is Bound.WITHIN
    assert _ask({"fail": {"null_rows": 19}}, BAD, BAD, sample).bound is Bound.FAIL
    assert _ask({}, BAD, BAD, sample).measures["sampled"] == 0.1
    assert _ask({}, BAD, BAD, sample).message.endswith(", in a sample of 10% of the keys")


@pytest.mark.parametrize(
    ("side", "bound"), [(Side.HEAD, Bound.FAIL), (Side.BASE, Bound.NONE)], ids=lambda value: value.value
)
def test_limits_of_a_model_on_one_side(side: Side, bound: Bound) -> None:
    """A new model would escape the limits of the team; or one that is removed be held to them."""
    options = keys.Options.model_validate({"fail": {"null_rows": 1, "duplicate_rows": 9}})
    found, _ = converse(keys.alone(make(COLUMNS), options, side), {KeyFacts(side): BAD})
    assert (found.outcome, found.bound) == (Outcome.CHANGED, bound)
    assert converse(keys.alone(make(COLUMNS, key=()), options, side), {})[0].outcome is Outcome.SKIPPED


def test_new_duplicates_are_shown_where_samples_are_allowed() -> None:
    """A reader would know that a join fans out, and not for which keys."""
    of = replace(make(COLUMNS, key=("id", "part")), samples=2)
    repeated = (RepeatedKey(("7", "1"), 1, 3), RepeatedKey(("8", "2"), 0, 2))
    answers = _facts(GOOD, WORSE) | {RepeatedKeys(2): repeated}
    found, rounds = converse(keys.check(of, keys.Options()), answers)
    assert len(rounds) == 1
    (table,) = found.tables
    assert [column.title for column in table.columns] == ["id", "part", "Rows at base", "Rows at head"]
    assert (table.rows, table.left_out) == ((("7", "1", 1, 3), ("8", "2", 0, 2)), 1)
    none = converse(keys.check(of, keys.Options()), _facts(GOOD, GOOD) | {RepeatedKeys(2): ()})[0]
    assert none.tables == ()
    assert converse(keys.check(make(COLUMNS), keys.Options()), _facts(GOOD, WORSE))[0].tables == ()


def test_a_hidden_column_of_the_key_is_not_shown() -> None:
    """The comment would name a column that nobody may see, above the values of another."""
    of = replace(make(COLUMNS, key=("id", "part"), id=Showing.HIDE), samples=1)
    answers = _facts(GOOD, WORSE) | {RepeatedKeys(1): (RepeatedKey(("1",), 1, 3),)}
    (table,) = converse(keys.check(of, keys.Options()), answers)[0].tables
    assert [column.title for column in table.columns] == ["part", "Rows at base", "Rows at head"]


@pytest.mark.parametrize("answer", ["nonsense", ("nonsense",)])
def test_repeated_keys_of_the_wrong_kind_are_refused(answer: Any) -> None:
    """A broken engine would be reported as a key without new duplicates."""
    conversation = keys.check(replace(make(COLUMNS), samples=1), keys.Options())
    next(conversation)
    with pytest.raises(TypeError):
        conversation.send(_facts(GOOD, WORSE) | {RepeatedKeys(1): answer})


@pytest.mark.parametrize("limits", [{"null_rows": -1}, {"duplicate_rows": 1.5}, {"null_rows": "5%"}, {"nulls": 1}])
def test_what_is_no_limit_of_keys_is_refused(limits: Mapping[str, Any]) -> None:
    """A slip in the configuration would be taken for a default."""
    with pytest.raises(ValidationError):
        keys.Options.model_validate({"fail": limits})


# --- row counts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "base", "head", "bound", "grade"),
    [
        ({}, 100, 101, Bound.NONE, Grade.FAIL),
        ({"fail": 5}, 100, 105, Bound.WITHIN, Grade.PASS),
        ({"fail": 5}, 100, 106, Bound.FAIL, Grade.FAIL),
        ({"fail": 5}, 100, 94, Bound.FAIL, Grade.FAIL),
        ({"fail": "10%"}, 1_000, 1_100, Bound.WITHIN, Grade.PASS),
        ({"fail": "10%"}, 1_000, 1_101, Bound.FAIL, Grade.FAIL),
        ({"fail": {"down": 0}}, 100, 900, Bound.WITHIN, Grade.PASS),
        ({"fail": {"down": 0}}, 100, 99, Bound.FAIL, Grade.FAIL),
        ({"fail": {"up": "5%", "down": 1}}, 100, 98, Bound.FAIL, Grade.FAIL),
        ({"warn": 1, "fail": 10}, 100, 105, Bound.WARN, Grade.WARN),
        ({"warn": 1}, 100, 200, Bound.WARN, Grade.WARN),
        ({"fail": "5%"}, 0, 1, Bound.FAIL, Grade.FAIL),
        ({"fail": 0}, 7, 7, Bound.WITHIN, Grade.PASS),
        ({"fail": 0}, 0, 0, Bound.WITHIN, Grade.WARN),
    ],
)
def test_limits_of_row_counts(options: Mapping[str, Any], base: int, head: int, bound: Bound, grade: Grade) -> None:
    """A table that lost its rows would pass, or one that grew as it should close the gate."""
    answers: dict[Question, Answer] = {RowCount(Side.BASE): base, RowCount(Side.HEAD): head}
    found, _ = converse(row_count.check(make(COLUMNS), row_count.Options.model_validate(options)), answers)
    assert (found.bound, verdict.grade(found).grade) == (bound, grade)


def test_row_counts_of_a_sample() -> None:
    """A limit in rows would be a hundred times as wide in a sample of a hundredth."""
    answers: dict[Question, Answer] = {RowCount(Side.BASE): 100, RowCount(Side.HEAD): 101}
    of = replace(make(COLUMNS), sampled=0.01)
    found, _ = converse(row_count.check(of, row_count.Options.model_validate({"fail": 99})), answers)
    assert (found.bound, found.measures["sampled"]) == (Bound.FAIL, 0.01)
    assert found.message == "100 rows before, 101 after, in a sample of 1% of the keys"
