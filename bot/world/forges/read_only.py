"""The forge of a job whose token may only read: what it may, it does; it asks for nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from bot.domain import Comment, CommitStatus, Permission, PullRequest, Reaction, RunId
from bot.world.forges.contract import Forge, Withheld


class ReadOnly:
    """A `Forge` that writes nothing, and does not know who it is.

    Args:
        forge: reads for it.
        why: what is missing; one line.
    """

    def __init__(self, forge: Forge, why: str) -> None:
        self._forge = forge
        self._why = why

    def whoami(self) -> str:
        """Withheld: such a token is nobody's."""
        self._withhold()

    def pull_request(self, number: int) -> PullRequest:
        """As the other tells it."""
        return self._forge.pull_request(number)

    def open_pull_requests(self, head_repository: str, head_branch: str) -> tuple[PullRequest, ...]:
        """As the other tells it."""
        return self._forge.open_pull_requests(head_repository, head_branch)

    def merge_base(self, base: str, head: str) -> str:
        """As the other tells it."""
        return self._forge.merge_base(base, head)

    def comments(self, number: int) -> tuple[Comment, ...]:
        """As the other tells it."""
        return self._forge.comments(number)

    def create_comment(
        self, number: int, body: str, find: Callable[[], Comment | None], *, is_thread: bool = False
    ) -> Comment:
        """Withheld."""
        self._withhold(number, body, find, is_thread)

    def edit_comment(self, number: int, comment: int, body: str) -> Comment:
        """Withheld."""
        self._withhold(number, comment, body)

    def delete_comment(self, number: int, comment: int) -> None:
        """Withheld."""
        self._withhold(number, comment)

    def resolve(self, number: int, comment: int, *, is_resolved: bool) -> None:
        """Withheld."""
        self._withhold(number, comment, is_resolved)

    def set_status(self, commit: str, status: CommitStatus) -> None:
        """Withheld."""
        self._withhold(commit, status)

    def status(self, commit: str, context: str) -> CommitStatus | None:
        """Withheld: nothing of ours is there."""
        self._withhold(commit, context)

    def permission(self, login: str) -> Permission:
        """Withheld."""
        self._withhold(login)

    def react(self, number: int, comment: int, reaction: Reaction) -> None:
        """Withheld."""
        self._withhold(number, comment, reaction)

    def artifacts(self, run: RunId) -> tuple[str, ...]:
        """As the other tells it."""
        return self._forge.artifacts(run)

    def artifact(self, run: RunId, name: str, limit: int) -> bytes:
        """As the other tells it."""
        return self._forge.artifact(run, name, limit)

    def _withhold(self, *_asked: object) -> NoReturn:
        raise Withheld(self._why)
