"""Sessions of DuckDB side by side, what they keep, and what is known of tables."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from bot.domain import Column, RelationName, Row, Side, Statement, Table
from bot.errors import Interrupted, QueryFailed
from bot.world.warehouses.contract import Asking, Unreadable, Warehouse
from bot.world.warehouses.duckdb import Session, TwinFiles, open_twins

_LONG = Statement("select count(*) from range(1000000000000) a, range(1000) b where a.range + b.range < 0", "wait")
_SHOP = (
    "create table orders as select i as id, 'number ' || hash(i) as t, [i, hash(i) % 9] as l from range(300000) r(i)",
    "create view few as select * from orders limit 3",
    "create table tiny as select 1 as x",
    "create table empty as select 1 as x where false",
    "create table thinned as select i as id from range(5000) r(i)",
    "delete from thinned where id % 5 = 0",
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> TwinFiles:
    """A twin with some tables, and a file next to its project."""
    folder = tmp_path_factory.mktemp("shop")
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        for statement in _SHOP:
            connection.execute(statement)
    return TwinFiles(folder / "shop.duckdb", folder)


@pytest.fixture
def warehouse(shop: TwinFiles, tmp_path: Path) -> Iterator[Warehouse]:
    """That twin as base, and a head without relations, in whose folder lies a file."""
    (tmp_path / "data.csv").write_text("n\n1\n2\n")
    opened = open_twins(
        shop, TwinFiles(tmp_path / "none.duckdb", tmp_path), tmp_path, session=Session({"threads": "2"})
    )
    yield opened
    opened.close()


def _cell(asking: Asking, sql: str) -> object:
    return asking.ask(Statement(sql, "read"))[0][0]


def _find(warehouse: Warehouse, name: str) -> Table:
    found = warehouse.tables(Side.BASE, [RelationName(None, "main", name)])
    table = found[RelationName(None, "main", name)]
    assert isinstance(table, Table)
    return table


def test_sessions_do_not_see_what_the_others_keep(warehouse: Warehouse) -> None:
    """Candidates of one model would be counted in another."""
    with warehouse.session() as one, warehouse.session() as other:
        for number, session in enumerate((one, other, warehouse)):
            session.ask(Statement(f"create or replace temp table temp.kept as select {number} as n", "keep"))
        assert [_cell(session, "select n from temp.kept") for session in (one, other, warehouse)] == [0, 1, 2]
    with warehouse.session() as next_one, pytest.raises(QueryFailed, match="kept"):
        next_one.ask(Statement("from temp.kept", "read"))


def test_nothing_is_left_of_a_session_that_failed(warehouse: Warehouse) -> None:
    """Each model that fails would leave its rows in memory, until the next one has none."""

    def work() -> None:
        with warehouse.session() as session:
            session.ask(Statement("create temp table big as select i, hash(i) as h from range(500000) r(i)", "keep"))
            assert _memory(warehouse) > 1_000_000
            session.ask(Statement("select nothing", "fail"))

    with pytest.raises(QueryFailed, match="nothing"):
        work()
    assert _memory(warehouse) < 1_000_000


def _memory(warehouse: Warehouse) -> int:
    sql = (
        "select sum(memory_usage_bytes + temporary_storage_bytes) from duckdb_memory() where tag in ('IN_MEMORY_TABLE')"
    )
    return int(str(_cell(warehouse, sql)))


def test_each_session_has_the_settings_of_the_profile_and_utc(shop: TwinFiles, tmp_path: Path) -> None:
    """Times of one model would be compared in UTC, those of the next in the zone of the machine."""
    wishes = Session({"file_search_path": "/somewhere", "no such setting": "1"})
    warehouse = open_twins(shop, shop, tmp_path, session=wishes)
    with warehouse.session() as session:
        for asking in (session, warehouse):
            assert _cell(asking, "select current_setting('TimeZone')") == "UTC"
            assert _cell(asking, "select current_setting('file_search_path')") == "/somewhere"
            assert _cell(asking, "select current_setting('preserve_insertion_order')") is False
    warehouse.close()


def test_statements_of_all_sessions_are_counted_and_told_one_at_a_time(shop: TwinFiles, tmp_path: Path) -> None:
    """The report would tell too low a cost, and `-v` mix the lines of two statements."""
    inside, most, told = 0, 0, 0

    def note(_statement: Statement, _seconds: float) -> None:
        nonlocal inside, most, told
        inside += 1
        most = max(most, inside)
        time.sleep(0.001)
        told += 1
        inside -= 1

    warehouse = open_twins(shop, shop, tmp_path, on_statement=note)

    def work(_: int) -> None:
        with warehouse.session() as session:
            for number in range(20):
                assert _cell(session, f"select {number}") == number

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert (warehouse.statements, told, most) == (80, 80, 1)
    warehouse.close()


def test_answers_are_told_with_their_rows(shop: TwinFiles, tmp_path: Path) -> None:
    """What a verdict rests on could not be recorded, nor what failed."""
    told: list[tuple[str, object]] = []

    def note(statement: Statement, rows: Sequence[Row] | None, _seconds: float) -> None:
        told.append((statement.sql, rows))

    warehouse = open_twins(shop, shop, tmp_path, on_answer=note)
    with warehouse.session() as session:
        session.ask(Statement("select 1, 2", "count"))
        with pytest.raises(QueryFailed):
            session.ask(Statement("select nothing", "fail"))
    warehouse.close()
    assert told == [("select 1, 2", [(1, 2)]), ("select nothing", None)]


def test_one_session_may_be_used_by_several_threads(warehouse: Warehouse) -> None:
    """A thread would be handed the rows of another's statement."""

    def work(number: int) -> object:
        return _cell(warehouse, f"select {number} from range(10000) r(i) where hash(i) % 10000 <> 1 limit 1")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(200))) == list(range(200))


