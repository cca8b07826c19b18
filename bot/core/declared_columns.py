"""What became of the declared columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.core.declared_rows import has_numbers_by_column, replaced
from bot.core.declared_words import rows_of, sample_of
from bot.domain import Clause, ColumnReport, Expectation, ModelReport, RowReport, Verified


def columns_clauses(model: ModelReport, expectation: Expectation, unknown: str | None) -> Iterator[Clause]:
    """The clauses about columns: those that come, go, and change their type or values. What is not declared must not
    happen; another order is nothing.

    Args:
        unknown: why it is not known whether the model changed; None where it is.
    """
    columns = model.columns or ColumnReport()
    retyped = {name: f"{base} → {head}" for name, (base, head) in columns.type_changed.items()}
    aspects: tuple[tuple[str, Sequence[str], Mapping[str, str], str], ...] = (
        ("column", expectation.columns_added, dict.fromkeys(columns.added, "added"), "not added"),
        ("column", expectation.columns_removed, dict.fromkeys(columns.removed, "removed"), "not removed"),
        ("type of", expectation.columns_retyped, retyped, "the same type on both sides, or not on both"),
    )
    for (what, declared, seen, absent), word in zip(aspects, ("added", "removed", "retyped"), strict=True):
        met, rest = _meet(declared, seen)
        for name, found in met.items():
            if found is not None:
                yield Clause(f"{what} {name}", Verified.AS_DECLARED, word, seen[found])
            else:
                yield Clause(
                    f"{what} {name}", Verified.UNKNOWN if unknown else Verified.ABSENT, word, unknown or absent
                )
        yield from (Clause(f"{what} {name}", Verified.NOT_DECLARED, "", seen[name]) for name in rest)
    yield from _changed(model, expectation.columns_changed, unknown)


def _changed(model: ModelReport, declared: Sequence[str], unknown: str | None) -> Iterator[Clause]:
    columns, rows = model.columns or ColumnReport(), model.rows or RowReport()
    seen = {name: rows_of(number) for name, number in columns.changed.items() if number}
    met, rest = _meet(declared, seen)
    for name, found in met.items():
        if found is not None:
            yield Clause(f"column {name}", Verified.AS_DECLARED, "changed", seen[found])
        else:
            verified, words = _not_seen(model, name, unknown)
            yield Clause(f"column {name}", verified, "changed", words)
    yield from (Clause(f"column {name}", Verified.NOT_DECLARED, "", seen[name]) for name in rest)
    if rows.changed and not seen and not declared:
        yield Clause("rows changed", Verified.NOT_DECLARED, "", rows_of(rows.changed))


def _not_seen(model: ModelReport, name: str, unknown: str | None) -> tuple[Verified, str]:
    """What to say of a column that is declared to change, and of which no change is known."""
    columns, rows = model.columns or ColumnReport(), model.rows or RowReport()
    noisy = model.noise.columns if model.noise is not None else {}
    reasons = (
        (noisy, "it varies without the change"),
        (columns.uncompared, "it was not compared"),
    )
    for among, words in reasons:
        called = _find(name, list(among))
        if called is not None:
            return Verified.UNKNOWN, words + (f": {among[called]}" if among[called] else "")
    for names, word in ((columns.added, "added"), (columns.removed, "removed")):
        if _find(name, names) is not None:
            return Verified.ABSENT, f"it was {word}"
    if unknown:
        return Verified.UNKNOWN, unknown
    if columns.compared and _find(name, columns.compared) is None:
        return Verified.ABSENT, "neither side has such a column"
    pairs = replaced(model)
    if pairs and (not has_numbers_by_column(model) or 2 * pairs <= rows.unkeyed):
        words = f"{rows_of(rows.added or 0)} added and {rows.removed or 0:,} removed"
        return Verified.AS_DECLARED, f"{words}; without a key it is not known in which columns"
    if rows.changed and not columns.changed:
        return Verified.AS_DECLARED, f"{rows_of(rows.changed)} changed; it is not known in which columns"
    sampled = sample_of(model, "values")
    if sampled:
        return Verified.UNKNOWN, f"no row in {sampled}"
    return Verified.ABSENT, "no row changed in it"


def _meet(declared: Sequence[str], seen: Mapping[str, str]) -> tuple[dict[str, str | None], list[str]]:
    """What was seen of each declared column, and what was seen of others."""
    met = {name: _find(name, list(seen)) for name in declared}
    known = set(met.values())
    return met, [name for name in seen if name not in known]


def _find(name: str, names: Sequence[str]) -> str | None:
    """The one that bears a name: exactly, or else regardless of case."""
    if name in names:
        return name
    return next((one for one in names if one.lower() == name.lower()), None)
