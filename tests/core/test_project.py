"""A manifest becomes a Project."""

from __future__ import annotations

import pytest

from bot.core import project
from bot.domain import RelationName
from tests.core import manifests
from tests.core.manifests import generic_test, hook, macro, node, source


def test_a_model_keeps_everything_the_rest_of_the_bot_asks_for() -> None:
    """Without it, models would be built or compared under wrong names, or without their declared columns."""
    entry = node(
        "orders",
        reads=["seed.shop.raw"],
        macros=["macro.shop.cents"],
        config={"materialized": "table", "meta": {"owner": "config"}, "contract": {"enforced": True}},
        meta={"owner": "node", "pii": True},
        contract={"enforced": True},
        columns={"id": {"name": "id", "data_type": "int", "constraints": [{"type": "not_null"}]}},
        constraints=[{"type": "primary_key", "columns": ["id"]}],
    )
    read = manifests.read(entry).nodes["model.shop.orders"]
    assert read.relation == RelationName("db", "main", "orders")
    assert read.materialization == "table"
    assert read.depends_on == ("seed.shop.raw",)
    assert read.macros == ("macro.shop.cents",)
    assert read.meta == {"owner": "config", "pii": True}
    assert read.columns[0].constraints == ("not_null",)
    assert read.constraints[0].columns == ("id",)
    assert read.contract_enforced
    assert "not_null" in read.contract_terms


def test_an_ephemeral_model_has_no_relation() -> None:
    """The bot would look for a table that no warehouse has."""
    read = manifests.read(node("eph", config={"materialized": "ephemeral"}))
    assert read.nodes["model.shop.eph"].relation is None


def test_a_path_checksum_is_no_checksum() -> None:
    """A large seed in a renamed folder would count as new data, and changed data would count as old."""
    small = node("seed.small", checksum={"name": "sha256", "checksum": "abc"})
    large = node("seed.large", checksum={"name": "path", "checksum": "seeds/large.csv"})
    read = manifests.read(small, large)
    assert read.nodes["seed.shop.small"].checksum == "abc"
    assert read.nodes["seed.shop.large"].checksum == ""


def test_tests_of_all_three_kinds_are_read() -> None:
    """Tests that the bot does not know can neither be run nor blamed."""
    singular = node("test.no_orphans", "select 1", reads=["model.shop.orders"])
    unit = {
        "unit_test.shop.orders.adds_up": {
            "unique_id": "unit_test.shop.orders.adds_up",
            "name": "adds_up",
            "depends_on": {"nodes": ["model.shop.orders"]},
            "given": [],
            "expect": {"rows": []},
        }
    }
    limited = generic_test("unique", "orders", "id", where="id > 0")
    read = project.read(manifests.manifest(node("orders"), singular, limited, unit_tests=unit), {})
    assert read.tests["test.shop.no_orphans"].kind == "singular"
    assert read.tests["test.shop.no_orphans"].model is None
    assert read.tests["unit_test.shop.orders.adds_up"].kind == "unit"
    assert read.tests["unit_test.shop.orders.adds_up"].model == "model.shop.orders"
    unique = read.tests["test.shop.unique_orders_id_if"]
    assert (unique.kind, unique.columns, unique.conditional) == ("unique", ("id",), True)
    assert list(read.nodes) == ["model.shop.orders"]


def test_every_place_of_an_external_location_is_known() -> None:
    """A change of the file behind a source would go unseen."""
    sources = [
        source("lake.meta", meta={"external_location": "data/{name}.csv"}, relation_name="'data/meta.csv'"),
        source("lake.config", config={"external_location": "data/c.csv"}, relation_name="'data/c.csv'"),
        source(
            "lake.nested",
            config={"meta": {"external_location": "read_csv('n.csv')"}},
            relation_name="read_csv('n.csv')",
        ),
        source("lake.stage", external={"location": "@stage/x"}),
        source("lake.plain"),
    ]
    read = manifests.read(sources=sources).sources
    assert {uid.rsplit(".", 1)[-1]: entry.location for uid, entry in read.items()} == {
        "meta": "data/meta.csv",
        "config": "data/c.csv",
        "nested": "read_csv('n.csv')",
        "stage": "@stage/x",
        "plain": None,
    }


