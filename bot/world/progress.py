"""Tells the user what is going on: live on a terminal, as plain lines with the time elsewhere. Goes to stderr."""

from __future__ import annotations

import threading
import time
from types import TracebackType

from rich.console import Console
from rich.status import Status
from rich.text import Text

from bot.domain import Statement
from bot.world.dbt import NodeEvent

_GOOD = frozenset({"success", "ok", "pass", "no-op"})


class Progress:
    """The progress of one run. A context manager; safe to be told things by several threads.

    Args:
        console: where to write.
        verbose: whether every statement asked is shown.
    """

    def __init__(self, console: Console, *, verbose: bool) -> None:
        self._console = console
        self._verbose = verbose
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._live: Status | None = console.status("") if console.is_terminal else None

    def __enter__(self) -> Progress:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def step(self, words: str) -> None:
        """A step of the story begins."""
        with self._lock:
            self._write(Text(words, style="bold"))
            if self._live:
                self._live.update(Text(words))

    def note(self, words: str) -> None:
        """Something worth knowing inside of a step."""
        with self._lock:
            self._write(Text(f"  {words}"))

    def node(self, event: NodeEvent) -> None:
        """dbt has finished with one node."""
        kind, _, name = event.unique_id.split(".", 2)
        name = name.split(".")[0] if kind == "test" else name  # a test's name ends in a digest
        counted = f"{event.index} of {event.total}"
        line = f"  {event.side.value}: {counted} {name} {event.status} ({event.seconds:.1f} s)"
        with self._lock:
            if self._live and event.status.lower() in _GOOD:
                self._live.update(Text(line.strip()))
            else:
                self._write(Text(line, style="" if event.status.lower() in _GOOD else "yellow"))

    def model(self, index: int, total: int, name: str) -> None:
        """The interview has come to a model."""
        if self._live:
            with self._lock:
                self._live.update(Text(f"asking about {name} ({index} of {total})"))

    def statement(self, statement: Statement, seconds: float) -> None:
        """The warehouse has answered a statement."""
        if self._verbose:
            with self._lock:
                self._write(Text(f"  asked ({seconds:.2f} s), {statement.purpose}:", style="dim"))
                self._console.print(Text(statement.sql, style="dim"), soft_wrap=True)

    def _write(self, text: Text) -> None:
        elapsed = int(time.monotonic() - self._started)
        stamp = f"[{elapsed // 60:02d}:{elapsed % 60:02d}] "
        self._console.print(Text(stamp, style="dim") + text, soft_wrap=True)
