"""The story of a push: what the default branch builds, requests find, also on another machine that restores a cache."""

from __future__ import annotations

import io
import shutil
import time
from pathlib import Path

import pytest
from rich.console import Console

from bot.run.refresh import refresh
from bot.run.stage import Request
from tests.stories import repositories
from tests.stories.repositories import git, write

pytestmark = [pytest.mark.story, pytest.mark.once, pytest.mark.usefixtures("kept")]

_PROFILES = """shop:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: shop.duckdb
      threads: 2
      attach: [{path: data/rates.duckdb}]
"""
_PROJECT = {
    "profiles.yml": _PROFILES,
    "seeds/raw.csv": "id,amount\n1,10\n2,20\n3,30\n",
    "models/staged.sql": "select id, amount from {{ ref('raw') }}",
    "models/paid.sql": "select s.id, s.amount * r.rate as amount from {{ ref('staged') }} s, rates.main.rates r",
    "models/other.sql": "select 1 as one",
    "models/schema.yml": "models: [{name: paid, columns: [{name: id, data_tests: [unique, not_null]}]}]\n",
    "snapshots/kept.sql": "{% snapshot kept %}{{ config(unique_key='id', strategy='check', check_cols='all', "
    "target_schema='main') }}select * from {{ ref('staged') }}{% endsnapshot %}",
    ".gitignore": "target/\nlogs/\n/shop.duckdb*\n",
}
_CHANGED: dict[str, str | None] = {"models/staged.sql": "select id, amount + 1 as amount from {{ ref('raw') }}"}
_ADDRESS = "https://{user}github.com/owner/shop.git"


def _request(folder: Path, **changes: str) -> Request:
    return Request(
        here=folder,
        head=changes.get("head"),
    )


def _refresh(folder: Path, **changes: str) -> tuple[int, str]:
    log = io.StringIO()
    code = refresh(_request(folder, **changes), Console(file=log, width=200))
    return code, log.getvalue()


def _wait_for_the_next_second() -> None:
    """A parse of the very second in which the next run begins is not trusted."""
    time.sleep(1 - time.time() % 1)


def _make_rates(folder: Path, rate: int) -> None:
    """A database beside the project that git knows, as a team would keep its fixtures."""
    import duckdb

    (folder / "data").mkdir(exist_ok=True)
    with duckdb.connect(str(folder / "data" / "rates.duckdb")) as connection:
        connection.execute(f"create or replace table rates as select {rate} as rate")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The repository, its remote as a CI job has it."""
    folder = tmp_path / "here" / "shop"
    folder.mkdir(parents=True)
    _make_rates(folder, 2)
    repositories.start(folder, _PROJECT)
    git(folder, "remote", "add", "origin", _ADDRESS.format(user="token1@"))
    return folder


def test_a_request_after_a_push_builds_nothing_of_base(
    shop: Path, tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every request would build the default branch anew, for minutes or hours; on fresh machines even with a cache."""
    write(shop, {"models/other.sql": "select 2 as not_committed"})
    code, log = _refresh(shop)
    assert code == 0, log
    assert "building base: 5 nodes, 0 kept from before" in log
    assert "testing base: 2 tests" in log
    assert "the origin holds 5 nodes and 2 tests" in log
    _wait_for_the_next_second()
    code, log = _refresh(shop, head="HEAD")
    assert code == 0, log
    assert "the parse of an earlier run holds" in log
    assert "building base: 0 nodes, 5 kept from before" in log
    assert list((kept / "runs").iterdir()) == []

    # Another machine: another checkout of the same repository, a cache restored without times.
    there = tmp_path / "there" / "checkout"
    git(tmp_path, "clone", "-q", str(shop), str(there))
    git(there, "remote", "set-url", "origin", _ADDRESS.format(user="token2@"))
    shutil.copytree(kept, tmp_path / "restored", copy_function=shutil.copyfile)
    monkeypatch.setenv("PROOFBOT_CACHE_DIR", str(tmp_path / "restored"))
    repositories.request(there, _CHANGED)
    ran = repositories.prove(there, "--base", "main", out=tmp_path / "out")
    assert ran.code == 1, ran.log
    assert "building base: 0 nodes, 4 kept from before" in ran.log
    assert ran.model("paid")["rows"]["changed"] == 3, ran.report
    assert len(ran.report["tests"]) == 2

    # There, with other data beside the project: what was kept is not what this machine would build.
    _make_rates(there, 3)
    again = repositories.prove(there, "--base", "main", "--head", "HEAD", out=tmp_path / "again")
    assert "building base: 4 nodes, 0 kept from before" in again.log


