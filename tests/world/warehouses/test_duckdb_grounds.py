"""The grounds of DuckDB: environments are files that begin as copies of each other, and the user's stays as it is."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import duckdb
import pytest

from bot.domain import Beside, NodeResult, RelationName, Side, Statement, Table
from bot.errors import EnvironmentFailure
from bot.world.origin import Contents
from bot.world.warehouses.contract import Warehouse
from bot.world.warehouses.duckdb_grounds import DuckDbGrounds, DuckDbSite
from bot.world.warehouses.grounds import Following, Grounds, Shown
from bot.world.workspace import Workspace

_DIGEST = "0" * 64


class _Plot:
    """The grounds of a run in a folder, what was noted, and dbt's part: to write tables where the profile says."""

    def __init__(self, folder: Path, workspace: Workspace, *, is_compared: bool = True) -> None:
        self.notes: list[str] = []
        self.workspace = workspace
        self.source = folder / "user" / "shop.duckdb"
        self.other = folder / "user" / "other.duckdb"
        site = DuckDbSite(
            workspace,
            PurePosixPath("dbt"),
            "shop.duckdb",
            self.source,
            frozenset({"shop"}),
            self.notes.append,
            attached={"other": self.other},
            is_compared=is_compared,
        )
        self.grounds: Grounds = DuckDbGrounds(site, lambda path: f"path: {path}")

    def build(self, env: Side | Beside, *statements: str) -> None:
        """As dbt does in the project's folder of an environment."""
        project = self.workspace.tree_of(env) / "dbt"
        project.mkdir(parents=True, exist_ok=True)
        place = project / self.grounds.profile(env).removeprefix("path: ")
        _execute(place, *statements)


def _execute(path: Path, *statements: str) -> None:
    with contextlib.closing(duckdb.connect(str(path))) as connection:
        for statement in statements:
            connection.execute(statement)


def _name(identifier: str, database: str | None = "shop") -> RelationName:
    return RelationName(database, "main", identifier)


