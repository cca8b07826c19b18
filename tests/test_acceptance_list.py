"""The list of what a comment bot must get right names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

_HERE = Path(__file__).parent
_LIST = _HERE / "github_acceptance.md"


def test_every_point_has_its_tests() -> None:
    """A promise would stand on a page with nothing behind it, because its test was renamed or removed."""
    rows = re.findall(r"^\| (\d+) \|.*?\|(.*)\|$", _LIST.read_text(encoding="utf-8"), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 19))
    for number, cell in rows:
        named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", cell)
        assert named, f"{number} has no test"
        for file, name in named:
            assert f"\ndef {name}(" in (_HERE / file).read_text(encoding="utf-8"), f"{number}: {file}::{name}"
