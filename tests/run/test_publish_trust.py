"""Whose word counts: a fork's own job never speaks over a run of ours, and compares with nothing but the merge base."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bot.core import slugs
from bot.core.occasions import Wishes
from bot.domain import Acceptance, Comment, GateState, Happening, Occasion, Report, RunId, Whereabouts
from bot.errors import UsageError
from bot.render import json as report_json
from bot.run import ci, publishing
from bot.run.answer import answer
from bot.run.proving import Job
from bot.run.publish import publish
from tests.render.reports import all_equal, shop
from tests.run.left import BASE, FINISHED, HEAD, NEXT, Scene, report
from tests.run.test_ci import request
from tests.world.forges.fake_github import ALWAYS, FakeGitHub, Kind

EARLIER, LATER = FINISHED - 100, FINISHED + 100


@pytest.fixture
def scene(fake_github: FakeGitHub) -> Scene:
    """A pull request from a fork."""
    return Scene(fake_github)


def prove_ours(scene: Scene, run: int, like: Report, number: int = 7) -> None:
    """A run of our own, as somebody asks for by `/proofbot run`."""
    desk = scene.desk(run=run)
    publishing.announce(desk, HEAD)
    found = report(like=like)
    scene.fake.add_run(run, HEAD, event="issue_comment")
    scene.leave(found, run=run)
    where = Whereabouts(artifact=slugs.artifact("shop", 1))
    publishing.deliver(desk, HEAD, number, found, where)


def publish_theirs(scene: Scene, run: int, like: Report) -> int:
    """The fork's own job has ended."""
    scene.add_run(run)
    scene.leave(report(like=like), run=run)
    return publish(scene.desk(), scene.finished(run))


@pytest.mark.parametrize("run", [EARLIER, LATER])
def test_a_fork_does_not_speak_over_a_run_of_ours(scene: Scene, run: int) -> None:
    """A fork would open a gate that a maintainer's own run has closed, by closing and reopening its request."""
    prove_ours(scene, run, shop())
    assert publish_theirs(scene, FINISHED, all_equal()) == 0
    assert scene.gate()[0] == "failure"
    said, its = scene.ours()
    assert (its.run, its.state, its.is_foreign) == (RunId(run), GateState.FAILURE, False)
    assert "Not vouched for" not in said


@pytest.mark.parametrize("run", [EARLIER, LATER])
def test_a_run_of_ours_speaks_over_a_fork(scene: Scene, run: int) -> None:
    """A fork whose job began later would have the last word, and our run would repeat it as if it were its own."""
    publish_theirs(scene, FINISHED, all_equal())
    assert scene.ours()[1].is_foreign
    prove_ours(scene, run, shop())
    assert scene.gate()[0] == "failure"
    said, its = scene.ours()
    assert (its.run, its.is_foreign) == (RunId(run), False)
    assert "Not vouched for" not in said


def test_a_fork_does_not_speak_for_the_commit_of_another_request(scene: Scene) -> None:
    """A status stands on a commit: whoever opens a second request with the head of the first would open its gate."""
    scene.fake.add_pull_request(8, head=HEAD, base=BASE, head_repository=scene.fake.repository, base_branch="main")
    prove_ours(scene, EARLIER, shop(), number=8)
    assert publish_theirs(scene, FINISHED, all_equal()) == 0
    assert scene.gate()[0] == "failure"
    assert [status.state for status in scene.fake.statuses(HEAD)] == ["pending", "failure"]
    assert any("left as a run of our own has set it" in line for line in scene.log)


def test_a_fork_that_leaves_nothing_does_not_take_back_what_we_said(scene: Scene) -> None:
    """Anybody could close the gate of anybody's request, by one of their own with the same head and no report."""
    prove_ours(scene, EARLIER, all_equal())
    publish(scene.desk(), scene.finished())
    assert scene.gate()[0] == "success"


def test_while_a_run_of_ours_is_under_way_the_gate_stays_pending(scene: Scene) -> None:
    """A merge could slip through while the maintainer's run still looks."""
    publishing.announce(scene.desk(run=EARLIER), HEAD)
    publish_theirs(scene, FINISHED, all_equal())
    assert scene.gate()[0] == "pending"


def test_a_gate_that_can_not_be_read_is_not_written_by_a_fork(scene: Scene) -> None:
    """A fork would speak over us whenever GitHub has a bad moment."""
    prove_ours(scene, EARLIER, shop())
    scene.fake.fail("GET", "*/commits/*/status", Kind.FORBIDDEN, times=ALWAYS)
    assert publish_theirs(scene, FINISHED, all_equal()) == 3
    assert scene.gate()[0] == "failure"


