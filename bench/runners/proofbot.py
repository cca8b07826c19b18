"""proofbot's own engine, asked for the same; or the limit, one scan of both sides that hashes every row.

python -m bench.runners.proofbot engine|limit DATABASE
"""

from __future__ import annotations

import json
import sys

import duckdb

from bot.core.inquiry import inquire
from bot.core.pairing import pair
from bot.core.sql import DuckDb
from bot.domain import (
    Column,
    ColumnChanges,
    Key,
    KeySource,
    Pair,
    Question,
    RelationName,
    RowChanges,
    RowCounts,
    Side,
    Table,
)


def main(how: str, database: str) -> None:
    """Print the rows added, removed and changed; of the limit, nothing that is known."""
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{database}' as both_sides (read_only)")
        connection.execute("set TimeZone = 'UTC'")
        base, head = (_describe(connection, side) for side in Side)
        if how == "limit":
            names = ", ".join(column.name for column in base.columns)
            for table in (base, head):
                connection.execute(f"select bit_xor(hash({names})) from {table.expression}").fetchall()
            print(json.dumps({"added": None, "removed": None, "changed": None}))
            return
        rows = _compare(connection, pair("model.bench.orders", base, head, [Key(("id",), KeySource.META)]))
    print(json.dumps({"added": rows.added, "removed": rows.removed, "changed": rows.changed}))


def _describe(connection: duckdb.DuckDBPyConnection, side: Side) -> Table:
    expression = f"both_sides.{side}.orders"
    columns = connection.execute(f"describe {expression}").fetchall()
    name = RelationName("both_sides", side.value, "orders")
    return Table(name, expression, tuple(Column(str(column[0]), str(column[1])) for column in columns))


def _compare(connection: duckdb.DuckDBPyConnection, of: Pair) -> RowCounts:
    questions: list[Question] = [RowChanges(), *(ColumnChanges(pairing.head.name) for pairing in of.shared)]
    inquiry = inquire(of, questions, DuckDb())
    try:
        statement = next(inquiry)
        while True:
            statement = inquiry.send(connection.execute(statement.sql).fetchall())
    except StopIteration as stop:
        rows = stop.value[RowChanges()]
    assert isinstance(rows, RowCounts)
    return rows


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
