"""The door of GitLab CI: the variables of a job become an Occasion. There is no payload, and no other event.

What a variable says is checked for its form before it is believed; texts that people wrote pass as they are, untrusted.
Source: https://docs.gitlab.com/ci/variables/predefined_variables/.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain import ForgeKind, Happening, Occasion, Place, PullRequest, RunId
from bot.errors import UsageError

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,63}")
_PROJECT = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_ADDRESS = re.compile(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?")
_REVISION = re.compile(r"(?!-)[^\s\x00-\x1f\x7f\ud800-\udfff]+")
# How the title of a draft begins; it is looked at only where GitLab does not say so itself.
_DRAFT_TITLE = re.compile(r"\s*(?:\[draft\]|\(draft\)|draft:)", re.IGNORECASE)
_TRAIN = "merge_train"
_BY_HAND = frozenset({"web", "api", "trigger", "chat"})

_SET_BY_GITLAB = (
    "GitLab sets it in every job of such a pipeline. Elsewhere, run `proofbot run` and name the revisions by `--base` "
    "and `--head`."
)


@dataclass(frozen=True, slots=True)
class _Variables:
    """The variables of a job, each checked as it is asked for."""

    told: Mapping[str, str]

    def text(self, name: str) -> str:
        """As it is; empty where it is missing."""
        return self.told.get(name, "")

    def formed_or_none(self, name: str, form: re.Pattern[str], meaning: str) -> str | None:
        """None where it is missing or empty.

        Raises:
            UsageError: it has another form.
        """
        value = self.text(name)
        if value and not form.fullmatch(value):
            raise UsageError(f"{name} is not {meaning}", where="environment", remedy=_SET_BY_GITLAB)
        return value or None

    def formed(self, name: str, form: re.Pattern[str], meaning: str) -> str:
        """One that must be there.

        Raises:
            UsageError: it is missing, or has another form.
        """
        value = self.formed_or_none(name, form, meaning)
        if value is None:
            raise UsageError(f"{name} is not set", where="environment", remedy=_SET_BY_GITLAB)
        return value

    def number(self, name: str) -> int:
        """A positive number."""
        return int(self.formed(name, _NUMBER, "a positive number"))

    def commit(self, name: str) -> str:
        """The full hash of a commit."""
        return self.formed(name, _COMMIT, "the hash of a commit")

    def commit_or_none(self, name: str) -> str | None:
        """The full hash of a commit, if there is one."""
        return self.formed_or_none(name, _COMMIT, "the hash of a commit")

    def project(self, name: str) -> str:
        """The path of a project."""
        return self.formed(name, _PROJECT, "the path of a project (`group/name`)")

    def project_or_none(self, name: str) -> str | None:
        """The path of a project, if there is one."""
        return self.formed_or_none(name, _PROJECT, "the path of a project (`group/name`)")

    def address(self, name: str) -> str:
        """An address without a slash at its end."""
        return self.formed(name, _ADDRESS, "an address (`https://gitlab.com`)").rstrip("/")


def load(environment: Mapping[str, str]) -> Occasion:
    """Why this job runs, by its environment. Touches no file.

    Args:
        environment: the variables of the job; of these only CI_* are looked at, and PROOFBOT_MERGE_REQUEST,
            PROOFBOT_HEAD and PROOFBOT_BASE, by which somebody who starts a pipeline says what to prove.

    Raises:
        UsageError: something that is needed is missing, or is not what GitLab would set.
    """
    job = _Variables(environment)
    source, place = job.formed("CI_PIPELINE_SOURCE", _WORD, "a word of GitLab's"), _place(job)
    if job.text("CI_MERGE_REQUEST_IID"):  # also in the pipelines that one of a merge request starts
        return _of_request(job, place, source)
    if source in _BY_HAND:
        return _of_dispatch(job, place, source)
    branch = job.text("CI_COMMIT_BRANCH")
    if source == "push" and branch and branch == job.text("CI_DEFAULT_BRANCH"):
        return Occasion(Happening.PUSH, place, source, head=place.commit, head_name=branch)
    return Occasion(Happening.SCHEDULE if source == "schedule" else Happening.OTHER, place, source)


def _place(job: _Variables) -> Place:
    own = job.project("CI_PROJECT_PATH")
    return Place(
        server_url=job.address("CI_SERVER_URL"),
        api_url=job.address("CI_API_V4_URL"),
        repository=job.project_or_none("CI_MERGE_REQUEST_PROJECT_PATH") or own,
        run=RunId(job.number("CI_PIPELINE_ID"), job.number("CI_JOB_ID")),
        run_url=job.address("CI_JOB_URL"),
        forge=ForgeKind.GITLAB,
        commit=job.commit("CI_COMMIT_SHA"),
    )


def _of_request(job: _Variables, place: Place, source: str) -> Occasion:
    event = job.formed_or_none("CI_MERGE_REQUEST_EVENT_TYPE", _WORD, "a word of GitLab's")
    words = f"{source}.{event}" if event else source
    request = _request(job, place)
    if event == _TRAIN:  # which is proven as it would be merged, on top of those before it
        return Occasion(
            Happening.QUEUE,
            place,
            words,
            number=request.number,
            request=request,
            head=place.commit,
            base=request.base,
            head_name=request.head_branch,
            base_name=request.base_branch,
        )
    return Occasion(
        Happening.REQUEST,
        place,
        words,
        number=request.number,
        request=request,
        is_foreign=job.project("CI_PROJECT_PATH").lower() != place.repository.lower(),
    )


def _request(job: _Variables, place: Place) -> PullRequest:
    """The merge request. Of merged results GitLab checks out the merge, and names both sides of it; elsewhere it names
    where head left its target when it was pushed. Where it names neither, the base is the target by its name."""
    number, title = job.number("CI_MERGE_REQUEST_IID"), job.text("CI_MERGE_REQUEST_TITLE")
    home = job.project_or_none("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH") or ""
    target = _named(job, "CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
    sides = (f"CI_MERGE_REQUEST_{side}_SHA" for side in ("TARGET_BRANCH", "DIFF_BASE"))
    base = next(filter(None, map(job.commit_or_none, sides)), target)
    return PullRequest(
        number=number,
        head=job.commit_or_none("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or place.commit,
        head_branch=_named(job, "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"),
        head_repository=home,
        base=base,
        base_branch=target,
        is_draft=_is_draft(job, title),
        is_fork=home.lower() != place.repository.lower(),
        title=title,
        labels=tuple(label for label in job.text("CI_MERGE_REQUEST_LABELS").split(",") if label),
        url=f"{place.server_url}/{place.repository}/-/merge_requests/{number}",
        description=job.text("CI_MERGE_REQUEST_DESCRIPTION"),
        is_cut=job.text("CI_MERGE_REQUEST_DESCRIPTION_IS_TRUNCATED").lower() == "true",
    )


def _is_draft(job: _Variables, title: str) -> bool:
    said = job.text("CI_MERGE_REQUEST_DRAFT").lower()
    return said == "true" if said in ("true", "false") else _DRAFT_TITLE.match(title) is not None


def _named(job: _Variables, name: str) -> str:
    return job.formed(name, _REVISION, "the name of a branch")


def _of_dispatch(job: _Variables, place: Place, source: str) -> Occasion:
    number = _named_request(job)
    head, base = (_named_revision(job, name) for name in ("PROOFBOT_HEAD", "PROOFBOT_BASE"))
    head_name = head
    if head is None and number is None:
        head, head_name = place.commit, job.text("CI_COMMIT_REF_NAME") or None
    return Occasion(
        Happening.DISPATCH,
        place,
        source,
        number=number,
        head=head,
        base=base,
        head_name=head_name,
        base_name=base,
    )


def _named_request(job: _Variables) -> int | None:
    """The number of the merge request that somebody named, or None."""
    told = job.text("PROOFBOT_MERGE_REQUEST")
    if not told:
        return None
    number = _NUMBER.fullmatch(told.strip().removeprefix("!"))
    if number is None:
        raise _wrong("PROOFBOT_MERGE_REQUEST", "is not the number of a merge request", "Write its number, `17`.")
    return int(number[0])


def _named_revision(job: _Variables, name: str) -> str | None:
    revision = job.text(name).strip()
    if revision and not _REVISION.fullmatch(revision):
        raise _wrong(name, "is no revision", "Write a commit, a branch or a tag.")
    return revision or None


def _wrong(name: str, fault: str, remedy: str) -> UsageError:
    return UsageError(f"the variable {name} {fault}", where="the pipeline's variables", remedy=remedy)
