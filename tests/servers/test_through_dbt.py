"""The story of the demo's pull request on a warehouse that proofbot only knows by dbt's adapter."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator

import pytest
import yaml

from demo import make_project
from tests import postgres_server
from tests.postgres_server import Database
from tests.servers import raw_tables, routed
from tests.stories import repositories
from tests.stories.repositories import Ran

pytestmark = [pytest.mark.story, pytest.mark.once]

_PASSWORD = "a-password-that-nobody-else-has"
_RELATIONS = "select relnamespace::regnamespace::text, relname from pg_class where relkind in ('r', 'v', 'm')"
_SCHEMAS = "select nspname, '' from pg_namespace where nspname !~ '^pg_(temp|toast)'"


@pytest.fixture(scope="module")
def database(few_orders: make_project.Demo) -> Iterator[Database]:
    """A database of Postgres with the demo's raw tables."""
    with postgres_server.fresh_database() as made:
        raw_tables.load_into_postgres(few_orders.database, made)
        yield made


@pytest.fixture(scope="module")
def before(database: Database) -> set[tuple[str, str]]:
    """What was there before the first run."""
    return relations(database)


@pytest.fixture(scope="module")
def first(
    few_orders: make_project.Demo,
    database: Database,
    before: set[tuple[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Ran:
    """The first run."""
    assert before
    folder = tmp_path_factory.mktemp("profiles")
    output = database.output() | {"password": "{{ env_var('SHOP_PASSWORD') }}"}
    content = {"shop": {"target": "ci", "outputs": {"ci": output}}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return repositories.prove(
        few_orders.folder,
        *("--profiles-dir", str(folder)),
        out=tmp_path_factory.mktemp("out") / "new",
        environment={"SHOP_PASSWORD": database.password or _PASSWORD},
        start=by_dbt_alone,
    )


def by_dbt_alone(*arguments: str) -> list[str]:
    """The command line of a proofbot that knows no warehouse by itself."""
    return [sys.executable, routed.__file__, *arguments]


def relations(database: Database) -> set[tuple[str, str]]:
    """All schemas, and all relations."""
    with database.connect() as connection:
        asked = f"{_RELATIONS} union {_SCHEMAS}"
        return {(str(schema), str(name)) for schema, name in connection.execute(asked.encode()).fetchall()}


def test_what_is_wrong_is_told(first: Ran) -> None:
    """A reviewer would not learn which rows are lost, and what only follows from that."""
    assert first.code == 1, first.log
    assert "postgres, by dbt-postgres" in first.comment
    assert "All 9 removed rows have `customer_id` null, and no other row has." in first.comment
    because = (
        "**Downstream:** 3 models changed only because of it: `daily_revenue`, `revenue_by_country`, `monthly_revenue`"
    )
    assert because in first.comment


def test_numbers_are_those_of_duckdb(first: Ran, assert_as_duckdb: Callable[[Ran], None]) -> None:
    """A team would find other numbers on its warehouse than on the laptop, for the same rows."""
    assert_as_duckdb(first)


def test_nothing_is_left_behind(first: Ran, database: Database, before: set[tuple[str, str]]) -> None:
    """A team would find schemas of a bot in its database, more with every push."""
    assert first.code == 1
    assert relations(database) == before


def test_no_secret_and_no_place_is_told(first: Ran, database: Database) -> None:
    """A password, or where the database is, would be read by whoever reads the comment or the report."""
    told = json.dumps(first.report) + first.comment + first.log + first.page
    assert _PASSWORD not in told
    assert database.host not in told
