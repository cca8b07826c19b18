"""What is shown of one model, column by column, made of what a run has seen."""

from __future__ import annotations

from dataclasses import replace

from bot.core import portrait
from bot.core.pairing import pair
from bot.core.portrait import ColumnPortrait, Portrait
from bot.core.report import Seen
from bot.core.standing import Standing
from bot.domain import (
    ChangeKind,
    Column,
    ColumnReport,
    Finding,
    Key,
    KeySource,
    ModelReport,
    Noise,
    Outcome,
    RelationName,
    Report,
    Side,
    Status,
    Table,
)
from tests.core import manifests
from tests.render.evidence import EXAMPLES
from tests.render.reports import RUN, model

_NAME = RelationName("db", "main", "orders")
_BASE = {"order_id": "INTEGER", "amount": "DECIMAL(9,2)", "note": "VARCHAR", "loaded_at": "TIMESTAMP", "old": "DATE"}
_HEAD = {"order_id": "INTEGER", "amount": "DOUBLE", "note": "VARCHAR", "loaded_at": "TIMESTAMP", "new": "BOOLEAN"}
_PROFILE = {"amount": {"min": {"base": 1, "head": 2, "bound": "none"}}, "note": {"nulls": {"base": 0, "head": 4}}}


def _table(columns: dict[str, str]) -> Table:
    return Table(_NAME, '"orders"', tuple(Column(name, kind) for name, kind in columns.items()))


def _drawn(told: ModelReport, missing: Side | None = None, samples: int = 0) -> Portrait:
    base, head = _table(_HEAD if missing is Side.BASE else _BASE), _table(_BASE if missing is Side.HEAD else _HEAD)
    key = Key(("order_id",), KeySource.META)
    paired = replace(pair(told.unique_id, base, head, [key], {}), samples=samples)
    node = manifests.read(manifests.node("orders")).nodes["model.shop.orders"]
    at_base, at_head = (None if missing is side else _NAME for side in Side)
    seen = Seen(Standing(told.change, node, at_base, at_head), told.findings, paired)
    drawn = portrait.draw(Report(RUN, Status.SUCCESS, "", (told,)), [seen])
    assert drawn is not None
    return drawn


def _orders(kind: ChangeKind = ChangeKind.MODIFIED) -> ModelReport:
    return replace(
        model("orders", Outcome.CHANGED, kind=kind),
        columns=ColumnReport(
            added=("new",),
            removed=("old",),
            type_changed={"amount": ("DECIMAL(9,2)", "DOUBLE")},
            changed={"amount": 7},
            compared=("order_id", "amount", "note"),
        ),
        findings=(
            Finding("values", Outcome.CHANGED, "", tables=(EXAMPLES,)),
            Finding("profile", Outcome.CHANGED, "", measures={"columns": _PROFILE}),
        ),
        noise=Noise({"loaded_at": "now()"}),
    )


def test_every_column_of_both_sides_is_told() -> None:
    """A developer would miss a column that is gone, or take one that was not compared for equal."""
    drawn = _drawn(_orders(), samples=3)
    assert drawn.columns == (
        ColumnPortrait("order_id", "INTEGER", "INTEGER", is_key=True, changed=0),
        ColumnPortrait("amount", "DECIMAL(9,2)", "DOUBLE", changed=7, measures={"min": (1, 2)}),
        ColumnPortrait("note", "VARCHAR", "VARCHAR", changed=0, measures={"nulls": (0, 4)}),
        ColumnPortrait("loaded_at", "TIMESTAMP", "TIMESTAMP", is_noise=True),
        ColumnPortrait("new", None, "BOOLEAN"),
        ColumnPortrait("old", "DATE", None),
    )
    assert [one.name for one in drawn.columns if one.is_equal] == ["order_id", "note"]
    assert (drawn.examples, drawn.rows_allowed) == (EXAMPLES, 3)


def test_without_a_key_no_column_is_said_to_match() -> None:
    """Numbers that nobody has counted would be shown."""
    drawn = _drawn(replace(_orders(), key=None))
    assert {one.changed for one in drawn.columns} == {None}


def test_a_model_that_one_side_has_shows_the_columns_of_that_side() -> None:
    """A new model's columns would be called equal, because it is paired with itself."""
    added = _drawn(_orders(ChangeKind.ADDED), Side.BASE)
    assert [(one.name, one.base, one.head) for one in added.columns[:2]] == [
        ("order_id", None, "INTEGER"),
        ("amount", None, "DOUBLE"),
    ]
    removed = _drawn(_orders(ChangeKind.REMOVED), Side.HEAD)
    assert [(one.name, one.base, one.head) for one in removed.columns[-1:]] == [("old", "DATE", None)]
    assert removed.rows_allowed is None


def test_where_nothing_was_seen_there_is_no_portrait() -> None:
    """A model that no change reaches would end in a traceback."""
    assert portrait.draw(Report(RUN, Status.SUCCESS, "", ()), []) is None
