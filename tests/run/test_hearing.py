"""What people have accepted in notes is found by the next run on the same commit, and by no other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from bot.core import acceptance, gate
from bot.domain import Acceptance, ForgeKind, GateState, Problem, Report, RunId, Whereabouts
from bot.run import hearing, publishing
from bot.run.publishing import Desk
from bot.world.forges.gitlab import GitLab
from bot.world.forges.retries import Retries
from tests.render.reports import shop
from tests.world.forges.fake_gitlab import FakeGitLab
from tests.world.forges.fake_gitlab import Kind as Fault

ACCEPT = "/proofbot accept all as agreed in DATA-142"


@dataclass
class Scene:
    """Merge request 7, of which one run has told what it found."""

    fake: FakeGitLab
    head: str = field(init=False)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.head = self.fake.add_merge_request(7).head
        self.fake.add_pipeline(501, self.head)
        self.token = self.fake.api_token()
        self.fake.add_user("ada", "developer")
        publishing.deliver(self.desk(), self.head, 7, shop(), Whereabouts())

    def desk(self, job: int = 9001) -> Desk:
        """From where a job of the pipeline speaks."""
        place = self.fake.place(501, job, self.head)
        return Desk(GitLab(place, self.token, Retries(write_seconds=0)), "shop", place, self.log.append)

    def hear(self, report: Report | None = None, job: int = 9002) -> tuple[Acceptance, ...]:
        """What the next job hears."""
        return hearing.accepted(self.desk(job), 7, self.head, report or shop())


@pytest.fixture
def scene(fake_gitlab: FakeGitLab) -> Scene:
    """A merge request with a note on its head."""
    return Scene(fake_gitlab)


def test_what_somebody_accepts_opens_the_gate_and_stays_accepted(scene: Scene) -> None:
    """On GitLab nobody could accept a change that is right, or would have to with every run."""
    told = scene.fake.add_note(7, "ada", ACCEPT)
    [said] = scene.hear()
    assert said == Acceptance("all", "ada", "as agreed in DATA-142")
    assert [award.name for award in told.awards] == ["rocket"]

    report = acceptance.apply(shop(), (said,))
    desk = scene.desk(9002)
    publishing.deliver(desk, scene.head, 7, report, Whereabouts())
    assert gate.of(report, "x").state is GateState.SUCCESS
    assert publishing.accepted(desk, 7, scene.head) == (said,)
    assert scene.hear(job=9003) == ()  # it is carried by our note from now on


def test_a_run_that_saw_nothing_gives_no_receipt(scene: Scene) -> None:
    """Somebody would read that it is done, and find the gate closed by what they have accepted."""
    told = scene.fake.add_note(7, "ada", ACCEPT)
    assert scene.hear(replace(shop(), problem=Problem("the warehouse is down", "", "Wait."))) == ()
    assert told.awards == []


def test_who_may_not_write_accepts_nothing(scene: Scene) -> None:
    """A reporter, or a stranger, would open the gate."""
    scene.fake.add_user("eve", "reporter")
    told = [scene.fake.add_note(7, login, ACCEPT) for login in ("eve", "stranger")]
    assert scene.hear() == ()
    assert [[award.name for award in note.awards] for note in told] == [["thumbsdown"]] * 2


def test_what_the_report_does_not_know_is_refused(scene: Scene) -> None:
    """Somebody with a typing error would wait for a gate that does not open, and not know why."""
    told = scene.fake.add_note(7, "ada", "/proofbot accept order as agreed")
    assert scene.hear() == ()
    assert [award.name for award in told.awards] == ["thumbsdown"]
    assert "no model and no check of that name" in scene.log[-1]


def test_the_next_commit_is_not_accepted_with_the_last(scene: Scene) -> None:
    """A push would be merged that nobody has looked at."""
    scene.fake.add_note(7, "ada", ACCEPT)
    scene.head = "c" * 40
    scene.fake.push(7, scene.head)
    assert scene.hear() == ()


def test_nothing_is_accepted_of_a_forks_own_report(scene: Scene) -> None:
    """What somebody accepted of our report would hold for one that a stranger has written."""
    scene.fake.add_note(7, "ada", ACCEPT)
    foreign = replace(shop(), run=replace(shop().run, is_foreign=True))
    assert scene.hear(foreign) == ()


def test_a_closed_request_accepts_nothing(scene: Scene) -> None:
    """A gate would change after the merge that it was for."""
    scene.fake.add_note(7, "ada", ACCEPT)
    scene.fake.close(7)
    assert scene.hear() == ()


def test_where_gitlab_does_not_tell_nothing_is_accepted(scene: Scene) -> None:
    """A fault of GitLab would end the run, or open the gate."""
    scene.fake.add_note(7, "ada", ACCEPT)
    scene.fake.fail("GET", "*/members/all/*", Fault.FORBIDDEN)
    assert scene.hear() == ()
    assert "nothing is" in scene.log[-1]


def test_a_receipt_that_cannot_be_left_changes_nothing(scene: Scene) -> None:
    """An acceptance would be lost with the emoji that thanks for it."""
    scene.fake.add_note(7, "ada", ACCEPT)
    scene.fake.fail("POST", "*/award_emoji", Fault.FORBIDDEN)
    assert len(scene.hear()) == 1


def test_github_answers_comments_by_a_job_of_their_own(scene: Scene) -> None:
    """There every command would be obeyed twice, and by two policies."""
    scene.fake.add_note(7, "ada", ACCEPT)
    desk = scene.desk(9002)
    desk = replace(desk, place=replace(desk.place, forge=ForgeKind.GITHUB, run=RunId(1)))
    assert hearing.accepted(desk, 7, scene.head, shop()) == ()
