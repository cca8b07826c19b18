"""The models of a report in Markdown: a row each in one table, and what more there is to say in folds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, partial

from bot.domain import DiffTable, Finding, ModelReport
from bot.render import figures, words
from bot.render.dress import Labels
from bot.render.escape import code_span, fenced, html_code, prose
from bot.render.key_advice import Advice, has_advice
from bot.render.lines import details, long_reason
from bot.render.markdown_evidence import evidence
from bot.render.markdown_folds import Fold, folded
from bot.render.markdown_style import Style, icon
from bot.render.markdown_table import table
from bot.render.tables import CHANGED_COLUMNS, Ranked, capitalised, equal_columns, of_model

_COLUMNS = (
    ("Outcome", "left"),
    ("Model", "left"),
    ("Rows", "right"),
    ("Added", "right"),
    ("Removed", "right"),
    ("Changed", "right"),
    ("Columns", "left"),
)
_ADVICE_CAP = 1500
_BLANK = "\N{NO-BREAK SPACE}"


def overview(models: Sequence[ModelReport], labels: Labels) -> list[str]:
    """The lines of the table, one row a model; the first two are its header."""
    return table(_COLUMNS, [_row(model, labels) for model in models])


def fold(model: ModelReport, labels: Labels, style: Style, told: dict[DiffTable, str]) -> Fold:
    """What more there is to say of one model, folded.

    `told` are the tables that stand below other models, which are named: what is the same is not told again.
    """
    name = html_code(labels.of(model.unique_id))
    reason = long_reason(model)
    parts = ("\n".join(f"- **{line.label}:** {line.text}" for line in details(model, labels, style.dress)),)
    tables = of_model(model)
    repeated = [(one.table.title, told[one.table]) for one in tables if one.may_repeat and one.table in told]
    tables = [one for one in tables if not one.may_repeat or one.table not in told]
    told.update((one.table, labels.of(model.unique_id)) for one in tables if one.may_repeat)
    same = [f"**{prose(capitalised(title))}:** the same as of {style.dress.name(other)}." for title, other in repeated]
    return Fold(
        f"{icon(model.grade, model.accepted)} {name} {words.kind(model)}: {_summary(model)}",
        (*parts, fenced(reason, 3000) if reason else "", *_advice(model), *same),
        tuple((one.worth, cache(partial(_evidence, model, one, style))) for one in tables),
        style.holder,
    )


def yaml_to_add(finding: Finding) -> str:
    """The YAML that a check advises to add to the project; empty where there is none."""
    if not finding.advice:
        return ""
    return f"To add to the project (check {code_span(finding.check)}):\n\n{fenced(finding.advice, _ADVICE_CAP, 'yaml')}"


def how_to_declare_keys(advice: Iterable[Advice]) -> list[str]:
    """That these models have no declared key, what that means, and how to declare one; a fold each."""
    return [
        folded(
            f"🔑 {one.title}",
            [
                *one.paragraphs,
                "\n".join(f"- {item}" for item in one.items),
                one.invitation,
                fenced(one.yaml, language="yaml"),
            ],
        )
        for one in advice
    ]


def _evidence(model: ModelReport, one: Ranked, style: Style) -> str:
    shown = evidence(one.table, style, one.worthy)
    equal = equal_columns(model) if one.table.title == CHANGED_COLUMNS else 0
    others = f"{figures.plural(equal, 'other column')} {'is' if equal == 1 else 'are'} equal in every row."
    return f"{shown}\n\n{others}" if equal else shown


def _advice(model: ModelReport) -> list[str]:
    """The YAML that the checks advise; but for the key's, where it is told with that of other models."""
    return [yaml_to_add(finding) for finding in model.findings if not (finding.check == "keys" and has_advice(model))]


def _row(model: ModelReport, labels: Labels) -> tuple[str, ...]:
    counts, difference = words.rows(model)
    sample = words.sample(model)
    rows = model.rows
    return (
        _unbroken(f"{icon(model.grade, model.accepted)} {words.outcome(model)}").replace(f",{_BLANK}", ",<br>"),
        f"{code_span(labels.of(model.unique_id))}<br>{words.kind(model)}",
        _unbroken("<br>".join(filter(None, [counts, difference, f"≈ {sample}" if sample else ""]))),
        figures.count(rows.added if rows else None),
        figures.count(rows.removed if rows else None),
        words.changed_rows(model),
        _unbroken(words.columns(model.columns).replace(", ", "<br>")),
    )


def _unbroken(cell: str) -> str:
    return cell.replace(" ", _BLANK)


def _summary(model: ModelReport) -> str:
    """The numbers that matter most of one model; no text of others, since HTML is around it."""
    rows, sample = model.rows, words.sample(model)
    numbers = [] if rows is None else [(rows.removed, "removed"), (rows.added, "added"), (rows.changed, "changed")]
    said = [f"{figures.plural(number, 'row')} {word}" for number, word in numbers if number]
    columns = words.columns(model.columns)
    parts = (", ".join(said), f"columns: {columns}" if columns else "", f"in a {sample}" if sample else "")
    return "; ".join(filter(None, parts)) or words.outcome(model)
