"""Parses kept between runs: found where they are known to hold, and none else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from bot.errors import EnvironmentFailure
from bot.world import parses

_SHOP = "shop-0123abcd"
_LATER = time.time() + 86_400


def _digest(number: int) -> str:
    return f"{number:064x}"


@pytest.fixture
def parsed(tmp_path: Path) -> Path:
    """What dbt has written."""
    path = tmp_path / "partial_parse.msgpack"
    path.write_bytes(b"\x83parsed\xff")
    return path


def _take(home: Path, number: int, project: str = _SHOP, before: float = _LATER) -> bool:
    return parses.take(home, project, _digest(number), home / "target" / "taken", tree=home / "tree", before=before)


def _names(home: Path) -> list[str]:
    return sorted(path.name[:64] for path in (home / "parses" / _SHOP).iterdir())


def test_what_was_kept_is_taken_and_marked(tmp_path: Path, parsed: Path) -> None:
    """Every run would parse the merge base in full; or nobody could see that dbt has parsed it anew."""
    parses.keep(tmp_path, _SHOP, _digest(1), parsed, tmp_path / "tree")
    assert _take(tmp_path, 1)
    assert (tmp_path / "target" / "taken").read_bytes() == parsed.read_bytes()
    assert (tmp_path / "target" / "taken").stat().st_mtime == 0


def test_the_folder_of_another_run_becomes_that_of_this_one(tmp_path: Path) -> None:
    """A seed that base still lacks would be looked for in the folder of a run that is long gone."""
    first, second, longer = (tmp_path / name / "tree" for name in ("run-1", "run-2", "another"))
    told = tmp_path / "told"
    told.write_bytes(b"\xa9seed " + os.fsencode(first / "seeds") + b" \xff")
    parses.keep(tmp_path, _SHOP, _digest(1), told, first)
    taken = tmp_path / "target" / "taken"
    assert parses.take(tmp_path, _SHOP, _digest(1), taken, tree=second, before=_LATER)
    assert taken.read_bytes() == b"\xa9seed " + os.fsencode(second / "seeds") + b" \xff"
    taken.unlink()
    assert not parses.take(tmp_path, _SHOP, _digest(1), taken, tree=longer, before=_LATER)
    assert not taken.exists()


@pytest.mark.parametrize(("number", "project"), [(2, _SHOP), (1, "shop-ffffffff")])
def test_what_was_kept_for_another_is_not_taken(tmp_path: Path, parsed: Path, number: int, project: str) -> None:
    """The graph of another commit, or of another project, would pass for that of base."""
    parses.keep(tmp_path, _SHOP, _digest(1), parsed, tmp_path / "tree")
    assert not _take(tmp_path, number, project)
    assert not (tmp_path / "target").exists()


def test_a_parse_from_the_future_is_not_taken(tmp_path: Path, parsed: Path) -> None:
    """Where clocks of two machines differ, a YAML file of head could have the time of one that dbt knows: unread."""
    parses.keep(tmp_path, _SHOP, _digest(1), parsed, tmp_path / "tree")
    assert not _take(tmp_path, 1, before=time.time() - 5)


def test_the_later_one_replaces_the_earlier(tmp_path: Path, parsed: Path) -> None:
    """A parse that did not hold would be tried again and again."""
    folder = tmp_path / "parses" / _SHOP
    folder.mkdir(parents=True)
    (folder / f"{_digest(1)}.7.msgpack").write_bytes(b"old")
    parses.keep(tmp_path, _SHOP, _digest(1), parsed, tmp_path / "tree")
    assert len(_names(tmp_path)) == 1
    assert _take(tmp_path, 1)
    assert (tmp_path / "target" / "taken").read_bytes() == parsed.read_bytes()


def test_the_least_recently_used_go(tmp_path: Path, parsed: Path) -> None:
    """The cache would grow without end, or lose what is used every day."""
    for number in range(5):
        parses.keep(tmp_path, _SHOP, _digest(number), parsed, tmp_path / "tree")
        (kept,) = (tmp_path / "parses" / _SHOP).glob(f"{_digest(number)}.*")
        os.utime(kept, (1000 + number, 1000 + number))
    assert _take(tmp_path, 0)
    parses.keep(tmp_path, _SHOP, _digest(9), parsed, tmp_path / "tree")
    assert _names(tmp_path) == [_digest(number) for number in (0, 2, 3, 4, 9)]


def test_a_secret_is_not_kept(tmp_path: Path, parsed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CI cache would hold what dbt has met in the environment."""
    monkeypatch.setenv("SHOP_TOKEN", "parsed")
    parses.keep(tmp_path, _SHOP, _digest(1), parsed, tmp_path / "tree")
    assert not (tmp_path / "parses").exists()


def test_a_full_disk_is_a_failure_with_a_remedy(tmp_path: Path, parsed: Path) -> None:
    """A cache that cannot be written would be a crash."""
    (tmp_path / "parses").write_text("a file")
    with pytest.raises(EnvironmentFailure, match="could not be written"):
        parses.keep(tmp_path, _SHOP, _digest(1), parsed, tmp_path / "tree")


def test_a_parse_that_cannot_be_read_is_none(tmp_path: Path, parsed: Path) -> None:
    """A run would end, because another one has tidied up in the same moment."""
    parses.keep(tmp_path, _SHOP, _digest(1), parsed, tmp_path / "tree")
    (kept,) = (tmp_path / "parses" / _SHOP).iterdir()
    kept.unlink()
    kept.mkdir()
    assert not _take(tmp_path, 1)
    assert not (tmp_path / "target" / "taken").exists()
