"""The story of incremental models that are built both ways: from nothing, and as increments of what is there."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import warm
from tests.stories import repositories
from tests.stories.repositories import Ran, git

pytestmark = [pytest.mark.story, pytest.mark.once]

_PROFILES = """shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: shop.duckdb, schema: dev, threads: 2}
    prod: {type: duckdb, path: shop.duckdb, schema: prod, threads: 2}
"""
_NEW_ONLY = "{% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}"
_ORDERS = (
    "{{ config(materialized='incremental', unique_key='id') }}\n"
    "select id, amount as paid, current_timestamp as loaded_at from {{ source('raw', 'events') }} " + _NEW_ONLY
)
_LEDGER = (
    "{{ config(materialized='incremental', unique_key='id', on_schema_change='fail') }}\n"
    "select id, amount as booked from {{ source('raw', 'events') }} " + _NEW_ONLY
)
_PROJECT = {
    "profiles.yml": _PROFILES,
    ".proofbot.yml": "policy: standard\nincremental: both\n",
    ".gitignore": "target/\nlogs/\nproduction/\n*.duckdb\n*.wal\nof_production.yml\n",
    "models/orders.sql": _ORDERS,
    "models/ledger.sql": _LEDGER,
    "models/schema.yml": "sources: [{name: raw, tables: [{name: events}]}]\nmodels:\n"
    + "".join(
        f"  - {{name: {name}, config: {{meta: {{proofbot: {{key: id}}}}}}}}\n" for name in ("orders", "ledger", "fresh")
    ),
    "models/fresh.sql": "select id from {{ ref('orders') }}",
}
_FORMULA: dict[str, str | None] = {
    "models/orders.sql": _ORDERS.replace("amount", "amount * 2"),
    "models/fresh.sql": "{{ config(materialized='incremental') }}\nselect id from {{ ref('orders') }}",
}
_COLUMN: dict[str, str | None] = {"models/ledger.sql": _LEDGER.replace("booked", "booked, 'EUR' as currency")}


def _execute(folder: Path, *statements: str) -> list[tuple[object, ...]]:
    import duckdb

    with contextlib.closing(duckdb.connect(str(folder / "shop.duckdb"))) as connection:
        for statement in statements[:-1]:
            connection.execute(statement)
        return connection.execute(statements[-1]).fetchall()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose production has an order that the source has lost, and not yet the newest one."""
    folder = repositories.start(tmp_path_factory.mktemp("incremental") / "shop", _PROJECT)
    events = "create table raw.events as select * from (values (0, 5), (1, 10), (2, 20)) as t (id, amount)"
    _execute(folder, "create schema raw", events)
    told = subprocess.run(
        [str(warm.dbt()), "build", "--target", "prod", "--profiles-dir", "."],
        cwd=folder,
        env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout
    (folder / "production").mkdir()
    shutil.copy(folder / "target" / "manifest.json", folder / "production")
    _execute(folder, "delete from raw.events where id = 0", "insert into raw.events values (3, 30)")
    (folder / "of_production.yml").write_text(
        "policy: standard\nincremental: increment\norigin: {from: production, state: production}\n", encoding="utf-8"
    )
    repositories.request(folder, _FORMULA)
    git(folder, "switch", "-q", "-c", "column")
    repositories.write(folder, _COLUMN)
    repositories.commit(folder, "A column, too")
    return folder


@pytest.fixture(scope="module")
def both(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A run that builds both ways, from the merge base."""
    return repositories.prove(shop, "--base", "main", "--head", "column", out=tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def increment(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A run whose sides both go on with what production has."""
    arguments = ("--base", "main", "--head", "request", "--config", str(shop / "of_production.yml"))
    return repositories.prove(shop, *arguments, out=tmp_path_factory.mktemp("out"))


def test_a_change_of_old_rows_needs_a_full_refresh_and_the_command_is_told(both: Ran) -> None:
    """The new formula would hold for new rows only, and nobody would know before the numbers are asked about."""
    orders = both.model("orders")
    assert (orders["outcome"], orders["rows"]["changed"]) == ("changed", 3), both.log
    found = orders["findings"]["increment"]
    assert (found["outcome"], found["grade"]) == ("changed", "warn")
    assert found["message"].startswith("as an increment 3 rows differ from a full refresh: other values in `paid`; ")
    assert "deploy it with `dbt build --full-refresh --select orders`" in found["message"]
    assert "left out: `loaded_at`" in found["message"]  # which an increment keeps, and each build writes anew
    command = "**To deploy:** `dbt build --full-refresh --select orders ledger`"
    assert (
        f"{command}. Without it `orders` would not be what is shown here, and `ledger` would not build." in both.comment
    )
    assert "To deploy: dbt build --full-refresh --select orders ledger" in " ".join(both.page.split())


def test_an_increment_that_dbt_refuses_closes_the_gate_with_its_words(both: Ran) -> None:
    """The first deployment after the merge would fail, in the night."""
    ledger = both.model("ledger")
    found = ledger["findings"]["increment"]
    assert (ledger["outcome"], found["outcome"], found["grade"]) == ("errored", "errored", "fail")
    assert "The source and target schemas on this incremental model are out of sync!" in found["message"], found
    assert "dbt build --full-refresh --select ledger" in found["message"]
    assert ledger["findings"]["schema"]["measures"]["added"]
    assert both.code == 1


def test_readers_are_told_how_incremental_models_were_built(both: Ran, increment: Ran) -> None:
    """They would take a build from nothing for what happens in production."""
    assert any(
        "`ledger`, `orders`: built from nothing on both sides, and at head also as increments" in one
        for one in both.report["notices"]
    ), both.report["notices"]
    for told in (both, increment):
        assert any("`fresh` is incremental at head only" in one for one in told.report["notices"])
        assert not any("from scratch" in one for one in told.report["notices"])
    environments = {one["name"]: one["built"] for one in both.report["evidence"]["environments"]}
    assert environments["increment"] == 2


def test_history_that_no_source_has_any_more_stays_on_both_sides(increment: Ran) -> None:
    """A request would be proven on the rows of the last month, where production has ten years."""
    orders = increment.model("orders")
    assert (orders["rows"]["base"], orders["rows"]["head"]) == (4, 4), increment.log
    assert (orders["rows"]["changed"], orders["rows"]["unchanged"]) == (1, 3)
    assert "increment" not in orders["findings"]
    assert any(
        "`orders`: both sides went on with a copy of production's table" in n for n in increment.report["notices"]
    )


def test_production_is_only_read(increment: Ran, shop: Path) -> None:
    """A bot would write the request's numbers into a company's tables before anybody has approved them."""
    assert increment.report
    assert _execute(shop, "select id, paid from prod.orders order by id") == [(0, 5), (1, 10), (2, 20)]
