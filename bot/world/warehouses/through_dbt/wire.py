"""The other end of `inside`: a process that speaks to the warehouse by dbt's adapter."""

from __future__ import annotations

import contextlib
import datetime
import itertools
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from bot.domain import Cell
from bot.errors import EnvironmentFailure, Interrupted, QueryFailed
from bot.world.secrets import mask

_START_SECONDS = 120.0
_CANCEL_SECONDS = 10.0
_CLOSE_SECONDS = 10.0
# What proofbot needs to speak to the forge is nobody else's.
_NOT_FOR_DBT = frozenset({"PROOFBOT_GITHUB_TOKEN", "PROOFBOT_GITLAB_TOKEN"})
_INSIDE = Path(__file__).with_name("inside.py")


@dataclass(frozen=True)
class Dbt:
    """How dbt is reached: its Python, the folder of profiles.yml and of a project, profile and target, `--vars`."""

    python: str
    folder: Path
    profile: str
    target: str
    variables: Mapping[str, object] = field(default_factory=dict)
    threads: int = 1


@dataclass
class _Waiting:
    session: str = ""
    done: threading.Event = field(default_factory=threading.Event)
    answer: Any = None
    error: str | None = None
    lost: bool = False


class Wire:
    """Asks by a process. It is used by several threads, each with a session of its own.

    Raises from the constructor:
        EnvironmentFailure: dbt can't be started, or does not reach the warehouse.
    """

    def __init__(self, dbt: Dbt) -> None:
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._waiting: dict[int, _Waiting] = {0: _Waiting()}
        self._stopped = False
        self._errors = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 (closed with the process)
        self._process = self._start(dbt)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        wanted = {
            "project": str(dbt.folder),
            "profiles": str(dbt.folder),
            "profile": dbt.profile,
            "target": dbt.target,
            "variables": dict(dbt.variables),
            "threads": dbt.threads,
        }
        try:
            self._write(wanted)
            self._wait("", 0, _START_SECONDS)
            self.call("main", "hello", within=_START_SECONDS)
        except QueryFailed as failure:
            self.close()
            raise EnvironmentFailure(
                f"dbt does not reach the warehouse: {failure.message}",
                remedy="Check the target with `dbt debug`.",
            ) from None
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return not self._stopped and self._process.poll() is None

    def call(self, session: str, do: str, *, within: float | None = None, **told: object) -> Any:
        """Has something done in a session, and returns what came of it.

        Raises:
            QueryFailed: the warehouse refused or failed, or the time was up; `sql` is what was asked, if it was SQL.
            Interrupted: `cancel` was called.
        """
        self._check()
        number = next(self._numbers)
        with self._lock:
            self._waiting[number] = _Waiting(session)
        sql = str(told.get("sql", do))
        try:
            self._write({"id": number, "session": session, "do": do, **told})
        except (OSError, ValueError):
            raise QueryFailed(self._died(), sql) from None
        return self._wait(session, number, within, sql)

    def end(self, session: str) -> None:
        """A session ends."""
        with contextlib.suppress(OSError, ValueError):
            self._write({"session": session, "do": "end"})

    def cancel(self) -> None:
        """Stops everything, from any thread: in the warehouse, and the process, whether that was heard or not."""
        self._stopped = True
        with self._lock:
            waiting = [one for one in self._waiting.values() if one.session]
        for one in waiting:
            with contextlib.suppress(OSError, ValueError):
                self._write({"session": one.session, "do": "cancel"})
        patience = time.monotonic() + _CANCEL_SECONDS
        for one in waiting:
            one.done.wait(max(0.0, patience - time.monotonic()))
        self._kill()

    def close(self) -> None:
        """Ends the process in good order, and kills it if it does not. May be called twice."""
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin:
                self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_CLOSE_SECONDS)
        self._kill()
        self._reader.join(_CLOSE_SECONDS)
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdout:
                self._process.stdout.close()
            self._errors.close()

    def _start(self, dbt: Dbt) -> subprocess.Popen[str]:
        try:
            return subprocess.Popen(  # noqa: S603
                [dbt.python, "-P", str(_INSIDE)],
                cwd=dbt.folder,
                env={name: value for name, value in os.environ.items() if name not in _NOT_FOR_DBT},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors.fileno(),
                text=True,
                encoding="utf-8",
                start_new_session=True,
            )
        except OSError as error:
            raise EnvironmentFailure(
                f"{dbt.python} could not be started: {error.strerror or error}",
                remedy="Check that it is installed and executable.",
            ) from None

    def _write(self, message: Mapping[str, object]) -> None:
        with self._lock:
            assert self._process.stdin is not None  # noqa: S101 (a pipe was asked for)
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 (a pipe was asked for)
        with contextlib.suppress(OSError, ValueError):
            for line in self._process.stdout:
                told = json.loads(line)
                with self._lock:
                    waiting = self._waiting.get(told["id"])
                if waiting:
                    waiting.answer, waiting.error = told.get("answer"), told.get("error")
                    waiting.done.set()
        with self._lock:
            lost = list(self._waiting.values())
        for waiting in lost:
            if not waiting.done.is_set():
                waiting.lost = True
                waiting.done.set()

    def _wait(self, session: str, number: int, within: float | None, sql: str = "") -> Any:
        waiting = self._waiting[number]
        try:
            in_time = waiting.done.wait(within)
            if not in_time:
                self._give_up(session, waiting)
        finally:
            with self._lock:
                self._waiting.pop(number, None)
        self._check()
        if not in_time:
            raise QueryFailed(f"stopped after {within:g} seconds", sql)
        if waiting.lost:
            raise QueryFailed(self._died(), sql)
        if waiting.error is not None:
            raise QueryFailed(mask(waiting.error), sql)
        return waiting.answer

    def _give_up(self, session: str, waiting: _Waiting) -> None:
        """Has the statement stopped in the warehouse; where nobody hears that, the process ends."""
        with contextlib.suppress(OSError, ValueError):
            self._write({"session": session, "do": "cancel"})
        if not waiting.done.wait(_CANCEL_SECONDS):
            self._kill()

    def _check(self) -> None:
        if self._stopped:
            raise Interrupted("the run was interrupted", remedy="Start it again.")

    def _kill(self) -> None:
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _died(self) -> str:
        with contextlib.suppress(OSError, ValueError):
            self._process.wait(_CLOSE_SECONDS)
            self._errors.seek(0)
            lines = [line.strip() for line in self._errors if line.strip() and "nanobind" not in line]
            if lines:
                return mask(f"the process that asks by dbt ended: {lines[-1]}")
        return "the process that asks by dbt ended"


def decode(row: Sequence[Any]) -> tuple[Cell, ...]:
    """A row as it came over the wire."""
    return tuple(_cell(value) for value in row)


def _cell(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    ((kind, text),) = value.items()
    if kind == "decimal":
        return Decimal(text)
    if kind == "moment":
        return datetime.datetime.fromisoformat(text)
    return datetime.date.fromisoformat(text) if kind == "date" else bytes.fromhex(text)
