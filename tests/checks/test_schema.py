"""The schema check and its options, by feeding the conversation answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from bot.checks.schema import Options, check
from bot.core import verdict
from bot.core.comparison import Comparison
from bot.core.pairing import pair
from bot.domain import (
    Aggregate,
    Answer,
    Bound,
    DeclaredColumn,
    Grade,
    Likeness,
    LikenessCounts,
    Measure,
    Outcome,
    Question,
    Side,
)
from tests.checks.stage import converse, make

OLD = {"id": "INTEGER", "a": "INTEGER", "b": "VARCHAR"}
CASES: list[tuple[str, Mapping[str, str], dict[str, object], Grade]] = [
    # the policy where nothing is said
    ("same", OLD, {}, Grade.PASS),
    ("added", {**OLD, "c": "DATE"}, {}, Grade.PASS),
    ("removed", {"id": "INTEGER", "a": "INTEGER"}, {}, Grade.FAIL),
    ("widened", {**OLD, "a": "BIGINT"}, {}, Grade.FAIL),
    ("narrowed", {**OLD, "a": "SMALLINT"}, {}, Grade.FAIL),
    ("retyped", {**OLD, "a": "DATE"}, {}, Grade.FAIL),
    ("reordered", {"id": "INTEGER", "b": "VARCHAR", "a": "INTEGER"}, {}, Grade.WARN),
    # allow, and warn
    ("added is not allowed", {**OLD, "c": "DATE"}, {"allow": []}, Grade.FAIL),
    ("added warns", {**OLD, "c": "DATE"}, {"allow": [], "warn": ["added"]}, Grade.WARN),
    ("removed is allowed", {"id": "INTEGER", "a": "INTEGER"}, {"allow": ["removed"]}, Grade.PASS),
    ("removed warns", {"id": "INTEGER", "a": "INTEGER"}, {"warn": ["removed"]}, Grade.WARN),
    ("widened is allowed", {**OLD, "a": "BIGINT"}, {"allow": ["widened"]}, Grade.PASS),
    ("narrowed is not widened", {**OLD, "a": "SMALLINT"}, {"allow": ["widened"]}, Grade.FAIL),
    ("narrowed is allowed", {**OLD, "a": "SMALLINT"}, {"allow": ["narrowed"]}, Grade.PASS),
    ("retyped is allowed", {**OLD, "a": "DATE"}, {"allow": ["retyped"]}, Grade.PASS),
    ("reordered is allowed", {"id": "INTEGER", "b": "VARCHAR", "a": "INTEGER"}, {"allow": ["reordered"]}, Grade.PASS),
    ("reordered fails", {"id": "INTEGER", "b": "VARCHAR", "a": "INTEGER"}, {"warn": []}, Grade.FAIL),
    ("one of two", {"id": "INTEGER", "a": "BIGINT"}, {"allow": ["widened"], "warn": ["removed"]}, Grade.WARN),
    # what is not looked at
    ("ignored", {"id": "INTEGER", "a": "DATE"}, {"ignore": ["A", "b*"]}, Grade.PASS),
    ("ignored is added", {**OLD, "c": "DATE"}, {"ignore": "c", "allow": []}, Grade.PASS),
    ("any order", {"id": "INTEGER", "b": "VARCHAR", "a": "INTEGER"}, {"ignore_order": True}, Grade.PASS),
    ("ignored in order", {"id": "INTEGER", "b": "VARCHAR", "a": "INTEGER"}, {"ignore": ["b"]}, Grade.PASS),
]


@pytest.mark.parametrize(("head", "options", "grade"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_options(head: Mapping[str, str], options: dict[str, object], grade: Grade) -> None:
    """A column that is lost would pass, or a change that the team allows close the gate."""
    finding, rounds = converse(check(make(OLD, head), Options.model_validate(options)), {})
    assert rounds == []
    assert verdict.grade(finding).grade is grade
    assert (finding.bound is Bound.NONE) is not bool({"allow", "warn"} & options.keys())
    assert json.loads(json.dumps(finding.measures)) == finding.measures


@pytest.mark.parametrize("case", [case for case in CASES if not case[2]], ids=lambda case: case[0])
def test_the_lists_by_default_are_the_policy(case: tuple[str, Mapping[str, str], dict[str, object], Grade]) -> None:
    """The documentation of the options would tell of another policy than the one that holds."""
    default = Options()
    written = Options.model_validate({"allow": default.allow, "warn": default.warn})
    assert verdict.grade(converse(check(make(OLD, case[1]), written), {})[0]).grade is case[3]


# --- renamed columns ----------------------------------------------------------------------------------------------

NEW = {"id": "INTEGER", "a": "INTEGER", "title": "VARCHAR", "n": "BIGINT"}


def test_a_likely_renaming_is_told() -> None:
    """A reviewer would see a column lost and another gained, and could not tell that it is one."""
    answers: dict[Question, Answer] = {Likeness("b", "title"): LikenessCounts(998, 1_000)}
    finding, rounds = converse(check(make(OLD, NEW), Options()), answers)
    assert rounds == [[Likeness("b", "title")]], "only of types that fit"
    assert finding.message == "1 column added, 1 column likely renamed"
    assert finding.measures["likely_renamed"] == [{"base": "b", "head": "title", "percent": 99.8}]
    assert finding.measures["removed"] == ["b"]
    assert finding.tables[0].rows == (("b", "title", 99.8, 1_000),)
    assert verdict.grade(finding).grade is Grade.FAIL
    allowed, _ = converse(check(make(OLD, NEW), Options(allow=("added", "renamed"))), answers)
    assert verdict.grade(allowed).grade is Grade.PASS
    strict, _ = converse(check(make(OLD, NEW), Options(allow=("removed", "added"))), answers)
    assert verdict.grade(strict).grade is Grade.FAIL


@pytest.mark.parametrize(("equal", "compared"), [(899, 1_000), (0, 0)])
def test_columns_that_are_not_alike_are_no_renaming(equal: int, compared: int) -> None:
    """Two columns without a value, or of different ones, would be said to be one."""
    answers: dict[Question, Answer] = {Likeness("b", "title"): LikenessCounts(equal, compared)}
    finding, _ = converse(check(make(OLD, NEW), Options()), answers)
    assert finding.message == "2 columns added, 1 column removed"


def test_each_column_is_renamed_once() -> None:
    """Of a column and its copy both would be said to be the renamed one."""
    base, head = {"id": "A", "x": "INTEGER", "y": "INTEGER"}, {"id": "A", "v": "INTEGER", "w": "INTEGER"}
    alike = {("x", "v"): 95, ("x", "w"): 99, ("y", "v"): 97, ("y", "w"): 98}
    answers: dict[Question, Answer] = {Likeness(*names): LikenessCounts(n, 100) for names, n in alike.items()}
    finding, _ = converse(check(make(base, head), Options()), answers)
    assert finding.measures["likely_renamed"] == [
        {"base": "x", "head": "w", "percent": 99.0},
        {"base": "y", "head": "v", "percent": 97.0},
    ]


def test_at_most_25_combinations_are_asked() -> None:
    """A model whose every column was renamed would cost as many statements as it has columns, squared."""
    base = {"id": "A", **{f"b{n}": "INTEGER" for n in range(10)}}
    head = {"id": "A", **{f"h{n}": "INTEGER" for n in range(10)}}
    conversation = check(make(base, head), Options())
    assert len(next(conversation)) == 25


@pytest.mark.parametrize(
    ("sums", "nulls", "renamed"),
    [((7, 7), (1, 1), True), ((7, 8), (1, 1), False), ((7, 7), (1, 2), False), ((None, None), (3, 3), False)],
)
def test_without_a_key_columns_are_compared_as_a_whole(
    sums: tuple[int | None, int | None],
    nulls: tuple[int, int],
    renamed: bool,  # noqa: FBT001
) -> None:
    """A renaming would be told only of models with a key; or of columns that are empty."""
    of_sides = ((Side.BASE, "b"), (Side.HEAD, "title"))
    answers: dict[Question, Answer] = {}
    for place, of in enumerate(of_sides):
        answers |= {Aggregate(*of, Measure.CHECKSUM): sums[place], Aggregate(*of, Measure.NULLS): nulls[place]}
    finding, rounds = converse(check(make(OLD, NEW, ()), Options()), answers)
    assert {*rounds[0]} == {*answers}
    assert finding.measures["likely_renamed"] == ([{"base": "b", "head": "title", "percent": 100.0}] if renamed else [])


@pytest.mark.parametrize("key", [("id",), ()])
def test_an_answer_of_the_wrong_kind_is_no_renaming(key: tuple[str, ...]) -> None:
    """A broken engine would be reported as a column that was lost."""
    conversation = check(make({"id": "A", "x": "A[]"}, {"id": "A", "y": "A[]"}, key), Options())
    asked = next(conversation)
    if key:
        with pytest.raises(TypeError):
            conversation.send(dict.fromkeys(asked, 3))
    else:
        with pytest.raises(StopIteration):
            conversation.send(dict.fromkeys(asked, 3))


def test_what_has_no_equality_is_not_asked() -> None:
    """The states of an aggregate would end the check of the whole model."""
    state = "AGGREGATE_STATE<sum(BIGINT)::HUGEINT>"
    finding, rounds = converse(check(make({"id": "A", "x": state}, {"id": "A", "y": state}), Options()), {})
    assert (rounds, finding.message) == ([], "1 column added, 1 column removed")


def test_a_column_renamed_by_the_projects_word_passes() -> None:
    """What the team declared to be a renaming would close the gate as a lost column."""
    tables = make(OLD, {"id": "INTEGER", "a": "INTEGER", "title": "VARCHAR"})
    renamed = pair("model.shop.t", tables.base, tables.head, [], {}, Comparison(rename={"b": "title"}))
    finding, rounds = converse(check(renamed, Options()), {})
    assert (finding.outcome, finding.message, rounds) == (Outcome.CHANGED, "1 column renamed as configured", [])
    assert finding.measures["renamed"] == {"title": "b"}
    assert verdict.grade(finding).grade is Grade.PASS


# --- contracts ----------------------------------------------------------------------------------------------------


def test_a_contract_that_is_not_kept_is_told() -> None:
    """Who reads the model by its contract would find a column missing, or of another type."""
    declared = (
        DeclaredColumn("ID", "int"),
        DeclaredColumn("a", "bigint"),
        DeclaredColumn("b"),
        DeclaredColumn("c", "text"),
        DeclaredColumn("d", "text"),
    )
    promised = replace(make(OLD), contract=declared)
    finding, _ = converse(check(promised, Options(ignore=("d",))), {})
    assert finding.measures["contract"] == {
        "a": {"declared": "bigint", "found": "INTEGER"},
        "c": {"declared": "text", "found": None},
    }
    assert finding.message == "2 columns not as the contract declares"
    assert finding.tables[0].rows == (("a", "bigint", "INTEGER"), ("c", "text", None))
    assert verdict.grade(finding).grade is Grade.FAIL
    lenient, _ = converse(check(promised, Options(warn=("contract",))), {})
    assert verdict.grade(lenient).grade is Grade.WARN


def test_what_became_of_types_is_shown() -> None:
    """A reader would have to look up whether a type got smaller."""
    head = {"id": "BIGINT", "a": "SMALLINT", "b": "JSON"}
    finding, _ = converse(check(make(OLD, head), Options()), {})
    assert finding.tables[0].rows == (
        ("id", "INTEGER", "BIGINT", "widened"),
        ("a", "INTEGER", "SMALLINT", "narrowed"),
        ("b", "VARCHAR", "JSON", "retyped"),
    )
