"""Base, head and the controls side by side: how often is one of them the odd one out?

A control is base's code built once more. Where a value varies by itself, base and head are two draws, and the controls
agree with either as often as with the other. What a request changes differs at head alone, where base and all controls
agree.
"""

# Statements are text of quoted identifiers and our own words; no value ever goes into one.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core.kinds import Kind, kind_of
from bot.core.scans import Scans, Steps, as_int, ask
from bot.core.sql import Dialect
from bot.domain import Key, Pair, Pairing, Side, Statement, Table

_COLUMNS_A_STATEMENT = 20
_MEASURES = 5  # of each column


@dataclass(frozen=True, slots=True)
class Tally:
    """How draws compare, in rows (or keys, or values).

    `total`: those of base and head that could be compared. `varied`: in which some control differs from base. `lone`:
    in which head differs from base and all controls, which agree. `base`: in which base does from head and all of
    them. `differing`: in which head differs from base. `step`: the greatest relative difference of a number from
    base to a control, None where it is no float.
    """

    total: int
    varied: int
    lone: int
    base: int
    differing: int
    step: float | None = None


def against(pair: Pair, control: Table) -> Pair:
    """The pair of base and a control of it, compared as the pair of base and head is. Columns have base's names."""
    names = {one.head.name: one.base.name for one in pair.shared}
    return replace(
        pair,
        head=control,
        shared=tuple(replace(one, head=one.base, type_changed=False, renamed=False) for one in pair.shared),
        key=Key(tuple(names[name] for name in pair.key.columns), pair.key.source) if pair.key else None,
        uncompared={names.get(name, name): reason for name, reason in pair.uncompared.items()},
        proven=frozenset(),
        showing={},
        sampled=None,
        samples=0,
        contract=(),
        misfits=(),
    )


def without(pair: Pair, columns: Mapping[str, str]) -> Pair:
    """The pair without some columns, as at head, each with the reason; without its key, too, where that has one of
    them."""
    key = pair.key if pair.key and not set(pair.key.columns) & columns.keys() else None
    return replace(pair, key=key, uncompared={**pair.uncompared, **columns}, proven=pair.proven if key else frozenset())


