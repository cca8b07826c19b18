"""What doctor says of fakesnow, asked by the real connector. It grants everything, and knows less than Snowflake.

What it refuses shows how a refusal is told.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import snowflake.connector

from bot.domain import Diagnosis, Health, RelationName
from bot.errors import QueryFailed
from bot.world.warehouses.grounds import Site
from bot.world.warehouses.snowflake.examine import examine
from bot.world.warehouses.snowflake.session import Session
from tests.fakesnow_server import Served
from tests.world.warehouses.snowflake.conftest import MakeSite

_CI = RelationName("analytics", "ci", "orders")


def _told(site: Site, *sources: RelationName) -> dict[str, Diagnosis]:
    return {one.what: one for one in examine(site, sources)}


def _schemas(served: Served) -> list[str]:
    with snowflake.connector.connect(**served.parameters()) as connection:
        cursor = connection.cursor().execute("show schemas in database analytics")
        return [str(row[1]) for row in cursor.fetchall()]  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def source(served: Served) -> Served:
    """A table that models read."""
    with snowflake.connector.connect(**served.parameters()) as connection:
        connection.cursor().execute("create table analytics.ci.orders as select 1 as id")
    return served


def test_by_schemas(source: Served, make_site: MakeSite) -> None:
    """A team would not know beforehand what its role may do, or find the schema that it was tried with."""
    told = _told(make_site("schema"), _CI)
    for what in ("connection", "schemas of ours", "tables of ours", "cloning", "temporary tables", "sources"):
        assert told[what].health is Health.WELL, told
    assert "database ANALYTICS" in told["connection"].words
    assert not [schema for schema in _schemas(source) if "PROOFBOT" in schema]
    for one in told.values():
        assert (one.health is Health.WELL) == (not one.remedy)


def test_sources_that_the_role_does_not_see(source: Served, make_site: MakeSite) -> None:
    """Somebody would be told that a table is missing, and have the grant for it missing."""
    assert source
    told = _told(make_site("schema"), _CI, replace(_CI, identifier="hidden"))["sources"]
    assert told.health is Health.ILL
    assert "analytics.ci.hidden" in told.words
    assert "GRANT SELECT ON ALL TABLES IN SCHEMA analytics.ci TO ROLE" in told.remedy


def test_a_role_that_may_make_nothing(source: Served, make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody would not be told which grant is missing. fakesnow refuses nothing, so Snowflake's words are put in."""
    run = Session.run

    def refuse(self: Session, sql: str, within: float | None = None, purpose: str = "") -> object:
        for kind, name in (("database", "account 'SHOP'"), ("schema", "database 'ANALYTICS'")):
            if sql.startswith(f"create or replace transient {kind}"):
                raise QueryFailed(f"Insufficient privileges to operate on {name}", sql)
        return run(self, sql, within, purpose)

    monkeypatch.setattr(Session, "run", refuse)
    site = make_site(None)
    told = _told(replace(site, output={**site.output, "role": "CI"}))
    assert (told["databases of ours"].health, told["schemas of ours"].health) == (Health.ADVICE, Health.ILL)
    assert told["databases of ours"].remedy == "Run `GRANT CREATE DATABASE ON ACCOUNT TO ROLE CI`."
    assert "GRANT CREATE SCHEMA ON DATABASE ANALYTICS TO ROLE CI" in told["schemas of ours"].remedy
    [only] = [one for one in examine(make_site("database"), ()) if "of ours" in one.what]
    assert (only.what, only.health) == ("databases of ours", Health.ILL)
    assert source


def test_by_databases(source: Served, make_site: MakeSite) -> None:
    """What could not be dropped again would stay in the account, and nobody would know."""
    told = _told(make_site(None), _CI)
    for what in ("databases of ours", "tables of ours", "cloning", "sources"):
        assert told[what].health is Health.WELL, told
    with snowflake.connector.connect(**source.parameters()) as connection:
        cursor = connection.cursor().execute("show databases")
        left = [str(row[1]) for row in cursor.fetchall() if "PROOFBOT" in str(row[1])]  # type: ignore[union-attr]
    assert [one.remedy for what, one in told.items() if what == "what was tried"] == [
        f'Run `drop database if exists "{name}" cascade`; what runs leave is also found a day later, by the next run.'
        for name in left
    ]


def test_an_account_that_does_not_answer(make_site: MakeSite) -> None:
    """A wrong account would be told as a crash, or with the password in it."""
    site = make_site("schema")
    output = {**site.output, "port": 1, "password": "hushhush", "connect_timeout": 1}
    [told] = examine(replace(site, output=output), ())
    assert (told.what, told.health) == ("connection", Health.ILL)
    assert "account" in told.remedy
    assert "hushhush" not in told.words
