"""What a comparison on Postgres costs beside one scan of both tables, and beside what others would ask.

    python -m bench.postgres [--rows 1000000] [--work-mem 4MB]

Starts a Postgres of its own and loads pairs of tables (`bench.tables`). The limit is one statement a side that hashes
every row and nothing else. The engine lines rows up by their key, or without one; "all checks" is the whole default
suite. "full join" joins whole rows by the key, null-safe, and counts what the engine counts; "except" is EXCEPT both
ways. What is counted is held against what was done to the tables.

Figures are CPU seconds of all processes of the server and of this one, from the first statement to the last answer.
In each round every way is asked once, after each other on tables that were read before; of three rounds the median
counts. Compare the ratios, not the seconds of two machines.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import psycopg
from tabulate import tabulate

from bench.postgres_server import BenchServer, running
from bench.tables import CASES, Case, Counts
from bot.checks import PAIR_CHECKS
from bot.core.alignment import align
from bot.core.inquiry import inquire
from bot.core.pairing import pair
from bot.core.sql_postgres import Postgres
from bot.domain import (
    Answers,
    ColumnChanges,
    Inquiry,
    Key,
    KeyFacts,
    KeySource,
    Outcome,
    Pair,
    Question,
    RelationName,
    RowChanges,
    RowCount,
    RowCounts,
    Side,
    Table,
    WarehouseOptions,
)
from bot.world.interview import conduct
from bot.world.warehouses.grounds import Site
from bot.world.warehouses.postgres.credentials import server
from bot.world.warehouses.postgres.session import Sessions
from bot.world.warehouses.postgres.warehouse import Places, PostgresTwins

_BY_NAME = {case.name: case for case in CASES if case.divisor == 1}
_WAYS = ("key", "no key", "all checks", "full join", "except")
_WITHOUT_KEY = ("no key", "except")
_HEADERS = (
    *("case", "asked for", "times the limit", "CPU s", "times the limit's wall time", "wall s"),
    *("statements", "counts"),
)
_NAME = RelationName(None, "orders", "orders")


@dataclass(frozen=True)
class Spent:
    """What one way took: CPU seconds in all, and of the server alone; seconds on the clock; how many statements; and
    what was counted."""

    cpu: float
    server: float
    wall: float
    statements: int
    counted: Counts


def measure(bench: BenchServer, asking: Callable[[], tuple[int, Counts]]) -> Spent:
    """What it takes to ask. What is asked tells its statements, and what was counted."""
    before, own, started = bench.seconds(), time.process_time(), time.monotonic()
    statements, counted = asking()
    wall = time.monotonic() - started
    own = time.process_time() - own
    used = bench.seconds() - before
    return Spent(used + own, used, wall, statements, counted)


def limit(connection: psycopg.Connection, sides: Sequence[Side] = tuple(Side)) -> tuple[int, Counts]:
    """Hash every row of both sides by Postgres's own hash of a row."""
    for side in sides:
        connection.execute(f"select bit_xor(hash_record_extended(t, 0)) from {side}.orders t".encode()).fetchall()
    return len(sides), {}


def full_join(connection: psycopg.Connection, case: Case, columns: Sequence[str]) -> tuple[int, Counts]:
    """One join of whole rows. Counts the changed rows of each column, too, as the engine does."""
    key, both = case.key, f"b.{case.key[0]} is not null and h.{case.key[0]} is not null"
    values = [name for name in columns if name not in key]
    differ = {name: f"b.{name} is distinct from h.{name}" for name in values}
    counted = [
        f"count(*) filter (where b.{key[0]} is null)",
        f"count(*) filter (where h.{key[0]} is null)",
        f"count(*) filter (where {both} and ({' or '.join(differ.values())}))",
        *(f"count(*) filter (where {both} and {one})" for one in differ.values()),
    ]
    joined = " and ".join(f"b.{name} = h.{name}" for name in key)
    query = f"select {', '.join(counted)} from base.orders b full join head.orders h on {joined}"
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return 1, {"added": row[0], "removed": row[1], "changed": row[2]}


def except_both_ways(connection: psycopg.Connection) -> tuple[int, Counts]:
    """The rows of each side that the other has not: a changed row is one of each."""
    found = []
    for here, there in ((Side.HEAD, Side.BASE), (Side.BASE, Side.HEAD)):
        rows = f"select * from {here}.orders except select * from {there}.orders"
        row = connection.execute(f"select count(*) from ({rows}) r".encode()).fetchone()
        assert row is not None
        found.append(row[0])
    return 2, {"added": found[0], "removed": found[1], "changed": 0}


