"""What a replay is told of a request."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bot.cli.options import request
from bot.core.declarations import blocks
from bot.run.declaring import texts
from bot.run.verify import as_description
from tests.stories.test_verify import GIVEN

_TEXTS = ("orders: unchanged\n", "people:\n  reason: |\n    ~~~~\n    ```\n", "a: unchanged\n")


def test_a_replay_declares_what_the_request_declared(tmp_path: Path) -> None:
    """A report of a declared change would not hold: nobody would declare it in the replay."""
    assert tuple(block.text for block in blocks(as_description(_TEXTS))) == _TEXTS
    assert as_description(()) == ""
    beside = tmp_path / "expect.yml"
    beside.write_text(_TEXTS[0], encoding="utf-8")
    wanted = request({**GIVEN, "project_dir": tmp_path})
    assert texts(wanted) == ()
    description = f"Words.\n\n```proofbot\n{_TEXTS[2]}```\nMore words."
    assert texts(replace(wanted, description=description, expect=beside)) == (_TEXTS[2], _TEXTS[0])
