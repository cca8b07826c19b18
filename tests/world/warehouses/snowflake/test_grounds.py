"""Environments on fakesnow, by the real connector and dbt-snowflake.

fakesnow can't clone databases and schemas, drop databases, keep comments, or replace a database: those statements are
tested as text in `test_spelling`, and whose they may drop in `test_names`.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import snowflake.connector
import yaml

from bot.domain import Beside, RelationName, Side, Statement, Table
from bot.errors import EnvironmentFailure, UsageError
from bot.world.warehouses.grounds import Following, Shown, Site
from bot.world.warehouses.leftovers import Sought
from bot.world.warehouses.snowflake import spelling
from bot.world.warehouses.snowflake.grounds import SnowflakeGrounds, lay_out
from bot.world.warehouses.snowflake.ours import sweep
from tests.fakesnow_server import Served
from tests.world.warehouses.snowflake.conftest import MakeSite


class Laid:
    """Grounds by schemas, and a connection beside them, as dbt has one."""

    def __init__(self, site: Site, served: Served) -> None:
        self.grounds = lay_out(site)
        self._served = served
        self.schema = str(yaml.safe_load(self.grounds.profile(Side.BASE))["shop"]["outputs"]["ci"]["schema"])

    def name(self, identifier: str, more: str = "") -> RelationName:
        """A relation as base's manifest names it."""
        return RelationName("analytics", self.schema + more, identifier)

    def run(self, sql: str) -> list[tuple[object, ...]]:
        """What dbt would do."""
        with snowflake.connector.connect(**self._served.parameters()) as connection:
            return [tuple(row) for row in connection.cursor().execute(sql).fetchall()]  # type: ignore[union-attr]

    def schemas(self) -> list[str]:
        """All schemas of the user's database."""
        return [str(row[1]) for row in self.run("show schemas in database analytics")]


@pytest.fixture
def laid(make_site: MakeSite, served: Served) -> Iterator[Laid]:
    """Grounds in which base is built: a table, a view of it, and a table in a schema of its own."""
    found = Laid(make_site("schema"), served)
    try:
        managed = [found.name("orders"), found.name("orders_view"), found.name("mart", "_marts")]
        found.grounds.begin(Side.BASE, None, managed)
        rows = "(values (1, 'a'), (2, 'b'), (3, null)) t(id, x)"
        found.run(f"create table analytics.{found.schema}.orders as select * from {rows}")
        found.run(f"create view analytics.{found.schema}.orders_view as select * from analytics.{found.schema}.orders")
        found.run(f"create table analytics.{found.schema}_marts.mart as select 7 as n")
        found.grounds.end(Side.BASE)
        yield found
    finally:
        found.grounds.remove()


def _tables(grounds: SnowflakeGrounds, env: Side | Beside, *names: RelationName) -> dict[str, list[tuple[object, ...]]]:
    """What is there in an environment, with its rows."""
    warehouse = grounds.open(lambda *_: None, lambda *_: None)
    try:
        found = warehouse.tables(env, names)
        assert all(isinstance(table, Table) for table in found.values())
        return {
            name.identifier: warehouse.ask(Statement(f"select * from {table.expression} order by 1", "look"))
            for name, table in found.items()
            if isinstance(table, Table)
        }
    finally:
        warehouse.close()


_ORDERS = [(1, "a"), (2, "b"), (3, None)]


def test_head_begins_with_what_base_has_but_what_is_built_anew(laid: Laid) -> None:
    """Models that the request does not touch would be missing in head, or those it touches would be base's."""
    names = (laid.name("orders"), laid.name("orders_view"), laid.name("mart", "_marts"))
    laid.grounds.begin(Side.HEAD, Following(Side.BASE, [laid.name("orders_view")]), names)
    assert _tables(laid.grounds, Side.HEAD, *names) == {"orders": _ORDERS, "mart": [(7,)]}
    assert _tables(laid.grounds, Side.BASE, *names) == {"orders": _ORDERS, "orders_view": _ORDERS, "mart": [(7,)]}


