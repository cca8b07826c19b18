"""The story of the demo's pull request on Postgres: from git to the comment, and what is left behind there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from demo import make_project
from tests import postgres_server
from tests.postgres_server import Database
from tests.servers import raw_tables
from tests.stories import repositories
from tests.stories.repositories import Ran

pytestmark = [pytest.mark.story, pytest.mark.once]

_COMMENT = Path(__file__).parent / "golden" / "demo_postgres.md"
_OF_DUCKDB = Path(__file__).parents[1] / "stories" / "golden" / "demo.md"
_WHOSE = "select relnamespace::regnamespace::text, relname from pg_class where relkind in ('r', 'v', 'm')"
_SCHEMAS = "select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' order by 1"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> make_project.Demo:
    """The demo's repository, its pull request checked out."""
    return make_project.make(tmp_path_factory.mktemp("demo") / "shop")


@pytest.fixture(scope="module")
def database(demo: make_project.Demo) -> Iterator[Database]:
    """A database of Postgres with the demo's raw tables."""
    with postgres_server.fresh_database() as made:
        raw_tables.load_into_postgres(demo.database, made)
        yield made


@pytest.fixture(scope="module")
def profiles(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a profile for that database; where it is, the environment says."""
    folder = tmp_path_factory.mktemp("profiles")
    output = database.output() | {"host": "{{ env_var('SHOP_HOST') }}", "port": "{{ env_var('SHOP_PORT') | int }}"}
    content = {"shop": {"target": "ci", "outputs": {"ci": output}}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return folder


def prove(demo: make_project.Demo, database: Database, profiles: Path, out: Path, *arguments: str) -> Ran:
    """Proves a request of the demo on that database."""
    reached = {"SHOP_HOST": database.host, "SHOP_PORT": str(database.port)}
    return repositories.prove(demo.folder, "--profiles-dir", str(profiles), *arguments, out=out, environment=reached)


@pytest.fixture(scope="module")
def before(database: Database) -> list[tuple[object, ...]]:
    """All relations before the first run."""
    with database.connect() as connection:
        return sorted(connection.execute(_WHOSE.encode()).fetchall())


@pytest.fixture(scope="module")
def first(
    demo: make_project.Demo,
    database: Database,
    profiles: Path,
    before: list[tuple[object, ...]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Ran:
    """The first run."""
    assert before
    return prove(demo, database, profiles, tmp_path_factory.mktemp("out") / "new")


def test_comment(first: Ran, assert_golden: Callable[[Path, str], None]) -> None:
    """A reviewer would read another comment than the one that was looked at and found good."""
    assert first.code == 1, first.log
    assert_golden(_COMMENT, repositories.timeless(first.comment))


def test_numbers_are_those_of_duckdb() -> None:
    """A team would find other numbers on its warehouse than on the laptop, for the same rows; of floats, the order in
    which they are added up decides the last digits."""
    local, there = (file.read_text(encoding="utf-8").splitlines() for file in (_OF_DUCKDB, _COMMENT))
    assert len(local) == len(there)
    differing = [ours for ours, theirs in zip(local, there, strict=True) if ours != theirs]
    assert all(line.startswith("| `fees` |") for line in differing)


def test_nothing_is_left_behind(first: Ran, database: Database, before: list[tuple[object, ...]]) -> None:
    """A team would find schemas of a bot in its database, more with every push."""
    assert first.code == 1
    with database.connect() as connection:
        assert sorted(connection.execute(_WHOSE.encode()).fetchall()) == before
        assert connection.execute(_SCHEMAS.encode()).fetchall() == [("public",), ("raw",)]


def test_no_secret_and_no_place_is_told(first: Ran, database: Database) -> None:
    """A password, or where the database is, would be read by whoever reads the comment or the report."""
    told = json.dumps(first.report) + first.comment + first.log + first.page
    assert database.host not in told
