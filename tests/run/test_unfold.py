"""What a run is about, in a repository of git's own making."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from bot.run.stage import Request, Stage
from bot.run.unfold import unfold
from tests.stories import repositories


def test_a_working_tree_without_changes_is_its_commit(tmp_path: Path) -> None:
    """The page would say that there are uncommitted changes where there are none, and `verify` could not repeat it."""
    folder = repositories.start(tmp_path / "shop", {"models/a.sql": "select 1 as id"})
    notes: list[str] = []
    request = Request(
        here=folder,
        working_tree=True,
        dry_run=True,
    )
    there: Any = SimpleNamespace(request=request, progress=SimpleNamespace(note=notes.append))
    assert unfold(cast(Stage, there)).head.working_tree is False
    repositories.write(folder, {"models/b.sql": "select 2 as id"})
    assert unfold(cast(Stage, there)).head.working_tree is True
