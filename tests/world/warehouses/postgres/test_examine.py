"""What doctor says of a real Postgres, for roles that may do much or little; and that nothing of it stays."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from psycopg import sql

from bot.domain import Diagnosis, Health, RelationName
from bot.world.warehouses.grounds import Site
from bot.world.warehouses.postgres.examine import examine
from tests.postgres_server import Database
from tests.world.warehouses.postgres.conftest import Lay

_OURS = b"select nspname from pg_namespace where nspname ~ '^proofbot'"


@pytest.fixture(scope="module")
def source(database: Database) -> Database:
    """A database with raw rows."""
    with database.connect() as connection:
        connection.execute(b"create schema raw; create table raw.orders as select 1 as id")
    return database


@pytest.fixture(scope="module")
def reader(source: Database) -> Iterator[str]:
    """A role that may only connect."""
    name = f"reader_{uuid.uuid4().hex[:8]}"
    role, database = sql.Identifier(name), sql.Identifier(source.dbname)
    with source.connect() as connection:
        connection.execute(sql.SQL("create role {} login password 'only_reads'").format(role))
        connection.execute(sql.SQL("revoke all on database {} from public").format(database))
        connection.execute(sql.SQL("grant connect on database {} to {}").format(database, role))
    yield name
    with source.connect() as connection:
        connection.execute(sql.SQL("drop owned by {0}; drop role {0}").format(role))


def _told(site: Site, *identifiers: str, database: str | None = None) -> dict[str, Diagnosis]:
    sources = [RelationName(database, "raw", identifier) for identifier in identifiers]
    return {one.what: one for one in examine(site, sources)}


def test_a_role_that_may_do_what_is_needed(source: Database, site_of: Lay) -> None:
    """A team would not know before its first request whether its grants will do, or find what was tried."""
    told = _told(site_of(source), "orders", "ORDERS", database=source.dbname.upper())
    assert {one.health for one in told.values()} == {Health.WELL}, told
    assert set(told) == {
        "connection", "schemas of ours", "temporary tables", "hash", "statement timeout", "cancelling", "sources"
    }  # fmt: skip
    assert "PostgreSQL" in told["connection"].words
    assert told["statement timeout"].words == "1min"
    with source.connect() as connection:
        assert connection.execute(_OURS).fetchall() == []


def test_a_role_without_grants(source: Database, reader: str, site_of: Lay) -> None:
    """Somebody would have to find out grant by grant, with a failed job for each. Each is told as it is to be run."""
    told = _told(site_of(source, output={"user": reader, "password": "only_reads"}), "orders")
    ill = {what: one.remedy for what, one in told.items() if one.health is Health.ILL}
    assert set(ill) == {"schemas of ours", "temporary tables", "sources"}
    assert f'GRANT CREATE ON DATABASE "{source.dbname}" TO "{reader}"' in ill["schemas of ours"]
    assert f'GRANT TEMPORARY ON DATABASE "{source.dbname}" TO "{reader}"' in ill["temporary tables"]
    assert f'GRANT USAGE ON SCHEMA "raw" TO "{reader}"' in ill["sources"]
    with source.connect() as connection:
        for remedy in ill.values():
            connection.execute(remedy.split("`")[1].encode())
    mended = _told(site_of(source, output={"user": reader, "password": "only_reads"}), "orders")
    assert {one.health for one in mended.values()} == {Health.WELL}, mended


def test_a_role_that_may_not_copy_the_database(source: Database, reader: str, site_of: Lay) -> None:
    """Under `isolation: database` the first run would end with it."""
    told = _told(site_of(source, isolation="database", output={"user": reader, "password": "only_reads"}))
    fault = told["databases of ours"]
    assert fault.health is Health.ILL
    assert f'ALTER ROLE "{reader}" CREATEDB' in fault.remedy
    assert f'ALTER DATABASE "{source.dbname}" OWNER TO "{reader}"' in fault.remedy


def test_a_database_that_somebody_is_on(source: Database, site_of: Lay) -> None:
    """A run would be refused while a colleague looks at the database, and well an hour later."""
    site = site_of(source, isolation="database")
    with source.connect():
        told = _told(site)["databases of ours"]
    assert told.health is Health.ADVICE
    assert "pg_stat_activity" in told.remedy


def test_sources_that_are_elsewhere(source: Database, site_of: Lay) -> None:
    """Somebody would look for grants where there is no table, or where no connection can see it."""
    absent = _told(site_of(source), "orders", "nothing")["sources"]
    assert (absent.health, absent.words) == (Health.ADVICE, "not there: raw.nothing")
    far = _told(site_of(source), "orders", database="other")["sources"]
    assert (far.health, source.dbname in far.remedy) == (Health.ILL, True)


def test_a_password_that_is_wrong(source: Database, site_of: Lay) -> None:
    """A server that does not let us in would end the examination without a word on what to do."""
    [told] = examine(site_of(source, output={"user": "nobody_of_this_name", "password": "hushhush"}), [])
    assert (told.what, told.health) == ("connection", Health.ILL)
    assert "`user`" in told.remedy
    assert "hushhush" not in told.words
