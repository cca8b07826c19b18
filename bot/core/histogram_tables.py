"""What is told of a histogram: the measures, and the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.core.distributions import bars, figure
from bot.core.moments import text_of
from bot.domain import Bound, DiffTable, TableCell, TableColumn


@dataclass(frozen=True)
class BinnedColumn:
    """A column of numbers or moments; `days` says that it holds dates without a time of day."""

    name: str
    moment: bool
    days: bool


@dataclass(frozen=True)
class Binned:
    """A column's rows by bin, on each side; the last two bins are nulls and what is outside."""

    column: BinnedColumn
    edges: tuple[float, ...]
    base: tuple[int, ...]
    head: tuple[int, ...]
    psi: float | None
    ks: float | None
    bound: Bound

    @property
    def differs(self) -> bool:
        """Whether they differ at all: values may have moved inside of their bins."""
        return self.base != self.head or bool(self.ks)


def to_measures(seen: Binned) -> Mapping[str, object]:
    """What was seen of a column, as JSON can have it."""
    return {
        "psi": seen.psi,
        "ks": seen.ks,
        "edges": list(seen.edges),
        "base": list(seen.base[:-2]),
        "head": list(seen.head[:-2]),
        "nulls": {"base": seen.base[-2], "head": seen.head[-2]},
        "outside": {"base": seen.base[-1], "head": seen.head[-1]},
        "bound": seen.bound.value,
    }


def tables(changed: Sequence[Binned]) -> tuple[DiffTable, ...]:
    """The distances of some columns, and the rows in their bins."""
    column = TableColumn("Column", data=True)
    distances = DiffTable(
        "How far distributions are apart",
        (column, TableColumn("PSI", numeric=True), TableColumn("KS", numeric=True)),
        tuple((one.column.name, one.psi, one.ks) for one in changed),
    )
    bins = DiffTable(
        "Rows by bin",
        (
            column,
            TableColumn("Bin"),
            TableColumn("Base", numeric=True),
            TableColumn("Head", numeric=True),
            TableColumn("Shape of base"),
            TableColumn("Shape of head"),
        ),
        tuple(row for one in changed for row in _rows(one)),
    )
    return (distances, bins) if changed else ()


def _rows(seen: Binned) -> list[tuple[TableCell, ...]]:
    shapes = zip(bars(seen.base), bars(seen.head), strict=True)
    labels = (*_labels(seen), "null", "outside")
    rows = zip(labels, seen.base, seen.head, shapes, strict=True)
    special = ("null", "outside")
    return [
        (seen.column.name, label, base, head, *shape)
        for label, base, head, shape in rows
        if base or head or label not in special
    ]


def _labels(seen: Binned) -> list[str]:
    if not seen.edges:
        return ["all values"]
    texts = [text_of(edge, days=seen.column.days) if seen.column.moment else figure(edge) for edge in seen.edges]
    return [f"{lower} to {upper}" for lower, upper in pairwise(texts)]
