"""The shipped template, run by gitlab-ci-local on a real dbt project: what its jobs do and leave."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.gitlab import components
from tests.gitlab.local_runner import LocalRunner
from tests.gitlab.stage import CONTEXT, Stage
from tests.stories.shop import BREAKING
from tests.world.forges.fake_gitlab import FakeGitLab

# Texts that would be run, if an input were put into a script. The YAML of `vars` is what dbt gets.
_HOSTILE = {
    "slug": "shop",
    "vars": """{"a": "$(touch gone1) `touch gone2` '; touch gone3; '"}""",
    "target": "",
}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A project that includes the component, with hostile inputs, and a merge request that closes the gate."""
    with FakeGitLab() as fake:
        files = components.including({"component": components.OURS, "inputs": {**_HOSTILE, "cleanup": True}})
        stage = Stage(tmp_path_factory.mktemp("component"), fake, files)
        stage.open(changes=BREAKING)
        yield stage
        fake.check()


@pytest.fixture(scope="module")
def plainly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A project with the plain include, and a merge request that closes the gate."""
    with FakeGitLab() as fake:
        files = components.including({"local": "templates/proofbot.gitlab-ci.yml"})
        stage = Stage(tmp_path_factory.mktemp("plain"), fake, files)
        stage.open(changes=BREAKING)
        yield stage
        fake.check()


def test_the_job_of_a_closed_gate(played: Stage) -> None:
    """The job would be green, its report lost, or what stands in an input be run with the job's secrets."""
    pipeline = played.pipeline()
    runner = LocalRunner(played, pipeline)
    end = runner.run("proofbot")

    assert end.code == 1, end.log
    [body] = played.bodies()
    assert "orders" in body
    assert played.states(pipeline.commit) == ["pending", "failed"]
    kept = ".proofbot/report/"
    assert "<failure" in end.artifact(f"{kept}junit.xml")
    [found] = [
        one for one in json.loads(end.artifact(f"{kept}codequality.json")) if "orders" in one["location"]["path"]
    ]
    assert found["location"]["path"] == "models/orders.sql"
    assert "<html" in end.artifact(f"{kept}report.html")
    assert json.loads(end.artifact(f"{kept}report.json"))["run"]["slug"] == "shop"
    assert not list(runner.checkout.glob("**/gone*"))
    assert "touch" not in end.log.replace("PROOFBOT_VARS", "")
    assert "proofbot conclude" in end.log.partition("after script")[2]
    assert CONTEXT in {status.name for status in played.gitlab.statuses(pipeline.commit)}


def test_the_environment_and_its_end(played: Stage) -> None:
    """What was made for a request would stay behind when it is closed, or the job fail once its branch is gone."""
    runner = LocalRunner(played, played.pipeline())
    assert runner.run("proofbot:environment").code == 0
    played.gitlab.close()
    end = runner.run("proofbot:cleanup")
    assert end.code == 0, end.log


def test_the_job_of_the_plain_include_without_a_token(plainly: Stage) -> None:
    """A project without a token would get a red job for the lack of one, or a green one for a closed gate."""
    pipeline = plainly.pipeline(token="")
    end = LocalRunner(plainly, pipeline).run("proofbot")
    assert end.code == 1, end.log
    assert (plainly.gitlab.notes(7), plainly.states(pipeline.commit)) == ([], [])
    assert plainly.gitlab.sent("POST") == []  # it is known beforehand that nothing may be written
    assert len([line for line in end.log.splitlines() if "PROOFBOT_GITLAB_TOKEN" in line]) == 1, end.log
    assert "<failure" in end.artifact(".proofbot/report/junit.xml")
    assert "orders" in end.artifact(".proofbot/report/comment.md")


def test_the_default_branch_builds_what_requests_start_from(plainly: Stage) -> None:
    """Every merge request would build its base anew."""
    runner = LocalRunner(plainly, plainly.branch_pipeline("push"))
    end = runner.run("proofbot:origin")
    assert end.code == 0, end.log
    assert list((runner.checkout / ".proofbot" / "cache" / "origins").iterdir())
