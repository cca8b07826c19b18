"""A project of all layers, for the tests of the first look."""

from __future__ import annotations

from tests.core.manifests import Entry, generic_test, node
from tests.core.manifests import read as project_of


def _at(folder: str, name: str, code: str = "select 1 as id", **more: object) -> Entry:
    place: Entry = {"original_file_path": f"{folder}/{name}.sql", "fqn": ["shop", *folder.split("/")[1:], name]}
    return {**node(name, code), **place, **more}


SHOP = project_of(
    node("seed.raw_customers"),
    node("seed.raw_orders"),
    _at("models/staging", "stg_customers", "select 1 as customer_id, 'x' as email", tags=["gdpr"]),
    _at("models/staging", "stg_orders", "select 1 as order_id, current_timestamp as ordered_at"),
    _at(
        "models/marts/intermediate",
        "int_people",
        "select * from {{ ref('stg_customers') }}",
        depends_on={"nodes": ["model.shop.stg_customers"], "macros": []},
    ),
    _at(
        "models/marts",
        "fct_orders",
        "select * from {{ ref('stg_orders') }}",
        depends_on={"nodes": ["model.shop.stg_orders"], "macros": []},
        config={"materialized": "incremental"},
    ),
    {**node("model.foreign"), "unique_id": "model.utils.foreign", "package_name": "utils"},
    generic_test("unique", "stg_orders", "order_id"),
    generic_test("not_null", "stg_orders", "order_id"),
)
