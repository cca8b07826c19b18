"""The checks of a pair, asked by feeding them answers: no database is needed, only here and there for the whole way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

import pytest
from pydantic import BaseModel

from bot.checks import BUILD_CHECKS, PAIR_CHECKS, BuildCheck, PairCheck, keys, row_count, schema, values
from bot.core.options import Limit
from bot.core.pairing import pair
from bot.domain import (
    Answer,
    Column,
    ColumnChanges,
    Conversation,
    Finding,
    Grade,
    Key,
    KeyCounts,
    KeyFacts,
    KeySource,
    Outcome,
    Pair,
    Question,
    RelationName,
    RowChanges,
    RowCount,
    RowCounts,
    Side,
    Table,
)


def _table(columns: Mapping[str, str]) -> Table:
    return Table(RelationName(None, "main", "t"), '"t"', tuple(Column(name, kind) for name, kind in columns.items()))


def _pair(base: Mapping[str, str], head: Mapping[str, str], key: str | None = "id", **uncompared: str) -> Pair:
    keys_declared = [Key((key,), KeySource.UNIQUE)] if key else []
    return pair("model.shop.t", _table(base), _table(head), keys_declared, uncompared)


PLAIN = {"id": "INTEGER", "v": "INTEGER"}


def _converse(conversation: Conversation, answers: Mapping[Question, Answer]) -> Finding:
    """The finding of a conversation that is told what it asks, and nothing else."""
    try:
        asked = next(conversation)
        while True:
            asked = conversation.send({question: answers[question] for question in asked})
    except StopIteration as stop:
        finding = stop.value
    assert isinstance(finding, Finding)
    assert finding.grade is Grade.ERROR, "a grade is the policy's to give"
    return finding


def test_every_check_is_listed_under_its_own_name() -> None:
    """A check would be listed in the comment under the name of another."""
    assert [check.name for check in PAIR_CHECKS] == [
        *("schema", "row_count", "keys", "values"),
        *("profile", "top_k", "histogram"),
    ]
    assert all(check.check.__doc__ for check in PAIR_CHECKS)


@pytest.mark.parametrize(
    ("base", "head", "outcome", "difference", "percent"),
    [
        (0, 0, Outcome.VACUOUS, 0, None),
        (7, 7, Outcome.UNCHANGED, 0, 0.0),
        (0, 3, Outcome.CHANGED, 3, None),
        (1_000, 910, Outcome.CHANGED, -90, -9.0),
    ],
)
def test_row_count(base: int, head: int, outcome: Outcome, difference: int, percent: float | None) -> None:
    """Two empty tables would count as verified, or a loss of rows be given in percent of the wrong side."""
    answers: dict[Question, Answer] = {RowCount(Side.BASE): base, RowCount(Side.HEAD): head}
    finding = _converse(row_count.check(_pair(PLAIN, PLAIN), row_count.Options()), answers)
    assert finding.outcome is outcome
    assert finding.measures == {"base": base, "head": head, "difference": difference, "percent": percent}


def test_keys_that_hold() -> None:
    """A reader could not tell a key that was verified from one that nobody looked at."""
    answers: dict[Question, Answer] = {KeyFacts(side): KeyCounts(0, 0, 0) for side in Side}
    finding = _converse(keys.check(_pair(PLAIN, PLAIN), keys.Options()), answers)
    assert (finding.outcome, finding.message) == (Outcome.UNCHANGED, "unique and not null on both sides")
    assert finding.measures["columns"] == ["id"]
    assert finding.measures["source"] == "unique test"


def test_keys_that_broke() -> None:
    """A join that now fans out would not be named."""
    answers: dict[Question, Answer] = {
        KeyFacts(Side.BASE): KeyCounts(0, 0, 0),
        KeyFacts(Side.HEAD): KeyCounts(1, 2, 5_000),
    }
    finding = _converse(keys.check(_pair(PLAIN, PLAIN), keys.Options()), answers)
    assert finding.outcome is Outcome.CHANGED
    assert finding.message == (
        "base: unique and not null; head: 1 row with a null key and 2 keys repeated in 5,000 rows"
    )
    assert finding.measures["head"] == {"null_rows": 1, "duplicate_keys": 2, "duplicate_rows": 5_000}


def test_without_a_key_the_check_is_skipped() -> None:
    """A model without a key would seem to have a good one."""
    finding = _converse(keys.check(_pair(PLAIN, PLAIN, None), keys.Options()), {})
    assert finding.outcome is Outcome.SKIPPED


def test_values_tells_rows_and_columns() -> None:
    """The numbers of the comment's tables would be missing."""
    answers: dict[Question, Answer] = {
        RowChanges(): RowCounts(base=1_000_000, head=1_000_001, added=2, removed=1, changed=1, unchanged=999_998),
        ColumnChanges("id"): 0,
        ColumnChanges("v"): 1,
    }
    finding = _converse(values.check(_pair(PLAIN, PLAIN), values.Options()), answers)
    assert finding.outcome is Outcome.CHANGED
    assert finding.message == "2 added, 1 removed, 1 changed, 999,998 unchanged"
    assert finding.measures["columns"] == {
        "id": {"changed": 0, "match_percent": 100.0},
        "v": {"changed": 1, "match_percent": 99.9998},
    }
    assert finding.measures["compared"] == ["id", "v"]


