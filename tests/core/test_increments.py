"""Incremental models that are built as increments: which, of what they go on, and what an increment says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import increments, pairing
from bot.core.comparison import Comparison
from bot.core.increments import Subject
from bot.domain import (
    Answer,
    Change,
    ChangeKind,
    Column,
    ColumnChanges,
    Finding,
    Incremental,
    Key,
    KeySource,
    NodeChange,
    Outcome,
    Pair,
    Plan,
    Project,
    Question,
    RelationName,
    RowChanges,
    RowCounts,
    Side,
    Table,
)
from tests.core import manifests
from tests.core.manifests import Entry, node


def _model(name: str, *reads: str, kind: str = "incremental", **more: object) -> Entry:
    above = [f"model.shop.{one}" for one in reads]
    return node(name, reads=above, config={"materialized": kind}, **more)  # type: ignore[arg-type]


def _uid(name: str) -> str:
    return f"model.shop.{name}"


def _change(*names: str) -> Change:
    return Change(tuple(NodeChange(_uid(name), ChangeKind.MODIFIED) for name in names))


_NOTHING = Plan((), (), (), (), (), ())
_PRODUCTION = RelationName("live", "main", "orders")
_PAST: Mapping[str, RelationName | None] = {_uid("orders"): _PRODUCTION, _uid("ledger"): None}


def test_what_is_incremental_on_both_sides_is_tried() -> None:
    """A table would be called an increment, or a model that dbt has just turned into one would go on with nothing."""
    base = manifests.read(
        _model("same"), _model("was"), _model("gets", kind="table"), _model("plain", kind="table"), _model("gone")
    )
    head = manifests.read(
        _model("same"), _model("was", kind="table"), _model("gets"), _model("plain", kind="table"), _model("fresh")
    )
    found = increments.find(_change("same", "was", "gets", "plain", "gone", "fresh"), base, head)
    assert found.unique_ids == (_uid("same"),)
    assert {uid.rsplit(".", 1)[-1]: reason for uid, reason in found.left.items()} == {
        "was": "is incremental at base only",
        "gets": "is incremental at head only",
        "fresh": "is new",
    }


def test_another_relation_has_no_past() -> None:
    """An increment would be laid on a table that the deployment will not find under its new name."""
    base, head = (
        manifests.read(_model("a")),
        manifests.read({**_model("a"), "alias": "b", "relation_name": '"db"."main"."b"'}),
    )
    assert increments.find(_change("a"), base, head).left == {_uid("a"): "has another relation at head"}


def _project() -> Project:
    return manifests.read(_model("orders"), _model("ledger"), _model("fresh"))


@pytest.mark.parametrize("incremental", [Incremental.INCREMENT, Incremental.BOTH])
def test_readers_are_told_with_what_each_goes_on(incremental: Incremental) -> None:
    """Somebody would take numbers of base's rows for those of production's."""
    plan = increments.planned(_NOTHING, incremental, _PAST)
    told = increments.notices(plan, {_uid("fresh"): "is new"}, {_uid("ledger"): "is not there"}, _project())
    assert [one.partition(":")[0] for one in told[:2]] == ["`orders`", "`ledger`"]
    assert "production's table" in told[0]
    assert "production" not in told[1]
    assert told[2] == "no table of production to go on with: `ledger` is not there"
    assert told[3] == "built from nothing only, though increments are asked for: `fresh` is new"
    assert increments.is_of_production(plan) is (incremental is Incremental.INCREMENT)


def test_many_are_told_in_few_words() -> None:
    """The notice would be longer than the tables."""
    names = [f"m{number}" for number in range(9)]
    project = manifests.read(*map(_model, names))
    plan = increments.planned(_NOTHING, Incremental.INCREMENT, dict.fromkeys(map(_uid, names)))
    [told] = increments.notices(plan, {}, {}, project)
    assert told.startswith("`m0`, `m1`, `m2`, `m3`, `m4`, and 4 more: ")


def test_what_lies_between_is_built_and_what_reads_them_is_not_there_before() -> None:
    """The second increment would read a view of the first one's full build: rows that it never sees."""
    head = manifests.read(
        _model("first"),
        _model("between", "first", kind="view"),
        _model("aside", "first", kind="table"),
        _model("inline", "first", kind="ephemeral"),
        _model("second", "between", "inline"),
        _model("reader", "second", kind="table"),
    )
    nodes, below = increments.to_build([_uid("first"), _uid("second")], head)
    assert nodes == {_uid("first"), _uid("between"), _uid("second")}
    assert below == {_uid(name) for name in ("first", "between", "aside", "inline", "second", "reader")}


def _table(*columns: tuple[str, str]) -> Table:
    return Table(RelationName("db", "main", "orders"), "orders", tuple(Column(*column) for column in columns))


_FULL = _table(("id", "INT"), ("paid", "INT"), ("note", "TEXT"))
_NODE = _project().nodes[_uid("orders")]
_OF_BASE = Subject(_NODE, of_production=False)


