"""In which grammar the SQL of a project is read."""

from __future__ import annotations

import pytest

from bot.core import grammars


@pytest.mark.parametrize(
    ("adapter", "name"),
    [
        ("duckdb", "duckdb"),
        ("snowflake", "snowflake"),
        ("sqlserver", "tsql"),
        ("clickhouse", "clickhouse"),
        ("abacus", ""),
    ],
)
def test_it_is_that_of_the_warehouse(adapter: str, name: str) -> None:
    """A query would be refused for what every statement of that warehouse has, or a run end in a traceback."""
    assert grammars.of(adapter) == name
