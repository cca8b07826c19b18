"""Rows that have a key, lined up by it.

The key and the hash of each row are kept once, so that nothing is hashed twice. Sums over buckets of keys tell where
the sides differ at all; only those buckets are joined. Rows whose hashes differ are candidates, and only these are read
in full. Other ways, where they cost less:

- Only some slabs differ (`core.totals`): only their rows are kept.
- Most rows differ, as a look has shown: the columns that do are `open`, kept themselves and compared in the join; the
  hash is that of the others.
- A large table lies in the order of its key: it is joined range by range, and nothing is kept.
- A large table has a key of texts: nothing but the buckets is kept, and their rows are hashed again.
- The comparison is exact: nothing is hashed, all columns are open.

A join tells whether the key holds: where one side has each key once, as many rows of both must have found a match.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.core import joins
from bot.core.joins import Join, Parts
from bot.core.look import Look, is_local
from bot.core.repeated import keep_repeated, proven
from bot.core.scans import CANDIDATES, REPEATED, Scans, Steps, ask
from bot.core.totals import Totals
from bot.core.tuning import Tuning
from bot.domain import KeyCounts, Side


@dataclass(frozen=True, slots=True)
class Aligned:
    """How the rows with a usable key compare; the facts of both sides' keys; whether REPEATED was kept.

    `columns`: by name, the rows in which each differs.
    """

    removed: int
    added: int
    changed: int
    tolerated: int
    columns: dict[str, int]
    facts: dict[Side, KeyCounts]
    repeated: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is kept of the rows, if anything, and how they are joined."""

    keeps: bool = True
    open: tuple[int, ...] = ()
    where: str = ""
    bits: int | None = None
    keep_all: bool = False
    parts: Parts = ("",)


@dataclass(frozen=True)
class Course:
    """What is known before rows are lined up: the first look, the totals (None: not asked), how to proceed."""

    seen: Look
    totals: Totals | None
    tuning: Tuning
    close: bool = False
    """Whether close-ups are to follow, which need every row that differs among the candidates."""


def suspect(scans: Scans) -> Side | None:
    """The side whose key is looked at for repetitions. One is enough: the join tells about the other."""
    return None if proven(scans) else Side.HEAD


def align_by_key(scans: Scans, course: Course) -> Steps[Aligned | Totals]:
    """Lines rows up by their key. Keeps CANDIDATES, and REPEATED where some key is.

    Returns:
        How they compare; or the totals, where it turns out that the sides are equal, and then nothing is kept.
    """
    plan = yield from _plan(scans, course)
    rows = joins.sources(scans, plan.open, kept=plan.keeps)
    if plan.keeps:
        yield from joins.keep(scans, plan.open, plan.where)
    totals = course.totals
    if totals is None:
        totals = yield from _digest(scans, course, rows, plan)
        if totals.equal:
            yield from joins.drop_kept(scans)
            return totals
    facts: dict[Side, KeyCounts] = {side: KeyCounts(totals.nulls[side], 0, 0) for side in Side}
    if plan.bits is not None:
        yield joins.keep_buckets(scans, rows, plan.bits)
    parts = plan.parts
    if plan.keeps:
        parts = yield from joins.parts_by_hash(scans, course.seen, plan.bits, course.tuning)
    join = Join(scans, rows, plan.open, plan.bits, plan.keep_all, parts=parts)
    found = (yield from join.run()) if not totals.surplus else None
    repeated = found is None or not (plan.where or _holds(course.seen.counts, totals.nulls, found))
    if found is None or repeated:
        facts = yield from keep_repeated(scans, rows, totals.nulls)
        found = yield from replace(join, without_repeated=True).run()
    if plan.keeps:
        yield from joins.drop_kept(scans)
    if plan.bits is not None:
        yield scans.drop(joins.BUCKETS)
    changed, tolerated, columns = found.changed, found.tolerated, found.columns
    if found.to_read:
        read_changed, read_tolerated, *read = yield from ask(joins.compare_candidates(scans, plan.where))
        changed, tolerated = changed + read_changed, tolerated + read_tolerated
        columns = [one + other for one, other in zip(columns, read, strict=True)]
    names = [pairing.head.name for pairing in scans.columns]
    by_name = dict(zip(names, columns, strict=True))
    return Aligned(found.removed, found.added, changed, tolerated, by_name, facts, repeated)


