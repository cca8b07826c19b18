"""The verbs of GitHub, one by one."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from bot.domain import Comment, CommitStatus, GateState, Permission, PullRequest, Reaction
from bot.world.forges.contract import Forge, Unavailable
from bot.world.forges.github import GitHub

from .clock import Clock
from .github_answers import API, HOME, TOKEN, comment, github, place, pull_request
from .github_answers import _web as _web  # a fixture

_STATUS = CommitStatus("proofbot/shop", GateState.FAILURE, "2 checks failed", "https://github.com/acme/shop/runs/1")


def _sent(web: responses.RequestsMock, index: int = -1) -> Any:
    body = web.calls[index].request.body
    assert isinstance(body, str | bytes)
    return json.loads(body)


def _query(web: responses.RequestsMock, index: int = -1) -> dict[str, list[str]]:
    return parse_qs(urlsplit(str(web.calls[index].request.url)).query)


def test_adapter_is_a_forge() -> None:
    """A verb would be missing when a run wants it."""
    forge: Forge = github()
    assert isinstance(forge, GitHub)


def test_every_request_says_who_asks(web: responses.RequestsMock) -> None:
    """GitHub would refuse requests without a name, and another version of its API could change what answers mean."""
    web.get(f"{API}/user", json={"login": "octocat"})
    github().whoami()
    headers = web.calls[0].request.headers
    assert headers["Authorization"] in (f"token {TOKEN}", f"Bearer {TOKEN}")
    assert headers["User-Agent"] == "proofbot"
    assert headers["Accept"] == "application/vnd.github+json"
    assert headers["X-GitHub-Api-Version"] == "2022-11-28"


def test_login_is_asked_once(web: responses.RequestsMock) -> None:
    """A person's token would be taken for that of Actions, and its comments never be found again."""
    web.get(f"{API}/user", json={"login": "octocat"})
    forge = github()
    assert (forge.whoami(), forge.whoami()) == ("octocat", "octocat")


@pytest.mark.parametrize(
    ("status", "told", "expected"),
    [
        (200, {"data": {"viewer": {"login": "acme-data[bot]"}}}, "acme-data[bot]"),
        (200, {"data": {"viewer": {"login": "github-actions[bot]"}}}, "github-actions[bot]"),
        (200, {"data": None, "errors": [{"message": "no"}]}, "github-actions[bot]"),
        (404, {"message": "Not Found"}, "github-actions[bot]"),
    ],
)
def test_token_of_an_app_has_a_login(web: responses.RequestsMock, status: int, told: object, expected: str) -> None:
    """With the token of Actions or of one's own app no comment would be found again: a new one at every push."""
    web.get(f"{API}/user", status=403, json={"message": "Resource not accessible by integration"})
    web.post(f"{API}/graphql", status=status, json=told)
    forge = github()
    assert (forge.whoami(), forge.whoami()) == (expected, expected)


def test_limit_is_no_login(web: responses.RequestsMock) -> None:
    """A person's comments would not be found, because GitHub was busy when the login was asked for."""
    web.get(f"{API}/user", status=403, headers={"Retry-After": "5"}, json={"message": "slow down"})
    web.get(f"{API}/user", json={"login": "octocat"})
    assert github().whoami() == "octocat"


def test_pull_request_is_read(web: responses.RequestsMock) -> None:
    """The proof would be of other commits than those of the pull request."""
    web.get(f"{HOME}/pulls/7", json=pull_request())
    assert github().pull_request(7) == PullRequest(
        number=7,
        head="a" * 40,
        head_branch="prices",
        head_repository="acme/shop",
        base="b" * 40,
        base_branch="main",
        author="octocat",
        title="Add prices",
        labels=("data", "urgent"),
        url="https://github.com/acme/shop/pull/7",
        description="Prices, at last",
    )


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ({"full_name": "stranger/shop"}, (True, "stranger/shop")),
        (None, (True, "")),
        ({"full_name": "ACME/Shop", "fork": True}, (False, "ACME/Shop")),
    ],
    ids=["fork", "deleted", "ours"],
)
def test_fork_is_told(
    web: responses.RequestsMock, repository: dict[str, Any] | None, expected: tuple[bool, str]
) -> None:
    """The code of a stranger would run beside our secrets."""
    head = {"sha": "a" * 40, "ref": "main", "repo": repository}
    web.get(f"{HOME}/pulls/7", json=pull_request(head=head, draft=True, state="closed", user=None, labels=None))
    request = github().pull_request(7)
    assert (request.is_fork, request.head_repository) == expected
    assert (request.is_draft, request.is_open, request.author, request.labels) == (True, False, "", ())


