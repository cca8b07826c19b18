"""Values of Postgres as values of Python: what Python has no value for is loaded as text, and never fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg
    from psycopg.abc import Buffer, Loader

# As DuckDB gives them, or without a type of Python's that others can print and compare.
_TEXTS = (
    *("json", "jsonb", "inet", "cidr", "int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange"),
    *("int4multirange", "int8multirange", "nummultirange", "datemultirange", "tsmultirange", "tstzmultirange"),
)


def load_all(connection: psycopg.Connection[Any]) -> None:
    """Lets a connection load every value: `infinity`, years after 9999 and `24:00` as text."""
    from psycopg.types import datetime as moments
    from psycopg.types.string import TextLoader

    tolerant: dict[str, type[Any]] = {
        "date": moments.DateLoader,
        "timestamp": moments.TimestampLoader,
        "timestamptz": moments.TimestamptzLoader,
        "time": moments.TimeLoader,
        "timetz": moments.TimetzLoader,
        "interval": moments.IntervalLoader,
    }
    for name, loader in tolerant.items():
        connection.adapters.register_loader(name, _or_text(loader))
    for name in _TEXTS:
        connection.adapters.register_loader(name, TextLoader)


def _or_text(loader: type[Any]) -> type[Loader]:
    import psycopg

    class OrText(loader):  # type: ignore[misc]
        """Loads what Python can hold, and the rest as text."""

        def load(self, data: Buffer) -> object:
            try:
                return super().load(data)
            except (psycopg.DataError, ValueError, OverflowError):
                return bytes(data).decode()

    return OrText
