"""What the tests of forges may use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.world.forges.fake_github import FakeGitHub
from tests.world.forges.fake_gitlab import FakeGitLab
from tests.world.forges.rigs import Rig
from tests.world.forges.rigs_github import GitHubRig
from tests.world.forges.rigs_gitlab import GitLabRig


@pytest.fixture
def job(fake_github: FakeGitHub) -> str:
    """The token of a job in a repository that has pull request 7."""
    fake_github.add_pull_request(7)
    return fake_github.actions_token()


@pytest.fixture
def bot(fake_gitlab: FakeGitLab) -> str:
    """The token of a project that has merge request 7, as proofbot is given one."""
    fake_gitlab.add_merge_request(7)
    return fake_gitlab.api_token()


@pytest.fixture(params=["github", "enterprise", "gitlab", "gitlab below a path"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """Each forge there is. A test fails at its end if its forge was sent what no client should ever send."""
    if request.param in ("github", "enterprise"):
        with FakeGitHub(prefix="/api/v3" if request.param == "enterprise" else "") as hub:
            yield GitHubRig(hub)
        hub.check()
    else:
        # Who sees forks of a project must see the project: with forks that are to be seen, both are public.
        with FakeGitLab(prefix="" if request.param == "gitlab" else "/gitlab", visibility="public") as lab:
            yield GitLabRig(lab)
        lab.check()