def test_open_pull_requests_are_those_of_the_branch(web: responses.RequestsMock) -> None:
    """The report of one pull request would be posted on another, whose branch has the same name."""
    branch = "fix/#1 & é%2F+?"

    def head(repository: str | None, ref: str = branch) -> dict[str, Any]:
        return {"sha": "a" * 40, "ref": ref, "repo": {"full_name": repository} if repository else None}

    answers = [
        pull_request(1, head=head("stranger/shop-copy")),
        pull_request(2, head=head("Stranger/Shop")),
        pull_request(3, head=head(None)),
        pull_request(4, head=head("stranger/shop", "other")),
        pull_request(5, head=head("stranger/shop"), state="closed"),
    ]
    web.get(f"{HOME}/pulls", json=answers)
    assert [one.number for one in github().open_pull_requests("stranger/shop", branch)] == [2]
    query = {"state": ["open"], "head": [f"stranger:{branch}"], "per_page": ["100"], "page": ["1"]}
    assert _query(web) == query


def test_comments_of_all_pages_are_read(web: responses.RequestsMock) -> None:
    """On a pull request with many comments ours would not be found, and be posted again with every push."""
    url = f"{HOME}/issues/7/comments"
    link = {"Link": '<https://proxy.example/x?page=2>; rel="next", <https://proxy.example/x?page=3>; rel="last"'}
    web.get(url, json=[comment(number) for number in range(1, 101)], headers=link)
    web.get(url, json=[comment(number) for number in range(101, 131)], headers=link)  # a page may be shorter
    web.get(url, json=[comment(200, login="proofbot[bot]", kind="Bot"), comment(131, login=None)])
    found = github().comments(7)
    assert [one.number for one in found] == [*range(1, 132), 200]
    assert [_query(web, index)["page"] for index in range(3)] == [["1"], ["2"], ["3"]]
    assert found[-1] == Comment(
        200, "proofbot[bot]", "hello", "https://github.com/acme/shop/pull/7#c200", author_is_bot=True
    )
    assert (found[0].author_is_bot, found[-2].author) == (False, "")


def test_full_page_without_links_is_not_the_last(web: responses.RequestsMock) -> None:
    """Behind a proxy that drops the `Link` header only the first hundred comments would be seen."""
    web.get(f"{HOME}/issues/7/comments", json=[comment(number) for number in range(100)])
    web.get(f"{HOME}/issues/7/comments", json=[])
    assert len(github().comments(7)) == 100


def test_same_page_again_ends_it(web: responses.RequestsMock) -> None:
    """A repository that moved would be asked for ever: a redirection loses the number of the page."""
    for _ in range(2):
        web.get(f"{HOME}/issues/7/comments", json=[comment(1)], headers={"Link": '<https://x/?page=2>; rel="next"'})
    with pytest.raises(Unavailable, match="the same page again and again"):
        github().comments(7)


def test_comment_is_created(web: responses.RequestsMock) -> None:
    """No report would reach the pull request."""
    web.post(f"{HOME}/issues/7/comments", status=201, json=comment(5, "né 🎉", "github-actions[bot]"))
    created = github().create_comment(7, "né 🎉", lambda: pytest.fail("nothing went wrong"))
    assert (created.number, created.body, created.author_is_bot) == (5, "né 🎉", True)
    assert _sent(web) == {"body": "né 🎉"}


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 502, "body": "<html>Bad gateway</html>"},
        {"status": 500, "json": {"message": "Server Error"}},
        {"body": requests.ReadTimeout("timed out")},
        {"body": requests.ConnectionError("Connection reset by peer")},
        {"status": 201, "body": '{"id": 5, "bod'},
        {"status": 201, "json": {}},
        {"status": 201, "json": comment(5), "headers": {"x-ratelimit-reset": "soon"}},
    ],
    ids=["502", "500", "time-out", "cut", "half an answer", "no comment", "odd header"],
)
def test_stored_comment_is_not_posted_twice(web: responses.RequestsMock, fault: dict[str, Any]) -> None:
    """A pull request would get the comment twice: GitHub stored it, and failed only to say so."""
    web.post(f"{HOME}/issues/7/comments", **fault)
    web.get(f"{HOME}/issues/7/comments", json=[comment(5, "ours")])
    forge, clock = github(clock := Clock()), clock
    found = forge.create_comment(7, "ours", lambda: forge.comments(7)[0])
    assert (found.number, clock.sleeps) == (5, [1])
    assert [call.request.method for call in web.calls] == ["POST", "GET"]


def test_comment_that_was_not_stored_is_posted_again(web: responses.RequestsMock) -> None:
    """A moment's failure of GitHub would leave a pull request without its report."""
    web.post(f"{HOME}/issues/7/comments", status=502)
    web.get(f"{HOME}/issues/7/comments", json=[])
    web.post(f"{HOME}/issues/7/comments", status=201, json=comment(6))
    forge = github()
    assert forge.create_comment(7, "x", lambda: next(iter(forge.comments(7)), None)).number == 6


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429},
        {"status": 403, "json": {"message": "You have exceeded a secondary rate limit. Please wait a few minutes"}},
    ],
    ids=["429", "403"],
)
def test_limited_comment_is_posted_again_without_a_search(web: responses.RequestsMock, fault: dict[str, Any]) -> None:
    """GitHub would be asked still more by somebody whom it told to ask less."""
    web.post(f"{HOME}/issues/7/comments", **fault)
    web.post(f"{HOME}/issues/7/comments", status=201, json=comment(6))
    clock = Clock()
    assert github(clock).create_comment(7, "x", lambda: pytest.fail("surely not stored")).number == 6
    assert clock.sleeps == [60]


