"""Questions about a Pair become statements, their rows become answers. Pure: who runs the statements is not known here.

One statement scans both sides: rows, and a sum of row hashes that does not depend on order. Where these agree, nothing
else is asked. Otherwise rows are lined up by (key, hash of the row), and only those whose hashes differ are read in
full and compared column by column. Rows whose key has a null, or occurs more than once on either side, and all rows
of a pair without a key, are compared as a multiset.

Two different rows with the same key pass for equal if their 64-bit hashes are equal: one chance in 2^64 for each row
that changed. Whatever differs by hash is compared exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass, field

from bot.core.scans import CANDIDATES, HASHES, REPEATED, Scans
from bot.core.sql import Dialect
from bot.domain import (
    Answer,
    ColumnChanges,
    Inquiry,
    KeyCounts,
    KeyFacts,
    Pair,
    Question,
    Row,
    RowChanges,
    RowCount,
    RowCounts,
    Side,
    Statement,
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What lies in temporary tables while close-ups are taken; see `core.scans` for their columns.

    `candidates`: CANDIDATES is there. `repeated`: REPEATED is there, so some key occurs more than once on a side.
    `hashes`: HASHES is there, of the rows compared as a multiset: those for which `condition` holds (of `Scans.bags`),
    all of them if it is empty.
    """

    candidates: bool = False
    repeated: bool = False
    hashes: bool = False
    condition: str = ""


Closeups = Callable[[Scans, Kept], Generator[Statement, list[Row], dict[Question, Answer]]]
"""Asks what needs the rows that differ, while their keys and hashes are kept."""


def align(pair: Pair, questions: Collection[Question], dialect: Dialect, closeups: Closeups | None = None) -> Inquiry:
    """Asks the warehouse what is needed to answer how the rows of a pair compare, each thing once.

    Args:
        pair: what is asked about.
        questions: RowCount, KeyFacts, RowChanges, ColumnChanges, in any number.
        dialect: how the warehouse spells SQL.
        closeups: is led once, after everything was counted, where some row differs, or may differ. Where the two sides
            are equal it is not called at all.

    Returns:
        A generator: it yields statements, is sent the rows of each, and returns the answers to exactly these questions,
        and those of the close-ups.

    Raises:
        ValueError: a question that has no answer for this pair: about a key it has not, a column not compared.
    """
    scans = Scans(pair, dialect)
    _check(pair, questions, scans)
    wanted = {type(question) for question in questions}
    told: dict[Question, Answer] = {}
    if closeups or wanted & {RowChanges, ColumnChanges}:
        known = yield from (_compare(pair, scans, closeups) if scans.columns else _compare_counts(scans))
        told = known.told
    else:
        known = yield from _look_at_sides(questions, scans)
    return {question: known.answer(question) for question in questions} | told


def inquire(pair: Pair, questions: Collection[Question], dialect: Dialect) -> Inquiry:
    """As `align`, without close-ups."""
    return align(pair, questions, dialect)


@dataclass(frozen=True)
class _Known:
    """What has been learnt. `columns`: name to the number of rows in which it differs; none where nothing differs."""

    counts: dict[Side, int]
    facts: dict[Side, KeyCounts] | None = None
    rows: RowCounts | None = None
    columns: dict[str, int] | None = None
    told: dict[Question, Answer] = field(default_factory=dict)

    def answer(self, question: Question) -> Answer:
        if isinstance(question, RowCount):
            return self.counts[question.side]
        if isinstance(question, KeyFacts):
            assert self.facts is not None  # noqa: S101 (learnt whenever it is asked)
            return self.facts[question.side]
        if isinstance(question, RowChanges):
            assert self.rows is not None  # noqa: S101 (learnt whenever it is asked)
            return self.rows
        if isinstance(question, ColumnChanges):
            return (self.columns or {}).get(question.column, 0)
        raise ValueError(f"{question} is not answered by an alignment")


@dataclass(frozen=True, slots=True)
class _Aligned:
    """How the rows with a usable key compare; the facts of both sides' keys."""

    removed: int
    added: int
    changed: int
    columns: dict[str, int]
    facts: dict[Side, KeyCounts]


@dataclass(frozen=True, slots=True)
class _Multiset:
    """How rows without a usable key compare: rows of base, of head, and those that are on both sides."""

    base: int = 0
    head: int = 0
    same: int = 0


_Steps = Generator[Statement, list[Row], tuple[int, ...]]


def _check(pair: Pair, questions: Collection[Question], scans: Scans) -> None:
    compared = {pairing.head.name for pairing in scans.columns}
    for question in questions:
        if pair.key is None and isinstance(question, KeyFacts | ColumnChanges):
            raise ValueError(f"{pair.unique_id} has no key, so {question} has no answer")
        if isinstance(question, ColumnChanges) and question.column not in compared:
            raise ValueError(f"the values of column {question.column} of {pair.unique_id} are not compared")
    if pair.key and not compared.issuperset(pair.key.columns):
        raise ValueError(f"the key of {pair.unique_id} has a column that is not compared")


def _ask(statement: Statement) -> _Steps:
    """The numbers of the one row that answers a statement; null (a sum over no rows) is 0."""
    rows = yield statement
    return tuple(int(str(cell)) if cell is not None else 0 for cell in rows[0])


def _compare_counts(scans: Scans) -> Generator[Statement, list[Row], _Known]:
    """Two sides that share no column: as far as can be known, their rows are all alike."""
    base, head = yield from _ask(scans.count(tuple(Side)))
    same = min(base, head)
    rows = RowCounts(base, head, added=head - same, removed=base - same, changed=0, unchanged=same)
    return _Known({Side.BASE: base, Side.HEAD: head}, rows=rows)


