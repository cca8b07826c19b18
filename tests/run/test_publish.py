"""The trusted half over HTTP: what a fork's run has left is told, and nothing of it is believed that can be known."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace

import pytest

from bot.core import marker
from bot.domain import Acceptance, GateState, Grade, Marker, RunId
from bot.render import json as report_json
from bot.run.publish import publish
from tests.render.evidence import many_tables
from tests.render.reports import all_equal, problem, shop
from tests.run.left import BASE, FINISHED, FORK, HEAD, NEXT, OWN, Scene, report
from tests.world.forges.fake_github import ALWAYS, FakeGitHub, Kind


@pytest.fixture
def scene(fake_github: FakeGitHub) -> Scene:
    """A pull request from a fork."""
    return Scene(fake_github)


def test_what_a_fork_found_is_told(scene: Scene) -> None:
    """Who contributes from a fork would get no comment, and a gate that stays pending for ever."""
    scene.leave()
    assert publish(scene.desk(), scene.finished()) == 0
    said, its = scene.ours()
    assert "Gate closed: 3 of 7 affected models changed" in said
    assert (its.head, its.run, its.state) == (HEAD, RunId(FINISHED), GateState.FAILURE)
    assert scene.gate()[0] == "failure"


def test_a_forks_report_is_said_to_be_one(scene: Scene) -> None:
    """A maintainer would take numbers that the fork's own code made for ours."""
    scene.leave(report(like=all_equal()))
    publish(scene.desk(), scene.finished())
    assert scene.gate() == ("success", "by the fork's own job: gate open: all 4 affected models unchanged")


def test_a_report_can_not_call_itself_foreign_or_own(fake_github: FakeGitHub) -> None:
    """A fork would pass its numbers off as ours; a branch of ours would look like a fork."""
    scene = Scene(fake_github, is_fork=False)
    own = report(like=all_equal())
    scene.leave(replace(own, run=replace(own.run, is_foreign=True)))
    publish(scene.desk(), scene.finished())
    assert scene.gate() == ("success", "gate open: all 4 affected models unchanged")


def test_a_long_comment_says_where_the_rest_is(scene: Scene) -> None:
    """What the comment has no room for would be nowhere, or in the log of the wrong run."""
    scene.leave(report(like=many_tables()))
    publish(scene.desk(), scene.finished())
    said, _ = scene.ours()
    assert f"/actions/runs/{FINISHED}/attempts/1" in said
    assert f"/actions/runs/{OWN}" not in said


def test_a_second_time_nothing_is_written(scene: Scene) -> None:
    """A repeated job would notify everybody again."""
    scene.leave()
    publish(scene.desk(), scene.finished())
    assert publish(scene.desk(), scene.finished()) == 0
    assert [comment.edits for comment in scene.fake.comments(7)] == [0]


def test_every_project_gets_its_own_comment_and_gate(scene: Scene) -> None:
    """Of several projects in a repository only one would be told, or one would write over another."""
    scene.leave(report("transform/finance", like=all_equal()))
    scene.leave(report("stock"))
    assert publish(scene.desk("repository"), scene.finished()) == 0
    assert scene.gate("transform/finance")[0] == "success"
    assert scene.gate("stock")[0] == "failure"
    assert scene.ours("transform/finance")[1].state is GateState.SUCCESS
    assert scene.fake.statuses(HEAD, "proofbot/repository") == []


def test_the_last_attempt_counts(scene: Scene) -> None:
    """After `Re-run jobs` the comment would stay that of the attempt that failed."""
    scene.leave(report(like=problem()))
    scene.leave(report(like=all_equal()), attempt=2)
    scene.add_run(attempt=2)
    assert publish(scene.desk(), scene.finished(attempt=2)) == 0
    assert scene.ours()[1].run == RunId(FINISHED, 2)
    assert scene.gate()[0] == "success"


def test_an_attempt_that_is_still_to_come_is_nobodys(scene: Scene) -> None:
    """A fork would have the last word for ever: no later attempt could write over its comment."""
    scene.leave(report(like=all_equal()), attempt=99)
    assert publish(scene.desk(), scene.finished()) == 3
    assert scene.gate() == ("error", f"by the fork's own job: could not run: run {FINISHED} left no report")


