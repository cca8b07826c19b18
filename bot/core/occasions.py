"""What is to be done about an occasion, and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.core import forge_words
from bot.domain import GateState, Happening, Occasion, Task

_COMMAND = re.compile(r"/proofbot(?=\s|$)")
_WITH_SECRETS = "pull_request_target."
_FORK_WITH_SECRETS = (
    "a job with secrets must not run the code of a fork; prove it on `pull_request`, and let a job on `workflow_run` "
    "run `proofbot publish`"
)
_OF_REQUESTS = "pull_request"
# Conclusions of runs that have not run: skipped by a condition, or waiting for somebody's approval.
_DID_NOT_RUN = frozenset({"skipped", "action_required"})


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the project wants: `on_draft` says that drafts are proven too."""

    on_draft: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done; `why` is one line for the log, without anything that people wrote.

    `comments` says that what is proven is also told in a comment on the pull request. `state` and `description` are
    the commit status of a pull request that has to wait, `state` is None otherwise.
    """

    task: Task
    why: str
    comments: bool = False
    state: GateState | None = None
    description: str = ""


def decide(occasion: Occasion, wishes: Wishes) -> Decision:
    """What is to be done about an occasion."""
    return _DECIDERS[occasion.happening](occasion, wishes)


def _about_request(occasion: Occasion, wishes: Wishes) -> Decision:
    request = occasion.request
    if request is None:
        return Decision(Task.PROVE, f"a {_words(occasion).request} is proven", comments=True)
    if request.is_fork and occasion.words.startswith(_WITH_SECRETS):
        return Decision(Task.NOTHING, _FORK_WITH_SECRETS)
    if not request.is_open:
        return Decision(Task.NOTHING, f"{_numbered(occasion)} is closed")
    if request.is_draft and not wishes.on_draft:
        return Decision(
            Task.WAIT,
            f"{_numbered(occasion)} is a draft",
            state=GateState.PENDING,
            description="draft: proofbot runs when it is ready",
        )
    return Decision(Task.PROVE, f"{_numbered(occasion)} is proven", comments=True)


def _about_closed(occasion: Occasion, wishes: Wishes) -> Decision:  # noqa: ARG001 (every happening is decided alike)
    return Decision(Task.CLEAN, f"what was made for {_numbered(occasion)} is removed")


def _about_queue(occasion: Occasion, wishes: Wishes) -> Decision:  # noqa: ARG001
    return Decision(Task.PROVE, "the merge queue wants to know; there is no comment")


def _about_dispatch(occasion: Occasion, wishes: Wishes) -> Decision:  # noqa: ARG001
    if occasion.number is None:
        return Decision(Task.PROVE, "asked for by hand; there is no comment")
    return Decision(Task.PROVE, f"{_numbered(occasion)}, asked for by hand", comments=True)


def _about_finished(occasion: Occasion, wishes: Wishes) -> Decision:  # noqa: ARG001
    finished = occasion.finished
    if finished is None or finished.event != _OF_REQUESTS:
        event = f"on `{finished.event}`" if finished else "unknown"
        return Decision(Task.NOTHING, f"the run that ended was {event}, not on `{_OF_REQUESTS}`")
    run = f"run {finished.run.number}"
    if finished.conclusion in _DID_NOT_RUN:
        return Decision(Task.NOTHING, f"{run} did not run ({finished.conclusion})")
    return Decision(Task.PUBLISH, f"what {run} found is published")


def _about_comment(occasion: Occasion, wishes: Wishes) -> Decision:  # noqa: ARG001
    comment = occasion.comment
    if comment is None or not _COMMAND.match(comment.body):
        return Decision(Task.NOTHING, "the comment does not start with `/proofbot`")
    if comment.author_is_bot or not comment.author:
        return Decision(Task.NOTHING, "only people give commands, and this one is a bot's or nobody's")
    return Decision(Task.ANSWER, f"a command on {_numbered(occasion)}")


def _about_push(occasion: Occasion, wishes: Wishes) -> Decision:  # noqa: ARG001
    return Decision(Task.REFRESH, "the default branch moved; its origin is built")


def _about_schedule(occasion: Occasion, wishes: Wishes) -> Decision:  # noqa: ARG001
    return Decision(Task.SWEEP, "what is old is removed")


def _about_other(occasion: Occasion, wishes: Wishes) -> Decision:  # noqa: ARG001
    if occasion.request and occasion.request.is_fork and occasion.words.startswith(_WITH_SECRETS):
        return Decision(Task.NOTHING, _FORK_WITH_SECRETS)
    return Decision(Task.NOTHING, "nothing that concerns proofbot")


def _words(occasion: Occasion) -> forge_words.Words:
    return forge_words.of(occasion.place.forge)


def _numbered(occasion: Occasion) -> str:
    number = occasion.request.number if occasion.request else occasion.number
    return _words(occasion).numbered(number)


_DECIDERS: Mapping[Happening, Callable[[Occasion, Wishes], Decision]] = {
    Happening.REQUEST: _about_request,
    Happening.CLOSED: _about_closed,
    Happening.QUEUE: _about_queue,
    Happening.DISPATCH: _about_dispatch,
    Happening.FINISHED: _about_finished,
    Happening.COMMENT: _about_comment,
    Happening.PUSH: _about_push,
    Happening.SCHEDULE: _about_schedule,
    Happening.OTHER: _about_other,
}
