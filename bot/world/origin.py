"""Origins kept between runs: a DuckDB file built at a merge base, and what dbt said of what is in it.

One folder an origin, below `origins/<project>/<digest>`; whoever reads or writes one holds its lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bot.domain import NodeResult
from bot.world.workspace import copy_file, write_text

_KEPT_PER_PROJECT = 5
_STATE = "state.json"
_DATABASE = "origin.duckdb"


@dataclass(frozen=True)
class Contents:
    """What an origin holds: dbt's results of the nodes that were built and the tests that were run in it."""

    nodes: Mapping[str, NodeResult] = field(default_factory=dict)
    tests: Mapping[str, NodeResult] = field(default_factory=dict)


def take(home: Path, project: str, digest: str, database: Path) -> Contents:
    """Copies a kept origin to `database`.

    Returns:
        what it holds; nothing, and no file, where there is none.
    """
    folder = home / "origins" / project / digest
    with _locked(folder):
        try:
            state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
            copy_file(folder / _DATABASE, database)
        except (OSError, ValueError):
            return Contents()
        os.utime(folder)
    return Contents(
        nodes={entry["unique_id"]: NodeResult(**entry) for entry in state["nodes"]},
        tests={entry["unique_id"]: NodeResult(**entry) for entry in state["tests"]},
    )


def keep(home: Path, project: str, digest: str, database: Path, contents: Contents) -> None:
    """Keeps an origin for later runs, in place of what was kept under this digest; the oldest of a project go.

    Raises:
        EnvironmentFailure: the disk is full; nothing is kept then.
    """
    folder = home / "origins" / project / digest
    state = {
        "nodes": [asdict(result) for result in contents.nodes.values()],
        "tests": [asdict(result) for result in contents.tests.values()],
    }
    with _locked(folder):
        shutil.rmtree(folder, ignore_errors=True)
        try:
            copy_file(database, folder / _DATABASE)
            write_text(folder / _STATE, json.dumps(state))
        except Exception:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    _prune(folder.parent)


def _prune(project: Path) -> None:
    kept = sorted((path for path in project.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for folder in kept[:-_KEPT_PER_PROJECT]:
        with _locked(folder):
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
