"""Tests of the fake GitLab: that it is strict where the real one is strict."""

from __future__ import annotations

import pytest
import requests

from bot.domain import ForgeKind, RunId
from tests.world.forges.asking import NOTES, PATIENCE, PROJECT, ask, complaint_of
from tests.world.forges.fake_gitlab import FakeGitLab


def test_merge_requests_are_filtered(fake_gitlab: FakeGitLab, bot: str) -> None:
    """GitLab shows closed requests too, if nobody says which are wanted."""
    fake_gitlab.add_merge_request(8, source_branch="change-7", source_project="someone/shop")
    fake_gitlab.add_merge_request(9, target_branch="release", source_project=None)
    fake_gitlab.close(7)
    fake_gitlab.merge(9)

    def found(**query: object) -> list[int]:
        rows = ask(fake_gitlab, bot, f"GET {PROJECT}/merge_requests", **query).json()
        return [row["iid"] for row in rows]

    assert found() == found(state="all") == [9, 8, 7]
    assert found(state="opened", sort="asc") == [8]
    assert (found(state="closed"), found(state="merged")) == ([7], [9])
    assert found(source_branch="change-7") == [8, 7]
    assert (found(target_branch="release"), found(**{"iids[]": ["7", "8"]})) == ([9], [8, 7])
    assert ask(fake_gitlab, bot, f"GET {PROJECT}/merge_requests", state="open").status_code == 400
    assert "state does not have a valid value" in complaint_of(fake_gitlab)


def test_a_merge_request_is_told_as_gitlab_does(fake_gitlab: FakeGitLab, bot: str) -> None:
    """The commits of its diff are worked out after a push, and are missing until then."""
    fake_gitlab.add_merge_base("b" * 40, "a" * 40, "c" * 40)
    fake_gitlab.add_merge_request(7, head="a" * 40, base="b" * 40, draft=True, labels=("dbt",), description="Why")
    path = f"GET {PROJECT}/merge_requests/7"
    told = ask(fake_gitlab, bot, path).json()
    assert told == fake_gitlab.request_payload(7)
    assert (told["sha"], told["draft"], told["title"]) == ("a" * 40, True, "Draft: Change a model")
    assert told["diff_refs"] == {"base_sha": "c" * 40, "start_sha": "b" * 40, "head_sha": "a" * 40}
    assert told["web_url"] == f"{fake_gitlab.server_url}/octo/data/shop/-/merge_requests/7"
    assert (told["source_project_id"], told["labels"], told["description"]) == (77_001, ["dbt"], "Why")
    fake_gitlab.request().is_prepared = False
    assert ask(fake_gitlab, bot, path).json()["diff_refs"] is None
    fake_gitlab.add_merge_request(8, source_project=None)
    assert ask(fake_gitlab, bot, f"GET {PROJECT}/merge_requests/8").json()["source_project_id"] is None


def test_a_merge_base_is_of_commits_that_are_there(fake_gitlab: FakeGitLab, bot: str) -> None:
    """A fork that is compared with nothing must not seem to be compared."""
    request = fake_gitlab.request()
    fake_gitlab.add_merge_base(request.base, request.head, "c" * 40)
    path = f"GET {PROJECT}/repository/merge_base"
    answer = ask(fake_gitlab, bot, path, **{"refs[]": [request.base, request.head]})
    assert answer.json()["id"] == "c" * 40
    unknown = ask(fake_gitlab, bot, path, **{"refs[]": [request.base, "0" * 40]})
    assert (unknown.status_code, unknown.json()["message"]) == (400, f"Could not find ref: {'0' * 40}")


