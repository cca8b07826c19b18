"""The `schema` check: which columns has the model, of which types, in which order?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from bot.core import renames, types
from bot.core.choosing import choose
from bot.core.options import CheckOptions, Names
from bot.core.renames import Rename
from bot.core.thresholds import worst
from bot.core.types import TypeChange
from bot.core.wording import count
from bot.domain import Bound, Column, Conversation, DiffTable, Finding, Outcome, Pair, Pairing, TableColumn

NAME = "schema"
_Kind = Literal["added", "removed", "renamed", "widened", "narrowed", "retyped", "reordered", "contract"]
_TYPES = (TableColumn("Column", data=True), TableColumn("Base"), TableColumn("Head"), TableColumn("Became"))
_RENAMES = (
    TableColumn("At base", data=True),
    TableColumn("At head", data=True),
    TableColumn("Equal %", numeric=True),
    TableColumn("Rows compared", numeric=True),
)
_BECAME = {TypeChange.WIDENED: "widened", TypeChange.NARROWED: "narrowed", TypeChange.OTHER: "retyped"}
_WORDS: Mapping[_Kind, str] = {
    "added": "added",
    "removed": "removed",
    "renamed": "likely renamed",
    "widened": "of a wider type",
    "narrowed": "of a narrower type",
    "retyped": "of another type",
    "contract": "not as the contract declares",
}
_CONTRACT = (TableColumn("Column", data=True), TableColumn("Declared"), TableColumn("Found"))


class Options(CheckOptions):
    """Options of `schema`."""

    ignore: Names = Field((), description="columns of which nothing is told; names may have wildcards: `_loaded_*`")
    ignore_order: bool = Field(default=False, description="the order of columns is not looked at")
    allow: tuple[_Kind, ...] = Field(("added",), description="what passes; what is in no list closes the gate")
    warn: tuple[_Kind, ...] = Field(("reordered",), description="what is a warning")


def check(pair: Pair, options: Options) -> Conversation:
    """Which columns were added, removed or renamed, which changed their type, and whether their order changed.

    A type is `widened` if the new one holds every value of the old one, `narrowed` in the opposite case, and else
    `retyped`. Names that differ in case alone are one column. A removed and an added column that hold the same are told
    as a likely renaming: with a key, where nine of ten rows are equal; without one, where all values are. At most 25
    combinations are asked. A column of `values.rename` is renamed by your own word, and passes. Of an enforced contract
    is told which of its columns are missing, or of another type than declared.

    A column that is removed or likely renamed, or changes its type, and a contract that is not kept close the gate.
    Another order is a warning, and added columns pass. `allow` and `warn` say it otherwise.

    Measures: `added`, `removed`: names; `renamed`: head's name to base's, of those in `values.rename`;
    `likely_renamed`: a list with `base`, `head` and `percent` equal; `type_changed`: name to the types at `base` and
    `head` and what it `became`; `order_changed`: whether the columns of both sides come in another order; `contract`:
    name to the type `declared` and the one `found`, null where it is missing.
    """
    seen = _see(pair, options)
    asked = renames.questions(pair, seen.removed, seen.added)
    likely = renames.likely(pair, seen.removed, seen.added, (yield asked)) if asked else ()
    measures = {
        "added": [column.name for column in seen.added],
        "removed": [column.name for column in seen.removed],
        "type_changed": seen.type_changed,
        "order_changed": seen.order_changed,
        "renamed": seen.renamed,
        "likely_renamed": [{"base": r.base, "head": r.head, "percent": _percent(r)} for r in likely],
        "contract": seen.contract,
    }
    kinds = _kinds(seen, likely)
    message = ", ".join(_say(kind, number) for kind, number in kinds.items() if number)
    declared = f"{count(len(seen.renamed), 'column')} renamed as configured" if seen.renamed else ""
    return Finding(
        NAME,
        Outcome.CHANGED if message or declared else Outcome.UNCHANGED,
        ", ".join(filter(None, (message, declared))) or "same columns, types and order",
        measures=measures,
        bound=_bound(kinds, options),
        tables=tuple(_tables(seen, likely)),
    )


@dataclass(frozen=True)
class _Seen:
    """What is told of the columns, those left out that are ignored."""

    added: Sequence[Column]
    removed: Sequence[Column]
    renamed: Mapping[str, str]
    type_changed: Mapping[str, Mapping[str, str]]
    order_changed: bool
    contract: Mapping[str, Mapping[str, str | None]]


def _see(pair: Pair, options: Options) -> _Seen:
    names = [column.name for table in (pair.base, pair.head) for column in table.columns]
    ignored = set(choose(options.ignore, names))
    at_base = {one.base.name for one in pair.shared} | ignored
    at_head = {one.head.name for one in pair.shared} | ignored
    shared = [one for one in pair.shared if not {one.base.name, one.head.name} & ignored]
    return _Seen(
        added=[column for column in pair.head.columns if column.name not in at_head],
        removed=[column for column in pair.base.columns if column.name not in at_base],
        renamed={one.head.name: one.base.name for one in shared if one.renamed},
        type_changed={
            one.head.name: {
                "base": one.base.type,
                "head": one.head.type,
                "became": _BECAME[types.change(one.base.type, one.head.type)],
            }
            for one in shared
            if one.type_changed
        },
        order_changed=not options.ignore_order and _order_changed(pair, shared),
        contract={name: told for name, told in _contract(pair).items() if not choose(options.ignore, (name,))},
    )


def _order_changed(pair: Pair, shared: Sequence[Pairing]) -> bool:
    by_base_name = {one.base.name: one.head.name for one in shared}
    at_base = [by_base_name[column.name] for column in pair.base.columns if column.name in by_base_name]
    return at_base != [one.head.name for one in shared]


def _contract(pair: Pair) -> dict[str, dict[str, str | None]]:
    """The columns of head's contract that are missing, or of another type than declared."""
    by_name = {column.name.lower(): column.type for column in pair.head.columns}
    broken: dict[str, dict[str, str | None]] = {}
    for declared in pair.contract:
        found = by_name.get(declared.name.lower())
        if found is None or (declared.data_type is not None and not types.means(declared.data_type, found)):
            broken[declared.name] = {"declared": declared.data_type, "found": found}
    return broken


