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
from bot.domain import Statement

_KEPT = "proofbot_bags"
_BUCKETS = "proofbot_buckets"


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
    yield scans.keep(_KEPT, f"select sign, x, y from {bags} u", "hash the rows of both sides")
    bits = (seen.most // tuning.bucket_rows).bit_length() if seen.most >= tuning.bucketed_from else 0
    if bits:
        yield _keep_buckets(scans, bits)
    yield _keep_hashes(scans, bits)
    base, head, left_base, left_head, alike = yield from ask(_count(scans))
    yield scans.drop(_KEPT)
    if bits:
        yield scans.drop(_BUCKETS)
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
        f"select {_bucket(scans, bits)} as g from {scans.kept(_KEPT)} t "
        f"group by 1 having {scans.dialect.signed('y', 'sign')} <> 0"
    )
    return scans.keep(_BUCKETS, query, "find rows that differ")


def _keep_hashes(scans: Scans, bits: int) -> Statement:
    """Keeps HASHES, with how often each is on either side."""
    where = f" where {_bucket(scans, bits)} in (select g from {scans.kept(_BUCKETS)})" if bits else ""
    query = f"select x, y, {_both(scans)} from {scans.kept(_KEPT)} t{where} group by x, y having sum(sign) <> 0"
    return scans.keep(HASHES, query, "compare rows without regard to their order")


def _count(scans: Scans) -> Statement:
    """Rows of base, of head; of those in HASHES: rows of base, of head, and those that may be on both sides."""
    totals = ", ".join(f"(select count(*) from {scans.kept(_KEPT)} where sign = {sign})" for sign in SIGNS.values())
    sums = "coalesce(sum(base_rows), 0), coalesce(sum(head_rows), 0), coalesce(sum(least(base_rows, head_rows)), 0)"
    return Statement(f"select {totals}, {sums} from {scans.kept(HASHES)}", "count rows that differ")


def _count_alike(scans: Scans, rows: str) -> Statement:
    """Rows that are on both sides, compared in full."""
    names = ", ".join(term.expression for term in scans.terms)
    query = f"select sum(least(base_rows, head_rows)) from (select {_both(scans)} from {rows} group by {names}) g"
    return Statement(query, "compare whole rows where hashes differ")


def _both(scans: Scans) -> str:
    count_if = scans.dialect.count_if
    return ", ".join(f"{count_if(f'sign = {sign}')} as {side}_rows" for side, sign in SIGNS.items())


def _bucket(scans: Scans, bits: int) -> str:
    return scans.dialect.bucket([Term("x", "")], bits)
