"""The demo's raw tables, fewer of them, brought to servers."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from tests.postgres_server import Database

_FEWER = (
    "delete from raw.orders where order_id > {0}",
    "delete from raw.order_items where order_id > {0}",
    "delete from raw.payments where order_id > {0}",
)
_FEW = 150
_AT_ONCE = 400  # rows in a statement


def keep_few(source: Path) -> None:
    """Leaves only the first orders in the demo's DuckDB file."""
    with duckdb.connect(str(source)) as connection:
        for statement in _FEWER:
            connection.execute(statement.format(_FEW))


def load_into_postgres(source: Path, database: Database) -> None:
    """Copies the raw tables from the demo's DuckDB file."""
    with (
        tempfile.TemporaryDirectory() as folder,
        duckdb.connect(str(source), read_only=True) as read,
        database.connect() as written,
    ):
        written.execute("create schema raw")
        for name, columns in _tables(read).items():
            file = Path(folder) / f"{name}.csv"
            read.execute(f"copy raw.{name} to '{file}' (header false)")
            written.execute(f"create table raw.{name} ({columns})".encode())
            with written.cursor().copy(f"copy raw.{name} from stdin (format csv)".encode()) as copying:
                copying.write(file.read_bytes())


def load_by_statements(source: Path, run: Callable[[str], object]) -> None:
    """The same for a server that only takes statements; `run` runs one."""
    with duckdb.connect(str(source), read_only=True) as read:
        run("create schema raw")
        for name, columns in _tables(read).items():
            run(f"create table raw.{name} ({columns})")
            rows = read.execute(f"select * from raw.{name}").fetchall()
            for start in range(0, len(rows), _AT_ONCE):
                listed = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows[start : start + _AT_ONCE])
                run(f"insert into raw.{name} values {listed}")


def _tables(read: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The columns of each raw table, as a statement that creates it has them."""
    names = read.execute("select table_name from duckdb_tables() where schema_name = 'raw' order by 1").fetchall()
    return {
        name: ", ".join(f"{row[0]} {row[1].lower()}" for row in read.execute(f"describe raw.{name}").fetchall())
        for (name,) in names
    }


def _literal(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool | int):
        return str(value).lower()
    return "'" + str(value).replace("'", "''") + "'"