def _look_at_sides(questions: Collection[Question], scans: Scans) -> Generator[Statement, list[Row], _Known]:
    """Each side by itself, where nothing was asked about how they compare."""
    counted = sorted({question.side for question in questions if isinstance(question, RowCount)})
    keyed = sorted({question.side for question in questions if isinstance(question, KeyFacts)})
    counts = (yield from _ask(scans.count(counted))) if counted else ()
    numbers = (yield from _ask(scans.key_facts(keyed))) if keyed else ()
    facts = {side: KeyCounts(*numbers[3 * place : 3 * place + 3]) for place, side in enumerate(keyed)}
    return _Known(dict(zip(counted, counts, strict=True)), facts)


def _compare(pair: Pair, scans: Scans, closeups: Closeups | None) -> Generator[Statement, list[Row], _Known]:
    numbers = yield from _ask(scans.totals())
    base, base_sum, base_nulls, head, head_sum, head_nulls, *repeated = numbers
    counts = {Side.BASE: base, Side.HEAD: head}
    if (base, base_sum) == (head, head_sum):
        facts = KeyCounts(head_nulls, *repeated) if repeated else None
        unkeyed = 2 * (facts.null_rows + facts.duplicate_rows) if facts else 0
        rows = RowCounts(base, head, added=0, removed=0, changed=0, unchanged=head, unkeyed=unkeyed)
        return _Known(counts, facts=dict.fromkeys(Side, facts) if facts else None, rows=rows)
    aligned, nulls, any_repeated = None, {Side.BASE: base_nulls, Side.HEAD: head_nulls}, False
    if pair.key:
        aligned = (yield from _align(scans, counts, nulls)) if not repeated[0] else None
        any_repeated = aligned is None
        if aligned is None:
            aligned = yield from _align_without_repeated(scans, nulls)
    others, condition = _Multiset(), scans.unkeyed(repeated=any_repeated) if pair.key else ""
    has_others = not pair.key or any_repeated or base_nulls > 0 or head_nulls > 0
    if has_others:
        others = yield from _compare_multiset(scans, condition)
    kept = Kept(candidates=pair.key is not None, repeated=any_repeated, hashes=has_others, condition=condition)
    told = (yield from closeups(scans, kept)) if closeups else {}
    for name, is_kept in ((CANDIDATES, kept.candidates), (HASHES, kept.hashes), (REPEATED, kept.repeated)):
        if is_kept:
            yield scans.drop(name)
    columns = aligned.columns if aligned else None
    return _Known(counts, aligned.facts if aligned else None, _add_up(counts, aligned, others), columns, told)


def _align(
    scans: Scans, counts: dict[Side, int], nulls: dict[Side, int]
) -> Generator[Statement, list[Row], _Aligned | None]:
    """Lines up by a key that head does not repeat. None if it turns out that base does."""
    yield scans.keep_candidates(without_repeated=False)
    removed, removed_keys, added, different = yield from _ask(scans.count_candidates())
    # Head has each key once. So base has each shared key once if as many of its rows as of head's found a match.
    matched_base = counts[Side.BASE] - nulls[Side.BASE] - removed
    matched_head = counts[Side.HEAD] - nulls[Side.HEAD] - added
    if matched_base != matched_head or removed != removed_keys:
        return None
    facts = {side: KeyCounts(nulls[side], 0, 0) for side in Side}
    return (yield from _read_candidates(scans, (removed, added, different), facts))


def _align_without_repeated(scans: Scans, nulls: dict[Side, int]) -> Generator[Statement, list[Row], _Aligned]:
    yield scans.keep_repeated()
    numbers = yield from _ask(scans.count_repeated())
    facts = {Side.BASE: KeyCounts(nulls[Side.BASE], *numbers[:2]), Side.HEAD: KeyCounts(nulls[Side.HEAD], *numbers[2:])}
    yield scans.keep_candidates(without_repeated=True)
    removed, _, added, different = yield from _ask(scans.count_candidates())
    return (yield from _read_candidates(scans, (removed, added, different), facts))


def _read_candidates(
    scans: Scans, found: tuple[int, int, int], facts: dict[Side, KeyCounts]
) -> Generator[Statement, list[Row], _Aligned]:
    removed, added, different = found
    changed, columns = 0, {}
    if different:
        changed, *differing = yield from _ask(scans.compare_candidates())
        names = [pairing.head.name for pairing in scans.columns]
        columns = dict(zip(names, differing, strict=True))
    return _Aligned(removed, added, changed, columns, facts)


def _compare_multiset(scans: Scans, condition: str = "") -> Generator[Statement, list[Row], _Multiset]:
    yield scans.keep_hashes(condition)
    base, head, read_base, read_head, same = yield from _ask(scans.compare_hashes(condition))
    if base - read_base != head - read_head:
        raise ArithmeticError("rows of equal hashes do not add up: the tables changed while they were asked")
    return _Multiset(base, head, base - read_base + same)


def _add_up(counts: dict[Side, int], aligned: _Aligned | None, others: _Multiset) -> RowCounts:
    """Rows lined up by key and those compared as a multiset, together."""
    base, head = counts[Side.BASE], counts[Side.HEAD]
    added, removed, changed = others.head - others.same, others.base - others.same, 0
    if aligned:
        added, removed, changed = added + aligned.added, removed + aligned.removed, aligned.changed
    unchanged = head - added - changed
    if unchanged != base - removed - changed:
        raise ArithmeticError(
            "added, removed and unchanged rows do not add up: the tables changed while they were asked"
        )
    return RowCounts(base, head, added, removed, changed, unchanged, others.base + others.head if aligned else 0)
