"""What is known of a model's columns and rows: seen to have changed, seen to be equal, or neither."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.lineage.sources import EVERY, ROWS, Input
from bot.domain import ChangeKind, Column, Finding, ModelReport, Outcome


@dataclass
class Touch:
    """Columns that are reached, in lower case. `whole`: the rows are, and with them every column."""

    columns: set[str] = field(default_factory=set)
    whole: bool = False

    def __bool__(self) -> bool:
        return self.whole or bool(self.columns)

    def hits(self, column: str) -> bool:
        """Whether an input is reached: a column, `ROWS` or `EVERY`."""
        if self.whole or not self.columns:
            return self.whole
        return column == EVERY or (column != ROWS and column in self.columns)


@dataclass
class Facts:
    """What is known of one model: what was `seen` to have changed, what `may` have, and which columns are `equal`.

    `rows_equal`: the same rows are there on both sides. `added` are columns that only head has: what reads the model
    from outside does not know them yet.
    """

    seen: Touch = field(default_factory=Touch)
    may: Touch = field(default_factory=Touch)
    equal: frozenset[str] = frozenset()
    rows_equal: bool = False
    added: frozenset[str] = frozenset()


def measured(model: ModelReport, columns: tuple[Sequence[Column] | None, Sequence[Column] | None]) -> Facts:
    """What the checks of a model have shown.

    Args:
        columns: those of its relation at base and at head, None where there is none.
    """
    base, head = columns
    if base is None or head is None:
        is_gone_or_new = model.change.kind in (ChangeKind.ADDED, ChangeKind.REMOVED)
        return Facts(seen=Touch(whole=is_gone_or_new), may=Touch(whole=_is_own(model)))
    changed = _changed_by_schema(base, head)
    told = model.columns
    changed |= {name.lower() for name in told.changed} if told else set()
    rows, is_complete = model.rows, _is_complete(model)
    seen = Touch(changed, bool(rows and (rows.added or rows.removed)))
    rows_equal = is_complete and not seen.whole
    doubtful = _doubtful(model)
    compared = {name.lower() for name in told.compared} if told and is_complete else set()
    equal = frozenset(compared - changed - doubtful)
    unknown = {column.name.lower() for column in (*base, *head)} - equal - changed
    may = Touch(unknown, not rows_equal) if _is_own(model) else Touch()
    added = frozenset({one.name.lower() for one in head} - {one.name.lower() for one in base})
    return Facts(seen, may, equal, rows_equal, added)


def hit(inputs: Iterable[Input], touches: Mapping[str, Touch]) -> list[Input]:
    """Those of some inputs that are reached, sorted."""
    return sorted(one for one in inputs if one.unique_id in touches and touches[one.unique_id].hits(one.column))


def _is_own(model: ModelReport) -> bool:
    return model.change.kind is not ChangeKind.DOWNSTREAM


def _changed_by_schema(base: Sequence[Column], head: Sequence[Column]) -> set[str]:
    """Columns that only one side has, and those of another type."""
    before, after = ({one.name.lower(): one.type.lower() for one in side} for side in (base, head))
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def _is_complete(model: ModelReport) -> bool:
    """Whether all rows were compared, so that what did not differ is equal."""
    found = next((one for one in model.findings if one.check == "values"), None)
    if found is None or found.outcome in (Outcome.SKIPPED, Outcome.ERRORED) or _is_partial(found):
        return False
    varies = model.noise is not None and (model.noise.rows or model.noise.key or model.noise.count)
    return not varies and model.rows is not None and model.rows.added is not None and model.rows.removed is not None


def _is_partial(finding: Finding) -> bool:
    told = finding.measures
    return told.get("sampled") is not None or bool(told.get("scope")) or bool(told.get("tolerated"))


def _doubtful(model: ModelReport) -> set[str]:
    """Columns of which noise may hide a change."""
    noise = model.noise
    return (
        {name.lower() for some in (noise.columns, noise.tolerated, noise.partly) for name in some} if noise else set()
    )