def test_what_a_selection_can_name_is_read() -> None:
    """A configuration that selects by tag, group, version, source or exposure would meet nothing."""
    entry = node(
        "orders",
        tags=["nightly"],
        group="finance",
        access="public",
        version=2,
        latest_version=3,
        patch_path="shop://models/schema.yml",
    )
    exposure = {"name": "weekly", "fqn": ["shop", "weekly"], "depends_on": {"nodes": ["model.shop.orders"]}}
    metric = {"name": "revenue", "depends_on": {"nodes": ["semantic_model.shop.orders"]}, "config": {"group": "sales"}}
    manifest = manifests.manifest(
        entry,
        node("analysis.why", reads=["model.shop.orders"]),
        sources=[source("raw.orders", tags=["raw"], fqn=["shop", "raw", "orders"], original_file_path="models/s.yml")],
        exposures={"exposure.shop.weekly": exposure},
        metrics={"metric.shop.revenue": metric},
    )
    read = project.read(manifest, {})
    orders = read.nodes["model.shop.orders"]
    assert (orders.tags, orders.group, orders.access) == (("nightly",), "finance", "public")
    assert (orders.version, orders.latest_version, orders.properties) == ("2", "3", "models/schema.yml")
    raw = read.sources["source.shop.raw.orders"]
    assert (raw.package, raw.fqn, raw.path, raw.tags) == ("shop", ("shop", "raw", "orders"), "models/s.yml", ("raw",))
    assert read.exposures["exposure.shop.weekly"].depends_on == ("model.shop.orders",)
    assert sorted(read.readers) == ["analysis.shop.why", "metric.shop.revenue"]
    assert read.readers["metric.shop.revenue"].config == {"group": "sales"}


def test_what_only_describes_a_source_makes_no_difference() -> None:
    """A new tag on a source would rebuild all that reads it, and blame the source."""
    plain, tagged = source("raw.orders"), source("raw.orders", tags=["raw"], config={"tags": ["raw"]})
    tagged["original_file_path"] = "models/moved.yml"
    assert manifests.read(sources=[plain]).sources == manifests.read(sources=[tagged]).sources


@pytest.mark.parametrize(
    "written",
    [
        {"tags": ["pii"], "meta": {"owner": "x"}},
        {"config": {"tags": ["pii"], "meta": {"owner": "x"}}},
        {"tags": [], "meta": {}, "config": {"tags": "pii", "meta": {"owner": "x"}}},
        {"tags": ["pii"], "meta": {"owner": "y"}, "config": {"tags": ["pii"], "meta": {"owner": "x"}}},
    ],
)
def test_a_column_keeps_its_tags_and_meta_wherever_they_are_written(written: dict[str, object]) -> None:
    """A column marked as personal in the new place, or in the old one, would be shown."""
    column = manifests.read(node("orders", columns={"email": {"name": "email", **written}}))
    read = column.nodes["model.shop.orders"].columns[0]
    assert (read.tags, read.meta) == (("pii",), {"owner": "x"})


def test_hooks_functions_and_variables_are_read() -> None:
    """Hooks and functions decide what models hold; a bot blind to them would call a change equal."""
    manifest = manifests.manifest(
        hook("shop-on-run-start-0", "{{ create_udfs() }}", ["macro.shop.create_udfs"]),
        macros=[macro("macro.shop.create_udfs", "select 1", ["macro.dbt.statement"])],
        functions={"function.shop.tax": node("function.tax", arguments=[{"name": "x", "data_type": "int"}])},
    )
    read = project.read(manifest, {"shop": {"cutoff": 3}})
    assert read.hooks == {"operation.shop.shop-on-run-start-0": "{{ create_udfs() }}"}
    assert read.hook_macros == {"operation.shop.shop-on-run-start-0": ("macro.shop.create_udfs",)}
    assert read.macros["macro.shop.create_udfs"].calls == ("macro.dbt.statement",)
    assert read.nodes["function.shop.tax"].config["arguments"] == [{"name": "x", "data_type": "int"}]
    assert read.variables == {"shop": {"cutoff": 3}}


def test_an_unusual_manifest_is_read_as_far_as_it_goes() -> None:
    """A field that dbt renames or leaves out would end every run in a crash."""
    odd: dict[str, object] = {
        "nodes": {
            "model.shop.bare": {"resource_type": "model"},
            "model.shop.odd": {"resource_type": "model", "config": None, "columns": [], "depends_on": None, "fqn": 1},
            "test.shop.bare": {"resource_type": "test", "test_metadata": None},
            "analysis.shop.a": {"resource_type": "analysis"},
            "junk": None,
        },
        "sources": {"source.shop.a.b": {}},
        "macros": None,
        "unit_tests": {"unit_test.shop.x": {}},
    }
    read = project.read(odd, {})
    assert read.nodes["model.shop.bare"].relation is None
    assert read.nodes["model.shop.bare"].package == "shop"
    assert set(read.nodes) == {"model.shop.bare", "model.shop.odd"}
    assert read.tests["unit_test.shop.x"].model is None
    assert project.read({}, {}).nodes == {}


def test_values_are_told_apart_by_type_but_not_by_the_order_of_their_keys() -> None:
    """`1` and `1.0` print differently into SQL; a reordered YAML file changes nothing."""
    assert project.canonical({"a": 1, "b": [True]}) == project.canonical({"b": [True], "a": 1})
    assert project.canonical(1) != project.canonical(1.0)
    assert project.canonical([1]) != project.canonical([True])
