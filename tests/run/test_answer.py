"""Commands in comments over HTTP: who may is obeyed, nobody else is, and everybody gets a receipt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core import marker
from bot.core.commands import HELP
from bot.domain import Acceptance, Comment, GateState, Happening, Marker, Occasion, RunId, Whereabouts
from bot.errors import EnvironmentFailure
from bot.run import publishing
from bot.run.answer import Answered, answer
from bot.run.publish import publish
from tests.render.reports import all_equal, errored, no_key, shop
from tests.run.left import FINISHED, HEAD, ME, NEXT, OWN, Scene, report
from tests.world.forges.fake_github import ALWAYS, FakeGitHub, Kind

BOSS = "boss"


@pytest.fixture
def scene(fake_github: FakeGitHub) -> Scene:
    """A pull request of our own; `boss` may write."""
    fake_github.add_user(BOSS, "maintain")
    fake_github.add_user("reader", "triage")
    return Scene(fake_github, is_fork=False)


@pytest.fixture
def proven(scene: Scene) -> Scene:
    """The same; the comment on its head is there, with three models that fail."""
    scene.leave()
    publish(scene.desk(), scene.finished())
    return scene


def say(scene: Scene, body: str, login: str = BOSS, run: int = OWN) -> Answered:
    """Somebody comments, and a job answers."""
    written = scene.fake.add_comment(7, login, body)
    comment = Comment(written.number, login, body, author_is_bot=login.endswith("[bot]"))
    occasion = Occasion(Happening.COMMENT, scene.fake.place(run), "issue_comment.created", number=7, comment=comment)
    return answer(scene.desk("any", run), occasion)


def receipts(scene: Scene) -> list[str]:
    """The reactions to the last comment that is not ours."""
    comment = next(one for one in reversed(scene.fake.comments(7)) if one.user.login != ME)
    return [reaction.content for reaction in comment.reactions]


def replies(scene: Scene) -> list[str]:
    """What we said, but for the comments on what was found."""
    said = [one.body for one in scene.fake.comments(7, ME)]
    return [body.partition("\n")[2].replace("\r\n", "\n") for body in said if marker.read(body) is None]


def test_what_is_accepted_opens_the_gate(proven: Scene) -> None:
    """A maintainer could not let a change pass that was meant to be."""
    assert say(proven, "/proofbot accept all moved to the new ledger") == Answered()
    said, its = proven.ours()
    accepted = Acceptance("all", BOSS, "moved to the new ledger")
    assert (its.accepted, its.head, its.run, its.state) == ((accepted,), HEAD, RunId(FINISHED), GateState.SUCCESS)
    assert proven.gate()[0] == "success"
    assert BOSS in said
    assert "moved to the new ledger" in said
    assert receipts(proven) == ["eyes", "rocket"]
    assert replies(proven) == []


def test_models_are_accepted_one_by_one(proven: Scene) -> None:
    """The second acceptance would take back the first, or the first would open the gate for all."""
    say(proven, "/proofbot accept orders late orders are dropped on purpose")
    assert proven.gate()[0] == "failure"
    say(proven, "/proofbot accept model.shop.daily_revenue follows from it")
    assert [one.model for one in proven.ours()[1].accepted] == ["orders", "model.shop.daily_revenue"]
    assert proven.gate()[0] == "success"


def test_the_same_again_changes_nothing(proven: Scene) -> None:
    """A repeated job would fill the comment's history."""
    say(proven, "/proofbot accept all planned")
    edits = proven.fake.comments(7, ME)[0].edits
    say(proven, "/proofbot accept all planned")
    assert proven.fake.comments(7, ME)[0].edits == edits
    assert receipts(proven) == ["eyes", "rocket"]


def test_another_reason_takes_the_place_of_the_first(proven: Scene) -> None:
    """The comment would tell a reason that was taken back."""
    say(proven, "/proofbot accept all first")
    say(proven, "/proofbot accept all second thoughts")
    said, _ = proven.ours()
    assert "second thoughts" in said
    assert "first" not in said


def test_what_was_accepted_is_gone_with_the_next_push(proven: Scene) -> None:
    """A change that nobody looked at would pass."""
    say(proven, "/proofbot accept all planned")
    proven.fake.push(7, NEXT)
    proven.add_run(FINISHED + 1, head=NEXT)
    proven.leave(report(head=NEXT), run=FINISHED + 1)
    publish(proven.desk(), proven.finished(FINISHED + 1, head=NEXT))
    assert proven.ours()[1].accepted == ()
    assert proven.gate(head=NEXT)[0] == "failure"


