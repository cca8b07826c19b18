"""Charts for report.html: pygal draws them, and what is kept of a drawing is shapes and short texts, as nested lists.

The page makes elements of these one by one. No style, script, link or event of a drawing comes so far; the page's own
style sheet colours it, by class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pygal

# A part of a drawing: its tag, its attributes, and its parts or its text.
Shape = list[Any]

_MOST = 150  # each costs some milliseconds and kilobytes
_MOST_POINTS = 400
_TAGS = frozenset({"svg", "g", "rect", "path", "circle", "text"})
_PLACES = frozenset({"x", "y", "width", "height", "cx", "cy", "r", "d", "transform", "viewBox"})
_CLASSES = frozenset(
    {"plot", "axis", "x", "y", "guide", "line", "bar", "dot", "major", "serie-0", "serie-1", "serie-2"}
)
_UNSEEN = frozenset({"background", "titles"})
_FINE = re.compile(r"(\d+\.\d)\d+")
_OPTIONS: Mapping[str, Any] = {
    "js": (),
    "css": (),
    "disable_xml_declaration": True,
    "no_prefix": True,
    "width": 560,
    "height": 200,
    "margin": 6,
    "margin_right": 26,  # half of the last label
    "show_legend": False,
    "truncate_label": -1,
    "max_scale": 5,
    "min_scale": 2,
    "x_labels_major_count": 6,
    "show_minor_x_labels": False,
}


class Charts:
    """Draws so many charts, and no more: what is told first is drawn first."""

    def __init__(self, most: int = _MOST) -> None:
        self.left = most

    def bars(self, labels: Sequence[str], series: Mapping[str, Sequence[float]]) -> Shape | None:
        """Bars beside each other for each label; None where there is no room for a drawing."""
        return self._draw(pygal.Bar(**_OPTIONS), labels, series)

    def lines(self, labels: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> Shape | None:
        """A line for each series, with a dot at each label; None where there is no room for a drawing."""
        return self._draw(pygal.Line(**_OPTIONS, dots_size=3), labels, series)

    def _draw(self, chart: Any, labels: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> Shape | None:
        if not self.left or not labels or len(labels) > _MOST_POINTS:
            return None
        self.left -= 1
        chart.x_labels = list(labels)
        for name, values in series.items():
            chart.add(name, list(values))
        tips = [
            [f"{label}, {name}: {value:,}" for label, value in zip(labels, values, strict=True) if value is not None]
            for name, values in series.items()
        ]
        return _shape(chart.render_tree(), [iter(one) for one in tips], None)


def _shape(element: Any, tips: Sequence[Iterator[str]], series: int | None) -> Shape | None:
    """A part of pygal's drawing without all that does not draw. `tips` are what the marks of each series say."""
    classes = set((element.get("class") or "").split())
    if element.tag not in _TAGS or classes & _UNSEEN:
        return None
    numbers = [int(name.removeprefix("serie-")) for name in classes if re.fullmatch(r"serie-\d", name)]
    series = numbers[0] if numbers else series
    attributes = {name: _FINE.sub(r"\1", value) for name, value in element.items() if name in _PLACES}
    kept = sorted(classes & _CLASSES)
    attributes |= {"class": " ".join(kept)} if kept else {}
    if element.tag == "text":
        return [element.tag, attributes, element.text or ""]
    parts = [part for child in element if (part := _shape(child, tips, series)) is not None]
    if series is not None and (element.tag == "circle" or (element.tag == "rect" and series < len(tips))):
        parts.append(["title", {}, next(tips[series], "")])
    return [element.tag, attributes, parts] if parts or element.tag not in ("g", "svg") else None
