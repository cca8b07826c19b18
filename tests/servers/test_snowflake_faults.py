"""What goes wrong on Snowflake in the middle of a run, in its own error codes: it is told, and nothing is left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import snowflake.connector
import yaml

from tests import fakesnow_server
from tests.fakesnow_server import Served
from tests.stories import repositories
from tests.stories.repositories import Ran
from tests.world.warehouses.snowflake.between import Between, between

pytestmark = [pytest.mark.story, pytest.mark.once]

_LAID = (
    "create database analytics",
    "create schema analytics.raw",
    "create table analytics.raw.orders (id int, amount int)",
    "insert into analytics.raw.orders values (1, 10), (2, 20), (3, 30), (4, 40)",
)
_ORDERS = "select id, amount from analytics.raw.orders"
_CONFIG = "policy: standard\ncontrol: never\nwarehouse: {isolation: schema}\n"
_SUSPENDED = (606, "No active warehouse selected in the current session.  Select one with the 'use warehouse' command.")
_SPENT = (90073, "Warehouse 'CHECKS_WH' cannot be resumed because resource monitor 'MONTHLY' has exceeded its quota.")
_REFUSED = (3001, "SQL access control error:\nInsufficient privileges to operate on schema 'ANALYTICS'")


@pytest.fixture(scope="module")
def faulty() -> Iterator[tuple[Between, Served]]:
    """A server with a few orders, and one in between."""
    with fakesnow_server.serve() as served:
        with snowflake.connector.connect(**served.parameters()) as connection:
            for sql in _LAID:
                connection.cursor().execute(sql)
        with between(served) as found:
            yield found


@pytest.fixture(scope="module")
def shop(faulty: tuple[Between, Served], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of two models, of which a request changes the one that reads the other."""
    output = faulty[1].output() | {"role": "ci", "warehouse": "checks_wh"}
    files = {
        "profiles.yml": yaml.safe_dump({"shop": {"target": "ci", "outputs": {"ci": output}}}),
        ".proofbot.yml": _CONFIG,
        "models/orders.sql": _ORDERS,
        "models/late.sql": "select id, amount from {{ ref('orders') }}",
    }
    folder = repositories.start(tmp_path_factory.mktemp("faults") / "shop", files)
    repositories.request(folder, {"models/late.sql": f"{files['models/late.sql']} where id > 1"})
    return folder


def _schemas(served: Served) -> set[str]:
    with snowflake.connector.connect(**served.parameters(), database="ANALYTICS") as connection:
        found = connection.cursor().execute("select schema_name from analytics.information_schema.schemata")
        assert found is not None
        return {str(row[0]).upper() for row in found.fetchall()}


def _prove(shop: Path, server: Between, word: str, answer: tuple[int, str], out: Path) -> Ran:
    """A run in which statements that hold a word are refused."""
    server.seen.clear()
    server.refused[word] = answer
    try:
        ran = repositories.prove(shop, out=out)
    finally:
        del server.refused[word]
    assert any(word in sql for sql in server.seen)
    return ran


def test_what_can_not_be_cloned_is_shown_by_views(shop: Path, faulty: tuple[Between, Served], tmp_path: Path) -> None:
    """A role without the right to clone could not prove anything."""
    server, served = faulty
    ran = _prove(shop, server, " clone ", _REFUSED, tmp_path / "out")
    assert ran.code == 1, ran.log
    assert ran.model("late")["rows"]["removed"] == 1
    assert not [name for name in _schemas(served) if name.startswith("PROOFBOT")]


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        (_SUSPENDED, "ALTER WAREHOUSE checks_wh SET AUTO_RESUME = TRUE"),
        (_SPENT, "raise its quota, or wait for its next period"),
    ],
    ids=["suspended", "no credits left"],
)
def test_a_warehouse_that_does_not_run_is_a_finding_with_its_remedy(
    shop: Path, faulty: tuple[Between, Served], tmp_path: Path, answer: tuple[int, str], remedy: str
) -> None:
    """A reviewer would read that something failed, and the team not learn which switch to turn."""
    server, served = faulty
    ran = _prove(shop, server, "count(*)", answer, tmp_path / "out")
    assert ran.code == 1, ran.log
    assert ran.model("late")["outcome"] == "errored"
    assert any(remedy in finding["message"] for finding in ran.model("late")["findings"].values())
    assert remedy in ran.comment
    assert not [name for name in _schemas(served) if name.startswith("PROOFBOT")]
