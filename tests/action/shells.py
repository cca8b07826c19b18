"""Starts the script of a step as the runner does, and stops it as the runner does when a job is cancelled.

The runner signals the process that it started, and no other: SIGINT, SIGTERM after 7.5 seconds, and 2.5 seconds later
it kills the whole tree. What is left at the end of the job is found by a variable that every process inherits.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import IO

TRACK = "RUNNER_TRACKING_ID"
_PAUSE = 0.05


class How(Enum):
    """How a step is ended from outside."""

    CANCEL = "cancel"  # somebody cancels the job, or it takes too long
    KILL = "kill"  # the machine runs out of memory, or the like: the step fails, the job goes on


@dataclass(frozen=True)
class Interruption:
    """Ends the step of this id, as soon as it runs and `when` says so."""

    step: str
    when: Callable[[], bool]
    how: How = How.CANCEL


@dataclass(frozen=True)
class Patience:
    """How long the runner waits after SIGINT, after SIGTERM, and for words of processes that outlive their step."""

    after_interrupt: float = 7.5
    after_terminate: float = 2.5
    last_words: float = 5.0


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code, the signals that it was sent, and whether it was cancelled."""

    code: int
    signals: tuple[str, ...] = ()
    cancelled: bool = False


def run(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    on_line: Callable[[str], None],
    interruption: Interruption | None = None,
    patience: Patience | None = None,
) -> Ended:
    """Runs a process to its end; both of its streams go to `on_line`, line by line."""
    process = subprocess.Popen(
        list(command),
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    assert process.stdout is not None
    reader = threading.Thread(target=_read, args=(process.stdout, on_line), daemon=True)
    reader.start()
    signals: tuple[str, ...] = ()
    patience = patience or Patience()
    if interruption:
        signals = _interrupt(process, interruption, patience)
    code = process.wait()
    reader.join(patience.last_words)
    return Ended(code, signals, bool(signals) and interruption is not None and interruption.how is How.CANCEL)


def tracked(track: str) -> dict[int, str]:
    """The living processes that inherited this word: their ids and command lines."""
    wanted = f"{TRACK}={track}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0") and not _is_dead(folder):
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                found[int(folder.name)] = words.decode(errors="replace").strip()
    return found


def kill(processes: Sequence[int]) -> None:
    """Kills processes; those that are gone are passed over."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _read(stream: IO[str], on_line: Callable[[str], None]) -> None:
    for line in stream:
        on_line(line.rstrip("\r\n"))


def _interrupt(process: subprocess.Popen[str], interruption: Interruption, patience: Patience) -> tuple[str, ...]:
    while not interruption.when():
        if process.poll() is not None:
            return ()
        time.sleep(_PAUSE)
    if interruption.how is How.KILL:
        process.kill()
        return ("SIGKILL",)
    sent = []
    for number, seconds in ((signal.SIGINT, patience.after_interrupt), (signal.SIGTERM, patience.after_terminate)):
        process.send_signal(number)
        sent.append(number.name)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            return tuple(sent)
    process.send_signal(signal.SIGSTOP)  # else it may have another child by the time that its children are known
    kill([*_descendants(process.pid), process.pid])
    return (*sent, "SIGKILL")


def _descendants(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found = [root]
    for process in found:  # grows while it is read
        found += [child for child, parent in parents.items() if parent == process]
    return found[1:]


def _is_dead(folder: Path) -> bool:
    return (folder / "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