def test_comment_is_edited(web: responses.RequestsMock) -> None:
    """The comment would go on telling of an older commit."""
    web.patch(f"{HOME}/issues/comments/5", status=503)
    web.patch(f"{HOME}/issues/comments/5", json=comment(5, "new"))
    assert github().edit_comment(7, 5, "new").body == "new"
    assert _sent(web) == {"body": "new"}


@pytest.mark.parametrize("status", [204, 404])
def test_comment_is_removed(web: responses.RequestsMock, status: int) -> None:
    """A duplicate would stay, or its removal by another run be taken for a failure."""
    web.delete(f"{HOME}/issues/comments/5", status=status)
    github().delete_comment(7, 5)


def test_status_is_set(web: responses.RequestsMock) -> None:
    """Nothing would gate the merge."""
    web.post(f"{HOME}/statuses/{'a' * 40}", status=201, json={})
    github().set_status("a" * 40, _STATUS)
    expected = {"state": "failure", "context": "proofbot/shop", "description": "2 checks failed"}
    assert _sent(web) == {**expected, "target_url": _STATUS.url}


def test_long_description_is_cut(web: responses.RequestsMock) -> None:
    """GitHub would not take the status at all, and the pull request stay pending."""
    web.post(f"{HOME}/statuses/{'a' * 40}", status=201, json={})
    web.post(f"{HOME}/statuses/{'a' * 40}", status=201, json={})
    forge = github()
    for words in ("é" * 140, "é" * 141):
        forge.set_status("a" * 40, CommitStatus("proofbot/shop", GateState.SUCCESS, words))
    first, second = _sent(web, 0), _sent(web, 1)
    assert first["description"] == "é" * 140
    assert second["description"] == "é" * 139 + "…"
    assert "target_url" not in second


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"permission": "admin", "role_name": "admin"}, Permission.ADMIN),
        ({"permission": "write", "role_name": "maintain"}, Permission.WRITE),
        ({"permission": "maintain", "role_name": "maintain"}, Permission.WRITE),
        ({"permission": "read", "role_name": "triage"}, Permission.READ),
        ({"permission": "triage"}, Permission.READ),
        ({"permission": "write", "role_name": "data steward"}, Permission.WRITE),
        ({"permission": "read", "role_name": "writer of docs"}, Permission.READ),
        ({"permission": "odd", "role_name": "write"}, Permission.WRITE),
        ({"permission": "odd", "role_name": "odd"}, Permission.NONE),
        ({"permission": "none", "role_name": ""}, Permission.NONE),
    ],
)
def test_permission_is_read(web: responses.RequestsMock, answer: dict[str, str], expected: Permission) -> None:
    """Somebody who may only read could accept a failure, or a maintainer could not."""
    web.get(f"{HOME}/collaborators/dependabot%5Bbot%5D/permission", json=answer)
    assert github().permission("dependabot[bot]") is expected


def test_stranger_has_no_permission(web: responses.RequestsMock) -> None:
    """A command of somebody who is no user would end the run with an error."""
    web.get(f"{HOME}/collaborators/..%2F..%2Fx/permission", status=404, json={"message": "Not Found"})
    assert github().permission("../../x") is Permission.NONE


@pytest.mark.parametrize("reaction", Reaction)
def test_receipt_is_left(web: responses.RequestsMock, reaction: Reaction) -> None:
    """Whoever gives a command would not see that it was heard."""
    web.post(f"{HOME}/issues/comments/5/reactions", status=200, json={"id": 1})
    github().react(7, 5, reaction)
    assert _sent(web) == {"content": reaction.value}


def test_enterprise_server_is_reached(web: responses.RequestsMock) -> None:
    """Who hosts GitHub could not use proofbot."""
    home = "https://git.corp.example:443/api/v3/repos/acme/shop"
    link = {"Link": '<https://inner.corp.example/api/v3/x?page=2>; rel="next"'}
    answer = {**comment(5), "url": "https://inner.corp.example/api/v3/repos/acme/shop/issues/comments/5"}
    web.get(f"{home}/issues/7/comments", json=[answer], headers=link)
    web.get(f"{home}/issues/7/comments", json=[])
    web.patch(f"{home}/issues/comments/5", json=answer)
    forge = GitHub(place("https://git.corp.example/api/v3"), TOKEN, Clock().retries())
    assert forge.edit_comment(7, forge.comments(7)[0].number, "x").number == 5
