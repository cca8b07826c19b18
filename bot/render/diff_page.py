"""The page of `proofbot diff`: one model at base and at head, for a terminal.

Untrusted text reaches rich as `Text` only, never as markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.core.portrait import Portrait
from bot.domain import Outcome, Report, RowReport
from bot.render import diff_words, figures, lines, which_rows, words
from bot.render.diff_tables import bar, columns, examples
from bot.render.dress import Labels
from bot.render.paper import put
from bot.render.tables import of_model
from bot.render.terminal import DRESS, verbatim
from bot.render.terminal_tables import briefly

_BAR = 24
_STYLES = {
    "is equal": "green",
    "varies by itself": "yellow",
    "has no rows": "yellow",
    "was not compared": "yellow",
    "could not be compared": "red",
}
_CHANGED = "yellow"
_TOLD_ELSEWHERE = frozenset(
    {
        *(f"Check {name}" for name in ("schema", "values", "row_count", "profile")),
        *("Which rows", "Why", "Key", "Columns added", "Columns removed", "Columns renamed", "Types changed", "Rule"),
        *("Columns not compared", "File", "Reason"),
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for: the model by this name, with a control or without, with everything or in short."""

    model: str
    is_controlled: bool = False
    is_verbose: bool = False


def page(report: Report, portrait: Portrait | None, asked: Asked, console: Console) -> None:
    """Prints what became of one model.

    Args:
        report: of a run with a focus.
        portrait: of its model; None where the change does not reach it, or nothing could be compared.
        asked: what the user wants to see.
        console: where it goes.
    """
    put(_page(report, portrait, asked, console.width), console)


def _page(report: Report, portrait: Portrait | None, asked: Asked, width: int) -> Iterator[RenderableType]:
    if report.problem:
        yield _first(asked.model, "could not be compared", f": {DRESS.prose(report.problem.title)}")
        yield verbatim(report.problem.text)
        yield Text(DRESS.prose(report.problem.remedy))
    elif portrait is None:
        yield _first(asked.model, "is equal", f", without asking: {diff_words.why_equal(report, DRESS)}")
        yield _compared(report)
    else:
        yield from _of_model(report, portrait, asked, width)
    yield from (Text(f"Note: {DRESS.prose(notice)}", style="dim") for notice in report.notices)
    yield Text(words.versions(report.run, DRESS), style="dim")


def _of_model(report: Report, portrait: Portrait, asked: Asked, width: int) -> Iterator[RenderableType]:
    model, labels = portrait.model, Labels(report.models)
    yield _first(labels.of(model.unique_id), *diff_words.verdict(portrait, DRESS))
    yield _compared(report)
    because = words.causes(model.change, labels, DRESS)
    yield Text(
        f"{words.kind(model).capitalize()}{f': {because}' if because else ''} · {DRESS.name(model.path)}", style="dim"
    )
    for one in report.models:
        if words.is_unreadable(one) and one.reason:
            yield Text(f"\n{DRESS.name(labels.of(one.unique_id))}", style="bold red")
            yield verbatim(one.reason)
    if model.rows and model.rows.unchanged is not None:
        yield from _rows(model.rows, has_key=model.key is not None)
        yield Text.assemble(("Key ", "bold"), _key(portrait))
    yield from columns(portrait, width, is_verbose=asked.is_verbose)
    for common in model.common:
        yield Text(f"Which rows: {which_rows.sentence(common, DRESS)}")
    told = [line for line in lines.details(model, labels, DRESS) if line.label not in _TOLD_ELSEWHERE]
    yield from (Text.assemble((f"{line.label}: ", "bold"), line.text) for line in told)
    yield from examples(portrait, width)
    if asked.is_verbose:
        yield from briefly(of_model(model))
    yield from _hints(portrait, asked)


def _first(name: str, verdict: str, rest: str) -> Text:
    style = _STYLES.get(verdict, _CHANGED)
    return Text.assemble((DRESS.name(name), "bold"), " ", (verdict, f"bold {style}"), rest, overflow="fold")


def _compared(report: Report) -> Text:
    return Text(words.commits(report.run, DRESS), style="dim")


def _rows(rows: RowReport, *, has_key: bool) -> Iterator[RenderableType]:
    """How many rows, and what became of them, each with its share: of head's rows what was added, of base's what was
    removed, of those of both sides what changed."""
    both = (rows.changed or 0) + (rows.unchanged or 0)
    counts = figures.count(rows.head)
    if rows.base != rows.head:
        counts = f"{figures.count(rows.base)} → {figures.count(rows.head)}"
        if rows.base is not None and rows.head is not None:
            counts += f", {figures.difference(rows.base, rows.head)}"
    is_equal = not (rows.added or rows.removed or rows.changed)
    yield Text.assemble("\n", ("Rows ", "bold"), counts, ", all of them unchanged" if is_equal and rows.head else "")
    if is_equal:
        return
    grid = Table.grid(padding=(0, 2))
    grid.add_column()
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(no_wrap=True)
    for word, number, whole, style in (
        ("added", rows.added, rows.head, "green"),
        ("removed", rows.removed, rows.base, "red"),
        ("changed", rows.changed if has_key else None, both, "yellow"),
        ("unchanged", rows.unchanged, both if has_key else rows.head, "dim"),
    ):
        share = figures.share(number, whole) if number is not None and whole and number <= whole else ""
        drawn = bar(number or 0, whole or 0, _BAR, style) if share else Text()
        grid.add_row(word, figures.count(number), share, drawn)
    yield Padding(grid, (0, 0, 0, 2), expand=False)


def _key(portrait: Portrait) -> str:
    """By what rows were lined up, and who says so."""
    key = portrait.model.key
    if key is not None:
        return f"{DRESS.names(key.columns)}, by {key.source.value}"
    proposed = portrait.model.proposed_keys
    unique = f"; {DRESS.names(proposed[0])} is unique on both sides and could be declared" if proposed else ""
    return f"none is declared, so a row that changed counts as one removed and one added{unique}"


def _hints(portrait: Portrait, asked: Asked) -> Iterator[RenderableType]:
    """What was not done, and how to have it done."""
    model = portrait.model
    if model.outcome is not Outcome.CHANGED or model.change.kind in words.ONE_SIDED:
        return
    if portrait.rows_allowed == 0 and portrait.examples is None:
        yield Text(
            "No rows are shown: `samples` is 0. With `samples: 5` in .proofbot.yml, and `--config .proofbot.yml` until "
            "base has it, some are; what is marked as personal stays hidden.",
            style="dim",
        )
    if not asked.is_controlled:
        yield Text("Not asked: whether it would vary without the change. `--control` finds out.", style="dim")
