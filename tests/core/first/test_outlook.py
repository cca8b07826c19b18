"""A project at first sight."""

from __future__ import annotations

import pytest

from bot.core.first.outlook import Layer, Outlook, survey
from bot.core.selection import select
from tests.core.first.shops import SHOP
from tests.core.manifests import generic_test, node
from tests.core.manifests import read as project_of


def _layers(outlook: Outlook) -> dict[str, str]:
    return {one.name: one.layer.value for one in outlook.nodes}


@pytest.mark.parametrize(
    ("path", "name", "layer"),
    [
        ("models/staging/shop/orders.sql", "orders", Layer.STAGING),
        ("models/marts/finance/intermediate/sums.sql", "sums", Layer.INTERMEDIATE),
        ("models/gold/revenue.sql", "revenue", Layer.MARTS),
        ("models/marts/stg_odd.sql", "stg_odd", Layer.MARTS),
        ("models/shop/stg_orders.sql", "stg_orders", Layer.STAGING),
        ("models/int_orders.sql", "int_orders", Layer.INTERMEDIATE),
        ("models/fct_orders.sql", "fct_orders", Layer.MARTS),
        ("models/internal.sql", "internal", Layer.MARTS),
        ("marts/orders.sql", "orders", Layer.MARTS),
    ],
)
def test_layers_are_told_by_folder_then_by_name(path: str, name: str, layer: Layer) -> None:
    """A team would get the checks of staging on its marts."""
    outlook = survey(project_of(node(name, original_file_path=path)), {})
    assert _layers(outlook) == {name: layer.value}


def test_what_nobody_reads_is_a_mart() -> None:
    """A small project without folders would have no checks of marts at all."""
    shop = project_of(
        node("orders", "select * from {{ ref('helper') }}", reads=["model.shop.helper"]),
        node("helper"),
        node("seed.raw"),
    )
    assert _layers(survey(shop, {})) == {"helper": "other models", "orders": "marts", "raw": "seeds"}


def test_each_layer_selects_its_own_models_and_no_other() -> None:
    """Settings of a layer would hold for models of another."""
    outlook = survey(SHOP, {})
    for layer, (selected, excluded) in outlook.selections.items():
        names = {one.unique_id for one in outlook.of(layer)}
        models = {uid for uid in select(selected, excluded or None, SHOP) if uid.startswith("model.shop.")}
        assert models == names, layer
    assert outlook.selections[Layer.MARTS] == (("path:models/marts",), ("path:models/marts/intermediate",))


def test_keys_are_found_and_proposed() -> None:
    """A team would be told to declare what it has declared, or get no hint for what it has not."""
    found = {one.name: (one.key.columns if one.key else None, one.proposed) for one in survey(SHOP, {}).nodes}
    assert found["stg_orders"] == (("order_id",), ())
    assert found["fct_orders"] == (None, ("order_id",))
    assert found["raw_orders"] == (None, ())


def test_packages_are_not_looked_at() -> None:
    """Hundreds of models of a package would hide those of the project."""
    assert {one.name for one in survey(SHOP, {}).nodes}.isdisjoint({"foreign"})


def test_personal_columns_are_found_in_sql_and_seeds() -> None:
    """Names that are in no YAML would be shown."""
    outlook = survey(SHOP, {"seed.shop.raw_customers": ("id", "name", "Phone")})
    assert outlook.personal == {"email": ("int_people", "stg_customers"), "phone": ("raw_customers",)}
    assert outlook.people == ("raw_customers",)
    assert outlook.marks == ("gdpr",)


def test_a_key_by_a_combination_counts() -> None:
    """A model with a key of two columns would be among those without one."""
    shop = project_of(node("lines"), generic_test("unique_combination_of_columns", "lines", ["a", "b"]))
    assert [one.key.columns for one in survey(shop, {}).nodes if one.key] == [("a", "b")]
