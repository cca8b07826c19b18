"""What goes wrong, and when: said by a test beforehand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any

from tests.world.forges.http_fake.asked import Request

_PATIENCE = 60.0


class Kind(Enum):
    """What may go wrong: the status, and what it is about. Nothing is done about the request, except where the comment
    says that it is stored. Each forge has words of its own for what it refuses, and does not know every limit."""

    LOCKED = (400, "somebody else is at it, and the forge calls that a fault of ours")
    FORBIDDEN = (403, "the token may not do this")
    MISSING = (404, "there is no such thing")
    TIMED_OUT = (408, "the request took too long")
    CONFLICT = (409, "somebody else is at it")
    UNPROCESSABLE = (422, "the forge does not take it")
    TOO_MANY = (429, "asked too often")
    TOO_MANY_UNTIL = (429, "asked too often; it may be asked again `retry_after` seconds from now")
    SECONDARY = (403, "asked too often")
    PRIMARY = (403, "none are left until `retry_after` seconds from now")
    INTERNAL = (500, "")
    BAD_GATEWAY = (502, "")
    UNAVAILABLE = (503, "")
    CUT = (0, "the connection ends without an answer")
    # Stored, all of these:
    STORED_BAD_GATEWAY = (502, " ")
    STORED_CUT = (0, "stored, but the connection ends without an answer")
    STORED_HALF = (0, "stored, but the connection ends in the middle of the answer")
    STORED_GARBAGE = (200, "stored, but the answer is a page of a proxy")
    STORED_LATE = (0, "stored at once, answered `seconds` later")
    SLOW = (0, "stored and answered `seconds` later")

    @property
    def status(self) -> int:
        """The status that is answered; 0 where nothing is, or what would be answered anyway."""
        return self.value[0]

    @property
    def is_stored(self) -> bool:
        """Whether the request takes effect all the same."""
        return self.name.startswith("STORED_") or self is Kind.SLOW


@dataclass(slots=True)
class Fault:
    """What happens to the next `times` requests that match, after `skip` of them went well."""

    kind: Kind
    method: str
    pattern: str
    times: int = 1
    skip: int = 0
    seconds: float = 0.5
    retry_after: int | None = None

    @property
    def wait(self) -> Mapping[str, str]:
        """How long to wait, as a header; nothing where the forge does not say."""
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


class Hold:
    """Requests that wait at the door, before they take effect, until they are let in."""

    def __init__(self) -> None:
        self._has_come = threading.Event()
        self._is_open = threading.Event()

    def wait(self, seconds: float = _PATIENCE) -> None:
        """Returns when the first request has come.

        Raises:
            AssertionError: none came in time.
        """
        assert self._has_come.wait(seconds), f"no such request came within {seconds:g} s"

    def release(self) -> None:
        """Lets them in, and all that follow."""
        self._is_open.set()

    def stop(self, _request: Request) -> None:
        """Called by the server for a request that matches."""
        self._has_come.set()
        self._is_open.wait(_PATIENCE)


@dataclass(slots=True)
class Hook:
    """What the next `times` requests that match call."""

    method: str
    pattern: str
    call: Callable[[Request], Any]
    times: int


class Script:
    """Faults and hooks, each used up by the requests that it matches. A pattern is a glob of a path."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._before: list[Hook] = []
        self._after: list[Hook] = []
        self.holds: list[Hold] = []

    def add(self, fault: Fault) -> None:
        """One more; those of before go first."""
        with self._lock:
            self._faults.append(fault)

    def add_hook(self, hook: Hook, *, is_after: bool) -> None:
        """One more; those of before go first."""
        with self._lock:
            (self._after if is_after else self._before).append(hook)

    def fault_for(self, request: Request) -> Fault | None:
        """The fault that this request meets, which counts as used."""
        with self._lock:
            for fault in self._faults:
                if fault.times > 0 and _matches(fault.method, fault.pattern, request):
                    if fault.skip > 0:
                        fault.skip -= 1
                        continue
                    fault.times -= 1
                    return fault
        return None

    def run_hooks(self, request: Request, *, is_after: bool) -> None:
        """Calls what wants to know of this request."""
        called = []
        with self._lock:
            for hook in self._after if is_after else self._before:
                if hook.times > 0 and _matches(hook.method, hook.pattern, request):
                    hook.times -= 1
                    called.append(hook.call)
        for call in called:
            call(request)


def _matches(method: str, pattern: str, request: Request) -> bool:
    return method in ("*", request.method) and fnmatchcase(request.path, pattern)
