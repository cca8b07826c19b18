"""Asks: one file a check; each check is a conversation, and its docstring is its documentation."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from bot.checks import keys, row_count, schema, values
from bot.domain import Conversation, Pair


class PairCheck(NamedTuple):
    """A check of a pair: its name, and how its conversation about a pair is started."""

    name: str
    check: Callable[[Pair], Conversation]


PAIR_CHECKS: tuple[PairCheck, ...] = (
    PairCheck(schema.NAME, schema.check),
    PairCheck(row_count.NAME, row_count.check),
    PairCheck(keys.NAME, keys.check),
    PairCheck(values.NAME, values.check),
)
"""What is asked of every pair, in the order in which it is told."""
