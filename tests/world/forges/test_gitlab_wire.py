"""What becomes of the faults of GitLab and of the way to it."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from bot.domain import ForgeKind, Place, RunId
from bot.world.forges.contract import ForgeError, Refused, Rejected, Unavailable
from bot.world.forges.gitlab import GitLab

from .clock import Clock
from .http_script import Server, served
from .test_gitlab import API, HOME, TOKEN, _gitlab, _request
from .test_gitlab import _web as _web  # a fixture


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ({"status": 401, "json": {"message": "401 Unauthorized"}}, Refused, "!7: 401 Unauthorized"),
        (
            {
                "status": 403,
                "json": {
                    "error": "insufficient_scope",
                    "error_description": "The request requires higher privileges than provided by the access token.",
                    "scope": "api",
                },
            },
            Refused,
            "403 insufficient_scope: The request requires higher privileges",
        ),
        (
            {"status": 404, "json": {"message": "404 Project Not Found"}},
            Refused,
            r"!7: 404 Project Not Found \(what a token may not see is not found\)",
        ),
        ({"status": 301, "headers": {"Location": "https://elsewhere.example/"}}, Refused, "lies elsewhere now"),
        (
            {"status": 400, "json": {"message": {"note": ["is too long (maximum is 1000000 characters)"]}}},
            Rejected,
            r"400 note is too long \(maximum is 1000000 characters\)",
        ),
        ({"status": 400, "json": {"message": {"base": ["no"]}}}, Rejected, "400 no$"),
        ({"status": 422, "body": "{nonsense"}, Rejected, "422"),
        ({"status": 413, "json": ["a list"]}, Rejected, "413"),
    ],
)
def test_refusal_is_told_once(
    web: responses.RequestsMock, fault: dict[str, Any], error: type[ForgeError], words: str
) -> None:
    """A job would wait for minutes, or nobody learn why there is no note."""
    web.post(f"{HOME}/merge_requests/7/notes", **fault)
    clock = Clock()
    with pytest.raises(error, match=f"^GitLab did not take a note on .*{words}"):
        _gitlab(clock).create_comment(7, "x", lambda: pytest.fail("it was refused"))
    assert clock.sleeps == []
    assert len(web.calls) == 1


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        ({"status": 429}, 60),
        ({"status": 429, "headers": {"Retry-After": "7"}}, 7),
        ({"status": 500}, 1),
        ({"status": 502, "body": "<html>"}, 1),
        ({"status": 503, "headers": {"Retry-After": "30"}}, 30),
        ({"status": 409, "json": {"message": "Conflict"}}, 1),
        ({"body": requests.ConnectTimeout("timed out")}, 1),
        ({"body": requests.ConnectionError("reset")}, 1),
        ({"body": requests.exceptions.ChunkedEncodingError("half")}, 1),
        ({"body": "<html>log in</html>"}, 1),
        ({"json": None}, 1),
    ],
)
def test_passing_fault_is_outwaited(web: responses.RequestsMock, fault: dict[str, Any], seconds: float) -> None:
    """A moment's failure of GitLab would cost a merge request its report."""
    web.get(f"{HOME}/merge_requests/7", **fault)
    web.get(f"{HOME}/merge_requests/7", json=_request())
    clock = Clock()
    assert _gitlab(clock).pull_request(7).number == 7
    assert clock.sleeps == [seconds]


def test_the_moment_that_gitlab_names_is_waited_for(web: responses.RequestsMock) -> None:
    """We would ask again while GitLab refuses, and be shut out for longer."""
    limits = {
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": "1767225630",
        "Date": "Thu, 01 Jan 2026 00:00:00 GMT",
    }
    web.get(f"{HOME}/merge_requests/7", status=429, headers=limits)
    web.get(f"{HOME}/merge_requests/7", json=_request())
    clock = Clock()
    _gitlab(clock).pull_request(7)
    assert clock.sleeps == [31]


def _place(api_url: str) -> Place:
    return Place("https://gitlab.example.com", api_url, "acme/shop", RunId(1, 2), "", ForgeKind.GITLAB)


@pytest.mark.parametrize(
    "url", ["", "gitlab.example.com/api/v4", "https://gitlab.example.com", "ftp://x/api/v4", "https:///api/v4"]
)
def test_an_address_that_is_none_is_told(url: str) -> None:
    """The token would be sent to nobody knows whom."""
    with pytest.raises(Rejected, match="the address of GitLab's API is none"):
        GitLab(_place(url), TOKEN)


@pytest.mark.parametrize(("token", "words"), [("", "there is no token"), ("  ", "no token"), ("a b", "characters")])
def test_a_token_that_is_none_is_told_without_showing_it(token: str, words: str) -> None:
    """A variable with a typing error would end in GitLab's `401`, or in the log."""
    with pytest.raises(Refused, match=words):
        GitLab(_place(API), token)


def test_no_message_holds_the_token(web: responses.RequestsMock) -> None:
    """A log that everybody may read would hold a token that may write."""
    web.get(f"{HOME}/merge_requests/7", status=400, json={"message": f"bad token {TOKEN}"})
    with pytest.raises(Rejected) as caught:
        _gitlab().pull_request(7)
    assert TOKEN not in str(caught.value)
    assert "***" in str(caught.value)


def test_no_redirect_takes_the_token_along() -> None:
    """A server that redirects us to another host would hand the token over."""
    with served() as other, served() as server:
        path = "/api/v4/projects/acme%2Fshop/merge_requests/7"
        server.script = {path: [f"{other.url('localhost')}{path}"]}
        other.script = {path: [b"{}"]}
        with pytest.raises(Refused, match="lies elsewhere now"):
            GitLab(_place(f"{server.url()}/api/v4"), TOKEN, Clock().retries()).pull_request(7)
        assert other.asked == []
        assert server.asked[0][2]["PRIVATE-TOKEN"] == TOKEN


def test_credentials_of_the_users_files_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password for the host, in a file of the user's, would be sent in the token's stead."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ada password secret\n")
    (tmp_path / "gitlab.cfg").write_text("[global]\ndefault = x\n[x]\nurl = https://elsewhere.example\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("PYTHON_GITLAB_CFG", str(tmp_path / "gitlab.cfg"))
    with served() as server:
        server.script = {"/api/v4/user": [b'{"username": "bot"}']}
        assert GitLab(_place(f"{server.url()}/api/v4"), TOKEN).whoami() == "bot"
        assert "Authorization" not in server.asked[0][2]


def test_a_connection_that_ends_is_tried_again() -> None:
    """A single lost packet would cost a merge request its report."""
    with served() as server:
        server.script = {"/api/v4/user": ["cut", b'{"username": "bot"}']}
        assert _of(server).whoami() == "bot"


@pytest.mark.parametrize(("number", "words"), [(socket.EAI_NONAME, "no host of its name"), (socket.EAI_AGAIN, "again")])
def test_a_host_that_does_not_exist_is_not_waited_for_as_long_as_one_that_may_come_back(
    monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    """A typing error in an address would cost five minutes of each job, and nobody be told to look at it."""

    def resolve(*_asked: object, **_named: object) -> list[object]:
        raise socket.gaierror(number, "try again later")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    clock = Clock()
    with pytest.raises(Unavailable, match=words):
        GitLab(_place(API), TOKEN, clock.retries()).whoami()
    assert (sum(clock.sleeps) < 30) is (number == socket.EAI_NONAME)


def _of(server: Server) -> GitLab:
    return GitLab(_place(f"{server.url()}/api/v4"), TOKEN, Clock().retries())
