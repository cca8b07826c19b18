"""Two relations become a Pair: which columns they share and can compare, and the key that lines them up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.domain import Column, Key, Pair, Pairing, Table

# Types whose values have no equality, by the first word of their name: a state of an aggregate is no value.
_WITHOUT_EQUALITY = frozenset({"AGGREGATE_STATE"})


def pair(
    unique_id: str, base: Table, head: Table, keys: Sequence[Key], uncompared: Mapping[str, str] | None = None
) -> Pair:
    """Lines up the columns of two relations.

    Columns match by their exact name first, then regardless of case where only one column on each side can be meant.
    A key whose columns are not all shared and compared is passed over: rows lined up by it would mean nothing.

    Args:
        unique_id: the model both relations belong to.
        base, head: the relations.
        keys: the model's keys in order of trust; the first that fits is taken.
        uncompared: columns to leave out of the comparison of values, each with the reason.

    Returns:
        The pair. Its shared columns are in the head's order, its key and `uncompared` in the head's spelling.
    """
    shared = _match(base.columns, head.columns)
    left_out = {}
    for name, reason in (uncompared or {}).items():
        found = _find(name, shared)
        if found is not None:
            left_out[found.head.name] = reason
    for pairing in shared:
        if not pairing.comparable:
            left_out.setdefault(pairing.head.name, f"values of type {_incomparable(pairing)} have no equality")
    return Pair(unique_id, base, head, shared, _choose(keys, shared, left_out), left_out)


def _match(base: Sequence[Column], head: Sequence[Column]) -> tuple[Pairing, ...]:
    by_name = {column.name: column for column in base}
    heads = {column.name for column in head}
    base_rest = [column for column in base if column.name not in heads]
    base_folded = Counter(_fold(column.name) for column in base_rest)
    head_folded = Counter(_fold(column.name) for column in head if column.name not in by_name)
    by_folded = {_fold(column.name): column for column in base_rest if base_folded[_fold(column.name)] == 1}
    shared = []
    for column in head:
        other = by_name.get(column.name)
        if other is None and head_folded[_fold(column.name)] == 1:
            other = by_folded.get(_fold(column.name))
        if other is not None:
            shared.append(_compare(other, column))
    return tuple(shared)


def _compare(base: Column, head: Column) -> Pairing:
    comparable = not any(_first_word(column.type) in _WITHOUT_EQUALITY for column in (base, head))
    return Pairing(base, head, type_changed=base.type != head.type, comparable=comparable)


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
