"""The chapter that hears what people have accepted, on a forge that starts no job when somebody writes a comment.

On GitHub a comment starts a job that answers it; here the next run on the same commit finds it.
"""

from __future__ import annotations

from bot.core import acceptance, claims, commands
from bot.core.commands import Command, Verb
from bot.domain import Acceptance, Comment, ForgeKind, Reaction, Report
from bot.run.publishing import Desk
from bot.world.forges.contract import ForgeError, Withheld

_LISTENING = frozenset({ForgeKind.GITLAB})
_UNKNOWN = "the report has no model and no check of that name"


def accepted(desk: Desk, number: int, head: str, report: Report) -> tuple[Acceptance, ...]:
    """What people who may write have accepted since our last word on this head, the oldest first.

    Each command gets a receipt. Nothing is accepted of a fork's own report, or of a run that saw nothing, or
    where the forge does not tell.

    Args:
        report: what was found now; what it does not know cannot be accepted.
    """
    if desk.place.forge not in _LISTENING or report.run.is_foreign or report.problem is not None:
        return ()
    try:
        me = desk.forge.whoami()
        waiting = claims.waiting(desk.forge.comments(number), me, desk.slug, head)
        heard = [_hear(desk, number, me, comment, command, report) for comment, command in waiting]
    except Withheld:
        return ()
    except ForgeError as error:
        desk.log(f"what was accepted in notes cannot be read, so nothing is: {error}")
        return ()
    return tuple(one for one in heard if one is not None)


def _hear(desk: Desk, number: int, me: str, comment: Comment, command: Command, report: Report) -> Acceptance | None:
    """What one command accepts; None where its author may not, or there is nothing of that name."""
    request = desk.forge.pull_request(number)
    decided = commands.decide(command, comment, request, desk.forge.permission(comment.author), me)
    said = Acceptance(command.model, comment.author, command.reason)
    reaction, why = decided.reaction, decided.why
    is_granted = decided.verb is Verb.ACCEPT
    if is_granted and acceptance.unmatched(report, (said,)):
        is_granted, reaction, why = False, Reaction.REFUSED, _UNKNOWN
    desk.log(f"{comment.url}: {why}")
    if reaction is not None:
        _react(desk, number, comment, reaction)
    return said if is_granted else None


def _react(desk: Desk, number: int, comment: Comment, reaction: Reaction) -> None:
    """A receipt is a courtesy: without it everything is as it is."""
    try:
        desk.forge.react(number, comment.number, reaction)
    except ForgeError as error:
        desk.log(f"there is no receipt: {error}")
