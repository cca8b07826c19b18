"""What the stories of the action share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.action.stage import Stage
from tests.world.forges.fake_github import FakeGitHub


@pytest.fixture
def stage(tmp_path: Path, fake_github: FakeGitHub) -> Stage:
    """A repository with a dbt project on a GitHub of our own."""
    return Stage(tmp_path, fake_github)


@pytest.fixture
def cold_stage(tmp_path: Path, fake_github: FakeGitHub) -> Stage:
    """The same, where proofbot and dbt are started as on a runner: whole processes, which hear signals themselves."""
    return Stage(tmp_path, fake_github, is_cold=True)
