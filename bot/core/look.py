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

    `bounds` are those of the key of both sides, if that is one integer; `dense` says that these lie so close that keys
    can be counted by bits. `share` is the share of the rows in the slices that differ; None where that is not known: no
    slice was looked at, or rows do not lie at the same places. `places` are those columns that differ in a slice.
    """

    counts: dict[Side, int]
    bounds: tuple[int, int] | None = None
    dense: bool = False
    share: float | None = None
    places: tuple[int, ...] = ()
    sliced: bool = False

    @property
    def most(self) -> int:
        """Rows of the larger side."""
        return max(self.counts.values())

    @property
    def width(self) -> int | None:
        """How far the bounds are apart."""
        return self.bounds[1] - self.bounds[0] + 1 if self.bounds else None

    @property
    def span(self) -> tuple[int, int] | None:
        """The bounds, where they lie close."""
        return self.bounds if self.dense else None


def look(scans: Scans, tuning: Tuning) -> Steps[Look]:
    """Takes the first look."""
    numbers = (yield _count(scans))[0]
    counts = {Side.BASE: as_int(numbers[0]), Side.HEAD: as_int(numbers[1])}
    bounds = None
    if len(numbers) > 2 and numbers[2] is not None:
        bounds = as_int(numbers[2]), as_int(numbers[3])
    dense = bounds is not None and bounds[1] - bounds[0] < tuning.dense * max(counts.values())
    if not _lies_in_order(scans) or min(counts.values()) < max(tuning.sliced_from, tuning.slice_rows):
        return Look(counts, bounds, dense)
    where = " or ".join(_slices(scans, min(counts.values()), tuning))
    share, places = yield from (_compare_by_key if scans.key else _compare_by_hash)(scans, where, tuning)
    return Look(counts, bounds, dense, share, places, sliced=True)


def is_local(scans: Scans, seen: Look, parts: int, tuning: Tuning) -> Steps[bool]:
    """Whether rows whose keys are close lie close themselves, so that one of several ranges of the key can be read
    without the rest. As far as the slices tell."""
    if seen.width is None or seen.share is None:
        return False
    slices = _slices(scans, min(seen.counts.values()), tuning)
    key = scans.key[0]
    widths = [f"(select max({key}) - min({key}) from {scans.rows(Side.BASE, where)} t)" for where in slices]
    found = yield from ask(Statement(f"select {', '.join(widths)}", "look whether rows lie in the order of the key"))
    return max(found) * 2 * parts < seen.width


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


def _slices(scans: Scans, rows: int, tuning: Tuning) -> list[str]:
    """Conditions on a relation: evenly spread places, the first and the last of the smaller relation among them."""
    last = rows - tuning.slice_rows
    starts = {last * number // max(tuning.slices - 1, 1) for number in range(tuning.slices)}
    position = scans.dialect.position
    return [f"{position} between {start} and {start + tuning.slice_rows - 1}" for start in sorted(starts)]


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