def test_branches_commits_and_pipelines_are_told(fake_gitlab: FakeGitLab, bot: str) -> None:
    """A pipeline of merged results runs on a commit of its own, whose parent the head is."""
    request, merged = fake_gitlab.request(), "e" * 40
    fake_gitlab.add_commit(merged, parents=(request.base, request.head))
    fake_gitlab.add_pipeline(501, merged, ref="refs/merge-requests/7/merge")
    fake_gitlab.add_pipeline(502)
    shown = ask(fake_gitlab, bot, f"GET {PROJECT}/repository/commits/{merged.upper()}").json()
    assert (shown["id"], shown["parent_ids"]) == (merged, [request.base, request.head])
    fake_gitlab.add_merge_request(8, source_branch="a/b", source_project="octo/data/shop")
    fake_gitlab.push(8, "d" * 40)
    branch = ask(fake_gitlab, bot, f"GET {PROJECT}/repository/branches/a%2Fb").json()
    assert (branch["name"], branch["commit"]["id"]) == ("a/b", "d" * 40)
    found = {
        query: [one["id"] for one in ask(fake_gitlab, bot, f"GET {PROJECT}/pipelines?{query}").json()]
        for query in ("sort=asc", f"sha={merged}", "ref=main", "source=merge_request_event")
    }
    assert list(found.values()) == [[501, 502], [501], [], [502, 501]]


@pytest.mark.parametrize(
    "call",
    [
        f"GET {PROJECT}/repository/branches/gone",
        f"GET {PROJECT}/repository/commits/{'0' * 40}",
        f"GET {PROJECT}/merge_requests/8",
        f"GET {PROJECT}/merge_requests/8/notes",
        f"GET {NOTES}/9",
        f"PUT {NOTES}/9",
        "GET /projects/octo%2Fother",
        "GET /projects/octo%2Fother/merge_requests/7",
        "GET /projects/someone%2Fshop/merge_requests/7",
        f"GET {PROJECT}/pipelines/9/jobs",
        f"GET {PROJECT}/jobs/9",
        f"GET {PROJECT}/jobs/9/artifacts",
        f"GET {PROJECT}/members/all/9",
        "GET /job",
    ],
)
def test_what_is_not_there_is_not_found(fake_gitlab: FakeGitLab, bot: str, call: str) -> None:
    """A client has to live with what was deleted meanwhile."""
    fake_gitlab.add_project("someone/shop", "public")
    body = {"body": "hello"} if call.startswith("PUT") else None
    assert ask(fake_gitlab, bot, call, body).status_code == 404


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (f"GET {PROJECT}/issues", "serves no such operation"),
        (f"GET {NOTES}?activity=all", "unknown parameter activity"),
        (f"GET {NOTES}?page=0", "page does not have a valid value"),
        (f"GET {PROJECT}/merge_requests/seven", "merge_request_iid is invalid"),
        ("GET /user?private_token=glpat-x", "a token in the address"),
        ("GET /users", "all users"),
    ],
)
def test_what_no_client_should_send_fails_the_test(fake_gitlab: FakeGitLab, bot: str, call: str, says: str) -> None:
    """GitLab passes over much in silence, and the mistake shows elsewhere."""
    ask(fake_gitlab, bot, call)
    assert says in complaint_of(fake_gitlab)


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [("text/plain", b"{}", 415), ("application/json", b"{", 400), ("application/json", b"[]", 400)],
)
def test_a_body_is_what_its_header_says(fake_gitlab: FakeGitLab, bot: str, kind: str, body: bytes, status: int) -> None:
    """A report in the wrong wrapping never arrives."""
    headers = {**fake_gitlab.credentials(bot), "Content-Type": kind}
    answer = requests.post(fake_gitlab.api_url + NOTES, data=body, headers=headers, timeout=PATIENCE)
    assert (answer.status_code, len(fake_gitlab.complaints)) == (status, 1)
    fake_gitlab.complaints.clear()


def test_a_form_is_a_body_too(fake_gitlab: FakeGitLab, bot: str) -> None:
    """Many clients of GitLab send forms."""
    headers = fake_gitlab.credentials(bot)
    answer = requests.post(fake_gitlab.api_url + NOTES, data={"body": "é"}, headers=headers, timeout=PATIENCE)
    assert (answer.status_code, fake_gitlab.notes()[0].body) == (201, "é")


