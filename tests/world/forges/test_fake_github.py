"""Tests of the fake GitHub: that it is strict where the real one is strict."""

from __future__ import annotations

import re

import pytest
import requests

from bot.domain import RunId
from tests.world.forges.asking import COMMENTS, PATIENCE, ask, complaint_of
from tests.world.forges.fake_github import FakeGitHub
from tests.world.forges.fake_github.description import PATHS, github


@pytest.mark.parametrize(("method", "path"), [(method, path) for path, methods in PATHS.items() for method in methods])
def test_every_answer_is_one_that_github_describes(fake_github: FakeGitHub, method: str, path: str) -> None:
    """An answer that GitHub would never give lets tests pass that mean nothing."""
    pull = fake_github.add_pull_request(7, labels=("dbt",))
    fake_github.add_user("dev", "maintain")
    fake_github.add_run(501, pull.head)
    token = fake_github.token_of("dev")
    ask(fake_github, token, f"POST /repos/octo/shop/statuses/{pull.head}", {"state": "success"})
    comment = fake_github.add_comment(7, "dev", "hello")
    ask(fake_github, token, f"POST /repos/octo/shop/issues/comments/{comment.number}/reactions", {"content": "eyes"})
    numbers = {"pull_number": 7, "issue_number": 7, "comment_id": comment.number, "run_id": 501}
    names = {"owner": "octo", "repo": "shop", "username": "dev", "archive_format": "zip"}
    artifact = fake_github.add_artifact(501, "report", {"report.json": "{}"}).number
    commits = {**dict.fromkeys(("ref", "sha", "commit_sha"), pull.head), "basehead": f"{pull.base}...{pull.head}"}
    asked = path.format(**numbers, **names, **commits, artifact_id=artifact)
    bodies = {"statuses/{sha}": {"state": "error"}, "reactions": {"content": "rocket"}, "": {"body": "again"}}
    body = next(body for end, body in bodies.items() if path.endswith(end)) if method in ("post", "patch") else None
    answer = ask(fake_github, token, f"{method.upper()} {asked}", body)
    assert answer.status_code < 400
    assert github().answer_faults(method, asked, answer.status_code, answer.content) == []


@pytest.mark.parametrize(
    ("call", "body", "says"),
    [
        (f"POST {COMMENTS}", {"text": "hello"}, "'body' is a required property"),
        (f"POST {COMMENTS}", {"body": 5}, "5 is not of type"),
        ("POST /repos/octo/shop/statuses/{head}", {"state": "neutral"}, "'neutral' is not one of"),
        ("POST /repos/octo/shop/issues/comments/{comment}/reactions", {"content": "shrug"}, "'shrug' is not one of"),
        ("GET /repos/octo/shop/pulls?state=merged", None, "'merged' is not one of"),
        ("GET /repos/octo/shop/pulls/seven", None, "pull_number"),
    ],
)
def test_what_the_description_forbids_fails_the_test(
    fake_github: FakeGitHub, job: str, call: str, body: object, says: str
) -> None:
    """A request that the real GitHub would refuse must not pass here."""
    comment = fake_github.add_comment(7, "dev", "hello").number
    answer = ask(fake_github, job, call.format(head=fake_github.pull().head, comment=comment), body)
    assert answer.status_code == 422
    assert says in answer.json()["message"]
    with pytest.raises(AssertionError, match="never should be"):
        fake_github.check()
    assert says in complaint_of(fake_github)


def test_a_comment_is_not_longer_than_github_takes(fake_github: FakeGitHub, job: str) -> None:
    """A report that GitHub refuses for its size would be seen by nobody."""
    fits = ask(fake_github, job, f"POST {COMMENTS}", {"body": "é" * 65_536})
    over = ask(fake_github, job, f"POST {COMMENTS}", {"body": "x" * 65_537})
    edit = ask(fake_github, job, f"PATCH {_path(fits)}", {"body": "x" * 65_537})
    assert (fits.status_code, over.status_code, edit.status_code) == (201, 422, 422)
    assert "body is too long (maximum is 65536 characters)" in over.text
    assert [comment.edits for comment in fake_github.comments()] == [0]
    assert len(fake_github.complaints) == 2
    fake_github.complaints.clear()


