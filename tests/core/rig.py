"""Tables in a DuckDB in memory, and inquiries run against them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import duckdb

from bot.core.alignment import Closeups, align
from bot.core.pairing import pair
from bot.core.sql import DuckDb
from bot.core.tuning import DEFAULT, Tuning
from bot.domain import (
    Answers,
    Column,
    ColumnChanges,
    Key,
    KeyFacts,
    KeySource,
    Pair,
    Question,
    RelationName,
    RowChanges,
    RowCount,
    Side,
    Table,
)


def connect() -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory, set up as the warehouse sets it up."""
    connection = duckdb.connect(":memory:")
    connection.execute("set TimeZone = 'UTC'")
    return connection


def quote(name: str) -> str:
    """A quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def find(connection: duckdb.DuckDBPyConnection, name: str) -> Table:
    """A table of the connection, as the warehouse would tell it."""
    rows = connection.execute(f"describe {quote(name)}").fetchall()
    return Table(RelationName(None, "main", name), quote(name), tuple(Column(row[0], row[1]) for row in rows))


def make_pair(
    connection: duckdb.DuckDBPyConnection, base: str, head: str, key: Sequence[str] = (), **uncompared: str
) -> Pair:
    """The pair of two queries, kept as tables."""
    connection.execute(f"create or replace table base_side as {base}")
    connection.execute(f"create or replace table head_side as {head}")
    keys = [Key(tuple(key), KeySource.META)] if key else []
    return pair("model.shop.orders", find(connection, "base_side"), find(connection, "head_side"), keys, uncompared)


def ask(
    connection: duckdb.DuckDBPyConnection,
    of: Pair,
    questions: Collection[Question],
    closeups: Closeups | None = None,
    tuning: Tuning = DEFAULT,
) -> tuple[Answers, list[str]]:
    """The answers to some questions about how rows compare, and the statements that were asked."""
    asked: list[str] = []
    inquiry = align(of, questions, DuckDb(), closeups, tuning)
    try:
        statement = next(inquiry)
        while True:
            asked.append(statement.sql)
            statement = inquiry.send(connection.execute(statement.sql).fetchall())
    except StopIteration as stop:
        return stop.value, asked


def everything(of: Pair) -> list[Question]:
    """All questions that have an answer for a pair."""
    questions: list[Question] = [RowCount(Side.BASE), RowCount(Side.HEAD), RowChanges()]
    if of.key:
        questions += [KeyFacts(Side.BASE), KeyFacts(Side.HEAD)]
        questions += [ColumnChanges(p.head.name) for p in of.shared if p.head.name not in of.uncompared]
    return questions
