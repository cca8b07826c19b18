"""Tests for `core.trials` on a DuckDB in memory: what base, head and the controls show of a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import duckdb
import pytest

from bot.core.invariants import look_alike
from bot.core.scans import Steps
from bot.core.sql import DuckDb
from bot.core.trials import Found, becoming, find
from bot.core.trio import Trio
from bot.core.volatility import Causes
from bot.domain import Noise, Pair
from tests.core.rig import connect, make_pair, quote
from tests.core.rig import find as find_table

_CODE = Causes({"t": frozenset({"current_timestamp"})})


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    """A DuckDB with a table of a thousand rows."""
    connection = connect()
    connection.execute("create table raw as select range as id, range % 7 as kind, range % 11 as n from range(1000)")
    connection.execute("select setseed(0.3)")
    return connection


_Value = TypeVar("_Value")


def _lead(connection: duckdb.DuckDBPyConnection, steps: Steps[_Value]) -> _Value:
    try:
        statement = next(steps)
        while True:
            statement = steps.send(connection.execute(statement.sql).fetchall())
    except StopIteration as stop:
        found: _Value = stop.value
        return found


def _find(
    connection: duckdb.DuckDBPyConnection,
    base: str,
    head: str,
    controls: Sequence[str],
    key: Sequence[str] = ("id",),
    causes: Causes = _CODE,
) -> Found:
    pair = make_pair(connection, base, head, key)
    tables = []
    for number, control in enumerate(controls):
        connection.execute(f"create or replace table {quote(f'control {number}')} as {control}")
        tables.append(find_table(connection, f"control {number}"))
    return _lead(connection, find(Trio(pair, tuple(tables), DuckDb(), causes)))


def _noise(found: Found) -> Noise:
    assert found.noise is not None
    return found.noise


def test_what_the_control_does_not_change_is_the_requests_own(connection: duckdb.DuckDBPyConnection) -> None:
    """A user would have a real change waved through."""
    assert _find(connection, "from raw", "select id, kind + 1 as kind, n from raw", ["from raw"]) == Found(None)
    assert _find(connection, "from raw", "from raw limit 9", ["from raw"], key=()) == Found(None)


def test_a_column_of_times_is_noise_and_the_rest_is_not(connection: duckdb.DuckDBPyConnection) -> None:
    """A user would read a thousand changed rows because each build has its own time."""
    builds = [f"select *, timestamp '2024-01-01 0{hour}:00:00' as t from raw" for hour in range(3)]
    found = _find(connection, builds[0], builds[1], [builds[2]])
    assert _noise(found) == Noise(columns={"t": "current_timestamp"})
    assert found.wholly == {"t"}
    assert not found.is_open


def test_a_sum_that_varies_by_rounding_is_tolerated(connection: duckdb.DuckDBPyConnection) -> None:
    """A user would lose a column of sums to the comparison because their last digit varies."""
    builds = [f"select id, n::double * (1 + {step} * (id % 2)) as total from raw" for step in ("0", "4e-16", "9e-16")]
    noise = _noise(_find(connection, builds[0], builds[1], [builds[2]]))
    assert (dict(noise.tolerated), dict(noise.columns)) == ({"total": 1e-9}, {})


def test_what_head_changes_beyond_ties_is_kept(connection: duckdb.DuckDBPyConnection) -> None:
    """A user would have forty changed rows waved through because others have ties."""
    tie = "case when id % 10 = 0 then floor(2 * random()) else kind end"
    base, control = (f"select id, {tie} as kind from raw" for _ in range(2))
    head = f"select id, case when id % 25 = 1 then 99 else {tie} end as kind from raw"
    noise = _noise(_find(connection, base, head, [control, control, control]))
    assert list(noise.partly) == ["kind"]
    assert not noise.columns


def test_ties_that_fall_otherwise_are_noise(connection: duckdb.DuckDBPyConnection) -> None:
    """A user would be stopped by a row_number whose ties fell the other way."""
    build = "select id, case when id % 10 = 0 then floor(3 * random()) else kind end as kind from raw"
    found = _find(connection, build, build, [build, build, build])
    assert list(_noise(found).columns) == ["kind"]
    assert not found.is_open
    assert not found.wholly
    assert _find(connection, build, build, [build]).is_open


def test_rows_that_come_and_go_are_noise_and_their_number_is_not(connection: duckdb.DuckDBPyConnection) -> None:
    """A user would read that fifty rows went, or not read that a limit was halved."""
    sample, fewer = (f"from raw order by random() limit {rows}" for rows in (100, 50))
    noise = _noise(_find(connection, sample, fewer, [sample, sample, sample]))
    assert (noise.rows, noise.count, noise.key, dict(noise.columns)) == (True, False, False, {})
    part = "from raw where random() < 0.5"
    noise = _noise(_find(connection, part, part, [part, part, part]))
    assert (noise.rows, noise.count) == (True, True)


def test_rows_that_head_alone_loses_are_a_change(connection: duckdb.DuckDBPyConnection) -> None:
    """A user would lose a hundred rows because a few others come and go."""
    build = "select * from raw where id < 900 or random() < 0.5"
    noise = _noise(_find(connection, build, f"{build.replace('id < 900', 'id < 800')}", [build] * 3))
    assert not noise.rows


_SAMPLE = "select uuid() as u, id // 3 as k, id, n from raw where random() < 0.9"


@pytest.mark.parametrize("key", [(), ("u",), ("k",)])
def test_rows_that_come_and_go_do_not_hide_what_becomes_of_the_others(
    connection: duckdb.DuckDBPyConnection, key: tuple[str, ...]
) -> None:
    """A user would merge a wrong amount in every row, because each row has a random id and some rows are left out."""
    changed = _SAMPLE.replace(", n from", ", n * 2 as n from")
    assert not _noise(_find(connection, _SAMPLE, changed, [_SAMPLE] * 3, key)).rows
    assert _noise(_find(connection, _SAMPLE, _SAMPLE, [_SAMPLE] * 3, key)).rows


def test_a_number_of_rows_that_varies_hides_no_number_far_from_it(connection: duckdb.DuckDBPyConnection) -> None:
    """A user would lose half of the rows unseen, because base's number of rows is never quite the same."""
    build = "select uuid() as u from raw where random() < 0.9"
    halved = build.replace("0.9", "0.4")
    assert not _noise(_find(connection, build, halved, [build] * 3, ())).count
    assert _find(connection, build, halved, [build], ()).is_open
    assert _noise(_find(connection, build, build, [build] * 3, ())).count