_READS_ENVIRONMENT = {"models/read.sql": 'select \'{{ env_var("FLAVOUR", "none") }}\' as flavour'}


def test_a_kept_parse_does_not_outlive_the_environment_it_was_made_in(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Base would be built with the variables of an earlier job, and what differs be told of the request."""
    folder, there = repositories.start(tmp_path / "shop", _READS_ENVIRONMENT), tmp_path / "there"
    git(tmp_path, "clone", "-q", str(folder), str(there))
    git(folder, "remote", "add", "origin", _ADDRESS.format(user=""))
    git(there, "remote", "set-url", "origin", _ADDRESS.format(user="token@"))
    monkeypatch.setenv("FLAVOUR", "vanilla")
    assert "the parse of an earlier run holds" not in _refresh(folder)[1]
    _wait_for_the_next_second()
    log = _refresh(there)[1]
    assert "the parse of an earlier run holds" in log
    assert "building base: 0 nodes, 1 kept from before" in log
    monkeypatch.setenv("FLAVOUR", "cherry")
    log = _refresh(folder)[1]
    assert "the parse of an earlier run holds" not in log
    assert "building base: 1 nodes, 0 kept from before" in log
    assert _flavours(kept) == {"vanilla", "cherry"}


def _flavours(kept: Path) -> set[str]:
    """What the kept origins say."""
    import duckdb

    found = set()
    for path in kept.glob("origins/*/*/origin.duckdb"):
        with duckdb.connect(str(path), read_only=True) as connection:
            found |= {str(row[0]) for row in connection.execute("select flavour from read").fetchall()}
    return found


def test_a_parse_that_holds_a_secret_is_not_kept(tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A CI cache, which jobs of forks may read, would hold the password that a model names."""
    model = {"models/read.sql": "select length('{{ env_var(\"SHOP_PASSWORD\") }}') as n"}
    folder = repositories.start(tmp_path / "shop", model)
    monkeypatch.setenv("SHOP_PASSWORD", "correct-horse")
    code, log = _refresh(folder)
    assert code == 0, log
    for path in kept.rglob("*"):
        assert not path.is_file() or b"correct-horse" not in path.read_bytes(), path
    assert not list(kept.glob("parses/*/*"))


def test_a_default_branch_that_does_not_parse_is_said(tmp_path: Path, kept: Path) -> None:
    """A broken default branch would leave the refreshing job green, and nobody would know why requests are slow."""
    folder = repositories.start(tmp_path / "shop", {"models/broken.sql": "select {{ ref('nowhere') }}"})
    code, log = _refresh(folder)
    assert code == 1
    assert "nowhere" in log
    assert "The default branch does not parse, so nothing is kept of it." in log
    assert not (kept / "origins").exists()


def test_a_model_that_fails_does_not_keep_the_others_from_being_kept(tmp_path: Path) -> None:
    """One broken model would make every request build the whole default branch."""
    models = {
        "models/good.sql": "select 1 as id",
        "models/bad.sql": "select nothing from {{ ref('good') }}",
    }
    folder = repositories.start(tmp_path / "shop", models)
    code, log = _refresh(folder)
    assert code == 0, log
    assert "1 failed or were skipped: model.shop.bad" in log
    assert "building base: 1 nodes, 1 kept from before" in _refresh(folder)[1]


def test_what_nobody_can_compare_is_not_refreshed(tmp_path: Path, kept: Path) -> None:
    """Each push would build what no request may ever use."""
    (tmp_path / "data.csv").write_text("id\n1\n")
    folder = repositories.start(
        tmp_path / "shop", {"models/read.sql": f"select * from read_csv('{tmp_path / 'data.csv'}')"}
    )
    code, log = _refresh(folder)
    assert code == 0
    assert "nothing to refresh" in log
    assert not (kept / "origins").exists()
