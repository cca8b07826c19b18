"""The story of `proofbot ci`: what the event that started a CI job asks for is done."""

from __future__ import annotations

from dataclasses import replace

from rich.console import Console

from bot.core import declaration_blocks, forge_words, occasions, slugs
from bot.core.forge_words import Words
from bot.core.occasions import Decision, Wishes
from bot.domain import CommitStatus, ForgeKind, GateState, Happening, PullRequest, Task
from bot.errors import EnvironmentFailure, UsageError
from bot.run import answer, cleanup, publish, refresh
from bot.run.cleanup import CleanupWish
from bot.run.proving import Case, Job, prove
from bot.run.stage import Request
from bot.world import actions, git, layout
from bot.world.forges.contract import ForgeError, Withheld


def run(job: Job, wishes: Wishes, log: Console, page: Console) -> int:
    """Does what the event asks for.

    Returns:
        the exit code: 0 where the gate is open or there was nothing to prove, 1 where it is closed.

    Raises:
        ProofbotError: it could not be done.
    """
    decision = occasions.decide(job.occasion, wishes)
    job.desk.log(f"{job.occasion.words}: {decision.why}")
    if decision.task is not Task.PROVE:
        actions.set_outputs(job.environment, {"result": "pending" if decision.task is Task.WAIT else "none"})
    match decision.task:
        case Task.PROVE:
            return prove(job, _case(job), log, page)
        case Task.WAIT:
            return _wait(job, decision)
        case Task.REFRESH:
            return refresh.refresh(replace(job.request, head=job.occasion.head), log)
        case Task.ANSWER:
            return _answer(job, log, page)
        case Task.PUBLISH:
            return publish.publish(job.desk, job.occasion)
        case Task.CLEAN:
            wish = CleanupWish(number=job.occasion.number, repository=job.desk.place.repository, request=_swept(job))
            return cleanup.cleanup(wish, job.desk.log)
        case Task.SWEEP:
            return cleanup.cleanup(CleanupWish(older_than=job.older_than, request=_swept(job)), job.desk.log)
        case Task.NOTHING:
            return 0


def project_folder(request: Request) -> str | None:
    """The folder of the dbt project in its repository, as far as it is known before anything is read: the one that is
    named, or that we are called in; None where neither is a project."""
    folder = request.project_dir or request.here
    if request.project_dir is None and not (folder / layout.PROJECT_FILE).is_file():
        return None
    try:
        root = git.find_repository(folder).root
    except UsageError:
        return None  # the run says it, and better
    return folder.resolve().relative_to(root).as_posix()


def _case(job: Job) -> Case:
    """What the event wants to be proven.

    Raises:
        EnvironmentFailure: the forge cannot be asked.
        UsageError: it must not be proven, or what it declares is cut off.
    """
    occasion = job.occasion
    is_queued = occasion.happening is Happening.QUEUE
    if occasion.request is not None and not is_queued:
        description = _description(job, occasion.request.number, occasion.request)
        return _of_request(replace(occasion.request, description=description), is_foreign=occasion.is_foreign)
    if occasion.number is not None and not is_queued:
        request = _ask(job, occasion.number)
        _check_head(request, occasion.head, forge_words.of(occasion.place.forge))
        return _of_request(request)
    head = occasion.head or "HEAD"
    description = "" if occasion.number is None else _description(job, occasion.number, occasion.request)
    name = occasion.head_name or head
    return Case(head, name, occasion.base, occasion.base_name or occasion.base, description=description)


def _description(job: Job, number: int, told: PullRequest | None) -> str:
    """A pull request's description of now: a job that is run again has the event of then, and a queue's may have none.

    Raises:
        UsageError: a declaration is cut off.
    """
    try:
        return job.desk.forge.pull_request(number).description
    except ForgeError as error:
        job.desk.log(f"the description is as the event tells it, because the forge cannot be asked: {error}")
    if told is not None and told.is_cut:
        if declaration_blocks.is_left_open(told.description):
            raise UsageError(
                "the description declares more than this job is told, for it is too long",
                remedy="Declare it in `.proofbot/expect.yml`, or further up in the description.",
            )
        job.desk.log("the description is too long to be told whole: what is declared at its end does not count")
    return told.description if told is not None else ""


def _check_head(request: PullRequest, head: str | None, words: Words) -> None:
    """A run by hand has secrets: of a fork it must name the very commit that somebody has read."""
    if head is not None and head.lower() != request.head.lower():
        raise UsageError(
            f"the head of {words.numbered(request.number)} is {request.head}, and not {head}",
            remedy="Read what was pushed, and name the whole commit.",
        )
    if head is None and request.is_fork:
        raise UsageError(
            f"{words.numbered(request.number)} comes from a fork, and this job has secrets",
            remedy=f"Read what it would run, and name the commit as {words.by_hand}: {request.head}",
        )


def _of_request(request: PullRequest, *, is_foreign: bool = False) -> Case:
    """A pull request as a case. What somebody who may write has asked for is a run of ours, also of a fork's code."""
    return Case(
        request.head,
        request.head_branch,
        request.base,
        request.base_branch,
        number=request.number,
        is_foreign=is_foreign,
        description=request.description,
    )


def _ask(job: Job, number: int) -> PullRequest:
    try:
        return job.desk.forge.pull_request(number)
    except ForgeError as error:
        words = forge_words.of(job.desk.place.forge)
        raise EnvironmentFailure(
            f"{words.numbered(number)} could not be looked up: {error}", remedy=words.unread
        ) from None


def _swept(job: Job) -> Request | None:
    """By whose profile the warehouse is looked through for what dead runs left. A fork's job has no secrets for it."""
    return None if job.occasion.is_foreign else job.request


def _wait(job: Job, decision: Decision) -> int:
    """Says on the commit what the gate waits for.

    On GitLab the job is a gate itself, and none is started when a draft becomes ready: where no status holds the merge,
    the job does.
    """
    request, forge = job.occasion.request, job.desk.place.forge
    if request is not None:
        status = CommitStatus(
            slugs.context(job.desk.slug),
            decision.state or GateState.PENDING,
            decision.description,
            job.desk.place.run_url,
        )
        try:
            job.desk.forge.set_status(request.head, status)
        except ForgeError as error:
            if not isinstance(error, Withheld):
                job.desk.log(f"the commit's status could not be set: {error}")
            if forge is ForgeKind.GITLAB:
                job.desk.log(
                    "nothing was proven, and no status holds the merge: so this job fails until the draft is ready"
                )
                return 1
    return 0


def _answer(job: Job, log: Console, page: Console) -> int:
    """Does what a comment commands; `/proofbot run` is a run like any other."""
    answered = answer.answer(job.desk, job.occasion)
    if answered.request is None:
        return 0
    return prove(job, _of_request(answered.request), log, page)
