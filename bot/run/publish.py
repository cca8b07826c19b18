"""The story of the trusted half: what a run without rights has found is told on its pull request and its commit.

The run may have been anybody's, a fork's too, so its report is data: bounded, held against the schema, bound to the
commit that the forge itself names, and dressed anew. Nothing of the request is run, imported or unpacked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.core import acceptance, comments
from bot.core.report_bounds import Unreadable
from bot.domain import FinishedRun, Occasion, PullRequest, Report, RunId
from bot.run import collecting, publishing
from bot.run.collecting import Left
from bot.run.publishing import Desk
from bot.world.forges.contract import ForgeError

_OF_REQUESTS = "pull_request"
_MOST_PROJECTS = 100
_DONE, _FAILED = 0, 3


def publish(desk: Desk, occasion: Occasion) -> int:
    """Publishes the reports that a finished run left, one for each project.

    A report that can't be used is an error of the gate. A request that got another head meanwhile, or was closed, is
    left alone: the run on its new head speaks for it.

    Returns:
        the exit code: 0 where everything was told, whatever the verdict is, which is the gate's business; 3 where
        something could not be.
    """
    finished = occasion.finished
    if finished is None or finished.event != _OF_REQUESTS:
        desk.log("the run that ended was not about a pull request: there is nothing to publish")
        return _DONE
    desk = replace(desk, is_foreign=finished.head_repository.lower() != desk.place.repository.lower())
    whose = f"run {finished.run.number}"
    try:
        requests = _requests(desk, finished)
    except ForgeError as error:
        return _fail(desk, finished.head, f"whose report {whose} left can't be found out: {error}")
    if not requests:
        desk.log(f"no open pull request has the head {finished.head[:9]}: there is nothing to publish")
        return _DONE
    bound = _Bound(finished.run, finished.head, requests)
    try:
        left = collecting.listed(desk.forge.artifacts(finished.run), finished.run)
    except ForgeError as error:
        return bound.fail(desk, f"the report of {whose} can't be looked for: {error}")
    if not left:
        return bound.fail(desk, f"{whose} left no report")
    if len(left) > _MOST_PROJECTS:
        return bound.fail(desk, f"{whose} left more than {_MOST_PROJECTS} reports")
    return max(bound.publish(one.desk(desk), one) for one in left)


def _requests(desk: Desk, finished: FinishedRun) -> list[PullRequest]:
    """The open pull requests whose head is the commit that the run was about. The event itself names none for forks."""
    found = desk.forge.open_pull_requests(finished.head_repository, finished.head_branch)
    return [request for request in found if request.is_open and request.head.lower() == finished.head.lower()]


@dataclass(frozen=True)
class _Bound:
    """What a finished run is bound to, by the forge's own word: its head commit, and the requests with this head."""

    run: RunId
    head: str
    requests: Sequence[PullRequest]

    def publish(self, desk: Desk, left: Left) -> int:
        """Publishes one report."""
        try:
            collected = collecting.collect(desk, left, self.head)
            report = collected.report
            request = self._meant(report)
            self._check_base(desk, report, request)
        except (Unreadable, ForgeError) as error:
            return self.fail(desk, f"the report of run {left.run.number} can't be used: {error}")
        known = publishing.accepted(desk, request.number, self.head, is_foreign=desk.is_foreign)
        whereabouts = left.whereabouts(desk.place, collected.digest)
        report = acceptance.apply(report, known)
        delivery = publishing.deliver(desk, self.head, request.number, report, whereabouts)
        return _FAILED if delivery.problems else _DONE

    def fail(self, desk: Desk, words: str) -> int:
        """The gate is an error, unless a newer run has said what is with this commit."""
        if self._is_outdated(desk):
            desk.log(f"{words}; a newer run has told already what is with {self.head[:9]}")
            return _DONE
        return _fail(desk, self.head, words)

    def _meant(self, report: Report) -> PullRequest:
        """The request that the report is about: one branch may be asked to go into several others."""
        into = report.run.base.name
        meant = [request for request in self.requests if len(self.requests) == 1 or request.base_branch == into]
        if not meant:
            raise Unreadable("several pull requests have this head, and none goes to the report's base", "$.run.base")
        return meant[0]

    def _check_base(self, desk: Desk, report: Report, request: PullRequest) -> None:
        """That head was compared with the commit where it left the request's base. Compared with itself, or with a
        commit that does the same, everything is unchanged."""
        base = desk.forge.merge_base(request.base, self.head)
        if report.run.base.commit.lower() != base.lower():
            raise Unreadable(f"the report does not compare with {base[:9]}, the merge base", "$.run.base.commit")

    def _is_outdated(self, desk: Desk) -> bool:
        try:
            me = desk.forge.whoami()
            listed = [comment for request in self.requests for comment in desk.forge.comments(request.number)]
        except ForgeError:
            return False
        own = (not desk.is_foreign, self.run)
        there = (its for _, its in comments.ours(listed, me, desk.slug) if its.head == self.head)
        return any(comments.weight(its) > own for its in there)


def _fail(desk: Desk, head: str, words: str) -> int:
    desk.log(words)
    publishing.give_up(desk, head, words, interrupted=False)
    return _FAILED
