"""The story of a command in a comment: who may is obeyed, everybody gets a receipt, and few words are made."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.core import acceptance, commands, comments, marker
from bot.core.commands import Answer, Command, Verb
from bot.core.report_bounds import Unreadable
from bot.domain import Acceptance, Comment, Marker, Occasion, PullRequest, Reaction
from bot.errors import EnvironmentFailure
from bot.run import collecting, publishing
from bot.run.collecting import Left
from bot.run.publishing import Desk
from bot.world.forges.contract import ForgeError

_NOT_PROVEN = "The newest commit has not been proven yet. Accept what is found once the comment on it is there."
_TOO_NEW = "The report on the newest commit is younger than this command. Look at it, and accept again."
_UNKNOWN = "The report has no model and no check of that name. If several models have it, put the package in front."
_NOTHING_FAILS = "Nothing of that name fails. Errors can't be accepted."
_NO_ROOM = "There is no room for another acceptance on this commit. Accept `all` instead."
_NO_REPORT = "The report on the newest commit can't be fetched. If its job still runs, try again when it has ended."
_NOT_WRITTEN = "The comment could not be brought up to date. The log of this job says why."
# Of several projects, the answer that says most.
_WORTH = (_NOT_WRITTEN, _NO_ROOM, _TOO_NEW, _NO_REPORT, _NOTHING_FAILS, _UNKNOWN)


@dataclass(frozen=True, slots=True)
class Answered:
    """What is left to do after an answer: `request` is the pull request to prove now, at this very head; None where
    there is nothing more to do."""

    request: PullRequest | None = None


def answer(desk: Desk, occasion: Occasion) -> Answered:
    """Does what a comment commands.

    Raises:
        EnvironmentFailure: the forge does not say who wrote it, or what they may do. Nothing is done then.
    """
    comment, number = occasion.comment, occasion.number
    command = commands.read(comment.body) if comment is not None else None
    if comment is None or number is None or command is None or comment.author_is_bot:
        desk.log("the comment is no command of a person")
        return Answered()
    try:
        me = desk.forge.whoami()
        request = desk.forge.pull_request(number)
        decided = commands.decide(command, comment, request, desk.forge.permission(comment.author), me)
    except ForgeError as error:
        raise EnvironmentFailure(
            f"the command could not be answered: {error}",
            remedy="Give the job `permissions: contents: read, pull-requests: write, statuses: write, actions: read`.",
        ) from None
    return _Answer(desk, comment, request, me).give(command, decided)


class _Answer:
    """The answer to one comment."""

    def __init__(self, desk: Desk, comment: Comment, request: PullRequest, me: str) -> None:
        self._desk = desk
        self._comment = comment
        self._request = request
        self._me = me

    def give(self, command: Command, decided: Answer) -> Answered:
        self._desk.log(decided.why)
        if decided.reaction is None:
            return Answered()
        self._react(Reaction.SEEN)
        if decided.verb is Verb.ACCEPT:
            fault = self._accept(command)
            if fault:
                self._desk.log(f"it is not done: {fault}")
                decided = commands.refuse(fault)
        if decided.reply:
            self._reply(decided.reply)
        if decided.reaction:
            self._react(decided.reaction)
        return Answered(self._request if decided.verb is Verb.RUN else None)

    def _accept(self, command: Command) -> str | None:
        """Accepts in every project that has what is named; why nothing was, if nothing was."""
        try:
            listed = self._desk.forge.comments(self._request.number)
        except ForgeError as error:
            self._desk.log(f"the comments can't be read: {error}")
            return _NO_REPORT
        said = marker.kept([Acceptance(command.model, self._comment.author, command.reason)])
        faults = []
        for slug in comments.projects(listed, self._me):
            ours = [its for _, its in comments.ours(listed, self._me, slug) if its.head == self._request.head]
            if ours:
                its = max(ours, key=comments.weight)
                head, is_foreign = self._request.head, its.is_foreign
                known = comments.carried(listed, self._me, slug, head, is_foreign=is_foreign)
                faults.append(self._accept_of(its, known, said))
        if not faults:
            return _NOT_PROVEN
        return None if None in faults else min(filter(None, faults), key=_WORTH.index)

    def _accept_of(self, its: Marker, known: tuple[Acceptance, ...], said: tuple[Acceptance, ...]) -> str | None:
        """Accepts in one project, by the report of the run that its comment names; why not, if not."""
        if its.run.number >= self._desk.place.run.number:  # runs are numbered as they begin, over all workflows
            return _TOO_NEW
        left = Left(its.project, its.run)
        own = replace(left.desk(self._desk), is_foreign=its.is_foreign)
        try:
            collected = collecting.collect(own, left, self._request.head)
        except (Unreadable, ForgeError) as error:
            self._desk.log(f"the report of run {its.run.number} can't be used: {error}")
            return _NO_REPORT
        wanted = marker.kept(_without(known, said) + said)
        if wanted[-1:] != said:
            return _NO_ROOM
        if acceptance.unmatched(collected.report, said):
            return _UNKNOWN
        accepted = acceptance.apply(collected.report, wanted)
        if said[0] not in acceptance.in_force(accepted):
            return _NOTHING_FAILS
        number = self._request.number
        whereabouts = left.whereabouts(own.place, collected.digest)
        delivery = publishing.deliver(own, self._request.head, number, accepted, whereabouts)
        return _NOT_WRITTEN if delivery.problems or delivery.superseded else None

    def _react(self, reaction: Reaction) -> None:
        """A receipt is a courtesy: without it everything is as it is."""
        try:
            self._desk.forge.react(self._request.number, self._comment.number, reaction)
        except ForgeError as error:
            self._desk.log(f"there is no receipt: {error}")

    def _reply(self, words: str) -> None:
        """Says something in a comment of its own, once, also where the job is repeated."""
        mark = f"<!-- proofbot:reply to={self._comment.number} -->"

        def find() -> Comment | None:
            listed = self._desk.forge.comments(self._request.number)
            return next(
                (one for one in listed if one.author.lower() == self._me.lower() and one.body.startswith(mark)), None
            )

        try:
            if find() is None:
                self._desk.forge.create_comment(self._request.number, f"{mark}\n{words}", find)
        except ForgeError as error:
            self._desk.log(f"there is no reply: {error}")


def _without(known: tuple[Acceptance, ...], said: tuple[Acceptance, ...]) -> tuple[Acceptance, ...]:
    """What was accepted before, but for what is said anew: the last word on a name counts."""
    names = {one.model for one in said}
    return tuple(one for one in known if one.model not in names)