def _path(answer: requests.Response) -> str:
    return str(answer.json()["url"]).split("/", 3)[3].join(("/", ""))


@pytest.mark.parametrize("body", ["", " \n"])
def test_a_comment_says_something(fake_github: FakeGitHub, job: str, body: str) -> None:
    """GitHub refuses an empty comment."""
    assert ask(fake_github, job, f"POST {COMMENTS}", {"body": body}).status_code == 422
    assert "can't be blank" in complaint_of(fake_github)


@pytest.mark.parametrize(
    ("field", "value"),
    [("description", "x" * 141), ("context", "x" * 256), ("target_url", "javascript:alert(1)")],
)
def test_a_status_has_limits(fake_github: FakeGitHub, job: str, field: str, value: str) -> None:
    """A gate that GitHub refuses stays pending, and the pull request can't be merged."""
    call = f"POST /repos/octo/shop/statuses/{fake_github.pull().head}"
    assert ask(fake_github, job, call, {"state": "success", field: value}).status_code == 422
    assert field in complaint_of(fake_github)
    assert fake_github.statuses(fake_github.pull().head) == []


def test_a_commit_holds_a_thousand_statuses_of_a_context(fake_github: FakeGitHub, job: str) -> None:
    """A job that sets a status for everything it does is stopped by GitHub in the end."""
    head = fake_github.pull().head
    call = f"POST /repos/octo/shop/statuses/{head}"
    first = ask(fake_github, job, call, {"state": "pending", "context": "proofbot"})
    fake_github.repeat_status(head, 999)
    over = ask(fake_github, job, call, {"state": "success", "context": "Proofbot"})
    other = ask(fake_github, job, call, {"state": "success", "context": "other"})
    assert (first.status_code, over.status_code, other.status_code) == (201, 422, 201)
    assert "maximum number of statuses" in over.text


def test_a_status_needs_a_commit_of_the_repository(fake_github: FakeGitHub, job: str) -> None:
    """A gate on a commit that GitHub does not know gates nothing."""
    answer = ask(fake_github, job, f"POST /repos/octo/shop/statuses/{'0' * 40}", {"state": "success"})
    assert (answer.status_code, answer.json()["message"]) == (422, f"No commit found for SHA: {'0' * 40}")


@pytest.mark.parametrize(
    ("states", "together"),
    [
        ([], "pending"),
        (["success"], "success"),
        (["success", "pending"], "pending"),
        (["pending", "error", "success"], "failure"),
    ],
)
def test_all_contexts_together_gate_a_merge(
    fake_github: FakeGitHub, job: str, states: list[str], together: str
) -> None:
    """What GitHub says of a commit is what a maintainer sees beside it."""
    head = fake_github.pull().head
    for place, state in enumerate(states):
        for said in ("failure", state):  # the newest of a context counts
            ask(fake_github, job, f"POST /repos/octo/shop/statuses/{head}", {"state": said, "context": f"c{place}"})
    answer = ask(fake_github, job, f"GET /repos/octo/shop/commits/{head}/status").json()
    assert (answer["state"], answer["total_count"]) == (together, len(states))


