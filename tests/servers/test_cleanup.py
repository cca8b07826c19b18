"""What a killed run leaves behind on Postgres is dropped by `proofbot cleanup`, and nothing else."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests import postgres_server
from tests.postgres_server import Database
from tests.stories import repositories

pytestmark = [pytest.mark.story, pytest.mark.once]

_OURS = r"select nspname from pg_namespace where nspname ~ '^proofbot_local_[0-9a-f]{6}' order by 1"
_SLEEPING = """
select count(*) from pg_stat_activity
where datname = current_database() and query ~ 'pg_sleep' and pid <> pg_backend_pid()
"""
_ALIKE = "proofbot_local_abcdef"


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A database with a schema of the user's that is called as ours are."""
    with postgres_server.fresh_database() as made:
        with made.connect() as connection:
            connection.execute(f"create schema {_ALIKE}".encode())
        yield made


@pytest.fixture(scope="module")
def shop(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose request is quick to build; on the branch `slow` it takes its time."""
    content = {"shop": {"target": "ci", "outputs": {"ci": database.output()}}}
    folder = repositories.start(
        tmp_path_factory.mktemp("shop"),
        {"profiles.yml": yaml.safe_dump(content), "models/a.sql": "select 1 as id", "models/b.sql": "select 2 as id"},
    )
    repositories.request(folder, {"models/a.sql": "select 3 as id"})
    repositories.git(folder, "switch", "-q", "-c", "slow")
    repositories.write(folder, {"models/a.sql": "select 3 as id from pg_sleep(100)"})
    repositories.commit(folder, "Slow")
    return folder


def ours(database: Database) -> list[str]:
    """The schemas that are called as ours are."""
    with database.connect() as connection:
        return [str(row[0]) for row in connection.execute(_OURS.encode()).fetchall()]


def clean(shop: Path, *arguments: str) -> str:
    """What `proofbot cleanup` says."""
    done = subprocess.run(
        repositories.command("cleanup", *arguments), cwd=shop, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@contextlib.contextmanager
def building(shop: Path, database: Database, out: Path) -> Iterator[None]:
    """A run in the middle of its build; killed at the end with all that it started."""
    repositories.git(shop, "switch", "-q", "slow")
    run = subprocess.Popen(
        repositories.cold("run", "--out", str(out)),
        cwd=shop,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        with database.connect() as connection:
            until = time.monotonic() + 240
            while connection.execute(_SLEEPING.encode()).fetchone() == (0,):
                assert run.poll() is None
                assert time.monotonic() < until
                time.sleep(0.1)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        time.sleep(0.3)  # until the server has seen it


def test_what_a_killed_run_left_goes_and_what_lives_stays(shop: Path, database: Database, tmp_path: Path) -> None:
    """A team would find schemas of a bot in its database for ever; or one run would drop what another one needs."""
    with building(shop, database, tmp_path / "out"):
        living = ours(database)
        assert len(living) > 1
        assert "dropped" not in clean(shop, "--older-than", "0m")
        assert ours(database) == living
    assert "dropped" not in clean(shop, "--pr", "7")
    assert "would drop" in clean(shop, "--older-than", "0m", "--dry-run")
    assert ours(database) == living
    assert "dropped" not in clean(shop, "--older-than", "1h")
    words = clean(shop, "--older-than", "0m")
    assert words.count("dropped") == 1
    assert ours(database) == [_ALIKE]
