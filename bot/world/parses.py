"""Parses kept between runs: dbt's `partial_parse.msgpack` of a merge base.

One file each, below `parses/<project>`, named by its key and by when it was kept: `<digest>.<seconds>.msgpack`. dbt
writes the project's folder into it, as the place of each seed's file; another run has another folder, so that a mark of
the same length, which msgpack wants, stands in its place.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from pathlib import Path

from bot.errors import EnvironmentFailure
from bot.world.secrets import mask_values
from bot.world.workspace import copy_file

_KEPT_PER_PROJECT = 5
_PROJECT = re.compile(r".+-[0-9a-f]{8}", re.DOTALL)
_PLACE = b"proofbot:tree:"
_OURS = re.compile(r"(?P<digest>[0-9a-f]{64})\.(?P<kept_at>[0-9]{1,12})\.msgpack")


def take(home: Path, project: str, digest: str, destination: Path, *, tree: Path, before: float) -> bool:
    """Copies a kept parse to `destination`, and sets its time to zero, so that it can be seen whether dbt renews it.

    Args:
        tree: the folder whose files will be parsed.
        before: when the files were written that will be parsed (seconds since 1970). dbt takes a YAML file for the one
            it knows if only its time is the same, so a parse that may be younger, by another machine's clock, is none.

    Returns:
        whether there is one.
    """
    for path, kept_at in _kept(home / "parses" / project):
        if path.name.startswith(digest) and kept_at < int(before):
            with contextlib.suppress(EnvironmentFailure, OSError):  # another run has removed it this moment
                copy_file(path, destination)
                parsed = destination.read_bytes().replace(_place(tree), os.fsencode(tree))
                if _PLACE in parsed:  # of a folder whose name is longer or shorter
                    destination.unlink()
                    return False
                destination.write_bytes(parsed)
                os.utime(destination, (0, 0))
                os.utime(path)
                return True
    return False


def keep(home: Path, project: str, digest: str, parse: Path, tree: Path) -> None:
    """Keeps a parse of the files in `tree`, in place of what was kept under this digest; the oldest of a project go.

    One that holds a secret is not kept: dbt writes down the environment variables that it has met.

    Raises:
        EnvironmentFailure: it could not be written.
    """
    text = parse.read_bytes().decode("utf-8", "replace")
    if mask_values(text) != text:
        return
    folder = home / "parses" / project
    earlier = [path for path, _ in _kept(folder)]
    unfinished = folder / f".{digest}.{os.getpid()}"
    copy_file(parse, unfinished)
    unfinished.write_bytes(parse.read_bytes().replace(os.fsencode(tree), _place(tree)))
    unfinished.replace(folder / f"{digest}.{int(time.time())}.msgpack")
    same = [path for path in earlier if path.name.startswith(digest)]
    others = sorted((path for path in earlier if path not in same), key=_last_used)
    for path in (*same, *others[: max(0, len(others) + 1 - _KEPT_PER_PROJECT)]):
        path.unlink(missing_ok=True)


def unused_since(home: Path, moment: float) -> tuple[Path, ...]:
    """The kept parses that were not used since a moment (seconds since 1970)."""
    projects = [path for path in (home / "parses").glob("*/") if _PROJECT.fullmatch(path.name)]
    ours = [path for project in projects if not project.is_symlink() for path, _ in _kept(project)]
    return tuple(sorted(path for path in ours if _last_used(path) < moment))


def _place(tree: Path) -> bytes:
    """What stands for a folder, as long as its name."""
    return _PLACE.ljust(len(os.fsencode(tree)), b".")


def _kept(folder: Path) -> list[tuple[Path, int]]:
    """The files that are named as parses are, with when each was kept."""
    found = ((path, _OURS.fullmatch(path.name)) for path in folder.glob("*.msgpack"))
    return [(path, int(named["kept_at"])) for path, named in found if named and not path.is_symlink()]


def _last_used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()
