"""`proofbot config`, from git to the page."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.stories.repositories import command, request, start

pytestmark = [pytest.mark.story, pytest.mark.once, pytest.mark.usefixtures("kept")]

FILES = {
    "models/orders.sql": "{{ config(tags=['finance']) }} select 1 as id",
    "models/old.sql": "{{ config(meta={'proofbot': {'key': 'id'}}) }} select 1 as id",
    ".proofbot.yml": "samples: 3\nmodels:\n  - select: tag:finance\n    checks: {row_count: {fail: 1%}}\n",
}


def _config(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command("config", *arguments), cwd=folder, env=os.environ, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    runs = Path(os.environ["PROOFBOT_CACHE_DIR"]) / "runs"
    assert not runs.exists() or not list(runs.iterdir())
    return done


def test_settings_of_both_sides_are_shown_with_their_places(tmp_path: Path) -> None:
    """A user could not see what is in force, or the request would already have changed it."""
    shop = start(tmp_path / "shop", FILES)
    request(shop, {"models/new.sql": "select 1 as id", "models/old.sql": None, ".proofbot.yml": "samples: 9"})
    done = _config(shop, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    settings = {
        model["unique_id"]: {line["path"]: (line["value"], line["origin"]) for line in model["settings"]}
        for model in told["models"]
    }
    assert set(settings) == {"model.shop.new", "model.shop.old", "model.shop.orders"}
    assert all(one["samples.rows"] == (3, ".proofbot.yml:1") for one in settings.values())
    assert settings["model.shop.orders"]["checks.row_count.fail"] == ("1%", ".proofbot.yml:4")
    assert settings["model.shop.old"]["key"] == (["id"], "meta.proofbot of old")
    (notice,) = told["notices"]
    start_of_it = (
        "`.proofbot.yml` changed: the change takes effect after the merge, and this request is judged by the old"
    )
    assert notice.startswith(f"{start_of_it} one: ")
    assert "samples: 3 -> 9; " in notice


def test_a_page_of_some_models_by_a_file_of_ones_own(tmp_path: Path) -> None:
    """A user could not try a file, or would search hundreds of models for one."""
    shop = start(tmp_path / "shop", FILES)
    mine = tmp_path / "mine.yml"
    mine.write_text("samples: 5")
    done = _config(shop, "--config", str(mine), "--select", "orders")
    assert done.returncode == 0, done.stderr
    assert "and not that of the base revision" in " ".join(done.stdout.split())
    assert "\norders\n" in done.stdout
    assert "samples.rows" in done.stdout
    assert "old" not in done.stdout


@pytest.mark.parametrize("command_name", ["run", "config"])
def test_every_mistake_is_told_before_anything_is_parsed(tmp_path: Path, command_name: str) -> None:
    """A user would wait for dbt to learn of a misspelt key, or mend one mistake a run."""
    shop = start(tmp_path / "shop", {**FILES, ".proofbot.yml": "sample: 3\nchecks:\n  valeus: true\n"})
    done = subprocess.run(command(command_name), cwd=shop, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "proofbot: the configuration has 2 mistakes:" in done.stderr
    assert ".proofbot.yml:1:1: sample: there is no such key; did you mean `samples`?" in done.stderr
    assert ".proofbot.yml:3:3: checks.valeus: there is no such check; did you mean `values`?" in done.stderr
    assert "The configuration of the base revision counts" in done.stderr
    assert "parsing" not in done.stderr


def test_a_query_that_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    """A user who tries a file before the merge would learn of a misspelt model after it."""
    mine = tmp_path / "mine.yml"
    mine.write_text("queries:\n  all: {sql: \"select * from {{ ref('ordres') }}\"}\n")
    done = _config(start(tmp_path / "shop", FILES), "--config", str(mine))
    assert done.returncode == 2
    assert "neither side has ref('ordres'); did you mean 'orders'?" in " ".join(done.stderr.split())
    assert f"{mine.name}:2" in "".join(done.stderr.split())


def test_a_bad_selection_is_refused(tmp_path: Path) -> None:
    """A user who mistypes a selection would be told a defect."""
    done = _config(start(tmp_path / "shop", FILES), "--select", "tagg:finance")
    assert done.returncode == 2
    assert "--select: `tagg:` is no method of dbt's selection" in " ".join(done.stderr.split())


def test_a_project_that_does_not_parse_is_told(tmp_path: Path) -> None:
    """A user would get a stack trace instead of dbt's words."""
    shop = start(tmp_path / "shop", {**FILES, "models/broken.sql": "select * from {{ ref('nowhere') }}"})
    done = _config(shop)
    assert done.returncode == 3
    assert "base does not parse" in done.stderr
    assert "nowhere" in done.stderr


def test_the_schema_needs_no_project(tmp_path: Path) -> None:
    """A user could not set up an editor outside of a repository."""
    done = _config(tmp_path, "--schema")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["title"] == ".proofbot.yml"
