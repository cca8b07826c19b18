"""The select lists of a text: where each entry stands, and what its column is called.

They are read from the tokens, so that a part of the text can be taken out of it and the rest stays as it was written.
What is read wrongly here makes a text that is proven equal to none (see `confined`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlglot

_OPENING = frozenset({"(", "[", "{"})
_CLOSING = frozenset({")", "]", "}"})
_AFTER_LIST = frozenset({
    "from", "into", "where", "group by", "having", "order by", "qualify", "limit", "offset", "window", "union",
    "except", "intersect", "minus", ";",
})  # fmt: skip
_PLAIN = frozenset({"VAR", "IDENTIFIER"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the text: what it is taken for, in lower case but in quotes, and where it stands."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def same(self) -> tuple[str, str]:
        """What it has in common with the same word elsewhere."""
        return self.kind, self.text


@dataclass(frozen=True)
class Entry:
    """What stands between two commas. `name` is empty where nobody gave it one; `value` has no `as` and no name."""

    tokens: Sequence[Token]

    @property
    def is_named(self) -> bool:
        """Whether its column is called as it says: by `as`, or as the column that it is."""
        return self._has_alias or self._is_column

    @property
    def name(self) -> Token:
        """The last word: where it is named, its name."""
        return self.tokens[-1]

    @property
    def value(self) -> Sequence[Token]:
        """Its words without its name."""
        return self.tokens[:-2] if self._has_alias else self.tokens

    @property
    def same(self) -> tuple[tuple[str, str], ...]:
        """What it has in common with the same entry elsewhere."""
        return tuple(token.same for token in self.tokens)

    @property
    def has_query(self) -> bool:
        """Whether there is a query within it."""
        return any(token.text == "select" for token in self.tokens)

    @property
    def _has_alias(self) -> bool:
        return len(self.tokens) > 2 and self.tokens[-2].text == "as" and self.tokens[-2].kind == "ALIAS"

    @property
    def _is_column(self) -> bool:
        names, dots = self.tokens[::2], self.tokens[1::2]
        is_plain = all(one.kind in _PLAIN for one in names) and all(one.text == "." for one in dots)
        return is_plain and len(self.tokens) % 2 == 1


@dataclass
class SelectList:
    """One list. `is_grouped`: a `group by` follows in the same query."""

    depth: int
    entries: list[Entry] = field(default_factory=list)
    is_grouped: bool = False
    is_open: bool = True
    waiting: list[Token] = field(default_factory=list)

    def end_entry(self) -> None:
        """Ends the entry that is being read."""
        if self.waiting:
            self.entries.append(Entry(tuple(self.waiting)))
            self.waiting = []

    def close(self) -> None:
        """Ends the list."""
        self.end_entry()
        self.is_open = False


def tokens_of(sql: str, grammar: str) -> list[Token]:
    """The words of a text.

    Raises:
        SqlglotError: it has none that make sense.
    """
    found = sqlglot.tokenize(sql, read=grammar)
    kept = ("STRING", "IDENTIFIER")
    return [
        Token(kind, one.text if kind in kept else one.text.lower(), one.start, one.end + 1)
        for one in found
        if (kind := one.token_type.name)
    ]


def select_lists(tokens: Sequence[Token]) -> list[SelectList]:
    """All lists, in the order in which their `select` stands in the text."""
    found: list[SelectList] = []
    around: list[SelectList] = []  # the queries that are being read, innermost last
    depth = 0
    for token in tokens:
        if token.text in _CLOSING and token.kind != "STRING":
            depth -= 1
            while around and around[-1].depth > depth:
                around.pop().close()
        if token.kind not in ("STRING", "IDENTIFIER"):
            _read(token, around, depth)
        for one in around:
            if one.is_open:
                one.waiting.append(token)
        if token.kind == "COMMA":
            _drop_comma(around, depth)
        if token.text in _OPENING and token.kind != "STRING":
            depth += 1
        if token.kind == "SELECT":
            while around and around[-1].depth >= depth:
                around.pop().close()
            found.append(SelectList(depth))
            around.append(found[-1])
    for one in around:
        one.close()
    return found


def _read(token: Token, around: Sequence[SelectList], depth: int) -> None:
    """What a word means to the query that it stands in."""
    if around and around[-1].depth == depth:
        own = around[-1]
        own.is_grouped |= token.text == "group by"
        if own.is_open and token.text in _AFTER_LIST:
            own.close()


def _drop_comma(around: Sequence[SelectList], depth: int) -> None:
    """Ends the entry before a comma between entries."""
    if around and around[-1].depth == depth and around[-1].is_open:
        around[-1].waiting.pop()
        around[-1].end_entry()
