"""Proves from their SQL alone that two queries give the same rows, whatever the tables hold. In doubt, it does not."""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from bot.core.equivalence.doubt import Doubt
from bot.core.equivalence.queries import digest
from bot.core.equivalence.words import words

__all__ = ["proven"]

_LONGEST = 200_000  # characters; to read a longer one takes longer than to ask, perhaps


def proven(base: str, head: str, grammar: str) -> bool:
    """Whether two queries give the same columns and the same rows on any data.

    Both are brought into one form (see `queries`); besides, both must be made of the same words but for those that the
    form may change, so that nothing hangs on how the parser reads one function for another.

    Args:
        grammar: the name in sqlglot of what both are written in; empty where nobody knows it, then nothing is proven.

    Returns:
        False in any doubt: then the rows have to be compared.
    """
    if not grammar or max(len(base), len(head)) > _LONGEST:
        return False
    try:
        first, second = _read(base, grammar), _read(head, grammar)
        if digest(first, base, grammar) != digest(second, head, grammar):
            return False
        named = _names(first) | _names(second)
        return words(first, base, grammar, named) == words(second, head, grammar, named)
    except (Doubt, SqlglotError, ValueError, RecursionError):
        return False


def _read(sql: str, grammar: str) -> exp.Expr:
    found = [tree for tree in sqlglot.parse(sql, read=grammar) if tree is not None]
    if len(found) != 1:
        raise Doubt("not one statement")
    [tree] = found
    return tree


def _names(tree: exp.Expr) -> frozenset[str]:
    return frozenset(one.name.lower() for one in tree.find_all(exp.Identifier))
