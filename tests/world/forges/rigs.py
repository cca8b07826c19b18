"""Forges to be tested, with a hand on what stands behind each: the tests of the contract know none of them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Protocol

from bot.domain import Comment, GateState, RunId
from bot.world.forges.contract import Forge
from bot.world.forges.github import GitHub
from bot.world.forges.retries import Retries
from tests.world.forges.clock import Clock
from tests.world.forges.fake_github import ALWAYS, FakeGitHub, Kind


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
    """What the contract's tests may do behind a forge's back. Repositories are `owner/name`; request 7 is open."""

    clock: Clock
    repository: str
    head: str
    longest_comment: int
    tokens: Mapping[str, str]

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


def _retries(clock: Clock) -> Retries:
    """Pauses take no time; what a forge keeps silent about is waited for in earnest, but not for long."""
    return Retries(300, attempt_seconds=1, write_seconds=0, sleep=clock.sleep, clock=clock, jitter=lambda: 0.0)


_GITHUB_VERBS = {
    "create": ("POST", "*/issues/7/comments"),
    "edit": ("PATCH", "*/issues/comments/*"),
    "list": ("GET", "*/issues/7/comments"),
    "status": ("POST", "*/statuses/*"),
    "look": ("GET", "*/pulls/7"),
    "download": ("GET", "/artifacts/*"),
}
_GITHUB_TROUBLES: dict[Trouble, tuple[Kind, int | None]] = {
    Trouble.FAILS: (Kind.BAD_GATEWAY, None),
    Trouble.STORES_AND_FAILS: (Kind.STORED_BAD_GATEWAY, None),
    Trouble.STORES_AND_CUTS: (Kind.STORED_CUT, None),
    Trouble.STORES_AND_BREAKS_OFF: (Kind.STORED_HALF, None),
    Trouble.STORES_AND_BABBLES: (Kind.STORED_GARBAGE, None),
    Trouble.STORES_AND_SLEEPS: (Kind.STORED_LATE, None),
    Trouble.CUTS: (Kind.CUT, None),
    Trouble.LIMITS: (Kind.TOO_MANY, None),
    Trouble.LIMITS_FOR_20: (Kind.SECONDARY, 20),
    Trouble.LIMITS_FOR_HOURS: (Kind.PRIMARY, 7200),
}


class GitHubRig:
    """GitHub, or an Enterprise Server."""

    longest_comment = 65_536

    def __init__(self, fake: FakeGitHub) -> None:
        self.clock = Clock()
        self.repository = fake.repository
        self.head = fake.add_pull_request(7, title="Halve the prices", labels=("dbt",)).head
        self._fake = fake
        fake.add_user("Maintainer", "maintain")
        self.tokens: Mapping[str, str] = {
            "": fake.actions_token(),
            "person": fake.token_of("Maintainer"),
            "reader": fake.read_only_token(),
            "wrong": "ghs_wrong",
        }

    def forge(self, token: str = "") -> Forge:
        """The adapter."""
        return GitHub(self._fake.place(), self.tokens[token], _retries(self.clock))

    def add_request(self, number: int, *, branch: str, repository: str | None) -> None:
        """One more open pull request."""
        self._fake.add_pull_request(number, head_branch=branch, head_repository=repository)

    def push(self, head: str) -> None:
        """A new head."""
        self._fake.push(7, head)

    def part(self, base: str, head: str, commit: str) -> None:
        """A merge base."""
        self._fake.add_commit(base)
        self._fake.add_commit(head)
        self._fake.add_merge_base(base, head, commit)

    def close(self) -> None:
        """A closed draft."""
        self._fake.pull(7).is_open = False
        self._fake.pull(7).is_draft = True

    def say(self, login: str, body: str) -> None:
        """A comment by somebody."""
        self._fake.add_comment(7, login, body)

    def said(self) -> list[tuple[str, list[str]]]:
        """All comments with their history."""
        return [(comment.user.login, comment.bodies) for comment in self._fake.comments(7)]

    def receipts(self, comment: int) -> list[str]:
        """The reactions."""
        [found] = (one for one in self._fake.comments(7) if one.number == comment)
        return [reaction.content for reaction in found.reactions]

    def gates(self, context: str) -> list[tuple[GateState, str, str]]:
        """The statuses."""
        found = self._fake.statuses(self.head, context)
        return [(GateState(one.state), one.description, one.target_url) for one in found]

    def grant(self, login: str, role: str) -> None:
        """A role."""
        self._fake.add_user(login, role)

    def leave(self, run: RunId, name: str, content: bytes, *, is_expired: bool = False) -> None:
        """An artifact."""
        self._fake.add_run(run.number, self.head, attempt=run.attempt)
        self._fake.add_artifact(run.number, name, content).is_expired = is_expired

    def trouble(self, verb: str, trouble: Trouble, times: int = 1) -> None:
        """A fault, by GitHub's own words."""
        kind, wait = _GITHUB_TROUBLES[trouble]
        self._fake.fail(*_GITHUB_VERBS[verb], kind, times=times or ALWAYS, seconds=2.0, retry_after=wait)

    def asked(self, verb: str) -> int:
        """Requests of a verb."""
        return len(self._fake.sent(*_GITHUB_VERBS[verb]))

    def forgive(self) -> list[str]:
        """Complaints, taken back."""
        complaints = list(self._fake.complaints)
        self._fake.complaints.clear()
        return complaints
