"""Which commands count that people wrote since our last word."""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict, Unpack

import pytest

from bot.core import claims, marker
from bot.domain import Comment, GateState, Marker, RunId

HEAD, OTHER = "a" * 40, "b" * 40
ME = "project_1_bot_proofbot"
ACCEPT = "/proofbot accept orders as agreed in DATA-142"


class _Its(TypedDict, total=False):
    head: str
    project: str
    is_foreign: bool


def _at(minute: int) -> str:
    return f"2026-11-23T10:{minute:02}:00.000Z"


def _ours(
    number: int = 1, *, minute: int = 5, state: GateState | None = GateState.FAILURE, **its: Unpack[_Its]
) -> Comment:
    whose = Marker("shop", HEAD, RunId(5), "0" * 32, state=state)
    said = marker.write(replace(whose, **its))
    return Comment(number, ME, f"{said}\n### closed", author_is_bot=True, created_at=_at(1), changed_at=_at(minute))


def _theirs(number: int = 2, body: str = ACCEPT, *, minute: int = 7) -> Comment:
    return Comment(number, "ada", body, created_at=_at(minute), changed_at=_at(minute))


def _waiting(*listed: Comment) -> list[int]:
    return [comment.number for comment, _ in claims.waiting(listed, ME, "shop", HEAD)]


def test_what_was_written_after_our_last_word_on_this_head_counts() -> None:
    """Somebody accepts what they have read, runs the job again, and nothing happens."""
    [(comment, command)] = claims.waiting([_theirs(), _ours()], ME, "shop", HEAD)
    assert (comment.author, command.model, command.reason) == ("ada", "orders", "as agreed in DATA-142")
    assert _waiting(_ours(), _theirs(3, minute=8), _theirs(2)) == [2, 3]


@pytest.mark.parametrize(
    "listed",
    [
        [_ours(), _theirs(minute=5)],
        [_ours(), _theirs(minute=4)],
        [_ours(minute=8), _theirs()],
        [_ours(head=OTHER), _theirs()],
        [_ours(project="other"), _theirs()],
        [_ours(is_foreign=True), _theirs()],
        [_theirs()],
        [replace(_ours(), author="mallory"), _theirs()],
    ],
)
def test_what_is_not_about_this_report_does_not_count(listed: list[Comment]) -> None:
    """The next push would be accepted before anybody has seen what it does."""
    assert _waiting(*listed) == []


@pytest.mark.parametrize("state", [GateState.ERROR, GateState.SUCCESS, None])
def test_what_nobody_has_seen_fail_is_not_accepted(state: GateState | None) -> None:
    """`accept all` behind a note on a broken warehouse would open the gate to whatever the next run finds."""
    assert _waiting(_ours(state=state), _theirs()) == []
    assert _waiting(_ours(), _ours(9, state=state), _theirs()) == []


def test_a_comment_of_which_no_moment_is_known_does_not_count() -> None:
    """An old command would be obeyed where the forge does not say when it was given."""
    for moment in ("", "yesterday", "2026-11-23T10:07:00"):
        assert _waiting(_ours(), replace(_theirs(), created_at=moment, changed_at=moment)) == []
        assert _waiting(replace(_ours(), created_at=moment, changed_at=moment), _theirs()) == []
    hours_ahead = replace(_theirs(), created_at="2026-11-23T12:07:00+02:00", changed_at="2026-11-23T12:07:00+02:00")
    assert _waiting(_ours(), hours_ahead) == [2]


def test_a_comment_that_was_edited_does_not_count() -> None:
    """A harmless comment would become a command later, in the name of its author, and nobody would have seen it."""
    assert _waiting(_ours(), replace(_theirs(), changed_at=_at(9))) == []


@pytest.mark.parametrize("body", ["/proofbot run", "/proofbot accept", "please /proofbot accept orders why", "thanks"])
def test_other_words_do_not_count(body: str) -> None:
    """Talk about the report would open the gate."""
    assert _waiting(_ours(), _theirs(body=body)) == []
