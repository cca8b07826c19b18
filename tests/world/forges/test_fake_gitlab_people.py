"""Tests of the fake GitLab: that everybody may do what they may on GitLab, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.world.forges.asking import NOTES, PATIENCE, PROJECT, ask, complaint_of
from tests.world.forges.fake_gitlab import FakeGitLab

_THREADS = NOTES.replace("notes", "discussions")
_READS = {
    f"GET {PROJECT}/merge_requests": 200,
    f"GET {PROJECT}/merge_requests/7": 200,
    NOTES.join(("GET ", "")): 200,
    f"GET {PROJECT}/pipelines/501/jobs": 200,
    "GET /job": 200,
    "GET /users?username=dev": 200,
    "GET /user": 401,
    f"GET {PROJECT}": 404,
    f"GET {_THREADS}": 401,
    f"GET {PROJECT}/members/all/1": 401,
    f"GET {PROJECT}/repository/commits/{{head}}/statuses": 401,
    f"GET {PROJECT}/repository/merge_base?refs[]={{head}}&refs[]={{head}}": 404,
}
_WRITES: list[tuple[str, Any]] = [
    (f"POST {NOTES}", {"body": "hello"}),
    (f"PUT {NOTES}/{{note}}", {"body": "hello"}),
    (f"DELETE {NOTES}/{{note}}", None),
    (f"POST {_THREADS}", {"body": "hello"}),
    (f"POST {NOTES}/{{note}}/award_emoji", {"name": "eyes"}),
    (f"POST {PROJECT}/statuses/{{head}}", {"state": "success", "pipeline_id": 501}),
]


@pytest.mark.parametrize("call", _READS)
def test_the_token_of_a_job_reads_little(fake_gitlab: FakeGitLab, call: str) -> None:
    """Without a token of its own proofbot has only this one, and must know what it is good for."""
    head = fake_gitlab.add_merge_request(7).head
    answer = ask(fake_gitlab, fake_gitlab.job_token(), call.format(head=head))
    assert answer.status_code == _READS[call]


@pytest.mark.parametrize(("call", "body"), _WRITES)
@pytest.mark.parametrize("kind", ["job", "read_api", "wrong", "none"])
def test_who_may_not_write_writes_nothing(fake_gitlab: FakeGitLab, call: str, body: Any, kind: str) -> None:
    """What a token may not do must not succeed here."""
    head = fake_gitlab.add_merge_request(7).head
    note = fake_gitlab.add_note(7, "dev", "mine")
    fake_gitlab.add_pipeline(501)
    tokens = {"job": fake_gitlab.job_token(), "read_api": fake_gitlab.read_api_token("maintainer"), "wrong": "glpat-x"}
    method, _, path = call.format(head=head, note=note.number).partition(" ")
    headers = {} if kind == "none" else fake_gitlab.credentials(tokens[kind])
    address = fake_gitlab.api_url + path
    answer = requests.request(method, address, headers=headers, timeout=PATIENCE, json=body)
    told = answer.json()
    if kind == "read_api":
        assert (answer.status_code, told["error"], told["scope"]) == (403, "insufficient_scope", "api")
    else:
        assert (answer.status_code, told) == (401, {"message": "401 Unauthorized"})
    assert [said.body for said in fake_gitlab.notes()] == ["mine"]
    assert (note.awards, fake_gitlab.words(head)) == ([], [])


def test_a_token_of_a_job_is_looked_at_as_one_only(fake_gitlab: FakeGitLab, bot: str) -> None:
    """A token under the wrong header is a wrong token."""
    job = fake_gitlab.job_token()
    for headers in ({"PRIVATE-TOKEN": job}, {"Authorization": f"Bearer {job}"}, {"JOB-TOKEN": bot}):
        answer = requests.get(fake_gitlab.api_url + NOTES, headers=headers, timeout=PATIENCE)
        assert answer.status_code == 401
    both = {"PRIVATE-TOKEN": bot, "JOB-TOKEN": job}
    assert requests.get(fake_gitlab.api_url + NOTES, headers=both, timeout=PATIENCE).status_code == 200
    assert "two tokens" in complaint_of(fake_gitlab)
    bearer = {"Authorization": f"Bearer {bot}"}
    assert requests.get(fake_gitlab.api_url + NOTES, headers=bearer, timeout=PATIENCE).status_code == 200


def test_the_job_of_a_fork_sees_nothing_of_a_private_project(fake_gitlab: FakeGitLab) -> None:
    """Its token is one of the fork, whose job it is."""
    fake_gitlab.add_merge_request(7, source_project="someone/shop")
    token = fake_gitlab.job_token(project="someone/shop")
    answer = ask(fake_gitlab, token, f"GET {PROJECT}/merge_requests/7")
    assert (answer.status_code, answer.json()) == (404, {"message": "404 Project Not Found"})


def test_what_a_role_may_do(fake_gitlab: FakeGitLab) -> None:
    """A token with too low a role must fail here as it does on GitLab."""
    head = fake_gitlab.add_merge_request(7, author="somebody").head
    fake_gitlab.add_pipeline(501)
    theirs = fake_gitlab.add_note(7, "someone", "theirs").number
    thread = fake_gitlab.add_note(7, "someone", "look", is_thread=True).discussion
    calls: dict[str, tuple[str, object]] = {
        "see": (f"GET {PROJECT}", None),
        "read": (f"GET {PROJECT}/merge_requests/7", None),
        "list": (f"GET {PROJECT}/merge_requests", None),
        "write": (f"POST {NOTES}", {"body": "hello"}),
        "resolve": (f"PUT {_THREADS}/{thread}", {"resolved": True}),
        "gate": (f"POST {PROJECT}/statuses/{head}", {"state": "success", "pipeline_id": 501}),
        "edit": (f"PUT {NOTES}/{theirs}", {"body": "corrected"}),
    }
    opened = {}
    for role in ("none", "guest", "reporter", "developer", "maintainer"):
        token = fake_gitlab.api_token(role)
        answers = {name: ask(fake_gitlab, token, call, body).status_code for name, (call, body) in calls.items()}
        opened[role] = [name for name, status in answers.items() if status < 400]
        assert {status for status in answers.values() if status >= 400} <= {403, 404}
    reporter = ["see", "read", "list", "write"]
    assert opened == {
        "none": [],
        "guest": ["see"],
        "reporter": reporter,
        "developer": [*reporter, "resolve", "gate"],
        "maintainer": [*reporter, "resolve", "gate", "edit"],
    }


def test_a_public_project_is_shown_to_everybody() -> None:
    """Who reads in public needs no token, and still writes nothing without one."""
    with FakeGitLab(visibility="public") as fake:
        fake.add_merge_request(7)
        stranger = fake.api_token("none", login="stranger")
        assert requests.get(f"{fake.api_url}{PROJECT}/merge_requests/7", timeout=PATIENCE).status_code == 200
        assert requests.get(fake.api_url + NOTES, timeout=PATIENCE).status_code == 401
        assert ask(fake, stranger, f"GET {NOTES}").status_code == 200
        assert ask(fake, stranger, f"POST {NOTES}", {"body": "hello"}).status_code == 201
    fake.check()


def test_who_asks(fake_gitlab: FakeGitLab, bot: str) -> None:
    """The token of a project has a user of its own, and that is the author of what it says."""
    me = ask(fake_gitlab, bot, "GET /user").json()
    note = ask(fake_gitlab, bot, f"POST {NOTES}", {"body": "hello"}).json()
    assert (note["author"]["username"], me["bot"]) == (me["username"], True)
    assert me["username"].startswith(f"project_{fake_gitlab.project.number}_bot_")
    person = ask(fake_gitlab, fake_gitlab.api_token("owner", login="Someone"), "GET /user").json()
    assert (person["username"], person["bot"]) == ("Someone", False)
    assert [request.login for request in fake_gitlab.sent("POST")] == [me["username"]]
    assert requests.get(f"{fake_gitlab.api_url}/user", timeout=PATIENCE).status_code == 401


def test_a_role_is_told_by_its_number(fake_gitlab: FakeGitLab, bot: str) -> None:
    """A stranger's command must not run, and a maintainer's must."""
    fake_gitlab.add_user("Dev", "guest")
    [user] = ask(fake_gitlab, bot, "GET /users", username="dEV").json()
    assert (user["username"], ask(fake_gitlab, bot, "GET /users", username="stranger").json()) == ("Dev", [])
    told = {}
    for role in ("guest", "planner", "reporter", "developer", "maintainer", "owner"):
        fake_gitlab.add_user("dev", role)
        told[role] = ask(fake_gitlab, bot, f"GET {PROJECT}/members/all/{user['id']}").json()["access_level"]
    assert list(told.values()) == [10, 15, 20, 30, 40, 50]


def test_a_client_says_its_name(fake_gitlab: FakeGitLab, bot: str) -> None:
    """What stands before many GitLabs refuses a client without a User-Agent."""
    headers = {**fake_gitlab.credentials(bot), "User-Agent": ""}
    requests.get(f"{fake_gitlab.api_url}/user", headers=headers, timeout=PATIENCE)
    assert "User-Agent" in complaint_of(fake_gitlab)


def test_names_have_no_case_and_projects_have_numbers(fake_gitlab: FakeGitLab, bot: str) -> None:
    """Both are told by GitLab, and either is used."""
    for name in ("Octo%2Fdata%2FSHOP", fake_gitlab.project.number):
        assert ask(fake_gitlab, bot, f"GET /projects/{name}/merge_requests/7").json()["iid"] == 7