@pytest.fixture
def plot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Plot]:
    """Grounds beside a database of the user's, with a table that dbt manages and one that it only reads."""
    monkeypatch.setenv("PROOFBOT_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "user").mkdir()
    with Workspace(tmp_path / "cache") as workspace:
        made = _Plot(tmp_path, workspace)
        _execute(made.source, "create table raw as select 1 as id", "create table orders as select 0 as id")
        yield made


@contextlib.contextmanager
def _opened(plot: _Plot) -> Iterator[Warehouse]:
    warehouse = plot.grounds.open(lambda *_: None, lambda *_: None)
    try:
        yield warehouse
    finally:
        warehouse.close()


def _rows(warehouse: Warehouse, env: Side | Beside, identifier: str) -> list[tuple[object, ...]] | None:
    """The rows of a relation; None where it does not exist."""
    found = warehouse.tables(env, [_name(identifier)]).get(_name(identifier))
    if found is None:
        return None
    assert isinstance(found, Table)
    return [tuple(row) for row in warehouse.ask(Statement(f"select * from {found.expression} order by 1", "look"))]


def test_base_begins_as_the_users_database_without_what_dbt_manages(plot: _Plot) -> None:
    """A model that does not build any more would pass with the rows of an older build."""
    plot.build(Side.BASE, "create table of_an_earlier_start as select 1 as id")
    plot.grounds.begin(Side.BASE, None, {_name("orders"), _name("raw", "other")})
    plot.grounds.end(Side.BASE)
    with _opened(plot) as warehouse:
        assert _rows(warehouse, Side.BASE, "raw") == [(1,)]  # that of the other database is not this one
        assert _rows(warehouse, Side.BASE, "orders") is None
        assert _rows(warehouse, Side.BASE, "of_an_earlier_start") is None
    assert plot.notes == ["copying shop.duckdb"]
    with contextlib.closing(duckdb.connect(str(plot.source), read_only=True)) as user:
        assert user.execute("select * from orders").fetchall() == [(0,)]


def test_head_begins_as_base_without_what_is_built_anew(plot: _Plot) -> None:
    """What the request does not touch would be missing at head, or what it removes still be there."""
    plot.grounds.begin(Side.BASE, None, {_name("orders")})
    plot.build(Side.BASE, "create table orders as select 2 as id", "create table kept as select 3 as id")
    plot.grounds.end(Side.BASE)
    plot.grounds.begin(Side.HEAD, Following(Side.BASE, {_name("orders")}), {_name("orders"), _name("kept")})
    plot.build(Side.HEAD, "create table new as select 4 as id")
    plot.grounds.end(Side.HEAD)
    with _opened(plot) as warehouse:
        assert _rows(warehouse, Side.BASE, "orders") == [(2,)]
        assert _rows(warehouse, Side.BASE, "new") is None
        assert _rows(warehouse, Side.HEAD, "orders") is None
        assert [_rows(warehouse, Side.HEAD, name) for name in ("raw", "kept", "new")] == [[(1,)], [(3,)], [(4,)]]


_NOW = datetime(2026, 5, 4, tzinfo=UTC)


def test_relations_of_production_are_found_where_they_lie(plot: _Plot) -> None:
    """A run would end where somebody dropped a table in production, or build what is there."""
    _execute(plot.source, "create schema live", "create view live.seen as select * from raw")
    _execute(plot.other, "create table far as select 9 as id")
    there = {RelationName("shop", "live", "SEEN"), _name("orders", None), _name("far", "OTHER")}
    absent = {RelationName("shop", "live", "raw"), _name("far"), _name("orders", "unknown")}
    assert plot.grounds.readable(there | absent) == there


def test_what_is_shown_of_production_is_there_on_both_sides(plot: _Plot) -> None:
    """What the request does not touch would be missing, or production be written to."""
    _execute(
        plot.source,
        "create schema live",
        "create table live.paid as select 7 as id",
        "create view live.seen as select id + 1 as id from live.paid",
        "create schema dev",
        "create table dev.paid as select 0 as stale",
    )
    _execute(plot.other, "create table far as select 9 as id")
    before = [hashlib.sha256(path.read_bytes()).digest() for path in (plot.source, plot.other)]
    relations = {
        RelationName("shop", "dev", "paid"): RelationName("shop", "live", "paid"),
        RelationName("shop", "new", "seen"): RelationName("shop", "live", "seen"),
        _name("far"): _name("far", "other"),
    }
    managed = {*relations, _name("orders")}
    plot.grounds.begin(Side.BASE, Shown(relations, _NOW), managed)
    plot.build(Side.BASE, "create table main.report as select sum(id) as total from dev.paid")
    plot.grounds.end(Side.BASE)
    plot.grounds.begin(Side.HEAD, Following(Side.BASE, {_name("report")}), managed)
    plot.build(Side.HEAD)
    plot.grounds.end(Side.HEAD)
    with _opened(plot) as warehouse:
        for side in Side:
            found = warehouse.tables(side, list(relations))
            tables = [table for name in relations if isinstance(table := found[name], Table)]
            rows = [warehouse.ask(Statement(f"select * from {table.expression}", "look")) for table in tables]
            assert [list(map(tuple, row)) for row in rows] == [[(7,)], [(8,)], [(9,)]]
            assert _rows(warehouse, side, "orders") is None
        assert _rows(warehouse, Side.BASE, "report") == [(7,)]
    assert [hashlib.sha256(path.read_bytes()).digest() for path in (plot.source, plot.other)] == before


def test_where_production_has_our_own_names_it_stays_whole(plot: _Plot) -> None:
    """A view of production's would read a table that is gone, where the only target is that of production."""
    _execute(plot.source, "create view seen as select * from orders")
    managed = {_name("seen"), _name("orders"), _name("report")}
    plot.grounds.begin(Side.BASE, Shown({_name("seen"): _name("Seen", "SHOP")}, _NOW), managed)
    for side in Side:
        plot.build(side)
        plot.grounds.end(side)
    with _opened(plot) as warehouse:
        assert _rows(warehouse, Side.BASE, "seen") == [(0,)]


def test_a_view_of_production_that_is_broken_is_said(plot: _Plot) -> None:
    """A bare error of DuckDB's would not tell that it is production that is broken."""
    _execute(plot.source, "create schema live", "create table live.a as select 1 as id")
    _execute(plot.source, "create view live.b as select * from live.a", "drop table live.a")
    shown = Shown({_name("b"): RelationName("shop", "live", "b")}, _NOW)
    with pytest.raises(EnvironmentFailure, match=r"production's .* cannot be shown"):
        plot.grounds.begin(Side.BASE, shown, ())


def test_a_second_layer_of_hybrids_begins_while_the_first_is_open(plot: _Plot) -> None:
    """What the first layer of hybrids has told would be lost, or be that of another layer."""
    for side in Side:
        plot.grounds.begin(side, None, ())
        plot.grounds.end(side)
    following = Following(Side.HEAD, {_name("raw")})
    with _opened(plot) as warehouse:
        plot.grounds.begin(Beside.HYBRID, following, ())
        plot.build(Beside.HYBRID, "create table first as select 1 as id", "create view seen as select * from first")
        plot.grounds.end(Beside.HYBRID)
        plot.grounds.add(warehouse, Beside.HYBRID)
        plot.grounds.begin(Beside.HYBRID, following, ())
        plot.build(Beside.HYBRID, "create table second as select 2 as id")
        assert [_rows(warehouse, Beside.HYBRID, name) for name in ("first", "seen", "second")] == [[(1,)], [(1,)], None]
        plot.grounds.end(Beside.HYBRID)
        plot.grounds.add(warehouse, Beside.HYBRID)
        found = [_rows(warehouse, Beside.HYBRID, name) for name in ("first", "raw", "second")]
        assert found == [None, None, [(2,)]]


def test_rows_lie_in_another_order_where_they_are_only_read(plot: _Plot) -> None:
    """Models whose result depends on the order of rows would be taken for changed by the request."""
    plot.grounds.begin(Side.BASE, None, ())
    plot.build(Side.BASE, "create table many as select range as id from range(1000)")
    plot.grounds.end(Side.BASE)
    plot.grounds.begin(Beside.CONTROL, Following(Side.BASE), ())
    plot.grounds.shuffle(Beside.CONTROL, [_name("many")], "control")
    place = plot.workspace.folder_of(Beside.CONTROL) / "db" / "shop.duckdb"
    with contextlib.closing(duckdb.connect(str(place), read_only=True)) as connection:
        found = [row[0] for row in connection.execute("select id from many").fetchall()]
    assert sorted(found) == list(range(1000))
    assert found != sorted(found)


def test_an_origin_that_was_kept_is_where_base_begins(plot: _Plot) -> None:
    """Every run would build all of base again; or one without an origin would begin with the leavings of dbt's."""
    contents = Contents({"model.shop.orders": NodeResult("model.shop.orders", "success", "")})
    plot.build(Side.BASE, "create table leavings as select 1 as id")
    assert plot.grounds.take("shop-00000000", _DIGEST) == Contents()
    plot.grounds.begin(Side.BASE, None, {_name("orders")})
    plot.build(Side.BASE, "create table orders as select 5 as id")
    plot.grounds.end(Side.BASE)
    plot.grounds.keep("shop-00000000", _DIGEST, contents)
    plot.build(Side.BASE, "drop table orders")
    assert plot.grounds.take("shop-00000000", _DIGEST) == contents
    with _opened(plot) as warehouse:
        assert _rows(warehouse, Side.BASE, "orders") == [(5,)]
        assert _rows(warehouse, Side.BASE, "leavings") is None


def test_the_state_tells_of_every_file_or_of_none(plot: _Plot, tmp_path: Path) -> None:
    """An origin would be used again though what it was built from is another."""
    states = [plot.grounds.state()]
    _execute(plot.source, "insert into raw values (2)")
    states.append(plot.grounds.state())
    _execute(plot.other, "create table far as select 1 as id")
    states.append(plot.grounds.state())
    assert None not in states
    assert len(set(states)) == 3
    assert plot.grounds.state() == states[-1]
    with Workspace(tmp_path / "cache") as workspace:
        assert _Plot(tmp_path, workspace, is_compared=False).grounds.state() is None


def test_only_what_lies_in_the_own_database_is_built(plot: _Plot) -> None:
    """A model would be written into an attached database of the user's."""
    assert plot.grounds.stray(_name("orders", "SHOP")) is None
    assert plot.grounds.stray(_name("orders", None)) is None
    assert plot.grounds.stray(_name("orders", "other")) == "writes to the database 'other'"
    assert "--target" in plot.grounds.remedy_for_strays


def test_all_environments_are_built_by_one_profile(plot: _Plot) -> None:
    """dbt would parse each side anew for its profile, and nodes that nobody touched have other names."""
    assert len({plot.grounds.profile(env) for env in (*Side, *Beside)}) == 1
    assert plot.grounds.profile(Side.BASE) == "path: ../../db/shop.duckdb"


def test_it_says_what_it_is(plot: _Plot) -> None:
    """A report would not tell by which DuckDB it was made."""
    assert plot.grounds.name == f"DuckDB {duckdb.__version__}"
    assert plot.grounds.versions == {"duckdb": duckdb.__version__}
    assert plot.grounds.at_once
