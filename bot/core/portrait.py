"""One model, column by column: what is shown of it to who is writing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from bot.core.report import Seen
from bot.domain import ChangeKind, DiffTable, Finding, ModelReport, Plain, Report

_EXAMPLES = "Example rows"
_Ends = tuple[Plain, Plain]


@dataclass(frozen=True)
class ColumnPortrait:
    """One column: its name (and that at base, where it was renamed), and its type on each side that has it.

    `changed` is in how many rows of both sides it differs, None where that was not asked; `left_out` why it was not
    compared, `noise` whether it varies by itself. `measures` are base's and head's, by name, as far as they may be
    told; those of a column that may not be seen are None.
    """

    name: str
    base: str | None
    head: str | None
    is_key: bool = False
    was: str = ""
    changed: int | None = None
    left_out: str = ""
    is_noise: bool = False
    measures: Mapping[str, _Ends] = field(default_factory=dict)

    @property
    def is_equal(self) -> bool:
        """Whether nothing is to be said of it: it was compared, and differs neither in a value nor in its type."""
        return self.changed == 0 and self.base == self.head and not (self.was or self.is_noise)


@dataclass(frozen=True)
class Portrait:
    """A model with its columns and some rows that differ. `rows_allowed` is how many of each kind the configuration
    lets anybody see, None where nothing was compared."""

    model: ModelReport
    columns: tuple[ColumnPortrait, ...] = ()
    examples: DiffTable | None = None
    rows_allowed: int | None = None


def draw(report: Report, seen: Sequence[Seen]) -> Portrait | None:
    """The portrait of the model that a report with a focus is about, which is its last; None where it has none."""
    if not seen:
        return None
    one = seen[-1]
    uid = one.standing.change.unique_id
    model = next((model for model in report.models if model.unique_id == uid), None)
    if model is None:
        return None
    if one.pair is None:
        return Portrait(model)
    found = {finding.check: finding for finding in model.findings}
    values = found.get("values")
    tables = values.tables if values else ()
    is_compared = values is not None and one.standing.base is not None and one.standing.head is not None
    return Portrait(
        model,
        _columns(one, model, found),
        next((table for table in tables if table.title == _EXAMPLES), None),
        one.pair.samples if is_compared else None,
    )


def _columns(one: Seen, model: ModelReport, found: Mapping[str, Finding]) -> tuple[ColumnPortrait, ...]:
    pair = one.pair
    if pair is None:
        return ()
    kind = model.change.kind
    if kind in (ChangeKind.ADDED, ChangeKind.REMOVED) or one.standing.base is None or one.standing.head is None:
        gone = kind is ChangeKind.REMOVED or one.standing.head is None
        table = pair.base if gone else pair.head
        return tuple(
            ColumnPortrait(column.name, column.type if gone else None, None if gone else column.type)
            for column in table.columns
        )
    key = {name.lower() for name in model.key.columns} if model.key else set()
    changed = model.columns.changed if model.columns else {}
    left_out = model.columns.uncompared if model.columns else {}
    noisy = {*model.noise.columns} if model.noise else set()
    measures = _measures(found.get("profile"))
    shared = {pairing.head.name: pairing for pairing in pair.shared}
    compared = set(model.columns.compared) if model.columns and model.key else set()
    told = []
    for column in pair.head.columns:
        with_base = shared.get(column.name)
        name, is_noise = column.name, column.name in noisy
        number = changed.get(name, 0) if name in compared else None
        told.append(
            ColumnPortrait(
                name=name,
                base=with_base.base.type if with_base else None,
                head=column.type,
                is_key=name.lower() in key,
                was=with_base.base.name if with_base and with_base.renamed else "",
                changed=None if is_noise else number,
                left_out=left_out.get(name, ""),
                is_noise=is_noise,
                measures=measures.get(name, {}),
            )
        )
    paired = {pairing.base.name for pairing in pair.shared}
    gone_columns = [column for column in pair.base.columns if column.name not in paired]
    return (
        *told,
        *(ColumnPortrait(one.name, one.type, None, measures=measures.get(one.name, {})) for one in gone_columns),
    )


def _measures(profile: Finding | None) -> dict[str, dict[str, _Ends]]:
    """What the profile tells, by column and measure: base's and head's."""
    columns = profile.measures.get("columns") if profile else None
    if not isinstance(columns, Mapping):
        return {}
    return {
        str(name): {
            str(measure): (cast(Plain, ends.get("base")), cast(Plain, ends.get("head")))
            for measure, ends in measures.items()
        }
        for name, measures in columns.items()
    }
