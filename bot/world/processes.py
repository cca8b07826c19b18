"""Child processes, each in a group of its own, so that all of them can be stopped at once."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import EnvironmentFailure, Interrupted

_GRACE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its exit code, and what it wrote to stderr."""

    code: int
    stderr: str


class Children:
    """The running child processes of this run."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], on_line: Callable[[str], None]
    ) -> Ended:
        """Runs a command to its end; every line of its stdout goes to `on_line` as it comes.

        Raises:
            EnvironmentFailure: the command cannot be started.
            Interrupted: `stop` was called.
        """
        with tempfile.TemporaryFile("w+", errors="replace") as errors:
            process = self._start(command, folder, environment, errors.fileno())
            try:
                assert process.stdout is not None  # noqa: S101 (a pipe was asked for)
                for line in process.stdout:
                    on_line(line.rstrip("\n"))
                code = process.wait()
            finally:
                with self._lock:
                    self._running.discard(process)
                _end(process)
            if self._stopped:
                raise Interrupted("the run was interrupted", remedy="Start it again.")
            errors.seek(0)
            return Ended(code, errors.read())

    def stop(self) -> None:
        """Stops all processes and their children: SIGINT, three seconds, SIGKILL. None can be started after it."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            _signal(process, signal.SIGINT)
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE_SECONDS)
            _signal(process, signal.SIGKILL)

    def _start(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], errors: int
    ) -> subprocess.Popen[str]:
        with self._lock:
            if self._stopped:
                raise Interrupted("the run was interrupted", remedy="Start it again.")
            try:
                process = subprocess.Popen(  # noqa: S603
                    list(command),
                    cwd=folder,
                    env=dict(environment),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                    errors="replace",
                    start_new_session=True,
                )
            except OSError as error:
                raise EnvironmentFailure(
                    f"{command[0]} could not be started: {error.strerror or error}",
                    remedy="Check that it is installed and executable.",
                ) from None
            self._running.add(process)
            return process


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        _signal(process, signal.SIGKILL)
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _signal(process: subprocess.Popen[str], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
