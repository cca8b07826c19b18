"""What doctor says of tokens, on a GitHub and a GitLab over HTTP; and that nothing of it stays there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.cli import doors
from bot.domain import Diagnosis, Health
from bot.world.examining.forges import examine_github, examine_gitlab
from bot.world.forges.retries import Retries
from tests.world.forges.fake_github import FakeGitHub
from tests.world.forges.fake_gitlab import FakeGitLab

_NO_COMMIT = "0" * 40
_BLANK = "Body can't be blank"


def _quick() -> Retries:
    return Retries(1, attempt_seconds=5, write_seconds=0)


def _on_github(fake: FakeGitHub, token: str) -> dict[str, Diagnosis]:
    """A comment without a text is what no client should send, but this one, on purpose."""
    told = {one.what: one for one in examine_github(fake.place(), token, _quick())}
    assert all(_BLANK in complaint for complaint in fake.complaints)
    fake.complaints.clear()
    return told


def _on_gitlab(fake: FakeGitLab, token: str) -> dict[str, Diagnosis]:
    return {one.what: one for one in examine_gitlab(fake.place(), token, _quick())}


def test_a_token_of_actions_that_may_write(fake_github: FakeGitHub) -> None:
    """A team would learn only by its first request whether there will be a comment; or find one of doctor's."""
    head = fake_github.add_pull_request(7).head
    told = _on_github(fake_github, fake_github.actions_token())
    assert {what: one.health for what, one in told.items()} == dict.fromkeys(
        ("repository", "status", "comment"), Health.WELL
    )
    assert fake_github.comments(7) == []
    assert fake_github.statuses(head) == fake_github.statuses(_NO_COMMIT) == []


def test_a_token_of_actions_that_may_only_read(fake_github: FakeGitHub) -> None:
    """Somebody would not be told which permissions to give the job."""
    fake_github.add_pull_request(7)
    told = _on_github(fake_github, fake_github.read_only_token())
    for what in ("status", "comment"):
        assert told[what].health is Health.ILL
        assert "pull-requests: write, statuses: write" in told[what].remedy
    assert "statuses=write" in told["status"].words


def test_one_permission_that_is_missing(fake_github: FakeGitHub) -> None:
    """The gate would be set and the comment missing, or the other way round, and nobody would know which."""
    fake_github.add_pull_request(7)
    scopes = {"contents": "read", "pull_requests": "read", "statuses": "write"}
    told = _on_github(fake_github, fake_github.actions_token(**scopes))
    assert (told["status"].health, told["comment"].health) == (Health.WELL, Health.ILL)


def test_a_token_of_a_person_without_a_role(fake_github: FakeGitHub) -> None:
    """A token with every scope would look well, whoever's it is."""
    fake_github.add_user("guest", "read")
    told = _on_github(fake_github, fake_github.token_of("guest"))
    assert (told["status"].health, "role Write" in told["status"].remedy) == (Health.ILL, True)


def test_a_repository_without_pull_requests(fake_github: FakeGitHub) -> None:
    """Before the first request, what could not be tried would count as well."""
    told = _on_github(fake_github, fake_github.actions_token())
    assert (told["status"].health, told["comment"].health) == (Health.WELL, Health.ADVICE)


def test_a_wrong_token(fake_github: FakeGitHub, fake_gitlab: FakeGitLab) -> None:
    """An expired token would be told as a crash, or be repeated in a log."""
    [told] = _on_github(fake_github, "ghs_expired_long_ago").values()
    assert (told.what, told.health) == ("repository", Health.ILL)
    [other] = _on_gitlab(fake_gitlab, "glpat-expired-long-ago").values()
    assert (other.what, other.health) == ("project", Health.ILL)
    assert "PROOFBOT_GITLAB_TOKEN" in other.remedy
    assert "expired" not in told.words + other.words


def test_a_token_of_a_project(fake_gitlab: FakeGitLab) -> None:
    """A team would learn only by its first request whether there will be a note; or find one of doctor's."""
    head = fake_gitlab.add_merge_request(7).head
    told = _on_gitlab(fake_gitlab, fake_gitlab.api_token())
    assert {one.health for one in told.values()} == {Health.WELL}
    assert set(told) == {"project", "status and note"}
    assert fake_gitlab.notes(7) == []
    assert fake_gitlab.words(head) == fake_gitlab.words(_NO_COMMIT) == []


@pytest.mark.parametrize("kind", ["scope", "role"])
def test_a_token_of_too_little(fake_gitlab: FakeGitLab, kind: str) -> None:
    """Somebody would make the same token again: with `read_api`, or for a Reporter."""
    fake_gitlab.add_merge_request(7)
    token = fake_gitlab.read_api_token() if kind == "scope" else fake_gitlab.api_token("reporter")
    told = _on_gitlab(fake_gitlab, token)["status and note"]
    assert told.health is Health.ILL
    assert "role Developer and the scope `api`" in told.remedy


def _by_door(environment: Mapping[str, str]) -> list[Diagnosis]:
    return list(doors.of(environment).examine(environment))


def test_a_job_of_actions(fake_github: FakeGitHub, tmp_path: Path) -> None:
    """In a job that forgot to pass its token, doctor would try none, or that of nobody."""
    event = tmp_path / "event.json"
    event.write_text(json.dumps({}), encoding="utf-8")
    job = {**fake_github.environment(), "GITHUB_EVENT_PATH": str(event), "GITHUB_EVENT_NAME": "schedule"}
    ci, token = _by_door(job)
    assert (ci.health, "GitHub Actions" in ci.words) == (Health.WELL, True)
    assert (token.what, token.health) == ("token", Health.ILL)
    assert "token: ${{ github.token }}" in token.remedy
    told = _by_door({**job, "GITHUB_TOKEN": fake_github.actions_token()})
    assert [one.what for one in told] == ["CI", "repository", "status", "comment"]


def test_a_job_of_gitlab_with_its_own_token_only(fake_gitlab: FakeGitLab) -> None:
    """That mode works, without a note: doctor would either refuse it, or not say what is missing."""
    token = fake_gitlab.job_token() if fake_gitlab.add_merge_request(7) else ""
    job = {
        "GITLAB_CI": "true",
        "CI_PIPELINE_SOURCE": "push",
        "CI_PROJECT_PATH": fake_gitlab.repository,
        "CI_SERVER_URL": fake_gitlab.server_url,
        "CI_API_V4_URL": fake_gitlab.api_url,
        "CI_PIPELINE_ID": "501",
        "CI_JOB_ID": "9001",
        "CI_JOB_URL": f"{fake_gitlab.server_url}/x",
        "CI_COMMIT_SHA": "a" * 40,
        "CI_JOB_TOKEN": token,
    }
    ci, one = _by_door(job)
    assert (ci.health, one.health) == (Health.WELL, Health.ADVICE)
    assert one.remedy.startswith("Make a project access token with the scope `api`")
    _, fork = _by_door({**job, "CI_MERGE_REQUEST_PROJECT_PATH": "octo/elsewhere"})
    assert "Run pipeline" in fork.remedy
    whole = _by_door({**job, "PROOFBOT_GITLAB_TOKEN": fake_gitlab.api_token()})
    assert [found.health for found in whole] == [Health.WELL] * 3
    impossible = _by_door({**job, "PROOFBOT_GITLAB_TOKEN": "no token"})[-1]
    assert (impossible.what, impossible.health) == ("token", Health.ILL)


def test_outside_of_ci() -> None:
    """Somebody at home would be told of a token that is not needed there, as of a fault."""
    [told] = _by_door({"CI": "true"})
    assert told.health is Health.ADVICE
    assert not doors.of({}).is_job