@pytest.mark.parametrize(
    ("query", "length", "neighbours"),
    [
        ({}, 30, {"next": 2, "last": 5}),
        ({"per_page": 100}, 100, {"next": 2, "last": 2}),
        ({"per_page": 1000}, 100, {"next": 2, "last": 2}),
        ({"page": 2}, 30, {"prev": 1, "next": 3, "last": 5, "first": 1}),
        ({"page": 5}, 11, {"prev": 4, "first": 1}),
        ({"page": 9}, 0, {"prev": 8, "first": 1}),
    ],
)
def test_lists_come_in_pages(
    fake_github: FakeGitHub, job: str, query: dict[str, int], length: int, neighbours: dict[str, int]
) -> None:
    """A client that reads one page only finds no comment of its own behind 30 others."""
    for number in range(131):
        fake_github.add_comment(7, "dev", str(number))
    answer = ask(fake_github, job, f"GET {COMMENTS}", **query)
    assert len(answer.json()) == length
    links = {name: link["url"] for name, link in answer.links.items()}
    assert {name: int(re.findall(r"\bpage=(\d+)", url)[0]) for name, url in links.items()} == neighbours
    neighbour = links["next" if "next" in links else "first"]
    followed = requests.get(neighbour, headers={"Authorization": f"token {job}"}, timeout=30)
    assert followed.json()[0]["body"] != (answer.json() or [{"body": ""}])[0]["body"]


def test_a_page_that_is_all_has_no_neighbours(fake_github: FakeGitHub, job: str) -> None:
    """A client that waits for a `Link` header must do without."""
    assert "Link" not in ask(fake_github, job, f"GET {COMMENTS}").headers


@pytest.mark.parametrize(
    "call",
    [
        "GET /repos/octo/shop/pulls/8",
        "GET /repos/octo/shop/issues/8/comments",
        "PATCH /repos/octo/shop/issues/comments/1",
        "DELETE /repos/octo/shop/issues/comments/1",
        "GET /repos/octo/other/pulls/7",
        "GET /repos/octo/shop/actions/runs/9/artifacts",
        "GET /repos/octo/shop/actions/artifacts/9/zip",
        "GET /repos/octo/shop/collaborators/stranger/permission",
    ],
)
def test_what_is_not_there_is_not_found(fake_github: FakeGitHub, job: str, call: str) -> None:
    """A client has to live with what was deleted meanwhile."""
    body = {"body": "hello"} if call.startswith("PATCH") else None
    assert ask(fake_github, job, call, body).status_code == 404


def test_what_is_not_served_fails_the_test(fake_github: FakeGitHub, job: str) -> None:
    """A client that asks for something new needs a fake that knows it."""
    assert ask(fake_github, job, "GET /repos/octo/shop/labels").status_code == 404
    assert "serves no such operation" in complaint_of(fake_github)


def test_pull_requests_are_filtered_as_on_github(fake_github: FakeGitHub, job: str) -> None:
    """A filter that GitHub does not understand filters nothing, and then the wrong pull request is commented."""
    fake_github.add_pull_request(7, head_branch="fix")
    fake_github.add_pull_request(8, head_branch="fix", head_repository="Someone/shop")
    fake_github.add_pull_request(9, head_branch="fix", base_branch="release", head_repository=None)
    fake_github.pull(7).is_open = False

    def found(**query: str) -> list[int]:
        return [pull["number"] for pull in ask(fake_github, job, "GET /repos/octo/shop/pulls", **query).json()]

    assert found() == [9, 8]
    assert found(state="all", direction="asc") == [7, 8, 9]
    assert found(state="closed") == [7]
    assert found(head="someone:fix") == [8]
    assert found(head="someone/shop") == [9, 8]
    assert found(base="release") == [9]


def test_what_a_comment_said_before_is_kept(fake_github: FakeGitHub, job: str) -> None:
    """Tests have to see each edit, because readers do."""
    created = ask(fake_github, job, f"POST {COMMENTS}", {"body": "one"})
    ask(fake_github, job, f"PATCH {_path(created)}", {"body": "two"})
    [comment] = fake_github.comments(7, "GitHub-Actions[bot]")
    assert (comment.body, comment.bodies, comment.edits) == ("two", ["one", "two"], 1)
    assert comment.updated_at > comment.created_at
    ask(fake_github, job, f"DELETE {_path(created)}")
    assert (fake_github.comments(), fake_github.deleted_comments) == ([], [comment])


