"""A forge in memory: as strict as the contract, without HTTP. Several clients may talk to one hub."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot.domain import Comment, CommitStatus, Permission, PullRequest, Reaction, RunId
from bot.world.forges.contract import Forge, ForgeError, Refused, Rejected

ME = "github-actions[bot]"
NUMBER = 7
_MOST_CHARACTERS = 65_536
_LONGEST_DESCRIPTION = 140


@dataclass
class Hub:
    """One repository with one open pull request, and what everybody has done to it."""

    request: PullRequest
    comments: dict[int, Comment] = field(default_factory=dict)
    statuses: list[tuple[str, CommitStatus]] = field(default_factory=list)
    latest: int = 100
    threads: dict[int, bool] = field(default_factory=dict)  # comment to whether it is resolved

    def push(self, head: str) -> None:
        """The pull request has another head."""
        self.request = replace(self.request, head=head)

    def write(self, author: str, body: str) -> Comment:
        """Somebody writes a comment. As GitHub does, its line ends become CRLF."""
        self.latest += 1
        url = f"https://forge.example/acme/shop/pull/{NUMBER}#issuecomment-{self.latest}"
        comment = Comment(self.latest, author, _stored(body), url, author.endswith("[bot]"))
        self.comments[comment.number] = comment
        return comment

    def gate(self, commit: str) -> CommitStatus | None:
        """The newest status of a commit."""
        return next((status for its, status in reversed(self.statuses) if its == commit), None)


class MemoryForge:
    """A `Forge`, seen by one client.

    Args:
        login: whose comments are ours.
        before: called with the name of every verb before it happens; what it raises passes through.
    """

    def __init__(self, hub: Hub, login: str = ME, before: Callable[[str], None] = lambda _verb: None) -> None:
        self.asked: list[str] = []
        self.stale: tuple[Comment, ...] | None = None  # the list of a copy that lags behind, until it is None
        self.lost_answers = 0  # how many of the next comments are stored by a request that seems to fail
        self._hub = hub
        self._login = login
        self._before = before
        self._refusing: dict[str, ForgeError] = {}
        self._once: deque[tuple[str, Callable[[], object]]] = deque()

    def refuse(self, error: ForgeError, *verbs: str) -> None:
        """These verbs fail from now on."""
        self._refusing |= dict.fromkeys(verbs, error)

    def meanwhile(self, verb: str, action: Callable[[], object]) -> None:
        """Something that somebody else does right before this verb is carried out, once; in the order given."""
        self._once.append((verb, action))

    def written(self) -> list[str]:
        """The verbs that write, as they were asked."""
        return [verb for verb in self.asked if verb in ("create_comment", "edit_comment", "delete_comment")]

    def whoami(self) -> str:
        """See the contract."""
        self._begin("whoami")
        return self._login

    def pull_request(self, number: int) -> PullRequest:
        """See the contract."""
        self._begin("pull_request", number)
        return self._hub.request

    def open_pull_requests(self, head_repository: str, head_branch: str) -> tuple[PullRequest, ...]:
        """See the contract."""
        self._begin("open_pull_requests")
        request = self._hub.request
        return (request,) if (request.head_repository, request.head_branch) == (head_repository, head_branch) else ()

    def merge_base(self, base: str, head: str) -> str:
        """See the contract."""
        self._begin("merge_base")
        raise Refused(f"there is no history here, so nothing of {base} and {head}")

    def comments(self, number: int) -> tuple[Comment, ...]:
        """See the contract."""
        self._begin("comments", number)
        return tuple(self._hub.comments.values()) if self.stale is None else self.stale

    def create_comment(
        self, number: int, body: str, find: Callable[[], Comment | None], *, is_thread: bool = False
    ) -> Comment:
        """See the contract."""
        self._begin("create_comment", number)
        _check(body)
        comment = self._hub.write(self._login, body)
        if is_thread:
            self._hub.threads[comment.number] = False
        if self.lost_answers > 0:
            self.lost_answers -= 1
            return find() or self.create_comment(number, body, find, is_thread=is_thread)
        return comment

    def edit_comment(self, number: int, comment: int, body: str) -> Comment:
        """See the contract."""
        self._begin("edit_comment", number)
        _check(body)
        there = self._hub.comments.get(comment)
        if there is None:
            raise Refused(f"comment {comment} does not exist (404)")
        if there.author != self._login:
            raise Refused(f"comment {comment} is not yours (403)")
        self._hub.comments[comment] = replace(there, body=_stored(body))
        return self._hub.comments[comment]

    def delete_comment(self, number: int, comment: int) -> None:
        """See the contract."""
        self._begin("delete_comment", number)
        self._hub.comments.pop(comment, None)

    def resolve(self, number: int, comment: int, *, is_resolved: bool) -> None:
        """See the contract."""
        self._begin("resolve", number)
        if comment in self._hub.threads:
            self._hub.threads[comment] = is_resolved

    def set_status(self, commit: str, status: CommitStatus) -> None:
        """See the contract."""
        self._begin("set_status")
        if len(status.description) > _LONGEST_DESCRIPTION:
            raise Rejected("description is too long (maximum is 140 characters) (422)")
        self._hub.statuses.append((commit, status))

    def status(self, commit: str, context: str) -> CommitStatus | None:
        """See the contract."""
        self._begin("status")
        known = (status for its, status in reversed(self._hub.statuses) if (its, status.context) == (commit, context))
        return next(known, None)

    def permission(self, login: str) -> Permission:
        """See the contract."""
        self._begin("permission")
        return Permission.ADMIN if login == self._login else Permission.READ

    def react(self, number: int, comment: int, reaction: Reaction) -> None:
        """See the contract."""
        self._begin("react", number)
        raise Refused(f"there are no reactions here, so no {reaction.value} on {comment}")

    def artifacts(self, run: RunId) -> tuple[str, ...]:
        """See the contract."""
        self._begin("artifacts")
        raise Refused(f"there are no artifacts here, so none of run {run.number}")

    def artifact(self, run: RunId, name: str, limit: int) -> bytes:
        """See the contract."""
        self._begin("artifact")
        raise Refused(f"run {run.number} has no artifact {name} of {limit} bytes")

    def _begin(self, verb: str, number: int = NUMBER) -> None:
        self._before(verb)
        self.asked.append(verb)
        due = next((one for one in self._once if one[0] == verb), None)
        if due is not None:
            self._once.remove(due)
            due[1]()
        if verb in self._refusing:
            raise self._refusing[verb]
        if number != NUMBER:
            raise Refused(f"there is no pull request {number} (404)")


def _check(body: str) -> None:
    if len(body) > _MOST_CHARACTERS:
        raise Rejected("body is too long (maximum is 65536 characters) (422)")


def _stored(body: str) -> str:
    return body.replace("\r\n", "\n").replace("\n", "\r\n")


_KEEPS_THE_CONTRACT: type[Forge] = MemoryForge
