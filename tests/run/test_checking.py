"""`proofbot config --check`, and the hook that calls it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from bot.errors import UsageError
from bot.run import checking
from tests.stories.repositories import start

FILES = {
    "finance/.proofbot.yml": "samples: 3\nchekcs: {}\n",
    "finance/.proofbot/expect.yml": "orders: {rows: up}\n",
    ".gitignore": "ignored/\n",
    "ignored/.proofbot.yml": "nonsense\n",
}


def _check(folder: Path, *files: str) -> str:
    page = Console(width=200, record=True)
    checking.check([Path(file) for file in files], folder, page)
    return page.export_text()


def test_all_files_of_the_repository_are_read_over(tmp_path: Path) -> None:
    """One mistake would be mended, committed, and the next one found by the run after that."""
    shop = start(tmp_path / "shop", FILES)
    (shop / "new").mkdir()
    (shop / "new" / ".proofbot.yml").write_text("policy: lenient\n", encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        _check(shop)
    told = caught.value.message
    assert "finance/.proofbot.yml:2:1: chekcs" in told
    assert "finance/.proofbot/expect.yml:1" in told
    assert "new/.proofbot.yml:1:9: policy" in told
    assert "ignored" not in told


def test_files_that_are_named_are_those_that_are_checked(tmp_path: Path) -> None:
    """The hook would stop a commit by files that are no part of it."""
    shop = start(tmp_path / "shop", FILES)
    assert "1 file checked: well written" in _check(shop, ".proofbot.yml")
    with pytest.raises(UsageError, match=r"finance/\.proofbot\.yml:2"):
        _check(shop, "finance/.proofbot.yml", ".proofbot.yml")
    with pytest.raises(UsageError, match=r"there is no file other\.yml"):
        _check(shop, "other.yml")
    with pytest.raises(UsageError, match="cannot be read"):
        _check(shop, "finance")
    (shop / "latin.yml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="UTF-8"):
        _check(shop, "latin.yml")


def test_nothing_to_check_is_no_error(tmp_path: Path) -> None:
    """A repository without a configuration would fail a job that only wants to know whether it is right."""
    assert "nothing to check" in _check(start(tmp_path / "shop", {".proofbot.yml": None}))


def test_the_hook_is_for_the_files_that_we_read() -> None:
    """The hook would never run, or run on files of others."""
    text = (Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    (hook,) = yaml.safe_load(text)
    assert hook["id"] == "proofbot-config"
    assert hook["entry"] == "proofbot config --check"
    names = [
        ".proofbot.yml",
        "a/b/.proofbot.yml",
        "a/.proofbot/expect.yml",
        "x.proofbot.yml",
        ".proofbot.yml.bak",
        "expect.yml",
    ]
    assert [name for name in names if re.search(hook["files"], name)] == names[:3]
