"""The models of a report in Markdown: a row each in one table, and what more there is to say in folds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from bot.domain import Grade, ModelReport
from bot.render import figures, words
from bot.render.escape import code_span, fenced, html_code, prose
from bot.render.lines import MULTISET, changed_columns, details, key_snippet, long_reason
from bot.render.markdown_table import table
from bot.render.words import Dress, Labels

DRESS = Dress(name=code_span, prose=prose)
ICONS = {Grade.PASS: "✅", Grade.WARN: "⚠️", Grade.FAIL: "❌", Grade.ERROR: "❌"}

_COLUMNS = (
    ("Outcome", "left"),
    ("Model", "left"),
    ("Rows", "right"),
    ("Added", "right"),
    ("Removed", "right"),
    ("Changed", "right"),
    ("Columns", "left"),
)
_COLUMNS_OF_DETAILS = (("Column", "left"), ("Changed rows", "right"), ("Match", "right"))
_COLUMNS_SHOWN = 30


def overview(models: Sequence[ModelReport], labels: Labels) -> list[str]:
    """The lines of the table, one row a model; the first two are its header."""
    return table(_COLUMNS, [_row(model, labels) for model in models])


def fold(model: ModelReport, labels: Labels) -> str:
    """What more there is to say of one model, folded."""
    name = html_code(labels.of(model.unique_id))
    parts = ["\n".join(f"- **{line.label}:** {line.text}" for line in details(model, labels, DRESS))]
    changed = changed_columns(model)
    if changed:
        rows = [(code_span(name), figures.count(number), match) for name, number, match in changed[:_COLUMNS_SHOWN]]
        parts.append("\n".join(table(_COLUMNS_OF_DETAILS, rows)))
        parts.append(_other_columns(model, len(changed)))
    reason = long_reason(model)
    if reason:
        parts.append(fenced(reason, 3000))
    return folded(f"{ICONS[model.grade]} {name} {words.kind(model)}: {_summary(model)}", parts)


def folded(summary: str, parts: Sequence[str]) -> str:
    """Parts of Markdown below a summary, which is HTML without an empty line."""
    return "\n\n".join(chain([f"<details><summary>{summary}</summary>"], filter(None, parts), ["</details>"]))


def how_to_declare_a_key(models: Sequence[ModelReport], labels: Labels) -> str:
    """That these models have no key, what that means, and how to declare one; folded. Empty without models."""
    if not models:
        return ""
    names = [labels.of(model.unique_id) for model in models]
    return folded(
        f"🔑 {figures.plural(len(names), 'model')} compared without a key",
        [
            f"{MULTISET} {DRESS.names(names)}.",
            "With a key, changes are shown by row and column:",
            fenced(key_snippet(models[0]), language="yaml"),
        ],
    )


def _row(model: ModelReport, labels: Labels) -> tuple[str, ...]:
    counts, difference = words.rows(model)
    rows = model.rows
    return (
        _unbroken(f"{ICONS[model.grade]} {words.outcome(model)}"),
        f"{code_span(labels.of(model.unique_id))}<br>{words.kind(model)}",
        _unbroken(f"{counts}<br>{difference}" if difference else counts),
        figures.count(rows.added if rows else None),
        figures.count(rows.removed if rows else None),
        words.changed_rows(model),
        _unbroken(words.columns(model.columns).replace(", ", "<br>")),
    )


def _unbroken(cell: str) -> str:
    return cell.replace(" ", "\N{NO-BREAK SPACE}")


def _summary(model: ModelReport) -> str:
    """The numbers that matter most of one model; no text of others, since HTML is around it."""
    rows = model.rows
    numbers = [] if rows is None else [(rows.removed, "removed"), (rows.added, "added"), (rows.changed, "changed")]
    said = [f"{figures.plural(number, 'row')} {word}" for number, word in numbers if number]
    columns = words.columns(model.columns)
    rest = f"columns: {columns}" if columns else ""
    return "; ".join(filter(None, (", ".join(said), rest))) or model.outcome.value


def _other_columns(model: ModelReport, changed: int) -> str:
    said = []
    if changed > _COLUMNS_SHOWN:
        said.append(f"{figures.plural(changed - _COLUMNS_SHOWN, 'more column')} changed.")
    equal = len(model.columns.compared) - changed if model.columns else 0
    if equal > 0:
        said.append(f"{figures.plural(equal, 'other column')} {'is' if equal == 1 else 'are'} equal in every row.")
    return " ".join(said)
