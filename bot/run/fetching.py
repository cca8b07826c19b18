"""The chapter before the others, in CI only: what the job's clone lacks of the history is fetched.

CI systems clone a single commit, or twenty, and on GitLab no branch at all. A run at home never fetches.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.domain import ForgeKind, Place
from bot.errors import EnvironmentFailure, UsageError
from bot.run.stage import Request
from bot.world import git
from bot.world.git import Repository
from bot.world.history import History, Tip, Unreachable

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
_WHOLE = {ForgeKind.GITHUB: "`fetch-depth: 0` at `actions/checkout`", ForgeKind.GITLAB: "the variable `GIT_DEPTH: 0`"}
_REQUESTS = {ForgeKind.GITHUB: "refs/pull", ForgeKind.GITLAB: "refs/merge-requests"}

Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose request is proven: its number if it has one, and whether the job is a fork's own."""

    number: int | None = None
    is_foreign: bool = False


def complete(request: Request, place: Place, whose: Whose, log: Log) -> Request:
    """The request with commits for its revisions, which are there, with all that lies between them.

    The base of a merge request on GitLab is the tip of its target as it is now, because what the job is told of it may
    be stale. What is there without the remote stays as good as it is where the remote does not answer.

    Raises:
        EnvironmentFailure: a commit, or the way to it, could not be had.
        UsageError: there is no repository.
    """
    repository = git.find_repository(request.project_dir or request.here)
    history = History(repository, log)
    if not history.has_remote():
        return request  # whatever is missing, the run says it
    try:
        return _Completion(repository, history, place, whose, log).of(request)
    except Unreachable as error:
        raise EnvironmentFailure(
            f"this clone does not hold all that is to be compared, and it could not be fetched: {error}",
            remedy=f"Let the job fetch all of the history, by {_WHOLE.get(place.forge, 'a full clone')}.",
        ) from None


@dataclass(frozen=True)
class _Completion:
    """How one clone is completed."""

    repository: Repository
    history: History
    place: Place
    whose: Whose
    log: Log

    def of(self, request: Request) -> Request:
        """The request, completed."""
        if request.base is None:
            default = self._default_branch()
            request = replace(request, base=default, base_name=request.base_name or default)
        head = self._head(request.head or "HEAD")
        base = self._target(request, head) or self._told(request, head)
        if head is None or base is None:
            return request  # nobody knows the name: the run says it
        return replace(
            request,
            head=head.commit,
            head_name=request.head_name or request.head,
            base=base.commit,
            base_name=request.base_name or request.base,
        )

    def _default_branch(self) -> str | None:
        try:
            return git.default_branch(self.repository)
        except UsageError:
            return self.history.default_branch()

    def _head(self, revision: str) -> Tip | None:
        number, refs = self.whose.number, _REQUESTS.get(self.place.forge)
        return self._found(revision, f"{refs}/{number}/head" if number is not None and refs else "")

    def _told(self, request: Request, head: Tip | None) -> Tip | None:
        """The base as the job is told it, joined with the head."""
        if request.base is None or head is None:
            return None
        base = self._found(request.base, f"refs/heads/{request.base_name}" if request.base_name else "")
        if base is None:
            return None
        try:
            self.history.join(base, head)
        except Unreachable as error:
            if not self.history.has_common(base.commit, head.commit):
                raise
            self.log(f"the history may lack a later merge base, because it cannot be fetched: {error}")
        return base

    def _found(self, revision: str, ref: str = "") -> Tip | None:
        """The commit that a revision names: here, else at the remote."""
        if _COMMIT.fullmatch(revision):
            tip = Tip(revision.lower(), ref)
            self.history.bring(tip)
            return tip
        if self.history.holds(revision):
            return Tip(git.describe(self.repository, revision).commit, ref)
        return self._remote(f"refs/heads/{revision}", f"refs/tags/{revision}")

    def _remote(self, *refs: str) -> Tip | None:
        tip = self.history.tip(*refs)
        if tip is not None:
            self.history.bring(tip)
        return tip

    def _target(self, request: Request, head: Tip | None) -> Tip | None:
        """The tip of a merge request's target, joined with its head, where it says more than the job is told; None
        elsewhere.

        A fork's own project has a target of its own, which may be of any age. A target that holds the head already has
        nothing to tell it from.
        """
        is_asked = self.place.forge is ForgeKind.GITLAB and self.whose.number is not None and not self.whose.is_foreign
        if head is None or not is_asked or not request.base_name:
            return None
        try:
            tip = self._remote(f"refs/heads/{request.base_name}")
            if tip is None or tip.commit == request.base:
                return None
            is_joined = self.history.join(tip, head)
        except Unreachable as error:
            self.log(f"`{request.base_name}` is taken as the job is told it, because it cannot be fetched: {error}")
            return None
        return tip if is_joined and not self.history.is_ancestor(head.commit, tip.commit) else None
