"""The door of GitHub Actions: environment variables and the event's payload become an Occasion.

What a payload says is checked for its form before it is believed; texts that people wrote pass as they are, untrusted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.domain import Comment, FinishedRun, Happening, Occasion, Place, PullRequest, RunId
from bot.errors import UsageError
from bot.world.forges.github_payload import COMMIT, REPOSITORY, WORD, WRITTEN_BY_ACTIONS, Part

# Actions of a pull request after which its proof may be another, or may be allowed for the first time.
_TO_PROVE = frozenset(
    {"opened", "synchronize", "reopened", "ready_for_review", "converted_to_draft", "labeled", "unlabeled"}
)
_NO_COMMIT = re.compile(r"0+")
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_ADDRESS = re.compile(r"https?://[^\s/?#@]+(?:/[^\s?#]*)?")
_REVISION = re.compile(r"(?!-)[^\s\x00-\x1f\x7f\ud800-\udfff]+")
_QUEUE_BRANCH = re.compile(r"refs/heads/gh-readonly-queue/.+/pr-([1-9][0-9]{0,17})-[0-9a-f]{40,64}", re.DOTALL)

_SET_BY_ACTIONS = (
    "GitHub Actions sets it in every job. Elsewhere, run `proofbot run` without it and name the revisions by `--base` "
    "and `--head`."
)
_OUR_WORDS = "proofbot"


@dataclass(frozen=True, slots=True)
class _Job:
    """What the environment says: which event, where, on which commit."""

    event: str
    place: Place
    environment: Mapping[str, str]


def load(environment: Mapping[str, str]) -> Occasion:
    """Why this job runs, by the environment and the file that its GITHUB_EVENT_PATH names.

    Raises:
        UsageError: a variable is missing or wrong, the file can't be read, or is no event of GitHub.
    """
    name = environment.get("GITHUB_EVENT_PATH", "")
    if not name:
        raise UsageError("GITHUB_EVENT_PATH is not set", where="environment", remedy=_SET_BY_ACTIONS)
    try:
        payload = json.loads(Path(name).read_bytes())
    except OSError as error:
        raise _unreadable(error.strerror or "it can't be read") from error
    except (ValueError, RecursionError) as error:  # also a path with a null character in it
        raise _unreadable("it is not JSON") from error
    if not isinstance(payload, dict):
        raise _unreadable("it holds no JSON object")
    return read(environment, payload)


def read(environment: Mapping[str, str], payload: Mapping[str, object]) -> Occasion:
    """Why this job runs. Touches no file.

    Args:
        environment: the variables of the job; of these only GITHUB_* are looked at.
        payload: the event as GitHub sends it.

    Raises:
        UsageError: something that is needed is missing, or is not what GitHub would send.
    """
    event = _variable(environment, "GITHUB_EVENT_NAME", WORD, "the name of an event")
    job = _Job(event, _place(environment), environment)
    return _READERS.get(event, _of_something_else)(job, Part(payload))


def _place(environment: Mapping[str, str]) -> Place:
    server = _variable(environment, "GITHUB_SERVER_URL", _ADDRESS, "an address (`https://github.com`)").rstrip("/")
    api = _variable(environment, "GITHUB_API_URL", _ADDRESS, "an address (`https://api.github.com`)").rstrip("/")
    repository = _variable(environment, "GITHUB_REPOSITORY", REPOSITORY, "a repository (`owner/name`)")
    run = int(_variable(environment, "GITHUB_RUN_ID", _NUMBER, "a positive number"))
    attempt = int(_variable(environment, "GITHUB_RUN_ATTEMPT", _NUMBER, "a positive number"))
    return Place(
        server_url=server,
        api_url=api,
        repository=repository,
        run=RunId(run, attempt),
        run_url=f"{server}/{repository}/actions/runs/{run}/attempts/{attempt}",
    )


def _variable(environment: Mapping[str, str], name: str, form: re.Pattern[str], meaning: str) -> str:
    value = environment.get(name, "")
    if not value:
        raise UsageError(f"{name} is not set", where="environment", remedy=_SET_BY_ACTIONS)
    if not form.fullmatch(value):
        raise UsageError(f"{name} is not {meaning}", where="environment", remedy=_SET_BY_ACTIONS)
    return value


def _of_request(job: _Job, event: Part) -> Occasion:
    action = event.word("action")
    request = _request(event.part("pull_request"))
    changes = event.part_or_none("changes")
    edited = changes if action == "edited" else None
    has_new_base = edited is not None and "base" in edited.fields
    says_anew = edited is not None and _declares(edited, request.description)
    happening = Happening.OTHER
    if action == "closed":
        happening = Happening.CLOSED
    # In a job of `pull_request_target` there are secrets: a fork's code must never be taken for something to prove.
    elif (action in _TO_PROVE or has_new_base or says_anew) and not (
        job.event == "pull_request_target" and request.is_fork
    ):
        happening = Happening.REQUEST
    words, foreign = f"{job.event}.{action}", request.is_fork
    return Occasion(happening, job.place, words, number=request.number, request=request, is_foreign=foreign)


def _declares(edited: Part, description: str) -> bool:
    """Whether the description was edited, and holds or held words for us. Workflows ask the same: a job that starts
    ends the one before it, so it must prove the request whenever it starts."""
    before = edited.part_or_none("body")
    texts = (before.text_or_none("from") or "", description) if before is not None else ()
    return any(_OUR_WORDS in text.lower() for text in texts)


def _request(told: Part) -> PullRequest:
    """The pull request. Its head is the last commit of its branch: what Actions checks out is a test merge."""
    head, base, author = told.part("head"), told.part("base"), told.part_or_none("user")
    head_repository, base_repository = head.part_or_none("repo"), base.part("repo").repository()
    home = head_repository.repository() if head_repository else ""
    return PullRequest(
        number=told.number("number"),
        head=head.commit("sha"),
        head_branch=head.text("ref"),
        head_repository=home,
        base=base.commit("sha"),
        base_branch=base.text("ref"),
        is_open=told.text("state") == "open",
        is_draft=told.flag("draft"),
        # `repo.fork` says something else: it is set for every branch of a repository that is a fork itself.
        is_fork=home.lower() != base_repository.lower(),
        author=author.text("login") if author else "",
        title=told.text_or_none("title") or "",
        labels=tuple(label.text("name") for label in told.parts("labels")),
        url=told.text_or_none("html_url") or "",
        description=told.text_or_none("body") or "",
    )


def _of_queue(job: _Job, event: Part) -> Occasion:
    action, group = event.word("action"), event.part("merge_group")
    branch = _QUEUE_BRANCH.fullmatch(group.text("head_ref"))
    return Occasion(
        Happening.QUEUE if action == "checks_requested" else Happening.OTHER,
        job.place,
        f"{job.event}.{action}",
        number=int(branch[1]) if branch else None,
        head=group.commit("head_sha"),
        base=group.commit("base_sha"),
        head_name=_branch(group.text("head_ref")),
        base_name=_branch(group.text("base_ref")),
    )


def _of_dispatch(job: _Job, event: Part) -> Occasion:
    inputs = event.part_or_none("inputs") or Part({}, "inputs")
    number = _named_request(inputs)
    head, base = (_named_revision(inputs, name) for name in ("head", "base"))
    head_name = head
    if head is None and number is None:
        head = _variable(job.environment, "GITHUB_SHA", COMMIT, "the hash of a commit")
        head_name = _branch(event.text("ref"))
    return Occasion(
        Happening.DISPATCH,
        job.place,
        job.event,
        number=number,
        head=head,
        base=base,
        head_name=head_name,
        base_name=base,
    )


def _named_request(inputs: Part) -> int | None:
    """The number of the pull request that somebody typed into the form, or None."""
    texts = [(inputs.text_or_none(name) or "").strip() for name in ("pull-request", "pr")]
    told = {text.removeprefix("#") for text in texts if text}
    if not told:
        return None
    number = _NUMBER.fullmatch(told.pop())
    if number is None or told:
        raise _wrong_input("pull-request", "is not the number of one pull request", "Write its number, `17`.")
    return int(number[0])


def _named_revision(inputs: Part, name: str) -> str | None:
    revision = (inputs.text_or_none(name) or "").strip()
    if revision and not _REVISION.fullmatch(revision):
        raise _wrong_input(name, "is no revision", "Write a commit, a branch or a tag.")
    return revision or None


def _of_push(job: _Job, event: Part) -> Occasion:
    ref, after = event.text("ref"), event.commit("after")
    default = event.part("repository").text("default_branch")
    gone = event.flag("deleted") or _NO_COMMIT.fullmatch(after) is not None
    if gone or ref != f"refs/heads/{default}":
        return Occasion(Happening.OTHER, job.place, job.event)
    return Occasion(Happening.PUSH, job.place, job.event, head=after, head_name=default)


def _of_run(job: _Job, event: Part) -> Occasion:
    """The pull requests that the payload lists are left out: there are none where the run was a fork's."""
    action, run = event.word("action"), event.part("workflow_run")
    if action != "completed":
        return Occasion(Happening.OTHER, job.place, f"{job.event}.{action}")
    home = run.part_or_none("head_repository")
    finished = FinishedRun(
        run=RunId(run.number("id"), run.number("run_attempt")),
        head=run.commit("head_sha"),
        head_branch=run.text_or_none("head_branch") or "",
        head_repository=home.repository() if home else "",
        event=run.word("event"),
        conclusion="" if run.text_or_none("conclusion") is None else run.word("conclusion"),
    )
    return Occasion(Happening.FINISHED, job.place, f"{job.event}.{action}", finished=finished)


