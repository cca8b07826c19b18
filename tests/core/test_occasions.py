"""Tests of bot/core/occasions.py."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.occasions import Decision, Wishes, decide
from bot.domain import (
    Comment,
    FinishedRun,
    ForgeKind,
    GateState,
    Happening,
    Occasion,
    Place,
    PullRequest,
    RunId,
    Task,
)

_PLACE = Place("https://github.com", "https://api.github.com", "acme/shop", RunId(7), "https://github.com/run")
_REQUEST = PullRequest(
    number=17,
    head="a" * 40,
    head_branch="x\n::error::branch",
    head_repository="acme/shop",
    base="b" * 40,
    base_branch="main",
    author="ann\n::error::author",
    title="x\n::error::title",
)
_FINISHED = FinishedRun(RunId(5), "a" * 40, "x\n::error::branch", "fork/shop", "pull_request", "failure")


def _occasion(happening: Happening, words: str = "pull_request.opened") -> Occasion:
    return Occasion(happening, _PLACE, words, number=17)


def _requested(request: PullRequest, words: str = "pull_request.synchronize") -> Occasion:
    return replace(_occasion(Happening.REQUEST, words), request=request)


def _commented(body: str, author: str = "ann", *, is_bot: bool = False) -> Occasion:
    comment = Comment(3, author, body, author_is_bot=is_bot)
    return replace(_occasion(Happening.COMMENT, "issue_comment.created"), comment=comment)


def _finished(event: str, conclusion: str) -> Occasion:
    run = replace(_FINISHED, event=event, conclusion=conclusion)
    return Occasion(Happening.FINISHED, _PLACE, "workflow_run.completed", finished=run)


def _decide(occasion: Occasion) -> Decision:
    return decide(occasion, Wishes())


def test_on_gitlab_it_is_a_merge_request() -> None:
    """Somebody would look in the log for a merge request, and read of something that their forge does not have."""
    place = replace(_PLACE, forge=ForgeKind.GITLAB)
    draft = replace(_requested(replace(_REQUEST, is_draft=True)), place=place)
    assert _decide(replace(_requested(_REQUEST), place=place)).why == "merge request !17 is proven"
    assert _decide(draft).why == "merge request !17 is a draft"
    assert _decide(replace(_occasion(Happening.DISPATCH, "web"), place=place)).why.startswith(
        "merge request !17, asked"
    )


def test_a_pull_request_is_proven_and_told() -> None:
    """A pull request would get no comment."""
    decision = _decide(_requested(_REQUEST))
    assert (decision.task, decision.comments, decision.state) == (Task.PROVE, True, None)
    assert decision.why == "pull request 17 is proven"


def test_a_fork_is_proven_where_there_are_no_secrets() -> None:
    """The requests of contributors would never be proven."""
    assert _decide(_requested(replace(_REQUEST, is_fork=True))).task is Task.PROVE


@pytest.mark.parametrize("happening", [Happening.REQUEST, Happening.OTHER])
def test_a_fork_is_not_proven_where_there_are_secrets(happening: Happening) -> None:
    """A stranger's code would run beside the warehouse's password; or its author would not learn what to do."""
    fork = replace(_REQUEST, is_fork=True, is_draft=True)
    occasion = replace(_requested(fork, "pull_request_target.opened"), happening=happening)
    decision = _decide(occasion)
    assert decision.task is Task.NOTHING
    assert "must not run the code of a fork" in decision.why
    assert "`proofbot publish`" in decision.why
    ours = replace(occasion, request=replace(fork, is_fork=False, is_draft=False))
    assert _decide(ours).task is (Task.PROVE if happening is Happening.REQUEST else Task.NOTHING)


def test_a_draft_waits_and_is_not_green() -> None:
    """A draft would be merged unproven as soon as it is ready, because its status says success or nothing."""
    draft = _requested(replace(_REQUEST, is_draft=True))
    decision = _decide(draft)
    assert decision.task is Task.WAIT
    assert decision.state is GateState.PENDING
    assert decision.description == "draft: proofbot runs when it is ready"
    assert decide(draft, Wishes(on_draft=True)).task is Task.PROVE


def test_a_closed_request_that_gets_a_label_is_left_alone() -> None:
    """What was cleaned up would be built anew, for nobody, each time a label is put on an old request."""
    assert _decide(_requested(replace(_REQUEST, is_open=False))).task is Task.NOTHING


def test_what_a_closed_request_left_is_removed() -> None:
    """Databases of merged requests would pile up."""
    closed = replace(_occasion(Happening.CLOSED, "pull_request.closed"), request=replace(_REQUEST, is_open=False))
    assert _decide(closed).task is Task.CLEAN
    fork = replace(closed, words="pull_request_target.closed", request=replace(_REQUEST, is_fork=True))
    assert _decide(fork).task is Task.CLEAN


def test_a_merge_queue_gets_a_proof_without_a_comment() -> None:
    """The queue would wait for ever; or the comment would be about commits that nobody can see."""
    decision = _decide(_occasion(Happening.QUEUE, "merge_group.checks_requested"))
    assert (decision.task, decision.comments) == (Task.PROVE, False)


def test_a_run_by_hand_comments_where_there_is_a_request() -> None:
    """A run by hand would do nothing, or comment where there is nothing to comment on."""
    asked = _occasion(Happening.DISPATCH, "workflow_dispatch")
    assert (_decide(asked).task, _decide(asked).comments) == (Task.PROVE, True)
    alone = _decide(replace(asked, number=None))
    assert (alone.task, alone.comments) == (Task.PROVE, False)


@pytest.mark.parametrize(
    ("event", "conclusion", "task"),
    [
        ("pull_request", "success", Task.PUBLISH),
        ("pull_request", "failure", Task.PUBLISH),
        ("pull_request", "cancelled", Task.PUBLISH),
        ("pull_request", "", Task.PUBLISH),
        ("pull_request", "skipped", Task.NOTHING),
        ("pull_request", "action_required", Task.NOTHING),
        ("pull_request_target", "success", Task.NOTHING),
        ("push", "success", Task.NOTHING),
        ("workflow_dispatch", "success", Task.NOTHING),
    ],
)
def test_only_what_a_request_has_run_is_published(event: str, conclusion: str, task: Task) -> None:
    """A fork's report would never appear; or a run that had nothing to do with a request would be published."""
    assert _decide(_finished(event, conclusion)).task is task


