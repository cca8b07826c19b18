"""In which of sqlglot's grammars the SQL of a project is read."""

from __future__ import annotations

from sqlglot.dialects.dialect import Dialect

from bot.core.sql_plain_words import TARGETS


def of(adapter: str) -> str:
    """The name in sqlglot of what an adapter of dbt's speaks; empty where nobody knows it."""
    name = TARGETS.get(adapter, adapter)
    return name if Dialect.get(name) is not None else ""
