"""The chapter that tells a pull request and its commit what was found.

It is a conversation with somebody who may fail, refuse, or be talking to another run of ours at the same time. GitHub
has no way to say "write this if nothing has changed": so this chapter looks, writes, and looks again until there is
nothing left to do. What the forge refuses is told and listed; it never changes the verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.core import acceptance, comments, forge_words, gate, marker, slugs
from bot.domain import Acceptance, Comment, CommitStatus, GateState, Marker, Place, Report, Whereabouts
from bot.render import markdown
from bot.world import secrets
from bot.world.forges.contract import Forge, ForgeError, Refused, Unavailable, Withheld

_MOST_LOOKS = 8
_NO_DIGEST = "0" * 32


@dataclass(frozen=True)
class Desk:
    """From where a project's results are published: to which forge, under which slug, by which job.

    `is_foreign` says that what is told is the word of a fork's own job. It never takes the place of what a run of our
    own says of the same commit, on whatever pull request.
    """

    forge: Forge
    slug: str
    place: Place
    log: Callable[[str], None]
    is_foreign: bool = False


@dataclass(frozen=True)
class Delivery:
    """What became of a report.

    `comment_url` is that of the comment on its commit, None where there is none. `superseded` says that the comment is
    a newer run's. `problems` are what the forge refused, each with a remedy; `is_gate_set` says whether the gate has
    its last word.
    """

    comment_url: str | None
    superseded: bool
    problems: tuple[str, ...] = ()
    is_gate_set: bool = True


def announce(desk: Desk, commit: str) -> None:
    """The gate of a commit is pending from here on."""
    _Gate(desk, commit).say(gate.pending(slugs.context(desk.slug), desk.place.run_url))


def give_up(desk: Desk, commit: str, words: str, *, interrupted: bool) -> bool:
    """The gate of a commit whose run ends without a verdict. The comment stays about what was proven last.

    Returns:
        whether the gate has its last word.
    """
    context, url = slugs.context(desk.slug), desk.place.run_url
    said = gate.failed(secrets.mask(words), context, url, interrupted=interrupted, is_foreign=desk.is_foreign)
    status = _Gate(desk, commit)
    status.say(said)
    return not status.problems


def accepted(desk: Desk, number: int, head: str, *, is_foreign: bool = False) -> tuple[Acceptance, ...]:
    """What was accepted for this head of a pull request, of a fork's word or of ours; nothing where the forge does not
    tell."""
    try:
        listed = desk.forge.comments(number)
        return comments.carried(listed, desk.forge.whoami(), desk.slug, head, is_foreign=is_foreign)
    except Withheld:
        return ()
    except ForgeError as error:
        desk.log(f"what was accepted cannot be read, so nothing is: {_told(desk, error, 'pull-requests: read')}")
        return ()


def deliver(desk: Desk, commit: str, number: int | None, report: Report, whereabouts: Whereabouts) -> Delivery:
    """Tells the pull request and the commit what was found; without a number the commit alone.

    The comment is not touched where the request has got another head, or a newer run on the same head has written it.
    In the latter case the gate says what that run said, so that it never contradicts the comment. A run of our own
    counts as newer than a fork's.

    Args:
        commit: the head commit that was proven.
    """
    status = _Gate(desk, commit)
    thread = _Thread(desk, number, _Letter(desk, commit, report, whereabouts))
    own = gate.of(replace(report, headline=secrets.mask_values(report.headline)), slugs.context(desk.slug))
    for _ in range(_MOST_LOOKS):
        written = thread.settle()
        said = _restated(thread.newer, own)
        set_anew = status.say(replace(said, url=thread.url or desk.place.run_url))
        if not (written or set_anew):
            break
    else:
        report_is_there = forge_words.of(desk.place.forge).report
        thread.give_up(f"the comment was changed by others again and again: {report_is_there}.")
    thread.resolve(is_open=said.state is GateState.SUCCESS)
    problems = (*thread.problems, *status.problems)
    return Delivery(thread.url, thread.is_superseded, problems, is_gate_set=not status.problems)


def _restated(newer: Marker | None, own: CommitStatus) -> CommitStatus:
    if newer is None or newer.state is None:
        return own
    return gate.restated(newer.state, own.context, is_foreign=newer.is_foreign)


class _Gate:
    """The status of one commit."""

    def __init__(self, desk: Desk, commit: str) -> None:
        self.problems: list[str] = []
        self._desk = desk
        self._commit = commit
        self._said: CommitStatus | None = None

    def say(self, status: CommitStatus) -> bool:
        """Whether the status was set: not where it says so already, nor once that failed."""
        if status == self._said or self.problems:
            return False
        try:
            if self._desk.is_foreign and self._is_vouched_for(status.context):
                self._desk.log(f"`{status.context}` is left as a run of our own has set it")
                self._said = status
                return False
            self._desk.forge.set_status(self._commit, status)
        except Withheld:
            self._said = status
            return False
        except ForgeError as error:
            told = _told(self._desk, error, "statuses: write")
            self.problems.append(f"the commit's status `{status.context}` could not be set: {told}")
            self._desk.log(self.problems[-1])
            return False
        self._said = status
        return True

    def _is_vouched_for(self, context: str) -> bool:
        there = self._desk.forge.status(self._commit, context)
        return there is not None and gate.is_vouched_for(there)


class _Thread:
    """The comment on one pull request, as one run sees it.

    `url` is that of the comment if it is about our commit; `newer` is its marker where a run that counts for more wrote
    it.
    """

    def __init__(self, desk: Desk, number: int | None, letter: _Letter) -> None:
        self.url: str | None = None
        self.is_superseded = False
        self.newer: Marker | None = None
        self.problems: list[str] = []
        self._desk = desk
        self._number = number
        self._letter = letter
        self._me: str | None = None
        self._created: Comment | None = None
        self._comment: Comment | None = None
        self._gone: set[int] = set()
        self._is_done = False

    def settle(self) -> bool:
        """Looks at the comment and does what follows; whether anything was written, so that another look is due."""
        if self._is_done or self._number is None:
            return False
        try:
            return self._settle(self._number)
        except Withheld:
            self._is_done = True
            return False
        except ForgeError as error:
            self._is_done = True
            self.give_up(
                f"the comment could not be brought up to date: {_told(self._desk, error, 'pull-requests: write')}"
            )
            return False

    def resolve(self, *, is_open: bool) -> None:
        """Where the project wants the comment as a thread: it waits for somebody while the gate is closed."""
        if self._number is None or self._comment is None or not self._letter.is_thread:
            return
        try:
            self._desk.forge.resolve(self._number, self._comment.number, is_resolved=is_open)
        except ForgeError as error:
            what = "resolved" if is_open else "opened again"
            self.give_up(f"the thread could not be {what}: {_told(self._desk, error, 'pull-requests: write')}")

    def give_up(self, problem: str) -> None:
        """Notes and tells why the comment is not as it should be."""
        self.problems.append(problem)
        self._desk.log(problem)

    def _settle(self, number: int) -> bool:
        forge = self._desk.forge
        me = self._me = self._me or forge.whoami()
        listed = self._listed(number)
        # Asked last, right before writing: a run on a newer head can have written before only if the head had moved.
        reason = comments.superseded(forge.pull_request(number), self._letter.head, self._desk.place.forge)
        if reason:
            self._yield(number, reason, comments.ours(listed, me, self._desk.slug))
            return False
        wanted, body = self._letter.written(listed, me)
        effect = comments.reconcile(listed, me, wanted, body)
        match effect:
            case comments.Leave():
                return self._leave(number, effect)
            case comments.Create():
                self._create(number, effect.body, me)
            case comments.Edit():
                self._edit(number, effect)
        self.is_superseded, self.newer = False, None
        return True

    def _listed(self, number: int) -> list[Comment]:
        """All comments, and the one we have just written: a list may come from a copy that does not have it yet."""
        listed = [one for one in self._desk.forge.comments(number) if one.number not in self._gone]
        created = self._created
        if created is not None and created.number not in {one.number for one in listed}:
            listed.append(created)
        return listed

    def _create(self, number: int, body: str, me: str) -> None:
        def find() -> Comment | None:
            there = comments.ours(self._desk.forge.comments(number), me, self._desk.slug)
            return there[0][0] if there else None

        self._created = self._desk.forge.create_comment(number, body, find, is_thread=self._letter.is_thread)
        self._see(self._created)

    def _edit(self, number: int, effect: comments.Edit) -> None:
        kept = effect.comment.number
        try:
            self._see(self._desk.forge.edit_comment(number, kept, effect.body))
        except Refused:
            # Somebody may have deleted it since it was listed. If it is still there, it is ours and we may not write.
            if kept in {one.number for one in self._desk.forge.comments(number)}:
                raise
            self._forget(kept)
            return
        self._delete(number, effect.surplus)

    def _leave(self, number: int, effect: comments.Leave) -> bool:
        self._see(effect.comment)
        if effect.newer is not None:
            if not self.is_superseded:
                self._desk.log(f"the comment is left alone: {effect.why}")
            self.is_superseded, self.newer = True, effect.newer
        self._delete(number, effect.surplus)
        return bool(effect.surplus)

    def _see(self, comment: Comment) -> None:
        self._comment, self.url = comment, comment.url

    def _yield(self, number: int, reason: str, there: list[tuple[Comment, Marker]]) -> None:
        """Leaves the comment to the run on the newer head, and takes back what would be a second one."""
        self._is_done = self.is_superseded = True
        self._comment = self.url = self.newer = None
        self._desk.log(f"the comment is left alone: {reason}")
        created = self._created.number if self._created else None
        self._delete(number, tuple(comment for comment, _ in there[1:] if comment.number == created))

    def _delete(self, number: int, surplus: tuple[Comment, ...]) -> None:
        for comment in surplus:
            self._desk.forge.delete_comment(number, comment.number)
            self._forget(comment.number)

    def _forget(self, number: int) -> None:
        self._gone.add(number)
        if self._created is not None and self._created.number == number:
            self._created = None


class _Letter:
    """The text of the comment that one run would write, in no more characters than a comment may have."""

    def __init__(self, desk: Desk, head: str, report: Report, whereabouts: Whereabouts) -> None:
        self.head = head
        self.is_thread = report.run.is_thread
        self._desk = desk
        self._report = report
        self._whereabouts = whereabouts
        self._written: tuple[Marker, str] | None = None

    def written(self, listed: list[Comment], me: str) -> tuple[Marker, str]:
        """The marker, and the whole text with it.

        Args:
            listed: the comments there are. What one of ours says was accepted for this head stays accepted, next to
                what the report says.
            me: whose comments are ours.
        """
        is_foreign = self._report.run.is_foreign
        carried = comments.carried(listed, me, self._desk.slug, self.head, is_foreign=is_foreign)
        accepted = marker.kept((*carried, *acceptance.in_force(self._report)))
        if self._written is None or self._written[0].accepted != accepted:
            self._written = self._write(accepted)
        return self._written

    def _write(self, accepted: tuple[Acceptance, ...]) -> tuple[Marker, str]:
        state = gate.of(self._report, "").state
        run, is_foreign = self._desk.place.run, self._report.run.is_foreign
        blank = Marker(self._desk.slug, self.head, run, _NO_DIGEST, accepted, state, is_foreign)
        room = markdown.LIMIT - len(marker.write(blank)) - 1
        said = secrets.mask_values(markdown.comment(self._report, room, whereabouts=self._whereabouts))
        wanted = replace(blank, digest=marker.digest(said))
        return wanted, f"{marker.write(wanted)}\n{said}"


def _told(desk: Desk, error: ForgeError, right: str) -> str:
    """The words of an error with their remedy. `right` is what the token lacks, as GitHub calls it."""
    said, words = str(error).rstrip("."), forge_words.of(desk.place.forge)
    if isinstance(error, Refused):
        return f"{said}. {words.refused.replace('{right}', right)}"
    if isinstance(error, Unavailable):
        return f"{said}. Run the job again once the forge answers; {words.report}."
    return f"{said}; {words.report}."
