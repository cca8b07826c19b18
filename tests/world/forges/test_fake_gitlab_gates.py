"""Tests of the fake GitLab: that statuses go their way, and pipelines are found, as on GitLab."""

from __future__ import annotations

import pytest
import requests

from tests.world.forges.asking import PROJECT, ask, complaint_of
from tests.world.forges.fake_gitlab import FakeGitLab

_PENDING = {"state": "pending", "name": "proofbot/shop", "pipeline_id": 501}


def _set(fake: FakeGitLab, token: str, **told: object) -> requests.Response:
    return ask(fake, token, f"POST {PROJECT}/statuses/{fake.request().head}", _PENDING | told)


def test_a_status_goes_from_state_to_state(fake_gitlab: FakeGitLab, bot: str) -> None:
    """An unfinished status changes, and a finished one is never changed again: a new one takes its place."""
    fake_gitlab.add_pipeline(501)
    head = fake_gitlab.request().head
    states = ("pending", "running", "success", "pending", "failed")
    answers = [_set(fake_gitlab, bot, state=state, description=state).json() for state in states]
    assert [answer["status"] for answer in answers] == list(states)
    first, second = (answers[0]["id"], answers[3]["id"])
    assert [answer["id"] for answer in answers] == [first] * 3 + [second] * 2
    assert [(one.state, one.is_retried) for one in fake_gitlab.statuses(head)] == [("success", True), ("failed", False)]
    assert [word.description for word in fake_gitlab.words(head, "proofbot/shop")] == list(states)
    path = f"GET {PROJECT}/repository/commits/{head}/statuses"
    assert [one["status"] for one in ask(fake_gitlab, bot, path).json()] == ["failed"]
    assert [one["status"] for one in ask(fake_gitlab, bot, path, all="true", sort="desc").json()] == [
        "failed",
        "success",
    ]


@pytest.mark.parametrize(
    ("before", "state", "event"),
    [
        ("pending", "pending", "enqueue"),
        ("running", "pending", "enqueue"),
        ("running", "running", "run"),
        ("running", "skipped", "skip"),
    ],
)
def test_a_status_does_not_go_where_it_is_or_back(
    fake_gitlab: FakeGitLab, bot: str, before: str, state: str, event: str
) -> None:
    """GitLab refuses it with 400, which must not look like a fault of ours; and the text stays the old one."""
    fake_gitlab.add_pipeline(501)
    _set(fake_gitlab, bot, state=before, description="old")
    answer = _set(fake_gitlab, bot, state=state, description="new")
    cause = f'(Reason(s): Status cannot transition via "{event}")'
    assert answer.status_code == 400
    assert answer.json() == {"message": f"Cannot transition status via :{event} from :{before} {cause}"}
    [status] = fake_gitlab.statuses(fake_gitlab.request().head)
    assert (status.state, status.description) == (before, "old")


def test_what_a_status_does_not_say_anew_it_keeps(fake_gitlab: FakeGitLab, bot: str) -> None:
    """An address that is not sent, or empty, does not remove the one that is there."""
    fake_gitlab.add_pipeline(501)
    _set(fake_gitlab, bot, description="proving", target_url="https://ci.example.com/1")
    told = _set(fake_gitlab, bot, state="success", target_url="").json()
    assert (told["description"], told["target_url"]) == ("proving", "https://ci.example.com/1")


def test_each_user_has_statuses_of_its_own(fake_gitlab: FakeGitLab, bot: str) -> None:
    """A status that somebody else left unfinished is not ours to finish; ours retires it."""
    fake_gitlab.add_pipeline(501)
    _set(fake_gitlab, fake_gitlab.api_token(login="dev"))
    _set(fake_gitlab, bot)
    found = fake_gitlab.statuses(fake_gitlab.request().head)
    assert [(one.author.username == "dev", one.is_retried) for one in found] == [(True, True), (False, False)]


def test_a_status_goes_to_a_pipeline_of_its_commit(fake_gitlab: FakeGitLab, bot: str) -> None:
    """In merged-results pipelines the commit is not the head, and GitLab finds no pipeline by the two together."""
    fake_gitlab.add_pipeline(501, "e" * 40, ref="refs/merge-requests/7/merge")
    answer = _set(fake_gitlab, bot)
    assert (answer.status_code, answer.json()["message"]) == (
        404,
        "404 Pipeline for pipeline_id, sha and ref Not Found",
    )
    merged = ask(fake_gitlab, bot, f"POST {PROJECT}/statuses/{'E' * 40}", _PENDING).json()
    assert (merged["pipeline_id"], merged["ref"]) == (501, "refs/merge-requests/7/merge")
    gone = ask(fake_gitlab, bot, f"POST {PROJECT}/statuses/{'0' * 40}", _PENDING)
    assert (gone.status_code, gone.json()["message"]) == (404, "404 Commit Not Found")


