"""How much of a column's values a reader may see."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from bot.domain import Node, Samples, Showing

_STRICTNESS = (Showing.SHOW, Showing.HASH, Showing.MASK, Showing.HIDE)
_QUOTES = "\"`[]' "
_WORD = re.compile(r"\w+")


def showing(
    samples: Samples,
    nodes: Iterable[Node | None],
    columns: Iterable[str],
    renamed: Mapping[str, str] | None = None,
) -> Mapping[str, Showing]:
    """Returns how much may be seen of each column.

    A column is hidden where it, a part of it (`address.street`), or its whole model is marked as personal on either
    side: by a tag, by a meta key whose value is not empty or false, or by a meta value that is the name of such a mark
    (`contains: pii`). No rule can show it then. Otherwise the rule of its name holds, the strictest of several; without
    one it is shown. Only what is declared counts: a mark is not handed down to what is made of the column.

    Args:
        samples: the rules, and which tags and meta keys mark what is personal.
        nodes: the model on both sides, None where there is none.
        columns: names as in the tables of both sides; case makes no difference, and is kept.
        renamed: names at head to names at base, of columns that are one although their names differ.
    """
    marks = frozenset(_fold(mark) for mark in samples.personal)
    known = [node for node in nodes if node is not None]
    everything = any(_is_marked(node.tags, node.meta, marks) for node in known)
    personal = {
        _fold(column.name) for node in known for column in node.columns if _is_marked(column.tags, column.meta, marks)
    }
    rules: dict[str, Showing] = {}
    for name, rule in samples.columns.items():
        rules[_fold(name)] = _strictest(rules.get(_fold(name), Showing.SHOW), rule)

    def judge(name: str) -> Showing:
        folded = _fold(name)
        if everything or any(mark == folded or mark.startswith(f"{folded}.") for mark in personal):
            return Showing.HIDE
        return rules.get(folded, Showing.SHOW)

    before = {_fold(head): base for head, base in (renamed or {}).items()}
    return {name: _strictest(judge(name), judge(before.get(_fold(name), name))) for name in columns}


def mentions(sql: str, columns: Iterable[str]) -> bool:
    """Returns whether SQL may read one of these columns by its name: whether all words of the name stand in it."""
    words = {_fold(word) for word in _WORD.findall(sql)}
    return any(words.issuperset(_WORD.findall(_fold(name))) for name in columns)


def _is_marked(tags: Iterable[str], meta: Mapping[str, object], marks: Collection[str]) -> bool:
    said = {key: value for key, value in meta.items() if key != "proofbot"}  # our own settings name marks, and are none
    return any(_fold(tag) in marks for tag in tags) or _names_mark(said, marks)


def _names_mark(value: object, marks: Collection[str]) -> bool:
    """Whether a mark is named anywhere in a meta: as a key that is not switched off, or as a value."""
    if isinstance(value, Mapping):
        on = any(_fold(str(key)) in marks and bool(entry) for key, entry in value.items())
        return on or any(_names_mark(entry, marks) for entry in value.values())
    if isinstance(value, list | tuple):
        return any(_names_mark(entry, marks) for entry in value)
    return isinstance(value, str) and _fold(value) in marks


def _strictest(*rules: Showing) -> Showing:
    return max(rules, key=_STRICTNESS.index)


def _fold(name: str) -> str:
    return name.strip(_QUOTES).casefold()
