"""Forges to be tested, with a hand on what stands behind each: the tests of the contract know none of them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Protocol

from bot.domain import Comment, GateState, RunId
from bot.world.forges.contract import Forge
from bot.world.forges.retries import Retries
from tests.world.forges.clock import Clock
from tests.world.forges.http_fake.faults import Kind
from tests.world.forges.http_fake.front import ALWAYS, Front


class Trouble(Enum):
    """What a forge may do instead of what was asked."""

    FAILS = "fails, and stores nothing"
    STORES_AND_FAILS = "stores it, and says that it failed"
    STORES_AND_CUTS = "stores it, and the connection ends without an answer"
    STORES_AND_BREAKS_OFF = "stores it, and the connection ends in the middle of the answer"
    STORES_AND_BABBLES = "stores it, and answers with a page of a proxy"
    STORES_AND_SLEEPS = "stores it, and answers when nobody waits any more"
    CUTS = "the connection ends without an answer"
    LIMITS = "wants us to wait, without saying how long"
    LIMITS_FOR_20 = "wants us to wait for 20 seconds"
    LIMITS_FOR_HOURS = "wants us to wait for hours"


class Rig(Protocol):
    """What the contract's tests may do behind a forge's back. Request 7 is open, from branch `change-7`."""

    clock: Clock
    repository: str
    head: str
    longest_comment: int
    tokens: Mapping[str, str]
    contexts_have_case: bool  # whether two statuses may differ by it alone
    has_threads: bool  # whether a comment may wait until somebody resolves it

    def forge(self, token: str = "") -> Forge:
        """The adapter, with the usual token of a job, or one by name: person, reader, wrong."""
        ...

    def add_request(self, number: int, *, branch: str, repository: str | None) -> None:
        """One more open request; one from another repository is a fork."""
        ...

    def push(self, head: str) -> None:
        """Request 7 has a new head."""
        ...

    def part(self, base: str, head: str, commit: str) -> None:
        """Where one commit left another."""
        ...

    def close(self) -> None:
        """Request 7 is closed, as a draft."""
        ...

    def say(self, login: str, body: str) -> None:
        """Somebody comments on request 7."""
        ...

    def said(self) -> list[tuple[str, list[str]]]:
        """The comments on request 7: who, and what it said from the first version to the last."""
        ...

    def waiting(self) -> int:
        """How many threads on request 7 wait for somebody."""
        ...

    def kept(self, body: str) -> str:
        """What the forge makes of a comment that was sent so."""
        ...

    def receipts(self, comment: int) -> list[str]:
        """The reactions to a comment."""
        ...

    def gates(self, context: str) -> list[tuple[GateState, str, str]]:
        """What was set on the head of request 7, the oldest first: state, description and address."""
        ...

    def grant(self, login: str, role: str) -> None:
        """Somebody has an account and a role: none, read, write or admin."""
        ...

    def leave(self, run: RunId, name: str, content: bytes, *, is_expired: bool = False) -> None:
        """A run leaves an artifact."""
        ...

    def trouble(self, verb: str, trouble: Trouble, times: int = 1) -> None:
        """The next requests of a verb (create, edit, list, download, status) meet trouble; 0 times is all of them."""
        ...

    def asked(self, verb: str) -> int:
        """How many requests of a verb there were."""
        ...

    def forgive(self) -> list[str]:
        """What was sent and never should be; the test expected it."""
        ...


def find_none() -> Comment | None:
    """Looks for a comment, and finds none."""
    return None


def create(forge: Forge, body: str) -> Comment:
    """Creates a comment as a job does: before a repetition it looks for its own."""

    def find() -> Comment | None:
        me = forge.whoami().lower()
        return next((one for one in forge.comments(7) if one.body == body and one.author.lower() == me), None)

    return forge.create_comment(7, body, find)


def in_no_time(clock: Clock) -> Retries:
    """Pauses take no time; what a forge keeps silent about is waited for in earnest, but not for long."""
    return Retries(300, attempt_seconds=1, write_seconds=0, sleep=clock.sleep, clock=clock, jitter=lambda: 0.0)


_OUTAGES = {
    Trouble.FAILS: Kind.BAD_GATEWAY,
    Trouble.STORES_AND_FAILS: Kind.STORED_BAD_GATEWAY,
    Trouble.STORES_AND_CUTS: Kind.STORED_CUT,
    Trouble.STORES_AND_BREAKS_OFF: Kind.STORED_HALF,
    Trouble.STORES_AND_BABBLES: Kind.STORED_GARBAGE,
    Trouble.STORES_AND_SLEEPS: Kind.STORED_LATE,
    Trouble.CUTS: Kind.CUT,
}
_WAITS = {Trouble.LIMITS_FOR_20: 20, Trouble.LIMITS_FOR_HOURS: 7200}


class OnFake:
    """What is alike in the rigs of all fakes.

    Args:
        front: the fake.
        verbs: by which method and path a forge is asked for each verb.
        limits: the forge's own ways to say that it was asked too often.
    """

    def __init__(self, front: Front, verbs: Mapping[str, tuple[str, str]], limits: Mapping[Trouble, Kind]) -> None:
        self.clock = Clock()
        self.repository = front.repository
        self._front = front
        self._verbs = verbs
        self._kinds = {**_OUTAGES, **limits}

    def trouble(self, verb: str, trouble: Trouble, times: int = 1) -> None:
        """A fault, in the forge's own words."""
        wait = _WAITS.get(trouble)
        kind = self._kinds[trouble]
        self._front.fail(*self._verbs[verb], kind, times=times or ALWAYS, seconds=2.0, retry_after=wait)

    def asked(self, verb: str) -> int:
        """Requests of a verb."""
        return len(self._front.sent(*self._verbs[verb]))

    def forgive(self) -> list[str]:
        """Complaints, taken back."""
        complaints = list(self._front.complaints)
        self._front.complaints.clear()
        return complaints
