"""The demo's project: the same on every machine, and as its README tells it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import duckdb
import pytest

from demo.make_project import Demo, make


def _git(demo: Demo, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=demo.folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _raw_data(demo: Demo) -> dict[str, object]:
    with duckdb.connect(str(demo.database), read_only=True) as connection:
        return {name: connection.execute(f"from raw.{name} order by all").fetchall() for name in demo.raw_rows}


def test_two_demos_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader could not compare what they see with what the README says, whatever their git is set to."""
    first = make(tmp_path / "first")
    (tmp_path / ".gitconfig").write_text(
        "[core]\n\tautocrlf = true\n[commit]\n\tgpgsign = true\n[user]\n\tname = Eve\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Eve")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    second = make(tmp_path / "a second one")
    monkeypatch.delenv("GIT_DIR")
    heads = ("rev-parse", first.main, first.request, first.mended)
    assert _git(first, *heads) == _git(second, *heads)
    assert _raw_data(first) == _raw_data(second)


def test_the_request_is_checked_out_clean_and_main_has_moved_on(tmp_path: Path) -> None:
    """The demo would refuse to run on uncommitted changes, or compare with the wrong commit without anyone noticing."""
    demo = make(tmp_path / "demo")
    assert _git(demo, "status", "--porcelain") == ""
    assert _git(demo, "branch", "--show-current") == demo.request
    assert _git(demo, "rev-list", "--count", f"{demo.request}..{demo.main}") == "1"
    assert _git(demo, "rev-list", "--count", f"{demo.main}..{demo.request}") == "4"


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    """A reader who names a folder of theirs would lose what is in it."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError):
        make(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
