"""The named checks of a report in Markdown: a row each in one table, and what more there is to say in folds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

from bot.domain import NamedReport
from bot.render.dress import Labels
from bot.render.escape import code_span, html_code, prose
from bot.render.lines import message
from bot.render.markdown_evidence import evidence
from bot.render.markdown_folds import Fold
from bot.render.markdown_models import yaml_to_add
from bot.render.markdown_style import DRESS, Style, icon
from bot.render.markdown_table import table
from bot.render.tables import of_named
from bot.render.words import named_outcome

_COLUMNS = (("Outcome", "left"), ("Check", "left"), ("Name", "left"), ("Message", "left"))
_NAME_CAP = 60


def overview(named: Sequence[NamedReport]) -> list[str]:
    """The lines of the table, one row a check; the first two are its header."""
    return table(_COLUMNS, [_row(one) for one in named])


def has_fold(named: NamedReport) -> bool:
    """Whether there is more to say of a check than its row of the table."""
    return any(table.rows for table in named.finding.tables) or bool(named.finding.advice)


def fold(named: NamedReport, labels: Labels, style: Style) -> Fold:
    """What more there is to say of one check, folded."""
    finding = named.finding
    lines = [f"- **Result:** {message(finding, style.dress)}"]
    if named.models:
        lines.append(f"- **Reads:** {style.dress.names([labels.of(unique_id) for unique_id in named.models])}")
    if finding.rule or named.rule:
        lines.append(f"- **Rule:** {style.dress.name(finding.rule or named.rule)}")
    name = f"{html_code(named.check)} {html_code(named.name)}"
    return Fold(
        f"{icon(finding.grade, named.accepted)} {name}: {named_outcome(named)}",
        ("\n".join(lines), yaml_to_add(finding)),
        tuple((one.worth, cache(partial(evidence, one.table, style))) for one in of_named(named)),
        style.holder,
    )


def _row(named: NamedReport) -> tuple[str, ...]:
    finding = named.finding
    return (
        f"{icon(finding.grade, named.accepted)} {named_outcome(named)}".replace(" ", "\N{NO-BREAK SPACE}"),
        prose(named.check, _NAME_CAP),
        code_span(named.name, _NAME_CAP),
        message(finding, DRESS),
    )
