"""What real projects look like: sub-folders, packages, hooks, seeds behind sources, a side that does not parse."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.stories import repositories
from tests.stories.repositories import PROFILES, PROJECT, request, start

pytestmark = pytest.mark.story

_KEYED = "models:\n  - name: orders\n    columns: [{name: id, data_tests: [unique, not_null]}]\n"


def test_head_does_not_parse(tmp_path: Path) -> None:
    """A reviewer would see a crash, or no comment at all, where the request breaks the project."""
    shop = start(tmp_path / "shop", {"models/a.sql": "select 1 as id"})
    request(shop, {"models/a.sql": "select * from {{ ref('nowhere') }}"})
    ran = repositories.prove(shop, out=tmp_path / "out")
    assert ran.code == 1
    assert "head does not parse" in ran.comment.splitlines()[0]
    assert "nowhere" in ran.comment
    assert "models/a.sql" in ran.comment


def test_base_does_not_parse(tmp_path: Path) -> None:
    """A request that mends the default branch would be told that nothing changed, or be blamed for it."""
    shop = start(tmp_path / "shop", {"models/a.sql": "select * from {{ ref('nowhere') }}"})
    request(shop, {"models/a.sql": "select 1 as id"})
    ran = repositories.prove(shop, out=tmp_path / "out")
    assert ran.code == 1
    assert "base does not parse, so there is nothing to compare with" in ran.comment.splitlines()[0]


def test_hook_that_fails(tmp_path: Path) -> None:
    """A reviewer would see a crash where dbt ends before it builds anything."""
    shop = start(tmp_path / "shop", {"models/a.sql": "select 1 as id"})
    request(shop, {"models/a.sql": "select 2 as id", "dbt_project.yml": PROJECT + "on-run-start: select nonsense\n"})
    ran = repositories.prove(shop, out=tmp_path / "out")
    assert ran.code == 1
    assert "nonsense" in ran.comment


@pytest.mark.once
def test_nothing_touched(tmp_path: Path) -> None:
    """A request that touches no model would wait for a status for ever."""
    shop = start(tmp_path / "shop", {"models/a.sql": "select 1 as id"})
    changed = PROJECT + "dispatch: [{macro_namespace: dbt, search_order: [shop, dbt]}]\n"
    profiles = PROFILES.replace("threads: 2", "threads: 3")
    request(shop, {"README.md": "Words", "dbt_project.yml": changed, "profiles.yml": profiles})
    ran = repositories.prove(shop, out=tmp_path / "out")
    assert ran.code == 0
    assert "no data models touched" in ran.comment.lower()
    notices = ran.report["notices"]
    assert any("`dispatch` of dbt_project.yml changed" in notice for notice in notices)
    assert any("profiles.yml changed" in notice for notice in notices)
    assert "(`request`)" in ran.comment


def test_sub_folder_local_package_variables_and_seeds_behind_sources(tmp_path: Path) -> None:
    """A user whose project looks like most real ones would get a failure or a wrong number.

    The project lies in a sub-folder with a local package beside it; all models are the package's; a seed, enabled by
    `--vars`, writes the relation that a source names; the profile lies elsewhere and needs an environment variable.
    """
    package = {
        "shared/dbt_project.yml": "name: shared\nmodels: {+materialized: table}\nvars: {factor: 2}\n",
        "shared/models/orders.sql": (
            "select id, amount * {{ var('factor') }} as amount from {{ source('raw', 'raw_orders') }}"
        ),
        "shared/models/schema.yml": _KEYED
        + "sources:\n  - name: raw\n    schema: raw\n    tables: [{name: raw_orders}]\n",
    }
    project = {
        "jobs/dbt/dbt_project.yml": (
            "name: shop\nprofile: shop\nseeds: {shop: {+schema: raw, +enabled: \"{{ var('load', false) }}\"}}\n"
        ),
        "jobs/dbt/packages.yml": "packages:\n  - local: ../../shared\n",
        "jobs/dbt/seeds/raw_orders.csv": "id,amount\n1,10\n2,20\n",
        "jobs/dbt/macros/schema.sql": (
            "{% macro generate_schema_name(name, node) %}{{ name or target.schema }}{% endmacro %}"
        ),
        "ci/profiles.yml": PROFILES.replace("shop.duckdb", "\"{{ env_var('SHOP_DB') }}.duckdb\""),
    }
    shop = start(tmp_path / "shop", {**package, **project})
    for name in ("dbt_project.yml", "profiles.yml"):
        (shop / name).unlink()
    repositories.commit(shop, "In a sub-folder")
    request(shop, {"shared/dbt_project.yml": "name: shared\nmodels: {+materialized: table}\nvars: {factor: 3}\n"})
    ran = repositories.prove(
        shop,
        *("--project-dir", "jobs/dbt", "--profiles-dir", "ci", "--vars", "{load: true}"),
        out=tmp_path / "out",
        environment={"SHOP_DB": "x.y"},
    )
    orders = ran.model("orders")
    assert orders["unique_id"] == "model.shared.orders"
    assert (orders["rows"]["changed"], orders["columns"]["changed"]) == (2, {"amount": 2}), ran.log
    assert [cause["kind"] for cause in orders["change"]["causes"]] == ["variable"]


def test_raw_tables_of_the_users_database(tmp_path: Path) -> None:
    """A user whose sources lie in the database would have every model fail, or the database written to.

    The database also holds a stale build of the model itself, which must not be taken for base.
    """
    schema = _KEYED + "sources:\n  - name: main\n    tables: [{name: raw}]\n"
    model = "{{ config(materialized='incremental', unique_key='id') }} select i as id from {{ source('main', 'raw') }}"
    shop = start(tmp_path / "shop", {"models/orders.sql": model, "models/schema.yml": schema})
    with duckdb.connect(str(shop / "shop.duckdb")) as connection:
        connection.execute("create table raw as select range as i from range(10)")
        connection.execute("create table orders as select 99 as id")
    before = (shop / "shop.duckdb").read_bytes()
    request(shop, {"models/orders.sql": model + " where i <> 3"})
    ran = repositories.prove(shop, out=tmp_path / "out")
    rows = ran.model("orders")["rows"]
    assert (rows["base"], rows["head"], rows["removed"], rows["added"]) == (10, 9, 1, 0), ran.log
    assert (shop / "shop.duckdb").read_bytes() == before


def test_tests_that_newly_fail_and_that_failed_before(tmp_path: Path) -> None:
    """A reviewer would be blamed for an old failure, or not told of a new one."""
    schema = (
        "models:\n  - name: orders\n    columns:\n"
        "      - {name: id, data_tests: [unique, not_null]}\n"
        "      - {name: word, data_tests: [not_null]}\n"
    )
    shop = start(tmp_path / "shop", {"models/orders.sql": "select 1 as id, null as word", "models/schema.yml": schema})
    request(shop, {"models/orders.sql": "select 1 as id, null as word union all select 1, null"})
    ran = repositories.prove(shop, out=tmp_path / "out")
    tests = {test["name"]: (test["base"], test["head"], test["grade"]) for test in ran.report["tests"]}
    assert tests["unique_orders_id"] == ("pass", "fail", "fail")
    assert tests["not_null_orders_word"][:2] == ("fail", "fail")
    assert tests["not_null_orders_id"] == ("pass", "pass", "pass")
    assert "unique_orders_id" in ran.comment
    found = ran.model("orders")["findings"]["tests"]
    assert found["measures"]["newly_failing"] == ["not_null_orders_word", "unique_orders_id"]


def test_a_model_named_like_a_folder(tmp_path: Path) -> None:
    """A user would pay for, and have overwritten, models that only lie in a folder of the changed model's name."""
    shop = start(
        tmp_path / "shop",
        {
            "models/orders.sql": "select 1 as id",
            "models/orders/lines.sql": "select 1 as id",
            "models/orders/more/deep.sql": "select 1 as id",
        },
    )
    request(shop, {"models/orders.sql": "select 2 as id"})
    ran = repositories.prove(shop, out=tmp_path / "out")
    assert ran.model("orders")["outcome"] == "changed", ran.log
    assert "1 of 1 orders" in ran.log
    assert "lines" not in ran.log
