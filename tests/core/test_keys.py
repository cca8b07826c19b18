"""Where a model's primary key is declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core import keys
from bot.domain import Key, KeySource, NodeResult, Project, Side
from bot.errors import UsageError
from tests.core import manifests, shop
from tests.core.manifests import Entry, generic_test, macro, node

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


def test_a_configured_key_goes_first() -> None:
    """What the configuration says would be overruled by what it was written to overrule."""
    orders = node("orders", meta={"proofbot": {"key": "stated"}})
    read = manifests.read(orders, generic_test("unique", "orders", "id"))
    found = keys.declared(read, ORDERS, configured=("a", "b"))
    assert found[0] == Key(("a", "b"), KeySource.CONFIG)
    assert [key.columns for key in found] == [("a", "b"), ("stated",), ("id",)]
    assert keys.declared(read, ORDERS, configured=("id",)) == (
        Key(("id",), KeySource.CONFIG),
        Key(("stated",), KeySource.META),
    )
    assert keys.declared(manifests.read(), ORDERS, configured=("id",)) == ()


def test_a_key_that_the_settings_have_from_meta_is_said_to_be_from_there() -> None:
    """The comment would send the reader to a file that says nothing of it."""
    read = manifests.read(node("orders", meta={"proofbot": {"key": ["a", "b"]}}))
    assert keys.declared(read, ORDERS, configured=("a", "b")) == (Key(("a", "b"), KeySource.META),)


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


def _tested(
    kind: str, columns: str | list[str], *, config: Entry | None = None, arguments: Mapping[str, object] | None = None
) -> Entry:
    """A test as dbt writes it, with the macro that runs it."""
    namespace = "dbt_utils" if kind == "unique_combination_of_columns" else None
    entry = generic_test(kind, "orders", columns, namespace=namespace)
    usual = {"where": None, "limit": None, "fail_calc": "count(*)", "warn_if": "!= 0", "error_if": "!= 0"}
    entry["config"] = {"severity": "ERROR", **usual, **(config or {})}
    entry["depends_on"] = {"nodes": [ORDERS], "macros": [f"macro.{namespace or 'dbt'}.test_{kind}"]}
    told = entry["test_metadata"]
    assert isinstance(told, dict)
    told["kwargs"] = {**told["kwargs"], **(arguments or {})}
    return entry


PASSED = NodeResult("", "pass", failures=0)


def _proven(*tests: Entry, key: tuple[str, ...] = ("id",), result: NodeResult = PASSED) -> bool:
    return _proven_by(manifests.read(node("orders"), node("lines"), *tests), key, result)


def _proven_by(project: Project, key: tuple[str, ...] = ("id",), result: NodeResult = PASSED) -> bool:
    told = {unique_id: replace(result, unique_id=unique_id) for unique_id in project.tests}
    found = keys.proven({Side.BASE: project, Side.HEAD: project}, {Side.HEAD: told}, key, ORDERS)
    assert Side.BASE not in found  # nothing ran there
    return found == {Side.HEAD}


UNIQUE, NEVER_NULL = _tested("unique", "id"), _tested("not_null", "id")
COMBINED = _tested("unique_combination_of_columns", ["id", "day"])
NO_DAY = _tested("not_null", "day")


def test_a_key_that_dbt_tested_in_this_run_is_proven() -> None:
    """Every run would look for duplicates that dbt has just looked for."""
    assert _proven(UNIQUE, NEVER_NULL)
    assert _proven(UNIQUE, NEVER_NULL, result=NodeResult("", "pass"))
    assert _proven(UNIQUE, NEVER_NULL, key=("ID",))
    assert _proven(_tested("unique", '"id"'), NEVER_NULL)
    assert _proven(COMBINED, NEVER_NULL, NO_DAY, key=("day", "id"))
    assert _proven(_tested("unique", "id", config={"severity": "warn"}), NEVER_NULL)


@pytest.mark.parametrize(
    "tests",
    [
        [],
        [UNIQUE],
        [NEVER_NULL],
        [UNIQUE, NO_DAY],
        [_tested("unique", "day"), NEVER_NULL],
        [_tested("unique", "id || day"), NEVER_NULL],
        [COMBINED, NEVER_NULL, NO_DAY],
        [UNIQUE, {**NEVER_NULL, "attached_node": "model.shop.lines"}],
        [{**UNIQUE, "test_metadata": None}, NEVER_NULL],
    ],
)
def test_other_tests_are_no_proof(tests: list[Entry]) -> None:
    """Repeated keys would be counted as one row each."""
    assert not _proven(*tests)


def test_a_combination_is_no_proof_with_nulls_or_other_columns() -> None:
    """Rows with a null in their key would be paired."""
    assert not _proven(COMBINED, NEVER_NULL, key=("id", "day"))
    assert not _proven(COMBINED, NEVER_NULL, NO_DAY, key=("id", "day", "x"))
    assert not _proven(UNIQUE, NEVER_NULL, NO_DAY, key=("id", "day"))


@pytest.mark.parametrize("kind", ["unique", "not_null"])
@pytest.mark.parametrize(
    "config",
    [
        {"where": "id > 0"},
        {"limit": 1},
        {"limit": 0},
        {"fail_calc": "0"},
        {"fail_calc": "count(*) - 1"},
        {"error_if": ">10"},
        {"warn_if": "> 10"},
        {"sql_header": "set x"},
    ],
)
def test_a_weakened_test_is_no_proof(kind: str, config: Entry) -> None:
    """Nine repeated keys pass a test with `error_if: ">10"`, and would be called unique."""
    others = [entry for entry in (UNIQUE, NEVER_NULL) if kind not in str(entry["name"])]
    assert len(others) == 1
    assert not _proven(_tested(kind, "id", config=config), *others)


@pytest.mark.parametrize("argument", ["where", "row_condition", "group_by_columns"])
def test_an_unknown_argument_is_no_proof(argument: str) -> None:
    """A package's test may look at some rows alone."""
    weak = _tested("unique_combination_of_columns", ["id", "day"], arguments={argument: "x"})
    assert not _proven(weak, NEVER_NULL, NO_DAY, key=("id", "day"))


