"""Tests of the fake GitHub: that everybody may do what they may on GitHub, and nothing else."""

from __future__ import annotations

import pytest
import requests

from tests.world.forges.asking import COMMENTS, PATIENCE, ask, complaint_of
from tests.world.forges.fake_github import FakeGitHub


@pytest.mark.parametrize(
    ("call", "body"),
    [
        (f"POST {COMMENTS}", {"body": "hello"}),
        ("PATCH /repos/octo/shop/issues/comments/{comment}", {"body": "hello"}),
        ("DELETE /repos/octo/shop/issues/comments/{comment}", None),
        ("POST /repos/octo/shop/issues/comments/{comment}/reactions", {"content": "eyes"}),
        ("POST /repos/octo/shop/statuses/{head}", {"state": "success"}),
    ],
)
def test_a_read_only_token_writes_nothing(fake_github: FakeGitHub, call: str, body: object) -> None:
    """The job of a fork gets such a token; what it may not do must not succeed here."""
    head = fake_github.add_pull_request(7).head
    comment = fake_github.add_comment(7, "dev", "mine")
    call = call.format(head=head, comment=comment.number)
    answer = ask(fake_github, fake_github.read_only_token(), call, body)
    assert (answer.status_code, answer.json()["message"]) == (403, "Resource not accessible by integration")
    assert "write" in answer.headers["X-Accepted-GitHub-Permissions"]
    assert [said.body for said in fake_github.comments()] == ["mine"]
    assert (comment.reactions, fake_github.statuses(head)) == ([], [])


def test_each_permission_opens_its_own_door(fake_github: FakeGitHub) -> None:
    """A workflow that grants too little must fail here as it does on GitHub."""
    head = fake_github.add_pull_request(7).head
    fake_github.add_run(501, head)
    calls = {
        "pull_requests": (f"POST {COMMENTS}", {"body": "x"}),
        "statuses": (f"POST /repos/octo/shop/statuses/{head}", {"state": "error"}),
        "actions": ("GET /repos/octo/shop/actions/runs/501/artifacts", None),
        "contents": (f"GET /repos/octo/shop/commits/{head}", None),
    }
    for held in calls:
        token = fake_github.actions_token(**{held: "write"})
        opened = [name for name, (call, body) in calls.items() if ask(fake_github, token, call, body).ok]
        assert opened == [held]
    issues = fake_github.actions_token(issues="write")
    assert ask(fake_github, issues, f"POST {COMMENTS}", {"body": "x"}).status_code == 201


def test_a_person_does_what_role_and_scopes_allow(fake_github: FakeGitHub) -> None:
    """Somebody without the right to write must not look like a maintainer in a test."""
    head = fake_github.add_pull_request(7).head
    theirs = fake_github.add_comment(7, "someone", "theirs").number
    edit = f"PATCH /repos/octo/shop/issues/comments/{theirs}"
    reader, writer = fake_github.token_of("visitor"), fake_github.token_of("dev")
    narrow = fake_github.token_of("dev", {"pull-requests": "read"})
    fake_github.add_user("Dev", "write")
    assert ask(fake_github, reader, f"POST {COMMENTS}", {"body": "hello"}).status_code == 201
    assert ask(fake_github, reader, edit, {"body": "mine now"}).status_code == 403
    assert ask(fake_github, reader, f"POST /repos/octo/shop/statuses/{head}", {"state": "error"}).status_code == 404
    assert ask(fake_github, writer, edit, {"body": "corrected"}).status_code == 200
    refused = ask(fake_github, narrow, f"POST {COMMENTS}", {"body": "hello"})
    assert refused.json()["message"] == "Resource not accessible by personal access token"
    assert [(said.user.login, said.bodies) for said in fake_github.comments()] == [
        ("someone", ["theirs", "corrected"]),
        ("visitor", ["hello"]),
    ]


def test_who_asks(fake_github: FakeGitHub, job: str) -> None:
    """The token of Actions may not ask who it is; a client must know, and a wrong token must not get in."""
    assert ask(fake_github, job, "GET /user").json()["message"] == "Resource not accessible by integration"
    assert ask(fake_github, fake_github.token_of("Someone"), "GET /user").json()["login"] == "Someone"
    assert ask(fake_github, "ghs_wrong", "GET /user").status_code == 401
    assert requests.get(f"{fake_github.api_url}/user", timeout=PATIENCE).json()["message"] == "Requires authentication"
    comment = ask(fake_github, job, f"POST {COMMENTS}", {"body": "hello"}).json()
    assert (comment["user"]["login"], comment["user"]["type"]) == ("github-actions[bot]", "Bot")
    assert [request.login for request in fake_github.sent("POST")] == ["github-actions[bot]"]


def test_a_client_says_its_name(fake_github: FakeGitHub, job: str) -> None:
    """GitHub refuses a client without a User-Agent."""
    headers = {"Authorization": f"Bearer {job}", "User-Agent": ""}
    assert requests.get(f"{fake_github.api_url}/user", headers=headers, timeout=PATIENCE).status_code == 403
    assert "User-Agent" in complaint_of(fake_github)


def test_names_have_no_case(fake_github: FakeGitHub, job: str) -> None:
    """People spell logins and repositories as they like."""
    fake_github.add_user("Dev", "admin")
    answer = ask(fake_github, job, "GET /repos/Octo/SHOP/collaborators/dEV/permission").json()
    assert (answer["permission"], answer["user"]["login"]) == ("admin", "Dev")


def test_a_role_has_an_older_name(fake_github: FakeGitHub, job: str) -> None:
    """Who may maintain may write, by the word of GitHub that clients read."""
    told = {}
    for role in ("none", "read", "triage", "write", "maintain", "admin"):
        fake_github.add_user("dev", role)
        answer = ask(fake_github, job, "GET /repos/octo/shop/collaborators/dev/permission").json()
        told[answer["role_name"]] = answer["permission"]
    assert list(told.values()) == ["none", "read", "read", "write", "write", "admin"]