def test_a_fork_that_failed_can_try_again(scene: Scene) -> None:
    """An error of a fork's own job would stand on its commit for ever."""
    publish(scene.desk(), scene.finished())
    assert scene.gate() == ("error", f"by the fork's own job: could not run: run {FINISHED} left no report")
    publish_theirs(scene, LATER, all_equal())
    assert scene.gate()[0] == "success"


def test_what_is_accepted_of_a_forks_word_is_not_accepted_of_ours(scene: Scene) -> None:
    """A fork would show a harmless failure, have it accepted, and what our run finds would pass unseen."""
    scene.fake.add_user("boss", "admin")
    publish_theirs(scene, FINISHED, shop())
    written = scene.fake.add_comment(7, "boss", "/proofbot accept all planned")
    comment = Comment(written.number, "boss", written.body)
    told = Occasion(Happening.COMMENT, scene.fake.place(900), "issue_comment.created", number=7, comment=comment)
    answer(scene.desk(run=900), told)
    assert scene.ours()[1].accepted == (Acceptance("all", "boss", "planned"),)
    assert scene.ours()[1].is_foreign
    prove_ours(scene, 901, shop())
    assert scene.ours()[1].accepted == ()
    assert scene.gate()[0] == "failure"
    answer(scene.desk(run=902), replace(told, place=scene.fake.place(902)))
    assert scene.gate()[0] == "success"
    assert not scene.ours()[1].is_foreign


@pytest.mark.parametrize("base", [HEAD, NEXT])
def test_a_report_that_compares_with_anything_but_the_merge_base_is_refused(scene: Scene, base: str) -> None:
    """A head that is compared with itself changes nothing: the gate would open."""
    found = report(like=all_equal())
    run = replace(found.run, base=replace(found.run.base, commit=base))
    scene.leave_bytes(report_json.text(replace(found, run=run)).encode())
    assert publish(scene.desk(), scene.finished()) == 3
    assert scene.gate()[0] == "error"
    assert f"the report does not compare with {BASE[:9]}, the merge base" in scene.gate()[1]
    assert scene.fake.comments(7) == []


def test_the_merge_base_is_what_the_forge_says_it_is(scene: Scene) -> None:
    """A request whose base has moved on would be refused, or compared with what it never left."""
    scene.fake.add_merge_base(BASE, HEAD, NEXT)
    assert publish_theirs(scene, FINISHED, all_equal()) == 3
    found = report(like=all_equal())
    run = replace(found.run, base=replace(found.run.base, commit=NEXT))
    scene.add_run(LATER)
    scene.leave(replace(found, run=run), run=LATER)
    assert publish(scene.desk(), scene.finished(LATER)) == 0
    assert scene.gate()[0] == "success"


def test_a_merge_base_that_can_not_be_had_is_an_error_of_the_gate(scene: Scene) -> None:
    """A report would be believed because nobody could check it."""
    scene.leave(report(like=all_equal()))
    scene.fake.fail("GET", "*/compare/*", Kind.FORBIDDEN, times=ALWAYS)
    assert publish(scene.desk(), scene.finished()) == 3
    assert scene.gate()[0] == "error"


def test_what_a_maintainer_asked_for_is_ours_also_of_a_forks_code(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own run of a fork would be shown as the fork's word, and nobody could tell the two from each other."""
    monkeypatch.setenv("PROOFBOT_CACHE_DIR", str(tmp_path / "kept"))
    scene.fake.add_user("boss", "admin")
    written = scene.fake.add_comment(7, "boss", f"/proofbot run {HEAD}")
    comment = Comment(written.number, "boss", written.body)
    told = Occasion(Happening.COMMENT, scene.fake.place(LATER), "issue_comment.created", number=7, comment=comment)
    desk, console = scene.desk(run=LATER), Console(quiet=True)
    with pytest.raises(UsageError, match="not in a git repository"):
        ci.run(Job(told, request(tmp_path), desk, desk, {}), Wishes(), console, console)
    said, its = scene.ours()
    assert (its.run, its.state, its.is_foreign) == (RunId(LATER), GateState.ERROR, False)
    assert "Not vouched for" not in said
    assert scene.gate()[1].startswith("gate closed: could not run")