def _kinds(seen: _Seen, likely: Sequence[Rename]) -> dict[_Kind, int]:
    """How many columns changed in each of the ways that `allow` and `warn` know."""
    became = [told["became"] for told in seen.type_changed.values()]
    return {
        "added": len(seen.added) - len(likely),
        "removed": len(seen.removed) - len(likely),
        "renamed": len(likely),
        "widened": became.count("widened"),
        "narrowed": became.count("narrowed"),
        "retyped": became.count("retyped"),
        "reordered": int(seen.order_changed),
        "contract": len(seen.contract),
    }


def _say(kind: _Kind, number: int) -> str:
    return "columns in another order" if kind == "reordered" else f"{count(number, 'column')} {_WORDS[kind]}"


def _bound(kinds: Mapping[_Kind, int], options: Options) -> Bound:
    """What the lists say; nothing where none was written, so that the policy speaks."""
    if not options.model_fields_set & {"allow", "warn"}:
        return Bound.NONE
    found = [kind for kind, number in kinds.items() if number]
    strict = [Bound.WARN if kind in options.warn else Bound.FAIL for kind in found if kind not in options.allow]
    return worst([Bound.WITHIN, *strict])


def _percent(rename: Rename) -> float:
    """Rounded down to two digits, so that 100 means every row."""
    if rename.equal is None or not rename.compared:
        return 100.0
    return rename.equal * 10_000 // rename.compared / 100


def _tables(seen: _Seen, likely: Sequence[Rename]) -> Iterator[DiffTable]:
    if seen.type_changed:
        rows = [(name, one["base"], one["head"], one["became"]) for name, one in seen.type_changed.items()]
        yield DiffTable("Columns of another type", _TYPES, tuple(rows))
    if likely:
        yield DiffTable("Likely renamed", _RENAMES, tuple((r.base, r.head, _percent(r), r.compared) for r in likely))
    if seen.contract:
        broken = [(name, one["declared"], one["found"]) for name, one in seen.contract.items()]
        yield DiffTable("Not as the contract declares", _CONTRACT, tuple(broken))
