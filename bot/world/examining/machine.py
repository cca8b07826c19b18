"""The machine: Python, git, the folder where proofbot keeps its things, and room on its disk."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

from bot.domain import Diagnosis
from bot.world.diagnosing import advise, ill, well
from bot.world.workspace import dead_runs

_PROGRAMS, _CACHE = "programs", "cache folder"
_TRIED = ((3, 11), (3, 13))
_GIT_SECONDS = 20
_LITTLE = 1 << 30  # bytes of a disk that are soon written by a few copies of a database
_ELSEWHERE = "Name a folder that may be written by the environment variable PROOFBOT_CACHE_DIR."


def programs() -> Iterator[Diagnosis]:
    """Python, proofbot and git."""
    version = platform.python_version()
    words = f"{version}, {sys.executable}"
    if _TRIED[0] <= sys.version_info[:2] <= _TRIED[1]:
        yield well(_PROGRAMS, "Python", words)
    else:
        yield advise(_PROGRAMS, "Python", f"{words}: not tried by us", "Use Python 3.11, 3.12 or 3.13.")
    yield well(_PROGRAMS, "proofbot", importlib.metadata.version("proofbot"))
    try:
        told = subprocess.run(["git", "--version"], capture_output=True, text=True, timeout=_GIT_SECONDS, check=True)  # noqa: S607
    except FileNotFoundError:
        yield ill(_PROGRAMS, "git", "it is not installed", "Install git and put it on the PATH.")
    except (OSError, subprocess.SubprocessError) as error:
        yield ill(_PROGRAMS, "git", f"`git --version` failed: {type(error).__name__}", "Install a working git.")
    else:
        yield well(_PROGRAMS, "git", told.stdout.strip().removeprefix("git version "))


def cache(home: Path) -> Iterator[Diagnosis]:
    """The folder that everything of ours lies in. What is made to try it is removed again, new folders too."""
    above = existing(home)
    fault = _fault(home)
    if fault:
        yield ill(_CACHE, "writable", f"{home}: {fault}", _ELSEWHERE)
    else:
        yield well(_CACHE, "writable", str(home))
    with contextlib.suppress(OSError):
        free = shutil.disk_usage(above).free
        if free < _LITTLE:
            remedy = "Make room, or name a folder on another disk by the environment variable PROOFBOT_CACHE_DIR."
            yield advise(_CACHE, "disk", f"{size(free)} are free at {above}", remedy)
        else:
            yield well(_CACHE, "disk", f"{size(free)} are free")
    dead = dead_runs(home)
    if dead:
        listed = ", ".join(folder.name for folder in dead[:3]) + (", ..." if len(dead) > 3 else "")
        words = f"{len(dead)} left by runs that were killed: {listed}"
        remedy = "The next run removes them; `proofbot cleanup --older-than 7d` does it now."
        yield advise(_CACHE, "dead runs", words, remedy)
    else:
        yield well(_CACHE, "dead runs", "nothing was left")


def existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(one for one in (folder, *folder.parents) if one.exists())


def size(number: int) -> str:
    """Bytes for people."""
    for unit, of in (("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)):
        if number >= of:
            return f"{number / of:,.1f} {unit}"
    return f"{number} bytes"


def _fault(home: Path) -> str | None:
    """Why nothing can be written there; None where it can."""
    made: list[Path] = []
    try:
        for folder in reversed([home, *home.parents]):
            if not folder.exists():
                folder.mkdir(mode=0o700)
                made.append(folder)
        tried = home / f".doctor-{uuid.uuid4().hex}"
        try:
            tried.write_bytes(os.urandom(64))
        finally:
            tried.unlink(missing_ok=True)
    except OSError as error:
        return error.strerror or str(error)
    finally:
        for folder in reversed(made):
            with contextlib.suppress(OSError):
                folder.rmdir()
    return None
