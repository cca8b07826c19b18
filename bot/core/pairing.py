"""Two relations become a Pair: which columns they share and can compare, and the key that lines them up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.core.comparison import Comparison, absent, left_out, loosen, misfits
from bot.core.sql import Dialect
from bot.core.wording import nearest
from bot.domain import Column, DeclaredColumn, Key, KeySource, Misfit, Pair, Pairing, Table

# Types whose values have no equality, by the first word of their name: a state of an aggregate is no value.
_WITHOUT_EQUALITY = frozenset({"AGGREGATE_STATE"})
# Where somebody wrote a key for us, and may have made a slip.
_WRITTEN = (KeySource.META, KeySource.CONFIG)


def pair(
    unique_id: str,
    base: Table,
    head: Table,
    keys: Sequence[Key],
    uncompared: Mapping[str, str] | None = None,
    comparison: Comparison | None = None,
) -> Pair:
    """Lines up the columns of two relations.

    Columns match as they were renamed first, then by their exact name, then regardless of case where only one column on
    each side can be meant. A key whose columns are not all shared and compared is passed over: rows lined up by it
    would mean nothing. Columns of the key that was taken are compared whatever the comparison leaves out.

    Args:
        unique_id: the model both relations belong to.
        base, head: the relations.
        keys: the model's keys in order of trust; the first that fits is taken.
        uncompared: columns to leave out of the comparison of values, each with the reason.
        comparison: how values are compared; exactly, and all of them, if not given.

    Returns:
        The pair. Its shared columns are in the head's order, its key and `uncompared` in the head's spelling.
    """
    how = comparison or Comparison()
    renamed = _rename(how.rename, base.columns, head.columns)
    shared = _match(base.columns, head.columns, renamed.names)
    unfit = _unfit(shared, uncompared or {})
    unwanted = left_out(shared, how)
    excluded = left_out(shared, Comparison(exclude=how.exclude))
    key = _choose(keys, shared, {**excluded, **unfit}) or _choose(keys, shared, unfit)
    of_key = key.columns if key else ()
    sides = (base.columns, head.columns)
    return Pair(
        unique_id,
        base,
        head,
        tuple(one if one.head.name in of_key else loosen(one, how) for one in shared),
        key,
        {**{name: reason for name, reason in unwanted.items() if name not in of_key}, **unfit},
        exact=how.exact,
        misfits=(*_unknown_keys(keys, sides), *renamed.misfits, *misfits(how, shared, of_key, sides)),
    )


@dataclass(frozen=True)
class _Renamed:
    """Head's name to base's of each renamed column, and the renamings that don't fit."""

    names: Mapping[str, str] = field(default_factory=dict)
    misfits: tuple[Misfit, ...] = ()


def contract(declared: Sequence[DeclaredColumn], head: Table, dialect: Dialect) -> tuple[DeclaredColumn, ...]:
    """The columns of a contract as the warehouse has them: a declared type that its catalog has another word for, which
    would mean something else in other warehouses, is told by that word."""
    types = {column.name.lower(): column.type for column in head.columns}
    return tuple(
        replace(one, data_type=found)
        if one.data_type and (found := types.get(one.name.lower())) and dialect.is_same_type(one.data_type, found)
        else one
        for one in declared
    )


def _rename(rename: Mapping[str, str], base: Sequence[Column], head: Sequence[Column]) -> _Renamed:
    """A renaming that was carried out long ago, or is still to come, is no fault: only a slip is one."""
    names: dict[str, str] = {}
    found = []
    for old, new in rename.items():
        before, after = _named(old, base), _named(new, head)
        if before and after and after not in names and before not in names.values():
            names[after] = before
        elif before and after:
            found.append(Misfit("values.rename", f"{old}: {new}", "another renaming has one of these columns already"))
        elif not before and not _named(new, base):
            reason = _not_there("base", old, base)
            found.append(Misfit("values.rename", old, reason))
        elif not after and not _named(old, head):
            reason = _not_there("head", new, head)
            found.append(Misfit("values.rename", new, reason))
    return _Renamed(names, tuple(found))


