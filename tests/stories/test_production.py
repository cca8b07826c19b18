"""The story of an origin that is production: what a request does not touch is read there, and not built."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from bot.run.refresh import refresh
from bot.run.stage import Request
from tests import warm
from tests.stories import repositories
from tests.stories.repositories import Ran, git, write

pytestmark = [pytest.mark.story, pytest.mark.once]

_PROFILES = """shop:
  target: dev
  outputs:
    dev: {type: duckdb, path: shop.duckdb, schema: dev, threads: 2}
    prod: {type: duckdb, path: shop.duckdb, schema: prod, threads: 2}
"""
_PROJECT = {
    "profiles.yml": _PROFILES,
    ".proofbot.yml": "policy: standard\norigin: {from: production, state: production}\n",
    ".gitignore": "target/\nlogs/\nproduction/\n*.duckdb\n*.wal\n",
    "seeds/raw.csv": "id,amount\n1,10\n2,20\n3,30\n",
    "models/staged.sql": "select id, amount from {{ ref('raw') }}",
    "models/rates.sql": "select 2 as rate",
    "models/renewed.sql": "select 1 as fee",
    "models/paid.sql": "select s.id, s.amount * r.rate + n.fee as amount from {{ ref('staged') }} s, "
    "{{ ref('rates') }} r, {{ ref('renewed') }} n",
    "models/report.sql": "select sum(amount) as total from {{ ref('paid') }}",
    "models/elsewhere.sql": "select 1 as one",
    "models/schema.yml": "models: [{name: paid, config: {meta: {proofbot: {key: id}}}}]\n",
}
_RENEWED: dict[str, str | None] = {"models/renewed.sql": "select 5 as fee"}
_CHANGED: dict[str, str | None] = {"models/paid.sql": _PROJECT["models/paid.sql"].replace("+ n.fee", "+ n.fee * s.id")}


def _execute(folder: Path, statement: str) -> list[tuple[object, ...]]:
    import duckdb

    with contextlib.closing(duckdb.connect(str(folder / "shop.duckdb"))) as connection:
        return connection.execute(statement).fetchall()


def _digest(folder: Path) -> str:
    return hashlib.sha256((folder / "shop.duckdb").read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose production was built at an older commit, and has data that the repository has not."""
    folder = repositories.start(tmp_path_factory.mktemp("production") / "shop", _PROJECT)
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
    _execute(folder, "update prod.staged set amount = 1000 where id = 3")
    write(folder, _RENEWED)
    repositories.commit(folder, "A commit that is not deployed")
    repositories.request(folder, _CHANGED)
    return folder


@pytest.fixture(scope="module")
def ran(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, str]:
    """A run, and the digest of production before it."""
    before = _digest(shop)
    return repositories.prove(shop, "--base", "main", out=tmp_path_factory.mktemp("out")), before


def test_what_the_request_does_not_touch_is_not_built(ran: tuple[Ran, str]) -> None:
    """A request for the last of a thousand models would build all the others."""
    told, _ = ran
    assert told.code == 1, told.log + told.page
    # At base paid, report, and renewed, which production has from other code; at head and in the control the other two.
    assert told.report["run"]["models_built"] == 7, told.log
    assert "building base: 3 nodes" in told.log


def test_the_numbers_are_those_of_production(ran: tuple[Ran, str]) -> None:
    """It would prove something on data that nobody has: 1000 is in production only."""
    told, _ = ran
    paid = told.model("paid")
    assert paid["rows"]["changed"] == 2, paid  # id 1 stays as it is
    totals = json.dumps(told.model("report"))
    # (10 + 20 + 1000) * 2, and the fee three times, or six times
    assert "2075" in totals.replace(",", ""), totals
    assert "2090" in totals.replace(",", ""), totals


def test_readers_are_told_what_the_origin_is(ran: tuple[Ran, str], shop: Path) -> None:
    """They would take data of last month for today's, and a difference of production's code for the request's."""
    told, _ = ran
    origin, stale = (line for line in told.report["notices"] if "production" in line)
    assert origin.startswith("the origin is production: 2 relations are read there and not built, by its state of ")
    assert "1 of its nodes differ from base, and 1 had to be built" in stale
    assert "`renewed` differs from production: sql" in stale
    manifest = (shop / "production" / "manifest.json").read_bytes()
    assert told.report["evidence"]["manifests"]["production"] == hashlib.sha256(manifest).hexdigest()


def test_production_stays_as_it_is(ran: tuple[Ran, str], shop: Path) -> None:
    """A bot would write to the data of a company."""
    assert _digest(shop) == ran[1]
    assert _execute(shop, "select schema_name from duckdb_schemas() where schema_name = 'dev'") == []


def test_a_state_that_is_not_there_is_said_with_what_to_do(shop: Path, tmp_path: Path) -> None:
    """The first run of everybody ends here."""
    told = repositories.prove(shop, "--base", "main", "--state", "nowhere", out=tmp_path)
    assert told.code == 2
    assert "the state of production cannot be read" in told.log
    assert "nowhere" in told.log


def test_a_request_cannot_bring_the_state_by_itself(shop: Path, tmp_path: Path) -> None:
    """Whoever asks for a merge could say which tables both sides read, and so prove whatever they like."""
    (shop / "mine").mkdir()
    shutil.copy(shop / "production" / "manifest.json", shop / "mine")
    git(shop, "switch", "-q", "-c", "forged")
    repositories.commit(shop, "A state of my own")
    told = repositories.prove(shop, "--base", "main", "--state", "mine", out=tmp_path)
    git(shop, "switch", "-q", "request")
    assert told.code == 2
    assert "the request itself brings the state of production" in told.log


def test_nothing_is_built_for_later_where_production_is_the_origin(shop: Path) -> None:
    """Each push to the default branch would build all of it, and no request ever use that."""
    log = io.StringIO()
    request = Request(
        here=shop,
    )
    assert refresh(request, Console(file=log, width=200)) == 0
    assert "nothing to refresh: the origin is production" in log.getvalue()
