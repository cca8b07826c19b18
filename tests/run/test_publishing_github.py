"""What a pull request on GitHub is told, over HTTP: pages, permissions, lost answers, and runs side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.core import comments, marker
from bot.domain import Acceptance, Comment, Marker, Report, RunId, Whereabouts
from bot.run import publishing
from bot.run.publishing import Delivery, Desk
from bot.world.forges.github import GitHub
from tests.render.reports import all_equal, many, problem, shop
from tests.world.forges.clock import Clock
from tests.world.forges.fake_github import FakeGitHub, Kind

ME = "github-actions[bot]"
NUMBER = 7
COMMENTS, COMMENT = "*/issues/7/comments", "*/issues/comments/*"
OLD, NEW = "a" * 40, "b" * 40


class Scene:
    """A pull request on a GitHub, whose head is `OLD`, and the jobs that publish on it."""

    def __init__(self, fake: FakeGitHub) -> None:
        self.fake = fake
        self.log: list[str] = []
        self.clock = Clock()
        self.token = fake.actions_token()
        fake.add_pull_request(NUMBER, head=OLD)

    def desk(self, run: int = 5, attempt: int = 1) -> Desk:
        """From where a run publishes: a process of its own."""
        place = self.fake.place(run, attempt)
        return Desk(GitHub(place, self.token, self.clock.retries()), "shop", place, self.log.append)

    def deliver(self, report: Report, run: int = 5, head: str = OLD) -> Delivery:
        """A run publishes."""
        return publishing.deliver(self.desk(run), head, NUMBER, report, Whereabouts())

    def another(self, report: Report, run: int, head: str = OLD) -> Callable[[object], None]:
        """Another run, which publishes when a request is seen."""

        def publish(_request: object) -> None:
            self.deliver(report, run, head)

        return publish

    def the_comment(self) -> tuple[Comment, Marker]:
        """The only comment of ours."""
        there = [Comment(one.number, one.user.login, one.body) for one in self.fake.comments(NUMBER)]
        found = comments.ours(there, ME, "shop")
        assert len(found) == 1, found
        return found[0]

    def states(self, head: str = OLD) -> list[str]:
        """What the gate of a commit has said."""
        return [status.state for status in self.fake.statuses(head, "proofbot/shop")]


@pytest.fixture
def scene(fake_github: FakeGitHub) -> Scene:
    """A pull request without comments."""
    return Scene(fake_github)


@pytest.mark.parametrize("fake_github", ["", "/api/v3"], ids=["github", "enterprise"], indirect=True)
def test_two_pushes_have_one_comment_and_a_gate_each(scene: Scene) -> None:
    """Every push would notify everybody, or a merge be held up for ever."""
    publishing.announce(scene.desk(), OLD)
    first = scene.deliver(shop())
    scene.fake.push(NUMBER, NEW)
    publishing.announce(scene.desk(6), NEW)
    second = scene.deliver(all_equal(), 6, NEW)
    assert not first.problems
    assert second == first
    assert scene.the_comment()[1].head == NEW
    assert (scene.states(OLD), scene.states(NEW)) == (["pending", "failure"], ["pending", "success"])
    assert scene.fake.statuses(NEW)[-1].target_url == second.comment_url
    assert len(scene.fake.sent("POST", COMMENTS)) == len(scene.fake.sent("PATCH", COMMENT)) == 1
    assert not scene.fake.sent("DELETE")


def test_a_comment_behind_the_first_page_is_found(scene: Scene) -> None:
    """On a request that is talked about a lot, every push would bring a comment of its own."""
    for number in range(130):
        scene.fake.add_comment(NUMBER, "ann", f"remark {number}")
    scene.deliver(shop(), 4)
    for number in range(130):
        scene.fake.add_comment(NUMBER, "ann", f"remark {number}")
    scene.deliver(all_equal(), 5)
    assert scene.the_comment()[1].run == RunId(5)


def test_an_equal_comment_is_not_written_again(scene: Scene) -> None:
    """GitHub keeps line ends of its own: each repeated run would add an edit that changes nothing."""
    scene.deliver(shop())
    scene.deliver(shop(), 6)
    assert not scene.fake.sent("PATCH")
    assert len(scene.fake.sent("POST", COMMENTS)) == 1


def test_comments_of_others_are_untouched(scene: Scene) -> None:
    """Anybody could have a comment of theirs overwritten by copying our hidden line."""
    scene.deliver(shop(), 4)
    forged = scene.fake.add_comment(NUMBER, "mallory", scene.the_comment()[0].body)
    scene.deliver(all_equal())
    assert forged.edits == 0
    assert scene.the_comment()[1].run == RunId(5)


@pytest.mark.parametrize("kind", [Kind.STORED_BAD_GATEWAY, Kind.STORED_CUT, Kind.STORED_GARBAGE, Kind.BAD_GATEWAY])
def test_a_lost_answer_brings_no_second_comment(scene: Scene, kind: Kind) -> None:
    """A 502 after the comment was stored would double it."""
    scene.fake.fail("POST", COMMENTS, kind)
    delivery = scene.deliver(shop())
    assert not delivery.problems
    assert len(scene.fake.sent("POST", COMMENTS)) == (2 if kind is Kind.BAD_GATEWAY else 1)
    assert (
        delivery.comment_url == f"{scene.fake.server_url}/octo/shop/pull/7#issuecomment-{scene.the_comment()[0].number}"
    )


@pytest.mark.parametrize(("first", "second"), [(5, 6), (6, 5)])
def test_two_first_runs_at_once_leave_one_comment(scene: Scene, first: int, second: int) -> None:
    """Two comments would stay for ever, one of them never updated again."""
    reports = {5: all_equal(), 6: shop()}
    scene.fake.before("POST", COMMENTS, scene.another(reports[second], second))
    assert scene.deliver(reports[first], first).superseded is (first == 5)
    assert scene.the_comment()[1].run == RunId(6)
    assert scene.states()[-1] == "failure"


def test_two_first_runs_in_threads_leave_one_comment(scene: Scene) -> None:
    """The same, with requests that lie in each other's way."""
    hold = scene.fake.hold("POST", COMMENTS, times=1)
    slow = threading.Thread(target=scene.deliver, args=(all_equal(), 5))
    slow.start()
    hold.wait()
    scene.deliver(shop(), 6)
    hold.release()
    slow.join(60)
    assert not slow.is_alive()
    assert scene.the_comment()[1].run == RunId(6)
    assert scene.states()[-1] == "failure"
    assert len(scene.fake.deleted_comments) == 1