def test_a_status_that_names_no_pipeline_makes_one(fake_gitlab: FakeGitLab, bot: str) -> None:
    """A second pipeline beside the real one hides it in the request."""
    head = fake_gitlab.request().head
    told = {"state": "pending"}
    made = ask(fake_gitlab, bot, f"POST {PROJECT}/statuses/{head}", told).json()
    assert (made["name"], made["ref"]) == ("default", "change-7")
    assert "second pipeline" in complaint_of(fake_gitlab)
    fake_gitlab.add_pipeline(2_000_000, head)
    newest = ask(fake_gitlab, bot, f"POST {PROJECT}/statuses/{head}", told).json()
    other = ask(fake_gitlab, bot, f"POST {PROJECT}/statuses/{head}", told | {"ref": "change-7", "context": "x"}).json()
    assert (newest["pipeline_id"], other["pipeline_id"]) == (2_000_000, made["pipeline_id"])
    assert [one.source for one in fake_gitlab.pipelines(head)] == ["merge_request_event", "external"]
    fork = fake_gitlab.add_merge_request(8, source_project="someone/shop").head
    refused = ask(fake_gitlab, bot, f"POST {PROJECT}/statuses/{fork}", told)
    assert refused.json()["message"] == "404 References for commit Not Found"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"state": None}, {"error": "state is missing"}),
        ({"state": "failure"}, {"error": "state does not have a valid value"}),
        ({"pipeline_id": "seven"}, {"error": "pipeline_id is invalid"}),
        ({"description": "x" * 256}, {"message": {"description": ["is too long (maximum is 255 characters)"]}}),
        ({"name": "x" * 256}, {"message": {"name": ["is too long (maximum is 255 characters)"]}}),
        ({"target_url": "ftp://x"}, {"message": {"target_url": ["is blocked: Only allowed schemes are http, https"]}}),
    ],
)
def test_a_status_has_limits(fake_gitlab: FakeGitLab, bot: str, told: dict[str, object], says: object) -> None:
    """A gate that GitLab refuses stays pending, and the request can't be merged."""
    fake_gitlab.add_pipeline(501)
    answer = _set(fake_gitlab, bot, **told)
    assert (answer.status_code, answer.json(), len(fake_gitlab.complaints)) == (400, says, 1)
    fake_gitlab.complaints.clear()
    assert fake_gitlab.statuses(fake_gitlab.request().head) == []


def test_statuses_are_found_by_name_and_pipeline(fake_gitlab: FakeGitLab, bot: str) -> None:
    """Among the checks of a large project a client looks for its own."""
    head = fake_gitlab.request().head
    for pipeline in (501, 502):
        fake_gitlab.add_pipeline(pipeline)
        for name in ("a", "b"):
            _set(fake_gitlab, bot, name=name, pipeline_id=pipeline)

    def found(**query: object) -> list[tuple[str, int]]:
        rows = ask(fake_gitlab, bot, f"GET {PROJECT}/repository/commits/{head}/statuses", **query).json()
        return [(row["name"], row["pipeline_id"]) for row in rows]

    assert found() == [("a", 501), ("b", 501), ("a", 502), ("b", 502)]
    assert found(name="b") == [("b", 501), ("b", 502)]
    assert found(pipeline_id=502, order_by="pipeline_id") == [("a", 502), ("b", 502)]
    assert found(ref="main") == found(stage="test") == []
    assert ask(fake_gitlab, bot, f"GET {PROJECT}/repository/commits/{'0' * 40}/statuses").status_code == 404


def test_a_job_has_a_status_of_its_name(fake_gitlab: FakeGitLab, bot: str) -> None:
    """A gate must not be called as a job of the pipeline is: GitLab takes no second one of the name."""
    fake_gitlab.add_job(9001, "proofbot")
    path = f"GET {PROJECT}/repository/commits/{fake_gitlab.request().head}/statuses"
    assert [(one["name"], one["id"]) for one in ask(fake_gitlab, bot, path).json()] == [("proofbot", 9001)]
    refused = _set(fake_gitlab, bot, name="proofbot")
    assert (refused.status_code, refused.json()) == (400, {"message": {"name": ["has already been taken"]}})
    assert "already been taken" in complaint_of(fake_gitlab)
    fake_gitlab.add_pipeline(502)
    assert _set(fake_gitlab, bot, name="proofbot", pipeline_id=502).status_code == 201
