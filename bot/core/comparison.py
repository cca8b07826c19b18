"""How the values of a pair are compared: which columns, and what makes no difference in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.core.choosing import choose, unknown
from bot.core.kinds import Kind, kind_of
from bot.core.wording import nearest
from bot.domain import Column, Grade, Misfit, Pairing, Tolerance

_FLOATS = ("float", "real", "double")
_DECIMALS = ("decimal", "dec", "numeric", "number", "money", "bignumeric", "bigdecimal")
_IN_THE_KEY = "it is part of the key, which is compared exactly"


@dataclass(frozen=True)
class Comparison:
    """What the options of `values` make of the comparison of a pair.

    Names may have wildcards, and mean columns of either side regardless of case. `include` empty stands for all.
    `rename`: base's name to head's. `tolerance` is for all numbers; `by_type` is for `float`, `decimal`, `integer` and
    `timestamp`, and goes before it; `by_column` goes before both. `fold_case` and `trim` are for all texts (true), for
    none (false), or for these columns. What is said of a key column has no effect: a key is compared exactly.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    rename: Mapping[str, str] = field(default_factory=dict)
    tolerance: Tolerance | None = None
    by_type: Mapping[str, Tolerance] = field(default_factory=dict)
    by_column: Mapping[str, Tolerance] = field(default_factory=dict)
    fold_case: bool | tuple[str, ...] = False
    trim: bool | tuple[str, ...] = False
    exact: bool = False


def left_out(shared: Sequence[Pairing], comparison: Comparison) -> dict[str, str]:
    """The columns that are not compared because nobody wants them to be, as at head, each with the reason."""
    reasons = {}
    for pairing in shared:
        if comparison.include and not _means(comparison.include, pairing):
            reasons[pairing.head.name] = "not among the columns of `include`"
        elif _means(comparison.exclude, pairing):
            reasons[pairing.head.name] = "left out by `exclude`"
    return reasons


def loosen(pairing: Pairing, comparison: Comparison) -> Pairing:
    """A column that is not of the key, with what makes no difference in it."""
    is_text = _kinds(pairing) == {Kind.TEXT}
    return replace(
        pairing,
        tolerance=_tolerance(pairing, comparison),
        fold_case=is_text and _wanted(comparison.fold_case, pairing),
        trim=is_text and _wanted(comparison.trim, pairing),
    )


def misfits(
    comparison: Comparison, shared: Sequence[Pairing], key: Sequence[str], sides: tuple[Sequence[Column], ...]
) -> tuple[Misfit, ...]:
    """What the options name and does not fit.

    Args:
        shared: the columns that both sides have.
        key: the columns of the key that was taken, as at head.
        sides: all columns of base, and of head.
    """
    names = tuple(dict.fromkeys(column.name for side in sides for column in side))
    found: list[Misfit] = []
    for setting, wanted in _named(comparison):
        for name in unknown(wanted, names):
            found.append(absent(setting, name, names))
    of_key = [pairing for pairing in shared if pairing.head.name in key]
    found += _misfits_of_key(comparison, of_key)
    others = [pairing for pairing in shared if pairing.head.name not in key]
    found += _misfits_of_type(comparison, others)
    return tuple(found)


def absent(setting: str, name: str, names: Sequence[str]) -> Misfit:
    """A name that neither side has. To leave out what is not there does no harm, unless it looks like a slip."""
    meant = nearest(name, names)
    harmless = setting == "values.exclude" and meant is None
    reason = "neither side has it" + (f"; did you mean {meant}?" if meant else "")
    return Misfit(setting, name, reason, Grade.PASS if harmless else Grade.WARN)


def _named(comparison: Comparison) -> Iterator[tuple[str, Sequence[str]]]:
    yield "values.include", comparison.include
    yield "values.exclude", comparison.exclude
    yield "values.tolerance.columns", tuple(comparison.by_column)
    yield from _texts(comparison)


def _texts(comparison: Comparison) -> Iterator[tuple[str, tuple[str, ...]]]:
    for setting, wanted in (("ignore_case", comparison.fold_case), ("ignore_trailing_spaces", comparison.trim)):
        yield f"values.{setting}", () if isinstance(wanted, bool) else wanted


def _misfits_of_key(comparison: Comparison, key: Sequence[Pairing]) -> Iterator[Misfit]:
    for name in _exact(comparison.exclude, key):
        yield Misfit("values.exclude", name, "rows are lined up by it: declare another key first", Grade.ERROR)
    loosened = (("values.tolerance.columns", tuple(comparison.by_column)), *_texts(comparison))
    for setting, wanted in loosened:
        for name in _exact(wanted, key):
            yield Misfit(setting, name, _IN_THE_KEY)


def _misfits_of_type(comparison: Comparison, columns: Sequence[Pairing]) -> Iterator[Misfit]:
    for name, tolerance in comparison.by_column.items():
        for pairing in _exactly(name, columns):
            kinds = _kinds(pairing)
            if kinds not in ({Kind.NUMBER}, {Kind.MOMENT}):
                yield Misfit("values.tolerance.columns", name, "it does not hold numbers, or moments, on both sides")
            elif kinds == {Kind.MOMENT} and tolerance.relative is not None:
                yield Misfit("values.tolerance.columns", name, "the tolerance of moments is absolute, in seconds")
    for setting, wanted in _texts(comparison):
        for name in wanted:
            if any(_kinds(pairing) != {Kind.TEXT} for pairing in _exactly(name, columns)):
                yield Misfit(setting, name, "it does not hold texts on both sides")


def _exact(wanted: Sequence[str], columns: Sequence[Pairing]) -> list[str]:
    return [name for name in wanted if _exactly(name, columns)]


def _exactly(name: str, columns: Sequence[Pairing]) -> list[Pairing]:
    """The columns that bear this name itself, no wildcard."""
    return [one for one in columns if name.lower() in (one.head.name.lower(), one.base.name.lower())]


def _means(wanted: Sequence[str], pairing: Pairing) -> bool:
    return bool(choose(wanted, (pairing.head.name, pairing.base.name)))


def _wanted(wanted: bool | tuple[str, ...], pairing: Pairing) -> bool:  # noqa: FBT001 (a setting)
    return wanted if isinstance(wanted, bool) else _means(wanted, pairing)


def _tolerance(pairing: Pairing, comparison: Comparison) -> Tolerance | None:
    group = _group(pairing)
    if group is None:
        return None
    found = next((one for name, one in comparison.by_column.items() if _exactly(name, (pairing,))), None)
    found = found or next((one for name, one in comparison.by_column.items() if _means((name,), pairing)), None)
    found = found or comparison.by_type.get(group) or (comparison.tolerance if group != "timestamp" else None)
    if found and group == "timestamp":
        found = replace(found, relative=None)
    return found if found and (found.absolute, found.relative) != (None, None) else None


def _group(pairing: Pairing) -> str | None:
    """By which of the types of `tolerance.types` a column goes."""
    kinds = _kinds(pairing)
    if kinds == {Kind.MOMENT}:
        return "timestamp"
    if kinds != {Kind.NUMBER}:
        return None
    types = [column.type.strip().lower() for column in (pairing.base, pairing.head)]
    if any(name.startswith(_FLOATS) for name in types):
        return "float"
    return "decimal" if any(_has_fraction(name) for name in types) else "integer"


def _has_fraction(type_name: str) -> bool:
    return type_name.startswith(_DECIMALS) and not type_name.replace(" ", "").endswith(",0)")


def _kinds(pairing: Pairing) -> set[Kind]:
    return {kind_of(pairing.base.type), kind_of(pairing.head.type)}
