"""Which columns might be the key of a model that declares none."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.core import inferred_keys
from bot.domain import Aggregate, Answer, Column, Measure, Question, RelationName, RowCount, Side, Table


def _table(*columns: str) -> Table:
    """A table; a column is an integer, or has its type behind a space."""
    parsed = (column.partition(" ") for column in columns)
    return Table(
        RelationName("db", "main", "orders"),
        "orders",
        tuple(Column(name, kind or "INTEGER") for name, _, kind in parsed),
    )


def _candidates(model: str, *columns: str) -> tuple[str, ...]:
    return inferred_keys.candidates(model, _table(*columns), _table(*columns))


@pytest.mark.parametrize(
    ("model", "columns", "found"),
    [
        ("orders", ["amount", "order_id", "id"], ("id", "order_id")),
        ("fct_orders", ["customer_id", "order_id"], ("order_id", "customer_id")),
        ("dim_customers", ["customer_key", "customer_sk", "x"], ("customer_key", "customer_sk")),
        ("stg_shop__orders", ["x", "order_id"], ("order_id",)),
        ("stg_shop__orders", ["x", "shop_order_id"], ("shop_order_id",)),
        ("int_order_lines", ["order_id", "line_id", "order_line_id"], ("order_line_id", "line_id", "order_id")),
        ("dim_categories_v2", ["name", "category_id"], ("category_id",)),
        ("addresses", ["address_id"], ("address_id",)),
        ("boxes", ["label", "box_id"], ("box_id",)),
        ("sales", ["x", "sales_id"], ("sales_id",)),
        ("status", ["x", "status_id"], ("status_id",)),
        ("news", ["x", "uuid UUID", "pk"], ("pk", "uuid")),
        ("orders", ["x", "ORDER_ID NUMBER(38,0)"], ("ORDER_ID",)),
        ("Orders", ["x", "OrderId"], ("OrderId",)),
        ("orders", ["event_id VARCHAR", "amount"], ("event_id",)),
        ("orders", ["amount", "event_id VARCHAR"], ()),
        (
            "orders",
            ["id", "order_id", "order_key", "order_sk", "pk", "uuid"],
            ("id", "order_id", "order_key", "order_sk"),
        ),
        ("orders", ["amount", "day", "paid", "grid"], ()),
        ("orders", [], ()),
    ],
)
def test_what_is_called_like_a_key_is_proposed(model: str, columns: list[str], found: tuple[str, ...]) -> None:
    """The key that everybody sees would not be found, or every column be asked for."""
    assert _candidates(model, *columns) == found


@pytest.mark.parametrize(
    "kind",
    [
        *(
            "FLOAT",
            "DOUBLE",
            "double precision",
            "float8",
            "REAL",
            "BOOLEAN",
            "INTEGER[]",
            "VARCHAR[3]",
            "JSON",
            "jsonb",
        ),
        *("STRUCT(a INTEGER)", "MAP(VARCHAR, INTEGER)", "VARIANT", "OBJECT", "ARRAY", "array<int>", "struct<a int>"),
    ],
)
def test_some_types_make_no_key(kind: str) -> None:
    """Rows would be lined up by values that are hardly ever equal, or cannot be compared."""
    assert _candidates("orders", f"id {kind}", f"order_id {kind}") == ()
    assert inferred_keys.candidates("orders", _table("id"), _table(f"id {kind}")) == ()


@pytest.mark.parametrize("kind", ["BIGINT", "VARCHAR(36)", "UUID", "DECIMAL(18,0)", "HUGEINT", "BLOB", "DATE", "text"])
def test_other_types_may_be_keys(kind: str) -> None:
    """A hash, or a number in text, is a key as good as any."""
    assert _candidates("orders", f"id {kind}") == ("id",)


def test_both_sides_must_have_the_column() -> None:
    """A question about a column that is not there fails."""
    assert inferred_keys.candidates("orders", _table("order_id", "x"), _table("id", "order_id")) == ("order_id",)
    assert inferred_keys.candidates("orders", _table("ID"), _table("id")) == ("id",)
    assert inferred_keys.candidates("orders", _table("id", "ID"), _table("id")) == ()


def _answers(
    base: Mapping[str, tuple[int, int]], head: Mapping[str, tuple[int, int]], *rows: int
) -> dict[Question, Answer]:
    found: dict[Question, Answer] = {}
    for side, columns, count in zip(Side, (base, head), rows, strict=True):
        found[RowCount(side)] = count
        for column, (nulls, distinct) in columns.items():
            found[Aggregate(side, column, Measure.NULLS)] = nulls
            found[Aggregate(side, column, Measure.DISTINCT)] = distinct
    return found


def test_what_is_unique_and_never_null_on_both_sides_is_a_key() -> None:
    """Rows would be lined up with strangers."""
    base = {"id": (0, 3), "order_id": (0, 3), "pk": (0, 3), "uuid": (1, 2)}
    head = {"id": (0, 4), "order_id": (0, 3), "pk": (1, 4), "uuid": (0, 4)}
    assert inferred_keys.infer(_answers(base, head, 3, 4), ["id", "order_id", "pk", "uuid"]) == ("id",)
    assert inferred_keys.infer(_answers(base, base, 3, 3), ["pk", "id", "uuid"]) == ("pk", "id")


def test_tables_without_rows_prove_nothing() -> None:
    """Any column of an empty table would be a key."""
    empty = {"id": (0, 0)}
    assert inferred_keys.infer(_answers(empty, empty, 0, 0), ["id"]) == ()
    assert inferred_keys.infer(_answers(empty, {"id": (0, 2)}, 0, 2), ["id"]) == ("id",)


def test_an_answer_that_is_missing_proves_nothing() -> None:
    """A statement that failed would make a key."""
    answers = _answers({"id": (0, 2)}, {"id": (0, 2)}, 2, 2)
    for question in inferred_keys.questions(["id"]):
        assert inferred_keys.infer({**answers, question: None}, ["id"]) == ()
        assert inferred_keys.infer({asked: a for asked, a in answers.items() if asked != question}, ["id"]) == ()
    assert inferred_keys.infer({}, ["id"]) == ()


def test_just_what_is_needed_is_asked() -> None:
    """Every model would cost a scan more."""
    asked = inferred_keys.questions(["id", "pk"])
    assert set(asked) == set(_answers({"id": (0, 0), "pk": (0, 0)}, {"id": (0, 0), "pk": (0, 0)}, 1, 1))
    assert len(asked) == 10
    assert inferred_keys.questions([]) == ()
