"""Inquiries led against a DuckDB in memory, with all that came back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from bot.core.inquiry import inquire
from bot.core.pairing import pair
from bot.core.sql import DuckDb
from bot.core.tuning import DEFAULT, Tuning
from bot.domain import Answers, Key, KeySource, Pair, Question, Row
from tests.core.rig import find, quote

_WHOLE = (
    "0",
    "1",
    "-1",
    "2",
    "7",
    "100",
    "-100",
    "32767",
    "9007199254740993",
    "170141183460469231731687303715884105727",
)
_FLOATS = (
    "0",
    "-0.0",
    "0.1",
    "0.30000000000000004",
    "1.5",
    "-2.25",
    "1e22",
    "1e200",
    "-1e308",
    "1e308",
    "nan",
    "inf",
    "-inf",
)
_DECIMALS = ("0", "0.1", "-0.1", "2.25", "12345678901234567.89", "99999999999999999999999999999999999999", "1.10")
_MOMENTS = (
    "2020-01-01",
    "2020-02-29 12:00:00.5",
    "1969-12-31",
    "infinity",
    "-infinity",
    "290000-12-31",
    "5881580-07-10",
)
POOLS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("TINYINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT", "UHUGEINT", "BIGNUM"), _WHOLE),
    **dict.fromkeys(("FLOAT", "DOUBLE"), _FLOATS),
    **dict.fromkeys(("DECIMAL(4,1)", "DECIMAL(18,2)", "DECIMAL(38,0)", "DECIMAL(38,2)", "DECIMAL(38,30)"), _DECIMALS),
    **dict.fromkeys(("DATE", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE"), _MOMENTS),
    "VARCHAR": ("", "a", "A", "ä", "é", "e\u0301", "日本", "'", "a b", "NULL", "10", "9"),
    "BOOLEAN": ("true", "false"),
    "TIME": ("00:00:00", "12:00:00.000001", "23:59:59"),
    "BLOB": ("a", "\\x00", "b"),
    "UUID": ("00000000-0000-0000-0000-000000000000", "80000000-0000-0000-0000-000000000001"),
    "JSON": ('{"a": 1}', "null", "[1]"),
    "ENUM('b', 'a')": ("a", "b"),
    "INTEGER[]": ("[1]", "[1, NULL]", "[]"),
    "STRUCT(a INTEGER)": ("{'a': 1}", "{'a': NULL}"),
    "MAP(VARCHAR, INTEGER)": ("{a=1}", "{}"),
    "INTERVAL": ("1 day", "2 months", "-1 second"),
}
"""Each type with texts that can be cast to it; what can't is null there."""


@dataclass
class Led:
    """An inquiry that was led: its answers, the statements that were asked, and every row that came back."""

    answers: Answers = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    seen: list[Row] = field(default_factory=list)


def lead(
    connection: duckdb.DuckDBPyConnection,
    of: Pair,
    questions: Collection[Question],
    salt: str = "",
    tuning: Tuning = DEFAULT,
) -> Led:
    """Leads an inquiry to its end."""
    led = Led()
    inquiry = inquire(of, questions, DuckDb(), salt=salt, tuning=tuning)
    try:
        statement = next(inquiry)
        while True:
            led.asked.append(statement.sql)
            rows = [tuple(row) for row in connection.execute(statement.sql).fetchall()]
            led.seen += rows
            statement = inquiry.send(rows)
    except StopIteration as stop:
        led.answers = stop.value
    assert set(led.answers) == set(questions)
    left = connection.execute("select table_name from duckdb_tables() where temporary").fetchall()
    assert left == []
    return led


def cells(values: Sequence[str | None], type_name: str) -> list[str]:
    """SQL of some values of a type, given as texts; what can't be read is null."""
    # DuckDB 1.x fails to try to read a BIGNUM.
    unread = {value for value in values if value and type_name == "BIGNUM" and not value.lstrip("-").isdigit()}
    return [
        f"null::{type_name}"
        if value is None or value in unread
        else "try_cast('" + value.replace("'", "''") + f"' as {type_name})"
        for value in values
    ]


def make_table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[str | None]],
) -> None:
    """Makes a table of columns (name, type) and rows of texts."""
    described = ", ".join(f"{quote(column)} {type_name}" for column, type_name in columns)
    connection.execute(f"create or replace table {name} ({described})")
    by_column = [cells([row[place] for row in rows], type_name) for place, (_, type_name) in enumerate(columns)]
    if rows:
        values = ", ".join(f"({', '.join(row)})" for row in zip(*by_column, strict=True))
        connection.execute(f"insert into {name} values {values}")


def make_pair_of(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[tuple[str, str, str]],
    base: Sequence[Sequence[str | None]],
    head: Sequence[Sequence[str | None]],
    key: Sequence[str] = (),
) -> Pair:
    """The pair of two tables of columns (name, type at base, type at head) and rows of texts."""
    make_table(connection, "base_rows", [(name, own) for name, own, _ in columns], base)
    make_table(connection, "head_rows", [(name, own) for name, _, own in columns], head)
    keys = [Key(tuple(key), KeySource.META)] if key else []
    return pair("model.shop.any", find(connection, "base_rows"), find(connection, "head_rows"), keys)
