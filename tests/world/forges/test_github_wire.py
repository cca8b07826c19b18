"""What becomes of the faults of GitHub and of the way to it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from bot.domain import CommitStatus, GateState
from bot.errors import Interrupted
from bot.world.forges.contract import ForgeError, Refused, Rejected, Unavailable
from bot.world.forges.github import GitHub

from .clock import Clock
from .github_answers import API, HOME, TOKEN, comment, github, place, pull_request
from .github_answers import _web as _web  # a fixture

_NOT_ACCESSIBLE = "Resource not accessible by integration"


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ({"status": 401, "json": {"message": "Bad credentials"}}, Refused, "401 Bad credentials"),
        ({"status": 403, "json": {"message": _NOT_ACCESSIBLE}}, Refused, f"403 {_NOT_ACCESSIBLE}"),
        (
            {"status": 403, "json": {"message": _NOT_ACCESSIBLE}, "headers": {"x-ratelimit-remaining": "0"}},
            Refused,
            _NOT_ACCESSIBLE,
        ),
        ({"status": 403, "json": {"message": "Must have admin rights"}}, Refused, "403 Must have admin rights"),
        ({"status": 404, "json": {"message": "Not Found"}}, Refused, "404 Not Found"),
        ({"status": 410, "json": {"message": "Issues are disabled for this repo"}}, Refused, "410"),
        ({"status": 307, "json": {"message": "Moved"}}, Refused, "lies elsewhere now"),
        (
            {
                "status": 422,
                "json": {
                    "message": "Validation Failed",
                    "errors": [{"code": "custom", "message": "body is too long (maximum is 65536 characters)"}],
                },
            },
            Rejected,
            r"422 Validation Failed: body is too long \(maximum is 65536 characters\)",
        ),
        ({"status": 422, "json": {"message": "No", "errors": ["one", {"code": "two"}, 3]}}, Rejected, "No: one: two$"),
        ({"status": 422, "json": {"message": "No", "errors": "why"}}, Rejected, "No: why$"),
        ({"status": 400, "body": "{nonsense"}, Rejected, "400"),
        ({"status": 413, "json": ["a list"]}, Rejected, "413"),
        ({"status": 422, "json": {"message": ["no text"]}}, Rejected, "422"),
    ],
)
def test_refusal_is_told_once(
    web: responses.RequestsMock, fault: dict[str, Any], error: type[ForgeError], words: str
) -> None:
    """A job of a fork would wait for minutes, or nobody learn why there is no comment."""
    web.post(f"{HOME}/issues/7/comments", **fault)
    clock = Clock()
    with pytest.raises(error, match=f"^GitHub did not take a comment on #7: .*{words}"):
        github(clock).create_comment(7, "x", lambda: pytest.fail("it was refused"))
    assert clock.sleeps == []


def test_missing_permission_is_named(web: responses.RequestsMock) -> None:
    """Whoever writes the workflow would have to guess which permission it lacks."""
    needed = {"x-accepted-github-permissions": "issues=write; pull_requests=write"}
    web.post(f"{HOME}/statuses/{'a' * 40}", status=403, json={"message": _NOT_ACCESSIBLE}, headers=needed)
    with pytest.raises(Refused, match=r"\(the token needs issues=write; pull_requests=write\)$"):
        github().set_status("a" * 40, CommitStatus("proofbot/shop", GateState.PENDING, "x"))


_SOON = str(int(time.time()) + 20)


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [
        ({"status": 429}, 60, 60),
        ({"status": 429, "headers": {"Retry-After": "7"}}, 7, 7),
        ({"status": 403, "headers": {"Retry-After": "7"}, "json": {"message": "Forbidden"}}, 7, 7),
        ({"status": 403, "json": {"message": "You have triggered an abuse detection mechanism."}}, 60, 60),
        ({"status": 403, "json": {"message": "You have exceeded a secondary rate limit."}}, 60, 60),
        (
            {
                "status": 403,
                "headers": {"x-ratelimit-remaining": "0", "x-ratelimit-reset": _SOON},
                "json": {"message": "API rate limit exceeded for installation ID 1."},
            },
            1,
            21,
        ),
        ({"status": 500}, 1, 1),
        ({"status": 502, "body": "<html>"}, 1, 1),
        ({"status": 503, "headers": {"Retry-After": "30"}}, 30, 30),
        # What is left of the hour's requests has nothing to do with a failure of GitHub's own.
        ({"status": 503, "headers": {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9999999999"}}, 1, 1),
        ({"status": 408}, 1, 1),
        ({"status": 409, "json": {"message": "Conflict"}}, 1, 1),
        ({"body": requests.ConnectTimeout("timed out")}, 1, 1),
        ({"body": requests.ConnectionError("reset")}, 1, 1),
        ({"body": requests.exceptions.ChunkedEncodingError("half")}, 1, 1),
        ({"body": "<html>log in</html>"}, 1, 1),
        ({"json": {"number": 7}}, 1, 1),
        ({"json": None}, 1, 1),
    ],
)
def test_passing_fault_is_outwaited(
    web: responses.RequestsMock, fault: dict[str, Any], least: float, most: float
) -> None:
    """A moment's failure of GitHub would cost a pull request its report."""
    web.get(f"{HOME}/pulls/7", **fault)
    web.get(f"{HOME}/pulls/7", json=pull_request())
    clock = Clock()
    assert github(clock).pull_request(7).number == 7
    assert len(clock.sleeps) == 1
    assert least <= clock.sleeps[0] <= most


