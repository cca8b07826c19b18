"""The folders of proofbot: one of its own for each run, removed at the end, and what is kept between runs.

All of them lie below one root: `PROOFBOT_CACHE_DIR`, or `proofbot` in the user's cache folder.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO

from bot.domain import Beside, Side
from bot.errors import EnvironmentFailure

_OURS = re.compile(r"[0-9a-f]{12}")
_MARK, _MARK_TEXT = ".gitignore", "*\n"
_BLOCK = 1 << 20
_CLONE_FILE = 0x40049409  # ioctl FICLONE of linux/fs.h: a copy that shares its blocks, where the file system can


def root() -> Path:
    """The folder that everything of ours lies in."""
    named = os.environ.get("PROOFBOT_CACHE_DIR")
    if named:
        return Path(named).resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").resolve() / "proofbot"


@dataclass(frozen=True, slots=True)
class SideFolders:
    """The folders of one twin, or of an environment beside them. `project` is the dbt project inside of `tree`."""

    side: Side
    tree: Path
    project: Path
    profiles: Path
    target: Path
    logs: Path


class Workspace:
    """The folder of one run. As a context manager it is removed at the end, whatever happened.

    A file lock tells the living from the dead: what a killed run left behind is removed by the next one. Nobody else
    may read the folder, because it holds copies of databases and profiles; git does not see it, should it lie in a
    checkout.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self.folder = home / "runs" / uuid.uuid4().hex[:12]
        self.scratch = self.folder / "scratch"
        self._lock: IO[str] | None = None

    def __enter__(self) -> Workspace:
        try:
            sweep(self._home)
            self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self._lock = _lock_of(self.folder).open("w")  # before the folder: a folder without a lock is dead
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self.folder.mkdir(mode=0o700)
            (self.folder / _MARK).write_text(_MARK_TEXT, encoding="utf-8")
            self.scratch.mkdir()
        except OSError as error:
            self.__exit__(None, None, None)
            raise _unwritable(self._home, error) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _remove(self.folder)
        if self._lock:
            _lock_of(self.folder).unlink(missing_ok=True)
            self._lock.close()

    def folder_of(self, env: Side | Beside) -> Path:
        """The folder of a twin, or of an environment beside them."""
        return self.folder / env.value.replace(" ", "-")

    def tree_of(self, env: Side | Beside) -> Path:
        """The folder with the files of the revision that an environment is built of."""
        return self.folder_of(env) / "tree"

    def side(self, side: Side, project: PurePosixPath, beside: Beside | None = None) -> SideFolders:
        """The folders of a twin, or of an environment beside them.

        Args:
            side: whose code it is built with.
            project: the dbt project's folder, relative to the repository.
        """
        folder, tree = self.folder_of(beside or side), self.tree_of(beside or side)
        for name in ("profiles", "target", "logs"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        return SideFolders(side, tree, tree / project, folder / "profiles", folder / "target", folder / "logs")


def dead_runs(home: Path) -> tuple[Path, ...]:
    """The folders of runs that ended without removing them: ours by name and mark, and locked by nobody."""
    dead = []
    for folder in sorted((home / "runs").glob("*/")):
        # The rest is the user's own, where PROOFBOT_CACHE_DIR names a folder that holds other things, too.
        if _OURS.fullmatch(folder.name) and not folder.is_symlink():
            try:
                with _lock_of(folder).open("r+") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except FileNotFoundError:
                if not _is_marked(folder):
                    continue
            except OSError:
                continue  # alive
            dead.append(folder)
    return tuple(dead)


def sweep(home: Path) -> tuple[Path, ...]:
    """Removes the folders of dead runs.

    Returns:
        those that are gone now.
    """
    gone = []
    for folder in dead_runs(home):
        _remove(folder)
        if not folder.exists():
            _lock_of(folder).unlink(missing_ok=True)
            gone.append(folder)
    return tuple(gone)


def is_plain_folder(home: Path, inside: str) -> bool:
    """Whether this path below our root is a folder, and no part of the way to it is a link."""
    place = home
    for part in PurePosixPath(inside).parts:
        place /= part
        if part in ("/", "..") or place.is_symlink():
            return False
    return place != home and place.is_dir()


def remove_folder(folder: Path) -> None:
    """Removes a folder of ours with all that is in it; what links in it point to stays.

    Raises:
        OSError: it could not be removed, or is a link.
    """
    shutil.rmtree(folder)


def copy_file(source: Path, destination: Path) -> None:
    """Copies a file, sharing its blocks where the file system can.

    The file is opened once: closing it gives up whatever lock this process has on it (POSIX), of DuckDB for example.

    Raises:
        EnvironmentFailure: it could not be written, most often because the disk is full.
    """
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as read, destination.open("wb") as written:
            try:
                fcntl.ioctl(written, _CLONE_FILE, read.fileno())
            except OSError:
                shutil.copyfileobj(read, written, _BLOCK)
    except OSError as error:
        with contextlib.suppress(OSError):
            destination.unlink()
        raise _unwritable(destination, error) from None


def write_text(path: Path, text: str) -> None:
    """Writes a text file whole or not at all, replacing what was there.

    Raises:
        EnvironmentFailure: it could not be written.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from None
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink()


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _is_marked(folder: Path) -> bool:
    try:
        return (folder / _MARK).read_text(encoding="utf-8") == _MARK_TEXT
    except (OSError, ValueError):
        return False


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _unwritable(path: Path, error: OSError) -> EnvironmentFailure:
    return EnvironmentFailure(
        f"{path} could not be written: {error.strerror or error}",
        remedy="Make room on that disk, or name another folder by the environment variable PROOFBOT_CACHE_DIR.",
    )
