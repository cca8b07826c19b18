"""Tests of the fake forges: that they fail as they are told to, and let others come between."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import requests

from tests.world.forges.asking import COMMENTS, NOTES, PATIENCE, ask
from tests.world.forges.fake_github import ALWAYS, FakeGitHub, Kind
from tests.world.forges.fake_github.server import WORDS
from tests.world.forges.fake_gitlab import FakeGitLab
from tests.world.forges.fake_gitlab.server import SAYINGS
from tests.world.forges.http_fake.front import Front

_BY_A_PROXY = (Kind.INTERNAL, Kind.BAD_GATEWAY, Kind.UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class Scene:
    """A forge, somebody who may write, where to, and what was said there."""

    fake: Front
    token: str
    path: str
    said: Callable[[], list[str]]
    interject: Callable[[str], object]

    def write(self, body: str) -> requests.Response:
        """Says something."""
        return ask(self.fake, self.token, f"POST {self.path}", {"body": body})


@pytest.fixture(params=["github", "gitlab"])
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Each fake there is, with request 7."""
    if request.param == "github":
        with FakeGitHub() as hub:
            hub.add_pull_request(7)
            yield Scene(
                hub,
                hub.actions_token(),
                COMMENTS,
                lambda: [one.body for one in hub.comments()],
                lambda body: hub.add_comment(7, "dev", body),
            )
        hub.check()
    else:
        with FakeGitLab() as lab:
            lab.add_merge_request(7)
            yield Scene(
                lab,
                lab.api_token(),
                NOTES,
                lambda: [one.body for one in lab.notes()],
                lambda body: lab.add_note(7, "dev", body),
            )
        lab.check()


def _meet(scene: Scene, kind: Kind) -> requests.Response:
    """The answer to the second of three requests, of which only that one fails."""
    scene.fake.fail("POST", scene.path, kind, skip=1, retry_after=3)
    answers = [scene.write(body) for body in "abc"]
    assert [answer.status_code for answer in answers] == [201, kind.status, 201]
    assert scene.said() == ["a", "c"]
    assert [request.status for request in scene.fake.sent("POST")] == [201, kind.status, 201]
    return answers[1]


@pytest.mark.parametrize("kind", [*WORDS, *_BY_A_PROXY], ids=lambda kind: str(kind.name))
@pytest.mark.parametrize("scene", ["github"], indirect=True)
def test_a_fault_of_github_stores_nothing(scene: Scene, kind: Kind) -> None:
    """A fault that changes something, or happens twice, tests something else than it says."""
    headers = _meet(scene, kind).headers
    is_primary = kind is Kind.PRIMARY
    assert (headers.get("Retry-After"), headers.get("X-RateLimit-Remaining") == "0") == (
        None if is_primary else "3",
        is_primary,
    )


@pytest.mark.parametrize("kind", [*SAYINGS, *_BY_A_PROXY], ids=lambda kind: str(kind.name))
@pytest.mark.parametrize("scene", ["gitlab"], indirect=True)
def test_a_fault_of_gitlab_stores_nothing(scene: Scene, kind: Kind) -> None:
    """GitLab says in another way how long to wait, and that must be tried out too."""
    headers = _meet(scene, kind).headers
    says_when = kind is Kind.TOO_MANY_UNTIL
    assert ("RateLimit-Reset" in headers, headers.get("Retry-After")) == (says_when, None if says_when else "3")


@pytest.mark.parametrize("kind", [Kind.TOO_MANY, Kind.SECONDARY])
def test_a_limit_may_come_without_a_header(fake_github: FakeGitHub, job: str, kind: Kind) -> None:
    """GitHub does not always say how long to wait."""
    fake_github.fail("GET", "*", kind)
    assert "Retry-After" not in ask(fake_github, job, "GET /repos/octo/shop").headers


@pytest.mark.parametrize(
    "kind",
    [Kind.STORED_BAD_GATEWAY, Kind.STORED_CUT, Kind.STORED_HALF, Kind.STORED_GARBAGE],
    ids=lambda kind: str(kind.name),
)
def test_a_fault_may_come_after_storing(scene: Scene, kind: Kind) -> None:
    """This is how a comment comes to be posted twice."""
    scene.fake.fail("POST", scene.path, kind)
    try:
        seen = scene.write("stored").text
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        seen = ""
    with pytest.raises(ValueError, match=r"Expecting value|Extra data"):
        json.loads(seen)
    assert scene.said() == ["stored"]


def test_a_connection_may_end_without_an_answer(scene: Scene) -> None:
    """A network breaks, and nobody says why."""
    scene.fake.fail("*", scene.path, Kind.CUT, times=ALWAYS)
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            scene.write("lost")
    assert (scene.said(), [request.status for request in scene.fake.requests]) == ([], [0, 0])


@pytest.mark.parametrize(
    ("kind", "stored"), [(Kind.SLOW, ["second", "first"]), (Kind.STORED_LATE, ["first", "second"])]
)
@pytest.mark.parametrize("scene", ["github"], indirect=True)
def test_answers_may_come_out_of_order(scene: Scene, kind: Kind, stored: list[str]) -> None:
    """Two jobs that write at once are not served in the order in which they asked."""
    scene.fake.fail("POST", scene.path, kind, seconds=0.5)
    came = threading.Event()
    answered: list[str] = []

    def write(body: str) -> None:
        scene.write(body)
        answered.append(body)

    scene.fake.before("POST", scene.path, lambda _request: came.set())
    first = threading.Thread(target=write, args=("first",))
    first.start()
    assert came.wait(PATIENCE)
    _wait_until(lambda: kind is Kind.SLOW or bool(scene.said()))
    write("second")
    first.join()
    assert answered == ["second", "first"]
    assert scene.said() == stored


def _wait_until(is_so: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.01)):
        if is_so():
            return
        pause.wait(0.01)
    raise AssertionError("it never came true")


def test_another_run_may_come_between(scene: Scene) -> None:
    """A race is only tested if the other one wins every time."""
    scene.fake.before("POST", scene.path, lambda _: scene.interject("before"))
    scene.fake.after("POST", scene.path, lambda _: scene.interject("after"))
    scene.write("mine")
    assert scene.said() == ["before", "mine", "after"]


def test_a_request_may_be_held_at_the_door(scene: Scene) -> None:
    """A job is cancelled in the middle of a request, and the test has to know when that is."""
    hold = scene.fake.hold("POST", scene.path)
    thread = threading.Thread(target=scene.write, args=("held",))
    thread.start()
    hold.wait()
    assert scene.said() == []
    hold.release()
    thread.join()
    assert scene.said() == ["held"]


def test_a_hold_that_nobody_meets_says_so(fake_github: FakeGitHub) -> None:
    """A test that waits for nothing must end, and say why."""
    with pytest.raises(AssertionError, match="no such request came"):
        fake_github.hold("GET", "/nowhere").wait(0.01)
