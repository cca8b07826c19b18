"""What the fake remembers: people, tokens, merge requests and what is said, set and kept about them."""

from __future__ import annotations

from dataclasses import dataclass, field

# Roles in a project, and the access level that GitLab's API tells of each (doc/api/access_requests.md).
ROLES = {"none": 0, "guest": 10, "planner": 15, "reporter": 20, "developer": 30, "maintainer": 40, "owner": 50}
GUEST, REPORTER, DEVELOPER, MAINTAINER = (ROLES[role] for role in ("guest", "reporter", "developer", "maintainer"))
API, READ_API, JOB = "api", "read_api", "job"
UNFINISHED = frozenset({"created", "pending", "running"})


@dataclass(slots=True)
class User:
    """Somebody with an account. `level` is what they may do in the project: one of ROLES' values."""

    number: int
    username: str
    level: int
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Project:
    """A project: the one that all is about, or a fork of it. `visibility` is private or public."""

    number: int
    path: str
    visibility: str
    is_fork: bool = False


@dataclass(slots=True)
class Artifact:
    """What a job left: a ZIP archive."""

    number: int
    file_name: str
    content: bytes
    is_expired: bool = False


@dataclass(slots=True)
class Job:
    """A job of a pipeline."""

    number: int
    pipeline: Pipeline
    name: str
    status: str
    created_at: str
    artifact: Artifact | None = None
    is_retried: bool = False


@dataclass(slots=True)
class Pipeline:
    """A pipeline of the project, for a commit on a ref."""

    number: int
    sha: str
    ref: str
    source: str
    created_at: str
    status: str = "running"


@dataclass(frozen=True, slots=True)
class Token:
    """What stands in a header: whose it is, what kind (`api`, `read_api`, `job`), and of which job."""

    user: User
    scope: str
    job: Job | None = None
    project: str = ""


@dataclass(frozen=True, slots=True)
class Award:
    """A receipt on a note."""

    number: int
    user: User
    name: str
    created_at: str


@dataclass(slots=True)
class Note:
    """A comment, or what GitLab itself says (`is_system`). `bodies` is what it said, the newest last.

    One that starts a thread may be resolved.
    """

    number: int
    iid: int
    author: User
    bodies: list[str]
    created_at: str
    updated_at: str
    discussion: str
    is_system: bool = False
    is_resolvable: bool = False
    resolved_by: User | None = None
    awards: list[Award] = field(default_factory=list)

    @property
    def body(self) -> str:
        """What it says now."""
        return self.bodies[-1]

    @property
    def edits(self) -> int:
        """How often it was changed."""
        return len(self.bodies) - 1

    @property
    def is_resolved(self) -> bool:
        """Whether nobody has to look at it any more."""
        return self.resolved_by is not None


@dataclass(slots=True)
class MergeRequest:
    """A merge request. `source` is None where the fork was deleted; `base` is the last commit of the target branch.

    One that is not prepared yet has no `diff_refs`: GitLab works them out some time after a push.
    """

    iid: int
    head: str
    source_branch: str
    source: Project | None
    base: str
    target_branch: str
    author: User
    title: str = "Change a model"
    description: str = ""
    labels: tuple[str, ...] = ()
    is_draft: bool = False
    state: str = "opened"
    is_prepared: bool = True
    is_locked: bool = False
    approved_by: list[User] = field(default_factory=list)


@dataclass(slots=True)
class Status:
    """A status of a commit in a pipeline. It changes until it is finished; a later one of its name retires it."""

    number: int
    pipeline: Pipeline
    name: str
    author: User
    created_at: str
    state: str = "created"
    description: str = ""
    target_url: str = ""
    is_retried: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """What a status said at some moment: each time that one was set."""

    sha: str
    name: str
    state: str
    description: str
    target_url: str
    pipeline: int
