"""The kinds of warehouses: which there are, and what their grounds are laid out with."""

from __future__ import annotations

import sys
from pathlib import Path, PurePosixPath

import pytest
import yaml
from rich.console import Console

from bot.core import config
from bot.core.profile import Profile
from bot.domain import Revision, Side, WarehouseOptions
from bot.errors import UsageError
from bot.run import warehouses
from bot.run.configuration import KINDS
from bot.run.stage import Request, Stage, Unfolded
from bot.run.warehouses import Plot
from bot.world.dbt import Toolchain
from bot.world.git import Repository
from bot.world.processes import Children
from bot.world.progress import Progress
from bot.world.workspace import Workspace


def _plot(folder: Path, output: dict[str, object], number: int | None = None) -> Plot:
    request = Request(
        here=folder, base=None, head=None, working_tree=False, project_dir=None, profiles_dir=None, profile=None,
        target=None, variables={"schema": "shop"}, variables_text="", out=None, dry_run=False, verbose=False,
        number=number,
    )  # fmt: skip
    stage = Stage(request, Progress(Console(quiet=True), verbose=False), Workspace(folder / "cache"), Children())
    revision = Revision("0" * 40, "main")
    unfolded = Unfolded(Repository(folder, folder / ".git"), revision, revision, PurePosixPath("dbt"), folder / "dbt")
    profile = Profile("shop", "ci", str(output["type"]), output, "profiles.yml, shop.outputs.ci")
    toolchain = Toolchain((sys.executable,), "1.11.0", {})
    return Plot(stage, unfolded, toolchain, profile, WarehouseOptions(isolation="schema"))


def test_a_site_has_credentials_rendered_and_the_profile_keeps_them_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warehouse could not be reached, or a password be written to a file."""
    monkeypatch.setenv("SHOP_PASSWORD", "hunter2")
    secret = "{{ env_var('SHOP_PASSWORD') }}"
    output: dict[str, object] = {
        "type": "postgres", "password": secret, "port": 5432, "schema": "{{ var('schema') }}", "threads": "3",
        "retries": [{"word": secret}],
    }  # fmt: skip
    site = warehouses.site(_plot(tmp_path, output, number=12))
    assert site.output == {
        "type": "postgres", "password": "hunter2", "port": 5432, "schema": "shop", "threads": "3",
        "retries": [{"word": "hunter2"}],
    }  # fmt: skip
    text = site.profile_with({"schema": "proofbot_pr_12"})
    assert yaml.safe_load(text) == {"shop": {"target": "ci", "outputs": {"ci": {**output, "schema": "proofbot_pr_12"}}}}
    assert "hunter2" not in text
    assert (site.label, site.threads, site.options.isolation) == ("pr_12", 3, "schema")
    assert site.tag["request"] == "pr_12"


def test_without_a_pull_request_a_site_is_local(tmp_path: Path) -> None:
    """What a run on a laptop makes could be taken for that of a pull request."""
    assert warehouses.site(_plot(tmp_path, {"type": "postgres"})).label == "local"


def test_a_text_that_does_not_render_is_named_with_its_place(tmp_path: Path) -> None:
    """A user would have to guess which variable is missing where."""
    with pytest.raises(UsageError, match="NOT_THERE is not set") as caught:
        warehouses.site(_plot(tmp_path, {"type": "postgres", "ssl": {"key": "{{ env_var('NOT_THERE') }}"}}))
    assert caught.value.where == "profiles.yml, shop.outputs.ci.ssl.key"


def test_an_adapter_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    """A run would end in a traceback, or build nobody knows where."""
    with pytest.raises(UsageError, match="of type 'abacus', which this version does not know") as caught:
        warehouses.find(_plot(tmp_path, {"type": "abacus"}).profile)
    assert "duckdb" in caught.value.remedy


def test_duckdb_is_laid_out_beside_the_users_file(tmp_path: Path) -> None:
    """Both sides would be built in the user's own database."""
    plot = _plot(tmp_path, {"type": "duckdb", "path": "data/shop.duckdb"})
    grounds = warehouses.find(plot.profile).lay_out(plot)
    told = yaml.safe_load(grounds.profile(Side.HEAD))
    assert told["shop"]["outputs"]["ci"]["path"] == "../../db/shop.duckdb"
    assert grounds.state() is not None


def test_a_database_that_is_no_file_is_not_compared(tmp_path: Path) -> None:
    """An origin would be used again though a server that it was built from has other rows."""
    attach = [{"path": "old.duckdb"}, {"path": "postgres:host=shop", "type": "postgres", "alias": "far"}]
    plot = _plot(tmp_path, {"type": "duckdb", "path": "shop.duckdb", "attach": attach})
    assert warehouses.find(plot.profile).lay_out(plot).state() is None


def test_what_is_configured_in_vain_is_said(tmp_path: Path) -> None:
    """A user would believe that DuckDB builds in databases of its own, because the configuration says so."""
    profile = _plot(tmp_path, {"type": "duckdb"}).profile
    loaded = config.read("warehouse:\n  isolation: schema\n  statement_seconds: 5\n", ".proofbot.yml", KINDS)
    isolation, seconds = warehouses.in_vain(profile, loaded)
    assert isolation.startswith("`warehouse.isolation` (.proofbot.yml:2) has no effect: with DuckDB")
    assert seconds.startswith("`warehouse.statement_seconds` (.proofbot.yml:3) has no effect: DuckDB")
    assert warehouses.in_vain(profile, config.read("budget: {seconds: 5}", ".proofbot.yml", KINDS)) == ()