def test_a_run_without_a_report_is_an_error_of_the_gate(scene: Scene) -> None:
    """A fork could close nothing and leave nothing, and the gate would say nothing."""
    scene.leave_bytes(b"{}", "coverage")
    assert publish(scene.desk(), scene.finished()) == 3
    assert scene.gate()[0] == "error"
    assert scene.fake.comments(7) == []


def _zip(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"no archive",
        _zip("other.json", b"{}"),
        _zip("../report.json", b"{}"),
        _zip("report.json", b"no json"),
        _zip("report.json", b"{}"),
        _zip("report.json", b"[" * 1_000_000),
        _zip("report.json", b"\x80"),
        _zip("report.json", b" " * 40_000_000),
    ],
)
def test_what_is_no_report_is_an_error_of_the_gate(scene: Scene, content: bytes) -> None:
    """The trusted job would end with a traceback, and the gate stay as it was."""
    scene.fake.add_artifact(FINISHED, "proofbot-shop-1", content)
    assert publish(scene.desk(), scene.finished()) == 3
    assert scene.gate()[0] == "error"
    assert scene.fake.comments(7) == []
    assert scene.fake.statuses(HEAD)[-1].target_url.endswith(f"/actions/runs/{FINISHED}/attempts/1")
    assert len(scene.log) == 1
    assert "\n" not in scene.log[0]


def test_a_report_on_another_commit_is_refused(scene: Scene) -> None:
    """A fork would show the report of a harmless commit beside a harmful one."""
    scene.leave(report(head=NEXT))
    assert publish(scene.desk(), scene.finished()) == 3
    assert scene.gate()[0] == "error"
    assert scene.fake.statuses(NEXT) == []
    assert scene.fake.comments(7) == []


def test_a_report_of_another_project_than_its_artifact_is_refused(scene: Scene) -> None:
    """Two artifacts could both speak for one project."""
    scene.leave_bytes(report_json.text(report("stock")).encode(), "proofbot-shop-1")
    assert publish(scene.desk(), scene.finished()) == 3
    assert scene.gate()[0] == "error"
    assert scene.fake.statuses(HEAD, "proofbot/stock") == []


def test_one_bad_report_does_not_keep_the_others_from_being_told(scene: Scene) -> None:
    """One project's accident would leave the gates of all others pending."""
    scene.leave_bytes(b"no json", "proofbot-a-1")
    scene.leave(report("b", like=all_equal()))
    assert publish(scene.desk(), scene.finished()) == 3
    assert (scene.gate("a")[0], scene.gate("b")[0]) == ("error", "success")


def test_the_word_of_the_report_on_its_own_verdict_counts_for_nothing(scene: Scene) -> None:
    """A fork would open its gate with one line of JSON."""
    document = json.loads(report_json.text(report()))
    document["run"]["verdict"] = {"status": "success", "headline": "gate open: trust me", "exit_code": 0}
    scene.leave_bytes(json.dumps(document).encode())
    publish(scene.desk(), scene.finished())
    assert scene.gate()[0] == "failure"
    assert "trust me" not in scene.ours()[0]


def test_nobody_accepts_by_a_report(scene: Scene) -> None:
    """A fork would accept its own change in a maintainer's name."""
    forged = replace(shop().models[1], grade=Grade.WARN, findings=(), accepted=Acceptance("all", "boss", "fine"))
    scene.leave(report(like=replace(shop(), models=(forged,))))
    publish(scene.desk(), scene.finished())
    said, its = scene.ours()
    assert its.accepted == ()
    assert "boss" not in said
    assert scene.gate()[0] == "failure"


def test_what_was_accepted_for_this_head_stays_accepted(scene: Scene) -> None:
    """A repeated job would close a gate that a maintainer has opened."""
    known = Marker("shop", HEAD, RunId(400), "0" * 32, (Acceptance("all", "boss", "planned"),), is_foreign=True)
    scene.fake.add_comment(7, "github-actions[bot]", f"{marker.write(known)}\nold")
    scene.leave()
    assert publish(scene.desk(), scene.finished()) == 0
    assert scene.ours()[1].accepted == known.accepted
    assert scene.gate()[0] == "success"