class Engine:
    """proofbot's own engine on the tables that are loaded, through its own sessions."""

    def __init__(self, bench: BenchServer, folder: Path) -> None:
        output = {**bench.output, "schema": "bench"}
        site = Site(output, "the bench", str, "bench", WarehouseOptions(), {"run": "bench"}, 2, folder)
        self._twins = PostgresTwins(
            Sessions(server(site), "postgres"),
            {side: Places({"orders": side.value}, lambda _: True) for side in Side},
            "kept",
        )

    def ask(self, key: Sequence[str], *, all_checks: bool = False) -> tuple[int, Counts]:
        """The statements, and the rows added, removed and changed; a key of no columns is none."""
        asked = self._twins.statements
        of = self._pair(key)
        counted = self._check(of) if all_checks else self._align(of)
        return self._twins.statements - asked, counted

    def close(self) -> None:
        """Close its connections."""
        self._twins.close()

    def _pair(self, key: Sequence[str]) -> Pair:
        tables = [self._twins.tables(side, [_NAME])[_NAME] for side in Side]
        assert isinstance(tables[0], Table)
        assert isinstance(tables[1], Table)
        keys = [Key(tuple(key), KeySource.META)] if key else []
        return pair("model.bench.orders", tables[0], tables[1], keys)

    def _check(self, of: Pair) -> Counts:
        conversations = {one.name: one.check(of, one.options()) for one in PAIR_CHECKS if one.default}
        found = conduct(conversations, partial(inquire, of, dialect=Postgres()), self._twins.ask)
        assert not any(finding.outcome is Outcome.ERRORED for finding in found), found
        measures = next(finding.measures for finding in found if finding.check == "values")
        return {what: int(str(measures[what])) for what in ("added", "removed", "changed")}

    def _align(self, of: Pair) -> Counts:
        questions: list[Question] = [RowChanges(), *(RowCount(side) for side in Side)]
        if of.key:
            questions += [KeyFacts(side) for side in Side]
            questions += [ColumnChanges(pairing.head.name) for pairing in of.shared]
        rows = self._run(align(of, questions, Postgres()))[RowChanges()]
        assert isinstance(rows, RowCounts)
        return {"added": rows.added, "removed": rows.removed, "changed": rows.changed}

    def _run(self, inquiry: Inquiry) -> Answers:
        try:
            statement = next(inquiry)
            while True:
                statement = inquiry.send(self._twins.ask(statement))
        except StopIteration as stop:
            answers: Answers = stop.value
            return answers


def bench_case(
    bench: BenchServer, case: Case, rows: int, ways: Sequence[str], times: int = 3
) -> Iterator[tuple[object, ...]]:
    """The lines of one case: the limit, then every way, each the median of so many rounds."""
    bench.load(case, rows)
    with tempfile.TemporaryDirectory() as folder, bench.connect() as connection:
        engine = Engine(bench, Path(folder))
        askings: dict[str, Callable[[], tuple[int, Counts]]] = {
            "key": partial(engine.ask, case.key),
            "no key": partial(engine.ask, ()),
            "all checks": partial(engine.ask, case.key, all_checks=True),
            "full join": partial(full_join, connection, case, bench.columns()),
            "except": partial(except_both_ways, connection),
        }
        chosen = {"the limit": partial(limit, connection)} | {way: askings[way] for way in ways}
        limit(connection)
        rounds = [{way: measure(bench, asking) for way, asking in chosen.items()} for _ in range(times)]
        engine.close()
    least = [median(getattr(one["the limit"], what) for one in rounds) for what in ("cpu", "wall")]
    for way in chosen:
        of_way = [one[way] for one in rounds]
        cpu, wall = (median(getattr(one, what) for one in of_way) for what in ("cpu", "wall"))
        wrong = next((one.counted for one in of_way if one.counted != _expected(case, rows, way)), None)
        right = "right" if wrong is None else f"WRONG: {wrong}"
        yield case.name, way, cpu / least[0], cpu, wall / least[1], wall, of_way[-1].statements, right


def _expected(case: Case, rows: int, way: str) -> Counts:
    """Without a key a changed row is one that was removed and one that was added."""
    added, removed, changed = case.truth(rows)
    if way == "the limit":
        return {}
    if way in _WITHOUT_KEY:
        added, removed, changed = added + changed, removed + changed, 0
    return {"added": added, "removed": removed, "changed": changed}


def main(words: Sequence[str] | None = None) -> None:
    """Start the server, load each case, ask every way, print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.postgres", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of each table (1,000,000)")
    parser.add_argument("--work-mem", default="4MB", help="Postgres's work_mem (4MB, as it comes)")
    parser.add_argument("--cases", nargs="*", default=list(_BY_NAME), choices=list(_BY_NAME), help="which of them")
    parser.add_argument("--ways", nargs="*", default=list(_WAYS), choices=_WAYS, help="which of them")
    parser.add_argument("--times", type=int, default=3, help="rounds, of which the median counts (3)")
    arguments = parser.parse_args(words)
    with running({"work_mem": arguments.work_mem}) as bench:
        sys.stderr.write(f"{bench.told()}\n")
        lines = []
        for name in arguments.cases:
            for line in bench_case(bench, _BY_NAME[name], arguments.rows, arguments.ways, arguments.times):
                sys.stderr.write(f"{line}\n")
                lines.append(line)
        told = f"{bench.told()}, {arguments.rows:,} rows a side"
    sys.stdout.write(f"{told}\n\n{tabulate(lines, _HEADERS, floatfmt='.2f', intfmt=',')}\n")


if __name__ == "__main__":
    main()
