"""The rows that differ, as SQL over what the engine kept (`core.scans`): what close-ups are made of."""

# Statements are text of quoted identifiers and our own words; no value ever goes into one.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.alignment import Kept
from bot.core.scans import ADDED, CANDIDATES, DIFFERENT, HASHES, REMOVED, Scans
from bot.domain import Side

_NOTHING: Mapping[Side, Sequence[str]] = {Side.BASE: (), Side.HEAD: ()}


def rows(scans: Scans, side: Side, more: Sequence[str] = ()) -> str:
    """A subquery: the compared columns of a side, as `Scans.rows` has them, and more, each `expression as name`."""
    lifted = [f"{scans.lifted(place, side)} as c{place}" for place in range(len(scans.columns))]
    return f"(select {', '.join([*lifted, *more])} from {scans.table(side)})"


def both_sides(scans: Scans, more: Mapping[Side, Sequence[str]] = _NOTHING) -> str:
    """What stands after `from`: the rows that may have changed, `b` at base and `h` at head.

    They changed where `differs` of some column says so.
    """
    base, head = (rows(scans, side, more[side]) for side in Side)
    candidates = f"(select * from {scans.kept(CANDIDATES)} where found = {DIFFERENT})"
    return f"{candidates} c join {base} b on {scans.same('c', 'b')} join {head} h on {scans.same('c', 'h')}"


def any_differs(scans: Scans) -> str:
    """A condition on `both_sides`: the row changed."""
    return f"({' or '.join(scans.differs(place) for place in range(len(scans.columns)))})"


def step(scans: Scans, place: int) -> str:
    """Over `both_sides`: by how much the number at this place of `columns` changed; null where it did not."""
    left, right = f"b.c{place}", f"h.c{place}"
    difference = scans.dialect.step(left, right, scans.terms[place].type)
    return f"case when {scans.differs(place)} then {difference} end"


def surplus(scans: Scans, kept: Kept, more: Mapping[Side, Sequence[str]] = _NOTHING, names: Sequence[str] = ()) -> str:
    """A subquery: of the rows compared as a multiset, each that is more often on one side.

    Its columns are the compared ones, `found` (REMOVED or ADDED), `n` (how many more), and the `names` among `more`:
    of rows that are alike in the compared columns and not in these, the greatest on the side that has more.
    """
    columns = ", ".join(term.expression for term in scans.terms)
    where = f"{kept.condition} and " if kept.condition else ""
    row_hash = scans.dialect.row_hash(scans.terms)
    bags = [
        f"select *, {number} as side from {rows(scans, side, more[side])} t "
        f"where {where}exists (select 1 from {scans.kept(HASHES)} k where k.x = {row_hash})"
        for number, side in enumerate(Side)
    ]
    base, head = (scans.dialect.count_if(f"side = {number}") for number in range(2))
    extra = "".join(
        f", case when {base} > {head} then max(case when side = 0 then {name} end) "
        f"else max(case when side = 1 then {name} end) end as {name}"
        for name in names
    )
    return (
        f"(select {columns}, case when {base} > {head} then {REMOVED} else {ADDED} end as found, "
        f"abs({base} - {head}) as n{extra} from ({' union all '.join(bags)}) u "
        f"group by {columns} having {base} <> {head})"
    )
