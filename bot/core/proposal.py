"""A declaration of exactly what was seen, for the author to paste, to cut down and to give reasons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

import yaml

from bot.core import declared
from bot.core.declaration_entries import fault_of_name
from bot.core.declared_rows import replaced
from bot.domain import (
    ColumnReport,
    Effect,
    Expectation,
    ModelReport,
    Outcome,
    Report,
    RowLimits,
    RowReport,
    RowUnit,
    Verified,
)

_MOST = 40
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_WORDS_OF_YAML = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_SECTIONS = ("queries", "assertions", "metrics")
_REASON = "  # reason: why this is meant"


def text(report: Report) -> str:
    """YAML (without a fence) that declares what was seen of every model that changed and is not as declared.

    Models of which that cannot be said for certain are left out: those with errors, and those that were compared in
    part. Returns an empty text where nothing needs to be declared.
    """
    found = [(model, _expect(model, report)) for model in report.models if _needs_it(model, report)]
    told = [(model, one) for model, one in found if _holds(model, one)]
    if not told:
        return ""
    lines = [line for _, one in told[:_MOST] for line in _lines(one)]
    if len(told) > _MOST:
        lines.append(f"# {len(told) - _MOST:,} more changed; a pattern such as `marts.*` may speak of many")
    unsure = sum(1 for model, _ in found if model.outcome is not Outcome.ERRORED) - len(told)
    if unsure > 0:
        lines.append(f"# left out, because it is not known for certain what became of them: {unsure:,}")
    return "".join(f"{line}\n" for line in lines)


def _needs_it(model: ModelReport, report: Report) -> bool:
    if report.sources:
        return model.declared is not None and model.declared.verified is not Verified.AS_DECLARED
    return declared.verify(model, None, None) is not None


def _holds(model: ModelReport, expectation: Expectation) -> bool:
    if model.outcome is Outcome.ERRORED or "*" in expectation.models or fault_of_name(expectation.models):
        return False
    verified = declared.verify(model, expectation, None)
    return verified is not None and verified.verified is Verified.AS_DECLARED


def _expect(model: ModelReport, report: Report) -> Expectation:
    """What would have to be declared of a model."""
    name = _name(model, report)
    removed = Expectation(name, Effect.REMOVED, "")
    if _holds(model, removed):
        return removed
    rows, columns = model.rows or RowReport(), model.columns or ColumnReport()
    net = added = gone = None
    if replaced(model):
        added, gone = _exactly(rows.added or 0), _exactly(rows.removed or 0)
    elif rows.base is not None and rows.head is not None and rows.base != rows.head:
        difference = rows.head - rows.base
        net = RowLimits(Decimal(difference), Decimal(difference), RowUnit.DIFFERENCE, f"{difference:+d}")
    return Expectation(
        models=name,
        effect=Effect.CHANGED,
        where="",
        rows=net,
        added=added,
        removed=gone,
        columns_added=columns.added,
        columns_removed=columns.removed,
        columns_changed=tuple(name for name, number in columns.changed.items() if number),
        columns_retyped=tuple(columns.type_changed),
    )


def _exactly(number: int) -> RowLimits:
    return RowLimits(Decimal(number), Decimal(number), RowUnit.TOTAL, str(number))


def _name(model: ModelReport, report: Report) -> str:
    """By what a declaration calls a model: its name where that is enough."""
    name = _own_name(model)
    alike = [other for other in report.models if _own_name(other) == name and other is not model]
    if any(other.package == model.package for other in alike):
        return model.unique_id
    is_own = model.package == report.run.package if report.run.package else not alike
    return name if is_own and name not in _SECTIONS else f"{model.package}.{name}"


def _own_name(model: ModelReport) -> str:
    """Its name, with the version where it has one: `orders.v2`."""
    inside = model.unique_id.split(".", 2)[-1]
    return inside if inside.startswith(f"{model.name}.v") else model.name


def _lines(expectation: Expectation) -> Iterator[str]:
    key = _quote(expectation.models)
    if expectation.effect is Effect.REMOVED:
        yield f"{key}: {Effect.REMOVED}"
        return
    yield f"{key}:"
    if expectation.rows is not None:
        yield f"  rows: {expectation.rows.text}"
    if expectation.added is not None and expectation.removed is not None:
        yield f"  rows: {{added: {expectation.added.text}, removed: {expectation.removed.text}}}"
    aspects = {
        "added": expectation.columns_added,
        "removed": expectation.columns_removed,
        "changed": expectation.columns_changed,
        "retyped": expectation.columns_retyped,
    }
    told = [f"{what}: {_list(names)}" for what, names in aspects.items() if names]
    if told:
        yield f"  columns: {{{', '.join(told)}}}"
    yield _REASON


def _list(names: Sequence[str]) -> str:
    return f"[{', '.join(_quote(name) for name in names)}]"


def _quote(name: str) -> str:
    """A name as YAML takes it, in quotes where it needs some."""
    if _PLAIN.fullmatch(name) and name.lower() not in _WORDS_OF_YAML:
        return name
    return yaml.safe_dump(name, default_style='"', allow_unicode=True, width=float("inf")).strip()
