"""What report.html holds of each model, as JSON: texts, numbers and drawings, of which the page makes elements."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import unified_diff
from itertools import groupby
from typing import Any

from bot.domain import Code, DiffTable, Finding, FromTo, ModelReport, Report, TableCell, TestReport
from bot.render import lines, words
from bot.render.dress import Dress, Labels
from bot.render.escape import legible, shown
from bot.render.markdown_style import icon
from bot.render.order import Order
from bot.render.page_charts import Charts

PLAIN = Dress(name=lambda value: shown(value, 200), prose=lambda text: legible(" ".join(text.split())), times=10)
_WIDEST = 2**53  # beyond, a browser's numbers have gaps
_LONGEST, _LONGEST_CELL = 20_000, 2_000  # characters of a text
_CONTEXT, _MOST_LINES = 6, 2_000
_DAY = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?(?:[ T][\d:.+Z-]*)?")
_FEWEST_MOMENTS = 3
# Tables whose content stands in a form of its own.
_ELSEWHERE = {
    "profile": ("Profile", "Texts and dates"),
    "top_k": ("Most frequent values",),
    "values": ("Changed columns",),
}
_BINS = "Rows by bin"


def models(report: Report, labels: Labels, charts: Charts) -> list[dict[str, Any]]:
    """All models, in the order in which they are told."""
    tests: dict[str | None, list[TestReport]] = defaultdict(list)
    for test in report.tests:
        tests[test.model].append(test)
    order = Order(report, is_whole=True)
    found = []
    for entry, model in [(one, model) for one in order.entries for model in one.models]:
        group = order.led_by(model.unique_id)
        told = lines.details(model, labels, PLAIN, group.members if group else ())
        found.append(
            {
                **_row(model, labels),
                "below": bool(entry.is_below),
                "lines": [[line.label, line.text] for line in told if not line.label.startswith("Check ")],
                "reason": block(lines.long_reason(model) or ""),
                "columns": _columns(model),
                "checks": [finding(one, charts) for one in model.findings],
                "tests": [_test(test) for test in tests[model.unique_id]],
                "code": _diff(report.codes.get(model.unique_id)),
            }
        )
    return found


def finding(found: Finding, charts: Charts) -> dict[str, Any]:
    """What one check has to say."""
    drawn = [*_histograms(found, charts), *_over_time(found, charts)]
    elsewhere = {*_ELSEWHERE.get(found.check, ()), *(one["table"]["title"] for one in drawn)}
    return {
        "check": legible(found.check),
        "outcome": found.outcome.value,
        "grade": found.grade.value,
        "message": PLAIN.prose(lines.message(found, PLAIN)),
        "advice": block(found.advice or ""),
        "profile": _profile(found),
        "top": _top(found),
        "charts": drawn,
        "tables": [table(one) for one in found.tables if one.title not in elsewhere and one.rows],
    }


def table(found: DiffTable) -> dict[str, Any]:
    """A table. A cell that differs is a list of two."""
    return {
        "title": legible(found.title[:1].upper() + found.title[1:]),
        "columns": [[legible(one.title), int(one.numeric), int(one.data)] for one in found.columns],
        "rows": [[_cell(cell) for cell in row] for row in found.rows],
        "left_out": found.left_out,
    }


def block(text: str) -> str:
    """A text of several lines, with every character visible, cut where it is too long for anybody to read."""
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}\n[… {len(text) - _LONGEST:,} more characters]"
    return "\n".join(legible(line.replace("\t", "    ")) for line in re.split(r"\r\n|[\r\n]", text))


def scalar(value: object) -> str | int | float | None:
    """A value as a browser can hold it."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _WIDEST else f"{value:,}"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    text = str(value)
    return legible(text) if len(text) <= _LONGEST_CELL else shown(text, _LONGEST_CELL)


def _cell(cell: TableCell) -> object:
    return [scalar(cell.base), scalar(cell.head)] if isinstance(cell, FromTo) else scalar(cell)


def _row(model: ModelReport, labels: Labels) -> dict[str, Any]:
    counts, difference = words.rows(model)
    rows = model.rows
    numbers = (rows.added, rows.removed, rows.changed if model.key else None) if rows else (None, None, None)
    return {
        "id": legible(model.unique_id),
        "name": legible(labels.of(model.unique_id)),
        "kind": words.kind(model),
        "layer": _layer(model.path),
        "path": legible(model.path),
        "outcome": model.outcome.value,
        "grade": model.grade.value,
        "icon": icon(model.grade, model.accepted),
        "says": words.outcome(model),
        "rows": [counts, difference],
        "numbers": [scalar(number) for number in numbers],
        "changes": words.columns(model.columns),
    }


def _layer(path: str) -> str:
    """The folder below the folder of models, by which projects name their layers."""
    folders = path.split("/")[:-1]
    return legible(folders[1] if len(folders) > 1 else folders[0] if folders else "")


def _columns(model: ModelReport) -> list[list[object]]:
    """Each column: its name, in how many rows it differs, of how many, and what else there is to say of it."""
    found = model.columns
    if found is None:
        return []
    of = (model.rows.changed or 0) + (model.rows.unchanged or 0) if model.rows and model.key else 0
    notes: dict[str, list[str]] = defaultdict(list)
    for name in found.added:
        notes[name].append("added")
    for name in found.removed:
        notes[name].append("removed")
    for name, (base, head) in found.type_changed.items():
        notes[name].append(f"{legible(base)} → {legible(head)}")
    for name, why in found.uncompared.items():
        notes[name].append(f"not compared: {legible(why)}")
    compared = {name: found.changed.get(name, 0) for name in (*found.changed, *found.compared)}
    names = sorted({*compared, *notes}, key=lambda name: (-(compared.get(name) or 0), name not in notes))
    return [[legible(name), compared.get(name), of, ", ".join(notes.get(name, []))] for name in names]


