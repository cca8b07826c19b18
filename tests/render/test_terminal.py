"""Tests of bot/render/terminal.py."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from bot.domain import Report
from bot.render.terminal import page
from tests.render import reach
from tests.render.evidence import GOLDEN, many_tables, shown
from tests.render.reports import HOSTILE, all_equal, many, shop, untouched, with_text

GOLDEN_FILES = Path(__file__).parent / "golden"


def printed(report: Report, encoding: str = "utf-8", width: int = 80) -> str:
    """The page as a log without colour gets it."""
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    page(report, Console(file=file, width=width, color_system=None))
    file.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize("name", ["shop", "errored", "problem", "untouched", "shown"])
def test_golden(name: str, assert_golden: Callable[[Path, str], None]) -> None:
    """A change of the page that nobody looked at would reach every terminal."""
    text = "\n".join(line.rstrip() for line in printed(GOLDEN[name]()).split("\n"))
    assert_golden(GOLDEN_FILES / f"{name}.txt", text)


@pytest.mark.parametrize("name", sorted(set(GOLDEN) - {"hostile", "hostile_rows"}))
def test_no_line_is_wider_than_the_terminal(name: str) -> None:
    """Tables that wrap cannot be read."""
    assert max(map(len, printed(GOLDEN[name]()).splitlines())) <= 80


def test_the_verdict_comes_first_and_last() -> None:
    """In a log of a thousand lines, a reader looks at one of its ends."""
    lines = printed(all_equal()).splitlines()
    assert lines[0] == lines[-1] == "PASS  Gate open: all 4 affected models unchanged"


def test_what_needs_a_reader_comes_before_what_is_equal() -> None:
    """The model that broke would hide among those that did not."""
    text = printed(shop())
    assert text.index("orders            61,948 → 53,042") < text.index("stg_payments")
    assert "- Equal: 3 models, 59,430 rows compared: stg_payments, order_statuses, returns" in text


def test_a_terminal_without_unicode_gets_the_page_too() -> None:
    """A log in ASCII would end in a traceback instead of a verdict."""
    text = printed(shop(), encoding="ascii")
    assert "61,948 > 53,042" in text
    assert "-8,906 (-14.4%)" in text
    assert printed(with_text(HOSTILE), encoding="ascii").isascii()


def test_names_are_not_markup_and_not_control_sequences() -> None:
    """A model's name could colour a failure green, or rewrite the lines above it."""
    text = printed(with_text(["[green]ok[/green]", "\x1b[2J\rPASS", "[link=https://example.com]x[/link]"]))
    assert "[green]ok[/green]" in text
    assert "\x1b" not in text
    assert "\r" not in text


def test_two_thousand_models_make_a_page_that_ends() -> None:
    """The verdict would scroll away behind hours of details."""
    lines = printed(many()).splitlines()
    assert len(lines) < 1_500
    assert "and 1,800 more models, in report.json" in lines
    assert "The details of 1,980 more models are in report.json." in lines


def test_no_models_make_a_small_page() -> None:
    """A pull request of a README would fill the screen."""
    assert len(printed(untouched()).splitlines()) == 8


def test_tables_are_shown_in_short() -> None:
    """A reader without a forge would have to open a file for what changed, or scroll through all of it."""
    text = printed(shown())
    assert "Changed columns" in text
    assert "Example rows" in text
    assert "In report.json, too: Profile, Changes by month" in " ".join(text.split())
    assert "paid → PAID" in text
    assert "1005" not in text
    assert len(printed(many_tables()).splitlines()) < 1_200


def test_named_checks_are_on_the_page() -> None:
    """A closed gate would have no reason on the page."""
    text = printed(shown())
    assert text.index("Queries, assertions and metrics") < text.index("What to do")
    assert "FAIL metric revenue" in text
    assert "12,311.25 → 12,181.75" in text


def test_null_is_told_from_a_text() -> None:
    """Without colour and italics, a missing value and the word for it look the same."""
    text = printed(shown())
    assert "'null'" in text
    assert " null" in text


def test_what_is_reached_is_on_the_page() -> None:
    """Who proves at home would not learn which dashboard the change reaches, and what it breaks, before the request."""
    text = printed(reach.reached(), width=200)
    assert "Breaking for those who read it" in text
    assert "customers.segment was removed: read by dashboard Weekly revenue, more" in text
    assert "dashboard Weekly revenue, owner ann@shop.example, reached through orders, customers.lifetime_value" in text
    assert "metric sold, perhaps reached through daily_revenue.amount" in text