class Draws:
    """What can be asked of a pair and its controls.

    Args:
        pair: base and head, of which all rows are looked at.
        controls: one at least, with base's columns.
        dialect: how the warehouse spells SQL.
    """

    def __init__(self, pair: Pair, controls: Sequence[Table], dialect: Dialect) -> None:
        self._scans = Scans(pair, dialect)
        self._controls = [Scans(replace(pair, base=control), dialect) for control in controls]
        self._dialect = dialect

    def columns(self, names: Sequence[str]) -> Steps[dict[str, Tally]]:
        """The tallies of some columns of a pair with a key, over the rows whose key all draws have once."""
        places = {p.head.name: place for place, p in enumerate(self._scans.columns) if p.head.name in names}
        wanted = [(name, places[name]) for name in names if name in places]
        tallies: dict[str, Tally] = {}
        for start in range(0, len(wanted), _COLUMNS_A_STATEMENT):
            part = wanted[start : start + _COLUMNS_A_STATEMENT]
            measures = ", ".join(measure for _, place in part for measure in self._measures(place))
            ((total, *cells),) = yield Statement(
                f"select count(*), {measures} from {self._lined_up()}", "tell noise from change in columns"
            )
            for (name, _), at in zip(part, range(0, len(cells), _MEASURES), strict=True):
                *counts, step = cells[at : at + _MEASURES]
                varied, lone, base, differing = map(as_int, counts)
                greatest = None if step is None else float(str(step))
                tallies[name] = Tally(as_int(total), varied, lone, base, differing, greatest)
        return tallies

    def keys(self) -> Steps[Tally]:
        """The tally of the keys: which are there, and how often."""
        return (yield from self._rows(self._scans.key))

    def rows(self) -> Steps[Tally]:
        """The tally of whole rows, as a multiset."""
        return (yield from self._rows([f"c{place}" for place in range(len(self._scans.columns))]))

    def values(self, name: str) -> Steps[Tally]:
        """The tally of the values of one column, as a multiset. A value that became another counts once."""
        place = [pairing.head.name for pairing in self._scans.columns].index(name)
        found = yield from self._rows([f"c{place}"])
        halves = {field: getattr(found, field) // 2 for field in ("varied", "lone", "base", "differing")}
        return replace(found, **halves)

    def _rows(self, columns: Sequence[str]) -> Steps[Tally]:
        draws = self._all()
        by = ", ".join(columns)
        counts = ", ".join(f"{self._dialect.count_if(f'draw = {n}')} as n{n}" for n in range(len(draws)))
        bags = " union all ".join(f"select {by}, {n} as draw from {rows} t" for n, rows in enumerate(draws))
        controls = range(2, len(draws))
        as_base, as_head = (" and ".join(f"n{n} = {side}" for n in controls) for side in ("n0", "n1"))
        numbers = yield from ask(
            Statement(
                f"select sum(n0), sum(abs(n2 - n0)), sum(case when {as_base} then abs(n1 - n0) else 0 end), "
                f"sum(case when {as_head} then abs(n1 - n0) else 0 end), sum(abs(n1 - n0)) "
                f"from (select {by}, {counts} from ({bags}) u group by {by}) g",
                "tell noise from change in which rows there are",
            )
        )
        return Tally(*numbers)

    def _all(self) -> list[str]:
        """Subqueries: the rows of base, of head, of each control."""
        sides = [self._scans.rows(side) for side in Side]
        return [*sides, *(control.rows(Side.BASE) for control in self._controls)]

    def _lined_up(self) -> str:
        """What stands after `from`: b, h, and c1, c2, ... joined by the key, where each of them has it once."""
        names = ["b", "h", *(f"k{number}" for number in range(1, len(self._controls) + 1))]
        keys = ", ".join(self._scans.key)
        parts = []
        for name, rows in zip(names, self._all(), strict=True):
            once = f"(select {keys} from {rows} t group by {keys} having count(*) = 1)"
            single = f"(select t.* from {rows} t join {once} u on {self._scans.same('t', 'u')})"
            parts.append(
                f"{single} {name}" if name == "b" else f"join {single} {name} on {self._scans.same('b', name)}"
            )
        return " ".join(parts)

    def _measures(self, place: int) -> list[str]:
        scans = self._scans
        head = scans.differs(place, "b", "h")
        controls = [scans.differs(place, "b", f"k{n}") for n in range(1, len(self._controls) + 1)]
        from_head = [scans.differs(place, "h", f"k{n}") for n in range(1, len(self._controls) + 1)]
        number = " + ".join(f"case when {one} then 1 else 0 end" for one in controls)
        count_if = self._dialect.count_if
        return [
            count_if(f"({number}) > 0"),
            count_if(f"{head} and ({number}) = 0"),
            count_if(" and ".join([head, *(f"not {one}" for one in from_head)])),
            count_if(head),
            self._step(place, controls),
        ]

    def _step(self, place: int, differing: Sequence[str]) -> str:
        """The greatest relative difference between base and a control; null of what is no float."""
        if not is_float(self._scans.columns[place]):
            return "null"
        found = []
        for number, condition in enumerate(differing, 1):
            left, right = f"b.c{place}", f"k{number}.c{place}"
            ratio = self._dialect.apart(left, right)
            found.append(f"case when {condition} then coalesce({ratio}, 1) else 0 end")
        return f"max({found[0]})" if len(found) == 1 else f"max(greatest({', '.join(found)}))"


def is_float(pairing: Pairing) -> bool:
    """Whether a column holds binary floating point numbers on both sides, whose sums depend on their order."""
    types = [column.type.strip().lower() for column in (pairing.base, pairing.head)]
    return all(name.startswith(("float", "double", "real")) and kind_of(name) is Kind.NUMBER for name in types)
