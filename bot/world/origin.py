"""Origins kept between runs: a DuckDB file built at a merge base, and what dbt said of what is in it.

One folder an origin, below `origins/<project>/<digest>`; whoever reads or writes one holds its lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO

from bot.domain import NodeResult
from bot.world.workspace import copy_file, write_text

_KEPT_PER_PROJECT = 5
_STATE = "state.json"
_DATABASE = "origin.duckdb"
_PROJECT = re.compile(r".+-[0-9a-f]{8}", re.DOTALL)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FILES = re.compile(r"state\.json|origin\.duckdb|\.state\.json\.[0-9]+")  # the last: a write that was cut off


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
        "nodes": [asdict(replace(result, compiled="")) for result in contents.nodes.values()],
        "tests": [asdict(replace(result, compiled="")) for result in contents.tests.values()],
    }
    with _locked(folder):
        volatile = _volatile(folder / _STATE)  # base is the same, so what is known of it stays true
        shutil.rmtree(folder, ignore_errors=True)
        try:
            copy_file(database, folder / _DATABASE)
            write_text(folder / _STATE, json.dumps({**state, **({"volatile": volatile} if volatile else {})}))
        except Exception:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    _prune(folder.parent)


def recall(home: Path, project: str, digest: str) -> Mapping[str, Mapping[str, str]]:
    """What `remember` was told of an origin: by unique id, columns with their causes; nothing where none is kept."""
    folder = home / "origins" / project / digest
    if not folder.is_dir():
        return {}
    with _locked(folder):
        return _volatile(folder / _STATE)


def remember(home: Path, project: str, digest: str, volatile: Mapping[str, Mapping[str, str]]) -> None:
    """Adds to what is known of an origin which columns of which models vary by themselves. Nothing happens where the
    origin is not kept.

    Args:
        volatile: by unique id, columns with their causes; what was known of another model stays.

    Raises:
        EnvironmentFailure: the disk is full; what was known stays.
    """
    folder = home / "origins" / project / digest
    if not folder.is_dir():
        return
    with _locked(folder):
        try:
            state = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return  # it was removed in between
        known = _volatile(folder / _STATE)
        merged = {uid: {**known.get(uid, {}), **volatile.get(uid, {})} for uid in {**known, **volatile}}
        write_text(folder / _STATE, json.dumps({**state, "volatile": merged}))


def unused_since(home: Path, moment: float) -> tuple[Path, ...]:
    """The folders that are named like origins of ours and were not used since a moment (seconds since 1970)."""
    projects = [path for path in (home / "origins").glob("*/") if _PROJECT.fullmatch(path.name)]
    folders = [path for project in projects if not project.is_symlink() for path in project.glob("*/")]
    ours = [path for path in folders if _DIGEST.fullmatch(path.name) and not path.is_symlink()]
    return tuple(sorted(path for path in ours if _last_used(path) < moment))


def discard(folder: Path) -> bool:
    """Removes an origin, once nobody uses it, with its lock.

    Returns:
        whether it is gone; a folder that holds anything but an origin's files is left alone.
    """
    with _locked(folder) as lock:
        try:
            files = list(folder.iterdir())
            if not all(_FILES.fullmatch(path.name) for path in files):
                return False
            for path in files:
                path.unlink()
            folder.rmdir()
        except FileNotFoundError:
            pass
        except OSError:
            return False
        lock.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # others are kept there
        folder.parent.rmdir()
    return True


def _read(state: Path) -> Contents:
    told = json.loads(state.read_text(encoding="utf-8"))
    nodes, tests = ([NodeResult(**entry) for entry in told[name]] for name in ("nodes", "tests"))
    return Contents({result.unique_id: result for result in nodes}, {result.unique_id: result for result in tests})


def _volatile(state: Path) -> dict[str, dict[str, str]]:
    """What is remembered in a state; files of older versions have nothing of it."""
    try:
        told = json.loads(state.read_text(encoding="utf-8")).get("volatile", {})
        return {str(uid): {str(name): str(cause) for name, cause in columns.items()} for uid, columns in told.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _prune(project: Path) -> None:
    kept = sorted((path for path in project.iterdir() if path.is_dir()), key=_last_used)
    for folder in kept[:-_KEPT_PER_PROJECT]:
        with _locked(folder) as lock:
            shutil.rmtree(folder, ignore_errors=True)
            lock.unlink(missing_ok=True)


def _last_used(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except FileNotFoundError:  # another run replaces it right now
        return time.time()


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[Path]:
    """Holds the lock of an origin, a file beside its folder, which whoever holds it may remove."""
    path = folder.with_name(f"{folder.name}.lock")
    with _lock(path):
        yield path


def _lock(path: Path) -> IO[str]:
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock = path.open("w")
        except FileNotFoundError:
            continue  # the last origin of the project was removed in between, with its folder
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            if os.path.samestat(os.fstat(lock.fileno()), path.stat()):
                return lock
        except FileNotFoundError:
            pass
        lock.close()  # removed while we waited for it: it keeps nobody out any more
