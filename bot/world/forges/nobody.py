"""The forge of a job without a token: it refuses everything, and says what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from bot.domain import Comment, CommitStatus, Permission, PullRequest, Reaction, RunId
from bot.world.forges.contract import Refused


class Nobody:
    """A `Forge` that may do nothing.

    Args:
        why: what is missing, and what to do about it; one line.
    """

    def __init__(self, why: str) -> None:
        self._why = why

    def whoami(self) -> str:
        """Refused."""
        self._refuse()

    def pull_request(self, number: int) -> PullRequest:
        """Refused."""
        self._refuse(number)

    def open_pull_requests(self, head_repository: str, head_branch: str) -> tuple[PullRequest, ...]:
        """Refused."""
        self._refuse(head_repository, head_branch)

    def merge_base(self, base: str, head: str) -> str:
        """Refused."""
        self._refuse(base, head)

    def comments(self, number: int) -> tuple[Comment, ...]:
        """Refused."""
        self._refuse(number)

    def create_comment(
        self, number: int, body: str, find: Callable[[], Comment | None], *, is_thread: bool = False
    ) -> Comment:
        """Refused."""
        self._refuse(number, body, find, is_thread)

    def edit_comment(self, number: int, comment: int, body: str) -> Comment:
        """Refused."""
        self._refuse(number, comment, body)

    def delete_comment(self, number: int, comment: int) -> None:
        """Refused."""
        self._refuse(number, comment)

    def resolve(self, number: int, comment: int, *, is_resolved: bool) -> None:
        """Refused."""
        self._refuse(number, comment, is_resolved)

    def set_status(self, commit: str, status: CommitStatus) -> None:
        """Refused."""
        self._refuse(commit, status)

    def status(self, commit: str, context: str) -> CommitStatus | None:
        """Refused."""
        self._refuse(commit, context)

    def permission(self, login: str) -> Permission:
        """Refused."""
        self._refuse(login)

    def react(self, number: int, comment: int, reaction: Reaction) -> None:
        """Refused."""
        self._refuse(number, comment, reaction)

    def artifacts(self, run: RunId) -> tuple[str, ...]:
        """Refused."""
        self._refuse(run)

    def artifact(self, run: RunId, name: str, limit: int) -> bytes:
        """Refused."""
        self._refuse(run, name, limit)

    def _refuse(self, *_asked: object) -> NoReturn:
        raise Refused(self._why)
