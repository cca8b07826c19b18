"""Where a model's primary key is declared."""

from __future__ import annotations

import pytest

from bot.core import keys
from bot.domain import Key, KeySource
from bot.errors import UsageError
from tests.core import manifests
from tests.core.manifests import Entry, generic_test, node

ORDERS = "model.shop.orders"


def _declared(*entries: Entry) -> list[tuple[tuple[str, ...], KeySource]]:
    return [(key.columns, key.source) for key in keys.declared(manifests.read(*entries), ORDERS)]


def test_keys_come_in_the_order_of_trust() -> None:
    """Rows would be lined up by a weaker key although a better one was declared."""
    orders = node(
        "orders",
        config={"materialized": "incremental", "unique_key": ["k1", "k2"], "meta": {"proofbot": {"key": "stated"}}},
        constraints=[{"type": "primary_key", "columns": ["a", "b"]}],
        columns={"c": {"name": "c", "constraints": [{"type": "primary_key"}]}},
    )
    found = _declared(
        orders,
        generic_test("unique", "orders", "lonely"),
        generic_test("unique", "orders", "id"),
        generic_test("not_null", "orders", "id"),
        generic_test("unique_combination_of_columns", "orders", ["x", "y"], namespace="dbt_utils"),
    )
    assert found == [
        (("stated",), KeySource.META),
        (("a", "b"), KeySource.CONSTRAINT),
        (("c",), KeySource.CONSTRAINT),
        (("id",), KeySource.UNIQUE_NOT_NULL),
        (("x", "y"), KeySource.COMBINATION),
        (("lonely",), KeySource.UNIQUE),
        (("k1", "k2"), KeySource.UNIQUE_KEY),
    ]


def test_a_conditional_test_proves_nothing() -> None:
    """Rows outside of the condition would be paired with strangers."""
    assert _declared(node("orders"), generic_test("unique", "orders", "id", where="id > 0")) == []


def test_a_conditional_not_null_does_not_strengthen_a_unique_test() -> None:
    """A column with nulls would be trusted above a combination without."""
    unique, limited = generic_test("unique", "orders", "id"), generic_test("not_null", "orders", "id", where="x")
    assert _declared(node("orders"), unique, limited) == [(("id",), KeySource.UNIQUE)]


def test_tests_of_other_models_do_not_count() -> None:
    """A model would get the key of its neighbour."""
    assert _declared(node("orders"), node("lines"), generic_test("unique", "lines", "id")) == []


@pytest.mark.parametrize("expression", ["a || b", "cast(id as int)", "id, day", "coalesce(id, 0)"])
def test_expressions_are_no_columns(expression: str) -> None:
    """The bot would ask the warehouse for a column that does not exist."""
    incremental = node("orders", config={"materialized": "incremental", "unique_key": expression})
    assert _declared(incremental, generic_test("unique", "orders", expression)) == []


@pytest.mark.parametrize(("written", "column"), [('"Order Id"', "Order Id"), ("`id`", "id"), ("größe", "größe")])
def test_quoted_columns_lose_their_quotes(written: str, column: str) -> None:
    """A key whose column needs quotes would never be found in the warehouse's catalog."""
    assert _declared(node("orders"), generic_test("unique", "orders", written)) == [((column,), KeySource.UNIQUE)]


def test_a_declared_column_with_a_space_is_a_column() -> None:
    """A model with spoken column names would have no key."""
    orders = node("orders", columns={"Order Id": {"name": "Order Id"}})
    assert _declared(orders, generic_test("unique", "orders", "Order Id")) == [(("Order Id",), KeySource.UNIQUE)]


def test_unique_key_counts_for_incrementals_and_snapshots_only() -> None:
    """A leftover setting on a table would stand in for a key nobody holds."""
    assert _declared(node("orders", config={"materialized": "table", "unique_key": "id"})) == []
    snapshots = manifests.read(node("snapshot.history", config={"unique_key": "id"}))
    assert keys.declared(snapshots, "snapshot.shop.history") == (Key(("id",), KeySource.UNIQUE_KEY),)


def test_the_same_columns_are_named_once_with_the_best_reason() -> None:
    """The comment would give a weaker reason than there is."""
    orders = node("orders", config={"meta": {"proofbot": {"key": ["id"]}}})
    assert _declared(orders, generic_test("unique", "orders", "id")) == [(("id",), KeySource.META)]


def test_the_node_s_own_meta_counts_too() -> None:
    """dbt up to 1.9 lets people write meta beside config."""
    assert _declared(node("orders", meta={"proofbot": {"key": "id"}})) == [(("id",), KeySource.META)]


@pytest.mark.parametrize("value", [{"key": 1}, {"key": []}, {"key": ["id", None]}, {"key": ""}, {"key": None}, "id"])
def test_a_wrong_key_is_refused_with_its_place_and_remedy(value: object) -> None:
    """The bot would compare by another key than the one it was told, and say nothing."""
    with pytest.raises(UsageError) as caught:
        _declared(node("orders", meta={"proofbot": value}))
    assert "orders" in caught.value.message
    assert caught.value.where == "models/orders.sql"
    assert "proofbot: {key: order_id}" in caught.value.remedy


def test_other_settings_under_meta_proofbot_are_no_key() -> None:
    """A model with another setting could not be compared at all."""
    assert _declared(node("orders", meta={"proofbot": {"tolerance": 1}})) == []


def test_an_unknown_node_has_no_key() -> None:
    """A removed model would crash the run."""
    assert keys.declared(manifests.read(), ORDERS) == ()


def test_a_check_snapshot_writes_the_time_of_the_build() -> None:
    """Every row of such a snapshot would differ in every comparison."""
    settings = {"strategy": "check", "snapshot_meta_column_names": {"dbt_valid_from": "since", "dbt_scd_id": None}}
    history = manifests.read(node("snapshot.history", config=settings)).nodes["snapshot.shop.history"]
    assert set(keys.volatile_columns(history)) == {"dbt_scd_id", "dbt_updated_at", "since", "dbt_valid_to"}
    assert "time of the build" in keys.volatile_columns(history)["since"]


def test_other_nodes_hold_no_time_of_the_build() -> None:
    """Columns that can be compared would be left out."""
    read = manifests.read(node("orders"), node("snapshot.history", config={"strategy": "timestamp"}))
    assert all(not keys.volatile_columns(entry) for entry in read.nodes.values())
