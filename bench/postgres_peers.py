"""What the peers need on Postgres for the same comparison, beside proofbot, in one run.

    python -m bench.postgres_peers [--rows 1000000] [--environments DIR] [--peers recce sqlmesh ...]

A Postgres of the bench's own holds both sides (`bench.postgres_server`): 16 columns, few rows changed. Each peer runs
in an environment and a process of its own, see `bench.peers`, once; what it says is held against what was done to the
tables. Figures are CPU seconds of the server and of the peer's process less those of the same on ten rows, as a
multiple of the limit: one scan of both tables that hashes every row. The limit and proofbot are asked three times; the
median counts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from tabulate import tabulate

from bench.peers import LEFT_ALONE, PEERS, REPOSITORY, RUNNERS, SCRIPTS, Asked, ask, install, judge
from bench.postgres import Engine, limit, measure
from bench.postgres_server import BenchServer, running
from bench.tables import FEW, Counts

_PEERS = tuple(name for name in PEERS if name != "datacompy")  # it takes two tables in memory, wherever they are from
_TIMES = 3
_HEADERS = ("", "times the limit", "CPU s", "of it the server's", "wall s", "peak MiB of the peer")


@dataclass(frozen=True)
class Used:
    """What one comparison took: CPU seconds in all and of the server, seconds on the clock, and what was told."""

    cpu: float
    server: float
    wall: float
    told: Asked


def ask_peer(bench: BenchServer, python: Path, name: str) -> Used:
    """Ask a peer about the tables that are loaded."""
    with tempfile.TemporaryDirectory() as folder:
        script = [str(python), str(RUNNERS / f"{SCRIPTS.get(name, name)}.py")]
        output = bench.output
        reached = {one: output[one] for one in ("host", "port", "user", "password")} | {"database": output["dbname"]}
        columns = [column for column in bench.columns() if column != "id"]
        words = [json.dumps(reached), folder, *columns]
        subprocess.run([*script, "prepare", *words], check=True)
        before, started = bench.seconds(), time.monotonic()
        told = ask([*script, "ask", *words])
        wall, server = time.monotonic() - started, bench.seconds() - before
    return Used(server + told.seconds, server, wall, told)


def ask_ours(bench: BenchServer, asking: Callable[[], tuple[int, Counts]]) -> Used:
    """Ask the limit or proofbot, three times; of these the median."""
    spent = [measure(bench, asking) for _ in range(_TIMES)]
    cpu, wall = median(one.cpu for one in spent), median(one.wall for one in spent)
    return Used(cpu, median(one.server for one in spent), wall, Asked(cpu, 0, spent[-1].counted))


def compare(bench: BenchServer, rows: int, pythons: Mapping[str, Path]) -> list[tuple[object, ...]]:
    """A line for the limit, for proofbot, and for each peer."""
    found: dict[int, dict[str, Used]] = {}
    for count in (LEFT_ALONE, rows):
        bench.load(FEW, count)
        with tempfile.TemporaryDirectory() as folder, bench.connect() as connection:
            engine = Engine(bench, Path(folder))
            limit(connection)
            found[count] = {
                "the limit": ask_ours(bench, partial(limit, connection)),
                "proofbot": ask_ours(bench, partial(engine.ask, FEW.key)),
            }
            engine.close()
        for name, python in pythons.items():
            if count == LEFT_ALONE:
                ask_peer(bench, python, name)  # the first start of all compiles, and reads from disk
            found[count][name] = ask_peer(bench, python, name)
            sys.stderr.write(f"{name}, {count} rows: {found[count][name]}\n")
    least = _less(found, rows, "the limit", "cpu")
    lines: list[tuple[object, ...]] = []
    for name, used in found[rows].items():
        cpu, server, wall = (_less(found, rows, name, what) for what in ("cpu", "server", "wall"))
        lines.append((name, cpu / least, cpu, server, wall, used.told.peak or None, judge(used.told, rows, name)))
    return lines


def _less(found: Mapping[int, Mapping[str, Used]], rows: int, name: str, what: str) -> float:
    """What starting up costs is left out."""
    return float(getattr(found[rows][name], what) - getattr(found[LEFT_ALONE][name], what))


def main(words: Sequence[str] | None = None) -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.postgres_peers", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of each table (1,000,000)")
    parser.add_argument("--environments", type=Path, default=REPOSITORY / ".venv-peers", help="where peers live")
    parser.add_argument("--peers", nargs="*", default=list(_PEERS), choices=_PEERS, help="which of them")
    arguments = parser.parse_args(words)
    pythons = {peer: python for peer in arguments.peers if (python := install(arguments.environments, peer))}
    with running({}) as bench:
        lines = compare(bench, arguments.rows, pythons)
        told = bench.told()
    sys.stdout.write(f"{told}\n{arguments.rows:,} rows of 16 columns a side, {FEW.name}\n\n")
    sys.stdout.write(tabulate(lines, (*_HEADERS, f"of {FEW.counts(arguments.rows)}"), floatfmt=".1f") + "\n")


if __name__ == "__main__":
    main()