def drop_candidates(scans: Scans, aligned: Aligned) -> Steps[None]:
    """Drops what `align_by_key` has kept."""
    yield scans.drop(CANDIDATES)
    if aligned.repeated:
        yield scans.drop(REPEATED)


def _plan(scans: Scans, course: Course) -> Steps[_Plan]:
    seen, tuning = course.seen, course.tuning
    values = tuple(place for place in range(len(scans.columns)) if place not in scans.key_places)
    if scans.pair.exact:
        return _Plan(keeps=False, open=values, keep_all=course.close)
    is_open = seen.share is not None and seen.share > tuning.open_share
    opened = tuple(place for place in seen.places if place in values) if is_open else ()
    if is_open or seen.most > tuning.kept_rows:
        parts = -(-seen.most // tuning.joined_rows)
        if seen.bounds and (yield from is_local(scans, seen, parts, tuning)):
            ranges = joins.parts_by_range(scans, seen.bounds, parts)
            return _Plan(keeps=False, open=opened, keep_all=course.close, parts=ranges)
        if is_open:
            return _Plan(keeps=_may_keep(scans, course), open=opened, keep_all=course.close)
    return (yield from _plan_to_keep(scans, course))


def _plan_to_keep(scans: Scans, course: Course) -> Steps[_Plan]:
    seen, tuning = course.seen, course.tuning
    if course.totals and seen.most < tuning.bucketed_from:
        return _Plan(keeps=False)
    where = ""
    if course.totals and course.totals.where and not course.totals.surplus:
        where = course.totals.where if (yield from _both_hold(scans, seen)) else ""
    scattered = seen.share is not None and seen.share > tuning.scattered_share
    keeps = _may_keep(scans, course)
    if where or (scattered and keeps):
        return _Plan(where=where)
    return _Plan(keeps=keeps, bits=None if scattered else joins.bucket_bits(seen, tuning))


def _may_keep(scans: Scans, course: Course) -> bool:
    """Not where keys would take too much memory: hashing the rows of some buckets again costs less."""
    is_small = all(scans.dialect.is_small(scans.terms[place]) for place in scans.key_places)
    return is_small or course.seen.most <= course.tuning.joined_rows


def _both_hold(scans: Scans, seen: Look) -> Steps[bool]:
    """Whether the other side's key holds, too, by itself. Without that no row may be left out by where it lies."""
    known = proven(scans)
    others = [side for side in Side if side not in known and side is not suspect(scans)]
    if not others:
        return True
    if seen.span is None:
        return False
    numbers = yield from ask(joins.count_surplus(scans, others, seen.span))
    return not any(numbers)


def _digest(scans: Scans, course: Course, rows: Mapping[Side, str], plan: _Plan) -> Steps[Totals]:
    comparable = not plan.open and plan.keeps
    side = suspect(scans)
    surplus = scans.surplus(rows[side], course.seen.span) if side else "0"
    statement = joins.digest(scans, rows, surplus, summed=comparable)
    base_nulls, head_nulls, found, base_sum, head_sum = yield from ask(statement)
    counts = course.seen.counts
    equal = base_sum == head_sum and counts[Side.BASE] == counts[Side.HEAD]
    return Totals(equal, {Side.BASE: base_nulls, Side.HEAD: head_nulls}, found)


def _holds(counts: Mapping[Side, int], nulls: Mapping[Side, int], found: joins.Found) -> bool:
    """Whether no key is repeated on either side, given that one side repeats none."""
    matched_base = counts[Side.BASE] - nulls[Side.BASE] - found.removed
    matched_head = counts[Side.HEAD] - nulls[Side.HEAD] - found.added
    return matched_base == matched_head and found.keys_repeated == 0
