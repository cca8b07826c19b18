"""What the peers need for the same comparison, beside proofbot, in one run.

    python -m bench.peers [--rows 1000000] [--environments DIR] [--peers recce sqlmesh ...]

One DuckDB file holds both sides: 16 columns, few rows changed, added and removed (`bench.tables`). Each peer that pip
can install runs in an environment of its own, in a process of its own, and is asked for the rows added, removed and
changed; what it says is held against what was done to the table. Figures are CPU seconds of the process less those of
the same process on ten rows, as a multiple of the limit: one scan of both tables that hashes every row.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from tabulate import tabulate

from bench.tables import FEW, Counts, make

REPOSITORY = Path(__file__).resolve().parent.parent
RUNNERS = REPOSITORY / "bench" / "runners"
LEFT_ALONE = 10
"""Rows of the table that shows what starting up costs."""
PEERS: dict[str, tuple[str, ...]] = {
    "recce": ("recce", "dbt-core>=1.8,<1.12", "dbt-duckdb", "dbt-postgres"),
    "sqlmesh": ("sqlmesh", "psycopg2-binary"),
    "datacompy": ("datacompy[polars]", "duckdb", "pyarrow"),
    "data_diff": ("data-diff", "dbt-core>=1.8,<1.12", "duckdb", "psycopg2-binary"),
    "reladiff": ("reladiff[duckdb]", "psycopg2-binary"),
}
SCRIPTS = {"data_diff": "joindiff", "reladiff": "joindiff"}
"""The script of a peer in `bench/runners`; of the same name, if not said here."""


@dataclass(frozen=True)
class Asked:
    """What one process used (CPU seconds, MiB at its peak), and what it told; `failure` instead where it failed."""

    seconds: float
    peak: int
    told: Counts
    failure: str = ""


def make_database(folder: Path, rows: int) -> Path:
    """Both sides in one file, in a format that older DuckDBs can read."""
    for side in ("base", "head"):
        make(folder / side, FEW, rows, changed=side == "head")
    database = folder / "both.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{database}' as both_sides (storage_version 'v1.2.0')")
        for side in ("base", "head"):
            connection.execute(f"attach '{folder / side / 'bench.duckdb'}' as from_{side} (read_only)")
            connection.execute(f"create schema both_sides.{side}")
            connection.execute(f"create table both_sides.{side}.orders as from from_{side}.main.orders")
    return database


def install(environments: Path, peer: str) -> Path | None:
    """The Python of a peer's environment, made if it is not there; None where pip cannot install it."""
    home = environments / peer
    python = home / "bin" / "python"
    done = home / ".complete"
    if done.exists() and done.read_text().split("\n") == list(PEERS[peer]):
        return python
    sys.stderr.write(f"installing {peer}\n")
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
    command = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check", *PEERS[peer]]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.stderr.write(f"{peer} cannot be installed: {ended.stderr.strip().splitlines()[-1:]}\n")
        return None
    done.write_text("\n".join(PEERS[peer]))
    return python


def ask(command: Sequence[str]) -> Asked:
    """Runs a process to its end, and reads the line of JSON it prints last."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, stdout=out, stderr=errors, cwd=REPOSITORY)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        printed, complaints = out.read().strip().splitlines(), errors.read().strip().splitlines()
    seconds, peak = used.ru_utime + used.ru_stime, used.ru_maxrss // 1024
    if process.returncode or not printed:
        return Asked(seconds, peak, {}, f"failed with {process.returncode}: {' '.join(complaints[-1:])[:120]}")
    return Asked(seconds, peak, json.loads(printed[-1]))


def measure(rows: int, environments: Path, peers: Sequence[str]) -> list[tuple[object, ...]]:
    """A line for the limit, for proofbot, and for each peer."""
    lines: list[tuple[object, ...]] = []
    with tempfile.TemporaryDirectory() as made:
        databases = {}
        for count in (LEFT_ALONE, rows):
            folder = Path(made, str(count))
            folder.mkdir()
            databases[count] = make_database(folder, count)
        limit = 0.0
        ours = {name: [sys.executable, "-m", "bench.runners.proofbot", how] for name, how in _OURS.items()}
        theirs = {peer: python for peer in peers if (python := install(environments, peer))}
        for name in (*ours, *theirs):
            used = {}
            for count, database in databases.items():
                if name in ours:
                    used[count] = ask([*ours[name], str(database)])
                    continue
                folder = Path(made, f"{name}-{count}")
                folder.mkdir()
                script = [str(theirs[name]), str(RUNNERS / f"{SCRIPTS.get(name, name)}.py")]
                columns = [column for column in _columns(database) if column != "id"]
                subprocess.run([*script, "prepare", str(database), str(folder), *columns], check=True)
                used[count] = ask([*script, "ask", str(database), str(folder), *columns])
            seconds = used[rows].seconds - used[LEFT_ALONE].seconds
            limit = limit or seconds
            lines.append((name, seconds / limit, seconds, used[rows].peak, judge(used[rows], rows, name)))
            sys.stderr.write(f"{lines[-1]}\n")
    return lines


_OURS = {"the limit": "limit", "proofbot": "engine"}


def _columns(database: Path) -> list[str]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return [str(row[0]) for row in connection.execute("describe base.orders").fetchall()]


def judge(asked: Asked, rows: int, name: str) -> str:
    """Whether a peer told what was done to a table of so many rows: in a few words."""
    if name == "the limit":
        return ""
    if asked.failure:
        return asked.failure
    known = FEW.counts(rows)
    wrong = [f"{what} {count}" for what, count in asked.told.items() if count not in (known[what], None)]
    silent = [what for what, count in asked.told.items() if count is None]
    if wrong:
        return f"wrong: {', '.join(wrong)}"
    return f"right, no number of {', '.join(silent)} rows" if silent else "right"


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of each table (1,000,000)")
    parser.add_argument("--environments", type=Path, default=REPOSITORY / ".venv-peers", help="where peers live")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS), help="which of them")
    arguments = parser.parse_args()
    lines = measure(arguments.rows, arguments.environments, arguments.peers)
    headers = ("", "times the limit", "CPU s", "peak MiB", f"of {FEW.counts(arguments.rows)}")
    sys.stdout.write(f"DuckDB {duckdb.__version__}, {arguments.rows:,} rows of 16 columns a side, {FEW.name}\n\n")
    sys.stdout.write(tabulate(lines, headers, floatfmt=".1f") + "\n")


if __name__ == "__main__":
    main()