@pytest.mark.parametrize("login", ["reader", "stranger"])
@pytest.mark.parametrize("body", ["/proofbot accept all please", "/proofbot run", "/proofbot help"])
def test_who_may_not_write_gets_a_receipt_and_nothing_else(proven: Scene, login: str, body: str) -> None:
    """Anybody could open the gate, spend the warehouse's money, or make the bot talk."""
    before = proven.ours()
    assert say(proven, body, login) == Answered()
    assert proven.ours() == before
    assert proven.gate()[0] == "failure"
    assert receipts(proven) == ["eyes", "-1"]
    assert replies(proven) == []


@pytest.mark.parametrize(("login", "body"), [("other[bot]", "/proofbot run"), (BOSS, "see /proofbot run")])
def test_what_is_no_command_of_a_person_costs_nothing(scene: Scene, login: str, body: str) -> None:
    """Two bots could keep each other busy; every comment would cost requests."""
    assert say(scene, body, login) == Answered()
    assert list(scene.fake.requests) == []


def test_run_is_handed_on(scene: Scene) -> None:
    """The newest commit would not be proven, or another one."""
    answered = say(scene, "/proofbot run")
    assert answered.request is not None
    assert (answered.request.number, answered.request.head, answered.request.is_fork) == (7, HEAD, False)
    assert receipts(scene) == ["eyes", "rocket"]


@pytest.mark.parametrize("commit", ["", HEAD[:12], NEXT])
def test_a_fork_is_run_only_at_the_commit_that_was_looked_at(fake_github: FakeGitHub, commit: str) -> None:
    """A fork would read every secret, with code that it pushed right after somebody had looked."""
    fake_github.add_user(BOSS, "admin")
    scene = Scene(fake_github)
    assert say(scene, f"/proofbot run {commit}") == Answered()
    assert receipts(scene) == ["eyes", "-1"]
    assert len(replies(scene)) == 1


def test_a_fork_is_run_at_its_head(fake_github: FakeGitHub) -> None:
    """A maintainer could not prove a fork's request at all."""
    fake_github.add_user(BOSS, "write")
    answered = say(Scene(fake_github), f"/proofbot run {HEAD}")
    assert answered.request is not None
    assert (answered.request.head, answered.request.is_fork) == (HEAD, True)


def test_help_is_said_once(scene: Scene) -> None:
    """Who asks would not get an answer; or a repeated job would answer twice."""
    written = scene.fake.add_comment(7, BOSS, "/proofbot help")
    comment = Comment(written.number, BOSS, "/proofbot help")
    occasion = Occasion(Happening.COMMENT, scene.fake.place(OWN), "issue_comment.created", number=7, comment=comment)
    for _ in range(2):
        answer(scene.desk(), occasion)
    assert replies(scene) == [HELP]
    assert receipts(scene) == ["eyes", "rocket"]


def test_what_is_no_command_of_ours_gets_help(scene: Scene) -> None:
    """A typing error would look as if something had been done."""
    say(scene, "/proofbot acept all @everybody")
    assert replies(scene) == [f"There is no such command.\n\n{HELP}"]
    assert receipts(scene) == ["eyes", "confused"]


def _refused(scene: Scene, words: str) -> None:
    assert receipts(scene) == ["eyes", "-1"]
    (said,) = replies(scene)
    assert words in said


def test_an_unknown_model_is_told(proven: Scene) -> None:
    """Somebody would believe that they have accepted something."""
    before = proven.ours()
    say(proven, "/proofbot accept order typo")
    _refused(proven, "no model and no check of that name")
    assert "no model and no check of that name" in proven.log[-1], "the log of the job says it, too"
    assert proven.ours() == before


def test_a_model_that_does_not_fail_is_told(proven: Scene) -> None:
    """The same."""
    say(proven, "/proofbot accept returns why not")
    _refused(proven, "Nothing of that name fails")


def test_an_error_is_not_accepted(scene: Scene) -> None:
    """What could not be checked would pass because somebody was in a hurry."""
    scene.leave(report(like=errored()))
    publish(scene.desk(), scene.finished())
    say(scene, "/proofbot accept shapes never mind")
    _refused(scene, "Errors can't be accepted")
    say(scene, "/proofbot accept all never mind")
    assert scene.gate()[0] == "error"


def test_a_head_that_is_not_proven_is_not_accepted(proven: Scene) -> None:
    """A commit that nobody has compared would pass, because the one before it was looked at."""
    proven.fake.push(7, NEXT)
    say(proven, "/proofbot accept all looks good")
    _refused(proven, "has not been proven yet")
    assert proven.fake.statuses(NEXT) == []


