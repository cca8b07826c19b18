"""The forge: whether a token may comment and set a status. What is asked for can't be done, so nothing stays.

A status is set on a commit that does not exist, and a comment is written without a text. Who may not, is refused before
GitHub or GitLab look at that; who may, is told what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from bot.domain import Diagnosis, Place
from bot.world.diagnosing import advise, ill, well
from bot.world.forges.contract import ForgeError, Unavailable
from bot.world.forges.github_wire import Wire as GitHubWire
from bot.world.forges.gitlab_wire import WHAT_TO_MAKE
from bot.world.forges.gitlab_wire import Wire as GitLabWire
from bot.world.forges.retries import Retries
from bot.world.forges.wires import Answer, Request, nothing

TOPIC = "forge"
_NO_COMMIT = "0" * 40
_CONTEXT = "proofbot/doctor"
_REACH = "Check the address, and that this machine may reach it (proxy, firewall, certificate)."
_PERMISSIONS = "Give the job `permissions: {contents: read, pull-requests: write, statuses: write}`"
_OF_A_PERSON = "; a token of a person needs the role Write and `repo`, a fine-grained one these three permissions"


def hurried() -> Retries:
    """How long an examination waits for a forge."""
    return Retries(20, attempt_seconds=10, write_seconds=0)


def examine_github(place: Place, token: str, retries: Retries) -> Iterator[Diagnosis]:
    """What a token may do in a repository of GitHub's.

    Raises:
        ForgeError: the token or the address can be none.
    """
    wire = GitHubWire(place, token, retries)
    home = f"/repos/{quote(place.repository)}"
    try:
        wire.ask(Request("GET", home, "show the repository"), nothing)
        listed = Request("GET", f"{home}/pulls", "list pull requests", {"state": "all", "per_page": 1})
        numbers = wire.ask(listed, lambda answer: [int(one["number"]) for one in answer.data])
    except ForgeError as error:
        yield _failed("repository", error, f"{_PERMISSIONS}, and `token: ${{{{ github.token }}}}`{_OF_A_PERSON}.")
        return
    yield well(TOPIC, "repository", f"GitHub, {place.repository}: the token may read it")
    yield _status(wire, f"{home}/statuses/{_NO_COMMIT}", f"{_PERMISSIONS}{_OF_A_PERSON}.", {"context": _CONTEXT})
    if not numbers:
        words = "there is no pull request yet on which it could be tried"
        yield advise(TOPIC, "comment", words, f"{_PERMISSIONS}, and try again when there is one.")
        return
    aim = "take a comment"
    request = Request("POST", f"{home}/issues/{numbers[0]}/comments", aim, body={"body": ""}, accepted=(422,))
    try:
        wire.ask(request, nothing)
    except ForgeError as error:
        yield _failed("comment", error, f"{_PERMISSIONS}{_OF_A_PERSON}.")
    else:
        yield well(TOPIC, "comment", "the token may write it")


def examine_gitlab(place: Place, token: str, retries: Retries, ca_file: str | None = None) -> Iterator[Diagnosis]:
    """What a token, not a job's own, may do in a project of GitLab's. Who may set a status may write notes, too.

    Raises:
        ForgeError: the token or the address can be none.
    """
    wire = GitLabWire(place, token, retries, ca_file=ca_file)
    make = f"{WHAT_TO_MAKE[0].upper()}{WHAT_TO_MAKE[1:]}."
    home = f"/projects/{quote(place.repository, safe='')}"
    try:
        login = wire.ask(Request("GET", "/user", "tell whose token it is"), lambda answer: str(answer.data["username"]))
        wire.ask(Request("GET", f"{home}/merge_requests", "list merge requests", {"per_page": 1}), nothing)
    except ForgeError as error:
        yield _failed("project", error, make)
        return
    yield well(TOPIC, "project", f"GitLab, {place.repository}: {login} may read it")
    yield _status(wire, f"{home}/statuses/{_NO_COMMIT}", make, {"name": _CONTEXT}, "status and note")


def _status(
    wire: GitHubWire | GitLabWire, path: str, remedy: str, named: dict[str, str], what: str = "status"
) -> Diagnosis:
    body: dict[str, str | int | bool] = {"state": "pending", **named}
    request = Request("POST", path, "set a status", body=body, accepted=(404, 422))

    def read(answer: Answer) -> None:
        if "commit" not in wire.message(answer.data).lower():  # it is something else that is not there
            wire.judge(request.aim, answer)

    try:
        wire.ask(request, read)
    except ForgeError as error:
        return _failed(what, error, remedy)
    return well(TOPIC, what, "the token may write it")


def _failed(what: str, error: ForgeError, remedy: str) -> Diagnosis:
    return ill(TOPIC, what, str(error), _REACH if isinstance(error, Unavailable) else remedy)
