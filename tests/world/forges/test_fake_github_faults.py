"""Tests of the fake GitHub: that it fails as it is told to, and lets others come between."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest
import requests

from tests.world.forges.asking import COMMENTS, PATIENCE, ask
from tests.world.forges.fake_github import ALWAYS, FakeGitHub, Kind
from tests.world.forges.fake_github.server import WORDS


@pytest.mark.parametrize(
    ("kind", "status"),
    [(kind, kind.status) for kind in (*WORDS, Kind.INTERNAL, Kind.BAD_GATEWAY, Kind.UNAVAILABLE)],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_fault_answers_and_stores_nothing(fake_github: FakeGitHub, job: str, kind: Kind, status: int) -> None:
    """A fault that changes something, or happens twice, tests something else than it says."""
    fake_github.fail("POST", "*/comments", kind, skip=1, retry_after=3)
    answers = [ask(fake_github, job, f"POST {COMMENTS}", {"body": body}) for body in "abc"]
    assert [answer.status_code for answer in answers] == [201, status, 201]
    assert [comment.body for comment in fake_github.comments()] == ["a", "c"]
    is_primary = kind is Kind.PRIMARY
    assert (answers[1].headers.get("Retry-After"), answers[1].headers.get("X-RateLimit-Remaining") == "0") == (
        None if is_primary else "3",
        is_primary,
    )
    assert [request.status for request in fake_github.sent("POST")] == [201, status, 201]


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
def test_a_fault_may_come_after_storing(fake_github: FakeGitHub, job: str, kind: Kind) -> None:
    """This is how a comment comes to be posted twice."""
    fake_github.fail("POST", "*/comments", kind)
    try:
        seen = ask(fake_github, job, f"POST {COMMENTS}", {"body": "stored"}).text
    except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
        seen = ""
    with pytest.raises(ValueError, match=r"Expecting value|Extra data"):
        json.loads(seen)
    assert [comment.body for comment in fake_github.comments()] == ["stored"]


def test_a_connection_may_end_without_an_answer(fake_github: FakeGitHub, job: str) -> None:
    """A network breaks, and nobody says why."""
    fake_github.fail("*", "/repos/*", Kind.CUT, times=ALWAYS)
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            ask(fake_github, job, f"POST {COMMENTS}", {"body": "lost"})
    assert (fake_github.comments(), [request.status for request in fake_github.requests]) == ([], [0, 0])


@pytest.mark.parametrize(
    ("kind", "stored"), [(Kind.SLOW, ["second", "first"]), (Kind.STORED_LATE, ["first", "second"])]
)
def test_answers_may_come_out_of_order(fake_github: FakeGitHub, job: str, kind: Kind, stored: list[str]) -> None:
    """Two jobs that write at once are not served in the order in which they asked."""
    fake_github.fail("POST", "*/comments", kind, seconds=0.5)
    came = threading.Event()
    answered: list[str] = []

    def write(body: str) -> None:
        ask(fake_github, job, f"POST {COMMENTS}", {"body": body})
        answered.append(body)

    fake_github.before("POST", "*/comments", lambda _request: came.set())
    first = threading.Thread(target=write, args=("first",))
    first.start()
    assert came.wait(PATIENCE)
    _wait_until(lambda: kind is Kind.SLOW or bool(fake_github.comments()))
    write("second")
    first.join()
    assert answered == ["second", "first"]
    assert [comment.body for comment in fake_github.comments()] == stored


def _wait_until(is_so: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.01)):
        if is_so():
            return
        pause.wait(0.01)
    raise AssertionError("it never came true")


def test_another_run_may_come_between(fake_github: FakeGitHub, job: str) -> None:
    """A race is only tested if the other one wins every time."""
    fake_github.before("POST", "*/comments", lambda _: fake_github.add_comment(7, "dev", "before"))
    fake_github.after("POST", "*/comments", lambda _: fake_github.add_comment(7, "dev", "after"))
    ask(fake_github, job, f"POST {COMMENTS}", {"body": "mine"})
    assert [comment.body for comment in fake_github.comments()] == ["before", "mine", "after"]


def test_a_request_may_be_held_at_the_door(fake_github: FakeGitHub, job: str) -> None:
    """A job is cancelled in the middle of a request, and the test has to know when that is."""
    hold = fake_github.hold("POST", "*/comments")
    thread = threading.Thread(target=ask, args=(fake_github, job, f"POST {COMMENTS}", {"body": "held"}))
    thread.start()
    hold.wait()
    assert fake_github.comments() == []
    hold.release()
    thread.join()
    assert [comment.body for comment in fake_github.comments()] == ["held"]


def test_a_hold_that_nobody_meets_says_so(fake_github: FakeGitHub) -> None:
    """A test that waits for nothing must end, and say why."""
    with pytest.raises(AssertionError, match="no such request came"):
        fake_github.hold("GET", "/nowhere").wait(0.01)