def test_a_key_that_varies_leaves_the_rest_to_be_compared(connection: duckdb.DuckDBPyConnection) -> None:
    """A user with random keys would read that every row was replaced."""
    build = "select uuid() as row_id, * from raw"
    noise = _noise(_find(connection, build, build, [build], key=("row_id",)))
    assert (noise.key, list(noise.columns), noise.rows) == (True, ["row_id"], False)
    numbered = "select row_number() over (order by r) as row_id, * exclude (r) from (select *, random() as r from raw)"
    noise = _noise(_find(connection, numbered, numbered, [numbered], key=("row_id",)))
    assert (noise.key, list(noise.columns), noise.rows) == (True, ["row_id"], False)


def test_without_a_key_columns_are_told_by_their_values(connection: duckdb.DuckDBPyConnection) -> None:
    """A user without keys would have no control."""
    build = "select *, uuid() as token from raw"
    noise = _noise(_find(connection, build, build, [build], key=()))
    assert (list(noise.columns), noise.key, noise.rows) == (["token"], False, False)
    mixed = "select * exclude (r), row_number() over (order by r) as place from (select *, random() as r from raw)"
    assert list(_noise(_find(connection, mixed, mixed, [mixed], key=())).columns) == ["place"]
    limited = "from raw order by random() limit 100"
    assert _noise(_find(connection, limited, limited, [limited] * 3, key=())).rows


def test_rows_without_a_usable_key_do_not_make_rows_vary(connection: duckdb.DuckDBPyConnection) -> None:
    """A user with null keys would read that rows come and go because a time stamp does."""
    build = "select nullif(id, 5) as id, kind, random() as t from raw"
    noise = _noise(_find(connection, build, build, [build]))
    assert (list(noise.columns), noise.rows) == (["t"], False)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("10 * random()", "is distributed otherwise"),
        ("case when id % 4 > 0 then random() end", "is null in some rows, which it is not at base"),
        ("0.5::double", "holds one value only, and many at base"),
    ],
)
def test_what_all_draws_have_in_common_is_held_against_head(
    connection: duckdb.DuckDBPyConnection, head: str, words: str
) -> None:
    """A user would have any change of a column of random numbers waved through."""
    build = "select id, random() as t from raw"
    found = _find(connection, build, f"select id, {head} as t from raw", [build])
    assert dict(_noise(found).broken) == {"t": words}
    assert _noise(found).partly == {"t": 1000}


def test_a_control_of_other_columns_is_no_control(connection: duckdb.DuckDBPyConnection) -> None:
    """A user would read a traceback, or noise that nobody has seen."""
    with pytest.raises(ValueError, match="has no column kind"):
        _find(connection, "from raw", "select id, kind, n + 1 as n from raw", ["select id, n from raw"])


def _pair(connection: duckdb.DuckDBPyConnection, base: str, head: str) -> Pair:
    return make_pair(connection, base, head, ("id",))


def test_head_may_make_a_column_vary(connection: duckdb.DuckDBPyConnection) -> None:
    """A user would not learn that every build will be another from now on."""
    head = "select id, kind, uuid() as n from raw"
    pair = _pair(connection, "select id, kind, n::varchar as n from raw", head)
    connection.execute(f"create table again as {head}")
    assert _lead(connection, becoming(pair, find_table(connection, "again"), DuckDb())) == {"n"}


def test_a_remembered_column_is_looked_at(connection: duckdb.DuckDBPyConnection) -> None:
    """A user would have a later change of a volatile column waved through by memory."""
    build = "select id, random() as t, uuid() as u from raw"
    assert _lead(connection, look_alike(_pair(connection, build, build), ["t", "u"], DuckDb()))
    other = "select id, 2 * random() as t, uuid() as u from raw"
    assert not _lead(connection, look_alike(_pair(connection, build, other), ["t", "u"], DuckDb()))
