"""What a tired reader has to know of a closed gate, in a few sentences: what changed most, which rows, what follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.domain import Declared, Grade, ModelReport, Outcome, Verified
from bot.render import figures, which_rows, words
from bot.render.dress import Dress, Labels
from bot.render.order import Order

_CAUSES = 3
_DECLARED = {
    Verified.NOT_DECLARED: "Nothing declared it.",
    Verified.OUTSIDE: "It is outside the declared limits.",
    Verified.ABSENT: "What was declared of it did not happen.",
    Verified.UNKNOWN: "What was declared of it could not be verified.",
}


def gist(order: Order, labels: Labels, dress: Dress) -> str:
    """The gravest cause of changes; empty where nothing that needs a reader has changed."""
    changed = [entry.models[0] for entry in order.entries if not entry.is_below and _is_news(entry.models[0])]
    cause = max(changed, key=lambda model: _gravity(model, order), default=None)
    return " ".join(_sentences(cause, order, labels, dress)) if cause is not None else ""


def numbers(model: ModelReport) -> str:
    """The numbers that matter most of one model: `8,906 rows removed; columns: 2 changed`; no text of others."""
    rows, sample = model.rows, words.sample(model)
    told = [] if rows is None else [(rows.removed, "removed"), (rows.added, "added"), (rows.changed, "changed")]
    said = [f"{figures.plural(number, 'row')} {word}" for number, word in told if number]
    columns = words.columns(model.columns)
    parts = (", ".join(said), f"columns: {columns}" if columns else "", f"in a {sample}" if sample else "")
    return "; ".join(filter(None, parts))


def _is_news(model: ModelReport) -> bool:
    loud = model.grade is not Grade.PASS and model.accepted is None
    return loud and model.outcome is Outcome.CHANGED and model.change.kind not in words.ONE_SIDED


def _gravity(model: ModelReport, order: Order) -> tuple[bool, bool, int]:
    """What orders causes: those that close the gate, those whose rows changed, what follows from them."""
    rows, group = model.rows, order.led_by(model.unique_id)
    touched = rows is not None and any((rows.added, rows.removed, rows.changed))
    return model.grade is not Grade.WARN, touched, len(group.members) if group else 0


def _sentences(model: ModelReport, order: Order, labels: Labels, dress: Dress) -> Iterator[str]:
    name = dress.name(labels.of(model.unique_id))
    few = replace(model.change, causes=model.change.causes[:_CAUSES], upstream=model.change.upstream[:_CAUSES])
    why = words.causes(few, labels, dress)
    seen = numbers(model)
    yield f"{name} changed{f' ({why})' if why else ''}{f': {seen}' if seen else ''}."
    if model.common:
        yield which_rows.sentence(model.common[0], dress)
    group = order.led_by(model.unique_id)
    if group and len(group.roots) > 1:
        yield f"{figures.plural(len(group.roots) - 1, 'more model')} changed by the same."
    if group and group.members:
        whose = "it" if len(group.roots) == 1 else "these"
        yield f"{figures.plural(len(group.members), 'model')} downstream changed only because of {whose}."
    yield from _of_declaration(model.declared)


def _of_declaration(declared: Declared | None) -> Iterator[str]:
    if declared is None:
        yield "Nothing declared it."
    elif declared.verified in _DECLARED:
        yield _DECLARED[declared.verified]