def test_cancelling_stops_all_sessions(warehouse: Warehouse) -> None:
    """Ctrl-C would stop one model, and wait for the others."""
    under_way = threading.Barrier(4, timeout=60)

    def work(_: int) -> str:
        with warehouse.session() as session:
            session.ask(Statement("select 1", "begin"))
            under_way.wait()
            try:
                session.ask(_LONG)
            except Interrupted:
                return "stopped"
        return "not stopped"

    with ThreadPoolExecutor(3) as pool:
        ended = pool.map(work, range(3))
        under_way.wait()
        warehouse.cancel()
        assert list(ended) == ["stopped"] * 3
    with pytest.raises(Interrupted):
        warehouse.ask(Statement("select 1", "go on"))
    warehouse.cancel()


def test_a_statement_is_stopped_when_its_time_is_up(warehouse: Warehouse) -> None:
    """A budget of seconds could not be kept, or would end what comes after, too."""
    with warehouse.session() as session:
        with pytest.raises(QueryFailed, match=r"^stopped after 0\.1 seconds$"):
            session.ask(_LONG, within=0.1)
        assert session.ask(Statement("select 1", "go on"), within=60) == [(1,)]
        with pytest.raises(QueryFailed, match="nothing"):
            session.ask(Statement("select nothing", "fail"), within=60)


@pytest.mark.parametrize(("threads", "cores", "sessions"), [(1, 8, 1), (4, 2, 2), (16, 16, 4), (0, 1, 1), (3, 8, 3)])
def test_there_are_as_many_sessions_as_make_sense(
    threads: int, cores: int, sessions: int, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile with 64 threads would take the memory of 64 models at once, one without cores wait for ever."""
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert warehouse.concurrency(threads) == sessions


Keep = Callable[[str], Table | Unreadable]


@pytest.fixture
def keep(warehouse: Warehouse) -> Keep:
    """Keeps a query of head's."""
    return lambda sql: warehouse.keep(Side.HEAD, 'top of "it"', sql)


def test_the_rows_of_a_query_are_kept_for_all_sessions(warehouse: Warehouse, keep: Keep) -> None:
    """A query of the configuration could not be compared, or each check would run it anew."""
    orders = _find(warehouse, "orders").expression
    kept = keep(
        f"with few as (select * from {orders} where id < 10)\nselect id, count(*) as n from few group by 1; -- so"
    )
    other = keep("select 1 as n")
    assert isinstance(kept, Table)
    assert isinstance(other, Table)
    assert kept.name == RelationName(None, "main", 'top of "it"')
    assert kept.columns == (Column("id", "BIGINT"), Column("n", "BIGINT"))
    assert kept.stored
    assert kept.expression != other.expression
    with warehouse.session() as session:
        assert _cell(session, f"select count(*) from {kept.expression}") == 10
    assert (warehouse.rows(kept), warehouse.rows(other)) == (10, 1)


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("from range(3)", 3),
        ("-- first\nselect 1 as a, 2 as a -- last", 1),
        ("(select 1 as x) union all select 2", 2),
        ("values (1), (2)", 2),
        ("pivot (select 1 as a, 2 as b) on a using sum(b)", 1),
        ("select 1 as x order by 1 limit 0", 0),
        ("from 'data.csv'", 2),
    ],
)
def test_queries_of_any_shape_are_kept(sql: str, rows: int, warehouse: Warehouse, keep: Keep) -> None:
    """A query that runs in DuckDB would not run in proofbot, or read the files of another folder."""
    kept = keep(sql)
    assert isinstance(kept, Table), kept
    assert warehouse.rows(kept) == rows


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("selec 1", "syntax error"),
        ("select nothing", "nothing"),
        ("select error('no such\nluck')", "no such luck"),
        ("", "it is empty"),
        ("-- nothing", "it is empty"),
        ("select 1; drop table orders", "it is 2 statements, and must be one"),
        ("create table x as select 1", "Parser Error"),
    ],
)
def test_a_query_that_fails_is_told_and_fails_alone(sql: str, reason: str, keep: Keep) -> None:
    """One mistake in one query would end the run, or come as a page of text."""
    refused = keep(sql)
    assert isinstance(refused, Unreadable)
    assert reason in refused.reason
    assert "\n" not in refused.reason
    assert isinstance(keep("select 1 as x"), Table)


