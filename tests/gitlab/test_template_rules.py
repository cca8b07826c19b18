"""Which jobs of the shipped templates a pipeline has, and which inputs are refused: asked of gitlab-ci-local."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.gitlab import components
from tests.gitlab.local_runner import LocalRunner
from tests.gitlab.stage import Stage
from tests.world.forges.fake_gitlab import FakeGitLab


def _stage(folder: Path, gitlab: FakeGitLab, include: Mapping[str, object]) -> Stage:
    stage = Stage(folder, gitlab, components.including(include))
    stage.open()
    return stage


def test_each_pipeline_starts_its_own_jobs(tmp_path: Path, fake_gitlab: FakeGitLab) -> None:
    """A schedule of the team's own would sweep, or a merge request find no job."""
    stage = _stage(tmp_path, fake_gitlab, {"component": components.OURS, "inputs": {"cleanup": True, "job": "data"}})
    push, schedule, by_hand = (stage.branch_pipeline(source) for source in ("push", "schedule", "web"))
    of_request = {"data": "on_success", "data:environment": "on_success", "data:cleanup": "manual"}
    assert LocalRunner(stage, stage.pipeline()).started() == of_request
    assert LocalRunner(stage, push).started() == {"data:origin": "on_success"}
    assert LocalRunner(stage, schedule).started() == {}
    assert LocalRunner(stage, schedule, PROOFBOT_SWEEP="true").started() == {"data:sweep": "on_success"}
    assert LocalRunner(stage, by_hand).started() == {}
    assert LocalRunner(stage, by_hand, PROOFBOT_MERGE_REQUEST="7").started() == {"data": "on_success"}


def test_the_plain_include_starts_the_same(tmp_path: Path, fake_gitlab: FakeGitLab) -> None:
    """Whoever can't include components would get no jobs, or could not choose."""
    stage = _stage(tmp_path, fake_gitlab, {"local": "templates/proofbot.gitlab-ci.yml"})
    assert LocalRunner(stage, stage.pipeline()).started() == {"proofbot": "on_success"}
    assert "proofbot:cleanup" in LocalRunner(stage, stage.pipeline(), PROOFBOT_CLEANUP="true").started()
    assert LocalRunner(stage, stage.branch_pipeline("push"), PROOFBOT_REFRESH="false").started() == {}


@pytest.mark.parametrize("inputs", [{"on-draft": "yes"}, {"vars": "a\nb"}, {"older-than": "soon"}], ids=str)
def test_a_wrong_input_is_refused(tmp_path: Path, fake_gitlab: FakeGitLab, inputs: Mapping[str, object]) -> None:
    """A typing error would be a job that does something else."""
    stage = _stage(tmp_path, fake_gitlab, {"component": components.OURS, "inputs": inputs})
    assert f"`{next(iter(inputs))}` input" in LocalRunner(stage, stage.pipeline()).refusal()
