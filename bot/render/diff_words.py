"""What `proofbot diff` says in words: the verdict on one model, and why nothing was asked."""

from __future__ import annotations

from bot.core.portrait import Portrait
from bot.domain import ChangeKind, ColumnReport, ModelReport, Outcome, Report, RowReport
from bot.render import figures, words
from bot.render.dress import Dress

SAME_CODE = "its code is the same on both sides, and so is the code of all that it reads"


def why_equal(report: Report, dress: Dress) -> str:
    """Why a model is equal of which nothing was asked: the change does not reach it."""
    if report.equivalent:
        return "its SQL differs, and is proven to give the same rows"
    if report.same_sql:
        return "its code differs, and compiles to the same SQL"
    if report.metadata:
        what = dress.prose(", ".join(report.metadata[0].what))
        return f"what differs is metadata ({what}), which has no say in its data"
    return SAME_CODE


def verdict(portrait: Portrait, dress: Dress) -> tuple[str, str]:
    """What became of the model: a word, and the rest of the sentence, with numbers."""
    model = portrait.model
    if words.is_unreadable(model):
        return "could not be compared", ""
    if model.change.kind in words.ONE_SIDED:
        return _one_sided(portrait)
    outcome = model.outcome
    if outcome is Outcome.CHANGED:
        told = _changes(model, dress)
        return "differs", f": {told}" if told else f"; {_by_checks(model, dress)}"
    if outcome is Outcome.NOISE:
        return "varies by itself", ", and beyond that nothing differs"
    if outcome is Outcome.VACUOUS:
        return "has no rows", " on either side, so nothing was shown"
    if outcome is Outcome.SKIPPED:
        reason = model.reason or next((one.message for one in model.findings if one.outcome is outcome), "")
        return "was not compared", f": {dress.prose(reason)}" if reason else ""
    rows = model.rows.head if model.rows else None
    of = f" of a {words.of_sample(model)}" if words.sampled(model) else ""
    return "is equal", f": all {figures.plural(rows, 'row')}{of}" if rows is not None else of


def _one_sided(portrait: Portrait) -> tuple[str, str]:
    model = portrait.model
    is_new = model.change.kind is ChangeKind.ADDED
    rows = (model.rows.head if is_new else model.rows.base) if model.rows else None
    told = [figures.plural(rows, "row")] if rows is not None else []
    told += [figures.plural(len(portrait.columns), "column")] if portrait.columns else []
    where = ": " if is_new else ", at base it has "
    return "is new" if is_new else "is removed", f"{where}{', '.join(told)}" if told else ""


def _changes(model: ModelReport, dress: Dress) -> str:
    parts = [*_of_rows(model, model.rows)] if model.rows else []
    return ", ".join([*parts, *_of_columns(model.columns, dress)])


def _of_rows(model: ModelReport, rows: RowReport) -> list[str]:
    parts = []
    both = (rows.changed or 0) + (rows.unchanged or 0)
    if rows.changed:
        whole = figures.plural(both, "row")
        told = f"all {whole}" if rows.changed == both else f"{figures.count(rows.changed)} of {whole}"
        parts.append(f"{told} changed")
    parts += [
        f"{figures.plural(number, 'row')} {word}"
        for number, word in ((rows.added, "added"), (rows.removed, "removed"))
        if number
    ]
    return [*parts, f"in a {words.of_sample(model)}"] if parts and words.sampled(model) else parts


def _of_columns(columns: ColumnReport | None, dress: Dress) -> list[str]:
    if columns is None:
        return []
    parts = [
        f"column {dress.names(names, 3)} {word}" if len(names) == 1 else f"columns {dress.names(names, 3)} {word}"
        for names, word in ((columns.added, "added"), (columns.removed, "removed"))
        if names
    ]
    retyped = tuple(columns.type_changed)
    if retyped:
        parts.append(f"another type of {dress.names(retyped, 3)}")
    return [*parts, "another order of columns"] if columns.order_changed else parts


def _by_checks(model: ModelReport, dress: Dress) -> str:
    told = [one.message for one in model.findings if one.outcome is Outcome.CHANGED]
    return dress.prose("; ".join(told))
