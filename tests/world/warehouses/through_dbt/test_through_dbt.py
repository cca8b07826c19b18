"""Grounds and questions by dbt's own adapters, with real ones: DuckDB and Postgres."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import yaml

from bot.core.inquiry import inquire
from bot.core.pairing import pair
from bot.core.sql_plain import Plain
from bot.core.sql_plain_words import SESSION
from bot.domain import (
    Aggregate,
    Answers,
    Beside,
    ColumnChanges,
    Frequencies,
    Inquiry,
    Key,
    KeyCounts,
    KeyFacts,
    KeySource,
    Measure,
    Question,
    RelationName,
    RowChanges,
    RowCounts,
    Side,
    Statement,
    Table,
    WarehouseOptions,
)
from bot.errors import EnvironmentFailure, Interrupted, QueryFailed
from bot.world.warehouses.contract import Asking, Unreadable, Warehouse
from bot.world.warehouses.grounds import Following, Shown, Site
from bot.world.warehouses.through_dbt import sessions
from bot.world.warehouses.through_dbt.grounds import Means, ThroughDbtGrounds, lay_out
from tests.postgres_server import fresh_database


@dataclass
class Place:
    """Grounds that are laid out, how they spell, and what a build would do there."""

    grounds: ThroughDbtGrounds
    dialect: Plain
    asked: list[Statement]

    def name(self, identifier: str) -> RelationName:
        """A relation as base's manifest names it."""
        base = yaml.safe_load(self.grounds.profile(Side.BASE))["shop"]["outputs"]["ci"]
        return RelationName(None, base["schema"], identifier)

    def build(self, env: Side | Beside, kind: str, identifier: str, sql: str) -> None:
        """As dbt would."""
        schema = yaml.safe_load(self.grounds.profile(env))["shop"]["outputs"]["ci"]["schema"]
        self.run(f'create {kind} "{schema}"."{identifier}" as {sql}')

    def run(self, sql: str) -> None:
        """A statement of a build, over the one connection that DuckDB has."""
        self.grounds._link.connected().call("build", "ask", sql=sql)

    def open(self) -> Warehouse:
        """For questions."""
        return self.grounds.open(lambda statement, _: self.asked.append(statement), lambda *_: None)


