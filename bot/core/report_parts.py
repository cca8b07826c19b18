"""Rows and columns of a model, out of the measures of its checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.core.standing import Standing
from bot.domain import ColumnReport, RowReport


def rows(by_check: Mapping[str, Mapping[str, object]], standing: Standing) -> RowReport | None:
    """How many rows there are, and what became of them; None where nothing is known of them."""
    sides, differences = ("base", "head"), ("added", "removed", "changed", "unchanged")
    values = _numbers(by_check.get("values", {}))
    known = {**_totals(by_check), **{name: values.get(name) for name in differences}}
    if all(number is None for number in known.values()):
        return None
    known = {name: known.get(name) for name in (*sides, *differences)}
    if standing.base is None:
        known["base"] = None
    if standing.head is None:
        known["head"] = None
    return RowReport(**known, unkeyed=values.get("unkeyed", 0))


def _totals(by_check: Mapping[str, Mapping[str, object]]) -> Mapping[str, int]:
    """How many rows each side has: as `row_count` says, unless it looked at fewer of them than `values` did."""
    told = [by_check[check] for check in ("row_count", "values") if _numbers(by_check.get(check, {}))]
    return _numbers(min(told, key=_looks_at_a_part, default={}))


def _looks_at_a_part(measures: Mapping[str, object]) -> bool:
    return measures.get("sampled") is not None or bool(measures.get("scope"))


def _numbers(measures: Mapping[str, object]) -> dict[str, int]:
    return {name: value for name, value in measures.items() if isinstance(value, int)}


def columns(by_check: Mapping[str, Mapping[str, object]]) -> ColumnReport | None:
    """What became of the columns; None where nobody looked."""
    schema, values = by_check.get("schema"), by_check.get("values", {})
    if schema is None:
        return None
    changed = {
        name: entry["changed"] for name, entry in _mapping(values.get("columns")).items() if entry.get("changed")
    }
    types = {name: (entry["base"], entry["head"]) for name, entry in _mapping(schema.get("type_changed")).items()}
    return ColumnReport(
        added=_names(schema.get("added")),
        removed=_names(schema.get("removed")),
        type_changed=types,
        changed=changed,
        order_changed=bool(schema.get("order_changed")),
        compared=_names(values.get("compared")),
        uncompared={str(name): str(reason) for name, reason in _plain(values.get("uncompared")).items()},
    )


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, list | tuple) else ()


def _plain(value: object) -> Mapping[object, object]:
    return value if isinstance(value, Mapping) else {}


def _mapping(value: object) -> dict[str, Mapping[str, Any]]:
    return {str(name): entry for name, entry in _plain(value).items() if isinstance(entry, Mapping)}
