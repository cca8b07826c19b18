"""Soundness of `bot.core.equivalence`, by executing: what is proven the same is the same, on random data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random

import duckdb
import pytest

from bot.core.equivalence import proven
from tests.core.equivalence.generated import Writer, shop, spoiled

_PAIRS = 20_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 300
_PARTS = 3
_SHOPS = 20


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory, with several shops."""
    with duckdb.connect() as connection:
        connection.execute("set threads = 1")
        for number in range(_SHOPS):
            shop(connection, f"shop_{number}", Random(number))
        yield connection


@pytest.mark.parametrize("part", range(_PARTS))
def test_what_is_proven_is_so(connection: duckdb.DuckDBPyConnection, part: int) -> None:
    """A model would be called equivalent though its rows change, and nobody would look at it: the worst there is.

    Each query is written in two ways, and one of these is spoiled. Whatever is proven is asked, on two shops. And most
    of what is only written in another way has to be proven, or nothing would be shown here.
    """
    written = recognised = spoilt = 0
    for seed in range(part, _PAIRS, _PARTS):
        one, other = (Writer(seed, Random(f"{seed} {style}")).query() for style in "ab")
        for query, is_spoilt in ((one, False), (spoiled(one, Random(seed)), True)):
            is_proven = proven(query, other, "duckdb")
            if is_proven:
                assert _rows(connection, query, seed) == _rows(connection, other, seed), f"{seed}: {query}\n{other}"
            written += not is_spoilt
            recognised += is_proven and not is_spoilt
            spoilt += is_proven and is_spoilt and query.split() != one.split()
    assert recognised > written * 0.9
    assert spoilt < written * 0.2  # to prove everything would not do


def _rows(connection: duckdb.DuckDBPyConnection, query: str, seed: int) -> object:
    found = []
    for number in range(2):
        connection.execute(f"set schema = 'shop_{(seed + number) % _SHOPS}'")
        try:
            answer = connection.execute(query)
        except duckdb.Error as error:
            return type(error).__name__
        found.append(([column[:2] for column in answer.description or []], sorted(map(repr, answer.fetchall()))))
    return str(found)
