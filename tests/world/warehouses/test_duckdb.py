"""Both twins in one DuckDB: tables where they lie, views by a process of their side."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from bot.domain import Column, RelationName, Side, Statement, Table
from bot.errors import EnvironmentFailure, Interrupted, QueryFailed
from bot.world.warehouses.contract import Unreadable, Warehouse
from bot.world.warehouses.duckdb import Session, TwinFiles, open_twins

_STEM = "my shop's"


def _twin(folder: Path, *statements: str) -> TwinFiles:
    """A twin whose database was made by some statements, run in its project folder."""
    workdir = folder / "project"
    workdir.mkdir(parents=True)
    database = folder / f"{_STEM}.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"set file_search_path = '{str(workdir).replace(chr(39), chr(39) * 2)}'")
        for statement in statements:
            connection.execute(statement)
    return TwinFiles(database, workdir)


def _name(identifier: str, schema: str = "main") -> RelationName:
    return RelationName(_STEM, schema, identifier)


def _rows(warehouse: Warehouse, side: Side, name: RelationName) -> list[tuple[object, ...]]:
    found = warehouse.tables(side, [name])[name]
    assert isinstance(found, Table), found
    return warehouse.ask(Statement(f"from {found.expression}", "read"))


Opener = Callable[..., Warehouse]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opener]:
    """Opens twins, and closes them in the end."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    warehouses: list[Warehouse] = []

    def open_them(base: TwinFiles, head: TwinFiles, session: Session | None = None) -> Warehouse:
        warehouses.append(open_twins(base, head, scratch, session=session))
        return warehouses[-1]

    yield open_them
    for warehouse in warehouses:
        warehouse.close()


def test_relations_are_found_by_any_case_and_read_on_their_own_side(tmp_path: Path, opened: Opener) -> None:
    """The head's rows would be compared with themselves, or a model not be found."""
    warehouse = opened(
        _twin(tmp_path / "base", 'create table "Or ders" as select 1 as "a b", [2] as l'),
        _twin(tmp_path / "head", 'create schema "X.y"', 'create table "Or ders" as select 2 as "a b"'),
    )
    name = _name("or DERS")
    found = warehouse.tables(Side.BASE, [name, _name("nowhere")])
    assert list(found) == [name]
    table = found[name]
    assert isinstance(table, Table)
    assert table.columns == (Column("a b", "INTEGER"), Column("l", "INTEGER[]"))
    assert _rows(warehouse, Side.BASE, name) == [(1, [2])]
    assert _rows(warehouse, Side.HEAD, name) == [(2,)]
    assert warehouse.name == f"DuckDB {duckdb.__version__}"
    assert warehouse.statements == 2


def test_views_are_read_where_their_paths_resolve(tmp_path: Path, opened: Opener) -> None:
    """A model that is a view over a file, or over other views, could not be compared."""
    views = (
        "copy (select {n} as n) to '{folder}/data.csv'",
        "create view files as select * from read_csv('data.csv')",
        f'create schema "S 1"; create view "S 1"."over" as select n + 1 as n from "{_STEM}".main.files',
        'create view top as select * from "S 1"."over"',
    )
    sides = {}
    for number, side in enumerate(("base", "head")):
        folder = tmp_path / side / "project"
        sides[side] = _twin(tmp_path / side, *(v.format(n=number, folder=folder) for v in views))
    warehouse = opened(sides["base"], sides["head"])
    assert _rows(warehouse, Side.BASE, _name("files")) == [(0,)]
    assert _rows(warehouse, Side.HEAD, _name("files")) == [(1,)]
    assert _rows(warehouse, Side.HEAD, _name("over", "s 1")) == [(2,)]
    assert _rows(warehouse, Side.HEAD, _name("top")) == [(2,)]


def test_a_view_that_fails_is_told_and_fails_alone(tmp_path: Path, opened: Opener) -> None:
    """One broken view would end the comparison of all; one that nobody asked for would be run."""
    twin = _twin(
        tmp_path / "base",
        "create view broken as select error('no such\nluck') as x",
        "create view good as select 1 as x",
        "create view unasked as select error('asked') as x",
        "create table t as select 3 as x",
    )
    warehouse = opened(twin, _twin(tmp_path / "head"))
    found = warehouse.tables(Side.BASE, [_name("broken"), _name("good"), _name("t")])
    broken = found[_name("broken")]
    assert isinstance(broken, Unreadable)
    assert "no such luck" in broken.reason
    assert "asked" not in broken.reason
    assert _rows(warehouse, Side.BASE, _name("good")) == [(1,)]
    assert isinstance(found[_name("t")], Table)


def test_nothing_of_the_project_is_run_as_python(tmp_path: Path, opened: Opener) -> None:
    """A module of the pull request, named like one of Python's, would run inside proofbot."""
    twin = _twin(tmp_path / "base", "create view v as select 1 as x")
    for module in ("json", "duckdb", "pathlib", "bot"):
        (twin.workdir / f"{module}.py").write_text("raise SystemExit('the project was run')")
    warehouse = opened(twin, _twin(tmp_path / "head"))
    assert _rows(warehouse, Side.BASE, _name("v")) == [(1,)]


def test_a_reader_that_dies_is_told(tmp_path: Path, opened: Opener) -> None:
    """A view that takes its process down would look like a model that was never built."""
    warehouse = opened(_twin(tmp_path / "base", "create view v as select 1 as x"), _twin(tmp_path / "head"))
    (tmp_path / "scratch" / "proofbot_base_views_1.duckdb").write_text("in the way " * 1000)
    (found,) = warehouse.tables(Side.BASE, [_name("v")]).values()
    assert isinstance(found, Unreadable)
    assert found.reason.startswith("the process that reads views ended early: ")


