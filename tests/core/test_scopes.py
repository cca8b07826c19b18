"""Which rows a check looks at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from bot.checks.values import Options
from bot.core.scopes import Window, condition
from bot.domain import Column, Misfit, RelationName, Table
from tests.core.rig import connect, quote

NOW = datetime(2026, 3, 31, 12, 30, tzinfo=UTC)
TABLE = Table(RelationName(None, "main", "t"), "t", (Column("Day", "DATE"), Column("at", "TIMESTAMP")))


@pytest.mark.parametrize(
    ("window", "start", "end"),
    [
        ({"from": "2026-01-31"}, "2026-01-31", None),
        ({"from": date(2026, 1, 31)}, "2026-01-31", None),
        ({"from": "2026-01-31 12:00"}, "2026-01-31 12:00:00", None),
        ({"from": "2026-01-31T12:00:00+02:00"}, "2026-01-31 10:00:00", None),
        ({"from": datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=2)))}, "2026-01-31 10:00:00", None),
        ({"to": "2026-02-01"}, None, "2026-02-01"),
        ({"from": "2026-01-01", "to": "2026-02-01"}, "2026-01-01", "2026-02-01"),
        ({"last": "36 hours"}, "2026-03-30 00:30:00", None),
        ({"last": "1 day"}, "2026-03-30 12:30:00", None),
        ({"last": "2 weeks"}, "2026-03-17 12:30:00", None),
        ({"last": "1 month"}, "2026-02-28 12:30:00", None),
        ({"last": "3 months"}, "2025-12-31 12:30:00", None),
        ({"last": "2 years"}, "2024-03-31 12:30:00", None),
        ({"last": "30 days", "to": "2026-03-31"}, "2026-03-01 12:30:00", "2026-03-31"),
    ],
)
def test_windows(window: Mapping[str, Any], start: str | None, end: str | None) -> None:
    """Other rows would be compared than those of the time that was asked for."""
    made = Window.model_validate({"column": "at", **window})
    start, end = (f"{one} 00:00:00" if one and len(one) == 10 else one for one in (start, end))
    parts = [f"\"at\" >= cast('{start}' as timestamp)"] if start else []
    parts += [f"\"at\" < cast('{end}' as timestamp)"] if end else []
    text = made.condition('"at"', NOW)
    expected = " and ".join(parts)
    assert text == expected
    with connect() as connection:
        inside = connection.execute(f"select count(*) from (select timestamp '2026-01-31 12:00:00' as at) where {text}")
        assert inside.fetchone() is not None


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, None),
        ({"where": "id > 3 or id is null"}, "(id > 3 or id is null)"),
        ({"window": {"column": "DAY", "to": "2026-01-01"}}, "(\"Day\" < cast('2026-01-01 00:00:00' as timestamp))"),
        (
            {"where": "true", "window": {"column": "at", "to": "2026-01-01"}},
            "(true) and (\"at\" < cast('2026-01-01 00:00:00' as timestamp))",
        ),
        (
            {"window": {"column": "dya", "to": "2026-01-01"}},
            Misfit("values.window", "dya", "neither side has it; did you mean Day?"),
        ),
    ],
)
def test_conditions(options: Mapping[str, Any], expected: str | Misfit | None) -> None:
    """A condition with `or` would swallow the window; a slip in the name would compare all rows."""
    assert condition(Options.model_validate(options), TABLE, quote, NOW) == expected
