"""Copies of tables that dbt goes on with, on a real Postgres: the contract, and what only Postgres has."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain import RelationName, Side, Table
from bot.errors import EnvironmentFailure
from bot.world.warehouses.grounds import Brought, Env, Following, Grounds, Shown
from bot.world.warehouses.postgres.grounds import lay_out
from tests.postgres_server import Database
from tests.world.warehouses.contract_cases import PRODUCTION, GroundsCases, Yard, rows
from tests.world.warehouses.postgres.conftest import Lay

LayYard = Callable[..., Yard]


@pytest.fixture(scope="module")
def source(database: Database) -> Database:
    """A database with production in it."""
    _run(database, "create schema live", *PRODUCTION)
    return database


@pytest.fixture
def lay_yard(source: Database, site_of: Lay, alone: None) -> Iterator[LayYard]:  # noqa: ARG001 (for its effect)
    """Lays out grounds with production in a schema beside ours; `of` is the target's schema in a copied database."""
    with contextlib.ExitStack() as stack:

        def lay(isolation: str, of: str = "analytics") -> Yard:
            grounds = lay_out(site_of(source, isolation=isolation, output={"schema": of}))
            stack.callback(grounds.remove)
            told: Mapping[str, str] = eval(grounds.profile(Side.BASE))  # what `profile_with` was told
            built = replace(source, dbname=told.get("dbname", source.dbname))
            schema = told.get("schema", of)

            def run(env: Env, statement: str) -> None:  # noqa: ARG001 (one at a time)
                _run(built, f'create schema if not exists "{schema}"', statement, ours=f'"{schema}"')

            def ask(query: str) -> list[tuple[object, ...]]:
                return _run(source, query)

            return Yard(
                grounds,
                run,
                ask,
                lambda identifier: RelationName(built.dbname, schema, identifier),
                lambda identifier: RelationName(source.dbname, "live", identifier),
            )

        yield lay


@pytest.fixture(params=["schema", "database"])
def yard(lay_yard: LayYard, request: pytest.FixtureRequest) -> Yard:
    """Of either isolation."""
    return lay_yard(request.param)


class TestPostgresGrounds(GroundsCases):
    """All cases."""


def _run(database: Database, *statements: str, ours: str = "") -> list[tuple[object, ...]]:
    with database.connect() as connection:
        for statement in statements:
            cursor = connection.execute(statement.format(ours=ours, live="live").encode())
        return cursor.fetchall() if cursor.description else []


def _ids(grounds: Grounds, side: Side, name: RelationName) -> list[object] | None:
    warehouse = grounds.open(lambda *_: None, lambda *_: None)
    try:
        table = warehouse.tables(side, [name]).get(name)
        assert table is None or isinstance(table, Table), table
        return [row[0] for row in rows(warehouse, f"select id from {table.expression} order by 1")] if table else None
    finally:
        warehouse.close()


def test_what_an_increment_counts_on_comes_along(source: Database, lay_yard: LayYard) -> None:
    """`on conflict` would fail for want of an index, keys be given twice, or production's sequences be used up."""
    _run(
        source,
        "drop table if exists live.counted",
        "create sequence if not exists live.text_ids",
        "create table live.counted (id serial primary key, own int generated always as identity, "
        'twice int generated always as (id * 2) stored, "odd ""word" text not null default \'none\', '
        "label text default 'n' || nextval('live.text_ids'))",
        "insert into live.counted (id, \"odd \"\"word\") values (4, 'a'), (6, 'b')",
        'create unique index on live.counted ("odd ""word")',
    )
    before = _run(source, "select (select last_value from live.counted_id_seq), (select last_value from live.text_ids)")
    yard = lay_yard("schema")
    grounds, name = yard.grounds, yard.name("counted")
    grounds.begin(Side.BASE, None, [name])
    grounds.bring(Side.BASE, yard.brought("counted"))
    yard.run(Side.BASE, "insert into {ours}.counted default values")
    upsert = 'insert into {{ours}}.counted ("odd ""word") values (\'a\') on conflict ("odd ""word") do {}'
    yard.run(Side.BASE, upsert.format("nothing"))
    grounds.end(Side.BASE)
    grounds.begin(Side.HEAD, Following(Side.BASE, [name]), [name])
    grounds.bring(Side.HEAD, yard.brought("counted", of=Side.BASE))
    yard.run(Side.HEAD, 'insert into {ours}.counted ("odd ""word") values (\'new\')')
    grounds.end(Side.HEAD)
    assert _ids(grounds, Side.BASE, name) == [4, 6, 7]
    assert _ids(grounds, Side.HEAD, name) == [4, 6, 7, 8]
    after = _run(source, "select (select last_value from live.counted_id_seq), (select last_value from live.text_ids)")
    assert after == before
    grounds.remove()
    assert _run(source, "select count(*) from pg_class where relname ~ '^proofbot'") == [(0,)]


