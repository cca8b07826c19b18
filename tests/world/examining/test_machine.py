"""Tests of bot/world/examining/machine.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain import Health
from bot.world import diagnosing
from bot.world.examining import machine


def test_trying_a_folder_leaves_nothing(tmp_path: Path) -> None:
    """Folders would appear where somebody only asked, and a folder that was there would lose something."""
    (tmp_path / "kept").mkdir()
    for home in (tmp_path / "new" / "kept", tmp_path / "kept"):
        told = {one.what: one.health for one in machine.cache(home)}
        assert told["writable"] is Health.WELL
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert list((tmp_path / "kept").iterdir()) == []


def test_what_dead_runs_left_is_named(tmp_path: Path) -> None:
    """Somebody whose disk fills up would not know by what, nor what to do."""
    run = tmp_path / "runs" / "0123456789ab"
    run.mkdir(parents=True)
    (tmp_path / "runs" / "0123456789ab.lock").write_text("")
    [told] = [one for one in machine.cache(tmp_path) if one.what == "dead runs"]
    assert told.health is Health.ADVICE
    assert "0123456789ab" in told.words
    assert "proofbot cleanup" in told.remedy
    assert run.exists()


def test_git_is_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In a slim image somebody would not be told which program is missing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    [told] = [one for one in machine.programs() if one.what == "git"]
    assert (told.health, "Install git" in told.remedy) == (Health.ILL, True)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("odd")])
def test_an_examination_that_fails_is_a_line(error: Exception) -> None:
    """One defect would hide what all other examinations find."""

    def broken() -> object:
        yield diagnosing.well("t", "first", "well")
        raise error

    first, last = diagnosing.guarded("t", broken())  # type: ignore[arg-type]
    assert first.health is Health.WELL
    assert last.health is Health.ILL
    assert last.remedy
    assert str(error.args[-1]) in last.words
