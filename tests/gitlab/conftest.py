"""What the stories on GitLab share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gitlab.stage import Stage
from tests.world.forges.fake_gitlab import FakeGitLab


@pytest.fixture
def stage(tmp_path: Path, fake_gitlab: FakeGitLab) -> Stage:
    """A project with a dbt project, on a GitLab of our own."""
    return Stage(tmp_path, fake_gitlab)
