"""Tests of bot/cli/doors.py: which door, which forge, which token."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli import doors
from bot.domain import CommitStatus, ForgeKind, GateState, Place, RunId
from bot.errors import UsageError
from bot.world.forges import github_events, gitlab_events
from bot.world.forges.contract import Refused, Withheld
from bot.world.forges.github import GitHub
from bot.world.forges.gitlab import GitLab
from bot.world.forges.nobody import Nobody
from bot.world.forges.read_only import ReadOnly

_GITHUB = Place("https://github.com", "https://api.github.com", "data/shop", RunId(1), "https://github.com/1")
_GITLAB = Place(
    "https://gitlab.example.org",
    "https://gitlab.example.org/api/v4",
    "data/team/shop",
    RunId(1, 2),
    "https://gitlab.example.org/data/team/shop/-/jobs/2",
    ForgeKind.GITLAB,
    "a" * 40,
)
_JOB = {"GITLAB_CI": "true", "CI_PROJECT_PATH": "data/team/shop", "CI_JOB_TOKEN": "glcbt-64_of_a_job"}
_STATUS = CommitStatus("proofbot/shop", GateState.PENDING, "under way")


def _heard(place: Place, **environment: str) -> tuple[object, list[str]]:
    log: list[str] = []
    return doors.of(environment).forge(place, environment, None, log.append), log


def test_the_environment_says_which_door() -> None:
    """A job of one CI system would be read as one of another."""
    assert doors.of({"GITLAB_CI": "true"}).load is gitlab_events.load
    assert doors.of({"GITHUB_ACTIONS": "true"}).load is github_events.load
    assert doors.of({"GITHUB_EVENT_PATH": "event.json"}).load is github_events.load


@pytest.mark.parametrize(
    "environment", [{}, {"GITLAB_CI": "false"}, {"CI": "true", "GITHUB_TOKEN": "of somebody at home"}]
)
def test_outside_of_both_it_says_what_to_run_instead(environment: dict[str, str]) -> None:
    """People at home, or on Jenkins, would be told of a variable of GitHub's that they never heard of."""
    with pytest.raises(UsageError, match="neither GitHub Actions nor GitLab CI") as caught:
        doors.of(environment).load(environment)
    assert "--forge local" in (caught.value.remedy or "")


@pytest.mark.parametrize(
    ("environment", "repository"),
    [
        ({"GITHUB_REPOSITORY": "data/shop"}, "data/shop"),
        (_JOB, "data/team/shop"),
        ({**_JOB, "CI_PROJECT_PATH": "stranger/shop", "CI_MERGE_REQUEST_PROJECT_PATH": "data/shop"}, "data/shop"),
        ({"GITLAB_CI": "true", "GITHUB_REPOSITORY": "data/shop"}, None),
        ({}, None),
    ],
)
def test_cleaning_up_keeps_to_the_repository_of_the_job(environment: dict[str, str], repository: str | None) -> None:
    """What another repository's request of the same number has left would be removed, on a machine that both share."""
    assert doors.of(environment).repository(environment) == repository


def test_a_token_of_ours_comes_first() -> None:
    """Notes would be written by somebody else, or not at all."""
    assert isinstance(_heard(_GITHUB, GITHUB_TOKEN="ghs_1")[0], GitHub)
    assert isinstance(_heard(_GITHUB)[0], Nobody)
    for name in ("PROOFBOT_GITLAB_TOKEN", "GITLAB_TOKEN"):
        forge, log = _heard(_GITLAB, **_JOB, **{name: "glpat-1"})
        assert (type(forge), log) == (GitLab, [])


def test_without_one_a_job_reads_and_says_once_what_to_make() -> None:
    """Somebody would look for the note in vain, or find the same complaint three times and not what to do."""
    forge, log = _heard(_GITLAB, **_JOB)
    assert isinstance(forge, ReadOnly)
    [line] = log
    assert all(word in line for word in ("PROOFBOT_GITLAB_TOKEN", "`api`", "Developer", "masked and not protected"))
    with pytest.raises(Withheld):
        forge.set_status("a" * 40, _STATUS)
    again, log = _heard(_GITLAB, **_JOB, PROOFBOT_GITLAB_TOKEN=_JOB["CI_JOB_TOKEN"])
    assert (type(again), log) == (ReadOnly, [line])


def test_in_a_fork_it_says_who_can_help() -> None:
    """Somebody from outside would be told to make a token that they cannot make."""
    _, log = _heard(_GITLAB, **{**_JOB, "CI_PROJECT_PATH": "stranger/shop"})
    [line] = log
    assert "Run pipeline" in line
    assert "PROOFBOT_GITLAB_TOKEN" not in line


def test_without_any_token_nothing_is_asked() -> None:
    """A job that has none at all would break."""
    forge, log = _heard(_GITLAB, **{**_JOB, "CI_JOB_TOKEN": ""})
    assert isinstance(forge, Nobody)
    assert len(log) == 1
    with pytest.raises(Refused):
        forge.whoami()


def test_a_certificate_that_is_not_there_is_no_crash(tmp_path: Path) -> None:
    """On a GitLab of one's own a wrong path would end the job with a stack trace."""
    missing = str(tmp_path / "ca.pem")
    forge, _ = _heard(_GITLAB, **_JOB, GITLAB_TOKEN="glpat-1", CI_SERVER_TLS_CA_FILE=missing)
    assert isinstance(forge, GitLab)
