"""A close look at the rows that differ, taken while the engine keeps their keys and hashes (`core.alignment.Kept`).

Where both sides are equal nothing is asked: there is nothing to look at.
"""

# Statements are text of quoted identifiers and our own words; no value ever goes into one.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence

from bot.core.alignment import Closeups, Kept
from bot.core.differing import any_differs, both_sides, rows, step, surplus
from bot.core.example_rows import ask_examples
from bot.core.kinds import Kind, kind_of
from bot.core.scans import ADDED, CANDIDATES, DIFFERENT, REMOVED, REPEATED, Scans, as_int
from bot.core.sides import showing_of
from bot.core.sql_measures import shown
from bot.domain import (
    Answer,
    Cell,
    ExampleRows,
    Examples,
    Extent,
    Extents,
    Pair,
    Pairing,
    PeriodChanges,
    PeriodCounts,
    Question,
    RepeatedKey,
    RepeatedKeys,
    Row,
    Showing,
    Side,
    Statement,
)

CloseUp = Extent | ExampleRows | PeriodChanges | RepeatedKeys
_Answers = dict[Question, Answer]
_NUMBERS_OF_EXTENT = 6


def check(pair: Pair, questions: Collection[CloseUp]) -> None:
    """Raises ValueError for a question that has no answer for this pair.

    That is: about a key it has not; the extent of a column that is not compared or no number; periods of a column that
    is no date or moment.
    """
    for question in questions:
        if pair.key is None and isinstance(question, Extent | RepeatedKeys):
            raise ValueError(f"{pair.unique_id} has no key, so {question} has no answer")
        if isinstance(question, Extent):
            _check_number(pair, question.column)
        if isinstance(question, ExampleRows) and question.by_extent is not None:
            _check_number(pair, question.by_extent)
        if isinstance(question, PeriodChanges):
            pairing = _find(pair, question.column)
            if pairing is None or {kind_of(pairing.base.type), kind_of(pairing.head.type)} != {Kind.MOMENT}:
                raise ValueError(f"column {question.column} of {pair.unique_id} does not hold moments on both sides")


def nothing_in(question: CloseUp) -> Answer:
    """The answer where no row differs."""
    if isinstance(question, Extent):
        return Extents(0.0, 0.0, 0.0, 0.0)
    return Examples((), ()) if isinstance(question, ExampleRows) else ()


def take(questions: Sequence[CloseUp], salt: str) -> Closeups:
    """What asks these questions, once rows were lined up.

    Extents cost one statement, however many columns; each other question one, and examples one more where rows were
    compared as a multiset.
    """

    def closeups(scans: Scans, kept: Kept) -> Generator[Statement, list[Row], _Answers]:
        answers: _Answers = {question: nothing_in(question) for question in questions}
        extents = [question for question in questions if isinstance(question, Extent)]
        if extents and kept.candidates:
            answers |= yield from _ask_extents(scans, extents)
        for question in questions:
            if isinstance(question, PeriodChanges):
                answers[question] = yield from _ask_periods(scans, kept, question)
            elif isinstance(question, ExampleRows):
                answers[question] = yield from ask_examples(scans, kept, question, salt)
            elif isinstance(question, RepeatedKeys) and kept.repeated:
                answers[question] = yield from _ask_repeated(scans, question, salt)
        return answers

    return closeups


def _find(pair: Pair, column: str) -> Pairing | None:
    return next((pairing for pairing in pair.shared if pairing.head.name == column), None)


def _check_number(pair: Pair, column: str) -> None:
    pairing = _find(pair, column)
    if pairing is None or not pairing.comparable or column in pair.uncompared:
        raise ValueError(f"the values of column {column} of {pair.unique_id} are not compared")
    if {kind_of(pairing.base.type), kind_of(pairing.head.type)} != {Kind.NUMBER}:
        raise ValueError(f"column {column} of {pair.unique_id} does not hold numbers on both sides")


