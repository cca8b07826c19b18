"""Tests of bot/world/forges/read_only.py."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.domain import CommitStatus, GateState, Permission, PullRequest, Reaction, RunId
from bot.world.forges.contract import Forge, Withheld
from bot.world.forges.nobody import Nobody
from bot.world.forges.read_only import ReadOnly

_REQUEST = PullRequest(7, "a" * 40, "cheaper", "data/shop", "b" * 40, "main")


class _Library(Nobody):
    """Lets everybody read."""

    def pull_request(self, number: int) -> PullRequest:  # noqa: ARG002 (there is one)
        return _REQUEST

    def open_pull_requests(self, head_repository: str, head_branch: str) -> tuple[PullRequest, ...]:  # noqa: ARG002
        return (_REQUEST,)

    def merge_base(self, base: str, head: str) -> str:
        return f"{base}..{head}"

    def comments(self, number: int) -> tuple[()]:  # noqa: ARG002
        return ()

    def artifacts(self, run: RunId) -> tuple[str, ...]:  # noqa: ARG002
        return ("report",)

    def artifact(self, run: RunId, name: str, limit: int) -> bytes:  # noqa: ARG002
        return name.encode()[:limit]


def test_what_may_be_read_is_read() -> None:
    """A job without a token would not even know the description of today."""
    forge = ReadOnly(_Library("no"), "no token")
    assert forge.pull_request(7) == _REQUEST
    assert forge.open_pull_requests("data/shop", "cheaper") == (_REQUEST,)
    assert forge.merge_base("a", "b") == "a..b"
    assert forge.comments(7) == ()
    assert forge.artifacts(RunId(1)) == ("report",)
    assert forge.artifact(RunId(1), "report", 3) == b"rep"


_WRITES: list[Callable[[Forge], object]] = [
    lambda forge: forge.whoami(),
    lambda forge: forge.create_comment(7, "text", lambda: None),
    lambda forge: forge.edit_comment(7, 1, "text"),
    lambda forge: forge.delete_comment(7, 1),
    lambda forge: forge.resolve(7, 1, is_resolved=True),
    lambda forge: forge.set_status("a" * 40, CommitStatus("proofbot/shop", GateState.SUCCESS, "")),
    lambda forge: forge.status("a" * 40, "proofbot/shop"),
    lambda forge: forge.permission("ann") is Permission.WRITE,
    lambda forge: forge.react(7, 1, Reaction.SEEN),
]


@pytest.mark.parametrize("write", _WRITES)
def test_nothing_else_is_tried(write: Callable[[Forge], object]) -> None:
    """Each verb would be refused by the forge, one after the other, and the log would be full of it."""
    with pytest.raises(Withheld, match="no token"):
        write(ReadOnly(_Library("no"), "no token"))