@pytest.mark.parametrize(
    ("status", "failures"), [("fail", 0), ("warn", 0), ("error", None), ("skipped", None), ("pass", 1)]
)
def test_a_test_that_did_not_pass_is_no_proof(status: str, failures: int | None) -> None:
    """A key that dbt found repeated would be called unique."""
    assert not _proven(UNIQUE, NEVER_NULL, result=NodeResult("", status, failures=failures))


def test_a_test_that_did_not_run_is_no_proof() -> None:
    """What was tested yesterday says nothing of today's rows."""
    read = manifests.read(node("orders"), UNIQUE, NEVER_NULL)
    ran = str(UNIQUE["unique_id"])
    assert keys.proven({Side.HEAD: read}, {Side.HEAD: {ran: NodeResult(ran, "pass")}}, ("id",), ORDERS) == frozenset()


@pytest.mark.parametrize(
    ("unique_id", "proof"),
    [
        ("macro.shop.test_unique", False),
        ("macro.shop.default__test_unique", False),
        ("macro.shop.duckdb__test_not_null", False),
        ("macro.vendor.default__test_not_null", False),
        ("macro.shop.get_where_subquery", False),
        ("macro.shop.default__get_where_subquery", False),
        ("macro.shop.default__get_test_sql", False),
        ("macro.shop.statement", False),
        ("macro.shop.materialization_test_duckdb", False),
        ("macro.vendor.materialization_test_default", False),
        ("macro.shop.ref", False),
        ("macro.shop.test_uniqueness", True),
        ("macro.shop.generate_schema_name", True),
        ("macro.dbt_utils.default__test_unique_combination_of_columns", True),
    ],
)
def test_a_project_s_own_macros_are_no_proof(unique_id: str, proof: bool, plain: Project) -> None:  # noqa: FBT001
    """A project's own `unique` may pass whatever it likes."""
    own = manifests.read(macros=[macro(unique_id)]).macros
    assert _proven_by(plain)
    assert _proven_by(replace(plain, macros={**plain.macros, **own})) is proof


def test_dbt_itself_takes_a_project_s_own_test(tmp_path: Path) -> None:
    """The names that are looked for here would be others than those by which dbt chooses."""
    files = {**SMALL, "macros/own.sql": "{% test unique(model, column_name) %}select 1 where false{% endtest %}"}
    read = shop.read(tmp_path, files, "parse").project
    assert "macro.shop.test_unique" in next(test for test in read.tests.values() if test.kind == "unique").macros
    assert not _proven_by(read)


SMALL = {
    "dbt_project.yml": "{name: shop, version: '1.0', config-version: 2, profile: shop}",
    "profiles.yml": shop.BASE["profiles.yml"],
    "models/orders.sql": "select 1 as id",
    "models/schema.yml": "{version: 2, models: [{name: orders, columns: [{name: id, tests: [unique, not_null]}]}]}",
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with dbt's own macros alone."""
    return shop.read(tmp_path_factory.mktemp("plain"), SMALL, "parse").project
