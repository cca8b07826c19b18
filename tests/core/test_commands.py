"""Tests of bot/core/commands.py."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.commands import HELP, LONGEST_REASON, Command, Verb, decide, read
from bot.domain import Comment, Permission, PullRequest, Reaction
from tests.render.reports import HOSTILE

_HEAD = "9ab01cd27e5b8f3a4c6d1e0f9b8a7c6d5e4f3a2b"
_REQUEST = PullRequest(7, _HEAD, "faster", "acme/shop", "4b4864c1f0", "main")
_FORK = replace(_REQUEST, head_repository="mallory/shop", is_fork=True)
_COMMENT = Comment(11, "octocat", "/proofbot run")
_ME = "github-actions[bot]"


@pytest.mark.parametrize(
    ("body", "command"),
    [
        ("/proofbot run", Command(Verb.RUN)),
        ("/proofbot  RUN  ", Command(Verb.RUN)),
        ("/proofbot run\r\n\r\nthanks!", Command(Verb.RUN)),
        (f"/proofbot run {_HEAD}", Command(Verb.RUN, commit=_HEAD)),
        (f"/proofbot run {_HEAD.upper()}", Command(Verb.RUN, commit=_HEAD)),
        ("/proofbot help", Command(Verb.HELP)),
        ("/proofbot", Command(Verb.HELP)),
        ("/proofbot accept orders as  planned ", Command(Verb.ACCEPT, model="orders", reason="as planned")),
        ("/proofbot accept all it is meant", Command(Verb.ACCEPT, model="all", reason="it is meant")),
        (
            "/proofbot accept `open orders` moved, as planned",
            Command(Verb.ACCEPT, model="open orders", reason="moved, as planned"),
        ),
        ('/proofbot accept "open orders" meant', Command(Verb.ACCEPT, model="open orders", reason="meant")),
    ],
)
def test_commands_are_read(body: str, command: Command) -> None:
    """A maintainer would write a command and nothing would happen, or something else."""
    assert read(body) == command


@pytest.mark.parametrize(
    "body",
    [
        "",
        "please /proofbot run",
        " /proofbot run",
        "> /proofbot run",
        "`/proofbot run`",
        "/proofbots run",
        "/proofbot-run",
        "thanks\n/proofbot run",
        "\n/proofbot run",
        "/PROOFBOT run",
    ],
)
def test_what_only_mentions_a_command_is_none(body: str) -> None:
    """Who quotes or explains a command would give it."""
    assert read(body) is None


@pytest.mark.parametrize(
    "body",
    [
        "/proofbot dance",
        "/proofbot run now",
        "/proofbot run HEAD~1",
        f"/proofbot run {_HEAD} {_HEAD}",
        "/proofbot accept",
        "/proofbot accept orders",
        "/proofbot accept orders   ...",
        "/proofbot accept `orders",
        "/proofbot accept `` why",
        f"/proofbot accept {'x' * 201} why",
        "/proofbot accept orders \nwhy",
    ],
)
def test_a_command_that_is_wrong_asks_for_help(body: str) -> None:
    """It would be taken for another, or nobody would say what was wrong with it."""
    command = read(body)
    assert command is not None
    assert command.verb is Verb.HELP
    assert command.fault


def test_a_long_reason_is_cut() -> None:
    """One reason would push everything else out of the comment."""
    command = read(f"/proofbot accept all {'why ' * 200}")
    assert command is not None
    assert len(command.reason) == LONGEST_REASON
    assert command.reason.endswith("…")


@given(st.one_of(st.text(), st.sampled_from(HOSTILE)), st.sampled_from(["", "run ", "accept ", "accept all ", "help "]))
def test_nothing_that_was_written_is_said_back(text: str, verb: str) -> None:
    """A comment could make the bot mention people, or give commands of its own."""
    command = read(f"/proofbot {verb}{text}")
    if command is None:
        return
    assert "\n" not in command.model + command.reason
    answer = decide(command, _COMMENT, _REQUEST, Permission.WRITE, _ME)
    known = decide(Command(Verb.HELP, fault=command.fault), _COMMENT, _REQUEST, Permission.WRITE, _ME)
    assert answer.reply in ("", HELP, known.reply, "That is not the newest commit of this pull request.\n")
    assert not answer.reply.startswith("/")


@pytest.mark.parametrize("permission", [Permission.NONE, Permission.READ])
@pytest.mark.parametrize("command", [Command(Verb.RUN), Command(Verb.ACCEPT, "", "all", "x"), Command(Verb.HELP)])
def test_who_may_not_write_gets_a_receipt_and_nothing_else(permission: Permission, command: Command) -> None:
    """Anybody could open the gate, run code with the secrets, or make the bot talk."""
    answer = decide(command, _COMMENT, _REQUEST, permission, _ME)
    assert (answer.verb, answer.reaction, answer.reply) == (None, Reaction.REFUSED, "")


@pytest.mark.parametrize(
    "comment",
    [replace(_COMMENT, author_is_bot=True), replace(_COMMENT, author="GitHub-Actions[bot]"), Comment(1, "", "")],
)
def test_bots_are_ignored(comment: Comment) -> None:
    """Two bots could keep each other busy for ever."""
    answer = decide(Command(Verb.RUN), comment, _REQUEST, Permission.ADMIN, _ME)
    assert (answer.verb, answer.reaction, answer.reply) == (None, None, "")


@pytest.mark.parametrize("permission", [Permission.WRITE, Permission.ADMIN])
@pytest.mark.parametrize("verb", [Verb.RUN, Verb.ACCEPT])
def test_who_may_write_gets_what_they_want(permission: Permission, verb: Verb) -> None:
    """A maintainer would be refused."""
    answer = decide(Command(verb), _COMMENT, _REQUEST, permission, _ME)
    assert (answer.verb, answer.reaction, answer.reply) == (verb, Reaction.DONE, "")


def test_help_is_said() -> None:
    """Who asks for help would get none; who mistypes would not learn what is there."""
    assert decide(Command(Verb.HELP), _COMMENT, _REQUEST, Permission.WRITE, _ME).reply == HELP
    wrong = decide(Command(Verb.HELP, fault="There is no such command."), _COMMENT, _REQUEST, Permission.WRITE, _ME)
    assert wrong.reply == f"There is no such command.\n\n{HELP}"
    assert wrong.reaction is Reaction.PUZZLED


def test_the_help_is_no_command() -> None:
    """The bot would answer itself."""
    assert read(HELP) is None


@pytest.mark.parametrize("request_", [_FORK, replace(_REQUEST, head_repository="")])
@pytest.mark.parametrize("commit", ["", _HEAD[:39], _HEAD[:7], f"{_HEAD[:-1]}c", "0" * 40])
def test_a_fork_is_run_only_at_the_commit_that_was_looked_at(request_: PullRequest, commit: str) -> None:
    """A fork could push other code between the look and the command, and read every secret."""
    answer = decide(Command(Verb.RUN, commit), _COMMENT, request_, Permission.ADMIN, _ME)
    assert (answer.verb, answer.reaction) == (None, Reaction.REFUSED)
    assert answer.reply
    assert _HEAD not in answer.reply, "who copies it has not looked"


def test_a_fork_is_run_at_its_head() -> None:
    """A maintainer could not prove a fork's pull request at all."""
    assert decide(Command(Verb.RUN, _HEAD), _COMMENT, _FORK, Permission.WRITE, _ME).verb is Verb.RUN


@pytest.mark.parametrize(("commit", "runs"), [("", True), (_HEAD[:7], True), (_HEAD, True), ("abcdef0", False)])
def test_a_named_commit_has_to_be_the_newest(commit: str, runs: bool) -> None:  # noqa: FBT001 (a parameter of a table)
    """Another commit would be proven than the one that was asked for."""
    answer = decide(Command(Verb.RUN, commit), _COMMENT, _REQUEST, Permission.WRITE, _ME)
    assert (answer.verb is Verb.RUN) is runs


@pytest.mark.parametrize("verb", [Verb.RUN, Verb.ACCEPT])
def test_nothing_is_done_about_a_closed_request(verb: Verb) -> None:
    """A run would be paid for that nobody needs."""
    answer = decide(Command(verb), _COMMENT, replace(_REQUEST, is_open=False), Permission.ADMIN, _ME)
    assert (answer.verb, answer.reaction) == (None, Reaction.REFUSED)
