"""What a query reads and what it gives: columns by name, each with the inputs it is made of.

Names are compared in lower case: two columns that differ in case alone are taken for one, made of what both are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

ROWS = ""  # in place of a column: which rows a relation has
EVERY = "*"  # in place of a column: all that a relation has
UNNAMED = "?"


class Input(NamedTuple):
    """A column of a relation, by unique id and name in lower case; or `ROWS`, or `EVERY`."""

    unique_id: str
    column: str


Inputs = frozenset[Input]
NONE: Inputs = frozenset()
Listed = Sequence[tuple[str, Inputs]]


class Source(Protocol):
    """Something that can be read: a relation, a CTE, a query in parentheses, a function that gives rows."""

    @property
    def rows(self) -> Inputs:
        """What decides which rows there are."""

    def find(self, name: str) -> Inputs | None:
        """What the column of this name is made of; None where there is none, for sure."""

    def has(self, name: str) -> bool:
        """Whether there is a column of this name, for sure."""

    def every(self) -> Inputs:
        """What all columns are made of."""

    def listed(self) -> Listed | None:
        """All columns in their order; None where these are not known."""


@dataclass(frozen=True)
class Relation:
    """A relation of the project. Without `names` its columns are not known: then it may have any."""

    unique_ids: tuple[str, ...]
    names: tuple[str, ...] | None = None

    @property
    def rows(self) -> Inputs:
        """See Source."""
        return self._all(ROWS)

    def find(self, name: str) -> Inputs | None:
        """See Source."""
        return self._all(name) if self.names is None or name in self.names else None

    def has(self, name: str) -> bool:
        """See Source."""
        return self.names is not None and name in self.names

    def every(self) -> Inputs:
        """See Source."""
        return self._all(EVERY)

    def listed(self) -> Listed | None:
        """See Source."""
        return None if self.names is None else [(name, self._all(name)) for name in self.names]

    def _all(self, column: str) -> Inputs:
        return frozenset(Input(unique_id, column) for unique_id in self.unique_ids)


@dataclass
class Output:
    """What a query gives.

    `items` are its columns in their order. A name that begins with `UNNAMED` stands for one that the warehouse makes.
    Beside them it may have those of the `open` sources, whose names are not known, and under any other name something
    that is made of what is `loose`.
    """

    items: Listed = ()
    rows: Inputs = NONE
    open: tuple[Source, ...] = ()
    loose: Inputs | None = None
    _columns: Mapping[str, Inputs] = field(init=False)
    _spare: Inputs | None = field(init=False)

    def __post_init__(self) -> None:
        self._columns = merged(self.items)
        times = Counter(name for name, _ in self.items)
        # Of two columns of one name, a warehouse gives one another name.
        spare = [made for name, made in self.items if name.startswith(UNNAMED) or times[name] > 1]
        self._spare = NONE.union(*spare) if spare else None

    def find(self, name: str) -> Inputs | None:
        """See Source."""
        found = [self._columns.get(name, self._spare), *(source.find(name) for source in self.open), self.loose]
        known = [one for one in found if one is not None]
        return NONE.union(*known) if known else None

    def has(self, name: str) -> bool:
        """See Source."""
        return name in self._columns or any(source.has(name) for source in self.open)

    def every(self) -> Inputs:
        """See Source."""
        return (self.loose or NONE).union(*self._columns.values(), *(source.every() for source in self.open))

    def listed(self) -> Listed | None:
        """See Source."""
        return None if self.open or self.loose is not None else self.items


@dataclass(frozen=True)
class Without:
    """A source as a star shows it that leaves out some names."""

    source: Source
    names: Collection[str]

    @property
    def rows(self) -> Inputs:
        """See Source."""
        return self.source.rows

    def find(self, name: str) -> Inputs | None:
        """See Source."""
        return None if name in self.names else self.source.find(name)

    def has(self, name: str) -> bool:
        """See Source."""
        return name not in self.names and self.source.has(name)

    def every(self) -> Inputs:
        """See Source."""
        return self.source.every()

    def listed(self) -> Listed | None:
        """See Source."""
        found = self.source.listed()
        return None if found is None else [(name, inputs) for name, inputs in found if name not in self.names]


def merged(columns: Iterable[tuple[str, Inputs]]) -> dict[str, Inputs]:
    """Columns by name; those of one name become one."""
    found: dict[str, Inputs] = {}
    for name, inputs in columns:
        found[name] = found[name] | inputs if name in found else inputs
    return found
