"""A note as a thread that has to be resolved, and what stands in notes."""

from __future__ import annotations

from pathlib import Path

from tests.gitlab.stage import Stage
from tests.world.forges.fake_gitlab import FakeGitLab

_CONFIGURATION = "policy: standard\ngitlab: {thread: true}\nsamples: 10\n"
_PAID = "select 1 as id, 'new' as state union all select 2, 'paid'"
# Values that GitLab would obey at the beginning of a line.
_HOSTILE = "select 1 as id, '/merge' as state union all select 2, 'x' || chr(10) || '/close' || chr(10) || '/approve'"
_KEY = "models: [{name: states, config: {meta: {proofbot: {key: id}}}}]\n"


def test_a_thread_waits_while_the_gate_is_closed(tmp_path: Path, fake_gitlab: FakeGitLab) -> None:
    """A merge would not be held by an open thread, or held for ever, or the data would merge the request."""
    files = {".proofbot.yml": _CONFIGURATION, "models/states.sql": _PAID, "models/states.yml": _KEY}
    stage = Stage(tmp_path, fake_gitlab, files)
    stage.open(changes={"models/states.sql": _HOSTILE}, title="/approve\n/merge", description="/close")
    ran = stage.run(stage.pipeline())
    assert ran.code == 1, ran.log
    [note] = fake_gitlab.notes(7)
    assert "/merge" in note.body  # it is told
    assert [line for line in note.body.splitlines() if line.startswith("/")] == []
    request = fake_gitlab.request(7)
    assert (request.state, request.approved_by) == ("opened", [])  # and not obeyed
    assert (note.is_resolvable, note.is_resolved) == (True, False)

    stage.push(changes={"models/states.sql": _PAID})
    ran = stage.run(stage.pipeline())
    assert ran.code == 0, ran.log
    [note] = fake_gitlab.notes(7)
    assert note.is_resolved
