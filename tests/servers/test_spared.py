"""A change of one column on Postgres: what it does not reach is neither built nor asked, and the rest is right."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests import postgres_server
from tests.postgres_server import Database
from tests.stories import repositories

_FILES = {
    "models/orders.sql": "select i as id, i * 10 as amount, i % 3 as customer from generate_series(0, 19) as t(i)",
    "models/revenue.sql": "select customer, sum(amount) as revenue from {{ ref('orders') }} group by 1",
    "models/visits.sql": "with o as (select * from {{ ref('orders') }}) "
    "select customer, count(*) as n from o group by customer",
    "models/orders.yml": "models: [{name: orders, columns: [{name: id, data_tests: [unique, not_null]}]}]",
}
_HEAD = {"models/orders.sql": _FILES["models/orders.sql"].replace("i * 10", "case when i = 7 then 0 else i * 10 end")}


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A database of this file's own."""
    with postgres_server.fresh_database() as made:
        yield made


@pytest.fixture(scope="module")
def shop(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose request changes one column."""
    profile = yaml.safe_dump({"shop": {"target": "dev", "outputs": {"dev": database.output("dev")}}})
    folder = repositories.start(tmp_path_factory.mktemp("spared") / "shop", {**_FILES, "profiles.yml": profile})
    repositories.request(folder, _HEAD)
    return folder


def test_what_is_not_reached_is_not_built(shop: Path, tmp_path: Path) -> None:
    """A server's users would pay for models that cannot have changed, or a changed one would be passed over."""
    ran = repositories.prove(shop, out=tmp_path / "out")
    assert ran.code == 1, ran.log
    assert {one["name"]: one["outcome"] for one in ran.report["models"]} == {"orders": "changed", "revenue": "changed"}
    assert ran.report["spared"]["confined"] == [{"unique_id": "model.shop.orders", "columns": ["amount"]}]
    assert ran.report["spared"]["models"] == ["model.shop.visits"]
    assert ran.model("orders")["rows"]["changed"] == 1


def test_one_model_is_compared_from_the_terminal(shop: Path) -> None:
    """Who develops on a server would have to prove the whole request for a look at one model."""
    done = subprocess.run(
        repositories.command("diff", "orders", "--exit-code"),
        cwd=shop,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("orders differs: 1 of 20 rows changed\n"), done.stdout
    assert "visits" not in done.stderr
