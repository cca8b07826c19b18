"""The contract of a forge, held by every adapter against a forge that fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.domain import CommitStatus, GateState, RunId
from bot.world.forges.contract import Unavailable
from tests.world.forges.rigs import Rig, Trouble, create, find_none

_GATE = CommitStatus("proofbot/shop", GateState.PENDING, "proving", "https://ci.example.com/runs/501")


@pytest.mark.parametrize("trouble", [Trouble.FAILS, Trouble.CUTS, Trouble.STORES_AND_BREAKS_OFF])
def test_a_download_is_tried_again(rig: Rig, trouble: Trouble) -> None:
    """Half an archive must not be taken for a whole one."""
    rig.leave(RunId(501), "report", b"PK whole")
    rig.trouble("download", trouble)
    assert rig.forge().artifact(RunId(501), "report", 100) == b"PK whole"


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble.FAILS,
        Trouble.CUTS,
        Trouble.STORES_AND_FAILS,
        Trouble.STORES_AND_CUTS,
        Trouble.STORES_AND_BREAKS_OFF,
        Trouble.STORES_AND_BABBLES,
        Trouble.STORES_AND_SLEEPS,
        Trouble.LIMITS,
        Trouble.LIMITS_FOR_20,
    ],
)
def test_trouble_leaves_exactly_one_comment(rig: Rig, trouble: Trouble) -> None:
    """A comment that was stored although it seemed to fail must not be posted twice, and a lost one must come."""
    forge = rig.forge()
    rig.say("dev", "report")  # the words alone prove nothing
    rig.trouble("create", trouble)
    comment = create(forge, "report")
    assert [author for author, _ in rig.said()] == ["dev", forge.whoami()]
    assert forge.comments(7)[-1] == comment


def test_a_failure_while_looking_for_a_stored_comment(rig: Rig) -> None:
    """Trouble seldom comes alone."""
    rig.trouble("create", Trouble.STORES_AND_FAILS)
    rig.trouble("list", Trouble.FAILS, times=2)
    create(rig.forge(), "report")
    assert (len(rig.said()), rig.asked("create"), rig.asked("list")) == (1, 1, 3)


@pytest.mark.parametrize(
    ("trouble", "least"), [(Trouble.LIMITS, 60), (Trouble.LIMITS_FOR_20, 20)], ids=["unsaid", "said"]
)
@pytest.mark.parametrize("verb", ["create", "edit", "list", "status", "look"])
def test_a_limit_is_waited_for(rig: Rig, verb: str, trouble: Trouble, least: float) -> None:
    """Who asks again too early is locked out for longer, and the pull request gets no comment."""
    forge = rig.forge()
    forge.whoami()
    comment = forge.create_comment(7, "first", find_none).number
    before = rig.asked(verb)
    rig.trouble(verb, trouble)
    ask: dict[str, Callable[[], object]] = {
        "create": lambda: create(forge, "second"),
        "edit": lambda: forge.edit_comment(7, comment, "second"),
        "list": lambda: forge.comments(7),
        "status": lambda: forge.set_status(rig.head, _GATE),
        "look": lambda: forge.pull_request(7),
    }
    ask[verb]()
    assert rig.asked(verb) - before == 2
    assert least <= sum(rig.clock.sleeps) < 2 * least


def test_a_wait_for_hours_is_not_begun(rig: Rig) -> None:
    """A job that sleeps for hours costs money, and its result is there already."""
    rig.trouble("create", Trouble.LIMITS_FOR_HOURS)
    with pytest.raises(Unavailable):
        create(rig.forge(), "report")
    assert (rig.clock.sleeps, rig.said()) == ([], [])


@pytest.mark.parametrize("trouble", [Trouble.FAILS, Trouble.CUTS, Trouble.LIMITS])
def test_a_forge_that_stays_down_is_given_up(rig: Rig, trouble: Trouble) -> None:
    """A forge that is down must not keep the job for longer than agreed."""
    rig.trouble("status", trouble, times=0)
    began = rig.clock.now
    with pytest.raises(Unavailable):
        rig.forge().set_status(rig.head, _GATE)
    assert 60 <= rig.clock.now - began <= 300
    assert (rig.asked("status") > 1, rig.gates(_GATE.context)) == (True, [])


def test_an_interrupt_ends_a_wait(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that is cancelled has seconds left, and must not spend them waiting for a forge."""

    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rig.clock, "sleep", interrupt)
    rig.trouble("create", Trouble.LIMITS)
    with pytest.raises(KeyboardInterrupt):
        create(rig.forge(), "report")
