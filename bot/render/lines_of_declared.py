"""The lines of a report about what was declared, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain import Clause, Declared, ModelReport, Report, Unmet, Verified
from bot.render.dress import Dress, Line
from bot.render.words import worst_first

_CLAUSES = 3


def details(model: ModelReport, dress: Dress) -> Iterator[Line]:
    """What became of what was declared of one model, and why it was meant; its clauses are told in a table."""
    declared = model.declared
    if declared is None:
        return
    yield Line("Declaration", f"{declared.verified.value}{_where(declared, dress)}")
    if declared.reason:
        yield Line("The author's reason", dress.prose(declared.reason))


def clauses(model: ModelReport, dress: Dress) -> list[str]:
    """The clauses of what was declared of one model, a line each."""
    if model.declared is None:
        return []
    return dress.listed([f"{_clause(one, dress)}: {one.verified.value}" for one in model.declared.clauses])


def unmet(report: Report, dress: Dress) -> list[tuple[Unmet, str]]:
    """What was declared of models that the request does not affect, and is not so; each with what is said of it."""
    broken = [one for one in report.unmet if one.declared.verified is not Verified.AS_DECLARED]
    return [(one, _unmet(one, dress)) for one in worst_first(broken)]


def held(report: Report, dress: Dress) -> Iterator[Line]:
    """What was declared of models that the request does not affect, and is so."""
    names = [one.models for one in report.unmet if one.declared.verified is Verified.AS_DECLARED]
    if names:
        yield Line("As declared", f"{dress.names(names)}: not affected")


def _unmet(unmet: Unmet, dress: Dress) -> str:
    declared = unmet.declared
    said = "; ".join([declared.verified.value, *(_clause(one, dress) for one in declared.clauses[:_CLAUSES])])
    reason = f". The author's reason: {dress.prose(declared.reason)}" if declared.reason else ""
    return f"{dress.name(unmet.models)}{_where(declared, dress)}: {said}{reason}"


def _clause(clause: Clause, dress: Dress) -> str:
    declared = dress.name(clause.declared) if clause.declared else "nothing"
    return f"{dress.prose(clause.what)} (declared: {declared}; seen: {dress.prose(clause.seen or 'nothing')})"


def _where(declared: Declared, dress: Dress) -> str:
    return f" ({dress.name(declared.where)})" if declared.where else ""
