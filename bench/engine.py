"""What a comparison costs beside one plain scan of both tables.

    python -m bench.engine [--rows 1000000] [--memory 1GB]

Pairs of tables in two DuckDB files (`bench.tables`). The limit is one statement a side that hashes every row and
nothing else. Rows are lined up by their key, or without one; "all checks" is the whole default suite. What is counted
is held against what was done to the tables. Each case runs in a process of its own; the figures are CPU seconds of
asking, in all threads, best of three. Compare the ratios, not the seconds of two machines.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import duckdb
from tabulate import tabulate

from bench.tables import CASES, Case, Counts, make
from bot.checks import PAIR_CHECKS
from bot.core.alignment import align
from bot.core.inquiry import inquire
from bot.core.pairing import pair
from bot.core.sql import DuckDb
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
    Statement,
    Table,
)
from bot.world.interview import conduct
from bot.world.warehouses.duckdb import DuckDbTwins, Session, TwinFiles, open_twins

_REPOSITORY = Path(__file__).resolve().parent.parent
_TIMES = 3
_NAME = RelationName("bench", "main", "orders")
_BY_NAME = {case.name: case for case in CASES}
_WAYS = ("key", "no key", "all checks")
_HEADERS = (
    *("case", "rows", "asked for", "times the limit"),
    *("CPU s", "limit CPU s", "peak MiB", "statements", "counts"),
)


def measure(folder: Path, case: Case, way: str, memory: str) -> None:
    """Run one case in this process, three times; print the least CPU seconds, the peak in MiB, the statements, and what
    was counted as JSON."""
    with tempfile.TemporaryDirectory() as scratch:
        sides = [TwinFiles(folder / side / "bench.duckdb", folder / side) for side in Side]
        session = Session({"memory_limit": memory} if memory else {})
        twins = open_twins(sides[0], sides[1], Path(scratch), session=session)
        tables = [table for side in Side for table in twins.tables(side, [_NAME]).values() if isinstance(table, Table)]
        keys = [] if way == "no key" else [Key(case.key, KeySource.META)]
        of = pair("model.bench.orders", tables[0], tables[1], keys)
        asked, spent, counted = twins.statements, [], {}
        for _ in range(_TIMES):
            before = _cpu()
            counted = _ask(twins, of, way)
            spent.append(_cpu() - before)
        statements = (twins.statements - asked) // _TIMES
        twins.close()
    sys.stdout.write(f"{json.dumps([min(spent), _peak(), statements, counted])}\n")


def _ask(twins: DuckDbTwins, of: Pair, way: str) -> Counts:
    if way == "limit":
        for table in (of.base, of.head):
            names = ", ".join(column.name for column in table.columns)
            twins.ask(Statement(f"select bit_xor(hash({names})) from {table.expression}", "the limit"))
        return {}
    if way == "all checks":
        conversations = {one.name: one.check(of, one.options()) for one in PAIR_CHECKS if one.default}
        found = conduct(conversations, partial(inquire, of, dialect=DuckDb()), twins.ask)
        assert not any(finding.outcome is Outcome.ERRORED for finding in found), found
        measures = next(finding.measures for finding in found if finding.check == "values")
        return {what: int(str(measures[what])) for what in ("added", "removed", "changed")}
    questions: list[Question] = [RowChanges(), *(RowCount(side) for side in Side)]
    if of.key:
        questions += [KeyFacts(side) for side in Side]
        questions += [ColumnChanges(pairing.head.name) for pairing in of.shared]
    rows = _run(twins, align(of, questions, DuckDb()))[RowChanges()]
    assert isinstance(rows, RowCounts)
    return {"added": rows.added, "removed": rows.removed, "changed": rows.changed}


def _run(twins: DuckDbTwins, inquiry: Inquiry) -> Answers:
    try:
        statement = next(inquiry)
        while True:
            statement = inquiry.send(twins.ask(statement))
    except StopIteration as stop:
        answers: Answers = stop.value
        return answers


def main() -> None:
    """Make the tables, run every case, print a table of ratios."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of each table (1,000,000)")
    parser.add_argument("--memory", default="", help="DuckDB's memory limit while asking (its own)")
    parser.add_argument("--cases", nargs="*", default=list(_BY_NAME), choices=list(_BY_NAME), help="which of them")
    parser.add_argument("--ways", nargs="*", default=list(_WAYS), choices=_WAYS, help="which of them")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        folder, name, way = arguments.measure
        measure(Path(folder), _BY_NAME[name], way, arguments.memory)
        return
    lines = [line for name in arguments.cases for line in _bench(_BY_NAME[name], arguments)]
    sys.stdout.write(f"DuckDB {duckdb.__version__}\n\n{tabulate(lines, _HEADERS, floatfmt='.2f', intfmt=',')}\n")


def _bench(case: Case, arguments: argparse.Namespace) -> Iterator[tuple[object, ...]]:
    """The lines of one case."""
    rows = arguments.rows // case.divisor
    with tempfile.TemporaryDirectory() as made:
        for side in Side:
            make(Path(made, side), case, rows, changed=side is Side.HEAD)
        limit = _measure(made, case, "limit", "")[0]
        for way in arguments.ways:
            seconds, peak, statements, counted = _measure(made, case, way, arguments.memory)
            right = "right" if counted == _expected(case, rows, way) else f"WRONG: {counted}"
            yield case.name, rows, way, seconds / limit, seconds, limit, peak, statements, right


def _expected(case: Case, rows: int, way: str) -> Counts:
    """Without a key a changed row is one that was removed and one that was added."""
    added, removed, changed = case.truth(rows)
    if way == "no key":
        added, removed, changed = added + changed, removed + changed, 0
    return {"added": added, "removed": removed, "changed": changed}


def _measure(folder: str, case: Case, way: str, memory: str) -> tuple[float, int, int, Counts]:
    """The figures of one case, measured in a process of its own."""
    command = [sys.executable, "-m", "bench.engine", "--memory", memory, "--measure", folder, case.name, way]
    ended = subprocess.run(command, cwd=_REPOSITORY, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(f"{case.name}, {way}: {ended.stderr}")
    seconds, peak, statements, counted = json.loads(ended.stdout)
    return seconds, peak, statements, counted


def _peak() -> int:
    """In MiB, of this program alone: what `getrusage` tells on Linux is also what its parent had."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if "VmHWM" in line) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
