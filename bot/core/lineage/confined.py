"""Proves from their SQL alone that two queries differ in some columns at most. In doubt, it does not.

Where two entries of a select list differ, or only one side has one, both texts get a hole there: a value that nobody
knows. If the texts with holes are proven to be equal (`core.equivalence`), then all that differs is what is in the
holes; and lineage tells to which columns of the result that goes. This holds as long as no hole is more than a value:
what decides the rows by standing in a list (an aggregate, a function that gives rows) is no hole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from bot.core.equivalence import proven
from bot.core.equivalence.certain import FUNCTIONS
from bot.core.equivalence.parts import args_of
from bot.core.lineage import LONGEST, Known, of_query
from bot.core.lineage.lists import Entry, SelectList, select_lists, tokens_of
from bot.core.lineage.names import reached_names
from bot.core.lineage.scopes import Doubt
from bot.core.lineage.sources import Inputs

_TABLE = "proofbot_holes"
_HOLE = "(select proofbot_hole from proofbot_holes)"
_NOT_SQL = ("{{", "{%", "{#", "proofbot_hole")


def _known(*names: str) -> tuple[type[exp.Expr], ...]:
    """Those classes that this version of sqlglot has."""
    return tuple(found for name in names if (found := getattr(exp, name, None)) is not None)


# What is one value of one row, whatever it is made of; a function that is not listed may give rows, or be an aggregate.
_VALUES = (
    *FUNCTIONS,
    *_known(
        *("Column", "Identifier", "Literal", "Null", "Boolean", "Paren", "Is", "Between", "In", "Interval", "Var"),
        *("Add", "Sub", "Mul", "Div", "IntDiv", "Mod", "Neg", "DPipe", "EQ", "NEQ", "GT", "GTE", "LT", "LTE", "Like"),
        *("ILike", "NullSafeEQ", "NullSafeNEQ", "DataType", "DataTypeParam", "Window", "Order", "Ordered", "Distinct"),
        *("Filter", "Where", "RowNumber", "Lag", "Lead", "CurrentDate", "CurrentTimestamp", "DateAdd", "DateSub"),
        *("DateDiff", "TimestampAdd", "TimestampDiff", "Left", "Right", "Replace", "RegexpReplace", "StrPosition"),
        *("Sqrt", "Pow", "Ln", "Exp", "Sign", "Initcap", "ConcatWs", "SafeConcat", "Year", "Month", "Day"),
    ),
)


_Key = tuple[object, ...]
_Entries = dict[_Key, Entry]


# Where these are, a column more in one place may make others of those behind it.
_BY_PLACE = _known("SetOperation", "Union", "Except", "Intersect", "Tuple", "Struct", "Values")


class _Edit(NamedTuple):
    """What stands in a text from `start` to `end` is written in another way."""

    start: int
    end: int
    text: str


def differing(base: str, head: str, grammar: str) -> frozenset[str] | None:
    """The columns in which two queries may differ, on any data; all else that they give is the same rows.

    A column that only one of them has is among them. What reads all columns (`select *`) reads those, too.

    Args:
        grammar: the name in sqlglot of what both are written in; empty where nobody knows it.

    Returns:
        names in lower case; None where nothing is proven: then everything may differ.
    """
    if not grammar or max(len(base), len(head)) > LONGEST:
        return None
    if any(word in text.lower() for word in _NOT_SQL for text in (base, head)):
        return None
    try:
        edits = _holes(base, head, grammar)
        texts = [_edited(text, some) for text, some in zip((base, head), edits, strict=True)]
        if not any(edits) or not proven(texts[0], texts[1], grammar):
            return None
        found = [set(_reached(text, grammar)) for text in texts]
    except (Doubt, SqlglotError, ValueError, RecursionError):
        return None
    return frozenset(found[0] | found[1])


def _holes(base: str, head: str, grammar: str) -> tuple[list[_Edit], list[_Edit]]:
    """What to write into both texts, so that they have holes where they differ.

    Raises:
        Doubt: they differ otherwise.
    """
    before, after = (select_lists(tokens_of(text, grammar)) for text in (base, head))
    if len(before) != len(after):
        raise Doubt("another number of queries")
    edits: tuple[list[_Edit], list[_Edit]] = ([], [])
    for ours, theirs in zip(before, after, strict=True):
        if [one.same for one in ours.entries] != [one.same for one in theirs.entries]:
            for side, found in zip(edits, _compared(base, head, (ours, theirs), grammar), strict=True):
                side.extend(found)
    return edits


def _compared(
    base: str, head: str, lists: tuple[SelectList, SelectList], grammar: str
) -> tuple[list[_Edit], list[_Edit]]:
    """The holes of two lists."""
    ours, theirs = ({_key(one): one for one in some.entries} for some in lists)
    shared = [key for key in ours if key in theirs]
    if any(len(found) != len(some.entries) for found, some in zip((ours, theirs), lists, strict=True)):
        raise Doubt("two columns of one name")
    if shared != [key for key in theirs if key in ours]:
        raise Doubt("columns in another order")
    edits: tuple[list[_Edit], list[_Edit]] = ([], [])
    aggregates = [_aggregates(text, one, grammar) for text, one in ((base, ours), (head, theirs))]
    for key in shared:
        first, second = ours[key], theirs[key]
        if first.same == second.same or first.has_query or second.has_query:
            continue  # what is not the same in a query within has holes of its own, or is found to differ
        if not first.is_named or _is_aggregate(base, first, grammar) != _is_aggregate(head, second, grammar):
            raise Doubt("a value in the place of an aggregate, or the other way round")
        edits[0].append(_hole_for(base, first))
        edits[1].append(_hole_for(head, second))
    found = (ours, theirs)
    for text, some, others in ((base, ours, theirs), (head, theirs, ours)):
        for key in some.keys() - others.keys():
            if not some[key].is_named:
                raise Doubt("a column without a name on one side only")
            if _is_aggregate(text, some[key], grammar) and not _stays_grouped(lists, aggregates, shared):
                raise Doubt("an aggregate that may make one row of many")
    if ours.keys() != theirs.keys() and any(_reads_by_place(text, grammar) for text in (base, head)):
        raise Doubt("another number of columns, where their place counts")
    order = _merged(list(ours), list(theirs))
    names = {
        key: text[one.name.start : one.name.end]
        for text, some in ((base, ours), (head, theirs))
        for key, one in some.items()
    }
    for side in (0, 1):
        edits[side].extend(_filled(found[side], found[1 - side], order, names))
    return edits


def _merged(ours: Sequence[_Key], theirs: Sequence[_Key]) -> list[_Key]:
    """The columns of both lists, where what they share comes in one order; what only base has stands first."""
    merged: list[_Key] = []
    waiting = list(theirs)
    for key in ours:
        if key in theirs:
            place = waiting.index(key) + 1
            merged += waiting[:place]
            waiting = waiting[place:]
        else:
            merged.append(key)
    return merged + waiting


def _filled(own: _Entries, others: _Entries, order: Sequence[_Key], names: Mapping[_Key, str]) -> Iterator[_Edit]:
    """Holes for what only one side has, in one order on both.

    Args:
        names: what the columns are called, as it is written.
    """
    first = next(iter(own.values())).tokens[0].start
    last = None
    for key in order:
        if key in own:
            last = own[key].tokens[-1].end
            if key not in others:
                yield _Edit(own[key].tokens[0].start, last, f"{_HOLE} as {names[key]}")
        elif last is None:
            yield _Edit(first, first, f"{_HOLE} as {names[key]}, ")
        else:
            yield _Edit(last, last, f", {_HOLE} as {names[key]}")


def _key(entry: Entry) -> _Key:
    return ("named", entry.name.text.lower()) if entry.is_named else ("as it is", entry.same)


def _reads_by_place(text: str, grammar: str) -> bool:
    """Whether anything in a text may tell columns by their place, not by their name."""
    [tree] = (one for one in sqlglot.parse(text, read=grammar) if one is not None)
    named = (node.args.get("columns") for node in tree.find_all(exp.TableAlias))
    return any(named) or tree.find(*_BY_PLACE) is not None


def _stays_grouped(
    lists: tuple[SelectList, SelectList], aggregates: Sequence[set[_Key]], shared: Sequence[object]
) -> bool:
    """Whether both sides group, with or without what only one of them has."""
    return all(one.is_grouped for one in lists) or all(found.intersection(shared) for found in aggregates)


def _aggregates(text: str, entries: _Entries, grammar: str) -> set[_Key]:
    """Those of the entries that are surely aggregates."""
    found = set()
    for key, entry in entries.items():
        try:
            if entry.is_named and _is_aggregate(text, entry, grammar):
                found.add(key)
        except (Doubt, SqlglotError):
            continue
    return found


def _is_aggregate(text: str, entry: Entry, grammar: str) -> bool:
    """Whether an entry makes one row of many.

    Raises:
        Doubt: it may be more than one value of one row.
    """
    value = entry.value
    trees = sqlglot.parse(f"select {text[value[0].start : value[-1].end]}", read=grammar)
    tree = trees[0] if len(trees) == 1 else None
    if not isinstance(tree, exp.Select) or args_of(tree).keys() != {"expressions"} or len(tree.expressions) != 1:
        raise Doubt("an entry that is no single value")
    [one] = tree.expressions
    for node in one.walk():
        if isinstance(node, exp.Star) and isinstance(node.parent, exp.Count) and not args_of(node):
            continue
        if not isinstance(node, _VALUES) or (isinstance(node, exp.In) and node.args.get("query")):
            raise Doubt(f"{type(node).__name__} may be more than a value")
    return any(isinstance(node, exp.AggFunc) and not _is_in_window(node) for node in one.walk())


def _is_in_window(node: exp.Expr) -> bool:
    """Whether an aggregate is one over a window: then it makes no row less."""
    around = node.parent
    if isinstance(around, exp.Filter):
        node, around = around, around.parent
    return isinstance(around, exp.Window) and around.this is node


def _hole_for(text: str, entry: Entry) -> _Edit:
    name = text[entry.name.start : entry.name.end]
    return _Edit(entry.tokens[0].start, entry.tokens[-1].end, f"{_HOLE} as {name}")


def _edited(text: str, edits: Sequence[_Edit]) -> str:
    """A text with all that is to be written into it."""
    parts, last = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if edit.start < last:
            raise Doubt("two differences in one place")
        parts += [text[last : edit.start], edit.text]
        last = edit.end
    return "".join([*parts, text[last:]])


def _reached(text: str, grammar: str) -> Iterator[str]:
    """The columns of a query that are made of its holes.

    Raises:
        Doubt: its rows are, or columns whose names are not known.
    """
    lineage = of_query(text, grammar, Known({}))
    if lineage.doubt or _has_hole(lineage.rows):
        raise Doubt(lineage.doubt or "its rows may differ")
    yield from reached_names(lineage.output, _has_hole, lambda _relation: ())


def _has_hole(inputs: Inputs) -> bool:
    return any(one.unique_id.endswith(_TABLE) for one in inputs)