@pytest.mark.parametrize("is_shown", [False, True])
def test_a_copied_database_keeps_what_dbt_writes_to_in_production(
    source: Database,
    lay_yard: LayYard,
    is_shown: bool,  # noqa: FBT001
) -> None:
    """There dbt's names are production's: its tables would be dropped before they are copied."""
    _run(
        source,
        "drop table if exists live.paid cascade",
        "create table live.paid (id int primary key)",
        "insert into live.paid values (1), (2)",
        "create view live.of_paid as select id from live.paid",
        "create table live.log (id int references live.paid (id))",
    )
    try:
        yard = lay_yard("database", of="live")
        grounds, managed = yard.grounds, yard.names("paid", "other")
        theirs = yard.theirs("paid")
        assert grounds.readable([theirs, yard.theirs("other")]) == {theirs}
        shown = Shown({yard.name("orders"): yard.theirs("orders")}, datetime.now(UTC)) if is_shown else None
        grounds.begin(Side.BASE, shown, [*managed, yard.name("orders")] if is_shown else managed)
        grounds.drop(Side.BASE, managed)
        brought = Brought({managed[0]: theirs, managed[1]: yard.theirs("other")}, datetime.now(UTC))
        grounds.bring(Side.BASE, brought)
        yard.run(Side.BASE, "insert into {ours}.paid values (3)")
        yard.run(Side.BASE, "insert into {ours}.log values (99)")  # its key went with what it pointed to
        with pytest.raises(Exception, match="of_paid"):
            yard.run(Side.BASE, "select * from {ours}.of_paid")
        grounds.end(Side.BASE)
        grounds.begin(Side.HEAD, Following(Side.BASE, managed), managed)
        grounds.bring(Side.HEAD, brought)
        yard.run(Side.HEAD, "delete from {ours}.paid where id = 1")
        grounds.end(Side.HEAD)
        assert [_ids(grounds, side, managed[0]) for side in Side] == [[1, 2, 3], [2]]
        assert _ids(grounds, Side.HEAD, managed[1]) is None
        assert _run(source, "select id from live.paid order by 1") == [(1,), (2,)]
    finally:
        _run(source, "drop table live.paid, live.log cascade")


def test_a_view_of_production_that_went_from_the_copied_database_is_told(lay_yard: LayYard) -> None:
    """The model would begin from nothing, and be said to be an increment of production."""
    yard = lay_yard("database", of="live")
    managed = yard.names("orders", "sums")
    yard.grounds.readable([yard.theirs("orders"), yard.theirs("sums")])
    yard.grounds.begin(Side.BASE, None, managed)
    with pytest.raises(EnvironmentFailure, match=r"^live\.sums can't be copied: in production it is a view") as caught:
        yard.grounds.bring(Side.BASE, yard.brought("sums"))
    assert caught.value.remedy == "Keep environments apart by schemas: `warehouse: {isolation: schema}`."


def test_the_grant_that_is_missing_is_named(source: Database, site_of: Lay) -> None:
    """Somebody would have to guess which right a copy needs."""
    role = f"builder_{uuid.uuid4().hex[:8]}"
    _run(source, f"create role {role} login password 'nothing'", f"grant create on database {source.dbname} to {role}")
    grounds = lay_out(site_of(source, output={"user": role, "password": "nothing"}))
    try:
        schema = eval(grounds.profile(Side.BASE))["schema"]
        name = RelationName(source.dbname, schema, "orders")
        grounds.begin(Side.BASE, None, [name])
        with pytest.raises(
            EnvironmentFailure, match=r'"live"."orders" could not be copied: permission denied'
        ) as caught:
            grounds.bring(Side.BASE, Brought({name: RelationName(source.dbname, "live", "orders")}, datetime.now(UTC)))
        assert f'GRANT SELECT ON "live"."orders" TO "{role}"' in str(caught.value.remedy)
    finally:
        grounds.remove()
        _run(source, f"drop owned by {role}", f"drop role {role}")
