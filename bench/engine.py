"""What a comparison costs beside one plain scan of both tables.

    python -m bench.engine [--rows 1000000] [--memory 1GB]

Tables of 16 columns in two DuckDB files. The limit is one statement a side that hashes every row and nothing else. Rows
are lined up by their key, or without one; "all checks" is the whole default suite. Each case runs in a process of its
own; the figures are CPU seconds of asking, in all threads, best of three. Compare the ratios, not the seconds of two
machines.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import duckdb
from tabulate import tabulate

from bot.checks import PAIR_CHECKS
from bot.core.alignment import align
from bot.core.inquiry import inquire
from bot.core.pairing import pair
from bot.core.sql import DuckDb
from bot.domain import (
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
    Side,
    Statement,
    Table,
)
from bot.world.interview import conduct
from bot.world.warehouses.duckdb import DuckDbTwins, Session, TwinFiles, open_twins

_REPOSITORY = Path(__file__).resolve().parent.parent
_TIMES = 3
_NAME = RelationName("bench", "main", "orders")
_COLUMNS = """
    i as id, (i * 7919 % 1000003)::int as customer, ((i * 31) % 100000 / 100)::decimal(12, 2) as amount,
    (hash(i) % 1000)::decimal(9, 3) as tax, sin(i) as score, case when i % 10 > 0 then cos(i) end as ratio,
    timestamp '2020-01-01' + interval (i % 50000000) second as created_at,
    timestamp '2021-01-01' + interval (hash(i) % 90000000) second as updated_at,
    date '2020-01-01' + (i % 2000)::int as day, 'name ' || (hash(i + 1) % 1000000000) as name,
    ['new', 'paid', 'sent', 'back', 'lost'][1 + i % 5] as status, md5(i::varchar) as token, i % 3 = 0 as active,
    case when i % 7 > 0 then i % 2 = 0 end as flag, (hash(i + 2) % 100)::smallint as small,
    case when i % 4 > 0 then 'note ' || (i % 1000) end as note
"""
_FEW = (
    "update orders set amount = amount + 1 where id % 10000 = 5",
    "delete from orders where id % 20000 = 6",
    "insert into orders select * replace (-id as id) from orders where id % 20000 = 7",
)
CASES: dict[str, tuple[str, ...]] = {
    "nothing changed": (),
    "few rows changed": _FEW,
    "other order": ("create or replace table orders as from orders order by hash(id)",),
    "every row changed": ("update orders set amount = amount + 1",),
}


def make_table(folder: Path, rows: int, changes: tuple[str, ...]) -> None:
    """Make the table, the same in every run, in a database of its own, and change it."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(folder / "bench.duckdb")) as connection:
        connection.execute(f"create table orders as select {_COLUMNS} from range({rows}) r(i)")
        for change in changes:
            connection.execute(change)


def measure(folder: Path, case: str, how: str, memory: str) -> None:
    """Run one case in this process, three times; print the least CPU seconds, the peak in MiB, and the statements."""
    with tempfile.TemporaryDirectory() as scratch:
        sides = [TwinFiles(folder / side / "bench.duckdb", folder / side) for side in ("base", case)]
        session = Session({"memory_limit": memory} if memory else {})
        twins = open_twins(sides[0], sides[1], Path(scratch), session=session)
        tables = [table for side in Side for table in twins.tables(side, [_NAME]).values() if isinstance(table, Table)]
        keys = [] if how == "no key" else [Key(("id",), KeySource.META)]
        of = pair("model.bench.orders", tables[0], tables[1], keys)
        asked, spent = twins.statements, []
        for _ in range(_TIMES):
            before = _cpu()
            _ask(twins, of, how)
            spent.append(_cpu() - before)
        statements = (twins.statements - asked) // _TIMES
        twins.close()
    sys.stdout.write(f"{min(spent)} {_peak()} {statements}\n")


def _ask(twins: DuckDbTwins, of: Pair, how: str) -> None:
    if how == "limit":
        for table in (of.base, of.head):
            names = ", ".join(column.name for column in table.columns)
            twins.ask(Statement(f"select bit_xor(hash({names})) from {table.expression}", "the limit"))
    elif how == "all checks":
        conversations = {one.name: one.check(of, one.options()) for one in PAIR_CHECKS if one.default}
        found = conduct(conversations, partial(inquire, of, dialect=DuckDb()), twins.ask)
        assert not any(finding.outcome is Outcome.ERRORED for finding in found), found
    else:
        questions: list[Question] = [RowChanges(), *(RowCount(side) for side in Side)]
        if of.key:
            questions += [KeyFacts(side) for side in Side]
            questions += [ColumnChanges(pairing.head.name) for pairing in of.shared]
        _run(twins, align(of, questions, DuckDb()))


def _run(twins: DuckDbTwins, inquiry: Inquiry) -> None:
    try:
        statement = next(inquiry)
        while True:
            statement = inquiry.send(twins.ask(statement))
    except StopIteration:
        return


def main() -> None:
    """Make the tables, run every case, print a table of ratios."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of each table (1,000,000)")
    parser.add_argument("--memory", default="", help="DuckDB's memory limit while asking (its own)")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        folder, case, how = arguments.measure
        measure(Path(folder), case, how, arguments.memory)
        return
    with tempfile.TemporaryDirectory() as made:
        lines = []
        make_table(Path(made, "base"), arguments.rows, ())
        for case, changes in CASES.items():
            make_table(Path(made, case), arguments.rows, changes)
            limit, *_ = _measure(made, case, "limit", "")
            for how in ("key", "no key", "all checks"):
                seconds, peak, statements = _measure(made, case, how, arguments.memory)
                lines.append((case, how, seconds / limit, seconds, limit, int(peak), int(statements)))
    headers = ("case", "lined up by", "times the limit", "CPU s", "limit CPU s", "peak MiB", "statements")
    sys.stdout.write(f"DuckDB {duckdb.__version__}, {arguments.rows:,} rows of 16 columns a side\n\n")
    sys.stdout.write(tabulate(lines, headers, floatfmt=".2f") + "\n")


def _measure(folder: str, case: str, how: str, memory: str) -> list[float]:
    """The figures of one case, measured in a process of its own."""
    command = [sys.executable, "-m", "bench.engine", "--memory", memory, "--measure", folder, case, how]
    ended = subprocess.run(command, cwd=_REPOSITORY, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(f"{case}, {how}: {ended.stderr}")
    return [float(word) for word in ended.stdout.split()]


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