@pytest.mark.parametrize("has_storage", [True, False])
def test_artifacts_are_handed_out(fake_gitlab: FakeGitLab, bot: str, *, has_storage: bool) -> None:
    """A token sent to a storage is a token given away; some GitLabs have none and answer themselves."""
    if not has_storage:
        fake_gitlab.keep_artifacts_itself()
    fake_gitlab.add_job(9001)
    artifact = fake_gitlab.add_artifact(9001, b"PK content", "report.zip")
    path = f"GET {PROJECT}/jobs/9001/artifacts"
    answer = ask(fake_gitlab, bot, path)
    if has_storage:
        address = answer.headers["Location"]
        assert (answer.status_code, address.startswith(fake_gitlab.server_url)) == (302, False)
        leak = requests.get(address, headers=fake_gitlab.credentials(bot), timeout=PATIENCE)
        assert leak.status_code == 403
        assert "sent to another host" in complaint_of(fake_gitlab)
        answer = requests.get(address, timeout=PATIENCE)
    assert (answer.content, answer.headers["Content-Type"]) == (b"PK content", "application/zip")
    listed = f"GET {PROJECT}/pipelines/501/jobs"
    assert ask(fake_gitlab, bot, listed).json()[0]["artifacts_file"] == {"filename": "report.zip", "size": 10}
    artifact.is_expired = True
    assert ask(fake_gitlab, bot, path).status_code == 404
    assert "artifacts_file" not in ask(fake_gitlab, bot, f"GET {PROJECT}/jobs/9001").json()


def test_jobs_that_were_repeated_are_left_out(fake_gitlab: FakeGitLab, bot: str) -> None:
    """The report of an earlier attempt tells of the wrong data."""
    fake_gitlab.add_job(1, "proofbot", status="failed")
    fake_gitlab.add_job(2, "proofbot", status="success")
    fake_gitlab.add_job(3, "lint")
    fake_gitlab.add_job(4, pipeline=502)

    def found(**query: object) -> list[int]:
        return [row["id"] for row in ask(fake_gitlab, bot, f"GET {PROJECT}/pipelines/501/jobs", **query).json()]

    assert (found(), found(include_retried="true"), found(**{"scope[]": "success"})) == ([3, 2], [3, 2, 1], [2])


@pytest.mark.parametrize("fake_gitlab", ["/gitlab"], indirect=True)
def test_gitlab_may_share_its_host(fake_gitlab: FakeGitLab, bot: str) -> None:
    """A client that puts the address together itself talks to somebody else's pages."""
    assert fake_gitlab.api_url == f"{fake_gitlab.server_url}/api/v4"
    assert ask(fake_gitlab, bot, f"GET {PROJECT}").json()["web_url"] == f"{fake_gitlab.server_url}/octo/data/shop"
    outside = requests.get(f"{fake_gitlab.server_url.removesuffix('/gitlab')}/api/v4/user", timeout=PATIENCE)
    assert outside.status_code == 404
    assert "the API lies below /gitlab/api/v4" in complaint_of(fake_gitlab)


def test_gitlab_may_not_know_its_address() -> None:
    """Behind a proxy the addresses of further pages lead elsewhere, and a client must find those pages all the same."""
    with FakeGitLab(external_url="https://gitlab.example.com") as fake:
        fake.add_merge_request(7)
        for number in range(21):
            fake.add_note(7, "dev", str(number))
        answer = ask(fake, fake.api_token(), f"GET {NOTES}")
        assert answer.links["next"]["url"].startswith(f"https://gitlab.example.com/api/v4{PROJECT}/")
        assert fake.place().api_url.startswith("http://127.0.0.1")
    fake.check()


def test_a_place_is_what_the_runner_tells(fake_gitlab: FakeGitLab) -> None:
    """The bot's own process finds the fake by it."""
    place = fake_gitlab.place(501, 9002, "a" * 40)
    assert (place.forge, place.run, place.commit) == (ForgeKind.GITLAB, RunId(501, 9002), "a" * 40)
    assert place.run_url == f"{place.server_url}/octo/data/shop/-/jobs/9002"
