"""The ledger: what proofbot made or promised, one small file each below `records/`, until it is taken back."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import stat
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.records import Record, RecordKind
from bot.world.workspace import write_text

_OURS = re.compile(r"([0-9a-f]{32})\.json")
_ID = re.compile(r"[0-9a-f]{32}")
_FORMAT = 1
_LARGEST = 65_536  # bytes; ours have a few hundred

# The locks that this process holds on its records, by path, until it strikes them or ends, however it ends. They are
# of the process, not of a ledger: a ledger that is let go of must not make its records look abandoned.
_held: dict[Path, int] = {}


def draw_up(kind: RecordKind, project: str, number: int | None, commit: str, what: Mapping[str, str]) -> Record:
    """A new record of now, with an id of its own. See `Record` for what to say."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Record(uuid.uuid4().hex, kind, project, number, commit, now, dict(what))


class Ledger:
    """The records below a root of ours. Any number of runs may write and read at once.

    Note a record before the thing that it is about comes to be: a run that is killed in between leaves a record too
    many, not a thing that nobody knows of.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._folder = home / "records"

    def note(self, record: Record) -> None:
        """Writes a record, whole or not at all. Until this process ends or strikes it, `is_held` says so to others.

        Raises:
            ValueError: its id is none of ours.
            EnvironmentFailure: it could not be written.
        """
        path = self._path(record.id)
        with contextlib.suppress(OSError):  # write_text says what is wrong
            self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_text(path, json.dumps({"format": _FORMAT, **asdict(record)}, indent=1) + "\n")
        with contextlib.suppress(OSError):  # a file system without locks: then nobody is told that we live
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            _held[path] = handle
            fcntl.flock(handle, fcntl.LOCK_EX)  # waits for those only who look at it this moment

    def strike(self, record_id: str) -> None:
        """Removes a record: what it is about is taken back. Nothing happens if it is gone already.

        Raises:
            ValueError: the id is none of ours.
        """
        path = self._path(record_id)
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()
        handle = _held.pop(path, None)
        if handle is not None:
            os.close(handle)

    def records(self) -> tuple[Record, ...]:
        """All that can be read, the oldest first."""
        read = (record for _, record in self._read() if record)
        return tuple(sorted(read, key=lambda record: (datetime.fromisoformat(record.created_at), record.id)))

    def unreadable(self) -> tuple[Path, ...]:
        """The files named like records that are none, or those of a later version. They are left alone."""
        return tuple(path for path, record in self._read() if record is None)

    def is_held(self, record: Record) -> bool:
        """Whether another process that noted this record is still alive, and will strike it itself."""
        path = self._path(record.id)
        if path in _held:
            return False
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        finally:
            os.close(handle)
        return False

    def _path(self, record_id: str) -> Path:
        if not _ID.fullmatch(record_id):
            raise ValueError(f"{record_id!r} is no id of a record")
        return self._folder / f"{record_id}.json"

    def _read(self) -> Iterator[tuple[Path, Record | None]]:
        try:
            paths = sorted(self._folder.iterdir())
        except OSError:
            return
        for path in paths:
            named = _OURS.fullmatch(path.name)
            if not named:
                continue
            try:
                yield path, _record(named[1], _content(path))
            except FileNotFoundError:
                continue  # struck this moment
            except (OSError, ValueError, TypeError, LookupError, RecursionError):
                yield path, None


def _content(path: Path) -> str:
    told = path.lstat()
    if not stat.S_ISREG(told.st_mode) or told.st_size > _LARGEST:
        raise ValueError("no record of ours")
    return path.read_text(encoding="utf-8")


def _record(named: str, text: str) -> Record:
    """What a file says, believed only if every part of it is what we write ourselves."""
    told = json.loads(text)
    if not (isinstance(told, dict) and isinstance(told.get("what"), dict)):
        raise TypeError("no record of ours")
    if told.pop("format") != _FORMAT or told["id"] != named:
        raise ValueError("no record of ours")
    number, what = told["number"], told["what"]
    texts = (told["project"], told["commit"], told["created_at"], *what, *what.values())
    sound = all(isinstance(text, str) for text in texts)
    if not sound or not (number is None or type(number) is int):
        raise TypeError("no record of ours")
    if datetime.fromisoformat(told["created_at"]).utcoffset() != timedelta(0):
        raise ValueError("not UTC")
    return Record(**{**told, "kind": RecordKind(told["kind"])})
