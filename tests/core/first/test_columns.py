"""Columns as the code of a project tells them before anything is built."""

from __future__ import annotations

import pytest

from bot.core.first import columns
from tests.core.manifests import node, source
from tests.core.manifests import read as project_of

RENAMED = """{{ config(materialized='view') }}
with source as (
    {#- a comment with 'a quote -#}
    select * from {{ source('ecom', 'raw') }}
), renamed as (
    select id as customer_id, {{ cents('price') }} as price, {{ dbt.date_trunc('day', 'at') }} as day from source
)
select * from renamed"""


def test_columns_go_through_models() -> None:
    """A mart that selects everything of a staging model would have no columns, and no key could be proposed."""
    shop = project_of(
        node("stg_customers", RENAMED, reads=["source.shop.ecom.raw"]),
        node("customers", "select *, 1 as n from {{ ref('stg_customers') }}", reads=["model.shop.stg_customers"]),
        node("latest", "select * from {{ ref('shop', 'customers', v=2) }}", reads=["model.shop.customers"]),
        sources=[source("ecom.raw")],
    )
    found = columns.of_project(shop, {})
    assert found["model.shop.stg_customers"] == ("customer_id", "price", "day")
    assert found["model.shop.customers"] == found["model.shop.latest"] == ("customer_id", "price", "day", "n")


def test_the_headers_of_seeds_are_their_columns() -> None:
    """What is read from a seed would be unknown, with all that is made of it."""
    shop = project_of(
        node("seed.raw"), node("stg", "select * from {{ ref('raw') }}", reads=["seed.shop.raw"], config={"tags": ["x"]})
    )
    assert columns.of_project(shop, {"seed.shop.raw": ("ID", "email")})["model.shop.stg"] == ("id", "email")


@pytest.mark.parametrize(
    "code", ["select * from {{ source('a', 'b') }}", "select (", "{% if x %}select 1{% else %}select 2{% endif %}"]
)
def test_what_is_not_understood_has_the_declared_columns(code: str) -> None:
    """SQL that is too clever would leave a project without proposals, or end in a crash."""
    shop = project_of(
        node("odd", code, reads=["source.shop.a.b"], columns={"id": {"name": "id"}}), sources=[source("a.b")]
    )
    assert columns.of_project(shop, {})["model.shop.odd"] == ("id",)


def test_a_very_large_project_takes_no_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who tries it on thousands of models would wait for minutes, and think that it hangs."""
    monkeypatch.setattr(columns, "MOST", 20)
    shop = project_of(node("a", "select 1 as x"), node("b", "select 1 as y", columns={"z": {"name": "z"}}))
    found = columns.of_project(shop, {})
    assert (found["model.shop.a"], found["model.shop.b"]) == (("x",), ("z",))


def test_python_models_have_no_aliases() -> None:
    """`import pandas as pd` would be read as SQL."""
    shop = project_of(node("py", "import pandas as email", language="python"), node("sql", "select 1 as email, 2 AS b"))
    assert columns.aliases(shop.nodes["model.shop.py"]) == ()
    assert columns.aliases(shop.nodes["model.shop.sql"]) == ("email", "b")
