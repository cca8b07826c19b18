"""DuckDB files as files: the user's is copied and stays as it is, copies of ours lose what is rebuilt."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from bot.domain import RelationName
from bot.errors import EnvironmentFailure
from bot.world.warehouses import duckdb_file
from tests.world import gits

# Another program: writes rows that stay in the log, says so, and keeps the file open.
_WRITER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("pragma disable_checkpoint_on_shutdown")
connection.execute("create table if not exists late as select 42 as answer")
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The user's database, with a table of some size."""
    path = tmp_path / "user" / "shop.duckdb"
    path.parent.mkdir()
    _execute(path, "create table raw as select range as id, md5(range::varchar) as word from range(50000)")
    return path


def _execute(path: Path, *statements: str) -> None:
    with contextlib.closing(duckdb.connect(str(path))) as connection:
        for statement in statements:
            connection.execute(statement)


def _ask(path: Path, sql: str) -> list[tuple[object, ...]]:
    with contextlib.closing(duckdb.connect(str(path), read_only=True)) as connection:
        return list(connection.execute(sql).fetchall())


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has a database open for writing; it is killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_copy_holds_what_the_original_holds(database: Path, tmp_path: Path) -> None:
    """The twins would start from other raw data than the user has."""
    before = gits.everything(database.parent)
    duckdb_file.copy(database, tmp_path / "twin" / "shop.duckdb")
    assert _ask(tmp_path / "twin" / "shop.duckdb", "select count(*) from raw") == [(50000,)]
    assert gits.everything(database.parent) == before


def test_the_log_of_a_killed_process_is_part_of_the_copy(database: Path, tmp_path: Path) -> None:
    """Rows that the user sees in their database would be missing from the twins."""
    with _writing(database):
        pass
    assert (database.parent / "shop.duckdb.wal").exists()
    before = gits.everything(database.parent)
    copy = tmp_path / "twin" / "shop.duckdb"
    duckdb_file.copy(database, copy)
    assert gits.everything(database.parent) == before
    assert _ask(copy, "select answer from late") == [(42,)]


def test_a_locked_database_is_a_failure_with_a_remedy(database: Path, tmp_path: Path) -> None:
    """While another program writes, half of what it wrote would be copied."""
    copy = tmp_path / "twin" / "shop.duckdb"
    with _writing(database), pytest.raises(EnvironmentFailure, match="lock") as caught:
        duckdb_file.copy(database, copy)
    assert caught.value.where == str(database)
    assert "Close the other program" in caught.value.remedy
    assert not copy.exists()


@pytest.mark.parametrize("content", [b"", b"no database" * 2000])
def test_a_file_that_is_no_database_is_a_failure_with_a_remedy(tmp_path: Path, content: bytes) -> None:
    """A wrong path in the profile would be a crash, or be put down to a program that has it open."""
    path = tmp_path / "blocks" / "clock.duckdb"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(EnvironmentFailure, match="could not be opened") as caught:
        duckdb_file.copy(path, tmp_path / "copy.duckdb")
    assert "Check that it is a DuckDB file" in caught.value.remedy
    assert not (tmp_path / "copy.duckdb").exists()


# Copies a database into a pipe, so that the test decides how fast.
_COPY = """
import sys
from pathlib import Path
from bot.world.warehouses import duckdb_file
duckdb_file.copy(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_nobody_can_write_while_the_copy_is_made(database: Path, tmp_path: Path) -> None:
    """A program that starts to write in the middle would leave the twins with a torn database."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    process = subprocess.Popen([sys.executable, "-c", _COPY, str(database), str(pipe)])
    with pipe.open("rb") as copy:
        received = copy.read(4096)  # and much more is to come than a pipe holds
        with pytest.raises(duckdb.IOException, match="lock"):
            duckdb.connect(str(database))
        received += copy.read()
    assert process.wait() == 0
    assert received == database.read_bytes()
    duckdb.connect(str(database)).close()


def test_the_state_tells_changes(database: Path) -> None:
    """An origin that was built from other raw data would be used again."""
    states = [duckdb_file.state(database.with_name("none.duckdb")), duckdb_file.state(database)]
    assert duckdb_file.state(database) == states[1]
    _execute(database, "update raw set word = 'x' where id = 7")
    states.append(duckdb_file.state(database))
    with _writing(database):
        states.append(duckdb_file.state(database))
    assert len(set(states)) == 4