def test_what_is_written_to_head_does_not_reach_base(laid: Laid) -> None:
    """Both sides would show the same data, and every change would look harmless."""
    laid.grounds.begin(Side.HEAD, Following(Side.BASE), [])
    head = laid.schema[:-1] + "H"
    laid.run(f"delete from analytics.{head}.orders where id = 1")
    assert _tables(laid.grounds, Side.HEAD, laid.name("orders")) == {"orders": _ORDERS[1:]}
    assert _tables(laid.grounds, Side.BASE, laid.name("orders")) == {"orders": _ORDERS}


def test_an_environment_beside_the_twins_begins_anew_each_time(laid: Laid) -> None:
    """The second control would find what the first one has built, and prove nothing."""
    laid.grounds.begin(Beside.CONTROL, Following(Side.BASE, [laid.name("orders")]), [])
    laid.run(f"create table analytics.{laid.schema[:-1]}C.extra as select 1 as x")
    laid.grounds.begin(Beside.CONTROL, Following(Side.BASE, [laid.name("mart", "_marts")]), [])
    warehouse = laid.grounds.open(lambda *_: None, lambda *_: None)
    laid.grounds.add(warehouse, Beside.CONTROL)
    found = warehouse.tables(
        Beside.CONTROL, [laid.name(n) for n in ("orders", "extra")] + [laid.name("mart", "_marts")]
    )
    warehouse.close()
    assert [name.identifier for name in found] == ["orders"]


def test_drops_tables_and_views_and_passes_over_what_is_not_there(laid: Laid) -> None:
    """A model that changed from view to table could not be built, because the old one is in its way."""
    laid.grounds.begin(Side.HEAD, Following(Side.BASE), [])
    names = [laid.name("orders_view"), laid.name("orders"), laid.name("nope"), RelationName("analytics", "ci", "kept")]
    laid.run("create table if not exists analytics.ci.kept as select 1 as x")
    laid.grounds.drop(Side.HEAD, names)
    assert _tables(laid.grounds, Side.HEAD, *names) == {"kept": [(1,)]}


def test_shuffled_rows_are_the_same_rows(laid: Laid) -> None:
    """The control, which reads parents in another order, would read other parents."""
    laid.grounds.begin(Beside.CONTROL, Following(Side.BASE), [])
    laid.grounds.shuffle(Beside.CONTROL, [laid.name("orders"), laid.name("orders_view")], "seed")
    assert _tables(laid.grounds, Beside.CONTROL, laid.name("orders")) == {"orders": _ORDERS}


def test_nothing_is_left_and_the_users_own_stays(laid: Laid) -> None:
    """Schemas of ours would pile up in the user's database, or the user's own would go."""
    laid.grounds.begin(Side.HEAD, Following(Side.BASE), [])
    laid.grounds.open(lambda *_: None, lambda *_: None).close()
    laid.run(f"create schema analytics.{laid.schema}_made_by_dbt")
    ours = {name for name in laid.schemas() if name.startswith(laid.schema[:-1])}
    assert len(ours) == 6
    laid.grounds.remove()
    laid.grounds.remove()
    assert not ours & set(laid.schemas())
    assert "CI" in laid.schemas()


def test_a_sweep_leaves_what_others_made(laid: Laid, make_site: MakeSite) -> None:
    """A run of somebody else would lose its schemas in the middle of its build: these have no mark of ours."""
    laid.run("create schema if not exists analytics.proofbot_pr_9_abc123_b")
    assert sweep(make_site("schema"), Sought(older_than=timedelta(0))) == []
    assert {"PROOFBOT_PR_9_ABC123_B", laid.schema} <= set(laid.schemas())


