"""The contract of warehouses on a real Postgres, and what only Postgres does."""

from __future__ import annotations

import datetime
import threading
import uuid
from collections.abc import Iterator
from decimal import Decimal

import pytest

from bot.domain import RelationName, Side, Statement
from bot.errors import EnvironmentFailure, QueryFailed
from bot.world.warehouses.contract import Unreadable
from bot.world.warehouses.grounds import Grounds
from bot.world.warehouses.postgres.grounds import lay_out
from tests.postgres_server import Database
from tests.world.warehouses.contract_cases import NAMES, SHOP, Stand, WarehouseCases, rows
from tests.world.warehouses.postgres.conftest import Lay

_TYPES = {
    "array[1, 2]": [1, 2],
    "12345678901234567890::numeric": Decimal("12345678901234567890"),
    "'infinity'::date": "infinity",
    "array['infinity'::date]": ["infinity"],
    "timestamp '12020-01-01 00:00'": "12020-01-01 00:00:00",
    "time '24:00'": "24:00:00",
    "'{\"a\": 1}'::jsonb": '{"a": 1}',
    "'00000000-0000-0000-0000-000000000007'::uuid": uuid.UUID(int=7),
    "interval '1 day'": datetime.timedelta(days=1),
    "'[1,3)'::int4range": "[1,3)",
    "'10.0.0.1'::inet": "10.0.0.1",
    "(1, 'x')::text": "(1,x)",
    "timestamptz '2020-01-01 00:00+01'": datetime.datetime(2019, 12, 31, 23, tzinfo=datetime.UTC),
}
_LONG = "select pg_sleep(120)"


@pytest.fixture
def grounds(database: Database, site_of: Lay) -> Iterator[Grounds]:
    """Grounds, removed at the end."""
    made = lay_out(site_of(database))
    yield made
    made.remove()


@pytest.fixture
def stand(grounds: Grounds, database: Database) -> Iterator[Stand]:
    """Base built, head empty."""
    schema = grounds.profile(Side.BASE).split("'")[3]
    managed = [RelationName(None, schema, name) for name in NAMES]
    grounds.begin(Side.BASE, None, managed)
    with database.connect() as connection:
        for statement in SHOP:
            connection.execute(statement.format(**{name: f'"{schema}"."{name}"' for name in NAMES}).encode())
    grounds.end(Side.BASE)
    grounds.begin(Side.HEAD, None, managed)
    grounds.end(Side.HEAD)
    told: list[Stand] = []
    warehouse = grounds.open(lambda *_: None, lambda *all_of_it: told[0].note(*all_of_it))
    # Rows hold nothing but what was asked for: zones of time differ by name only.
    made = Stand(warehouse, schema, _LONG, types=_TYPES)
    told.append(made)
    yield made
    warehouse.close()


class TestPostgres(WarehouseCases):
    """All cases."""


def test_it_says_what_it_is(stand: Stand) -> None:
    """The evidence would not tell which server gave the numbers."""
    assert stand.warehouse.name.startswith("PostgreSQL 1")
    assert stand.warehouse.size(stand.table("orders")) == 8192
    assert stand.warehouse.size(stand.table("few")) is None


def test_a_connection_that_is_cut_is_a_finding_and_made_anew(stand: Stand, database: Database) -> None:
    """A restart of the server would hang the run, or end it with a traceback."""
    answers: list[str] = []
    with stand.warehouse.session() as session:
        ((pid,),) = rows(session, "select pg_backend_pid()")

        def wait() -> None:
            try:
                rows(session, _LONG)
            except QueryFailed as failure:
                answers.append(failure.message)

        waiting = threading.Thread(target=wait)
        waiting.start()
        with database.connect() as connection:
            while not connection.execute(
                b"select from pg_stat_activity where pid = %s and query like '%%pg_sleep%%'", [pid]
            ).fetchall():
                pass
            connection.execute(b"select pg_terminate_backend(%s)", [pid])
        waiting.join(60)
        assert answers
        assert answers[0].startswith("the connection to Postgres was lost: ")
        assert "\n" not in answers[0]
        assert rows(session, "select 1") == [(1,)]


def test_the_statement_timeout_of_the_options_holds(database: Database, site_of: Lay) -> None:
    """A check that forgot its limit would keep a server busy for hours."""
    grounds = lay_out(site_of(database, seconds=1))
    warehouse = grounds.open(lambda *_: None, lambda *_: None)
    with pytest.raises(QueryFailed, match="statement timeout"):
        rows(warehouse, _LONG)
    warehouse.close()
    grounds.remove()


def test_what_may_not_be_read_is_told_and_fails_alone(stand: Stand, database: Database) -> None:
    """One relation without a grant would end the comparison of all."""
    name = RelationName(None, "private", "secrets")
    with database.connect() as connection:
        connection.execute(
            b"create schema private; create materialized view private.secrets as select 1 as x with no data"
        )
    found = stand.warehouse.tables(Side.BASE, [name])[name]
    assert isinstance(found, Unreadable)
    assert found.reason == "the materialized view has not been populated"


def test_statements_of_a_failed_transaction_do_not_hold_up_the_next(stand: Stand) -> None:
    """After one mistake in a transaction all later checks of a session would fail."""
    with stand.warehouse.session() as session:
        with pytest.raises(QueryFailed):
            session.ask(Statement("begin; select 1 / 0", "try"))
        assert rows(session, "select 1") == [(1,)]


def test_temporary_files_are_limited_by_the_server(stand: Stand) -> None:
    """A server that is full would end the run instead of failing one check."""
    with stand.warehouse.session() as session:
        rows(session, "set temp_file_limit = '64kB'; set work_mem = '64kB'")
        with pytest.raises(QueryFailed, match="temp_file_limit"):
            rows(session, "select count(*) from (select md5(i::text) m from generate_series(1, 50000) i order by 1) t")


@pytest.mark.parametrize(
    ("changed", "words", "remedy"),
    [
        ({"user": "nobody_here"}, "nobody_here", "`user`"),
        ({"dbname": "nowhere_at_all"}, "nowhere_at_all", "`dbname`"),
        ({"port": 1}, "", "`port`"),
    ],
)
def test_no_connection_is_told_with_the_remedy(
    database: Database, site_of: Lay, changed: dict[str, object], words: str, remedy: str
) -> None:
    """Whoever mistyped the target would see a traceback, or wait for ever, or read a password in a log."""
    grounds = lay_out(site_of(database, output={**changed, "password": "s3cr3t-of-mine"}))
    with pytest.raises(EnvironmentFailure) as caught:
        grounds.begin(Side.BASE, None, ())
    assert words in caught.value.message
    assert "s3cr3t" not in str(caught.value)
    assert remedy in caught.value.remedy
    grounds.remove()
