"""What dead runs left in a warehouse goes when CI tells that a request is closed, or that a week is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from bot.core.occasions import Wishes
from bot.domain import Happening, Occasion, Place, RunId
from bot.run import ci
from bot.run.proving import Job
from bot.run.publishing import Desk
from bot.run.stage import Request
from bot.world.forges.nobody import Nobody
from tests import postgres_server
from tests.postgres_server import Database

_CLOSED, _OTHERS, _ALIKE = "proofbot_pr_7_abcdef", "proofbot_pr_8_abcdef", "proofbot_pr_7_fedcba"
_PLACE = Place("https://forge.example", "https://api.forge.example", "acme/shop", RunId(9), "https://forge.example/r/9")
_REQUEST = Occasion(Happening.CLOSED, _PLACE, "pull_request.closed", number=7)
_SCHEDULE = Occasion(Happening.SCHEDULE, _PLACE, "schedule")
_CONSOLE = Console(quiet=True)


@pytest.fixture(scope="module")
def server() -> Iterator[Database]:
    """A database of this file's own."""
    with postgres_server.fresh_database() as made:
        yield made


@pytest.fixture
def database(server: Database) -> Database:
    """What a run of this minute and one of last month left there, and a schema of a user's called alike."""
    now = datetime.now(UTC)
    with server.connect() as connection:
        for name, made in ((_CLOSED, now), (_OTHERS, now - timedelta(days=30)), (_ALIKE, None)):
            connection.execute(f"drop schema if exists {name}".encode())
            connection.execute(f"create schema {name}".encode())
            if made is not None:
                connection.execute(f"comment on schema {name} is 'proofbot, made at {made.isoformat()}'".encode())
    return server


@pytest.fixture
def job(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A job with a checkout of a project and its profile."""
    monkeypatch.setenv("PROOFBOT_CACHE_DIR", str(tmp_path / "kept"))
    (tmp_path / "dbt_project.yml").write_text("{name: shop, profile: shop}", encoding="utf-8")
    content = {"shop": {"target": "ci", "outputs": {"ci": database.output()}}}
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    desk = Desk(Nobody("there is no token"), "shop", _PLACE, lambda _words: None)
    return Job(_REQUEST, _request(tmp_path), desk, desk, {}, "7d")


def _request(here: Path) -> Request:
    return Request(
        here=here,
    )


def _run(job: Job, occasion: Occasion) -> int:
    return ci.run(replace(job, occasion=occasion), Wishes(), _CONSOLE, _CONSOLE)


def _left(database: Database) -> set[str]:
    with database.connect() as connection:
        found = connection.execute("select nspname from pg_namespace where nspname like 'proofbot%'").fetchall()
    return {str(name) for (name,) in found}


def test_what_a_closed_request_left_in_the_warehouse_goes(job: Job, database: Database) -> None:
    """A team would find schemas of requests in its database that were merged long ago."""
    assert _run(job, _REQUEST) == 0
    assert _left(database) == {_OTHERS, _ALIKE}


def test_what_is_old_goes_from_the_warehouse_on_schedule(job: Job, database: Database) -> None:
    """What no closed request told of would stay, though the schedule is there to catch it."""
    assert _run(job, _SCHEDULE) == 0
    assert _left(database) == {_CLOSED, _ALIKE}


def test_a_forks_job_looks_through_no_warehouse(job: Job, database: Database) -> None:
    """A job without secrets would be red for each closed request of a fork."""
    assert _run(job, replace(_REQUEST, is_foreign=True)) == 0
    assert _left(database) == {_CLOSED, _OTHERS, _ALIKE}


def test_a_warehouse_that_was_not_looked_through_is_told(job: Job, tmp_path: Path) -> None:
    """A schedule that never finds its server would be green each week, and nothing would go."""
    nowhere = Database(str(tmp_path), 5432, "nobody", "", "nothing")
    content = {"shop": {"target": "ci", "outputs": {"ci": nowhere.output()}}}
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    said: list[str] = []
    assert _run(replace(job, desk=replace(job.desk, log=said.append)), _SCHEDULE) == 3
    assert any("what dead runs left in the warehouse was not looked for" in words for words in said)