def test_views_may_read_attached_databases(tmp_path: Path, opened: Opener) -> None:
    """A view over a database that the profile attaches could not be compared."""
    raw = tmp_path / "raw data.duckdb"
    with duckdb.connect(str(raw)) as connection:
        connection.execute("create table t as select 5 as x")
    twin = _twin(
        tmp_path / "base",
        f"attach '{raw}' as raw (read_only)",
        "create view v as select x, current_setting('threads') as n from raw.main.t",
    )
    session = Session({"threads": "3", "no_such_setting": "1"}, ["no_such_extension"], {"raw": raw})
    warehouse = opened(twin, _twin(tmp_path / "head"), session)
    assert _rows(warehouse, Side.BASE, _name("v")) == [(5, 3)]


def test_moments_are_told_in_utc(tmp_path: Path, opened: Opener) -> None:
    """The same run would give other numbers on a machine in another time zone."""
    query = "select timestamptz '2020-06-01 00:00:00+00' as t"
    twin = _twin(tmp_path / "base", f"create view v as select t::varchar as t from ({query})")
    warehouse = opened(twin, _twin(tmp_path / "head"))
    assert _rows(warehouse, Side.BASE, _name("v")) == [("2020-06-01 00:00:00+00",)]
    assert warehouse.ask(Statement(f"select t::varchar from ({query})", "read")) == [("2020-06-01 00:00:00+00",)]


def test_a_failed_statement_tells_why_in_one_line(tmp_path: Path, opened: Opener) -> None:
    """The comment would hold a page of SQL, or the run would end."""
    warehouse = opened(_twin(tmp_path / "base"), _twin(tmp_path / "head"))
    with pytest.raises(QueryFailed) as caught:
        warehouse.ask(Statement("select nothing from nowhere", "try"))
    assert "\n" not in caught.value.message
    assert "nowhere" in caught.value.message
    assert caught.value.sql == "select nothing from nowhere"


def test_a_database_that_does_not_exist_has_no_relations(tmp_path: Path, opened: Opener) -> None:
    """A base on which nothing could be built would end the run instead of being reported."""
    head = _twin(tmp_path / "head", "create table t as select 1 as x")
    warehouse = opened(TwinFiles(tmp_path / "nowhere.duckdb", tmp_path), head)
    assert warehouse.tables(Side.BASE, [_name("t")]) == {}
    assert isinstance(warehouse.tables(Side.HEAD, [_name("t")])[_name("t")], Table)


def test_files_are_let_go(tmp_path: Path, opened: Opener) -> None:
    """The next dbt invocation could not write to its own database."""
    base = _twin(tmp_path / "base", "create view v as select 1 as x")
    warehouse = opened(base, _twin(tmp_path / "head"))
    warehouse.tables(Side.BASE, [_name("v")])
    warehouse.close()
    warehouse.close()
    with duckdb.connect(str(base.database)) as connection:
        connection.execute("create table t as select 1 as x")


def test_a_locked_database_is_told_with_the_remedy(tmp_path: Path, opened: Opener) -> None:
    """A user with the database open elsewhere would see a traceback."""
    base = _twin(tmp_path / "base")
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", hold, str(base.database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(EnvironmentFailure) as caught:
            opened(base, _twin(tmp_path / "head"))
        holder.communicate("")
    assert caught.value.where == str(base.database)
    assert "Close the other program" in caught.value.remedy


def test_a_file_that_is_no_database_is_told(tmp_path: Path, opened: Opener) -> None:
    """A damaged file would be shown as a traceback."""
    broken = tmp_path / "broken.duckdb"
    broken.write_text("no database " * 1000)
    with pytest.raises(EnvironmentFailure, match="could not be opened") as caught:
        opened(TwinFiles(broken, tmp_path), _twin(tmp_path / "head"))
    assert "Check that it is a DuckDB file" in caught.value.remedy


def test_cancelling_stops_what_runs_and_what_comes(tmp_path: Path, opened: Opener) -> None:
    """Ctrl-C would wait for the end of a long query, and then go on."""
    warehouse = opened(_twin(tmp_path / "base"), _twin(tmp_path / "head"))
    timer = threading.Timer(0.3, warehouse.cancel)
    timer.start()
    with pytest.raises(Interrupted):
        warehouse.ask(
            Statement("select count(*) from range(1000000000000) a, range(1000) b where a.range + b.range < 0", "wait")
        )
    timer.join()
    with pytest.raises(Interrupted):
        warehouse.ask(Statement("select 1", "go on"))


def test_statements_are_told_as_they_are_answered(tmp_path: Path) -> None:
    """`-v` would show nothing."""
    told: list[tuple[str, bool]] = []
    base, head = _twin(tmp_path / "base"), _twin(tmp_path / "head")

    def note(statement: Statement, seconds: float) -> None:
        told.append((statement.purpose, seconds >= 0))

    warehouse = open_twins(base, head, tmp_path, on_statement=note)
    warehouse.ask(Statement("select 1", "count"))
    warehouse.close()
    assert told == [("count", True)]


def test_a_missing_driver_is_told_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who installed proofbot without an extra would see an ImportError."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    nowhere = TwinFiles(tmp_path / "x.duckdb", tmp_path)
    with pytest.raises(EnvironmentFailure) as caught:
        open_twins(nowhere, nowhere, tmp_path)
    assert "pip install 'proofbot[duckdb]'" in caught.value.remedy