def test_a_forged_comment_accepts_nothing(scene: Scene) -> None:
    """Anybody could accept, by a comment that looks like ours."""
    known = Marker("shop", HEAD, RunId(400), "0" * 32, (Acceptance("all", "boss", "planned"),))
    scene.fake.add_comment(7, "mallory", f"{marker.write(known)}\nold")
    scene.leave()
    publish(scene.desk(), scene.finished())
    assert scene.gate()[0] == "failure"


@pytest.mark.parametrize("change", ["pushed", "closed", "deleted"])
def test_a_request_that_moved_on_is_left_alone(scene: Scene, change: str) -> None:
    """The report of an old commit would be told as if it were of the newest."""
    scene.leave()
    if change == "pushed":
        scene.fake.push(7, NEXT)
    elif change == "closed":
        scene.fake.pull(7).is_open = False
    else:
        scene.fake.pull(7).head_repository = None
    occasion = scene.finished()
    assert occasion.finished is not None
    occasion = replace(occasion, finished=replace(occasion.finished, head_repository=FORK))
    assert publish(scene.desk(), occasion) == 0
    assert scene.fake.comments(7) == []
    assert scene.fake.statuses(HEAD) == []


def test_of_two_requests_from_one_branch_the_one_into_the_reports_base_is_meant(scene: Scene) -> None:
    """The comment would stand on a request that asks for something else."""
    scene.fake.add_pull_request(
        3, head=HEAD, base=BASE, head_branch="faster", head_repository=FORK, base_branch="release"
    )
    scene.leave()
    assert publish(scene.desk(), scene.finished()) == 0
    assert (len(scene.fake.comments(3)), len(scene.fake.comments(7))) == (0, 1)


def test_a_report_that_fits_none_of_two_requests_is_an_error(scene: Scene) -> None:
    """A fork would choose where its comment stands."""
    scene.fake.pull(7).base_branch = "next"
    scene.fake.add_pull_request(
        3, head=HEAD, base=BASE, head_branch="faster", head_repository=FORK, base_branch="release"
    )
    scene.leave()
    assert publish(scene.desk(), scene.finished()) == 3
    assert scene.gate()[0] == "error"


@pytest.mark.parametrize("event", ["push", "pull_request_target", "workflow_dispatch"])
def test_runs_of_other_events_are_left_alone(scene: Scene, event: str) -> None:
    """A push to a branch of the same name would write on somebody's pull request."""
    scene.leave()
    assert publish(scene.desk(), scene.finished(event=event)) == 0
    assert list(scene.fake.requests) == []


def test_a_run_that_failed_does_not_take_back_what_a_newer_one_said(scene: Scene) -> None:
    """The gate would contradict the comment, because an older job ended last."""
    scene.add_run(FINISHED + 1)
    scene.leave(report(like=all_equal()), run=FINISHED + 1)
    publish(scene.desk(), scene.finished(FINISHED + 1))
    assert publish(scene.desk(), scene.finished()) == 0
    assert scene.gate()[0] == "success"


@pytest.mark.parametrize(
    ("method", "pattern"), [("GET", "*/pulls"), ("GET", "*/runs/*/artifacts"), ("GET", "*/artifacts/*/zip")]
)
def test_what_the_forge_does_not_tell_is_an_error_of_the_gate(scene: Scene, method: str, pattern: str) -> None:
    """The gate would stay pending because of a fault that nobody sees."""
    scene.leave()
    scene.fake.fail(method, pattern, Kind.FORBIDDEN, times=ALWAYS)
    assert publish(scene.desk(), scene.finished()) == 3
    assert scene.gate()[0] == "error"


def test_a_comment_that_can_not_be_written_makes_the_job_red(scene: Scene) -> None:
    """The job is there to write it: a green one would mean that everything was told."""
    scene.leave()
    token = scene.fake.actions_token(contents="read", actions="read", pull_requests="read", statuses="write")
    assert publish(scene.desk(token=token), scene.finished()) == 3
    assert scene.gate()[0] == "failure", "the verdict is told as far as it can be"


def test_nothing_of_the_archive_but_the_report_is_used(scene: Scene) -> None:
    """Markdown that a fork wrote would be posted as ours."""
    scene.leave()
    publish(scene.desk(), scene.finished())
    assert "everybody" not in scene.ours()[0]
