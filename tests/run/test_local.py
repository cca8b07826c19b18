"""What a run for a CI system that we do not talk to leaves, however it ends."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn
from xml.etree.ElementTree import fromstring

import pytest
from rich.console import Console

from bot import run as story
from bot.errors import Interrupted
from bot.run import local
from bot.run.stage import Request


def test_a_run_that_is_stopped_takes_the_place_of_what_an_earlier_one_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder that a runner uses again, the results of yesterday's build would be published as those of today's."""
    (tmp_path / "junit.xml").write_text('<testsuites><testcase name="run"/></testsuites>')
    (tmp_path / "comment.md").write_text("### Gate open")

    def stopped(*_given: object) -> NoReturn:
        raise Interrupted("the run was stopped by SIGTERM", remedy="Start it again.")

    monkeypatch.setattr(story, "prove", stopped)
    request = Request(
        here=tmp_path,
        base="main",
        out=tmp_path,
    )
    with pytest.raises(Interrupted):
        local.run(request, Console(quiet=True), Console(quiet=True))
    [case] = fromstring((tmp_path / "junit.xml").read_bytes()).iter("testcase")
    assert case[0].tag == "error"
    assert "Gate open" not in (tmp_path / "comment.md").read_text(encoding="utf-8")
    assert "stopped by SIGTERM" in (tmp_path / "report.html").read_text(encoding="utf-8")
