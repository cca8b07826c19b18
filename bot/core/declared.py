"""Verifies what a request declares of a model against what was seen of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from bot.core.declaration_names import Resolved
from bot.core.declaration_words import is_pattern
from bot.core.declared_columns import columns_clauses
from bot.core.declared_rows import moved, rows_clauses
from bot.core.declared_words import rows_of, sample_of, say_alone
from bot.domain import (
    CauseKind,
    ChangeKind,
    Clause,
    Declared,
    Effect,
    Expectation,
    ModelReport,
    Outcome,
    RowReport,
    RowUnit,
    Side,
    Verified,
)

_ORDER = tuple(Verified)
_NOTHING = Expectation("", Effect.CHANGED, "")
_MODEL = "model"


def verify(model: ModelReport, expectation: Expectation | None, outside: int | str | None) -> Declared | None:
    """What became of what is declared of a model, where a request declares anything at all.

    Args:
        model: what was seen of it, beyond the noise.
        expectation: what is declared of it; None where no entry names it.
        outside: how many rows changed though they do not satisfy the declared condition, or why that is not known;
            None where it was not asked.

    Returns:
        the clauses, worst first; None where nothing is declared of it and nothing happened that needs to be declared:
        it did not change, or it is new.
    """
    seen = _beyond_noise(model)
    side = _only_on(seen)
    if expectation is None:
        clauses = _undeclared(seen, side)
        return _conclude(clauses, _NOTHING) if clauses else None
    if _is_without_data(seen, expectation) or (side is Side.HEAD and _is_general(expectation)):
        return None
    if seen.outcome is Outcome.ERRORED and (side or (seen.rows is None and seen.columns is None)):
        return _conclude([_whole(Verified.UNKNOWN, expectation, _why_unknown(seen) or "")], expectation)
    if side:
        return _conclude([_of_one_side(seen, expectation, side)], expectation)
    return _conclude(_of_both(seen, expectation, outside), expectation)


def unmet(resolved: Resolved, reports: Iterable[ModelReport]) -> tuple[tuple[str, Declared], ...]:
    """What is declared of models that the request does not affect: what names them, and what became of it.

    What asks for nothing to happen is as declared there.

    Args:
        reports: of the affected models.
    """
    affected = {report.unique_id for report in reports}
    named: dict[Expectation, set[str]] = {one: set() for one in resolved.expectations}
    for unique_id, one in resolved.by_model.items():
        named[one].add(unique_id)
    found = []
    for one, models in named.items():
        if models & affected or (not models and one.effect is Effect.UNCHANGED):
            continue
        words = "the request does not affect it" if models else "other entries are about all that it names"
        apart = {Effect.REMOVED: resolved.gone, Effect.ADDED: resolved.new}.get(one.effect, frozenset())
        is_met = bool(models) and (_asks_for_nothing(one) or models <= apart)
        found.append(
            (one.models, _conclude([_whole(Verified.AS_DECLARED if is_met else Verified.ABSENT, one, words)], one))
        )
    return tuple(found)


def worst(verified: Iterable[Verified]) -> Verified:
    """The worst of some; AS_DECLARED where there is none."""
    return max(verified, key=_ORDER.index, default=Verified.AS_DECLARED)


def _conclude(clauses: Sequence[Clause], expectation: Expectation) -> Declared:
    in_order = tuple(sorted(clauses, key=lambda clause: -_ORDER.index(clause.verified)))
    verified = worst(clause.verified for clause in in_order)
    return Declared(verified, in_order, expectation.reason, expectation.where)


def _of_one_side(model: ModelReport, expectation: Expectation, side: Side) -> Clause:
    declared, opposite = (Effect.ADDED, Effect.REMOVED) if side is Side.HEAD else (Effect.REMOVED, Effect.ADDED)
    words = _say_alone(model, side)
    if expectation.effect is declared:
        return _whole(Verified.AS_DECLARED, expectation, words)
    return _whole(Verified.ABSENT if expectation.effect is opposite else Verified.NOT_DECLARED, expectation, words)


def _of_both(model: ModelReport, expectation: Expectation, outside: int | str | None) -> list[Clause]:
    unknown = _why_unknown(model)
    if expectation.effect is Effect.CHANGED:
        blind = [Clause("comparison", Verified.UNKNOWN, "", unknown)] if unknown else []
        found = [
            *rows_clauses(model, expectation),
            *columns_clauses(model, expectation, unknown),
            *_condition(model, expectation, outside),
        ]
        return [*found, *blind] or [_whole(Verified.AS_DECLARED, expectation, _say_unchanged(model))]
    happened = _undeclared(model, None)
    if expectation.effect is not Effect.UNCHANGED:
        if expectation.effect is Effect.ADDED and _is_heir(model):
            words = "it has the relation that another name had, and is compared with that"
            return [_whole(Verified.AS_DECLARED, expectation, words), *happened]
        return [_whole(Verified.ABSENT, expectation, "it exists on both sides"), *happened]
    sampled = sample_of(model, "values")
    if unknown or sampled:
        words = unknown or f"only {sampled} was compared"
        return [*happened, _whole(Verified.UNKNOWN, expectation, words)]
    said = [replace(clause, declared=expectation.effect.value) for clause in happened]
    return said or [_whole(Verified.AS_DECLARED, expectation, _say_unchanged(model))]


def _condition(model: ModelReport, expectation: Expectation, outside: int | str | None) -> Iterator[Clause]:
    declared = expectation.condition
    if declared is None or (not moved(model) and _why_unknown(model) is None):
        return
    if isinstance(outside, int):
        words = (
            f"{rows_of(outside)} added, removed or changed elsewhere" if outside else "every changed row satisfies it"
        )
        yield Clause("where", Verified.OUTSIDE if outside else Verified.AS_DECLARED, declared, words)
    else:
        yield Clause("where", Verified.UNKNOWN, declared, outside or "it was not asked which rows changed")


def _undeclared(model: ModelReport, side: Side | None) -> list[Clause]:
    """What happened to a model, as if no entry named it."""
    if side is Side.HEAD:
        return []
    if side is Side.BASE:
        return [Clause(_MODEL, Verified.NOT_DECLARED, "", _say_alone(model, side))]
    clauses = [*rows_clauses(model, _NOTHING), *columns_clauses(model, _NOTHING, None)]
    return [clause for clause in clauses if clause.verified is Verified.NOT_DECLARED]


def _whole(verified: Verified, expectation: Expectation, seen: str) -> Clause:
    return Clause(_MODEL, verified, expectation.effect.value, seen)


def _beyond_noise(model: ModelReport) -> ModelReport:
    """The model as it would be seen without what varies anyway: of noise alone, no row differs."""
    rows, columns = model.rows, model.columns
    noisy = model.outcome is Outcome.NOISE
    if rows is not None and rows.base is not None and rows.head is not None:
        if noisy:
            rows = replace(rows, head=rows.base, added=0, removed=0, changed=0)
        elif model.noise is not None and model.noise.rows:
            rows = replace(rows, added=0, removed=0)
    if columns is not None and noisy:
        columns = replace(columns, changed={})
    return replace(model, rows=rows, columns=columns)


def _only_on(model: ModelReport) -> Side | None:
    """The side on which alone a model is, by the request's doing."""
    if model.change.kind is ChangeKind.ADDED:
        return Side.HEAD
    if model.change.kind is ChangeKind.REMOVED:
        return Side.BASE
    rows = model.rows or RowReport()
    if model.outcome is not Outcome.CHANGED or (rows.base is None) == (rows.head is None):
        return None
    return Side.HEAD if rows.base is None else Side.BASE