@pytest.mark.parametrize(
    ("body", "task"),
    [
        ("/proofbot run", Task.ANSWER),
        ("/proofbot", Task.ANSWER),
        ("/proofbot\r\nhello", Task.ANSWER),
        ("/proofbotany run", Task.NOTHING),
        ("please\n/proofbot run", Task.NOTHING),
        ("> /proofbot run", Task.NOTHING),
        ("", Task.NOTHING),
    ],
)
def test_a_command_is_the_first_line(body: str, task: Task) -> None:
    """A command would be ignored; or somebody who quotes one would give it."""
    assert _decide(_commented(body)).task is task


def test_bots_give_no_commands() -> None:
    """A bot that repeats what people say would be obeyed."""
    assert _decide(_commented("/proofbot run", is_bot=True)).task is Task.NOTHING
    assert _decide(_commented("/proofbot run", author="")).task is Task.NOTHING


def test_a_push_refreshes_and_a_schedule_sweeps() -> None:
    """Each request would build the origin anew; what a crash left would stay for ever."""
    assert _decide(_occasion(Happening.PUSH, "push")).task is Task.REFRESH
    assert _decide(_occasion(Happening.SCHEDULE, "schedule")).task is Task.SWEEP
    assert _decide(_occasion(Happening.OTHER, "pull_request.assigned")).task is Task.NOTHING


@pytest.mark.parametrize("happening", Happening)
def test_every_reason_is_one_line_without_what_people_wrote(happening: Happening) -> None:
    """A branch's name or a comment could give commands to the runner by way of the log."""
    for is_fork, is_draft, is_open in [(False, False, True), (True, True, True), (True, False, False)]:
        request = replace(_REQUEST, is_fork=is_fork, is_draft=is_draft, is_open=is_open)
        for body in ("/proofbot run\n::error::x", "\n::error::x"):
            occasion = Occasion(
                happening,
                _PLACE,
                "pull_request.opened",
                number=17,
                request=request,
                comment=Comment(3, "ann\n::error::author", body),
                finished=_FINISHED,
            )
            why = _decide(occasion).why
            assert why
            assert why.isprintable()
            assert "error" not in why
        bare = Occasion(happening, _PLACE, "pull_request.opened")
        assert _decide(bare).why.isprintable()
