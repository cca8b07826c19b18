"""What became of the declared number of rows, and of rows that come and go."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from bot.core.declared_words import rows_of, sample_of, say_net
from bot.domain import Clause, Expectation, ModelReport, RowLimits, RowReport, RowUnit, Verified

_VARIES = "which rows there are varies without the change"


def rows_clauses(model: ModelReport, expectation: Expectation) -> Iterator[Clause]:
    """The clauses about numbers of rows. What is not declared must not happen: the number stays, and no row is
    replaced by another."""
    rows = model.rows or RowReport()
    if expectation.added is not None or expectation.removed is not None:
        for name, limits, number in (
            ("added", expectation.added, rows.added),
            ("removed", expectation.removed, rows.removed),
        ):
            yield from _one_way(model, f"rows {name}", limits, number)
        yield from _rest(model, expectation)
        return
    if rows.base is None or rows.head is None:
        if expectation.rows is not None:
            yield Clause("rows", Verified.UNKNOWN, expectation.rows.text, "they were not counted on both sides")
    else:
        yield from _net(model, expectation.rows, rows.base, rows.head)
    yield from _replaced(model, expectation)


def moved(model: ModelReport) -> bool:
    """Whether any row came, went or changed."""
    rows = model.rows or RowReport()
    return bool(rows.added or rows.removed or rows.changed) or rows.base != rows.head


def replaced(model: ModelReport) -> int:
    """How many rows went for which others came."""
    rows = model.rows or RowReport()
    return min(rows.added or 0, rows.removed or 0)


def has_numbers_by_column(model: ModelReport) -> bool:
    """Whether changed rows are told apart from added and removed ones, so that they are known by column."""
    return model.key is not None and not (model.noise is not None and model.noise.key)


def _net(model: ModelReport, limits: RowLimits | None, base: int, head: int) -> Iterator[Clause]:
    """What became of the number of rows, which is known on both sides."""
    varies = model.noise is not None and model.noise.rows and model.noise.count
    heads, beside = {head}, ""
    compared = None if _varies(model) else _head_of_compared(model, base)
    if compared is not None and compared != head:
        heads.add(compared)
        beside = "; it is another difference among the rows that are compared"
    if limits is None:
        if heads != {base} and not varies:
            yield Clause("rows", Verified.NOT_DECLARED, "", say_net(base, head) + beside)
        return
    is_percent = limits.unit is RowUnit.PERCENT
    said = say_net(base, head, lambda percent: not is_percent or _contains(limits, percent)) + beside
    sampled = sample_of(model, "row_count", "values")
    judged = {head} if limits.unit is RowUnit.TOTAL else heads
    if sampled:
        yield Clause("rows", Verified.UNKNOWN, limits.text, f"only {sampled} was counted: {said}")
    elif varies and limits.unit is not RowUnit.TOTAL:
        yield Clause("rows", Verified.UNKNOWN, limits.text, f"{_VARIES}: {said}")
    elif all(_allows(limits, base, one) for one in judged):
        yield Clause("rows", Verified.AS_DECLARED, limits.text, said)
    else:
        yield Clause("rows", Verified.ABSENT if heads == {base} else Verified.OUTSIDE, limits.text, said)


def _varies(model: ModelReport) -> bool:
    """Whether it is noise which rows there are; their number may stay the same."""
    return model.noise is not None and model.noise.rows


def _head_of_compared(model: ModelReport, base: int) -> int | None:
    """How many rows head would have by the rows that came and went. It has another number where `values` looks at some
    rows only; None where it looks at a sample, or at none."""
    rows = model.rows or RowReport()
    if rows.added is None or rows.removed is None or sample_of(model, "values"):
        return None
    return base + rows.added - rows.removed


def _allows(limits: RowLimits, base: int, head: int) -> bool:
    if limits.unit is RowUnit.TOTAL:
        return _contains(limits, Fraction(head))
    if limits.unit is RowUnit.DIFFERENCE:
        return _contains(limits, Fraction(head - base))
    if base == 0:  # of no rows, any number is more than any percentage
        return head == 0 and _contains(limits, Fraction(0))
    return _contains(limits, Fraction(100 * (head - base), base))


def _contains(limits: RowLimits, number: Fraction) -> bool:
    return Fraction(limits.low) <= number <= Fraction(limits.high)


def _one_way(model: ModelReport, what: str, limits: RowLimits | None, number: int | None) -> Iterator[Clause]:
    """What became of the rows that come, or go."""
    sampled = sample_of(model, "values")
    if limits is None:
        if number:
            yield Clause(what, Verified.NOT_DECLARED, "", rows_of(number))
    elif number is None or sampled or _varies(model):
        words = f"only {sampled} was compared" if sampled else "the rows were not compared"
        yield Clause(what, Verified.UNKNOWN, limits.text, _VARIES if _varies(model) else words)
    elif _contains(limits, Fraction(number)):
        yield Clause(what, Verified.AS_DECLARED, limits.text, rows_of(number))
    else:
        yield Clause(what, Verified.OUTSIDE if number else Verified.ABSENT, limits.text, rows_of(number))


def _rest(model: ModelReport, expectation: Expectation) -> Iterator[Clause]:
    """The number of rows, where it is not what the rows that come and go make of it."""
    rows = model.rows or RowReport()
    if rows.base is None or rows.head is None or _varies(model):
        return
    compared = _head_of_compared(model, rows.base)
    if compared is None or compared == rows.head:
        return
    most = expectation.added.high if expectation.added is not None else 0
    least = -expectation.removed.high if expectation.removed is not None else 0
    if not least <= rows.head - rows.base <= most:
        yield Clause("rows", Verified.OUTSIDE, "", say_net(rows.base, rows.head))


def _replaced(model: ModelReport, expectation: Expectation) -> Iterator[Clause]:
    """Rows that went while others came, which a limit of the number of rows does not show."""
    rows, number = model.rows or RowReport(), replaced(model)
    by_key = has_numbers_by_column(model)
    # Without a key a changed row is one that went and one that came.
    may_be_changes = not by_key or 2 * number <= rows.unkeyed
    if not number or (may_be_changes and expectation.columns_changed):
        return
    words = f"{rows_of(rows.added or 0)} added and {rows.removed or 0:,} removed"
    why = "" if by_key else "; without a key a changed row counts as one of each"
    declared = expectation.rows.text if expectation.rows is not None else ""
    yield Clause("rows added and removed", Verified.NOT_DECLARED, declared, words + why)
