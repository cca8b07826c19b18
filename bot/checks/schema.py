"""The `schema` check: which columns has the model, of which types, in which order?"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.options import CheckOptions
from bot.domain import Conversation, Finding, Outcome, Pair

NAME = "schema"


class Options(CheckOptions):
    """Options of `schema`."""


def check(pair: Pair, options: Options) -> Conversation:  # noqa: ARG001
    """Which columns were added or removed, which changed their type, and whether the others changed their order.

    Names that differ in case alone are one column.

    Measures: `added`, `removed`: names; `type_changed`: name to the types at `base` and `head`; `order_changed`:
    whether the columns of both sides come in another order.
    """
    yield from ()
    at_base = {pairing.base.name for pairing in pair.shared}
    at_head = {pairing.head.name for pairing in pair.shared}
    added = [column.name for column in pair.head.columns if column.name not in at_head]
    removed = [column.name for column in pair.base.columns if column.name not in at_base]
    type_changed = {p.head.name: {"base": p.base.type, "head": p.head.type} for p in pair.shared if p.type_changed}
    order_changed = _order_changed(pair)
    message = _describe(added, removed, list(type_changed), order_changed=order_changed)
    measures = {"added": added, "removed": removed, "type_changed": type_changed, "order_changed": order_changed}
    outcome = Outcome.CHANGED if message else Outcome.UNCHANGED
    return Finding(NAME, outcome, message or "same columns, types and order", measures=measures)


def _order_changed(pair: Pair) -> bool:
    by_base_name = {pairing.base.name: pairing.head.name for pairing in pair.shared}
    at_base = [by_base_name[column.name] for column in pair.base.columns if column.name in by_base_name]
    shared = {pairing.head.name for pairing in pair.shared}
    at_head = [column.name for column in pair.head.columns if column.name in shared]
    return at_base != at_head


def _describe(added: Sequence[str], removed: Sequence[str], retyped: Sequence[str], *, order_changed: bool) -> str:
    counted = ((added, "added"), (removed, "removed"), (retyped, "of another type"))
    parts = [f"{len(names):,} column{'' if len(names) == 1 else 's'} {what}" for names, what in counted if names]
    if order_changed:
        parts.append("columns in another order")
    return ", ".join(parts)
