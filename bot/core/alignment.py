"""How the rows of a pair compare: questions become statements, their rows become answers.

A first look (`core.look`) counts rows and compares a few slices. Where these show no difference, sums over all rows
tell whether there is any (`core.totals`); if not, nothing else is asked. Otherwise rows are lined up by key
(`core.keyed`), and only those whose hashes differ are read in full and compared column by column. Rows whose key has a
null, or occurs more than once on either side, and all rows of a pair without a key, are compared as a multiset
(`core.multiset`). Pure: who runs the statements is not known here.

What could go unseen: two different rows with the same key and the same 64-bit hash, one chance in 2^64 for each row
that changed; and changes whose hashes add up to the same sum, one chance in 2^64 for each sum, of which there is at
most one for every hundred rows or so. Without a key two different rows pass for one if two such hashes are equal. What
differs by hash is compared exactly, and an `exact` pair is compared without any hash.
"""

# ruff: noqa: S608 (see `scans`)

from __future__ import annotations

from collections.abc import Callable, Collection, Generator
from dataclasses import dataclass, field

from bot.core import multiset
from bot.core.keyed import Aligned, Course, align_by_key, drop_candidates, suspect
from bot.core.look import Look, look
from bot.core.multiset import Multiset, Which
from bot.core.repeated import ask_facts
from bot.core.scans import HASHES, Scans, Steps, ask
from bot.core.sql import Dialect
from bot.core.totals import Totals, sum_up
from bot.core.tuning import DEFAULT, Tuning
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


def align(
    pair: Pair,
    questions: Collection[Question],
    dialect: Dialect,
    closeups: Closeups | None = None,
    tuning: Tuning = DEFAULT,
) -> Inquiry:
    """Asks the warehouse what is needed to answer how the rows of a pair compare, each thing once.

    Args:
        pair: what is asked about.
        questions: RowCount, KeyFacts, RowChanges, ColumnChanges, in any number.
        dialect: how the warehouse spells SQL.
        closeups: is led once, after everything was counted, where some row differs, or may differ. Where the two sides
            are equal it is not called at all.
        tuning: when which way is taken.

    Returns:
        A generator: it yields statements, is sent the rows of each, and returns the answers to exactly these questions,
        and those of the close-ups.

    Raises:
        ValueError: a question that has no answer for this pair: about a key it has not, a column not compared.
    """
    scans = Scans(pair, dialect)
    _check(pair, questions, scans)
    if not closeups and not {type(question) for question in questions} & {RowChanges, ColumnChanges}:
        known = yield from _look_at_sides(questions, scans)
    elif scans.columns:
        known = yield from _compare(scans, closeups, tuning)
    else:
        known = yield from _compare_counts(scans)
    return {question: known.answer(question) for question in questions} | known.told


@dataclass(frozen=True)
class _Known:
    """What has been learnt. `columns`: name to the number of rows in which it differs; none where nothing differs.
    `told`: what close-ups have answered."""

    counts: dict[Side, int]
    facts: dict[Side, KeyCounts] = field(default_factory=dict)
    rows: RowCounts | None = None
    columns: dict[str, int] = field(default_factory=dict)
    told: dict[Question, Answer] = field(default_factory=dict)

    def answer(self, question: Question) -> Answer:
        if isinstance(question, RowCount):
            return self.counts[question.side]
        if isinstance(question, KeyFacts):
            return self.facts[question.side]
        if isinstance(question, RowChanges):
            assert self.rows is not None  # noqa: S101 (learnt whenever it is asked)
            return self.rows
        if isinstance(question, ColumnChanges):
            return self.columns.get(question.column, 0)
        raise ValueError(f"{question} is not answered by an alignment")


def _check(pair: Pair, questions: Collection[Question], scans: Scans) -> None:
    compared = {pairing.head.name for pairing in scans.columns}
    for question in questions:
        if pair.key is None and isinstance(question, KeyFacts | ColumnChanges):
            raise ValueError(f"{pair.unique_id} has no key, so {question} has no answer")
        if isinstance(question, ColumnChanges) and question.column not in compared:
            raise ValueError(f"the values of column {question.column} of {pair.unique_id} are not compared")
    if pair.key and not compared.issuperset(pair.key.columns):
        raise ValueError(f"the key of {pair.unique_id} has a column that is not compared")


def _count(scans: Scans, sides: Collection[Side]) -> Steps[dict[Side, int]]:
    counts = ", ".join(f"(select count(*) from {scans.table(side)})" for side in sides)
    numbers = (yield from ask(Statement(f"select {counts}", "count rows"))) if sides else ()
    return dict(zip(sides, numbers, strict=True))