def test_queries_are_kept_side_by_side(warehouse: Warehouse) -> None:
    """Two queries kept at once would take each other's place."""

    def work(number: int) -> list[Row]:
        kept = warehouse.keep(Side.BASE, f"q{number}", f"select {number} as n, i from range(200000) r(i)")
        assert isinstance(kept, Table), kept
        return warehouse.ask(Statement(f"select min(n), max(n), count(*) from {kept.expression}", "read"))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(12))) == [[(number, number, 200000)] for number in range(12)]


def test_a_query_is_kept_under_the_same_name_in_every_run(shop: TwinFiles, tmp_path: Path) -> None:
    """No statement about a query or a sample could be told to be the same in a replay."""

    def keep(place: str, *queries: str) -> list[str]:
        (tmp_path / place).mkdir()
        warehouse = open_twins(shop, shop, tmp_path / place)
        kept = [warehouse.keep(Side.HEAD, "query it", sql) for sql in queries]
        warehouse.close()
        return [table.expression for table in kept if isinstance(table, Table)]

    one, two = keep("first", "select 1 as n", "select 2 as n")
    assert keep("second", "select 2 as n", "select 1 as n") == [two, one]
    assert len(set(keep("third", "select 1 as n", "select 1 as n"))) == 2


def test_the_size_of_a_table_is_that_of_its_blocks(shop: TwinFiles, warehouse: Warehouse) -> None:
    """A limit on bytes would be of numbers that have nothing to do with what is read."""
    whole = shop.database.stat().st_size
    size = warehouse.size(_find(warehouse, "orders"))
    assert size is not None
    assert 0.5 * whole < size < whole
    tiny = warehouse.size(_find(warehouse, "tiny"))
    assert tiny is not None
    assert tiny < size / 5
    assert warehouse.size(_find(warehouse, "empty")) == 0


def test_long_texts_count(tmp_path: Path) -> None:
    """A table of documents would pass for a small one: DuckDB keeps long texts apart."""
    with duckdb.connect(str(tmp_path / "x.duckdb")) as connection:
        connection.execute("set force_compression = 'uncompressed'")
        connection.execute("create table docs as select repeat('x' || i, 5000) as t from range(1000) r(i)")
    twin = TwinFiles(tmp_path / "x.duckdb", tmp_path)
    warehouse = open_twins(twin, twin, tmp_path)
    size = warehouse.size(_find(warehouse, "docs"))
    warehouse.close()
    assert size is not None
    assert size > 0.9 * (tmp_path / "x.duckdb").stat().st_size


def test_rows_are_counted_without_those_deleted(warehouse: Warehouse) -> None:
    """A budget of rows would be divided by rows that are not there."""
    assert warehouse.rows(_find(warehouse, "orders")) == 300_000
    assert warehouse.rows(_find(warehouse, "thinned")) == 4000
    assert warehouse.rows(_find(warehouse, "empty")) == 0
    assert warehouse.rows(_find(warehouse, "few")) == 3, "views are read once, into tables"


def test_of_a_query_nothing_is_known(warehouse: Warehouse) -> None:
    """To know how much a query would cost, it would be run."""
    query = Table(RelationName(None, "main", "q"), "(select error('asked'))", (), stored=False)
    assert warehouse.rows(query) is None
    assert warehouse.size(query) is None
    assert warehouse.size(Table(RelationName(None, "main", "q"), "nowhere", ())) is None
