"""Origins kept between runs: a DuckDB file built at a merge base, and what dbt said of what is in it.

One folder an origin, below `origins/<project>/<digest>`; whoever reads or writes one holds its lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
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

    Raises:
        EnvironmentFailure: the disk is full.
    """
    folder = home / "origins" / project / digest
    with _locked(folder):
        try:
            contents = _read(folder / _STATE)
        except (OSError, ValueError, TypeError, LookupError):
            return Contents()
        if not (folder / _DATABASE).is_file():
            return Contents()  # somebody made room
        copy_file(folder / _DATABASE, database)
        os.utime(folder)
    return contents


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


def _read(state: Path) -> Contents:
    told = json.loads(state.read_text(encoding="utf-8"))
    nodes, tests = ([NodeResult(**entry) for entry in told[name]] for name in ("nodes", "tests"))
    return Contents({result.unique_id: result for result in nodes}, {result.unique_id: result for result in tests})


def _prune(project: Path) -> None:
    kept = sorted((path for path in project.iterdir() if path.is_dir()), key=_last_used)
    for folder in kept[:-_KEPT_PER_PROJECT]:
        with _locked(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _last_used(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:  # another run replaces it right now
        return time.time()


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