def test_the_state_tells_changes_that_keep_size_and_time(database: Path) -> None:
    """Restored times, as of a download or a container image, would hide that the data is another."""
    told = database.stat()
    before = duckdb_file.state(database)
    _execute(database, "update raw set word = 'y' || substr(word, 2) where id = 7")
    os.truncate(database, told.st_size)
    os.utime(database, ns=(told.st_atime_ns, told.st_mtime_ns))
    assert duckdb_file.state(database) != before


def test_a_restored_copy_has_the_same_state(database: Path, tmp_path: Path) -> None:
    """Each job on a fresh machine would build the origin anew, though its database is byte for byte that of before."""
    copy = tmp_path / "elsewhere" / "shop.duckdb"
    copy.parent.mkdir()
    copy.write_bytes(database.read_bytes())
    os.utime(copy, (1, 1))
    assert duckdb_file.state(copy) == duckdb_file.state(database)


def test_the_time_of_a_large_file_counts(tmp_path: Path) -> None:
    """A change in the middle of a large database, which is not read whole, would go unseen."""
    large = tmp_path / "large.duckdb"
    large.touch()
    os.truncate(large, (256 << 20) + 1)
    before = duckdb_file.state(large)
    assert duckdb_file.state(large) == before
    os.utime(large, (1, 1))
    assert duckdb_file.state(large) != before


def test_reading_the_state_changes_nothing(database: Path) -> None:
    """The user's database would be touched by a look at it."""
    before = gits.everything(database.parent)
    duckdb_file.state(database)
    assert gits.everything(database.parent) == before


def test_settling_empties_the_log(database: Path) -> None:
    """Head would start from a base without what a killed build had written last."""
    with _writing(database):
        pass
    duckdb_file.settle(database)
    assert not (database.parent / "shop.duckdb.wal").exists()
    assert _ask(database, "select answer from late") == [(42,)]


def test_settling_leaves_a_settled_database_alone(database: Path) -> None:
    """Each run would open and write a database for nothing."""
    before = gits.everything(database.parent)
    duckdb_file.settle(database)
    assert gits.everything(database.parent) == before


HOSTILE = ['a"b', "a'b", "a.b", "a;drop table raw;--", "select", "Ü Ä", "tab\tnew\nline", " ", "%s", "{x}", "UPPER"]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def test_hostile_names_are_dropped_and_nothing_else(database: Path) -> None:
    """A model with an odd name would stay in head as it was at base, and be told to be unchanged."""
    _execute(database, 'create schema "odd ""schema"""')
    for number, name in enumerate(HOSTILE):
        kind = "table" if number % 2 else "view"
        for schema in ("main", 'odd "schema"'):
            _execute(database, f"create {kind} {_quoted(schema)}.{_quoted(name)} as select 1 as x")
    wanted = [RelationName("shop", schema, name) for name in HOSTILE for schema in ("main", 'odd "schema"')]
    duckdb_file.drop(database, wanted)
    left = _ask(database, "select table_schema, table_name from information_schema.tables order by all")
    assert left == [("main", "raw")]


def test_only_what_is_named_goes(database: Path) -> None:
    """Raw tables, or models that stay, would be gone."""
    _execute(database, "create schema marts", "create table marts.raw as select 1", "create table other as select 1")
    duckdb_file.drop(database, [RelationName("shop", "marts", "raw"), RelationName("shop", "main", "not there")])
    left = _ask(database, "select table_schema, table_name from information_schema.tables order by all")
    assert left == [("main", "other"), ("main", "raw")]


def test_case_does_not_matter(database: Path) -> None:
    """A model whose file is `Orders.sql` would not be rebuilt."""
    _execute(database, 'create table "Orders" as select 1')
    duckdb_file.drop(database, [RelationName("SHOP", "MAIN", "ORDERS")])
    assert _ask(database, "select table_name from information_schema.tables") == [("raw",)]


def test_a_table_goes_with_what_hangs_on_it(database: Path) -> None:
    """Constraints, indexes, foreign keys or views upon a table would end the run."""
    _execute(
        database,
        "create table customers (id int primary key)",
        "create table orders (id int primary key, customer int references customers (id))",
        "create table lines (id int references orders (id))",
        "create index by_customer on orders (customer)",
        "create view late_orders as select * from orders",
    )
    names = ["customers", "lines", "orders"]
    duckdb_file.drop(database, [RelationName("shop", "main", name) for name in names])
    left = _ask(database, "select table_name from information_schema.tables order by all")
    assert left == [("late_orders",), ("raw",)]


