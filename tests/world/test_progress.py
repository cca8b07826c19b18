"""What the user is told while a run goes on."""

from __future__ import annotations

import io
import re

from rich.console import Console

from bot.domain import Side, Statement
from bot.world.dbt import NodeEvent
from bot.world.progress import Progress


def _told(*, verbose: bool = False, terminal: bool = False) -> tuple[str, str]:
    """Tells a progress all it can be told; returns what is written, without and with control codes."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=60, color_system=None)
    with Progress(console, verbose=verbose) as progress:
        progress.step("building [red]base[/red]")
        progress.note("copying shop.duckdb")
        progress.node(NodeEvent(Side.BASE, "model.shop.orders", 1, 2, "success", 0.25))
        progress.node(NodeEvent(Side.BASE, "model.shop.lines", 2, 2, "OK", 0.25))  # dbt's word for a model in its log
        progress.node(NodeEvent(Side.HEAD, "test.shop.unique_id.abc", 2, 2, "ERROR", 61.04))
        progress.model(1, 3, "orders")
        progress.statement(Statement("select '[bold]' from t", "rows of base"), 0.5)
    raw = file.getvalue()
    return re.sub(r"\x1b\[[?\d;]*[a-zA-Z]", "", raw), raw


def test_without_a_terminal_each_event_is_a_line_with_its_time() -> None:
    """A log of CI would be empty, or full of control codes."""
    plain, raw = _told()
    assert plain == raw
    lines = plain.splitlines()
    assert all(re.match(r"\[\d\d:\d\d\] ", line) for line in lines)
    assert [line[8:] for line in lines] == [
        "building [red]base[/red]",
        "  copying shop.duckdb",
        "  base: 1 of 2 orders success (0.2 s)",
        "  base: 2 of 2 lines OK (0.2 s)",
        "  head: 2 of 2 unique_id ERROR (61.0 s)",
    ]


def test_statements_are_shown_on_demand_only() -> None:
    """-v would show nothing, or everybody would be shown SQL."""
    assert "select" not in _told()[0]
    shown = _told(verbose=True)[0].splitlines()
    assert "asked (0.50 s), rows of base:" in shown[-2]
    assert shown[-1] == "select '[bold]' from t"


def test_on_a_terminal_failures_stay_and_successes_pass_by() -> None:
    """A failed model would be gone from the screen as soon as the next one is built."""
    lines = [line for line in _told(terminal=True)[0].splitlines() if line.startswith("[0")]
    assert any("unique_id ERROR" in line for line in lines)
    assert not any("orders success" in line or "lines OK" in line for line in lines)
    assert any("building [red]base[/red]" in line for line in lines)
