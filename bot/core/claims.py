"""Commands that people wrote since our last word, on a forge that starts no job when somebody comments.

There, whoever has written `/proofbot accept ...` runs the job again, and that run finds the command.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.core import commands, comments
from bot.core.commands import Command, Verb
from bot.domain import Comment, GateState

_AT_ONCE = timedelta(seconds=1)  # a forge may take a moment to store what it is given


def waiting(
    listed: Iterable[Comment], me: str, slug: str, head: str, *, is_foreign: bool = False
) -> tuple[tuple[Comment, Command], ...]:
    """The comments of people that accept something of what our comment says of this very head, the oldest first.

    Only what was written after our comment was changed last counts: what was written before was about an older report.
    It has to show failures, and nothing but: what an error has kept from being seen, nobody can accept yet. Without
    such a comment of ours on this head, or where the forge does not tell moments, there are none.

    Args:
        listed: all comments on the request.
        me: the login that comments of ours carry.
        is_foreign: whether the report is a fork's own job's.
    """
    listed = tuple(listed)
    own = [
        (comment, its)
        for comment, its in comments.ours(listed, me, slug)
        if (its.head, its.is_foreign) == (head, is_foreign)
    ]
    said = [_moment(comment.changed_at or comment.created_at) for comment, _ in own]
    if not said or None in said or any(its.state is not GateState.FAILURE for _, its in own):
        return ()
    since = max(moment for moment in said if moment is not None)
    found = []
    for comment in sorted(listed, key=lambda one: one.number):
        written, command = _moment(comment.created_at), commands.read(comment.body)
        is_since = written is not None and written > since
        if is_since and _is_as_written(comment) and command and command.verb is Verb.ACCEPT:
            found.append((comment, command))
    return tuple(found)


def _is_as_written(comment: Comment) -> bool:
    """Whether nobody has edited it: an edited text may be another than the one that people have seen."""
    written, changed = _moment(comment.created_at), _moment(comment.changed_at)
    return written is None or changed is None or changed - written <= _AT_ONCE


def _moment(text: str) -> datetime | None:
    """None where it is no moment, or has no time zone: such can't be compared."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
