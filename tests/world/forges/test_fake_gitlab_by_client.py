"""Tests of the fake GitLab: that a client whom others have written understands it."""

from __future__ import annotations

import gitlab
import pytest

from tests.world.forges.fake_gitlab import FakeGitLab


@pytest.mark.parametrize("fake_gitlab", ["", "/gitlab"], indirect=True)
def test_the_client_of_the_python_world_is_content(fake_gitlab: FakeGitLab, bot: str) -> None:
    """A fake that only our own client understands would be one of our mistakes, and not of GitLab's ways."""
    fake_gitlab.add_pipeline(501)
    fake_gitlab.add_job(9001)
    fake_gitlab.add_artifact(9001, b"PK content")
    client = gitlab.Gitlab(fake_gitlab.server_url, private_token=bot, keep_base_url=True)
    client.auth()
    project = client.projects.get("octo/data/shop")
    request = project.mergerequests.get(7)
    for number in range(25):
        note = request.notes.create({"body": f"{number}"})
    note.body = "changed"
    note.save()
    note.awardemojis.create({"name": "eyes"})
    assert [one.body for one in request.notes.list(get_all=True, sort="asc")] == [*map(str, range(24)), "changed"]
    note.delete()
    thread = request.discussions.create({"body": "look"})
    thread.resolved = True
    thread.save()
    commit = request.sha
    project.commits.get(commit, lazy=True).statuses.create({"state": "success", "pipeline_id": 501, "name": "x"})
    parted = project.repository_merge_base([request.diff_refs["start_sha"], commit])
    assert isinstance(parted, dict)
    assert parted["id"] == request.diff_refs["base_sha"]
    [user] = client.users.list(username="DEV", get_all=True)
    fake_gitlab.add_user("dev", "maintainer")
    assert project.members_all.get(user.id).access_level == 40
    fake_gitlab.keep_artifacts_itself()
    [job] = project.pipelines.get(501, lazy=True).jobs.list(get_all=True)
    assert project.jobs.get(job.id, lazy=True).artifacts() == b"PK content"
    assert [one.state for one in fake_gitlab.words(commit)] == ["success"]
    assert (len(fake_gitlab.notes()), fake_gitlab.notes()[-1].is_resolved) == (25, True)