def _profile(found: Finding) -> list[list[Any]]:
    """By column its measures on both sides: name, base, head, difference, whether it differs, and its bound."""
    if found.check != "profile":
        return []
    return [
        [
            legible(column),
            [
                [
                    legible(name.replace("_percent", ", % of rows").replace("_", " ")),
                    *(scalar(one.get(what)) for what in ("base", "head", "difference")),
                    one.get("base") != one.get("head"),
                    scalar(one.get("bound")),
                ]
                for name, one in _entries(measures)
            ],
        ]
        for column, measures in _entries(found.measures.get("columns"))
    ]


def _top(found: Finding) -> list[list[Any]]:
    """By column its most frequent values: each with its rows on both sides, and the change of its share."""
    if found.check != "top_k":
        return []
    told = []
    for column, measures in _entries(found.measures.get("columns")):
        top = measures.get("top")
        values = [one for one in top if isinstance(one, Mapping)] if isinstance(top, list | tuple) else []
        rows = [[scalar(one.get(name)) for name in ("value", "base", "head", "share_change")] for one in values]
        if rows:
            told.append([legible(column), rows])
    return told


def _entries(value: object) -> Iterable[tuple[str, Mapping[str, Any]]]:
    members = value.items() if isinstance(value, Mapping) else ()
    return [(str(name), one) for name, one in members if isinstance(one, Mapping)]


def _histograms(found: Finding, charts: Charts) -> list[dict[str, Any]]:
    if found.check != "histogram":
        return []
    drawn = []
    bins_of = [one for one in found.tables if one.title == _BINS]
    for column, group in groupby([row for one in bins_of for row in one.rows], key=lambda row: str(row[0])):
        bins = list(group)
        labels = [str(row[1]).partition(" to ")[0] for row in bins]
        sides = {side: _counts(row[place] for row in bins) for side, place in (("base", 2), ("head", 3))}
        title = f"Rows by {legible(column)}"
        numbers = DiffTable(_BINS, bins_of[0].columns[1:4], tuple(row[1:4] for row in bins))
        drawn.append({"title": title, "series": [*sides], "svg": charts.bars(labels, sides), "table": table(numbers)})
    return [one for one in drawn if one["svg"]]


def _over_time(found: Finding, charts: Charts) -> list[dict[str, Any]]:
    """Charts of the tables whose first column holds moments: how many rows, or a measure at base and at head."""
    drawn = []
    for one in found.tables:
        rows = sorted((row for row in one.rows if row[0] is not None), key=lambda row: str(row[0]))
        moments = [str(row[0]) for row in rows]
        if one.title == _BINS or len(set(moments)) < _FEWEST_MOMENTS or len(set(moments)) < len(moments):
            continue
        if not all(_DAY.fullmatch(moment) for moment in moments):
            continue
        for title, series in _series(one, rows):
            svg = charts.lines(moments, series)
            drawn.append({"title": title, "series": [*series], "svg": svg, "table": table(one)})
    return [one for one in drawn if one["svg"]]


def _series(table: DiffTable, rows: Sequence[Sequence[TableCell]]) -> list[tuple[str, dict[str, list[float | None]]]]:
    """What a table of moments can show: pairs of base and head by column, and counts together."""
    found: list[tuple[str, dict[str, list[float | None]]]] = []
    counts: dict[str, list[float | None]] = {}
    for place, column in enumerate(table.columns[1:], 1):
        cells = [row[place] for row in rows]
        if any(isinstance(cell, FromTo) for cell in cells):
            pairs = [cell if isinstance(cell, FromTo) else FromTo(cell, cell) for cell in cells]
            sides = {"base": [_number(one.base) for one in pairs], "head": [_number(one.head) for one in pairs]}
            found.append((f"{legible(column.title)} over time", sides))
        elif column.numeric and not column.data and column.title in ("Added", "Removed", "Changed"):
            counts[column.title.lower()] = [_number(cell) for cell in cells]
    return [*found, *([(legible(table.title), counts)] if counts else [])]


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
    return value if is_number and isinstance(value, int | float) else None


def _counts(cells: Iterable[TableCell]) -> list[float]:
    return [_number(cell) or 0 for cell in cells]


def _test(test: TestReport) -> list[Any]:
    sides = [
        "" if word is None else f"{word} ({failures:,})" if failures else word
        for word, failures in ((test.base, test.base_failures), (test.head, test.head_failures))
    ]
    return [legible(test.name), *map(legible, sides), test.grade.value, block(test.message)]


def _diff(code: Code | None) -> list[list[str]]:
    """The lines of a diff, each with its sign: `@`, ` `, `-`, `+`."""
    if code is None:
        return []
    base, head = (block(text).removesuffix("\n").split("\n") if text else [] for text in (code.base, code.head))
    _, _, *told = list(unified_diff(base, head, lineterm="", n=_CONTEXT)) or ["", ""]
    cut = [["@", f"… {len(told) - _MOST_LINES:,} more lines"]] if len(told) > _MOST_LINES else []
    return [[line[:1], line if line.startswith("@@") else line[1:]] for line in told[:_MOST_LINES]] + cut
