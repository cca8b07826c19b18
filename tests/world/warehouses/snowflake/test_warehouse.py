"""Tables, their types, and kept queries, on fakesnow by the real connector."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import snowflake.connector

from bot.domain import Column, RelationName, Side, Statement, Table
from bot.errors import EnvironmentFailure
from bot.world.warehouses.contract import Unreadable
from bot.world.warehouses.snowflake.catalog import type_of
from bot.world.warehouses.snowflake.names import Names
from bot.world.warehouses.snowflake.session import Account, Sessions
from bot.world.warehouses.snowflake.warehouse import SnowflakeTwins
from tests.fakesnow_server import Served

_COLUMNS = (
    "id int, price number(10,2), name varchar(20), made timestamp_ntz, "
    '"weird "" Name" float, "lower" boolean, day date, t time, z timestamp_tz, v variant'
)
_SETUP = (
    "create or replace schema analytics.proofbot_w_abc123_b",
    "create or replace schema analytics.proofbot_w_abc123_h",
    "create or replace schema analytics.proofbot_w_abc123_asked",
    f"create table analytics.proofbot_w_abc123_b.orders ({_COLUMNS})",
    "insert into analytics.proofbot_w_abc123_b.orders (id) values (1), (2)",
    "create table analytics.proofbot_w_abc123_h.orders (id int)",
    'create table analytics.proofbot_w_abc123_b."quoted" (x int)',
    "create table analytics.proofbot_w_abc123_b.parent (x int)",
    "create view analytics.proofbot_w_abc123_b.shown as select * from analytics.proofbot_w_abc123_b.parent",
    "create view analytics.proofbot_w_abc123_b.broken as select * from analytics.proofbot_w_abc123_b.parent",
    "create or replace table analytics.ci.source (x int)",
)


def _name(identifier: str, schema: str = "PROOFBOT_W_ABC123_B", database: str = "analytics") -> RelationName:
    return RelationName(database, schema, identifier)


@pytest.fixture(scope="module")
def warehouse(served: Served) -> Iterator[SnowflakeTwins]:
    """Both sides in schemas of ours."""
    with snowflake.connector.connect(**served.parameters()) as connection:
        for sql in _SETUP:
            connection.cursor().execute(sql)
    sessions = Sessions(Account(served.output(), "profiles.yml", {}, 20))
    names = Names(by_database=False, stem="PROOFBOT_W_ABC123", database="ANALYTICS", schema="ci")
    sessions.settle(*names.asking)
    found = SnowflakeTwins(sessions, names, "10.0", time.monotonic())
    yield found
    found.close()


def _table(warehouse: SnowflakeTwins, name: RelationName, side: Side = Side.BASE) -> Table:
    found = warehouse.tables(side, [name])[name]
    assert isinstance(found, Table)
    return found


def test_types_are_spelled_with_their_precision(warehouse: SnowflakeTwins) -> None:
    """A column that got narrower would look unchanged, and numbers would be compared in the wrong type."""
    assert _table(warehouse, _name("orders")).columns == (
        Column("ID", "NUMBER(38,0)"),
        Column("PRICE", "NUMBER(10,2)"),
        Column("NAME", "VARCHAR(20)"),
        Column("MADE", "TIMESTAMP_NTZ(9)"),
        Column('weird " Name', "FLOAT"),
        Column("lower", "BOOLEAN"),
        Column("DAY", "DATE"),
        Column("T", "TIME(9)"),
        Column("Z", "TIMESTAMP_TZ(9)"),
        Column("V", "VARIANT"),
    )


def test_what_only_a_real_catalog_tells_of_types_is_spelled() -> None:
    """fakesnow leaves these out; on a real account a change of precision or collation would not be seen."""
    assert type_of({"data_type": "TIMESTAMP_NTZ", "datetime_precision": 3}) == "TIMESTAMP_NTZ(3)"
    assert type_of({"data_type": "BINARY", "character_octet_length": 16}) == "BINARY(16)"
    collated = {"data_type": "TEXT", "character_maximum_length": 5, "collation_name": "en-ci"}
    assert type_of(collated) == "VARCHAR(5) COLLATE 'en-ci'"
    assert type_of({"data_type": "GEOGRAPHY"}) == "GEOGRAPHY"


def test_names_are_found_however_dbt_spells_them(warehouse: SnowflakeTwins) -> None:
    """dbt writes `orders`, the catalog has ORDERS: no model would be found."""
    found = warehouse.tables(Side.BASE, [_name("orders"), _name("ORDERS"), _name("quoted"), _name("nope")])
    assert [name.identifier for name in found] == ["orders", "ORDERS", "quoted"]
    assert _table(warehouse, _name("quoted")).expression == '"ANALYTICS"."PROOFBOT_W_ABC123_B"."quoted"'
    assert _table(warehouse, _name("orders", "proofbot_w_abc123_b")).name.schema == "proofbot_w_abc123_b"


def test_each_side_has_its_own_and_what_is_not_ours_is_read_in_place(warehouse: SnowflakeTwins) -> None:
    """Base would be compared with itself."""
    assert _table(warehouse, _name("orders"), Side.HEAD).columns == (Column("ID", "NUMBER(38,0)"),)
    source = _table(warehouse, _name("source", "ci"), Side.HEAD)
    assert source.expression == '"ANALYTICS"."CI"."SOURCE"'


def test_a_view_is_no_stored_table_and_a_broken_one_is_told(warehouse: SnowflakeTwins, served: Served) -> None:
    """One view that fails would end every check of the run."""
    assert not _table(warehouse, _name("shown")).stored
    with snowflake.connector.connect(**served.parameters()) as connection:
        connection.cursor().execute("drop table analytics.proofbot_w_abc123_b.parent")
    found = warehouse.tables(Side.BASE, [_name("broken")])
    assert all(isinstance(table, Unreadable) for table in found.values())


def test_rows_are_known_of_stored_tables_without_asking(warehouse: SnowflakeTwins) -> None:
    """The budget could not tell what a scan will cost."""
    table, asked = _table(warehouse, _name("orders")), warehouse.statements
    assert warehouse.rows(table) == 2
    assert warehouse.size(table) is not None
    assert warehouse.statements == asked
    assert warehouse.rows(Table(_name("x"), "(select 1)", (), stored=False)) is None


def test_a_database_that_is_not_there_is_said_with_the_grant(warehouse: SnowflakeTwins) -> None:
    """Every model of it would silently be missing."""
    with pytest.raises(EnvironmentFailure, match="nowhere"):
        warehouse.tables(Side.BASE, [_name("x", "s", "nowhere")])


def test_kept_rows_are_seen_by_all_sessions(warehouse: SnowflakeTwins) -> None:
    """A query of the user's would be run again by each check, or not be found by them."""
    first = warehouse.keep(Side.BASE, "q", f"select id from {_table(warehouse, _name('orders')).expression} -- all\n;")
    second = warehouse.keep(Side.BASE, "q", "select 3 as id")
    assert isinstance(first, Table)
    assert isinstance(second, Table)
    assert first.expression != second.expression
    with warehouse.session() as session:
        rows = session.ask(Statement(f"select id from {first.expression} order by 1", "look"))
    assert rows == [(1,), (2,)]


@pytest.mark.parametrize("sql", ["", " ; ", "-- nothing", "selec", "select 1 as x; select 2 as x"])
def test_what_is_not_one_query_is_told(warehouse: SnowflakeTwins, sql: str) -> None:
    """A slip in one query would end the run, or a second statement would do what nobody reads."""
    kept = warehouse.keep(Side.HEAD, "q", sql)
    assert isinstance(kept, Unreadable)
    assert kept.reason


def test_cost_is_left_out_where_the_account_does_not_tell(warehouse: SnowflakeTwins) -> None:
    """A run would fail at its end because its role may not read the history of queries."""
    assert warehouse.cost() is None


def test_sessions_beside_each_other_are_few(warehouse: SnowflakeTwins) -> None:
    """More than a warehouse runs at once would only queue, and use up their time limits doing so."""
    assert [warehouse.concurrency(threads) for threads in (0, 3, 64)] == [1, 3, 8]
