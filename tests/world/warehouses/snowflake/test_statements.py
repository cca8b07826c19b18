"""What a run says to Snowflake where fakesnow does not know it: whole stories of statements, as text.

The real connector sends them. What fakesnow can't do is left out of a statement after it was written down, so that the
story goes on: clones of databases are empty here, and the past is now. Nothing says that an account takes them.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest
import snowflake.connector
import yaml

from bot.domain import Beside, RelationName, Side, Statement, WarehouseOptions
from bot.world.warehouses.grounds import Brought, Following, Shown, Site
from bot.world.warehouses.snowflake.grounds import SnowflakeGrounds, lay_out
from tests.fakesnow_server import Served
from tests.world.warehouses.snowflake.between import Between, between
from tests.world.warehouses.snowflake.conftest import MakeSite

_MOMENT = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
_AT = " at (timestamp => '2026-11-23 05:30:00.000000 +0000'::timestamp_tz)"


def _as_fakesnow_knows_it(sql: str) -> str:
    without_past = sql.replace(_AT, "")
    return re.sub(r"(transient (?:database|schema) \S+) clone \S+", r"\1", without_past)


@pytest.fixture
def server(served: Served) -> Iterator[Between]:
    """A server in between that leaves out what fakesnow does not know."""
    with between(served) as (found, _):
        found.instead = _as_fakesnow_knows_it
        yield found


def _site(make_site: MakeSite, server: Between, isolation: str) -> Site:
    site = make_site(isolation)
    options = WarehouseOptions(isolation=isolation, compute="CHECKS_WH", statement_seconds=30)
    output = {**site.output, "port": server.server.server_address[1], "warehouse": "BUILDS_WH"}

    def profile(changed: Mapping[str, object]) -> str:
        return yaml.safe_dump({"shop": {"target": "ci", "outputs": {"ci": {**output, **changed}}}})

    return dataclasses.replace(site, output=output, profile_with=profile, options=options)


def _run(served: Served, *statements: str) -> None:
    """What is done beside the run, and not written down."""
    with snowflake.connector.connect(**served.parameters()) as connection:
        for sql in statements:
            connection.cursor().execute(sql)


def _stem(grounds: SnowflakeGrounds, named: str) -> str:
    output = yaml.safe_load(grounds.profile(Side.BASE))["shop"]["outputs"]["ci"]
    return str(output[named]).rsplit("_", 1)[0]


def _said(server: Between, pattern: str, stem: str) -> list[str]:
    """The statements that begin so, with a short word for the run's name, and without the time in their marks."""
    found = [sql for sql in server.seen if re.match(pattern, sql)]
    return [re.sub(r"at=\S+'", "at=now'", sql.replace(stem, "P")) for sql in found]


def test_each_environment_is_a_database_cloned_whole(make_site: MakeSite, server: Between) -> None:
    """Head would begin with production's data and not with base's; or databases would be left behind, and be paid."""
    grounds = lay_out(_site(make_site, server, "database"))
    stem = _stem(grounds, "database")
    try:
        grounds.begin(Side.BASE, None, [RelationName(f"{stem}_BASE", "ci", "orders")])
        grounds.end(Side.BASE)
        grounds.begin(Side.HEAD, Following(Side.BASE), [])
        grounds.begin(Beside.CONTROL, Following(Side.BASE), [])
    finally:
        grounds.remove()
    mark = "comment = 'proofbot run=r1 at=now'"
    assert _said(server, "create", stem) == [
        f'create or replace transient database "P_ASKED" {mark}',
        f'create or replace transient database "P_BASE" clone "ANALYTICS" {mark}',
        f'create or replace transient database "P_HEAD" clone "P_BASE" {mark}',
        f'create or replace transient database "P_CONTROL" clone "P_BASE" {mark}',
    ]
    dropped = sorted(_said(server, "drop", stem))
    assert dropped == [f'drop database if exists "P_{env}"' for env in ("ASKED", "BASE", "CONTROL", "HEAD")]


