"""What the fake remembers: people, tokens, pull requests and what is said, set and kept about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

READ, WRITE = "read", "write"
_RANKS = {"none": 0, READ: 1, WRITE: 2}
# Roles that a person may have in a repository, and what the older word for each is.
ROLES = {"none": "none", "read": "read", "triage": "read", "write": "write", "maintain": "write", "admin": "admin"}
# What a job of a pull request gets by proofbot's example workflow.
SCOPES_OF_A_JOB = {"contents": READ, "pull-requests": WRITE, "statuses": WRITE, "actions": READ}
ALL_SCOPES = dict.fromkeys(("contents", "issues", "pull-requests", "statuses", "checks", "actions"), WRITE)


@dataclass(slots=True)
class User:
    """Somebody with an account. `role` is one of ROLES."""

    number: int
    login: str
    role: str
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """What stands in the Authorization header: whose it is, and what it may do."""

    user: User
    scopes: Mapping[str, str]
    is_installation: bool

    def may(self, scopes: tuple[str, ...], level: str) -> bool:
        """Whether one of the scopes is held at this level. What needs no scope may be done with every token."""
        return not scopes or any(_RANKS[self.scopes.get(scope, "none")] >= _RANKS[level] for scope in scopes)


@dataclass(slots=True)
class Reaction:
    """A receipt on a comment."""

    number: int
    user: User
    content: str


@dataclass(slots=True)
class Comment:
    """A comment. `bodies` is what it said, the newest last: GitHub shows every reader what a comment said before."""

    number: int
    issue: int
    user: User
    bodies: list[str]
    created_at: str
    updated_at: str
    reactions: list[Reaction] = field(default_factory=list)

    @property
    def body(self) -> str:
        """What it says now."""
        return self.bodies[-1]

    @property
    def edits(self) -> int:
        """How often it was changed."""
        return len(self.bodies) - 1


@dataclass(slots=True)
class Pull:
    """A pull request. `head_repository` is None where the fork was deleted."""

    number: int
    head: str
    head_branch: str
    head_repository: str | None
    base: str
    base_branch: str
    author: User
    title: str = "Change a model"
    description: str | None = None
    labels: tuple[str, ...] = ()
    is_draft: bool = False
    is_open: bool = True
    is_merged: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """A status of a commit, as it was set."""

    number: int
    sha: str
    context: str
    state: str
    description: str
    target_url: str
    user: User
    created_at: str


@dataclass(slots=True)
class Artifact:
    """What a run left: a ZIP archive."""

    number: int
    run: int
    name: str
    content: bytes
    created_at: str
    is_expired: bool = False


@dataclass(slots=True)
class Run:
    """A run of a workflow."""

    number: int
    attempt: int
    head: str
    head_branch: str
    head_repository: str
    event: str
    conclusion: str | None
    name: str = "proofbot"
