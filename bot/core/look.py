"""The first look at a pair: what costs next to nothing and tells which way is the best.

Rows are counted, and of a key that is one integer its bounds are asked; a warehouse knows both without a scan. Then a
few slices that lie at the same places of both relations are compared. What they show is never an answer.
"""

# ruff: noqa: S608 (see `scans`)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.scans import SIGNS, Scans, Steps, as_int, ask
from bot.core.tuning import Tuning
from bot.domain import Side, Statement


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen.

    `span` are the bounds of the key of both sides, where these lie so close that it can be counted by bits; `width` is
    how far apart they are. `share` is the share of the rows in the slices that differ; None where that is not known:
    no slice was looked at, or rows do not lie at the same places. `places` are those columns that differ in a slice.
    """

    counts: dict[Side, int]
    span: tuple[int, int] | None = None
    width: int | None = None
    share: float | None = None
    places: tuple[int, ...] = ()
    sliced: bool = False

    @property
    def most(self) -> int:
        """Rows of the larger side."""
        return max(self.counts.values())


def look(scans: Scans, tuning: Tuning) -> Steps[Look]:
    """Takes the first look."""
    numbers = (yield _count(scans))[0]
    counts = {Side.BASE: as_int(numbers[0]), Side.HEAD: as_int(numbers[1])}
    span, width, most = None, None, max(counts.values())
    if len(numbers) > 2 and numbers[2] is not None:
        low, high = as_int(numbers[2]), as_int(numbers[3])
        width = high - low + 1
        span = (low, high) if width <= tuning.dense * most else None
    seen = Look(counts, span, width)
    if not _lies_in_order(scans) or min(counts.values()) < max(tuning.sliced_from, tuning.slice_rows):
        return seen
    where = _slices(scans, min(counts.values()), tuning)
    share, places = yield from (_compare_by_key if scans.key else _compare_by_hash)(scans, where, tuning)
    return Look(counts, span, width, share, places, sliced=True)


def _lies_in_order(scans: Scans) -> bool:
    stored = scans.pair.base.stored and scans.pair.head.stored
    return stored and scans.dialect.position is not None and not scans.pair.exact


def _count(scans: Scans) -> Statement:
    numbers = [f"(select count(*) from {scans.table(side)})" for side in Side]
    if len(scans.key) == 1 and scans.dialect.is_integer(scans.terms[scans.key_places[0]]):
        for bound, of_both in (("min", "least"), ("max", "greatest")):
            bounds = [f"(select {bound}({scans.key[0]}) from {scans.rows(side)} t)" for side in Side]
            numbers.append(f"{of_both}({', '.join(bounds)})")
    return Statement(f"select {', '.join(numbers)}", "count rows")


def _slices(scans: Scans, rows: int, tuning: Tuning) -> str:
    """A condition on a relation: evenly spread places, the first and the last of the smaller relation among them."""
    last = rows - tuning.slice_rows
    starts = {last * number // max(tuning.slices - 1, 1) for number in range(tuning.slices)}
    position = scans.dialect.position
    return " or ".join(f"{position} between {start} and {start + tuning.slice_rows - 1}" for start in sorted(starts))


def _compare_by_key(scans: Scans, where: str, tuning: Tuning) -> Steps[tuple[float | None, tuple[int, ...]]]:
    keys = ", ".join(scans.key)
    once = f"group by {keys} having count(*) = 1"
    base, head = (f"(select {keys}, max({scans.hash()}) as x from {scans.rows(side, where)} t {once})" for side in Side)
    differs = scans.dialect.count_if(scans.dialect.differs("b.x", "h.x"))
    query = f"select count(*), {differs} from {base} b join {head} h on {scans.same('b', 'h')}"
    matched, differing = yield from ask(Statement(query, "compare a few slices"))
    if matched * 2 < _sliced_rows(tuning):
        return None, ()
    share = differing / matched
    return share, ((yield from _differing_columns(scans, where)) if share > tuning.open_share else ())


def _differing_columns(scans: Scans, where: str) -> Steps[tuple[int, ...]]:
    keys, places = ", ".join(scans.key), range(len(scans.columns))
    times = f"count(*) over (partition by {keys}) as times"
    base, head = (
        f"(select * from (select *, {times} from {scans.rows(side, where)} t) u where times = 1)" for side in Side
    )
    differing = ", ".join(f"{scans.differs_exactly(place)} as d{place}" for place in places)
    counts = ", ".join(scans.dialect.count_if(f"d{place}") for place in places)
    query = f"select {counts} from (select {differing} from {base} b join {head} h on {scans.same('b', 'h')}) d"
    columns = yield from ask(Statement(query, "find the columns that differ in a few slices"))
    return tuple(place for place in places if columns[place])


def _compare_by_hash(scans: Scans, where: str, tuning: Tuning) -> Steps[tuple[float | None, tuple[int, ...]]]:
    count_if = scans.dialect.count_if
    bags = " union all ".join(
        f"select {scans.hash()} as x, {sign} as sign from {scans.rows(side, where)} t" for side, sign in SIGNS.items()
    )
    both = ", ".join(f"{count_if(f'sign = {sign}')} as {side}_rows" for side, sign in SIGNS.items())
    query = f"select sum(least(base_rows, head_rows)) from (select {both} from ({bags}) u group by x) g"
    (same,) = yield from ask(Statement(query, "compare a few slices"))
    rows = _sliced_rows(tuning)
    return (None if same * 2 < rows else max(0.0, 1 - same / rows)), ()


def _sliced_rows(tuning: Tuning) -> int:
    return tuning.slices * tuning.slice_rows


def ranges(position: str, parts: Sequence[int], rows: int) -> str:
    """A condition on a relation: a row lies in one of some parts of so many rows each."""
    return " or ".join(f"{position} between {part * rows} and {part * rows + rows - 1}" for part in sorted(parts))