def test_a_report_that_is_younger_than_the_command_is_not_accepted(scene: Scene) -> None:
    """Somebody would accept what was pushed while they wrote."""
    scene.add_run(OWN + 1)
    scene.leave(run=OWN + 1)
    publish(scene.desk(), scene.finished(OWN + 1))
    say(scene, "/proofbot accept all looks good")
    _refused(scene, "younger than this command")
    assert scene.gate()[0] == "failure"


def test_a_comment_that_looks_like_ours_is_not_believed(scene: Scene) -> None:
    """Anybody could name a run whose report they have made themselves."""
    scene.leave()
    forged = Marker("shop", HEAD, RunId(FINISHED), "0" * 32)
    scene.fake.add_comment(7, "mallory", f"{marker.write(forged)}\nall fine")
    say(scene, "/proofbot accept all looks good")
    _refused(scene, "has not been proven yet")


@pytest.mark.parametrize("fault", ["expired", "no json", "other head", "forbidden"])
def test_a_report_that_can_not_be_used_changes_nothing(proven: Scene, fault: str) -> None:
    """The gate would be opened by a report of something else, or the job end with a traceback."""
    if fault == "forbidden":
        proven.fake.fail("GET", "*/artifacts*", Kind.FORBIDDEN, times=ALWAYS)
    elif fault == "other head":
        proven.leave(report(head=NEXT))
    elif fault == "no json":
        proven.leave_bytes(b"no json")
    else:
        proven.left[-1].is_expired = True
    before = proven.ours()
    say(proven, "/proofbot accept all planned")
    _refused(proven, "can't be fetched")
    assert proven.ours() == before
    assert proven.gate()[0] == "failure"


def test_it_is_accepted_in_every_project_that_has_it(scene: Scene) -> None:
    """Of several projects in a repository only one could be accepted; or another's would be, which fails too."""
    for slug, found in (("a", shop()), ("b", shop()), ("c", all_equal())):
        scene.leave(report(slug, like=found))
    publish(scene.desk(), scene.finished())
    say(scene, "/proofbot accept all planned")
    assert [scene.gate(slug)[0] for slug in "abc"] == ["success"] * 3
    assert [len(scene.ours(slug)[1].accepted) for slug in "abc"] == [1, 1, 0]
    assert receipts(scene) == ["eyes", "rocket"]


def test_a_newer_run_that_comes_between_is_not_written_over(proven: Scene) -> None:
    """The gate would be opened for a report that nobody has seen."""

    def meanwhile(_request: object) -> None:
        desk = proven.desk(run=FINISHED + 5)
        publishing.deliver(desk, HEAD, 7, report(like=no_key()), Whereabouts())

    proven.fake.before("GET", "*/artifacts/*/zip", meanwhile)
    say(proven, "/proofbot accept all planned")
    _refused(proven, "could not be brought up to date")
    assert proven.ours()[1].run == RunId(FINISHED + 5)
    assert proven.gate()[0] == "failure"


def test_a_receipt_that_is_refused_keeps_nothing_from_being_done(proven: Scene) -> None:
    """A courtesy that fails would cost the answer."""
    proven.fake.fail("POST", "*/reactions", Kind.FORBIDDEN, times=ALWAYS)
    say(proven, "/proofbot accept all planned")
    assert proven.gate()[0] == "success"


@pytest.mark.parametrize("pattern", ["*/permission", "*/pulls/7"])
def test_who_can_not_be_asked_about_is_not_obeyed(proven: Scene, pattern: str) -> None:
    """A fault of the forge would make a maintainer of everybody."""
    proven.fake.fail("GET", pattern, Kind.FORBIDDEN, times=ALWAYS)
    with pytest.raises(EnvironmentFailure, match="could not be answered"):
        say(proven, "/proofbot accept all planned")
    assert proven.gate()[0] == "failure"


def test_a_full_marker_takes_no_more(proven: Scene) -> None:
    """Somebody would believe that they have accepted something, and the next run would not know of it."""
    full = tuple(Acceptance(f"model_{number}", BOSS, "x" * 190) for number in range(200))
    kept = marker.kept(full)
    body = proven.fake.comments(7, ME)[0].body
    its = marker.read(body)
    assert its is not None
    proven.fake.comments(7, ME)[0].bodies.append(f"{marker.write(replace(its, accepted=kept))}\nfull")
    say(proven, f"/proofbot accept orders {'planned' * 25}")
    _refused(proven, "no room")