def _of_comment(job: _Job, event: Part) -> Occasion:
    """Only what is new counts: an edit would let somebody put a command into a comment of another."""
    action, issue = event.word("action"), event.part("issue")
    if action != "created" or issue.part_or_none("pull_request") is None:
        return Occasion(Happening.OTHER, job.place, f"{job.event}.{action}")
    told = event.part("comment")
    author = told.part_or_none("user")
    login = author.text("login") if author else ""
    comment = Comment(
        number=told.number("id"),
        author=login,
        body=told.text_or_none("body") or "",
        url=told.text_or_none("html_url") or "",
        author_is_bot=login.endswith("[bot]") or (author is not None and author.text_or_none("type") == "Bot"),
    )
    return Occasion(
        Happening.COMMENT, job.place, f"{job.event}.{action}", number=issue.number("number"), comment=comment
    )


def _of_schedule(job: _Job, event: Part) -> Occasion:  # noqa: ARG001 (every event is read alike)
    return Occasion(Happening.SCHEDULE, job.place, job.event)


def _of_something_else(job: _Job, event: Part) -> Occasion:  # noqa: ARG001 (every event is read alike)
    return Occasion(Happening.OTHER, job.place, job.event)


def _branch(ref: str) -> str:
    return ref.removeprefix("refs/heads/").removeprefix("refs/tags/")


def _wrong_input(name: str, fault: str, remedy: str) -> UsageError:
    return UsageError(f"the input `{name}` {fault}", where="workflow_dispatch", remedy=remedy)


def _unreadable(reason: str) -> UsageError:
    return UsageError(f"the event can't be read: {reason}", where="GITHUB_EVENT_PATH", remedy=WRITTEN_BY_ACTIONS)


_READERS: Mapping[str, Callable[[_Job, Part], Occasion]] = {
    "pull_request": _of_request,
    "pull_request_target": _of_request,
    "merge_group": _of_queue,
    "workflow_dispatch": _of_dispatch,
    "push": _of_push,
    "workflow_run": _of_run,
    "issue_comment": _of_comment,
    "schedule": _of_schedule,
}