def test_what_lies_elsewhere_is_a_stray(laid: Laid) -> None:
    """dbt would write to production."""
    stray = laid.grounds.stray
    assert stray(laid.name("orders")) is None
    assert stray(laid.name("mart", "_marts")) is None
    assert stray(RelationName("ANALYTICS", laid.schema.lower(), "orders")) is None
    assert "schema ci," in str(stray(RelationName("analytics", "ci", "orders")))
    assert "database raw," in str(stray(RelationName("raw", laid.schema, "orders")))
    assert "generate_schema_name" in laid.grounds.remedy_for_strays


def test_databases_of_our_own_hold_the_schemas_of_the_users(make_site: MakeSite, served: Served) -> None:
    """A project that writes schema names into its data would differ from side to side."""
    grounds = lay_out(make_site(None))
    profiles = {env: yaml.safe_load(grounds.profile(env))["shop"]["outputs"]["ci"] for env in Side}
    base, head = (str(profiles[side]["database"]) for side in Side)
    assert {profile["schema"] for profile in profiles.values()} == {"ci"}
    assert (base[-5:], head[-5:]) == ("_BASE", "_HEAD")
    assert grounds.stray(RelationName(base, "anything", "x")) is None
    assert "database analytics," in str(grounds.stray(RelationName("analytics", "ci", "x")))
    with snowflake.connector.connect(**served.parameters()) as connection:
        connection.cursor().execute("create or replace table analytics.ci.source as select 1 as x")
        connection.cursor().execute("create or replace table analytics.ci.old as select 1 as x")
    names = [RelationName(base, "ci", "source"), RelationName(base, "ci", "old")]
    grounds.begin(Side.BASE, None, names[1:])
    assert _tables(grounds, Side.BASE, *names) == {"source": [(1,)]}
    grounds.remove()


def test_an_isolation_that_there_is_not_is_said(make_site: MakeSite) -> None:
    """A slip in the configuration would be taken for a default."""
    with pytest.raises(UsageError, match="rows"):
        lay_out(make_site("rows"))


def test_a_host_that_does_not_answer_is_said_without_the_password(make_site: MakeSite) -> None:
    """The run would hang, or the password would stand in the comment."""
    site = make_site("schema")
    output = {**site.output, "port": 9, "password": "verysecretword", "connect_timeout": 1}
    with pytest.raises(EnvironmentFailure) as caught:
        lay_out(dataclasses.replace(site, output=output))
    assert "verysecretword" not in f"{caught.value} {caught.value.remedy}"
    assert "account" in caught.value.remedy


def _project(folder: Path) -> Path:
    (folder / "models").mkdir(parents=True)
    (folder / "seeds").mkdir()
    (folder / "dbt_project.yml").write_text(
        "name: shop\nversion: '1.0'\nprofile: shop\nmodels:\n  shop:\n    marts:\n      +schema: marts\n",
        encoding="utf-8",
    )
    (folder / "seeds" / "raw.csv").write_text("id,price\n1,2.50\n2,3.75\n", encoding="utf-8")
    (folder / "models" / "stg.sql").write_text("select id, price from {{ ref('raw') }}", encoding="utf-8")
    (folder / "models" / "marts").mkdir()
    (folder / "models" / "marts" / "total.sql").write_text(
        "{{ config(materialized='table') }} select count(*) as n, sum(price) as total from {{ ref('stg') }}",
        encoding="utf-8",
    )
    return folder


