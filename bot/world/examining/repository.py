"""The git repository: whether what is to be compared is in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bot.domain import Diagnosis
from bot.errors import ProofbotError
from bot.world import git
from bot.world.diagnosing import advise, of_error, well
from bot.world.git import Repository
from bot.world.git_calls import call

_TOPIC = "git"
_DEEPEN = "Run `git fetch --unshallow`; in CI, check out with `fetch-depth: 0` (GitLab: `GIT_DEPTH: 0`)."
_BY_US = "proofbot fetches it in the job itself, if the checkout keeps its credentials; if not: "


def examine(folder: Path, *, in_job: bool) -> Iterator[Diagnosis]:
    """The repository that a folder lies in, its default branch and the merge base of that with HEAD.

    Args:
        in_job: whether this is a CI job, where the request names its base and what is missing can be fetched.

    Raises:
        ProofbotError: there is no repository, or it has no commit.
    """
    repository = git.find_repository(folder)
    head = git.describe(repository, "HEAD")
    yield well(_TOPIC, "repository", f"{repository.root}, at {head.commit[:9]} ({head.name})")
    if is_shallow(repository):
        words = "this is a shallow clone: commits that are to be compared may not be in it"
        yield advise(_TOPIC, "history", words, f"{_BY_US if in_job else ''}{_DEEPEN}")
    else:
        yield well(_TOPIC, "history", "whole")
    try:
        target = git.describe(repository, git.default_branch(repository))
        base = git.merge_base(repository, target, head)
    except ProofbotError as error:
        if in_job:
            yield advise(_TOPIC, "merge base", str(error), f"{_BY_US}{error.remedy}")
        else:
            yield of_error(_TOPIC, "merge base", error)
    else:
        yield well(_TOPIC, "merge base", f"{base.commit[:9]}, where HEAD left {target.name}")


def is_shallow(repository: Repository) -> bool:
    """Whether older commits are missing."""
    return call(repository.root, "rev-parse", "--is-shallow-repository").strip() == "true"
