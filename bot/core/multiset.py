"""Rows without a usable key: how often each is on either side.

Two hashes of each row are kept once. Sums over buckets of hashes tell which rows are not equally often on both sides;
only these are read in full, and not even these where equal values always have equal hashes. An exact comparison groups
whole rows.
"""

# ruff: noqa: S608 (see `scans`)

from __future__ import annotations

from dataclasses import dataclass

from bot.core.look import Look
from bot.core.scans import HASHES, SIGNS, Scans, Steps, ask
from bot.core.sql import Term
from bot.core.tuning import Tuning
from bot.domain import Side, Statement

_KEPT = {Side.BASE: "proofbot_base_rows", Side.HEAD: "proofbot_head_rows"}
_BUCKETS = "proofbot_buckets"
_HASH = Term("x", "")


@dataclass(frozen=True, slots=True)
class Multiset:
    """How rows compare: rows of base, of head, and those that are on both sides."""

    base: int = 0
    head: int = 0
    same: int = 0


@dataclass(frozen=True, slots=True)
class Which:
    """Which rows: those for which `condition` holds (see `Scans.bags`), and which lie where `where` holds."""

    condition: str = ""
    where: str = ""


def compare(scans: Scans, which: Which, seen: Look, tuning: Tuning) -> Steps[Multiset]:
    """Compares rows as a multiset. Keeps HASHES, and returns how many rows there are."""
    bags = scans.bags(which.condition, which.where)
    for side, name in _KEPT.items():
        rows = scans.bag(side, which.condition, which.where)
        yield scans.keep(name, f"select x, y from {rows} u", f"hash the rows of {side}")
    bits = (seen.most // tuning.bucket_rows).bit_length() if seen.most >= tuning.bucketed_from else 0
    if bits:
        yield _keep_buckets(scans, bits)
    parts = max(1, -(-seen.most // tuning.kept_rows)) if not which.condition else 1
    queries = [_differing_hashes(scans, bits, (part, parts)) for part in range(parts)]
    yield from scans.keep_parts(HASHES, queries, "compare rows without regard to their order")
    base, head, left_base, left_head, alike = yield from ask(_count(scans))
    for name in [*_KEPT.values(), *([_BUCKETS] if bits else [])]:
        yield scans.drop(name)
    same = base - left_base
    if same != head - left_head:
        raise ArithmeticError("rows of equal hashes do not add up: the tables changed while they were asked")
    if scans.pair.exact:
        (same,) = yield from ask(_count_alike(scans, f"{bags} u"))
    elif left_base and left_head and not all(scans.dialect.is_faithful(term) for term in scans.terms):
        kept = f" where exists (select 1 from {scans.kept(HASHES)} k where k.x = u.x and k.y = u.y)"
        (alike,) = yield from ask(_count_alike(scans, f"{bags} u{kept}"))
        same += alike
    else:
        same += alike
    return Multiset(base, head, same)


def _keep_buckets(scans: Scans, bits: int) -> Statement:
    """Keeps the buckets of hashes in which the sides differ."""
    query = (
        f"select {_bucket(scans, bits)} as g from {_kept(scans)} t "
        f"group by 1 having sum(sign) <> 0 or {scans.dialect.signed('y', 'sign')} <> 0"
    )
    return scans.keep(_BUCKETS, query, "find rows that differ")


def _differing_hashes(scans: Scans, bits: int, part: tuple[int, int]) -> str:
    """One part, of so many, of the rows of HASHES, with how often each is on either side."""
    number, parts = part
    conditions = [f"{_bucket(scans, bits)} in (select g from {scans.kept(_BUCKETS)})"] if bits else []
    if parts > 1:
        conditions.append(f"{scans.dialect.part([_HASH], parts)} = {number}")
    where = f" where {' and '.join(conditions)}" if conditions else ""
    return f"select x, y, {_both(scans)} from {_kept(scans)} t{where} group by x, y having sum(sign) <> 0"


def _count(scans: Scans) -> Statement:
    """Rows of base, of head; of those in HASHES: rows of base, of head, and those that may be on both sides."""
    totals = ", ".join(f"(select count(*) from {scans.kept(name)})" for name in _KEPT.values())
    sums = "coalesce(sum(base_rows), 0), coalesce(sum(head_rows), 0), coalesce(sum(least(base_rows, head_rows)), 0)"
    return Statement(f"select {totals}, {sums} from {scans.kept(HASHES)}", "count rows that differ")


def _count_alike(scans: Scans, rows: str) -> Statement:
    """Rows that are on both sides, compared in full."""
    names = ", ".join(term.expression for term in scans.terms)
    query = f"select sum(least(base_rows, head_rows)) from (select {_both(scans)} from {rows} group by {names}) g"
    return Statement(query, "compare whole rows where hashes differ")


def _kept(scans: Scans) -> str:
    halves = (f"select x, y, {SIGNS[side]} as sign from {scans.kept(name)}" for side, name in _KEPT.items())
    return f"({' union all '.join(halves)})"


def _both(scans: Scans) -> str:
    count_if = scans.dialect.count_if
    return ", ".join(f"{count_if(f'sign = {sign}')} as {side}_rows" for side, sign in SIGNS.items())


def _bucket(scans: Scans, bits: int) -> str:
    return scans.dialect.first_bits("x", bits)