def _not_there(side: str, name: str, columns: Sequence[Column]) -> str:
    meant = nearest(name, [column.name for column in columns])
    return f"{side} does not have it" + (f"; did you mean {meant}?" if meant else "")


def _named(name: str, columns: Sequence[Column]) -> str | None:
    """The column that bears a name: exactly, or regardless of case where only one does."""
    if any(column.name == name for column in columns):
        return name
    alike = [column.name for column in columns if _fold(column.name) == _fold(name)]
    return alike[0] if len(alike) == 1 else None


def _unfit(shared: Sequence[Pairing], uncompared: Mapping[str, str]) -> dict[str, str]:
    """The columns whose values say nothing, or cannot be compared, each with the reason."""
    reasons = {}
    for name, reason in uncompared.items():
        found = _find(name, shared)
        if found is not None:
            reasons[found.head.name] = reason
    for pairing in shared:
        if not pairing.comparable:
            reasons.setdefault(pairing.head.name, f"values of type {_incomparable(pairing)} have no equality")
    return reasons


def _unknown_keys(keys: Sequence[Key], sides: tuple[Sequence[Column], ...]) -> tuple[Misfit, ...]:
    names = tuple(dict.fromkeys(column.name for side in sides for column in side))
    folded = {_fold(name) for name in names}
    written = [name for key in keys if key.source in _WRITTEN for name in key.columns if _fold(name) not in folded]
    return tuple(absent("key", name, names) for name in dict.fromkeys(written))


def _match(base: Sequence[Column], head: Sequence[Column], renamed: Mapping[str, str]) -> tuple[Pairing, ...]:
    by_name = {column.name: column for column in base}
    old_names = set(renamed.values())
    heads = {column.name for column in head if column.name not in renamed}
    base_rest = [column for column in base if column.name not in heads and column.name not in old_names]
    base_folded = Counter(_fold(column.name) for column in base_rest)
    head_folded = Counter(_fold(c.name) for c in head if c.name not in by_name and c.name not in renamed)
    by_folded = {_fold(column.name): column for column in base_rest if base_folded[_fold(column.name)] == 1}
    shared = []
    for column in head:
        if column.name in renamed:
            shared.append(_compare(by_name[renamed[column.name]], column, renamed=True))
            continue
        other = by_name.get(column.name) if column.name not in old_names else None
        if other is None and head_folded[_fold(column.name)] == 1:
            other = by_folded.get(_fold(column.name))
        if other is not None:
            shared.append(_compare(other, column))
    return tuple(shared)


def _compare(base: Column, head: Column, *, renamed: bool = False) -> Pairing:
    comparable = not any(_first_word(column.type) in _WITHOUT_EQUALITY for column in (base, head))
    return Pairing(base, head, type_changed=base.type != head.type, comparable=comparable, renamed=renamed)


def _incomparable(pairing: Pairing) -> str:
    return next(c.type for c in (pairing.head, pairing.base) if _first_word(c.type) in _WITHOUT_EQUALITY)


def _choose(keys: Sequence[Key], shared: Sequence[Pairing], left_out: Mapping[str, str]) -> Key | None:
    for key in keys:
        found = [_find(name, shared) for name in key.columns]
        names = [pairing.head.name for pairing in found if pairing is not None]
        if names and len(names) == len(found) and not any(name in left_out for name in names):
            return Key(tuple(dict.fromkeys(names)), key.source)
    return None


def _find(name: str, shared: Sequence[Pairing]) -> Pairing | None:
    """The shared column a name means: by its exact name at head, then at base, then regardless of case if only one."""
    for exact in ([p for p in shared if p.head.name == name], [p for p in shared if p.base.name == name]):
        if exact:
            return exact[0]
    alike = [pairing for pairing in shared if _fold(pairing.head.name) == _fold(name)]
    return alike[0] if len(alike) == 1 else None


def _fold(name: str) -> str:
    return name.lower()


def _first_word(type_name: str) -> str:
    return type_name.upper().replace("<", " ").replace("(", " ").split(" ", 1)[0]
