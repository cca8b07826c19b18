"""The pairs of tables that benches compare: the same in every run, and what is different in them is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

_ORDERS = """
    i as id, (i * 7919 % 1000003)::int as customer, ((i * 31) % 100000 / 100)::decimal(12, 2) as amount,
    (hash(i) % 1000)::decimal(9, 3) as tax, sin(i) as score, case when i % 10 > 0 then cos(i) end as ratio,
    timestamp '2020-01-01' + interval (i % 50000000) second as created_at,
    timestamp '2021-01-01' + interval (hash(i) % 90000000) second as updated_at,
    date '2020-01-01' + (i % 2000)::int as day, 'name ' || (hash(i + 1) % 1000000000) as name,
    ['new', 'paid', 'sent', 'back', 'lost'][1 + i % 5] as status, md5(i::varchar) as token, i % 3 = 0 as active,
    case when i % 7 > 0 then i % 2 = 0 end as flag, (hash(i + 2) % 100)::smallint as small,
    case when i % 4 > 0 then 'note ' || (i % 1000) end as note
"""
_TEXT_KEY = "'region ' || (i % 50) as region, 'order-' || i as code, " + _ORDERS
_WIDE = _ORDERS + ", " + ", ".join(f"(i * {n} % 1009) as c{n}" for n in range(1, 185))

Counts = dict[str, int | None]
"""Rows `added`, `removed` and `changed`; None for what is not told."""


@dataclass(frozen=True)
class Case:
    """A pair of tables: head is made from base by statements. `truth` tells what they do to so many rows; `divisor`
    makes a table with more columns shorter."""

    name: str
    changes: tuple[str, ...]
    truth: Callable[[int], tuple[int, int, int]]
    columns: str = _ORDERS
    key: tuple[str, ...] = ("id",)
    divisor: int = 1

    def counts(self, rows: int) -> Counts:
        """What is different, of a table of so many rows."""
        return dict(zip(("added", "removed", "changed"), self.truth(rows), strict=True))


def _few(rows: int) -> tuple[int, int, int]:
    numbers = range(rows)
    return len(numbers[7::20_000]), len(numbers[6::20_000]), len(numbers[5::10_000])


_FEW = (
    "update orders set amount = amount + 1 where id % 10000 = 5",
    "delete from orders where id % 20000 = 6",
    "insert into orders select * replace (-id as id) from orders where id % 20000 = 7",
)
_FEW_BY_TEXT = (*_FEW[:2], "insert into orders select * replace ('x' || code as code) from orders where id % 20000 = 7")
FEW = Case("few rows changed", _FEW, _few)
CASES = (
    Case("nothing changed", (), lambda _: (0, 0, 0)),
    FEW,
    Case("other order", ("create or replace table orders as from orders order by hash(id)",), lambda _: (0, 0, 0)),
    Case("every row changed", ("update orders set amount = amount + 1",), lambda rows: (0, 0, rows)),
    Case("few, composite text key", _FEW_BY_TEXT, _few, columns=_TEXT_KEY, key=("region", "code")),
    Case("few, 200 columns", _FEW, _few, columns=_WIDE, divisor=10),
)


def make(folder: Path, case: Case, rows: int, *, changed: bool) -> None:
    """Make base's table, or head's, in a database of its own: `bench.duckdb`."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(folder / "bench.duckdb")) as connection:
        connection.execute(f"create table orders as select {case.columns} from range({rows}) r(i)")
        for change in case.changes if changed else ():
            connection.execute(change)
