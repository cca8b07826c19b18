"""What each warehouse that dbt knows is asked, word by word, so that a change of it is read by somebody.

No such warehouse is at hand: the statements are as its grammar has it (sqlglot's), and were read by people. They are
those of an inquiry that DuckDB answers. Set GOLDEN=write to write them anew.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import sqlglot

from bot.core.alignment import Kept
from bot.core.commonality_sql import Words, candidates
from bot.core.inquiry import inquire
from bot.core.pairing import pair
from bot.core.scans import Scans
from bot.core.sql_plain import Plain
from bot.core.sql_plain_words import TARGETS, WORDS
from bot.domain import (
    Aggregate,
    Bins,
    Column,
    ColumnChanges,
    Distance,
    ExampleRows,
    Extent,
    FirstRows,
    Frequencies,
    Key,
    KeySource,
    Likeness,
    Measure,
    Pair,
    Period,
    PeriodChanges,
    Question,
    RelationName,
    RepeatedKeys,
    Row,
    RowChanges,
    Showing,
    Side,
    Table,
    Tolerance,
)
from tests.core.rig import connect

_FOLDER = Path(__file__).with_name("golden_sql")
_NAMES = ("id", "total", "share", "Name $", "day", "since", "seen", "ok", "tags")
_UNCOMPARED = dict.fromkeys(("day", "since", "ok"), "left out, to be brief")
_DUCKDB = ("BIGINT", "DECIMAL(18,2)", "DOUBLE", "VARCHAR", "DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "BOOLEAN")
_TYPES: Mapping[str, tuple[str, ...]] = {
    "bigquery": ("INT64", "NUMERIC", "FLOAT64", "STRING", "DATE", "DATETIME", "TIMESTAMP", "BOOL", "ARRAY<INT64>"),
    "databricks": (
        *("bigint", "decimal(18,2)", "double", "string", "date", "timestamp_ntz", "timestamp", "boolean"),
        "array<int>",
    ),
    "redshift": (
        *("bigint", "numeric(18,2)", "double precision", "character varying(256)", "date"),
        *("timestamp without time zone", "timestamp with time zone", "boolean", "super"),
    ),
    "trino": (
        *("bigint", "decimal(18,2)", "double", "varchar", "date", "timestamp(6)", "timestamp(6) with time zone"),
        *("boolean", "array(integer)"),
    ),
    "athena": (
        *("bigint", "decimal(18,2)", "double", "string", "date", "timestamp", "timestamp with time zone", "boolean"),
        "array<int>",
    ),
    "tsql": (
        *("bigint", "decimal(18,2)", "float", "varchar(256)", "date", "datetime2(6)", "datetimeoffset", "bit", "xml"),
    ),
}
_RELATIONS = {
    "bigquery": "`shop`.`{0}`.`orders`",
    "databricks": "`shop`.`{0}`.`orders`",
    "tsql": "[shop].[{0}].[orders]",
}
_QUESTIONS: tuple[Question, ...] = (
    RowChanges(),
    ColumnChanges("total"),
    Extent("total"),
    ExampleRows(3),
    PeriodChanges("since", Period.WEEK),
    RepeatedKeys(2),
    *(Aggregate(side, name, Measure.CHECKSUM) for side in Side for name in ("share", "tags")),
    *(Aggregate(Side.HEAD, "total", one) for one in (Measure.SUM, Measure.MEAN, Measure.STDDEV, Measure.MAX)),
    *(Aggregate(Side.HEAD, "share", one) for one in (Measure.SUM, Measure.MIN, Measure.DISTINCT)),
    *(Aggregate(Side.HEAD, "Name $", one) for one in (Measure.MAX_LENGTH, Measure.MIN, Measure.DISTINCT)),
    *(Aggregate(Side.HEAD, "ok", one) for one in (Measure.TRUE, Measure.MAX)),
    *(Aggregate(Side.HEAD, name, Measure.MIN) for name in ("day", "since", "seen")),
    Aggregate(Side.HEAD, "total", Measure.QUANTILE, 0.5),
    FirstRows(Side.HEAD, 2),
    Frequencies("Name $", 2),
    Bins("total", (0.0, 5.0, 10.0)),
    Distance("total"),
    Likeness("Name $", "Name $"),
)


def _pair(types: tuple[str, ...], relation: str) -> Pair:
    columns = tuple(Column(name, kind) for name, kind in zip(_NAMES, types, strict=True))
    base, head = (
        Table(RelationName("shop", side, "orders"), relation.format(f"{side}_"), columns) for side in ("base", "head")
    )
    of = pair("model.shop.orders", base, head, [Key(("id",), KeySource.META)], _UNCOMPARED)
    tolerated = tuple(
        replace(one, tolerance=Tolerance(absolute=1) if one.head.name == "share" else None)  # type: ignore[arg-type]
        for one in of.shared
    )
    return replace(of, shared=tolerated, showing={"Name $": Showing.HASH})


@cache
def _told() -> list[tuple[str, list[Row]]]:
    """What DuckDB is asked for, and what it answers."""
    dialect, told = Plain("duckdb"), []
    with connect() as connection:
        described = ", ".join(f'"{name}" {kind}' for name, kind in zip(_NAMES, (*_DUCKDB, "INTEGER[]"), strict=True))
        for side, rows in (("base_", "(1, 1), (2, 2), (3, 3), (null, 4)"), ("head_", "(1, 2), (2, 2), (2, 5), (4, 4)")):
            connection.execute(f"create schema {side}; create table {side}.orders ({described})")
            connection.execute(f"insert into {side}.orders (id, total) values {rows}")
        inquiry = inquire(_pair((*_DUCKDB, "INTEGER[]"), "{0}.orders"), _QUESTIONS, dialect, salt="salt")
        try:
            statement = next(inquiry)
            while True:
                sql = dialect.spell(statement.sql).replace("CREATE TEMPORARY", "CREATE OR REPLACE TEMPORARY")
                told.append((statement.purpose, [tuple(row) for row in connection.execute(sql).fetchall()]))
                statement = inquiry.send(told[-1][1])
        except StopIteration:
            return told


def _statements(target: str) -> list[str]:
    """What the target is asked, in the order of an inquiry that DuckDB answers."""
    dialect = Plain(target)
    there = _pair(_TYPES[target], _RELATIONS.get(target, '"shop"."{0}"."orders"'))
    asked: list[str] = []
    inquiry = inquire(there, _QUESTIONS, dialect, salt="salt")
    statement = next(inquiry)
    for purpose, rows in _told():
        assert statement.purpose == purpose
        asked.append(f"-- {purpose}\n{dialect.spell(statement.sql)}")
        with contextlib.suppress(StopIteration):
            statement = inquiry.send(rows)
    scans = Scans(there, dialect)
    words = Words(scans, candidates(scans))
    listings = words.lists([1, 2, 3])
    chosen = [
        words.keep_targets(Kept(candidates=True)),
        words.sample(listings[:2], dict.fromkeys((1, 2, 3), 100_000)),
        words.frequencies(listings[:2], dict.fromkeys((1, 2, 3), 1)),
        words.ranges([1, 2, 3], dict.fromkeys(Side, 10))[0],
    ]
    return [*asked, *(f"-- {one.purpose}\n{dialect.spell(one.sql)}" for one in chosen if one)]


@pytest.mark.parametrize("target", sorted(_TYPES))
def test_a_warehouse_is_asked_in_its_own_words(target: str) -> None:
    """A word that a warehouse does not know would fail every check there, and nobody would see it before its users."""
    statements = _statements(target)
    for one in statements:
        sqlglot.parse_one(one, dialect=target)
    path = _FOLDER / f"{target}.sql"
    text = ";\n\n".join(statements) + ";\n"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_every_adapter_speaks_a_known_language() -> None:
    """A target would be taken on and fail at its first question."""
    assert set(TARGETS.values()) == set(WORDS)
