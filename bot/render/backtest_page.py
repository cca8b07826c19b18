"""What past requests would have met at the gate, as a page for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.core.backtest import Trial, closed, closed_by_preset, closed_by_rule, proven
from bot.core.wording import count
from bot.domain import Status
from bot.render.escape import capped, visible

_WORDS = {Status.SUCCESS: "open", Status.FAILURE: "closed", Status.ERROR: "closed (error)", None: "not proven"}
_STYLES = {Status.SUCCESS: "green", Status.FAILURE: "bold red", Status.ERROR: "bold red", None: "yellow"}


def page(trials: Sequence[Trial], branch: str, console: Console) -> None:
    """Print a line for each request, the newest first; then how often each preset and each rule closes the gate."""
    known = len(proven(trials))
    console.print(_requests(trials))
    console.print(
        Text(f"of {count(known, 'request')} merged into {visible(branch)[:80]}, the gate would have been closed to:"),
        soft_wrap=True,
    )
    numbers = {"the policy in force": closed(trials)}
    numbers |= {f"{preset.value}, no rules": number for preset, number in closed_by_preset(trials).items()}
    console.print(_numbers(numbers.items()))
    rules = closed_by_rule(trials)
    if rules:
        console.print(Text("by rule of the policy in force:"))
        console.print(_numbers(rules))


def _requests(trials: Sequence[Trial]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title in ("Commit", "Gate", "Seconds", "Request"):
        table.add_column(title, justify="right" if title == "Seconds" else "left", no_wrap=title != "Request")
    for trial in trials:
        told = Text(capped(visible(trial.merged.merge.subject), 72))
        told.append(f"\n{capped(visible(trial.words), 200)}", style="dim")
        gate = Text(_WORDS[trial.status], style=_STYLES[trial.status])
        table.add_row(trial.merged.merge.commit[:9], gate, f"{trial.seconds:,.0f}", told)
    return table


def _numbers(rows: Iterable[tuple[str, int]]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right")
    table.add_column()
    for words, number in rows:
        table.add_row(f"  {number:,}", Text(capped(visible(words), 200)))
    return table
