"""Tests of the bench on Postgres: what it counts and what it charges, on a few thousand rows of a real server."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from bench.postgres import Engine, bench_case, limit, measure
from bench.postgres_server import BenchServer, running
from bench.tables import CASES, FEW, Case

_ROWS = 2_000
_PLACES = {case.name: case for case in CASES}


@pytest.fixture(scope="module")
def bench() -> Iterator[BenchServer]:
    """A server of the bench's own."""
    with running({"work_mem": "3MB"}) as made:
        yield made


@pytest.mark.parametrize("name", ["few rows changed", "few, composite text key"])
def test_every_way_is_held_against_what_was_done(bench: BenchServer, name: str) -> None:
    """The figures of a way that counts wrong would be shown beside those of ways that count right."""
    ways = ("key", "no key", "all checks", "full join", "except")
    lines = {line[1]: line for line in bench_case(bench, _PLACES[name], _ROWS, ways, 1)}
    assert {way: line[-1] for way, line in lines.items()} == dict.fromkeys(("the limit", *ways), "right")
    assert lines["the limit"][2] == 1


def test_a_way_that_counts_wrong_is_told(bench: BenchServer) -> None:
    """A mistake of the engine on Postgres would stand in the table as if it were right."""
    mistaken = Case(FEW.name, FEW.changes, lambda _: (0, 0, 0))
    line = next(line for line in bench_case(bench, mistaken, _ROWS, ("key",), 1) if line[1] == "key")
    assert str(line[-1]).startswith("WRONG: {'added': ")


def test_the_work_of_parallel_workers_and_of_ended_connections_is_charged(bench: BenchServer) -> None:
    """A way that lets others work for it would look cheap."""
    work = "select count(*) from generate_series(1, 600000) i where md5(i::text) < '0'"

    def ask_in_a_connection_that_ends() -> tuple[int, dict[str, int | None]]:
        with bench.connect() as connection:
            connection.execute(work.encode())
        return 1, {}

    def ask_in_parallel() -> tuple[int, dict[str, int | None]]:
        with bench.connect() as connection:
            for setting in ("debug_parallel_query = on", "parallel_setup_cost = 0"):
                connection.execute(f"set {setting}".encode())
            connection.execute(work.encode())
        return 1, {}

    for asking in (ask_in_a_connection_that_ends, ask_in_parallel):
        assert measure(bench, asking).server >= 0.1


def test_settings_are_those_that_are_told(bench: BenchServer, tmp_path: Path) -> None:
    """Figures would be read as those of other settings; or the limit would not read both tables."""
    assert "shared_buffers 1GB, work_mem 3MB" in bench.told()
    bench.load(FEW, _ROWS)
    assert bench.columns()[:2] == ["id", "customer"]
    with bench.connect() as connection:
        assert measure(bench, partial(limit, connection)).statements == 2
    engine = Engine(bench, tmp_path)
    assert engine.ask(FEW.key)[1] == FEW.counts(_ROWS)
    engine.close()