def _beside(increment: Table = _FULL, *, key: bool = True) -> Pair:
    keys = [Key(("id",), KeySource.META)] if key else []
    known = pairing.pair(_uid("orders"), _FULL, _FULL, keys, {}, Comparison())
    return increments.beside_full(replace(known, proven=frozenset(Side)), increment, Comparison())


def _compared(pair: Pair, rows: RowCounts, columns: Mapping[str, int], subject: Subject = _OF_BASE) -> Finding:
    conversation = increments.compare(pair, subject)
    answers: dict[Question, Answer] = {
        one: columns.get(one.column, 0) if isinstance(one, ColumnChanges) else rows for one in next(conversation)
    }
    with pytest.raises(StopIteration) as told:
        conversation.send(answers)
    found: Finding = told.value.value
    return found


def test_the_key_of_an_increment_is_not_proven() -> None:
    """Rows that an increment has twice would be compared as if each had one partner."""
    assert _beside().proven == {Side.HEAD}


def test_equal_needs_no_refresh() -> None:
    """Everybody would refresh in full after every merge, to be on the safe side."""
    found = _compared(_beside(), RowCounts(3, 3, 0, 0, 0, 3), {})
    assert (found.outcome, found.message) == (Outcome.UNCHANGED, "as an increment it gives what a full refresh gives")
    assert _compared(_beside(), RowCounts(0, 0, 0, 0, 0, 0), {}).outcome is Outcome.VACUOUS


def test_what_differs_is_counted_and_the_command_is_told() -> None:
    """A reviewer would know that something is stale, and neither how much nor what to do."""
    found = _compared(_beside(), RowCounts(5, 6, 2, 1, 3, 1), {"paid": 3})
    assert found.outcome is Outcome.CHANGED
    assert found.message == (
        "as an increment 6 rows differ from a full refresh: 3 with other values in `paid`, 2 missing, 1 in the "
        "increment only; deploy it with `dbt build --full-refresh --select orders`"
    )
    assert (found.measures["missing"], found.measures["surplus"], found.measures["columns"]) == (2, 1, {"paid": 3})


def test_nobody_is_told_to_drop_history() -> None:
    """A full refresh would take ten years out of production, on the advice of a bot."""
    subject = replace(_OF_BASE, of_production=True)
    found = _compared(_beside(), RowCounts(5, 4, 0, 1, 0, 4), {}, subject)
    assert "deploy it with" not in found.message
    assert found.message.endswith("makes it equal, and drops the 1 row that only it has")


def test_a_column_that_an_increment_lacks_is_a_difference() -> None:
    """`on_schema_change: ignore` would leave the new column out for ever, and no value would differ."""
    shorter = _table(("id", "INT"), ("paid", "BIGINT"), ("old", "TEXT"))
    found = _compared(_beside(shorter), RowCounts(3, 3, 0, 0, 0, 3), {})
    assert found.outcome is Outcome.CHANGED
    assert "it lacks the columns `note`; it keeps the columns `old`; it keeps the types of `paid`" in found.message


def test_without_a_column_in_common_nothing_is_compared() -> None:
    """No question would be asked, and no row would differ."""
    conversation = increments.compare(_beside(_table(("other", "INT")), key=False), _OF_BASE)
    with pytest.raises(StopIteration) as told:
        next(conversation)
    assert told.value.value.outcome is Outcome.SKIPPED


@given(st.tuples(*[st.integers(0, 3)] * 4))
def test_it_is_equal_only_where_nothing_differs(numbers: tuple[int, int, int, int]) -> None:
    """A merge would be called safe with rows that only a refresh would mend."""
    added, removed, changed, unchanged = numbers
    rows = RowCounts(removed + changed + unchanged, added + changed + unchanged, *numbers)
    found = _compared(_beside(key=False), rows, {})
    differs = bool(added or removed or changed)
    assert (found.outcome is Outcome.CHANGED) is differs
    assert ("--full-refresh" in found.message) is differs


def test_only_rows_are_asked_where_there_is_no_key() -> None:
    """A question about columns of rows that have no partners would fail the whole comparison."""
    assert list(next(increments.compare(_beside(key=False), _OF_BASE))) == [RowChanges()]


def test_words_of_dbt_are_told_without_the_line_that_names_the_model() -> None:
    """The reason would stand below two lines that the reader knows already."""
    words = "Compilation Error in model orders (models/orders.sql)\n  The source and target schemas are out of sync!\n"
    found = increments.not_built(words, _OF_BASE)
    assert (found.outcome, found.measures["built"]) == (Outcome.ERRORED, False)
    assert found.message.endswith(":\nThe source and target schemas are out of sync!")
    assert increments.not_built("one line", _OF_BASE).message.endswith(":\none line")


def test_a_version_is_selected_by_its_version() -> None:
    """The command would refresh another version than the one that is stale."""
    assert Subject(replace(_NODE, name="orders", version="2"), of_production=False).selector == "orders.v2"
    assert Subject(replace(_NODE, name="orders.v2", version="2"), of_production=False).selector == "orders.v2"
