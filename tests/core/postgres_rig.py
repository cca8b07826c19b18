"""Tables in a real Postgres, and inquiries run against them: what `rig` is for DuckDB."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Sequence
from typing import Any, cast

import psycopg
from psycopg.types.string import TextLoader

from bot.core.pairing import pair
from bot.core.sql_postgres import Postgres
from bot.domain import Column, Key, KeySource, Pair, RelationName, Row, Statement, Table
from tests.postgres_server import fresh_database

DIALECT = Postgres()
_COLUMNS = (
    "select attname, format_type(atttypid, atttypmod) from pg_attribute "
    "where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum"
)


@contextlib.contextmanager
def connect() -> Iterator[psycopg.Connection]:
    """A session in a database of its own, set up as the warehouse sets it up."""
    with fresh_database() as database, database.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name in ("date", "timestamp", "timestamptz", "time", "timetz", "interval"):
            # Python knows neither infinite moments nor those before the year 1.
            connection.adapters.register_loader(name, TextLoader)
        yield connection


def run(connection: psycopg.Connection, sql: str) -> list[Row]:
    """The rows of the last statement of a text."""
    cursor = connection.execute(sql.encode())
    while cursor.nextset():
        pass
    return cast("list[Row]", cursor.fetchall()) if cursor.description else []


def find(connection: psycopg.Connection, name: str) -> Table:
    """A table, as the warehouse would tell it."""
    rows = connection.execute(_COLUMNS, (name,)).fetchall()
    return Table(RelationName(None, "public", name), f"public.{name}", tuple(Column(str(n), str(t)) for n, t in rows))


def make_pair(connection: psycopg.Connection, base: str, head: str, key: Sequence[str] = ()) -> Pair:
    """The pair of two queries, kept as tables."""
    for name, query in (("base_side", base), ("head_side", head)):
        run(connection, f"drop table if exists {name}; create table {name} as {query}")
    keys = [Key(tuple(key), KeySource.META)] if key else []
    return pair("model.shop.orders", find(connection, "base_side"), find(connection, "head_side"), keys)


def lead(connection: psycopg.Connection, inquiry: Generator[Statement, list[Row], Any]) -> tuple[Any, list[str]]:
    """What an inquiry answers, and the statements that were asked."""
    asked: list[str] = []
    try:
        statement = next(inquiry)
        while True:
            asked.append(statement.sql)
            statement = inquiry.send(run(connection, statement.sql))
    except StopIteration as stop:
        return stop.value, asked
