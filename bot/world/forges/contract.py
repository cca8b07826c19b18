"""What every forge can do for us. Each lives in a module of its own and does not know the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bot.domain import Comment, CommitStatus, Permission, PullRequest, Reaction, RunId


class ForgeError(Exception):
    """The forge did not do what was asked. The text is one line for the log, without secrets.

    Whoever talks to a forge catches it: a forge that can't be written to never changes a verdict.
    """


class Refused(ForgeError):
    """The token may not do this, or must not see it: 401, 403, 404 and the like. Asking again does not help."""


class Withheld(Refused):
    """What this job can't have, which was known and told when it began: nobody has to hear it again."""


class Rejected(ForgeError):
    """The forge does not take what it was sent: too long, malformed, closed. Asking again does not help."""


class Unavailable(ForgeError):
    """The forge could not be reached, failed, or wanted us to wait longer than we may."""


class Forge(Protocol):
    """A forge, seen from one repository.

    Every verb waits and asks again, within a total bound, where the forge says so or fails for a moment; then it raises
    `ForgeError`. Interrupts pass through.
    """

    def whoami(self) -> str:
        """The login that comments of ours carry."""
        ...

    def pull_request(self, number: int) -> PullRequest:
        """A pull request as it is now."""
        ...

    def open_pull_requests(self, head_repository: str, head_branch: str) -> tuple[PullRequest, ...]:
        """The open pull requests from this branch of this repository (`owner/name`)."""
        ...

    def merge_base(self, base: str, head: str) -> str:
        """The commit where `head` left `base`; both are commits."""
        ...

    def comments(self, number: int) -> tuple[Comment, ...]:
        """All comments on a pull request, over all pages, the oldest first."""
        ...

    def create_comment(
        self, number: int, body: str, find: Callable[[], Comment | None], *, is_thread: bool = False
    ) -> Comment:
        """Writes a new comment on a pull request.

        Args:
            find: looks for the comment. It is asked before any repetition, because a request that seems to have failed
                may have been stored; what it finds is returned instead.
            is_thread: as a thread that somebody has to resolve, where the forge knows such.
        """
        ...

    def edit_comment(self, number: int, comment: int, body: str) -> Comment:
        """Replaces the text of a comment on a pull request."""
        ...

    def delete_comment(self, number: int, comment: int) -> None:
        """Removes a comment on a pull request; nothing happens if it is gone already."""
        ...

    def resolve(self, number: int, comment: int, *, is_resolved: bool) -> None:
        """Says whether a thread that starts with a comment of ours still waits for somebody. Nothing happens where the
        comment is no such thread, or says so already."""
        ...

    def set_status(self, commit: str, status: CommitStatus) -> None:
        """Sets the status of a commit; the newest of a context counts."""
        ...

    def status(self, commit: str, context: str) -> CommitStatus | None:
        """The status of a commit that counts: the newest of this context; None where there is none."""
        ...

    def permission(self, login: str) -> Permission:
        """What somebody may do in this repository."""
        ...

    def react(self, number: int, comment: int, reaction: Reaction) -> None:
        """Leaves a receipt on a comment on a pull request."""
        ...

    def artifacts(self, run: RunId) -> tuple[str, ...]:
        """The names of the artifacts of a run, the newest of each name, expired ones left out."""
        ...

    def artifact(self, run: RunId, name: str, limit: int) -> bytes:
        """An artifact as the forge keeps it, a ZIP archive. Nothing of it is unpacked.

        Raises:
            Rejected: it is larger than `limit` bytes.
        """
        ...