def _site(output: Mapping[str, object], folder: Path, seconds: int = 60) -> Site:
    def profile_with(values: Mapping[str, object]) -> str:
        return yaml.safe_dump({"shop": {"target": "ci", "outputs": {"ci": {**output, **values}}}})

    options = WarehouseOptions(statement_seconds=seconds)
    return Site(output, "profiles.yml, shop.outputs.ci", profile_with, "pr_12", options, {}, 2, folder)


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Grounds on each adapter. Everything is gone at the end."""
    folder = tmp_path_factory.mktemp(request.param)
    dialect = Plain(request.param)
    if request.param == "duckdb":
        output: dict[str, object] = {"type": "duckdb", "path": str(folder / "shop.duckdb"), "schema": "main"}
        place = Place(lay_out(_site(output, folder), Means(dialect.spell)), dialect, [])
        yield place
        place.grounds.remove()
        return
    with fresh_database() as database:
        output = database.output()
        place = Place(lay_out(_site(output, folder), Means(dialect.spell)), dialect, [])
        yield place
        place.grounds.remove()


_FIRST = "select 1 as id, cast('0.1' as double precision) as v, 'a' as \"Name $\" union all "
_BASE = f"{_FIRST} select 2, 'nan', 'b' union all select 3, 1, null"
_HEAD = f"{_FIRST} select 2, 'nan', 'B' union all select 4, 1, null"


@pytest.fixture(scope="module")
def warehouse(place: Place) -> Warehouse:
    """Base built, head following it, both opened."""
    managed = [place.name(one) for one in ("orders", "daily", "same")]
    place.grounds.begin(Side.BASE, None, managed)
    place.build(Side.BASE, "table", "orders", _BASE)
    place.build(Side.BASE, "table", "same", "select 7 as id")
    place.grounds.end(Side.BASE)
    place.grounds.begin(Side.HEAD, Following(Side.BASE, [place.name("orders")]), managed)
    place.build(Side.HEAD, "table", "orders", _HEAD)
    place.grounds.end(Side.HEAD)
    return place.open()


def _tables(warehouse: Warehouse, place: Place, identifier: str) -> tuple[Table, Table]:
    name = place.name(identifier)
    base, head = (warehouse.tables(side, [name])[name] for side in Side)
    assert isinstance(base, Table)
    assert isinstance(head, Table)
    return base, head


def _lead(inquiry: Inquiry, session: Asking) -> Answers:
    try:
        statement = next(inquiry)
        while True:
            statement = inquiry.send(session.ask(statement))
    except StopIteration as stop:
        answers: Answers = stop.value
        return answers


def test_the_engine_counts_what_changed(warehouse: Warehouse, place: Place) -> None:
    """On a warehouse that is known by its adapter only, nothing could be said of a change, or something wrong."""
    base, head = _tables(warehouse, place, "orders")
    of = pair("model.shop.orders", base, head, [Key(("id",), KeySource.META)], {})
    expected: dict[Question, object] = {
        RowChanges(): RowCounts(3, 3, added=1, removed=1, changed=1, unchanged=1),
        ColumnChanges("Name $"): 1,
        ColumnChanges("v"): 0,
        KeyFacts(Side.HEAD): KeyCounts(0, 0, 0),
        Aggregate(Side.BASE, "id", Measure.SUM): 6,
        Aggregate(Side.HEAD, "Name $", Measure.MAX_LENGTH): 1,
    }
    with warehouse.session() as session:
        inquiry = inquire(of, [*expected, Frequencies("Name $", 2)], place.dialect)
        answers = _lead(inquiry, session)
    assert {question: answers[question] for question in expected} == expected
    assert warehouse.statements == len(place.asked)
    assert any("candidates" in one.sql for one in place.asked)


def test_what_head_does_not_build_is_bases(warehouse: Warehouse, place: Place) -> None:
    """A model that the request does not touch would be built twice, or be missing at head."""
    base, head = _tables(warehouse, place, "same")
    assert base.expression != head.expression
    assert len(base.expression) == len(head.expression)
    assert warehouse.ask(Statement(f"select * from {head.expression}", "")) == [(7,)]


def test_values_keep_their_types(warehouse: Warehouse) -> None:
    """A sum of money would be compared as a float, or a date as text."""
    row = warehouse.ask(Statement("select cast(1.50 as decimal(9,2)), cast('2024-02-29' as date), null, 'ä', 2", ""))[0]
    assert (type(row[0]), str(row[0]), row[2:]) == (Decimal, "1.50", (None, "ä", 2))
    assert str(row[1]) == "2024-02-29"


def test_a_statement_that_fails_or_lasts_ends_alone(warehouse: Warehouse) -> None:
    """One slow or wrong check would end the run, or hold it up for ever."""
    with pytest.raises(QueryFailed, match="nope"):
        warehouse.ask(Statement("select nope from nowhere", ""))
    slow = "select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b"
    with pytest.raises(QueryFailed, match=r"stopped after 0\.5 seconds"):
        warehouse.ask(Statement(slow, ""), within=0.5)
    assert warehouse.ask(Statement("select 1", "")) == [(1,)]


def test_the_users_own_query_is_kept_as_it_is(warehouse: Warehouse, place: Place) -> None:
    """A metric or query of the project's could not be compared."""
    base, _ = _tables(warehouse, place, "orders")
    kept = warehouse.keep(Side.BASE, "ids", f"with ids as (select id from {base.expression}) select * from ids")
    assert isinstance(kept, Table)
    assert warehouse.ask(Statement(f"select count(*) from {kept.expression}", "")) == [(3,)]
    assert isinstance(warehouse.keep(Side.BASE, "wrong", "select nope"), Unreadable)


def test_what_is_not_there_is_not_told(warehouse: Warehouse, place: Place) -> None:
    """A model that one side lacks would look like one that fails."""
    assert warehouse.tables(Side.HEAD, [place.name("daily")]) == {}