def test_a_changed_column_never_matches_fully() -> None:
    """One changed row in a billion would be shown as a match of 100 percent."""
    rows = 10**9
    answers: dict[Question, Answer] = {
        RowChanges(): RowCounts(rows, rows, 0, 0, changed=1, unchanged=rows - 1),
        ColumnChanges("id"): 0,
        ColumnChanges("v"): 1,
    }
    columns = _converse(values.check(_pair(PLAIN, PLAIN), values.Options()), answers).measures["columns"]
    assert isinstance(columns, dict)
    assert columns["v"]["match_percent"] == 99.9999


def test_values_without_a_key_says_how_rows_were_compared() -> None:
    """A reader would take rows removed and added for rows that really came and went."""
    answers: dict[Question, Answer] = {RowChanges(): RowCounts(5, 5, 1, 1, 0, 4)}
    finding = _converse(values.check(_pair(PLAIN, PLAIN, None), values.Options()), answers)
    assert finding.message == "1 added, 1 removed, 4 unchanged, compared as a multiset because no primary key is known"
    assert finding.measures["columns"] == {}


def test_values_of_empty_or_equal_tables() -> None:
    """Two empty tables would count as verified."""
    zero: dict[Question, Answer] = {ColumnChanges("id"): 0, ColumnChanges("v"): 0}
    empty = _converse(
        values.check(_pair(PLAIN, PLAIN), values.Options()), {RowChanges(): RowCounts(0, 0, 0, 0, 0, 0), **zero}
    )
    assert empty.outcome is Outcome.VACUOUS
    assert empty.measures["columns"] == {name: {"changed": 0, "match_percent": None} for name in PLAIN}
    equal = _converse(
        values.check(_pair(PLAIN, PLAIN), values.Options()), {RowChanges(): RowCounts(9, 9, 0, 0, 0, 9), **zero}
    )
    assert (equal.outcome, equal.message) == (Outcome.UNCHANGED, "all 9 rows are equal")


def test_values_leaves_columns_out_and_says_so() -> None:
    """A column that was not compared would seem to be equal."""
    answers: dict[Question, Answer] = {RowChanges(): RowCounts(1, 1, 0, 0, 0, 1), ColumnChanges("id"): 0}
    finding = _converse(values.check(_pair(PLAIN, PLAIN, v="random"), values.Options()), answers)
    assert finding.measures["compared"] == ["id"]
    assert finding.measures["uncompared"] == {"v": "random"}
    nothing = _converse(values.check(_pair({"a": "INTEGER"}, {"b": "INTEGER"}), values.Options()), {})
    assert nothing.outcome is Outcome.SKIPPED


def test_schema_tells_what_became_of_columns() -> None:
    """A removed column, or a changed type, would go unnoticed."""
    base = {"id": "INTEGER", "gone": "INTEGER", "a": "INTEGER", "B": "INTEGER"}
    head = {"new": "VARCHAR", "b": "INTEGER", "a": "BIGINT", "id": "INTEGER"}
    finding = _converse(schema.check(_pair(base, head), schema.Options()), {})
    assert finding.outcome is Outcome.CHANGED
    assert finding.message == "1 column added, 1 column removed, 1 column of a wider type, columns in another order"
    assert finding.measures == {
        "added": ["new"],
        "removed": ["gone"],
        "type_changed": {"a": {"base": "INTEGER", "head": "BIGINT", "became": "widened"}},
        "order_changed": True,
        "renamed": {},
        "likely_renamed": [],
        "contract": {},
    }


def test_schema_unchanged() -> None:
    """A column between two others would be reported as a change of order, or a change of case as a new column."""
    finding = _converse(schema.check(_pair({"ID": "A", "v": "A"}, {"id": "A", "v": "A"}), schema.Options()), {})
    assert (finding.outcome, finding.message) == (Outcome.UNCHANGED, "same columns, types and order")
    assert _converse(
        schema.check(_pair(PLAIN, {"id": "INTEGER", "x": "A", "v": "INTEGER"}), schema.Options()), {}
    ).measures["order_changed"] is (False)


@pytest.mark.parametrize("check", [one for one in PAIR_CHECKS[1:] if one.default], ids=lambda check: check.name)
def test_an_answer_of_the_wrong_kind_is_refused(check: PairCheck) -> None:
    """A broken engine would be reported as a model that did not change."""
    conversation = check.check(_pair(PLAIN, PLAIN), check.options())
    asked = next(conversation)
    with pytest.raises(TypeError):
        conversation.send(dict.fromkeys(asked, "nonsense"))


def _nested(options: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield options
    for field in options.model_fields.values():
        for part in (field.annotation, *get_args(field.annotation)):
            for one in (part, *get_args(part)):
                if isinstance(one, type) and issubclass(one, BaseModel) and one is not options:
                    yield from _nested(one)


@pytest.mark.parametrize("check", [*PAIR_CHECKS, *BUILD_CHECKS], ids=lambda check: check.name)
def test_options_are_described(check: PairCheck | BuildCheck) -> None:
    """The documentation of an option, and what an editor says of it, would be empty."""
    assert check.check.__doc__
    assert check.options.model_json_schema()
    assert not check.default or check.options(), "what runs without configuration needs none"
    for options in _nested(check.options):
        if options is not Limit:
            assert [name for name, field in options.model_fields.items() if not field.description] == []