def _say_alone(model: ModelReport, side: Side) -> str:
    rows = model.rows or RowReport()
    return say_alone(rows.head if side is Side.HEAD else rows.base, side.value)


def _is_general(expectation: Expectation) -> bool:
    """Whether it speaks of models in general: a new one changes nothing that was there."""
    return is_pattern(expectation.models) and expectation.effect in (Effect.UNCHANGED, Effect.CHANGED)


def _is_without_data(model: ModelReport, expectation: Expectation) -> bool:
    """Whether a model has nothing that could change, so that a pattern's `unchanged` says nothing of it."""
    by_nature = model.materialization == "ephemeral" or model.resource_type == "function"
    return (
        by_nature
        and model.outcome is Outcome.SKIPPED
        and is_pattern(expectation.models)
        and expectation.effect is Effect.UNCHANGED
    )


def _is_heir(model: ModelReport) -> bool:
    return any(cause.kind is CauseKind.NAME for cause in model.change.causes)


def _why_unknown(model: ModelReport) -> str | None:
    """Why it is not known whether a model changed; None where it is."""
    if model.outcome in (Outcome.EQUIVALENT, Outcome.NOISE):
        return None
    rows = model.rows or RowReport()
    if model.outcome in (Outcome.ERRORED, Outcome.SKIPPED):
        return model.reason or "it could not be compared"
    if None in (rows.base, rows.head, rows.added, rows.removed):
        return model.reason or "its rows were not compared"
    return None if model.columns is not None else model.reason or "its columns were not compared"


def _say_unchanged(model: ModelReport) -> str:
    rows = model.rows or RowReport()
    if rows.head is None:
        return "no difference"
    return f"all {rows_of(rows.head)} are equal" if rows.head else "no rows on either side, so nothing was shown"


def _asks_for_nothing(expectation: Expectation) -> bool:
    """Whether an expectation is met where nothing happens."""
    if expectation.effect is not Effect.CHANGED:
        return expectation.effect is Effect.UNCHANGED
    columns = (expectation.columns_added, expectation.columns_removed, expectation.columns_changed)
    if any(columns) or expectation.columns_retyped:
        return False
    if expectation.rows is not None and expectation.rows.unit is RowUnit.TOTAL:
        return False
    limits = (expectation.rows, expectation.added, expectation.removed)
    return all(limit.low <= 0 <= limit.high for limit in limits if limit is not None)
