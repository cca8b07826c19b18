"""Tests of bot/render/doctor_page.py."""

from __future__ import annotations

import io
import json

from rich.console import Console

from bot.domain import Diagnosis, Health
from bot.render import doctor_page

_GRANT = f"Run `GRANT CREATE ON DATABASE {'a' * 120} TO ci`."
_TOLD = [
    Diagnosis("git", "history", Health.WELL, "whole"),
    Diagnosis("git", "merge base", Health.ADVICE, "not there", "Fetch it."),
    Diagnosis("warehouse", "warehouse", Health.ILL, "refused\nby the server\x1b[2J", _GRANT),
]


def _page(encoding: str) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    doctor_page.page(_TOLD, Console(file=stream, width=40))
    stream.seek(0)
    return stream.read()


def test_the_page() -> None:
    """Somebody could not copy a grant whole, or a server's words could steer the terminal."""
    assert _page("utf-8").splitlines() == [
        "git",
        "  ✓ history: whole",
        "  ! merge base: not there",
        "    → Fetch it.",
        "warehouse",
        "  ✗ refused",
        "    by the server␛[2J",
        f"    → {_GRANT}",
        "",
        "1 thing to mend, 1 piece of advice.",
    ]


def test_a_log_without_unicode() -> None:
    """In a log of plain ASCII the command would end with an error of its own."""
    assert "  x refused" in _page("ascii")


def test_for_programs() -> None:
    """A script could not tell what is to be mended from what is advice."""
    told = json.loads(doctor_page.json_text(_TOLD, 3, "0.1.0"))
    assert (told["proofbot"], told["exit_code"]) == ("0.1.0", 3)
    assert [one["health"] for one in told["diagnoses"]] == ["well", "advice", "ill"]
    assert told["diagnoses"][2]["remedy"] == _GRANT
    assert doctor_page.json_text([], 0, "0.1.0").endswith("}\n")
