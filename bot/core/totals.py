"""The early end: sums over all rows of both sides. Where they agree, nothing else needs to be asked.

A sum of row hashes does not depend on the order of rows, and sees a row that is there twice. Stored relations are
summed up in slabs, which are rows that lie together; where only some slabs differ, the rest need not be read again.
"""

# ruff: noqa: S608 (see `scans`)

from __future__ import annotations

from dataclasses import dataclass

from bot.core.look import Look, ranges
from bot.core.scans import Scans, Steps, as_int
from bot.core.tuning import Tuning
from bot.domain import Row, Side, Statement


@dataclass(frozen=True, slots=True)
class Totals:
    """What was summed up.

    `equal`: both sides have the same rows. `nulls`: rows with a null in the key. `surplus`: rows of the side that was
    looked at whose key, without null, another row has, too. `where`: a condition on both relations that holds for all
    rows that need to be compared, or nothing.
    """

    equal: bool
    nulls: dict[Side, int]
    surplus: int
    where: str = ""


def sum_up(scans: Scans, seen: Look, suspect: Side | None, tuning: Tuning) -> Steps[Totals]:
    """Asks for the totals. `suspect` is the side whose key is to be looked at for repetitions, if any."""
    position = scans.dialect.position
    size = max(tuning.slab_rows, -(-seen.most // tuning.slabs)) if seen.share is not None else 0
    slab = f"{position} // {size}" if size else "0"
    rows = yield _totals(scans, slab, suspect, seen)
    nulls = {Side.BASE: sum(as_int(row[3]) for row in rows), Side.HEAD: sum(as_int(row[6]) for row in rows)}
    differing = [as_int(row[0]) for row in rows if _differs(row)]
    surplus = as_int(rows[0][7]) if rows else 0
    worth = position and size and 0 < len(differing) * 2 < len(rows)
    where = f"({ranges(position, differing, size)})" if position and worth else ""
    return Totals(not differing, nulls, surplus, where)


def _differs(row: Row) -> bool:
    return [as_int(cell) for cell in row[1:3]] != [as_int(cell) for cell in row[4:6]]


def _totals(scans: Scans, slab: str, suspect: Side | None, seen: Look) -> Statement:
    """For each slab: its number; rows, checksum and null keys of base; the same of head; then surplus keys of all."""
    nulls = scans.dialect.count_if(scans.null_key()) if scans.key else "0"
    checksum = scans.dialect.checksum(scans.hash())
    base, head = (
        f"(select g, count(*) as n, {checksum} as x, {nulls} as nulls from {scans.rows(side, also=f'{slab} as g')} t "
        "group by g)"
        for side in Side
    )
    surplus = scans.surplus(scans.rows(suspect), seen.span) if suspect else "0"
    query = (
        f"select coalesce(b.g, h.g), b.n, b.x, b.nulls, h.n, h.x, h.nulls, s.surplus "
        f"from {base} b full join {head} h on b.g = h.g cross join (select {surplus} as surplus) s"
    )
    return Statement(query, "count and hash the rows of both sides")
