"""The most telling of the rows that differ, as far as their values may be seen.

Which values are masked, hashed or left out is decided in the statements: they never leave the warehouse.
"""

# Statements are text of quoted identifiers and our own words; no value ever goes into one.
# ruff: noqa: S608

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from bot.core.alignment import Kept
from bot.core.differing import both_sides, rows, step, surplus
from bot.core.scans import ADDED, CANDIDATES, DIFFERENT, REMOVED, Scans, as_int
from bot.core.sides import MOST_COLUMNS, showing_of
from bot.core.sql import Term
from bot.core.sql_measures import shown
from bot.domain import Cell, Example, ExampleRows, Examples, Row, RowKind, Showing, Side, Statement

_KINDS = {REMOVED: RowKind.REMOVED, ADDED: RowKind.ADDED, DIFFERENT: RowKind.CHANGED}
_Cells = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """A row as it came: the cells of all columns that may be seen, and whether each differs."""

    kind: RowKind
    base: _Cells
    head: _Cells
    differs: tuple[bool, ...]


def ask_examples(
    scans: Scans, kept: Kept, question: ExampleRows, salt: str
) -> Generator[Statement, list[Row], Examples]:
    """Asks for some rows of each kind: those with a key by one statement, those compared as a multiset by another."""
    words = _Words(scans, question, salt)
    found: list[_Found] = []
    if not words.names:
        return Examples((), ())
    if kept.candidates:
        found += words.read((yield words.keyed()))
    if kept.hashes:
        found += words.read((yield words.unkeyed(kept)))
    chosen = [row for kind in RowKind for row in [row for row in found if row.kind is kind][: question.limit]]
    return _tell(words.names, words.key, chosen)


