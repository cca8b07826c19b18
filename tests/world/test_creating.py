"""New files in the user's checkout."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from bot.errors import EnvironmentFailure, UsageError
from bot.world import creating

PATH = PurePosixPath(".github/workflows/proofbot.yml")


def test_a_file_and_its_folders_are_made_once(tmp_path: Path) -> None:
    """A second `init` would replace what somebody has written."""
    assert creating.create(tmp_path, PATH, "one")
    assert not creating.create(tmp_path, PATH, "two")
    assert (tmp_path / PATH).read_text(encoding="utf-8") == creating.seen(tmp_path, PATH) == "one"


def test_a_link_that_leads_nowhere_is_not_followed(tmp_path: Path) -> None:
    """A repository could have a file written anywhere on the machine of who tries it."""
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "new").symlink_to(tmp_path / "outside")
    path = PurePosixPath("new")
    assert creating.is_taken(tmp_path / "inside", path)
    assert not creating.create(tmp_path / "inside", path, "text")
    assert creating.seen(tmp_path / "inside", path) is None
    assert not (tmp_path / "outside").exists()


def test_a_link_on_the_way_is_refused(tmp_path: Path) -> None:
    """The same, by a folder."""
    (tmp_path / "outside" / "workflows").mkdir(parents=True)
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / ".github").symlink_to(tmp_path / "outside")
    with pytest.raises(UsageError, match="is a link"):
        creating.refuse_links(tmp_path / "inside", PATH)
    with pytest.raises(UsageError, match="is a link"):
        creating.create(tmp_path / "inside", PATH, "text")
    assert not list((tmp_path / "outside" / "workflows").iterdir())
    (tmp_path / "outside" / "workflows" / "proofbot.yml").write_text("secret", encoding="utf-8")
    assert creating.seen(tmp_path / "inside", PATH) is None


def test_a_file_on_the_way_is_refused(tmp_path: Path) -> None:
    """A user would get a stack trace."""
    (tmp_path / ".github").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="no folder"):
        creating.refuse_links(tmp_path, PATH)
    with pytest.raises(UsageError, match="no folder"):
        creating.create(tmp_path, PATH, "text")


@pytest.mark.parametrize("path", ["../out", "/out", "a/../../out", ""])
def test_nothing_is_made_outside(tmp_path: Path, path: str) -> None:
    """A path with `..` in it would leave the repository."""
    with pytest.raises(UsageError, match="does not lie"):
        creating.create(tmp_path, PurePosixPath(path), "text")


def test_what_cannot_be_written_says_so(tmp_path: Path) -> None:
    """A user would get a stack trace where a name is too long, the disk is full, or a folder is not theirs."""
    with pytest.raises(EnvironmentFailure, match="could not be written"):
        creating.create(tmp_path, PurePosixPath("x" * 300), "text")
    with pytest.raises(EnvironmentFailure, match="could not be written"):
        creating.create(tmp_path / "gone", PATH, "text")
