"""Fetches what a CI job's clone leaves out: single commits, and the history between two of them. The one room that lets
git write below the repository's `.git`: objects, and where a shallow clone ends. No branch, tag or index is touched.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.world.git import Repository
from bot.world.git_calls import GitFailed, call, call_within
from bot.world.secrets import mask

_REMOTE = "origin"
_SECONDS = 300.0
_STEPS = (50, 200, 1_000)
_DEFAULT = re.compile(r"^ref: refs/heads/(?P<branch>\S+)\tHEAD$", re.MULTILINE)
# Nothing but objects: no tags, no branches of the remote as the user has them, no FETCH_HEAD, nothing pruned.
_FETCH = (
    "fetch", "--quiet", "--no-tags", "--no-prune", "--no-recurse-submodules", "--no-write-fetch-head", "--refmap=",
)  # fmt: skip


class Unreachable(Exception):
    """The remote does not hand out what is missing. The text is git's, on one line and without secrets."""


@dataclass(frozen=True, slots=True)
class Tip:
    """A commit by its hash, and the ref of the remote from which it can be reached, empty where none is known."""

    commit: str
    ref: str = ""


class History:
    """The history of a repository, as far as its remote `origin` can complete it.

    Args:
        log: is told, once, that something is fetched.
        seconds: how long all calls together may take.
    """

    def __init__(self, repository: Repository, log: Callable[[str], None], seconds: float = _SECONDS) -> None:
        self._root = repository.root
        self._log: Callable[[str], None] | None = log
        self._end = time.monotonic() + seconds

    def has_remote(self) -> bool:
        """Whether there is anybody to ask."""
        return _succeeds(self._root, "config", "--get", f"remote.{_REMOTE}.url")

    def holds(self, commit: str) -> bool:
        """Whether a commit is here, by its hash or a name."""
        return _succeeds(self._root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")

    def default_branch(self) -> str | None:
        """The remote's default branch; None where it has none.

        Raises:
            Unreachable: the remote does not answer.
        """
        named = _DEFAULT.search(self._ask("ls-remote", "--quiet", "--symref", _REMOTE, "HEAD"))
        return named["branch"] if named else None

    def tip(self, *names: str) -> Tip | None:
        """The first of some refs (`refs/heads/main`) that the remote has, and its commit; None where it has
        none of them.

        Raises:
            Unreachable: the remote does not answer.
        """
        listing = self._ask("ls-remote", "--quiet", _REMOTE, *names, *(f"{name}^{{}}" for name in names))
        found = {ref: commit for commit, _, ref in (line.partition("\t") for line in listing.splitlines())}
        for name in names:
            commit = found.get(f"{name}^{{}}") or found.get(name)  # of an annotated tag, what it is on
            if commit:
                return Tip(commit, name)
        return None

    def bring(self, tip: Tip) -> None:
        """Fetches a commit, if it is not here. A clone that is complete stays so.

        Raises:
            Unreachable: it could not be had.
        """
        if self.holds(tip.commit):
            return
        self._fetch((tip,), *(("--depth=1",) if self._is_shallow() else ()))
        if not self.holds(tip.commit):
            raise Unreachable(f"{_REMOTE} has no commit {tip.commit}")

    def join(self, base: Tip, head: Tip) -> bool:
        """Deepens a shallow clone until it is certain where head left base. Both commits are here.

        Returns:
            whether it is: not where the two have nothing in common.

        Raises:
            Unreachable: the history could not be had.
        """
        for step in (*(f"--deepen={step}" for step in _STEPS), "--unshallow"):
            if self._is_joined(base.commit, head.commit):
                return True
            if not self._is_shallow():
                return False
            self._fetch((base, head), step)
        return self._is_joined(base.commit, head.commit)

    def has_common(self, base: str, head: str) -> bool:
        """Whether two commits have an ancestor in common, as far as is known here."""
        return _succeeds(self._root, "merge-base", base, head)

    def is_ancestor(self, older: str, newer: str) -> bool:
        """Whether a commit is one from which another descends, as far as is known here."""
        return _succeeds(self._root, "merge-base", "--is-ancestor", older, newer)

    def _is_joined(self, base: str, head: str) -> bool:
        """Whether what is known of the history is enough to tell the merge base.

        A common ancestor alone does not say so: a later one may lie beyond the end of a shallow clone. It does where no
        such end is on the way down to it.
        """
        try:
            common = call(self._root, "merge-base", "--all", base, head).split()
        except GitFailed:
            return False
        ends = self._ends()
        between = call(self._root, "rev-list", base, head, "--not", *common).split() if ends else []
        return ends.isdisjoint(between)

    def _ends(self) -> frozenset[str]:
        """The commits whose parents a shallow clone leaves out."""
        path = self._root / call(self._root, "rev-parse", "--git-path", "shallow").removesuffix("\n")
        try:
            return frozenset(Path(path).read_text(encoding="ascii").split())
        except FileNotFoundError:
            return frozenset()

    def _is_shallow(self) -> bool:
        return bool(self._ends())

    def _fetch(self, tips: tuple[Tip, ...], *options: str) -> None:
        """By their hashes, which are certain; by their refs from a server that hands out nothing else."""
        if self._log is not None:
            self._log(f"what this clone lacks of the history is fetched from `{_REMOTE}`")
            self._log = None
        try:
            self._ask(*_FETCH, *options, _REMOTE, *(tip.commit for tip in tips))
        except Unreachable:
            refs = [tip.ref for tip in tips if tip.ref]
            if not refs:
                raise
            self._ask(*_FETCH, *options, _REMOTE, *refs)

    def _ask(self, *arguments: str) -> str:
        try:
            return call_within(self._end - time.monotonic(), self._root, *arguments)
        except GitFailed as failed:
            raise Unreachable(" ".join(mask(str(failed)).split())) from None


def _succeeds(where: Path, *arguments: str) -> bool:
    try:
        call(where, *arguments)
    except GitFailed:
        return False
    return True
