"""The models of a report in Markdown: a row each in one table, and what more there is to say in folds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, partial

from bot.domain import Declared, DiffTable, Finding, ModelReport
from bot.render import figures, lines_of_causes, words
from bot.render.dress import Labels
from bot.render.escape import code_span, fenced, html_code, prose
from bot.render.gist import numbers
from bot.render.key_advice import Advice, has_advice
from bot.render.lines import details, long_reason
from bot.render.markdown_evidence import evidence
from bot.render.markdown_folds import Fold, folded
from bot.render.markdown_style import DRESS, Style, icon
from bot.render.markdown_table import table
from bot.render.order import Entry
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
_CLAUSES = (("What", "left"), ("Declared", "left"), ("Seen", "left"), ("Verdict", "left"))
_MOST_CLAUSES = 20
_CLAUSE_CAP = 80
_ADVICE_CAP = 1500
_BLANK = "\N{NO-BREAK SPACE}"
_BELOW = f"↳{_BLANK}"


def overview(entries: Sequence[Entry], labels: Labels) -> list[str]:
    """The lines of the table, one row an entry; the first two are its header."""
    return table(_COLUMNS, [_rest(entry, labels) if entry.is_rest else _row(entry, labels) for entry in entries])


def fold(
    model: ModelReport, labels: Labels, style: Style, told: dict[DiffTable, str], members: Sequence[str] = ()
) -> Fold:
    """What more there is to say of one model, folded.

    `told` are the tables that stand below other models, which are named: what is the same is not told again. `members`
    are the models that it explains, by unique id.
    """
    name = html_code(labels.of(model.unique_id))
    reason = long_reason(model)
    told_of_it = details(model, labels, style.dress, members)
    parts = ("\n".join(f"- **{line.label}:** {line.text}" for line in told_of_it), _clauses(model.declared, style))
    tables = of_model(model)
    repeated = [(one.table.title, told[one.table]) for one in tables if one.may_repeat and one.table in told]
    tables = [one for one in tables if not one.may_repeat or one.table not in told]
    told.update((one.table, labels.of(model.unique_id)) for one in tables if one.may_repeat)
    same = [f"**{prose(capitalised(title))}:** the same as of {style.dress.name(other)}." for title, other in repeated]
    return Fold(
        f"{icon(model.grade, model.accepted)} {name} {words.kind(model)}: {numbers(model) or words.outcome(model)}",
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


def rows_left_out(models: Sequence[ModelReport]) -> str:
    """What to say of models whose rows had no room."""
    loud = sum(1 for model in models if words.is_loud(model))
    of_them = f", {figures.count(loud)} of them changed or not passing" if loud else ", none of them changed"
    return f"the {'row' if len(models) == 1 else 'rows'} of {figures.plural(len(models), 'more model')}{of_them}"


def _evidence(model: ModelReport, one: Ranked, style: Style) -> str:
    shown = evidence(one.table, style, one.worthy)
    equal = equal_columns(model) if one.table.title == CHANGED_COLUMNS else 0
    others = f"{figures.plural(equal, 'other column')} {'is' if equal == 1 else 'are'} equal in every row."
    return f"{shown}\n\n{others}" if equal else shown


def _advice(model: ModelReport) -> list[str]:
    """The YAML that the checks advise; but for the key's, where it is told with that of other models."""
    return [yaml_to_add(finding) for finding in model.findings if not (finding.check == "keys" and has_advice(model))]


def _clauses(declared: Declared | None, style: Style) -> str:
    """The table of what was declared of a model, and of what was seen."""
    if declared is None or not declared.clauses:
        return ""
    most = _MOST_CLAUSES * style.dress.times
    rows = [
        (
            prose(one.what, _CLAUSE_CAP),
            code_span(one.declared, _CLAUSE_CAP) if one.declared else figures.UNKNOWN,
            prose(one.seen, _CLAUSE_CAP),
            one.verified.value,
        )
        for one in declared.clauses[:most]
    ]
    more = len(declared.clauses) - most
    return "\n\n".join(
        ["\n".join(table(_CLAUSES, rows)), *([f"*Not shown: {figures.plural(more, 'more row')}.*"] if more > 0 else [])]
    )


def _row(entry: Entry, labels: Labels) -> tuple[str, ...]:
    (model,) = entry.models
    counts, difference = words.rows(model)
    sample = words.sample(model)
    rows = model.rows
    outcome = _unbroken(f"{icon(model.grade, model.accepted)} {words.outcome(model)}")
    outcome = words.broken(outcome, _BLANK, "<br>")
    because = lines_of_causes.because(model, labels, DRESS).replace("because of ", f"because{_BLANK}of{_BLANK}", 1)
    name = f"{code_span(labels.of(model.unique_id))}<br>{words.kind(model)}"
    return (
        f"{outcome},<br>{because}" if because else outcome,
        f"{_BELOW}{name}" if entry.is_below else name,
        _unbroken("<br>".join(filter(None, [counts, difference, f"≈ {sample}" if sample else ""]))),
        figures.count(rows.added if rows else None),
        figures.count(rows.removed if rows else None),
        words.changed_rows(model),
        _unbroken(words.columns(model.columns).replace(", ", "<br>")),
    )


def _rest(entry: Entry, labels: Labels) -> tuple[str, ...]:
    """The row of several models that one explains."""
    names = DRESS.names([labels.of(unique_id) for unique_id in entry.roots], 2)
    first = entry.models[0]
    said = f"{_BELOW}and {figures.count(len(entry.models))} more downstream,<br>changed only because of {names}"
    cells = (f"{icon(first.grade, first.accepted)} {first.outcome.value}", said)
    return cells + ("",) * (len(_COLUMNS) - len(cells))


def _unbroken(cell: str) -> str:
    return cell.replace(" ", _BLANK)