def test_nothing_is_built_outside_of_our_schemas(place: Place) -> None:
    """A seed that always goes to one schema would overwrite the user's."""
    base = place.name("x").schema
    assert place.grounds.stray(RelationName(None, f"{base}_marts", "x")) is None
    assert "raw" in str(place.grounds.stray(RelationName(None, "raw", "x")))


def test_temporary_tables_have_one_name_in_both_rooms() -> None:
    """A table of one session would be taken for that of another."""
    assert sessions.SESSION == SESSION


def test_a_run_that_is_stopped_stops_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C would wait for the warehouse, and schemas of ours would stay."""
    output = {"type": "duckdb", "path": str(tmp_path / "shop.duckdb"), "schema": "main"}
    grounds = lay_out(_site(output, tmp_path), Means(Plain("duckdb").spell))
    place = Place(grounds, Plain("duckdb"), [])
    grounds.begin(Side.BASE, None, [])
    warehouse = place.open()
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            warehouse.ask(Statement("select count(*) from range(100000000) a, range(1000000) b", ""))
        except (Interrupted, QueryFailed) as failure:
            failures.append(failure)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.3)
    warehouse.cancel()
    thread.join(20)
    assert [type(failure) for failure in failures] == [Interrupted]
    warehouse.close()
    grounds.remove()
    grounds.remove()
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        left = connection.execute("select schema_name from duckdb_schemas() where schema_name like 'proofbot%'")
        assert left.fetchall() == []


def test_dbt_that_does_not_reach_the_warehouse_says_so(tmp_path: Path) -> None:
    """A run would hang, or end with a trace of Python."""
    output = {"type": "postgres", "host": "127.0.0.1", "port": 1, "user": "u", "password": "s3cret-word"}
    site = _site({**output, "dbname": "d", "schema": "s", "connect_timeout": 2}, tmp_path)
    with pytest.raises(EnvironmentFailure, match="does not reach") as caught:
        lay_out(site, Means(str)).begin(Side.BASE, None, [])
    assert "s3cret-word" not in f"{caught.value} {caught.value.remedy}"


def test_production_is_shown_by_views_in_all_environments(tmp_path: Path) -> None:
    """What a request does not touch would be missing, or be built though production has it."""
    output: dict[str, object] = {"type": "duckdb", "path": str(tmp_path / "shop.duckdb"), "schema": "main"}
    with duckdb.connect(str(output["path"])) as connection:
        connection.execute("create schema prod; create table prod.orders as select 5 as id")
    dialect = Plain("duckdb")
    place = Place(lay_out(_site(output, tmp_path), Means(dialect.spell)), dialect, [])
    try:
        theirs, gone = RelationName("shop", "prod", "orders"), RelationName(None, "prod", "gone")
        assert place.grounds.readable([theirs, gone]) == {theirs}
        managed = [place.name("orders"), place.name("total")]
        place.grounds.begin(Side.BASE, Shown({managed[0]: theirs}, datetime.now(UTC)), managed)
        place.grounds.end(Side.BASE)
        place.grounds.begin(Side.HEAD, Following(Side.BASE, managed[1:]), managed)
        place.grounds.end(Side.HEAD)
        with pytest.raises(QueryFailed, match=r"orders.*(table|view)"):
            place.run(f'insert into "{managed[0].schema}".orders values (7)')
        opened = place.open()
        for table in _tables(opened, place, "orders"):
            assert opened.ask(Statement(f"select id from {table.expression}", "look")) == [(5,)]
        opened.close()
    finally:
        place.grounds.remove()
    with duckdb.connect(str(output["path"])) as connection:
        assert connection.sql("select table_schema, table_name from information_schema.tables").fetchall() == [
            ("prod", "orders")
        ]


def test_production_is_not_shown_where_views_let_writes_through(tmp_path: Path) -> None:
    """A hook of a pull request could change the tables of the team's production."""
    grounds = lay_out(_site({"type": "sqlserver", "schema": "dbo"}, tmp_path), Means(Plain("tsql").spell))
    with pytest.raises(EnvironmentFailure, match="could write to production"):
        grounds.readable([RelationName(None, "prod", "orders")])
