"""What `proofbot run` costs beside the dbt it calls, and what it costs when the project grows.

    python -m bench.run [--keep]

Projects are chains of five models, side by side; a request changes the middle model of one chain, or of some. CPU
seconds are those of this one run: compare the ratios, not the seconds of two machines.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tabulate import tabulate

CHAIN = 5
_REPOSITORY = Path(__file__).resolve().parent.parent
_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Case:
    """A project of so many models, in which so many chains are touched, each at its middle model."""

    models: int
    touched: int = 1


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds of one run: of proofbot itself, and of the processes it started (dbt, and the readers of views)."""

    own: float
    children: float
    wall: float
    affected: int


CASES = (Case(models=5), Case(models=1_000), Case(models=1_000, touched=20))


def make_project(folder: Path, case: Case) -> None:
    """Make a git repository with the case's project; `main` is the base, `request` is checked out."""
    models = folder / "models"
    models.mkdir(parents=True)
    (folder / "dbt_project.yml").write_text(
        "name: bench\nversion: '1.0'\nconfig-version: 2\nprofile: bench\n"
        "flags: {send_anonymous_usage_stats: false}\nmodels: {bench: {+materialized: table}}\n"
    )
    (folder / "profiles.yml").write_text(
        "bench:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: bench.duckdb, threads: 2}\n"
    )
    (folder / ".gitignore").write_text("*.duckdb\ntarget/\nlogs/\n")
    columns = "{name: id, data_tests: [unique, not_null]}"
    for chain in range(case.models // CHAIN):
        listed = "".join(f"  - {{name: {_name(chain, step)}, columns: [{columns}]}}\n" for step in range(CHAIN))
        (models / f"chain_{chain:04d}.yml").write_text(f"version: 2\nmodels:\n{listed}")
        for step in range(CHAIN):
            (models / f"{_name(chain, step)}.sql").write_text(_model(chain, step))
    _git(folder, "init", "--quiet")
    _git(folder, "symbolic-ref", "HEAD", "refs/heads/main")
    _commit(folder, "A project")
    _git(folder, "checkout", "--quiet", "-b", "request")
    for chain in range(case.touched):
        changed = models / f"{_name(chain, CHAIN // 2)}.sql"
        changed.write_text(
            changed.read_text().replace("amount + 1", "amount + case when id % 100 = 0 then 2 else 1 end")
        )
    _commit(folder, "Count every hundredth twice")


def measure(folder: Path, cache: Path) -> Cost:
    """Run proofbot once in `folder`, in a process of its own.

    Raises:
        RuntimeError: it ended with neither an open nor a closed gate.
    """
    out = cache / "proof"
    usage = cache / "usage.json"
    environment = os.environ | {"PROOFBOT_CACHE_DIR": str(cache), "PYTHONPATH": str(_REPOSITORY)}
    command = [sys.executable, "-m", "bench.run", "--inside", str(usage), "run", "--base", "main", "--out", str(out)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"proofbot ended with {done.returncode}:\n{done.stderr[-4000:]}")
    spent = json.loads(usage.read_text())
    report = json.loads((out / "report.json").read_text())
    return Cost(
        own=spent["own"], children=spent["children"], wall=report["run"]["seconds"], affected=len(report["models"])
    )


def run_inside(usage: Path, arguments: list[str]) -> int:
    """Run proofbot's command line in this process; writes what it cost to `usage` and returns its exit code."""
    from bot.cli import main

    try:
        main(arguments)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 3
    spent = {
        name: used.ru_utime + used.ru_stime
        for name, used in (
            ("own", resource.getrusage(resource.RUSAGE_SELF)),
            ("children", resource.getrusage(resource.RUSAGE_CHILDREN)),
        )
    }
    usage.write_text(json.dumps(spent))
    return code


def _name(chain: int, step: int) -> str:
    return f"chain_{chain:04d}_{step}"


def _model(chain: int, step: int) -> str:
    if step == 0:
        return f"select range as id, range % 7 as amount from range({_ROWS})\n"
    return f"select id, amount + 1 as amount from {{{{ ref('{_name(chain, step - 1)}') }}}}\n"


def _commit(folder: Path, subject: str) -> None:
    _git(folder, "add", "--all")
    _git(folder, "-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit", "--quiet", "-m", subject)


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-c", "commit.gpgsign=false", *arguments], cwd=folder, check=True)


def _row(case: Case, name: str, cost: Cost, first: Cost) -> list[object]:
    return [
        f"{case.models:,}",
        cost.affected,
        name,
        f"{cost.own:.1f}",
        f"{cost.children:.1f}",
        f"{cost.own / cost.children:.2f}",
        f"{cost.own / first.own:.2f}",
        f"{cost.wall:.0f}",
    ]


def report_all(folder: Path) -> None:
    """Measure every case, first with nothing kept from earlier runs, then once more, and print the table."""
    rows: list[list[object]] = []
    first: Cost | None = None
    for number, case in enumerate(CASES):
        project, cache = folder / f"project-{number}", folder / f"cache-{number}"
        cache.mkdir()
        make_project(project, case)
        for name in ("first", "again"):
            print(f"{case.models:,} models, {case.touched} changed, {name} run ...", file=sys.stderr, flush=True)
            cost = measure(project, cache)
            first = first or cost
            rows.append(_row(case, name, cost, first))
    heads = [
        "models",
        "affected",
        "run",
        "proofbot CPU s",
        "children CPU s",
        "proofbot / children",
        "proofbot / 5 models",
        "s",
    ]
    print(
        tabulate(
            rows, heads, tablefmt="github", disable_numparse=True, colalign=("right", "right", "left", *["right"] * 5)
        )
    )
    print("\nChildren are dbt, git and the readers of views. The last column is time on the clock.")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        sys.exit(run_inside(Path(sys.argv[2]), sys.argv[3:]))
    if sys.argv[1:] == ["--keep"]:
        kept = Path(tempfile.mkdtemp(prefix="proofbot-bench-"))
        print(f"everything stays in {kept}", file=sys.stderr)
        report_all(kept)
    else:
        with tempfile.TemporaryDirectory(prefix="proofbot-bench-") as temporary:
            report_all(Path(temporary))