def test_a_table_that_another_holds_fast_is_a_failure_with_a_remedy(database: Path) -> None:
    """A raw table with a foreign key to a model would be a crash, or an endless loop."""
    _execute(
        database,
        "create table customers (id int primary key)",
        "create table raw_orders (customer int references customers (id))",
    )
    with pytest.raises(EnvironmentFailure, match="'customers' cannot be dropped"):
        duckdb_file.drop(database, [RelationName("shop", "main", "customers")])


def test_a_database_that_does_not_exist_has_nothing_to_drop(tmp_path: Path) -> None:
    """A project without raw tables would get an empty file in place of none, or a crash."""
    duckdb_file.drop(tmp_path / "none.duckdb", [RelationName("none", "main", "a")])
    assert list(tmp_path.iterdir()) == []


def _rows(path: Path, sql: str) -> list[tuple[object, ...]]:
    with contextlib.closing(duckdb.connect(str(path), read_only=True)) as connection:
        return connection.execute(sql).fetchall()


def test_a_copy_of_ours_can_be_made_while_it_is_read(tmp_path: Path, database: Path) -> None:
    """A control could never be built: base is open for questions at that time."""
    copied = tmp_path / "control" / "shop.duckdb"
    with contextlib.closing(duckdb.connect(":memory:")) as reader:
        reader.execute(f"attach '{database}' as base (read_only)")
        duckdb_file.copy_still(database, copied)
        assert reader.execute("select count(*) from base.raw").fetchall() == [(50_000,)]
    assert _rows(copied, "select count(*), sum(id) from raw") == _rows(database, "select count(*), sum(id) from raw")


def test_a_copy_of_ours_holds_what_lies_in_the_log(tmp_path: Path, database: Path) -> None:
    """A control would be built on less than base has, and take the difference for noise."""
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        writer.kill()
    copied = tmp_path / "control.duckdb"
    duckdb_file.copy_still(database, copied)
    assert _rows(copied, "from late") == [(42,)]


def test_nothing_is_copied_where_there_is_nothing(tmp_path: Path) -> None:
    """A project whose base has no database could have no control."""
    duckdb_file.copy_still(tmp_path / "none.duckdb", tmp_path / "control.duckdb")
    assert not (tmp_path / "control.duckdb").exists()


def test_shuffled_tables_hold_the_same_rows_in_another_order(database: Path) -> None:
    """A tie would fall as it fell before, and pass for something that does not vary."""
    names = [RelationName(None, "MAIN", "raw"), RelationName("shop", "main", "missing")]
    before = _rows(database, "from raw")
    assert duckdb_file.shuffle(database, names, "control") == (names[0],)
    after = _rows(database, "from raw")
    assert before != after
    assert sorted(before) == sorted(after)
    duckdb_file.shuffle(database, names, "control 2")
    assert _rows(database, "from raw") not in (before, after)


def test_what_cannot_be_shuffled_is_left_as_it_is(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user with foreign keys, or with tables too large to rewrite, would have no control, or lose one."""
    _execute(
        database,
        "create table parent (id integer primary key)",
        "create table child (id integer references parent (id))",
        "insert into parent from range(100)",
        "insert into child from range(100)",
        "create view seen as from raw",
    )
    names = [RelationName(None, "main", name) for name in ("parent", "seen", "raw")]
    monkeypatch.setattr(duckdb_file, "_MOST_CELLS", 1_000)
    assert duckdb_file.shuffle(database, names, "control") == ()
    assert _rows(database, "select count(*) from parent") == [(100,)]
    assert _rows(database, "select count(*) from seen") == [(50_000,)]


def test_a_file_that_is_none_cannot_be_shuffled(tmp_path: Path) -> None:
    """A user would read a traceback in place of a verdict."""
    broken = tmp_path / "broken.duckdb"
    broken.write_text("no database", encoding="utf-8")
    with pytest.raises(EnvironmentFailure, match="another order"):
        duckdb_file.shuffle(broken, [RelationName(None, "main", "raw")], "control")
    assert duckdb_file.shuffle(tmp_path / "none.duckdb", [], "control") == ()
