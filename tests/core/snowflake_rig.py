"""Tables in a fakesnow, and inquiries run against them by the real connector."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar, cast

from bot.core.pairing import pair
from bot.core.sql_snowflake import Snowflake
from bot.domain import Column, Key, KeySource, Pair, RelationName, Row, Statement, Table

if TYPE_CHECKING:
    from snowflake.connector.cursor import SnowflakeCursor

    from tests.fakesnow_server import Served

WORDS = Snowflake(has_hash=False)
"""fakesnow has no HASH that Snowflake would know."""

_Value = TypeVar("_Value")
_Told = str | None


@contextlib.contextmanager
def connect(served: Served) -> Iterator[SnowflakeCursor]:
    """A session as the warehouse sets it up: of UTC, with a current schema."""
    # Needs the extra for Snowflake, which the oldest environment does not have: its tests do without.
    import snowflake.connector

    with snowflake.connector.connect(**served.parameters()) as connection, connection.cursor() as cursor:
        for statement in ("create database SHOP", "create schema SHOP.CI", "use schema SHOP.CI"):
            cursor.execute(statement)
        yield cursor


def make(cursor: SnowflakeCursor, name: str, types: Mapping[str, str], rows: Sequence[Mapping[str, _Told]]) -> Table:
    """A table of values, each given as text and cast to its column's type; None is null."""
    columns = []
    for place, (column, type_name) in enumerate(types.items(), 1):
        value = f"column{place}"
        if type_name == "VARIANT":
            value = f"parse_json({value})"
        elif not type_name.startswith("VARCHAR"):
            value = f"{value}::{'BINARY' if type_name.startswith('BINARY') else type_name}"
        columns.append(f"{value} as {WORDS.quote(column)}")
    values = ", ".join(f"({', '.join(_written(row.get(column)) for column in types)})" for row in rows)
    cursor.execute(f"create or replace table {WORDS.quote(name)} as select {', '.join(columns)} from values {values}")
    described = tuple(Column(column, type_name) for column, type_name in types.items())
    return Table(RelationName("SHOP", "CI", name), WORDS.quote(name), described)


def pair_of(base: Table, head: Table, key: Sequence[str] = ()) -> Pair:
    """The two tables as a pair, with a key or without."""
    return pair("model.shop.orders", base, head, [Key(tuple(key), KeySource.META)] if key else [])


def lead(cursor: SnowflakeCursor, steps: Generator[Statement, list[Row], _Value]) -> tuple[_Value, int]:
    """What an inquiry finds, and how many statements it took."""
    asked = 0
    try:
        statement = next(steps)
        while True:
            asked += 1
            rows = cursor.execute(statement.sql)
            statement = steps.send(cast("list[Row]", rows.fetchall() if rows else []))
    except StopIteration as stop:
        found: _Value = stop.value
        return found, asked


def _written(value: _Told) -> str:
    return "null" if value is None else WORDS.literal(value)
