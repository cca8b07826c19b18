"""A run that is ended from outside: nothing stays pending, nothing stays behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.action.runs import End, Machine
from tests.action.shells import How, Interruption
from tests.action.stage import CONTEXT, Stage, started
from tests.stories.shop import HARMLESS


def _cache(machine: Machine) -> Path:
    return machine.temp / "proofbot" / "cache"


def _ended(stage: Stage, how: How) -> tuple[End, Machine, str]:
    """A run that is ended while dbt works for it."""
    head = stage.open(changes=HARMLESS)
    event = stage.request_event("opened")
    machine = stage.machine(event)

    def works() -> bool:
        return any(_cache(machine).glob("runs/*/base/logs/dbt.log"))

    interruption = Interruption("proofbot", works, how)
    return started(stage.run("pull-request.yml", event, interruption=interruption)), machine, head


@pytest.mark.parametrize("how", [How.CANCEL, How.KILL], ids=["cancelled", "killed"])
def test_nothing_stays_pending_and_nothing_stays_behind(cold_stage: Stage, how: How) -> None:
    """A merge would wait for a status that never comes, or a runner fill up with copies of databases."""
    end, machine, head = _ended(cold_stage, how)
    cancelled = how is How.CANCEL
    assert end.conclusion == ("cancelled" if cancelled else "failure")
    assert end.step("proofbot").signals == (("SIGINT",) if cancelled else ("SIGKILL",))
    assert cold_stage.states(head) == ["pending", "error"]
    words = cold_stage.github.statuses(head, CONTEXT)[-1].description
    assert ("interrupted" if cancelled else "stopped before it could finish") in words
    assert end.step("conclude").outcome == "success"
    assert list(_cache(machine).glob("runs/*")) == []
    assert list(_cache(machine).glob("records/*")) == []
    assert cold_stage.github.comments(7) == []
    if cancelled:
        assert end.orphans == ()
