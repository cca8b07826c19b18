"""The contract of warehouses, on fakesnow. What takes long is held by a server in between: fakesnow stops nothing."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator

import pytest
import snowflake.connector
import yaml

from bot.domain import RelationName, Side, Table
from bot.errors import QueryFailed
from bot.world.warehouses.contract import Unreadable
from bot.world.warehouses.grounds import Env
from bot.world.warehouses.snowflake.grounds import lay_out
from bot.world.warehouses.snowflake.names import Names
from bot.world.warehouses.snowflake.session import Account, Sessions
from bot.world.warehouses.snowflake.warehouse import SnowflakeTwins
from tests.fakesnow_server import Served
from tests.world.warehouses.contract_cases import (
    NAMES,
    PRODUCTION,
    SHOP,
    GroundsCases,
    Stand,
    WarehouseCases,
    Yard,
    rows,
)
from tests.world.warehouses.snowflake.between import between
from tests.world.warehouses.snowflake.conftest import MakeSite


@pytest.fixture
def stand(served: Served) -> Iterator[Stand]:
    """Base and head in schemas of ours, new for each case: fakesnow can't replace one that is not empty."""
    stem = f"PROOFBOT_C_{secrets.token_hex(3).upper()}"
    with snowflake.connector.connect(**served.parameters()) as connection:
        for ending in ("B", "H", "ASKED"):
            connection.cursor().execute(f"create schema analytics.{stem}_{ending}")
        for statement in SHOP:
            connection.cursor().execute(
                statement.format(**{name: f'"ANALYTICS"."{stem}_B"."{name}"' for name in NAMES})
            )
    told: list[Stand] = []
    with between(served) as (server, faulty):
        server.held.add("takes long")
        account = Account(faulty.output(), "profiles.yml", {}, 20)
        sessions = Sessions(account, on_answer=lambda *all_of_it: told[0].note(*all_of_it))
        names = Names(by_database=False, stem=stem, database="ANALYTICS", schema="ci")
        sessions.settle(*names.asking)
        made = Stand(SnowflakeTwins(sessions, names, "10.0", time.monotonic()), f"{stem}_B", "select 'takes long'")
        told.append(made)
        yield made
        made.warehouse.close()


class TestSnowflake(WarehouseCases):
    """All cases; unquoted names are in upper case, and numbers have other types."""

    def test_a_failure_is_one_line_in_the_words_of_the_warehouse(self, stand: Stand) -> None:
        """A comment would hold a page of SQL, or the run would end."""
        with pytest.raises(QueryFailed) as caught:
            rows(stand.warehouse, "select nothing\nfrom nowhere")
        assert "NOWHERE" in caught.value.message
        assert "\n" not in caught.value.message
        assert rows(stand.warehouse, "select 1") == [(1,)]

    def test_a_text_of_several_statements_answers_the_last(self, stand: Stand) -> None:
        """Not here: each request says that it is one statement (see `test_session`), so that nothing is smuggled in."""
        kept = stand.warehouse.keep(Side.BASE, "mine", "select 1 as x; drop table orders")
        assert isinstance(kept, Unreadable)
        assert "2 statements" in kept.reason

    def test_relations_are_found_with_their_columns(self, stand: Stand) -> None:
        """A model with a column of an odd name could not be compared."""
        names = [RelationName(None, stand.schema, name) for name in (*NAMES, "nowhere")]
        assert list(stand.warehouse.tables(Side.BASE, names)) == names[:3]
        orders = stand.table("orders")
        assert [column.name for column in orders.columns] == ["ID", "Start (ET)", 'na"me', "select"]
        assert rows(stand.warehouse, f"select * from {orders.expression} as t") == [(1, None, 2, 3)]
        assert rows(stand.warehouse, f"select id from {stand.table('few').expression}") == [(1,)]
        assert rows(stand.warehouse, f"select x from {stand.table('Upper').expression}") == [(7,)]
        assert stand.warehouse.tables(Side.HEAD, names) == {}

    def test_rows_of_a_query_are_kept_for_all_sessions(self, stand: Stand) -> None:
        """A query of the user's would run once for each check of it, and could differ from itself."""
        sql = f"select id, id + 1 as more from {stand.table('orders').expression}"
        kept = [stand.warehouse.keep(Side.BASE, "mine", sql) for _ in range(2)]
        with stand.warehouse.session() as session:
            for one in kept:
                assert isinstance(one, Table), one
                assert [column.name for column in one.columns] == ["ID", "MORE"]
                assert rows(session, f"select * from {one.expression}") == [(1, 2)]


@pytest.fixture(params=["schema", "database"])
def yard(make_site: MakeSite, served: Served, request: pytest.FixtureRequest) -> Iterator[Yard]:
    """Production in a schema of the user's database, and environments of either isolation."""
    grounds = lay_out(make_site(request.param))

    def place(env: Env) -> tuple[str, str]:
        output = yaml.safe_load(grounds.profile(env))["shop"]["outputs"]["ci"]
        return output["database"], output["schema"]

    def run(env: Env, statement: str) -> None:
        connection.cursor().execute("create schema if not exists {}.{}".format(*place(env)))
        connection.cursor().execute(statement.format(ours=".".join(place(env))))

    def ask(query: str) -> list[tuple[object, ...]]:
        found = connection.cursor().execute(query.format(live="analytics.live"))
        return [tuple(row) for row in found.fetchall()]  # type: ignore[union-attr]

    with snowflake.connector.connect(**served.parameters()) as connection:
        for statement in ("create schema if not exists {live}", *PRODUCTION):
            made = statement.replace("create table", "create or replace table")
            ask(made.replace("create view", "create or replace view"))
        yield Yard(
            grounds,
            run,
            ask,
            lambda identifier: RelationName(*place(Side.BASE), identifier),
            lambda identifier: RelationName("analytics", "live", identifier),
        )
        grounds.remove()


class TestSnowflakeGrounds(GroundsCases):
    """All cases. fakesnow has no past, so production is copied as it is now."""