def test_a_reaction_is_left_once(fake_github: FakeGitHub, job: str) -> None:
    """A repeated receipt is none."""
    call = f"POST /repos/octo/shop/issues/comments/{fake_github.add_comment(7, 'dev', 'x').number}/reactions"
    assert [ask(fake_github, job, call, {"content": "eyes"}).status_code for _ in range(2)] == [201, 200]
    assert [one.content for one in fake_github.comments()[0].reactions] == ["eyes"]


def test_an_artifact_lies_on_another_host_that_wants_no_token(fake_github: FakeGitHub, job: str) -> None:
    """A token sent to a storage is a token given away."""
    fake_github.add_run(501, fake_github.pull().head)
    artifact = fake_github.add_artifact(501, "report", b"PK content")
    answer = ask(fake_github, job, f"GET /repos/octo/shop/actions/artifacts/{artifact.number}/zip")
    address = answer.headers["Location"]
    assert (answer.status_code, address.startswith(fake_github.api_url)) == (302, False)
    assert requests.get(address, timeout=PATIENCE).content == b"PK content"
    assert requests.get(address.partition("?")[0], timeout=PATIENCE).status_code == 403
    leak = requests.get(address, headers={"Authorization": f"Bearer {job}"}, timeout=PATIENCE)
    assert leak.status_code == 403
    assert "sent to another host" in complaint_of(fake_github)
    artifact.is_expired = True
    assert ask(fake_github, job, f"GET /repos/octo/shop/actions/artifacts/{artifact.number}/zip").status_code == 410


@pytest.mark.parametrize("fake_github", ["/api/v3"], indirect=True)
def test_an_enterprise_server_has_its_api_elsewhere(fake_github: FakeGitHub, job: str) -> None:
    """A client that leaves the prefix out talks to the web pages."""
    assert fake_github.api_url == f"{fake_github.server_url}/api/v3"
    answer = ask(fake_github, job, "GET /repos/octo/shop/pulls/7").json()
    assert answer["url"] == f"{fake_github.api_url}/repos/octo/shop/pulls/7"
    assert answer["html_url"] == f"{fake_github.server_url}/octo/shop/pull/7"
    outside = requests.get(f"{fake_github.server_url}/repos/octo/shop", timeout=PATIENCE)
    assert outside.status_code == 404
    assert "/api/v3" in complaint_of(fake_github)


def test_a_place_is_what_the_runner_tells(fake_github: FakeGitHub) -> None:
    """The bot's own process finds the fake by its environment alone."""
    place, told = fake_github.place(run=9, attempt=2), fake_github.environment(run=9, attempt=2)
    assert place.run == RunId(9, 2) == RunId(int(told["GITHUB_RUN_ID"]), int(told["GITHUB_RUN_ATTEMPT"]))
    assert (place.api_url, place.server_url) == (told["GITHUB_API_URL"], told["GITHUB_SERVER_URL"])
    assert place.run_url == f"{place.server_url}/{place.repository}/actions/runs/9"


def test_an_event_holds_the_pull_request_as_the_api_shows_it(fake_github: FakeGitHub, job: str) -> None:
    """Events and answers must not tell two stories."""
    assert fake_github.pull_payload(7) == ask(fake_github, job, "GET /repos/octo/shop/pulls/7").json()


def test_a_pull_request_has_a_newer_head(fake_github: FakeGitHub, job: str) -> None:
    """A push is what makes an older run superseded."""
    fake_github.push(7, "a" * 40)
    assert ask(fake_github, job, "GET /repos/octo/shop/pulls/7").json()["head"]["sha"] == "a" * 40
    assert ask(fake_github, job, f"GET /repos/octo/shop/commits/{'a' * 40}/status").status_code == 200
