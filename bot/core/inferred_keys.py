"""Which columns might be the key of a model that declares none, and what the data says of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.domain import Aggregate, Answers, Column, Measure, Question, RowCount, Side, Table

_MOST = 4
_LAYER = re.compile(r"^(?:dim|fct|fact|stg|int|mart|rpt|base|src|raw|snap|snapshot|agg|bridge|hub|sat|link)_+")
_VERSION = re.compile(r"_v\d+$")
_ENDINGS = ("id", "key", "sk", "pk", "uuid", "guid", "hk")
_PLAIN = ("id", "pk", "uuid", "guid", "key", "sk")
# Types without an exact equality, or with too few values, by the first word of their name.
_NO_KEYS = re.compile(
    r"(?:float\d*|double|real|bool|boolean|logical|bit|list|array|struct|map|union|row|record|object|variant|jsonb?|super"
    r"|geography|geometry|vector|hllsketch|aggregate_state|xml)\b"
)


def candidates(model: str, base: Table, head: Table) -> tuple[str, ...]:
    """Returns the columns that might each be the key of a model, the likeliest first, at most four.

    They are on both sides, regardless of case, of a type that keys have, and called like one: `id`; `order_id`,
    `order_key` in `fct_orders`; `pk`, `uuid`; or whatever ends in `_id` and comes first in the table.

    Args:
        model: its name.
        base, head: its relations.

    Returns:
        their names, as at head.
    """
    shared = [column.name for column in head.columns if _could_be_key(column, base) and _could_be_key(column, head)]
    by_name: dict[str, str] = {}
    for name in shared:
        by_name.setdefault(_bare(name), name)
    found = [by_name[likely] for likely in _likely(model) if likely in by_name]
    first = head.columns[0].name if head.columns else ""
    if first in shared and first.lower().endswith(tuple(f"_{ending}" for ending in _ENDINGS)):
        found.append(first)
    return tuple(dict.fromkeys(found))[:_MOST]


def questions(columns: Sequence[str]) -> tuple[Question, ...]:
    """Returns what must be asked to know which candidates are keys; asked together, it is one statement a side."""
    asked: list[Question] = []
    for side in Side:
        asked.append(RowCount(side))
        for column in columns:
            asked += [Aggregate(side, column, Measure.NULLS), Aggregate(side, column, Measure.DISTINCT)]
    return tuple(asked) if columns else ()


def infer(answers: Answers, columns: Sequence[str]) -> tuple[str, ...]:
    """Returns the candidates that are unique and never null on both sides, in their order.

    Tables without rows tell nothing: none then, and none of which an answer is missing.
    """
    rows = {side: answers.get(RowCount(side)) for side in Side}
    if not any(rows.values()):
        return ()
    return tuple(column for column in columns if all(_holds(answers, side, column) for side in Side))


def _holds(answers: Answers, side: Side, column: str) -> bool:
    nulls, distinct = (answers.get(Aggregate(side, column, what)) for what in (Measure.NULLS, Measure.DISTINCT))
    return nulls == 0 and distinct is not None and distinct == answers.get(RowCount(side))


def _could_be_key(column: Column, table: Table) -> bool:
    """Whether a table has a column of this name, one alone, and of a type that keys have."""
    alike = [other for other in table.columns if other.name.lower() == column.name.lower()]
    if len(alike) != 1:
        return False
    kind = alike[0].type.strip().lower()
    return not kind.endswith("]") and _NO_KEYS.match(kind) is None


def _likely(model: str) -> Iterator[str]:
    """Bare names of keys: the plainest first, then by the whole name of the model, then by its last word."""
    yield "id"
    whole = _VERSION.sub("", _LAYER.sub("", model.lower()))
    entity = whole.rpartition("__")[2]  # stg_shop__orders
    for noun in dict.fromkeys((entity, whole, entity.rpartition("_")[2])):
        for one in _singulars(noun):
            yield from (_bare(f"{one}_{ending}") for ending in _ENDINGS)
    yield from _PLAIN


def _singulars(noun: str) -> Iterator[str]:
    """What the singular may be: `categories` is `category`, `boxes` is `box`, `orders` is `order`, `sales` stays."""
    if noun.endswith("ies"):
        yield f"{noun[:-3]}y"
    if noun.endswith("es"):
        yield noun[:-2]
    if noun.endswith("s") and not noun.endswith("ss"):
        yield noun[:-1]
    yield noun


def _bare(name: str) -> str:
    return name.lower().replace("_", "")
