"""Which rows a check looks at: a condition of the user's, and a window of time."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from bot.core.comparison import absent
from bot.core.options import CheckOptions, Options
from bot.domain import Misfit, Table

_LAST = re.compile(r"(\d+)\s*(hour|day|week|month|year)s?", re.IGNORECASE)
_LAST_SCHEMA = {"type": "string", "pattern": r"^\d+\s*(hour|day|week|month|year)s?$"}
_HOURS = {"hour": 1, "day": 24, "week": 168}
_MONTHS = {"month": 1, "year": 12}


def _read_moment(value: object) -> object:
    """A date or a moment as text, in UTC, however YAML gave it."""
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError("expected a date such as 2026-01-31, or a time such as 2026-01-31 12:00:00") from None
    return _text(moment.astimezone(UTC) if moment.tzinfo else moment)


def _read_last(value: object) -> object:
    if not isinstance(value, str) or not _LAST.fullmatch(value.strip()):
        raise ValueError("expected a number of hours, days, weeks, months or years, such as 30 days")
    return value


_Moment = Annotated[str, BeforeValidator(_read_moment), WithJsonSchema({"type": "string"})]
_Last = Annotated[str, BeforeValidator(_read_last), WithJsonSchema(_LAST_SCHEMA)]


class Window(Options):
    """Only rows of this time are looked at."""

    column: str = Field(min_length=1, description="a date or a timestamp; rows in which it is null are not looked at")
    from_: _Moment | None = Field(None, alias="from", description="a date or a time (UTC): rows from then on")
    to: _Moment | None = Field(None, description="a date or a time (UTC): rows before that")
    last: _Last | None = Field(None, description="rows of so much time before the run, such as `30 days`")

    @model_validator(mode="after")
    def _one_start(self) -> Window:
        if self.from_ is None and self.to is None and self.last is None:
            raise ValueError("expected `from`, `to` or `last`")
        if self.from_ is not None and self.last is not None:
            raise ValueError("expected either `from` or `last`")
        return self

    def condition(self, column: str, now: datetime) -> str:
        """The condition in SQL.

        Args:
            column: the column as SQL has it, quoted.
            now: when the run began.
        """
        start = _text(_before(now.astimezone(UTC), self.last)) if self.last else self.from_
        limits = ((">=", start), ("<", self.to))
        return " and ".join(f"{column} {sign} cast('{limit}' as timestamp)" for sign, limit in limits if limit)


def condition(options: CheckOptions, table: Table, quote: Callable[[str], str], now: datetime) -> str | Misfit | None:
    """The condition for the rows of one side that a check with these options looks at.

    Args:
        table: the relation of the side.
        quote: how the warehouse quotes a name.
        now: when the run began.

    Returns:
        The SQL; None where the check looks at all rows; what does not fit where the window's column is not there.
    """
    parts = [f"({options.where})"] if options.where else []
    window = getattr(options, "window", None)
    if isinstance(window, Window):
        names = [column.name for column in table.columns]
        meant = [name for name in names if name == window.column] or [
            name for name in names if name.lower() == window.column.lower()
        ]
        if len(meant) != 1:
            return absent("values.window", window.column, names)
        parts.append(f"({window.condition(quote(meant[0]), now)})")
    return " and ".join(parts) or None


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f").removesuffix(".000000")


def _before(now: datetime, last: str) -> datetime:
    """So much time before a moment; a month before the 31st is the last day of the month before at most."""
    match = _LAST.fullmatch(last.strip())
    if match is None:
        raise ValueError(f"{last} is no length of time")
    number, unit = int(match[1]), match[2].lower()
    if unit in _HOURS:
        return now - timedelta(hours=number * _HOURS[unit])
    months = now.year * 12 + now.month - 1 - number * _MONTHS[unit]
    year, month = divmod(months, 12)
    following = datetime(year + (month == 11), (month + 1) % 12 + 1, 1, tzinfo=UTC)
    last_day = (following - timedelta(days=1)).day
    return now.replace(year=year, month=month + 1, day=min(now.day, last_day))
