"""Relations, and how those of the two sides are lined up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from bot.domain.graph import DeclaredColumn, Key, RelationName
from bot.domain.words import Grade, Showing, Side


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a relation as the warehouse's catalog tells it; `type` in the warehouse's own spelling."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Table:
    """A relation that exists in a twin, and the SQL expression under which it can be asked (already quoted).

    The expression stands where a table name may stand after `from`, with an alias or without. `stored` says that it
    names a table as it is stored, and not a query.
    """

    name: RelationName
    expression: str
    columns: tuple[Column, ...]
    stored: bool = True


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far two numbers may lie apart and still count as equal: `absolute`, or `relative` to the greater of the two
    magnitudes (0.01 is one percent). One is enough; None is no allowance. Of moments, `absolute` is in seconds."""

    absolute: Decimal | None = None
    relative: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Pairing:
    """A column that both sides have. `base` and `head` are its names there.

    They differ in case at most, unless it is `renamed` by the project's word. `type_changed` says that the types
    differ; `comparable` that values can still be compared. `fold_case` and `trim` say that upper and lower case, and
    spaces at the end, make no difference in texts.
    """

    base: Column
    head: Column
    type_changed: bool = False
    comparable: bool = True
    renamed: bool = False
    tolerance: Tolerance | None = None
    fold_case: bool = False
    trim: bool = False


@dataclass(frozen=True, slots=True)
class Misfit:
    """A column that a setting names and that it does not fit: the setting (`values.exclude`), the name as written, why
    it does not fit, and how grave that is (PASS: only to be recorded)."""

    setting: str
    name: str
    reason: str
    grade: Grade = Grade.WARN


@dataclass(frozen=True)
class Pair:
    """The two relations of one affected model, and how they are lined up.

    `key` holds only columns that both sides have, in the head's spelling; None means rows are compared as a
    multiset. `uncompared` are columns left out of the comparison of values, each with the reason. `proven` are sides
    on which the key is known to be unique and not null, because dbt tested that in this run. `exact` asks that no row
    hash stands for a row. `showing` says how much of a column may be seen (head's spelling, base's for one that only
    base has); what it does not name is shown. `sampled` is the share of all keys that is looked at, where not all are.
    `samples` is how many rows of each kind a finding may show. `contract` are the columns that head's contract
    declares, none where it is not enforced. `misfits` are what settings name and the relations do not have.
    """

    unique_id: str
    base: Table
    head: Table
    shared: tuple[Pairing, ...]
    key: Key | None
    uncompared: Mapping[str, str] = field(default_factory=dict)
    proven: frozenset[Side] = frozenset()
    exact: bool = False
    showing: Mapping[str, Showing] = field(default_factory=dict)
    sampled: float | None = None
    samples: int = 0
    contract: tuple[DeclaredColumn, ...] = ()
    misfits: tuple[Misfit, ...] = ()
