"""What a forge (GitHub, GitLab) is to us: where requests are made, talked about and gated."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ForgeKind(StrEnum):
    """Where requests are made; `local` is none that we talk to."""

    GITHUB = "github"
    GITLAB = "gitlab"
    LOCAL = "local"


class Happening(StrEnum):
    """What started this CI job, in our words."""

    REQUEST = "request"  # a pull request was opened, got commits, or became ready for review
    CLOSED = "closed"  # a pull request was merged or closed
    QUEUE = "queue"  # a merge queue wants to know
    DISPATCH = "dispatch"  # somebody asked for a run by hand
    FINISHED = "finished"  # another workflow ended, whose report may be published
    COMMENT = "comment"  # somebody wrote a comment on a pull request
    PUSH = "push"  # the default branch moved
    SCHEDULE = "schedule"
    OTHER = "other"  # nothing that concerns us


class Task(StrEnum):
    """What proofbot does about it."""

    PROVE = "prove"
    WAIT = "wait"  # for a draft to become ready: the gate is pending
    CLEAN = "clean"  # remove what is left of a pull request
    PUBLISH = "publish"  # the report of another job, as data
    ANSWER = "answer"  # a command in a comment
    REFRESH = "refresh"  # build the origin of the default branch
    SWEEP = "sweep"  # remove what is old
    NOTHING = "nothing"


class GateState(StrEnum):
    """What a commit status can be."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"
    ERROR = "error"


class Permission(StrEnum):
    """What somebody may do in a repository."""

    NONE = "none"
    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


class Reaction(StrEnum):
    """A receipt on a comment."""

    SEEN = "eyes"
    DONE = "rocket"
    REFUSED = "-1"
    PUZZLED = "confused"


@dataclass(frozen=True, slots=True, order=True)
class RunId:
    """A run of CI. A later run has a greater number, a repeated one the same number and a greater attempt."""

    number: int
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A request to merge one branch into another.

    `head` and `base` are commits: the last of the request's branch, and the last of its target as the forge knew it.
    Repositories are `owner/name`; `head_repository` is empty where it was deleted. What people wrote (branches, title,
    description) is untrusted. `is_cut` says that only the beginning of the description is known.
    """

    number: int
    head: str
    head_branch: str
    head_repository: str
    base: str
    base_branch: str
    is_open: bool = True
    is_draft: bool = False
    is_fork: bool = False
    author: str = ""
    title: str = ""
    labels: tuple[str, ...] = ()
    url: str = ""
    description: str = ""
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a pull request. `author` is the login, as the forge spells it. `created_at` and `changed_at` are
    moments in ISO 8601, empty where the forge does not tell them."""

    number: int
    author: str
    body: str
    url: str = ""
    author_is_bot: bool = False
    created_at: str = ""
    changed_at: str = ""


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """A run of another workflow that has ended: what it ran on, as the forge itself says."""

    run: RunId
    head: str
    head_branch: str
    head_repository: str
    event: str
    conclusion: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a CI job runs: the forge's addresses (no slash at the end), the repository, this run.

    `repository` is the one that the request is made in. `commit` is the one on which the forge counts what this run
    says, where that is not the request's head: GitLab's pipelines may run on a merge of it.
    """

    server_url: str
    api_url: str
    repository: str
    run: RunId
    run_url: str
    forge: ForgeKind = ForgeKind.GITHUB
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why this job runs, and for what.

    `number` is that of the pull request where there is one, `request` the pull request as the event tells it; None
    where the forge has to be asked. `head` and `base` are revisions to prove where it is not the request's: of a merge
    queue, a push, or a run by hand, and `head_name` and `base_name` what people call them. `comment` is what somebody
    wrote just now. `words` names the event as the forge does (`pull_request.opened`). `is_foreign` says that the job is
    a fork's own, without secrets of ours; not one that a member has started for a fork's request.
    """

    happening: Happening
    place: Place
    words: str
    number: int | None = None
    request: PullRequest | None = None
    head: str | None = None
    base: str | None = None
    comment: Comment | None = None
    finished: FinishedRun | None = None
    head_name: str | None = None
    base_name: str | None = None
    is_foreign: bool = False


@dataclass(frozen=True, slots=True)
class CommitStatus:
    """What stands beside a commit. `context` is its name, `description` at most 140 characters, `url` a page on it."""

    context: str
    state: GateState
    description: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Somebody who may write accepts what a model (by name), or everything (`all`), was found to do.

    It holds for one head commit. `by` is a login; `reason` is what they wrote: untrusted, one line.
    """

    model: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Marker:
    """What a comment of ours says of itself, hidden: which project it is about, which commit, which run wrote it.

    `project` is the slug; `digest` is that of the visible body; `accepted` holds for `head` only; `state` is how the
    run left the gate, None where the marker does not say. `is_foreign` says that a fork's own job found it.
    """

    project: str
    head: str
    run: RunId
    digest: str
    accepted: tuple[Acceptance, ...] = ()
    state: GateState | None = None
    is_foreign: bool = False


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark on a file of the repository, shown beside its diff. Texts are untrusted."""

    path: str
    title: str
    message: str
    is_error: bool