def _compare_counts(scans: Scans) -> Steps[_Known]:
    """Two sides that share no column: as far as can be known, their rows are all alike."""
    counts = yield from _count(scans, tuple(Side))
    base, head = counts[Side.BASE], counts[Side.HEAD]
    same = min(base, head)
    return _Known(counts, rows=RowCounts(base, head, added=head - same, removed=base - same, changed=0, unchanged=same))


def _look_at_sides(questions: Collection[Question], scans: Scans) -> Steps[_Known]:
    """Each side by itself, where nothing was asked about how they compare."""
    counted = sorted({question.side for question in questions if isinstance(question, RowCount)})
    keyed = sorted({question.side for question in questions if isinstance(question, KeyFacts)})
    counts = yield from _count(scans, counted)
    facts = yield from ask_facts(scans, keyed)
    return _Known(counts, facts)


def _compare(scans: Scans, closeups: Closeups | None, tuning: Tuning) -> Steps[_Known]:
    seen = yield from look(scans, tuning)
    totals = None
    # Where a slice has shown a difference, or rows lie in another order, sums that tell no more are not worth a scan.
    if not scans.pair.exact and not (seen.sliced and seen.share != 0):
        totals = yield from sum_up(scans, seen, suspect(scans) if scans.key else None, tuning)
        if totals.equal:
            return (yield from _equal(scans, seen, totals))
    if not scans.key:
        bags = yield from multiset.compare(scans, Which(where=totals.where if totals else ""), seen, tuning)
        return (yield from _finish(scans, seen, (None, bags, ""), closeups))
    aligned = yield from align_by_key(scans, Course(seen, totals, tuning, close=closeups is not None))
    if isinstance(aligned, Totals):
        return (yield from _equal(scans, seen, aligned))
    others: Multiset | None = None
    condition = ""
    if aligned.repeated or any(facts.null_rows for facts in aligned.facts.values()):
        condition = scans.unkeyed(repeated=aligned.repeated)
        others = yield from multiset.compare(scans, Which(condition), seen, tuning)
    return (yield from _finish(scans, seen, (aligned, others, condition), closeups))


def _equal(scans: Scans, seen: Look, totals: Totals) -> Steps[_Known]:
    """Both sides have the same rows: so the facts of one side's key are those of the other's."""
    head = seen.counts[Side.HEAD]
    facts = KeyCounts(totals.nulls[Side.HEAD], 0, 0)
    if totals.surplus:
        facts = (yield from ask_facts(scans, [Side.HEAD]))[Side.HEAD]
    unkeyed = 2 * (facts.null_rows + facts.duplicate_rows)
    rows = RowCounts(head, head, added=0, removed=0, changed=0, unchanged=head, unkeyed=unkeyed)
    return _Known(seen.counts, dict.fromkeys(Side, facts), rows)


def _finish(
    scans: Scans, seen: Look, compared: tuple[Aligned | None, Multiset | None, str], closeups: Closeups | None
) -> Steps[_Known]:
    """Takes close-ups, drops what was kept, and adds up the rows lined up by key and those compared as a multiset."""
    aligned, others, condition = compared
    told = {}
    if closeups:
        kept = Kept(aligned is not None, aligned is not None and aligned.repeated, others is not None, condition)
        told = yield from closeups(scans, kept)
    if aligned:
        yield from drop_candidates(scans, aligned)
    if others:
        yield scans.drop(HASHES)
    rows = _add_up(seen.counts, aligned, others or Multiset())
    if aligned is None:
        return _Known(seen.counts, rows=rows, told=told)
    return _Known(seen.counts, aligned.facts, rows, aligned.columns, told)


def _add_up(counts: dict[Side, int], aligned: Aligned | None, others: Multiset) -> RowCounts:
    base, head = counts[Side.BASE], counts[Side.HEAD]
    added, removed, changed, tolerated = others.head - others.same, others.base - others.same, 0, 0
    if aligned:
        added, removed = added + aligned.added, removed + aligned.removed
        changed, tolerated = aligned.changed, aligned.tolerated
    unchanged = head - added - changed
    if unchanged != base - removed - changed:
        raise ArithmeticError(
            "added, removed and unchanged rows do not add up: the tables changed while they were asked"
        )
    unkeyed = others.base + others.head if aligned else 0
    return RowCounts(base, head, added, removed, changed, unchanged, unkeyed, tolerated)
