"""Two trees of files side by side."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from bot.world.dbt import differ

_CODE = frozenset({".sql", ".yml", ".yaml", ".md"})  # Python may be a module that models import
_NOT_DATA = frozenset({"target", "logs", "dbt_packages", "dbt_modules", "node_modules"})


def changed_data(base: Path, head: Path) -> tuple[PurePosixPath, ...]:
    """The files that may be data and are not the same in both trees, relative to them; what dbt parses is left out."""
    paths = {*_files(base), *_files(head)}
    return tuple(sorted(path for path in paths if _differ(base / path, head / path)))


def tell_apart(base: Path, head: Path) -> None:
    """Gives the YAML files of head another time than those of base.

    dbt's partial parse takes a YAML file for the one it knows if only its time is the same, and where clocks are coarse
    both trees are written at once.
    """
    for path in (path for suffix in (".yml", ".yaml") for path in head.rglob(f"*{suffix}")):
        twin = base / path.relative_to(head)
        if twin.exists() and not path.is_symlink():  # which may lead to a file of the user's
            time = twin.stat().st_mtime_ns + 2 * 10**9  # no file system that is in use counts in more than two seconds
            os.utime(path, ns=(time, time))


def _files(tree: Path) -> Iterator[PurePosixPath]:
    for folder, below, names in os.walk(tree):
        below[:] = [name for name in below if name not in _NOT_DATA and not name.startswith(".")]
        for name in names:
            path = PurePosixPath(Path(folder, name).relative_to(tree))
            if path.suffix not in _CODE and not name.startswith("."):
                yield path


def _differ(base: Path, head: Path) -> bool:
    try:
        return base.stat().st_size != head.stat().st_size or differ(base, head)
    except OSError:
        return base.exists() != head.exists() or base.is_symlink() != head.is_symlink()