def _ask_extents(scans: Scans, questions: Sequence[Extent]) -> Generator[Statement, list[Row], _Answers]:
    dialect = scans.dialect
    infinite = dialect.float_literal(float("inf"))
    steps, numbers = [], []
    for name, question in enumerate(questions):
        place = [pairing.head.name for pairing in scans.columns].index(question.column)
        steps.append(f"{step(scans, place)} as s{name}")
        steps.append(f"abs({dialect.number(f'b.c{place}', scans.terms[place].type)}) as m{name}")
        for best, sign in (("max", ">"), ("min", "<")):
            percent = (
                f"case when s{name} {sign} 0 and m{name} > 0 and m{name} < {infinite} "
                f"then {dialect.percent(f's{name}', f'm{name}')} end"
            )
            numbers.append(f"{best}(case when s{name} {sign} 0 then s{name} end)")
            numbers.append(f"{best}({percent})")
            numbers.append(dialect.count_if(f"s{name} {sign} 0 and m{name} = 0"))
    (row,) = yield Statement(
        f"select {', '.join(numbers)} from (select {', '.join(steps)} from {both_sides(scans)}) d",
        "measure by how much numbers changed",
    )
    answers: _Answers = {}
    for name, question in enumerate(questions):
        up, up_percent, up_from_0, down, down_percent, down_from_0 = row[
            _NUMBERS_OF_EXTENT * name : _NUMBERS_OF_EXTENT * (name + 1)
        ]
        answers[question] = Extents(
            _float(up), _float(down), _percent(up, up_percent, up_from_0), _percent(down, down_percent, down_from_0)
        )
    return answers


def _ask_periods(
    scans: Scans, kept: Kept, question: PeriodChanges
) -> Generator[Statement, list[Row], tuple[PeriodCounts, ...]]:
    """A column that may not be seen has no periods to tell: all its changes are in the one of null."""
    more = {side: (f"{_period(scans, question, side)} as period",) for side in Side}
    parts = []
    if kept.candidates:
        for side, found in ((Side.BASE, REMOVED), (Side.HEAD, ADDED)):
            candidates = f"(select * from {scans.kept(CANDIDATES)} where found = {found}) c"
            joined = f"{candidates} join {rows(scans, side, more[side])} t on {scans.same('c', 't')}"
            parts.append(f"select {found} as found, 1 as n, t.period from {joined}")
        changed = f"{both_sides(scans, more)} where {any_differs(scans)}"
        parts.append(f"select {DIFFERENT}, 1, h.period from {changed}")
    if kept.hashes:
        parts.append(f"select found, n, period from {surplus(scans, kept, more, ('period',))} s")
    sums = ", ".join(f"sum(case when found = {found} then n else 0 end)" for found in (ADDED, REMOVED, DIFFERENT))
    told = yield Statement(
        f"select period, {sums} from ({' union all '.join(parts)}) p group by period order by period nulls first",
        "find the periods in which rows changed",
    )
    return tuple(
        PeriodCounts(None if start is None else str(start), *(as_int(count) for count in counts))
        for start, *counts in told
    )


def _period(scans: Scans, question: PeriodChanges, side: Side) -> str:
    dialect = scans.dialect
    pairing = next(pairing for pairing in scans.pair.shared if pairing.head.name == question.column)
    own = pairing.base if side is Side.BASE else pairing.head
    period = dialect.period(dialect.quote(own.name), own.type, question.period)
    if showing_of(scans.pair, question.column) is Showing.SHOW:
        return period
    return f"nullif({period}, {period})"


def _ask_repeated(
    scans: Scans, question: RepeatedKeys, salt: str
) -> Generator[Statement, list[Row], tuple[RepeatedKey, ...]]:
    """What is hidden is masked: a key has as many parts as it has columns."""
    assert scans.pair.key is not None  # noqa: S101 (checked before anything is asked)
    types = {term.expression: term.type for term in scans.terms}
    texts = [
        shown(scans.dialect, scans.dialect.text(f"r.{ours}", types[ours]), showing_of(scans.pair, name), salt)
        for ours, name in zip(scans.key, scans.pair.key.columns, strict=True)
    ]
    keys = ", ".join(f"r.{ours}" for ours in scans.key)
    most = (
        f"(select * from {scans.kept(REPEATED)} r where head_rows > base_rows "
        f"order by head_rows desc, {keys} limit {question.limit})"
    )
    told = yield Statement(
        f"select {', '.join(texts)}, count(b.{scans.key[0]}), max(r.head_rows) "
        f"from {most} r left join {rows(scans, Side.BASE)} b on {scans.same('b', 'r')} "
        f"group by {keys} order by max(r.head_rows) desc, {keys}",
        "show keys that are repeated",
    )
    return tuple(
        RepeatedKey(tuple(None if part is None else str(part) for part in key), as_int(base), as_int(head))
        for *key, base, head in told
    )


def _float(cell: Cell) -> float:
    return 0.0 if cell is None else float(str(cell))


def _percent(best: Cell, percent: Cell, from_0: Cell) -> float | None:
    """None where no percentage is great enough: some number changed from 0, or from infinity."""
    if as_int(from_0) or (best is not None and percent is None):
        return None
    return _float(percent)