def test_hour_long_limit_is_told_at_once(web: responses.RequestsMock) -> None:
    """A job would sleep until it is killed, where the hour's requests are spent."""
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 3000)}
    web.get(f"{HOME}/pulls/7", status=403, json={"message": "API rate limit exceeded"}, headers=headers)
    clock = Clock()
    with pytest.raises(
        Unavailable, match=r"^GitHub did not show pull request #7: 403 .*it wants us to wait [23]\d{3} s"
    ):
        github(clock).pull_request(7)
    assert clock.sleeps == []


def test_bound_is_total() -> None:
    """A job would be killed while it waits for a GitHub that is down."""
    clock = Clock()
    with responses.RequestsMock() as web:
        web.get(f"{HOME}/pulls/7", status=502)
        with pytest.raises(
            Unavailable, match=r"^GitHub did not show pull request #7: 502 \(asked \d+ times in \d+ s\)$"
        ):
            github(clock, total_seconds=100).pull_request(7)
    assert 60 <= sum(clock.sleeps) <= 100


def test_secrets_are_not_repeated(web: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token would stand in a public log, because a server or a proxy repeats what it was sent."""
    monkeypatch.setenv("WAREHOUSE_PASSWORD", "hunter2-long")
    message = f"token {TOKEN} is bad,\n::error::see https://me:pw12345@proxy/ hunter2-long"
    web.get(f"{HOME}/pulls/7", status=401, json={"message": message})
    web.get(f"{HOME}/pulls/7", body=RuntimeError(f"redirected to https://x/?token={TOKEN}"))
    forge = github()
    for _ in range(2):
        with pytest.raises(ForgeError) as caught:
            forge.pull_request(7)
        words = str(caught.value)
        assert not any(secret in words for secret in (TOKEN, "pw12345", "hunter2-long"))
        assert words.startswith("GitHub did not show pull request #7: ")
        assert "\n" not in words


@pytest.mark.parametrize(
    "error",
    [
        AssertionError("api.github.com"),
        RuntimeError("Github server redirected from https protocol to http"),
        OSError("Could not find a suitable TLS CA certificate bundle, invalid path: /x"),
        requests.exceptions.InvalidURL("no host"),
        requests.exceptions.SSLError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_lasting_fault_of_the_way_is_told_once(web: responses.RequestsMock, error: Exception) -> None:
    """A run would end with a trace of Python's, or wait for minutes for a setting to change."""
    web.get(f"{HOME}/pulls/7", body=error)
    clock = Clock()
    with pytest.raises(Unavailable):
        github(clock).pull_request(7)
    assert clock.sleeps == []


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Interrupted("stopped", remedy="")], ids=["Ctrl-C", "SIGTERM"])
def test_interrupt_passes(error: BaseException) -> None:
    """A cancelled job would go on asking until it is killed, and leave its status pending."""

    def interrupt(_request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        raise error

    with responses.RequestsMock() as web:
        web.add_callback(responses.POST, f"{HOME}/issues/7/comments", callback=interrupt)
        with pytest.raises(type(error)):
            github().create_comment(7, "x", lambda: pytest.fail("it was interrupted"))
        assert len(web.calls) == 1


@pytest.mark.parametrize("token", ["", " \n", "two words", "naïve", "a\nb"])
def test_impossible_token_is_told(token: str) -> None:
    """A run would end with a trace of Python's that shows the token."""
    with pytest.raises(Refused, match="token for GitHub") as caught:
        GitHub(place(), token)
    assert not token.strip() or token not in str(caught.value)


def test_token_of_a_file_is_taken(web: responses.RequestsMock) -> None:
    """A secret that was pasted with its line end would not work."""
    web.get(f"{API}/user", json={"login": "octocat"})
    assert GitHub(place(), f" {TOKEN}\n").whoami() == "octocat"
    assert web.calls[0].request.headers["Authorization"] == f"token {TOKEN}"


@pytest.mark.parametrize("address", ["", "api.github.com", "ftp://api.github.com", "https://[x"])
def test_impossible_address_is_told(address: str) -> None:
    """A run would end with a trace of Python's."""
    with pytest.raises(Rejected, match="address of GitHub's API"):
        GitHub(place(address), TOKEN)


def test_authority_of_the_company_is_trusted(
    web: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Behind a proxy with a certificate of its own GitHub could not be reached."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    web.get(f"{API}/user", json={"login": "octocat"})
    github().whoami()
    assert web.calls[0].request.req_kwargs["verify"] == str(tmp_path)  # type: ignore[attr-defined]


def test_nothing_is_asked_before_the_first_verb(web: responses.RequestsMock) -> None:
    """A dry run, or a job without network, would fail where nothing is to be said."""
    github()
    assert len(web.calls) == 0


def test_writes_are_kept_apart(web: responses.RequestsMock) -> None:
    """GitHub would take a burst of writes for abuse, and refuse the comment."""
    web.patch(f"{HOME}/issues/comments/5", json=comment(5))
    web.get(f"{HOME}/pulls/7", json=pull_request())
    web.patch(f"{HOME}/issues/comments/5", json=comment(5))
    clock = Clock()
    forge = GitHub(place(), TOKEN, clock.retries(write_seconds=1))
    forge.edit_comment(7, 5, "x")
    forge.pull_request(7)
    assert clock.sleeps == []
    forge.edit_comment(7, 5, "x")
    assert clock.sleeps == [1]