def test_dbt_builds_by_the_profile_of_an_environment(make_site: MakeSite, served: Served, tmp_path: Path) -> None:
    """The whole run would end at its first build."""
    laid = Laid(make_site("schema"), served)
    project = _project(tmp_path / "project")
    names = [laid.name("raw"), laid.name("stg"), laid.name("total", "_marts")]
    try:
        laid.grounds.begin(Side.BASE, None, names)
        (project / "profiles.yml").write_text(laid.grounds.profile(Side.BASE), encoding="utf-8")
        command: list[str | Path] = [Path(sys.executable).with_name("dbt"), "build", "--profiles-dir", ".", "--quiet"]
        quiet = {**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        built = subprocess.run(
            command, cwd=project, env=quiet, capture_output=True, text=True, timeout=120, check=False
        )
        assert built.returncode == 0, built.stdout + built.stderr
        laid.grounds.end(Side.BASE)
        assert all(laid.grounds.stray(name) is None for name in names)
        found = _tables(laid.grounds, Side.BASE, *names)
    finally:
        laid.grounds.remove()
    assert found.keys() == {"raw", "stg", "total"}
    assert [int(str(row[0])) for row in found["total"]] == [2]


def test_what_exists_of_production_can_be_read_in_any_database(laid: Laid) -> None:
    """What a request does not touch would be built though production has it, or read where there is nothing."""
    laid.run("create database if not exists shop")
    laid.run("create schema if not exists shop.prod")
    laid.run("create or replace table shop.prod.orders as select 5 as id")
    laid.run("create or replace view analytics.ci.recent as select 6 as id")
    there = [RelationName("shop", "prod", "orders"), RelationName(None, "CI", "RECENT")]
    gone = [RelationName("shop", "prod", "gone"), RelationName("nowhere", "prod", "orders")]
    assert laid.grounds.readable([*there, *gone]) == frozenset(there)
    assert laid.grounds.readable(gone) == frozenset()


@pytest.mark.parametrize("isolation", ["schema", None])
def test_production_is_shown_by_views_where_its_past_can_not_be_cloned(
    make_site: MakeSite, served: Served, isolation: str | None
) -> None:
    """A table that was made since the run began, or one of another account, would end it. fakesnow has no past."""
    laid = Laid(make_site(isolation), served)
    database = yaml.safe_load(laid.grounds.profile(Side.BASE))["shop"]["outputs"]["ci"]["database"]
    names = [RelationName(database, laid.schema + more, name) for more, name in (("", "paid"), ("_marts", "sums"))]
    try:
        laid.run("create schema if not exists analytics.prod")
        laid.run("create or replace table analytics.prod.paid as select 5 as id union all select 6")
        laid.run("create or replace view analytics.prod.sums as select sum(id)::int as n from analytics.prod.paid")
        theirs = [RelationName("analytics", "prod", name.identifier) for name in names]
        laid.grounds.begin(Side.BASE, Shown(dict(zip(names, theirs, strict=True)), datetime.now(UTC)), names[:1])
        laid.grounds.end(Side.BASE)
        laid.grounds.begin(Side.HEAD, Following(Side.BASE), names[:1])
        for side in Side:
            assert _tables(laid.grounds, side, *names) == {"paid": [(5,), (6,)], "sums": [(11,)]}
    finally:
        laid.grounds.remove()
    assert laid.run("select id from analytics.prod.paid order by 1") == [(5,), (6,)]


def test_tables_of_production_are_cloned_where_that_can_be(laid: Laid, monkeypatch: pytest.MonkeyPatch) -> None:
    """Base and head would read production at two moments. Without a moment, which fakesnow does not know."""
    laid.run("create schema if not exists analytics.prod")
    laid.run("create or replace table analytics.prod.paid as select 5 as id")
    monkeypatch.setattr(spelling, "at_time", lambda _: "")
    name = laid.name("paid")
    shown = Shown({name: RelationName("analytics", "prod", "paid")}, datetime.now(UTC))
    laid.grounds.begin(Side.BASE, shown, [name])
    laid.run("insert into analytics.prod.paid values (6)")
    assert _tables(laid.grounds, Side.BASE, name) == {"paid": [(5,)]}
    gone = Shown({name: RelationName("analytics", "prod", "gone")}, datetime.now(UTC))
    with pytest.raises(EnvironmentFailure, match=r"prod\.gone of production is not there any more"):
        laid.grounds.begin(Side.BASE, gone, [name])
