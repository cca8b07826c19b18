"""Several runs that talk to one forge, a request at a time, in an order that a test chooses."""

from __future__ import annotations

import threading
from collections.abc import Callable

_PATIENCE = 60.0


class Turns:
    """Lets threads go on one request at a time: all but one of them stand still at any moment."""

    def __init__(self) -> None:
        self._runs: dict[int, _Run] = {}

    def start(self, key: int, work: Callable[[Callable[[str], None]], object]) -> None:
        """Starts a run, up to its first request. `work` gets what has to be called before every request."""
        run = self._runs[key] = _Run(work)
        run.go_on()

    def waiting(self) -> list[int]:
        """The runs that are about to send a request."""
        return [key for key, run in self._runs.items() if run.wants is not None]

    def wants(self, key: int) -> str | None:
        """The request that a run is about to send; None if it has ended."""
        return self._runs[key].wants

    def grant(self, key: int) -> None:
        """Lets a run send its request, and go on up to its next.

        Raises:
            AssertionError: the run has failed.
        """
        self._runs[key].go_on()


class _Run:
    def __init__(self, work: Callable[[Callable[[str], None]], object]) -> None:
        self.wants: str | None = None
        self._may_go = threading.Semaphore(0)
        self._has_stopped = threading.Semaphore(0)
        self._failure: BaseException | None = None
        self._work = work
        self._thread = threading.Thread(target=self._all, daemon=True)
        self._thread.start()

    def go_on(self) -> None:
        self.wants = None
        self._may_go.release()
        assert self._has_stopped.acquire(timeout=_PATIENCE), "a run hangs"
        assert self._failure is None, f"a run has failed: {self._failure!r}"

    def _all(self) -> None:
        self._may_go.acquire()
        try:
            self._work(self._ask)
        except BaseException as failure:  # noqa: BLE001
            self._failure = failure
        self._has_stopped.release()

    def _ask(self, request: str) -> None:
        self.wants = request
        self._has_stopped.release()
        self._may_go.acquire()