class _Words:
    """The statements. Columns are known by their place among `Scans.columns`; those that are hidden are left out."""

    def __init__(self, scans: Scans, question: ExampleRows, salt: str) -> None:
        self._scans, self._question, self._salt = scans, question, salt
        names = [pairing.head.name for pairing in scans.columns]
        self._places = [place for place, name in enumerate(names) if self._showing(place) is not Showing.HIDE]
        self.names = [names[place] for place in self._places]
        key = scans.pair.key.columns if scans.pair.key else ()
        self.key = [self.names.index(name) for name in key if name in self.names]

    def keyed(self) -> Statement:
        """Rows of: kind, whether each column differs, the cells of base, the cells of head; the first to show first."""
        scans = self._scans
        folded = [place for place in self._places if self._is_folded(place)]
        more = {side: [f"{self._unfolded(place, side)} as s{place}" for place in folded] for side in Side}
        keys = ", ".join(scans.key)
        base, head = (rows(scans, side, more[side]) for side in Side)
        flags = [f"p.found = {DIFFERENT} and {scans.differs(place)}" for place in self._places]
        names = {place: f"{'s' if place in folded else 'c'}{place}" for place in self._places}
        cells = [self._shown(f"{side}.{names[place]}", place) for side in ("b", "h") for place in self._places]
        return Statement(
            f"with changed as ({self._changed()}), picked as ({self._picked(keys)}) "
            f"select {', '.join(['p.found', *flags, *cells])} from picked p "
            f"left join {base} b on {scans.same('b', 'p')} left join {head} h on {scans.same('h', 'p')} "
            f"order by p.found, p.nth",
            "show some rows that differ",
        )

    def unkeyed(self, kept: Kept) -> Statement:
        """The same of rows compared as a multiset, ordered by all columns."""
        scans = self._scans
        order = ", ".join(f"{term.expression} nulls first" for term in scans.terms)
        flags = ["1 = 0"] * len(self._places)
        parts = []
        for found in (REMOVED, ADDED):
            texts = [self._shown(scans.terms[place].expression, place) for place in self._places]
            none = ["null"] * len(self._places)
            cells = [*texts, *none] if found == REMOVED else [*none, *texts]
            nth = f"row_number() over (order by {order}) as nth"
            names = [f"x{number}" for number in range(1 + len(flags) + len(cells))]
            values = [f"{value} as {name}" for value, name in zip((str(found), *flags, *cells), names, strict=True)]
            chosen = f"(select * from rest where found = {found} order by {order} limit {self._question.limit}) r"
            parts.append(f"select {', '.join(values)}, {nth} from {chosen}")
        return Statement(
            f"with rest as (select * from {surplus(scans, kept)} s) select {', '.join(names)} "
            f"from ({' union all '.join(parts)}) p order by x0, nth",
            "show some rows that differ, without a key",
        )

    def read(self, told: Sequence[Row]) -> list[_Found]:
        """The rows of either statement."""
        width = len(self._places)
        found = []
        for kind, *cells in told:
            differs = tuple(bool(cell) for cell in cells[:width])
            texts = tuple(_text(cell) for cell in cells[width:])
            found.append(_Found(_KINDS[as_int(kind)], texts[:width], texts[width:], differs))
        return found

    def _changed(self) -> str:
        """The keys of the changed rows, with the hash of which columns differ, or by how much the one that counts."""
        scans = self._scans
        places = range(len(scans.columns))
        keys = ", ".join(f"c.{name}" for name in scans.key)
        differs = ", ".join(f"{scans.differs(place)} as d{place}" for place in places)
        pattern = scans.dialect.row_hash([Term(f"d{place}", "BOOLEAN") for place in places])
        extent = "0"
        if self._question.by_extent is not None:
            names = [pairing.head.name for pairing in scans.columns]
            extent = f"abs({step(scans, names.index(self._question.by_extent))})"
        any_of_them = " or ".join(f"d{place}" for place in places)
        return (
            f"select {', '.join(scans.key)}, {pattern} as pattern, extent "
            f"from (select {keys}, {differs}, {extent} as extent from {both_sides(scans)}) d where {any_of_them}"
        )

    def _picked(self, keys: str) -> str:
        """The keys of the rows to show: `found`, and `nth` in what order."""
        limit = self._question.limit
        order = f"row_number() over (order by {keys}) as nth"
        kept = self._scans.kept(CANDIDATES)
        sides = [
            f"select {keys}, found, {order} from (select * from {kept} where found = {found} order by {keys} "
            f"limit {limit}) k"
            for found in (REMOVED, ADDED)
        ]
        first = f"extent desc nulls last, {keys}"
        chosen = f"select * from changed order by {first} limit {limit}"
        if self._question.by_extent is None:
            first = f"nth_of_pattern, often desc, {keys}"
            ranked = (
                f"select *, row_number() over (partition by pattern order by {keys}) as nth_of_pattern, "
                "count(*) over (partition by pattern) as often from changed"
            )
            chosen = f"select * from ({ranked}) r order by {first} limit {limit}"
        changed = f"select {keys}, {DIFFERENT} as found, row_number() over (order by {first}) as nth from ({chosen}) k"
        return " union all ".join([*sides, changed])

    def _is_folded(self, place: int) -> bool:
        pairing = self._scans.columns[place]
        return pairing.fold_case or pairing.trim

    def _unfolded(self, place: int, side: Side) -> str:
        """A cell as it is compared, so that equal ones look equal, but with its own case and spaces."""
        pairing = self._scans.columns[place]
        own, other = (pairing.base, pairing.head) if side is Side.BASE else (pairing.head, pairing.base)
        return self._scans.dialect.lift(self._scans.dialect.quote(own.name), own.type, other.type).expression

    def _shown(self, expression: str, place: int) -> str:
        term, dialect = self._scans.terms[place], self._scans.dialect
        text = dialect.text(expression, "VARCHAR" if self._is_folded(place) else term.type)
        return shown(dialect, text, self._showing(place), self._salt)

    def _showing(self, place: int) -> Showing:
        return showing_of(self._scans.pair, self._scans.columns[place].head.name)


def _text(cell: Cell) -> str | None:
    return None if cell is None else str(cell)


def _tell(names: Sequence[str], key: Sequence[int], found: Sequence[_Found]) -> Examples:
    """Of many columns, those of the key, then those that differ in most of the rows, then the others."""
    changes = Counter(place for row in found for place, differs in enumerate(row.differs) if differs)
    others = [place for place in range(len(names)) if place not in key]
    wanted = sorted(others, key=lambda place: -changes[place])[: max(0, MOST_COLUMNS - len(key))]
    places = [*key, *sorted(wanted, key=lambda place: (not changes[place], place))]
    examples = []
    for row in found:
        examples.append(
            Example(
                row.kind,
                None if row.kind is RowKind.ADDED else tuple(row.base[place] for place in places),
                None if row.kind is RowKind.REMOVED else tuple(row.head[place] for place in places),
                tuple(shown_at for shown_at, place in enumerate(places) if row.differs[place]),
            )
        )
    return Examples(tuple(names[place] for place in places), tuple(examples))