def test_an_older_run_that_ends_last_changes_nothing(scene: Scene) -> None:
    """A gate would be opened that the newest run has closed."""
    scene.deliver(shop(), 6)
    assert scene.deliver(all_equal(), 5).superseded
    assert scene.the_comment()[1].run == RunId(6)
    assert scene.states() == ["failure", "failure"]


def test_a_push_right_before_writing_is_seen(scene: Scene) -> None:
    """A comment about an old commit would notify everybody of what nobody needs."""
    scene.fake.after("GET", COMMENTS, lambda _request: scene.fake.push(NUMBER, NEW))
    assert scene.deliver(shop()) == Delivery(None, superseded=True)
    assert not scene.fake.comments(NUMBER)
    assert scene.states(OLD) == ["failure"]
    assert not scene.states(NEW)


def test_a_comment_that_is_deleted_meanwhile_is_written_anew(scene: Scene) -> None:
    """The result would be lost because somebody tidied up."""
    scene.deliver(problem(), 4)
    number = scene.the_comment()[0].number
    tidy = GitHub(scene.fake.place(), scene.token, scene.clock.retries())
    scene.fake.before("PATCH", COMMENT, lambda _request: tidy.delete_comment(7, number))
    delivery = scene.deliver(all_equal())
    assert not delivery.problems
    assert scene.the_comment()[0].number > number


def test_a_token_of_a_fork_is_told_with_a_remedy(scene: Scene) -> None:
    """The job of a fork would fail without saying why, or hide the verdict."""
    scene.token = scene.fake.read_only_token()
    publishing.announce(scene.desk(), OLD)
    delivery = scene.deliver(shop())
    assert (delivery.comment_url, delivery.superseded) == (None, False)
    assert len(delivery.problems) == 2
    assert len(scene.log) == 3
    for line in scene.log:
        assert "403" in line
        assert "this token may only read: the report is in the job summary and the artifact" in line


@pytest.mark.parametrize("kind", [Kind.FORBIDDEN, Kind.UNPROCESSABLE])
@pytest.mark.parametrize("refused", [("POST", COMMENTS), ("POST", "*/statuses/*")], ids=["comment", "gate"])
def test_each_is_told_where_the_other_fails(scene: Scene, kind: Kind, refused: tuple[str, str]) -> None:
    """A locked conversation would leave a required gate pending; a missing permission hide the result."""
    scene.fake.fail(*refused, kind)
    delivery = scene.deliver(shop())
    assert len(delivery.problems) == 1
    assert bool(scene.fake.comments(NUMBER)) is (refused[1] != COMMENTS)
    assert bool(scene.states()) is (refused[1] == COMMENTS)


def test_a_forge_that_is_down_does_not_raise(scene: Scene) -> None:
    """A good verdict would become a red job, because GitHub was down."""
    scene.fake.fail("*", "*", Kind.UNAVAILABLE, times=1_000_000)
    delivery = scene.deliver(shop())
    assert delivery.comment_url is None
    assert len(delivery.problems) == 2
    assert sum(scene.clock.sleeps) < 700
    assert publishing.accepted(scene.desk(), NUMBER, OLD) == ()


def test_the_longest_comment_is_taken(scene: Scene) -> None:
    """GitHub refuses a comment of more than 65,536 characters: of the largest change nobody would learn anything."""
    report = many(2_000)
    accepted = tuple(
        replace(model, accepted=Acceptance(model.name, "ann", "—>" * 100)) for model in report.models[:300]
    )
    delivery = scene.deliver(replace(report, models=(*accepted, *report.models[300:])))
    assert not delivery.problems
    comment, its = scene.the_comment()
    assert marker.digest(marker.visible(comment.body)) == its.digest
    assert publishing.accepted(scene.desk(), NUMBER, OLD) == its.accepted != ()
