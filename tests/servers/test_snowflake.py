"""The story of the demo's pull request on what serves as Snowflake: by dbt-snowflake and the real connector."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
import snowflake.connector
import yaml

from demo import make_project
from tests import fakesnow_server
from tests.fakesnow_server import Served
from tests.servers import raw_tables
from tests.stories import repositories
from tests.stories.repositories import Ran

pytestmark = [pytest.mark.story, pytest.mark.once]

_PASSWORD = "a-password-that-nobody-else-has"


@pytest.fixture(scope="module")
def served(few_orders: make_project.Demo) -> Iterator[Served]:
    """A server whose database `analytics` holds the demo's raw tables."""
    with fakesnow_server.serve() as server:
        with snowflake.connector.connect(**server.parameters()) as connection:
            connection.cursor().execute("create database analytics")
            connection.cursor().execute("use database analytics")
            raw_tables.load_by_statements(few_orders.database, lambda sql: connection.cursor().execute(sql))
        yield server


def relations(served: Served) -> set[tuple[str, ...]]:
    """All databases, and all relations of the one that is the team's."""
    with snowflake.connector.connect(**served.parameters(), database="ANALYTICS") as connection:
        databases = connection.cursor().execute("show databases").fetchall()  # type: ignore[union-attr]
        tables = (
            connection.cursor()
            .execute(  # type: ignore[union-attr]
                "select table_schema, table_name from analytics.information_schema.tables"
            )
            .fetchall()
        )
    return {(str(row[1]),) for row in databases} | {(str(row[0]), str(row[1])) for row in tables}


@pytest.fixture(scope="module")
def first(
    few_orders: make_project.Demo, served: Served, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Ran, set[tuple[str, ...]], set[tuple[str, ...]]]:
    """The first run, and what was there before and after it."""
    folder = tmp_path_factory.mktemp("profiles")
    output = served.output() | {"password": "{{ env_var('SHOP_PASSWORD') }}"}
    content = {"shop": {"target": "ci", "outputs": {"ci": output}}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    # Databases can't be dropped there, nor cloned.
    (folder / "tried.yml").write_text("policy: standard\nwarehouse: {isolation: schema}\n", encoding="utf-8")
    before = relations(served)
    out = tmp_path_factory.mktemp("out") / "new"
    secret = {"SHOP_PASSWORD": _PASSWORD}
    options = ("--profiles-dir", str(folder), "--config", str(folder / "tried.yml"))
    ran = repositories.prove(few_orders.folder, *options, out=out, environment=secret)
    return ran, before, relations(served)


def test_what_is_wrong_is_told(first: tuple[Ran, set[tuple[str, ...]], set[tuple[str, ...]]]) -> None:
    """A reviewer would not learn which rows are lost, and what only follows from that."""
    ran = first[0]
    assert ran.code == 1, ran.log
    assert "All 9 removed rows have `CUSTOMER_ID` null, and no other row has." in ran.comment
    because = (
        "**Downstream:** 3 models changed only because of it: `daily_revenue`, `revenue_by_country`, `monthly_revenue`"
    )
    assert because in ran.comment


def test_numbers_are_those_of_duckdb(
    first: tuple[Ran, set[tuple[str, ...]], set[tuple[str, ...]]], assert_as_duckdb: Callable[[Ran], None]
) -> None:
    """A team would find other numbers on its warehouse than on the laptop, for the same rows."""
    assert_as_duckdb(first[0])


def test_nothing_is_left_behind(first: tuple[Ran, set[tuple[str, ...]], set[tuple[str, ...]]]) -> None:
    """A team would pay for the databases of a bot, more with every push."""
    ran, before, after = first
    assert ran.code == 1
    assert after == before


def test_no_secret_is_told(first: tuple[Ran, set[tuple[str, ...]], set[tuple[str, ...]]]) -> None:
    """The password of the warehouse would be read by whoever reads the comment or the report."""
    ran = first[0]
    assert _PASSWORD not in json.dumps(ran.report) + ran.comment + ran.log + ran.page
