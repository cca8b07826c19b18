"""Slash commands: what a comment asks for, and whether whoever wrote it may. Nothing they wrote is said back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.domain import Comment, Permission, PullRequest, Reaction

LONGEST_REASON = LONGEST_NAME = 200  # as much as a marker keeps
_MAY = frozenset({Permission.WRITE, Permission.ADMIN})
_COMMAND = re.compile(r"/proofbot(?:[ \t]+(?P<word>\S+))?(?:[ \t]+(?P<rest>.*))?")
# A name with spaces stands in backticks or quotes.
_NAMED = re.compile(r"(?:`(?P<code>[^`]+)`|\"(?P<quoted>[^\"]+)\"|(?P<plain>[^\s`\"]\S*))(?:\s+(?P<reason>.*))?")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_FULL_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SAYS_SOMETHING = re.compile(r"[^\W_]")

HELP = """\
Commands of proofbot, each the first line of a comment, by people who may write to this repository:

- `/proofbot run` proves the newest commit once more. On a pull request from a fork name the commit in full, \
`/proofbot run <commit>`: its code runs with this repository's secrets.
- `/proofbot accept <model> <reason>` accepts what a model, a query, an assertion or a metric was found to do. \
`/proofbot accept all <reason>` accepts everything that fails. Names with spaces stand in backticks. \
It holds until the next push. Errors can't be accepted.
- `/proofbot help` says this.
"""


class Verb(StrEnum):
    """What a command wants."""

    RUN = "run"
    ACCEPT = "accept"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Command:
    """What a comment asks for. `commit` is what `run` names, empty where it names none; `model` and `reason` are those
    of `accept`, one line each. `fault` says what was wrong with a command that could not be read: it asks for help."""

    verb: Verb
    commit: str = ""
    model: str = ""
    reason: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is done about a command. `verb` is what to do, None where nothing is.

    `reaction` is the last receipt, None for none at all: as if nobody had said anything. `reply` is what to say, empty
    for nothing. `why` is one line for the log.
    """

    verb: Verb | None
    why: str
    reaction: Reaction | None = None
    reply: str = ""


def read(body: str) -> Command | None:
    """The command that a comment is; None where it is none. Only its first line counts."""
    line = body.partition("\n")[0].rstrip()
    match = _COMMAND.fullmatch(line)
    if match is None:
        return None
    word, rest = (match["word"] or "").lower(), (match["rest"] or "").strip()
    if word in ("", Verb.HELP):
        return Command(Verb.HELP)
    if word == Verb.RUN:
        return _run(rest.lower())
    return _accept(rest) if word == Verb.ACCEPT else Command(Verb.HELP, fault="There is no such command.")


def decide(command: Command, comment: Comment, request: PullRequest, permission: Permission, me: str) -> Answer:
    """What is done about a command.

    Args:
        request: the pull request as it is now.
        permission: what the author of the comment may do.
        me: the login that comments of ours carry.
    """
    if comment.author_is_bot or not comment.author or comment.author.casefold() == me.casefold():
        return Answer(None, "commands of bots are ignored")
    if permission not in _MAY:
        # A reaction is all that strangers get: nobody shall make us write.
        return Answer(None, "only people who may write give commands", Reaction.REFUSED)
    if command.verb is Verb.HELP:
        return Answer(Verb.HELP, "help", Reaction.PUZZLED if command.fault else Reaction.DONE, _help(command.fault))
    refusal = "The pull request is closed." if not request.is_open else ""
    if command.verb is Verb.RUN:
        refusal = refusal or _refusal_to_run(command.commit, request)
    return refuse(refusal) if refusal else Answer(command.verb, f"{command.verb} is granted", Reaction.DONE)


def refuse(reason: str) -> Answer:
    """The answer to a command that can't be done: `reason` is what the author is told."""
    return Answer(None, reason, Reaction.REFUSED, f"{reason}\n")


def _run(rest: str) -> Command:
    if rest and not _COMMIT.fullmatch(rest):
        return Command(Verb.HELP, fault="What stands behind `run` is no commit.")
    return Command(Verb.RUN, commit=rest)


def _accept(rest: str) -> Command:
    match = _NAMED.fullmatch(rest)
    if match is None:
        return Command(Verb.HELP, fault="`accept` needs the name of a model, or `all`, and a reason.")
    model = match["code"] or match["quoted"] or match["plain"]
    reason = " ".join((match["reason"] or "").split())
    if not _SAYS_SOMETHING.search(reason):
        return Command(Verb.HELP, fault="`accept` needs a reason behind the name.")
    if len(model) > LONGEST_NAME:
        return Command(Verb.HELP, fault="No model has a name that long.")
    return Command(Verb.ACCEPT, model=model.strip(), reason=_capped(reason))


def _capped(reason: str) -> str:
    return reason if len(reason) <= LONGEST_REASON else f"{reason[: LONGEST_REASON - 1]}…"


def _refusal_to_run(commit: str, request: PullRequest) -> str:
    """Why the newest commit is not proven; empty where it is."""
    if request.is_fork or not request.head_repository:
        # Between the look at a commit and the command for it another one may have been pushed.
        if not _FULL_COMMIT.fullmatch(commit):
            return (
                "This pull request comes from a fork, and its code would run with this repository's secrets. Name the "
                "commit that you have looked at, with all characters of its hash: `/proofbot run <commit>`."
            )
        return "" if commit == request.head else "That is not the newest commit of this pull request any more."
    return "" if request.head.startswith(commit) else "That is not the newest commit of this pull request."


def _help(fault: str) -> str:
    return f"{fault}\n\n{HELP}" if fault else HELP