def test_what_is_rebuilt_is_dropped_from_a_cloned_schema(make_site: MakeSite, server: Between, served: Served) -> None:
    """A model that the request removes would still be there in head, as a clone of base's."""
    grounds = lay_out(_site(make_site, server, "schema"))
    stem = _stem(grounds, "schema")
    old = RelationName("analytics", f"{stem}_B", "old")

    def clone(sql: str) -> str:
        if " clone " not in sql:
            return _as_fakesnow_knows_it(sql)
        head = f"analytics.{stem}_H"
        _run(
            served, f"create schema {head}", *(f"create table {head}.{name} as select 1 as x" for name in ("old", "k"))
        )
        return "select 1"

    try:
        grounds.begin(Side.BASE, None, [old])
        server.instead = clone
        grounds.begin(Side.HEAD, Following(Side.BASE, [old]), [])
        dropped = _said(server, "drop table", stem)
    finally:
        grounds.remove()
    mark = "comment = 'proofbot run=r1 at=now'"
    assert _said(server, "create or replace transient schema .* clone", stem) == [
        f'create or replace transient schema "ANALYTICS"."P_H" clone "ANALYTICS"."P_B" {mark}'
    ]
    assert dropped == ['drop table if exists "ANALYTICS"."P_H"."OLD"']


def test_production_is_cloned_as_of_one_moment(make_site: MakeSite, server: Between, served: Served) -> None:
    """What was loaded between base and head would show as a change of the request's."""
    grounds = lay_out(_site(make_site, server, "schema"))
    stem = _stem(grounds, "schema")
    names = [RelationName("analytics", f"{stem}_B", name) for name in ("paid", "loaded")]
    theirs = [RelationName("ANALYTICS", "prod", name.identifier) for name in names]
    try:
        tables = [f"create or replace table analytics.prod.{name.identifier} as select 5 as id" for name in names]
        _run(served, "create schema if not exists analytics.prod", *tables)
        grounds.begin(Side.BASE, Shown({names[0]: theirs[0]}, _MOMENT), [])
        grounds.bring(Side.BASE, Brought({names[1]: theirs[1]}, _MOMENT))
    finally:
        grounds.remove()
    assert _said(server, "create or replace transient table", stem) == [
        f'create or replace transient table "ANALYTICS"."P_B"."{name}" clone "ANALYTICS"."PROD"."{name}"{_AT}'
        for name in ("PAID", "LOADED")
    ]


def test_every_statement_is_tagged_and_only_checks_compute_elsewhere(make_site: MakeSite, server: Between) -> None:
    """Nobody could tell from the history what a request has cost; or builds would take the small one of checks."""
    grounds = lay_out(_site(make_site, server, "schema"))
    try:
        grounds.begin(Side.BASE, None, [])
        assert set(server.warehouses) == {"BUILDS_WH"}
        warehouse = grounds.open(lambda *_: None, lambda *_: None)
        warehouse.ask(Statement("select 45", "count the rows of orders"))
        warehouse.close()
        profile = yaml.safe_load(grounds.profile(Side.HEAD))["shop"]["outputs"]["ci"]
    finally:
        grounds.remove()
    assert server.warehouses[-1] == "CHECKS_WH"
    assert profile["warehouse"] == "BUILDS_WH"
    tags = [json.loads(str(parameters["QUERY_TAG"])) for parameters in server.parameters]
    assert {(tag["app"], tag["run"], tag["request"]) for tag in tags} == {("proofbot", "r1", "12")}
    assert tags[server.seen.index("select 45")]["check"] == "count the rows of orders"
    assert json.loads(profile["query_tag"]) == {"app": "proofbot", "run": "r1", "request": "12", "check": "build"}


def test_a_hash_is_taken_where_the_account_has_one(make_site: MakeSite, server: Between) -> None:
    """Each run would hash by texts, at many times the cost; or it would end where there is only a stand-in."""
    grounds = lay_out(_site(make_site, server, "schema"))
    try:
        assert not grounds.has_hash
        server.instead = lambda sql: "select 1" if "hash(" in sql else sql
        assert grounds.has_hash
    finally:
        grounds.remove()
