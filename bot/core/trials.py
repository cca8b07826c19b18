"""What varies in a model without the change: questions about base, head and the controls, led to a Noise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core import noise as rulings
from bot.core.draws import Draws, Tally
from bot.core.invariants import find_broken, find_shaped
from bot.core.scans import Steps
from bot.core.sql import Dialect
from bot.core.trio import Trio, are_alike, compare, count_distinct, count_rows, differ_by_checksum
from bot.core.volatility import Causes
from bot.domain import Noise, Pair, RowCounts, Side, Table

_MOST_TRIED = 20  # columns of which one by one it is tried whether all rows are alike without it


@dataclass(frozen=True)
class Found:
    """What the controls show of a model. `noise` is None where nothing varies; `is_open` says that another control
    would tell more; `wholly` are the columns that vary in nearly all rows."""

    noise: Noise | None
    is_open: bool = False
    wholly: frozenset[str] = frozenset()


def find(trio: Trio) -> Steps[Found]:
    """What varies in a model without the change.

    Raises:
        ValueError: a control lacks a column of base, so that it cannot be compared.
    """
    for control in trio.controls:
        missing = {one.base.name for one in trio.pair.shared} - {column.name for column in control.columns}
        if missing:
            raise ValueError(f"base built once more has no column {', '.join(sorted(missing))}")
    return (yield from (_keyed(trio) if trio.pair.key else _keyless(trio)))


def becoming(pair: Pair, again: Table, dialect: Dialect) -> Steps[frozenset[str]]:
    """The columns, as at head, in which head differs from head built once more."""
    turned = replace(
        pair,
        base=pair.head,
        shared=tuple(replace(one, base=one.head, type_changed=False, renamed=False) for one in pair.shared),
    )
    trio = Trio(turned, (again,), dialect, Causes())
    rows, columns = yield from compare(trio, again)
    if rows.added or rows.removed or not pair.key:
        columns |= dict.fromkeys((yield from differ_by_checksum(trio)), 1)
    return frozenset(name for name, number in columns.items() if number)


# --- lined up by key ---------------------------------------------------------------------------------------------


def _keyed(trio: Trio) -> Steps[Found]:
    varying: dict[str, int] = {}
    counted = []
    for control in trio.controls:
        rows, columns = yield from compare(trio, control)
        counted.append(rows)
        varying |= {name: number for name, number in columns.items() if number}
    if not varying and not any(rows.added or rows.removed for rows in counted):
        return Found(None)
    draws = Draws(trio.pair, trio.controls, trio.dialect)
    tallies = yield from draws.columns([name for name in trio.names if name in varying])
    is_stable = yield from _rows_are_stable(trio, counted, list(varying))
    if _key_is_suspicious(trio, tallies, counted):
        other = yield from _without_key(trio, tallies, counted)
        if other is not None:
            return other
    found = yield from _judge_columns(trio, tallies)
    if is_stable:
        return found
    told = [(yield from draws.keys())]
    if any(rows.unkeyed or rows.removed * 2 > rows.base for rows in counted):  # lined up by key there is little to see
        told.append((yield from _whole_rows(trio)))
    return (yield from _judge_rows(trio, found, told, counted))


def _rows_are_stable(trio: Trio, counted: Sequence[RowCounts], varying: Sequence[str]) -> Steps[bool]:
    """Whether base and controls have the same keys. Rows without a usable key are compared whole: then it is looked
    again without what varies."""
    if not any(rows.added or rows.removed for rows in counted):
        return True
    if not varying or not any(rows.unkeyed for rows in counted):
        return False
    return (yield from are_alike(trio.but(varying)))


def _key_is_suspicious(trio: Trio, tallies: Mapping[str, Tally], counted: Sequence[RowCounts]) -> bool:
    """Whether most keys are others in the control, or most columns are, as it is where rows are numbered at random."""
    key = trio.pair.key.columns if trio.pair.key else ()
    rest = [name for name in trio.names if name not in key]
    mostly = [name for name in rest if name in tallies and tallies[name].varied * 2 > tallies[name].total]
    return bool(rest) and (counted[0].removed * 2 > counted[0].base or len(mostly) * 2 > max(len(rest), 2))


def _without_key(trio: Trio, tallies: Mapping[str, Tally], counted: Sequence[RowCounts]) -> Steps[Found | None]:
    """What is found without the key, where that leaves more to compare than with it; else None."""
    key = trio.pair.key.columns if trio.pair.key else ()
    rest = trio.but(key)
    volatile = yield from _volatile_columns(rest, counted)
    if volatile is None:
        return None
    tell = 0
    for name in rest.names:
        if name not in volatile and (yield from count_distinct(trio, name)) > 1:
            tell += 1
    matched = counted[0].changed + counted[0].unchanged
    with_key = len([name for name in rest.names if name not in tallies]) if matched else 0
    if tell <= with_key:
        return None
    found = yield from _judge_columns(rest, (yield from _values(rest, volatile)))
    noise = found.noise or Noise()
    columns = {**{name: trio.causes.of(name) for name in key}, **noise.columns}
    return replace(found, noise=replace(noise, columns=columns, key=True))


# --- compared as a multiset --------------------------------------------------------------------------------------


def _keyless(trio: Trio) -> Steps[Found]:
    counted = []
    for control in trio.controls:
        rows, _ = yield from compare(trio, control)
        counted.append(rows)
    volatile = yield from _volatile_columns(trio, counted)
    if volatile == []:
        return Found(None)
    if volatile is None:
        return (yield from _judge_rows(trio, Found(Noise()), [(yield from _whole_rows(trio))], counted))
    return (yield from _judge_columns(trio, (yield from _values(trio, volatile))))


def _values(trio: Trio, names: Sequence[str]) -> Steps[dict[str, Tally]]:
    """The tallies of the values of some columns, each by itself."""
    draws = Draws(trio.pair, trio.controls, trio.dialect)
    tallies = {}
    for name in names:
        tallies[name] = yield from draws.values(name)
    return tallies


def _whole_rows(trio: Trio) -> Steps[Tally]:
    """The tally of whole rows, without the columns that vary in all of them: beside one of these all rows are others,
    whatever head does to the rest."""
    tallies = yield from _values(trio, trio.names[:_MOST_TRIED])
    controls = len(trio.controls)
    wholly = [name for name, tally in tallies.items() if rulings.rule(tally, controls).wholly]
    left = trio.but(wholly) if len(wholly) < len(trio.names) else trio
    return (yield from Draws(left.pair, left.controls, left.dialect).rows())


def _volatile_columns(trio: Trio, counted: Sequence[RowCounts]) -> Steps[list[str] | None]:
    """The columns without which base and controls have the same rows; None where it is the rows that vary."""
    if any(rows.base != rows.head for rows in counted):
        return None
    if (yield from are_alike(trio)):
        return []
    volatile = yield from differ_by_checksum(trio)
    left = [name for name in trio.names if name not in volatile]
    if not left or (trio.causes.rows and len(left) * 2 < len(trio.names)):
        return None
    if (yield from are_alike(trio.but(volatile))):
        return volatile
    # A column may be mixed up among rows: it has the same values, and not at the same rows.
    told = [name for name in left if trio.causes.columns.get(name.lower())]
    if told and len(told) < len(left) and (yield from are_alike(trio.but([*volatile, *told]))):
        return [*volatile, *told]
    for name in left[:_MOST_TRIED] if len(left) > 1 else ():
        if (yield from are_alike(trio.but([*volatile, name]))):
            return [*volatile, name]
    return None


# --- what is made of it ------------------------------------------------------------------------------------------


def _judge_columns(trio: Trio, tallies: Mapping[str, Tally]) -> Steps[Found]:
    """The noise of columns: those that head does not change beyond what they do by themselves."""
    controls = len(trio.controls)
    tolerated = {name: rulings.ROUNDING for name, tally in tallies.items() if rulings.is_rounding(tally)}
    judged = {name: rulings.rule(tally, controls) for name, tally in tallies.items() if name not in tolerated}
    quiet = [name for name, ruling in judged.items() if not ruling.beyond]
    broken = yield from find_broken(trio, quiet)
    partly = [name for name in judged if name not in quiet or name in broken]
    columns = {name: trio.causes.of(name) for name in judged if name not in partly}
    noise = Noise(
        columns=columns,
        tolerated=tolerated,
        partly={name: tallies[name].varied for name in partly},
        controls=controls,
        broken=broken,
    )
    wholly = frozenset(name for name, ruling in judged.items() if ruling.wholly)
    return Found(noise, any(judged[name].open for name in columns), wholly)


def _judge_rows(trio: Trio, found: Found, tallies: Sequence[Tally], counted: Sequence[RowCounts]) -> Steps[Found]:
    """With what is made of rows that come and go, as each of the tallies tells it."""
    controls = len(trio.controls)
    noise = replace(found.noise or Noise(), controls=controls)
    judged = [rulings.rule(tally, controls) for tally in tallies]
    if any(ruling.beyond for ruling in judged) or (yield from find_shaped(trio, trio.names)):
        return replace(found, noise=noise)
    head = yield from count_rows(trio, Side.HEAD)
    number = [counted[0].base, *(rows.head for rows in counted)]
    varies = len(set(number)) > 1
    far = rulings.is_far(head, number)
    noise = replace(noise, rows=True, rows_cause=trio.causes.of_rows(), count=varies and not far)
    is_open = any(ruling.open for ruling in judged)
    # That several draws have as many rows by chance is less likely, the more of them there are.
    doubtful = (far or (not varies and tallies[0].differing > 0)) and controls < rulings.MOST_CONTROLS
    return replace(found, noise=noise, is_open=found.is_open or is_open or doubtful)
