"""All that report.html shows by its script, as one block of JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bot.core.graph_layout import lay_out
from bot.domain import NamedReport, Report, Surroundings
from bot.render import words
from bot.render.dress import Labels
from bot.render.escape import legible
from bot.render.markdown_style import icon
from bot.render.page_charts import Charts
from bot.render.page_models import PLAIN, block, finding, models

_STATEMENTS = 4_000_000  # characters; what is more is in report.json
_BETWEEN = "\0"  # stands in no text: all are legible
# What could end the element that holds the JSON, or begin another.
_MARKUP = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def document(report: Report) -> dict[str, Any]:
    """What the page knows, with every text as it may be shown."""
    labels, charts = Labels(report.models), Charts()
    told = models(report, labels, charts)
    statements, left_out = _statements(report)
    return {
        "models": told,
        "named": [_named(one, labels, charts) for one in words.named_gravest_first(report.named)],
        "graph": _graph(report.surroundings, {one["id"]: place for place, one in enumerate(told)}),
        "statements": statements,
        "statements_left_out": left_out,
    }


def text(document: dict[str, Any], mask: Callable[[str], str]) -> str:
    """The document as JSON that can stand inside of an element: in it is no markup, whatever the texts say.

    Args:
        mask: takes secrets out of a text. It meets what is said, never the names of our own members.
    """
    texts = list(dict.fromkeys(_texts(document)))
    masked = mask(_BETWEEN.join(texts)).split(_BETWEEN) if texts else []
    told = _replaced(document, dict(zip(texts, masked, strict=True)))
    return json.dumps(told, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(_MARKUP)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in _texts(part)]


def _replaced(value: Any, texts: dict[str, str]) -> Any:
    if isinstance(value, str):
        return texts[value]
    if isinstance(value, dict):
        return {name: _replaced(part, texts) for name, part in value.items()}
    return [_replaced(part, texts) for part in value] if isinstance(value, list) else value


def _named(one: NamedReport, labels: Labels, charts: Charts) -> dict[str, Any]:
    return {
        "name": legible(one.title or one.name),
        "why": PLAIN.prose(one.why),
        "icon": icon(one.finding.grade, one.accepted),
        "says": words.named_outcome(one),
        "models": [legible(labels.of(unique_id)) for unique_id in one.models],
        "finding": finding(one.finding, charts),
    }


def _statements(report: Report) -> tuple[list[list[Any]], int]:
    """Every statement with what it was asked for and about, as far as there is room; and how many more there are."""
    asked = report.evidence.statements if report.evidence else ()
    told: list[list[Any]] = []
    room = _STATEMENTS
    for one in asked:
        room -= len(one.sql)
        if room < 0:
            break
        told.append([legible(one.subject), legible(one.purpose), block(one.sql), one.rows, round(one.seconds, 3)])
    return told, len(asked) - len(told)


def _graph(around: Surroundings | None, places: dict[str, int]) -> dict[str, Any] | None:
    """Boxes with their place, column by column, and the edges by the numbers of their boxes."""
    if around is None:
        return None
    spots = lay_out([node.unique_id for node in around.nodes], around.edges)
    number = {node.unique_id: place for place, node in enumerate(around.nodes)}
    return {
        "nodes": [
            [
                legible(node.name),
                legible(node.resource_type),
                *spots[node.unique_id],
                places.get(legible(node.unique_id), -1),
            ]
            for node in around.nodes
        ],
        "edges": [[number[above], number[below]] for above, below in around.edges],
    }
