"""Makes new files in the user's checkout: nothing that exists is touched, and no link is followed."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path, PurePosixPath

from bot.errors import EnvironmentFailure, UsageError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def create(root: Path, path: PurePosixPath, text: str) -> bool:
    """Writes a new file, whole or not at all, and the folders that it lies in.

    Args:
        root: an existing folder.
        path: the file's path from there, without `..`.

    Returns:
        whether it was written; False where there is something of that name already, be it a link that leads nowhere.

    Raises:
        UsageError: a part of the way to it is a link or no folder.
        EnvironmentFailure: it could not be written.
    """
    if path.is_absolute() or ".." in path.parts or not path.name:
        raise UsageError(f"{path} does not lie in {root}", remedy="Name a place inside of it.")
    try:
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        for part in path.parent.parts:
            folder = _enter(folder, part, path)
        return _write(folder, path, text)
    finally:
        os.close(folder)


def refuse_links(root: Path, path: PurePosixPath) -> None:
    """Says before anything is written that a file could not be.

    Raises:
        UsageError: a part of the way to it is a link or no folder.
    """
    place = root
    for part in path.parent.parts:
        place /= part
        if os.path.lexists(place) and (place.is_symlink() or not place.is_dir()):
            raise _no_way(path, part)


def seen(root: Path, path: PurePosixPath) -> str | None:
    """The text of a file below a folder, to be shown; None where no link-free way leads to a text of that name."""
    place = root
    for part in path.parts:
        place /= part
        if place.is_symlink():
            return None
    try:
        return place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def is_taken(root: Path, path: PurePosixPath) -> bool:
    """Whether there is something of that name, be it a link that leads nowhere."""
    return os.path.lexists(root / path)


def _enter(folder: int, name: str, path: PurePosixPath) -> int:
    """Opens a folder inside of an open one, which is closed; makes it first where it is missing."""
    try:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, dir_fd=folder)
        inside = os.open(name, _FOLDER, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.ELOOP):
            raise _no_way(path, name) from None
        raise _unwritable(path, error) from None
    os.close(folder)
    return inside


def _no_way(path: PurePosixPath, part: str) -> UsageError:
    return UsageError(
        f"{path} can't be written: {part} is a link, or no folder",
        remedy="Make a folder of it, or add the file by hand.",
    )


def _write(folder: int, path: PurePosixPath, text: str) -> bool:
    try:
        file = os.open(path.name, _NEW, 0o666, dir_fd=folder)
    except FileExistsError:
        return False
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with open(file, "w", encoding="utf-8") as written:  # noqa: PTH123 (a descriptor, and no path)
            written.write(text)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(path.name, dir_fd=folder)
        raise _unwritable(path, error) from None
    return True


def _unwritable(path: PurePosixPath, error: OSError) -> EnvironmentFailure:
    return EnvironmentFailure(
        f"{path} could not be written: {error.strerror or error}",
        remedy="Check the permissions of its folder, and the disk.",
    )
