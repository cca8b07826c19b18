"""`proofbot doctor` on real projects: one that is well, and one for each thing that can be wrong."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.stories import repositories
from tests.stories.repositories import PROFILES, commit, git, start, write

pytestmark = [pytest.mark.story, pytest.mark.once, pytest.mark.usefixtures("kept")]

_PROJECT: Mapping[str, str | None] = {
    "models/orders.sql": "select * from {{ source('raw', 'orders') }}",
    "models/raw.yml": "sources: [{name: raw, schema: raw, tables: [{name: orders}]}]\n",
}
# dbt takes the longest. What does not need it is looked at where it is not there, which is ill, too.
_NO_DBT = {"PROOFBOT_DBT": "/nowhere/dbt"}
_OF_CI = ("GITHUB_ACTIONS", "GITHUB_EVENT_PATH", "GITHUB_EVENT_NAME", "GITLAB_CI")


@dataclass(frozen=True)
class Told:
    """How doctor ended, and what it said."""

    code: int
    diagnoses: list[dict[str, Any]]

    def of(self, topic: str, what: str) -> dict[str, Any]:
        """One diagnosis."""
        [found] = [one for one in self.diagnoses if (one["topic"], one["what"]) == (topic, what)]
        return found

    @property
    def ill(self) -> list[tuple[str, str]]:
        """What is to be mended."""
        return [(one["topic"], one["what"]) for one in self.diagnoses if one["health"] == "ill"]


def _run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    here = {name: value for name, value in os.environ.items() if name not in _OF_CI}
    command = repositories.command("doctor", *arguments)
    done = subprocess.run(
        command, cwd=folder, env=here | environment, capture_output=True, text=True, check=False, timeout=200
    )
    assert "Traceback" not in done.stderr + done.stdout
    return done


def _ask(folder: Path, *arguments: str, **environment: str) -> Told:
    done = _run(folder, "--json", *arguments, **environment)
    told = json.loads(done.stdout)
    assert told["exit_code"] == done.returncode
    for one in told["diagnoses"]:
        assert (one["health"] == "well") == (not one["remedy"]), f"a remedy for what is not well, and only then: {one}"
    return Told(done.returncode, told["diagnoses"])


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project on DuckDB that is well."""
    folder = start(tmp_path / "shop", _PROJECT)
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        connection.execute("create schema raw; create table raw.orders as select 1 as id")
    return folder


def _files(folder: Path) -> list[tuple[str, int]]:
    return sorted((str(path), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file())


def test_a_project_that_is_well(shop: Path, kept: Path) -> None:
    """Somebody with nothing to mend would be sent looking, or would find files in the checkout that were not there."""
    before = _files(shop)
    done = _run(shop)
    assert done.returncode == 0, done.stdout
    assert "✗" not in done.stdout
    for line in (
        "✓ target: shop, dev, of type duckdb",
        "✓ dbt parse: 1 node, 1 source",
        "✓ sources: all 1 are in the database",
        "→ Run `proofbot doctor` in a CI job, too.",
        "Nothing to mend, 1 piece of advice.",
    ):
        assert line in done.stdout
    assert _files(shop) == before
    assert not kept.exists()


def test_offline_asks_nobody(shop: Path) -> None:
    """Who has no way to the warehouse would wait for it, or read that all is well there."""
    told = _ask(shop, "--offline", **_NO_DBT)
    assert (told.code, told.ill) == (3, [("dbt", "dbt")])
    assert "PROOFBOT_DBT" in told.of("dbt", "dbt")["remedy"]
    assert not {"warehouse", "forge"} & {one["topic"] for one in told.diagnoses}
    assert told.of("offline", "offline")["health"] == "advice"


def test_everything_is_said_in_spite_of_what_failed_before(tmp_path: Path) -> None:
    """Somebody would mend one thing at a time, with a run of doctor for each."""
    told = _ask(tmp_path, PROOFBOT_CACHE_DIR="/dev/null/kept")
    assert told.code == 2
    assert told.ill == [("cache folder", "writable"), ("git", "git")]
    assert told.of("project", "project")["words"] == "not looked at: there is no git repository"
    assert "PROOFBOT_CACHE_DIR" in told.of("cache folder", "writable")["remedy"]
    assert "--project-dir" in told.of("git", "git")["remedy"]
    assert told.of("dbt", "dbt-core")["health"] == "well"
    assert told.of("warehouse", "warehouse")["health"] == "advice"


def test_no_project(shop: Path) -> None:
    """Somebody in the wrong repository would not be told which file is looked for."""
    write(shop, {"dbt_project.yml": None})
    commit(shop, "Without")
    told = _ask(shop, "--offline")
    assert (told.code, told.ill) == (2, [("project", "project")])
    assert "dbt_project.yml" in told.of("project", "project")["remedy"]


def test_a_cache_folder_that_cannot_be_written(shop: Path, tmp_path: Path) -> None:
    """The first run would end with it, after a job was set up."""
    (tmp_path / "file").write_text("in the way")
    told = _ask(shop, "--offline", PROOFBOT_CACHE_DIR=str(tmp_path / "file"), **_NO_DBT)
    assert (told.code, told.ill) == (3, [("cache folder", "writable"), ("dbt", "dbt")])
    assert "PROOFBOT_CACHE_DIR" in told.of("cache folder", "writable")["remedy"]


def test_every_missing_variable_of_the_profile(shop: Path) -> None:
    """Somebody would set one variable of a CI job, and learn of the next by the next job."""
    settings = "".join(f"      {key}: \"{{{{ env_var('{name}') }}}}\"\n" for key, name in _VARIABLES.items())
    profile = f"shop:\n  target: ci\n  outputs:\n    ci:\n      type: postgres\n{settings}"
    write(shop, {"profiles.yml": profile})
    told = _ask(shop, "--offline", SHOP_USER="ci")
    assert (told.code, told.ill) == (2, [("profile", "host"), ("profile", "password")])
    assert "SHOP_HOST" in told.of("profile", "host")["words"]
    assert "Set SHOP_PASSWORD" in told.of("profile", "password")["remedy"]


_VARIABLES = {"host": "SHOP_HOST", "user": "SHOP_USER", "password": "SHOP_PASSWORD"}


def test_a_target_that_is_not_there(shop: Path) -> None:
    """Somebody who mistypes it would not see which there are."""
    told = _ask(shop, "--offline", "--target", "prod")
    assert (told.code, told.ill) == (2, [("profile", "profile")])
    fault = told.of("profile", "profile")
    assert "there are: dev" in fault["words"]
    assert "--target" in fault["remedy"]


def test_an_adapter_that_is_not_installed(shop: Path) -> None:
    """Somebody would read dbt's stack trace in the first job, and not which package to install."""
    write(shop, {"profiles.yml": PROFILES.replace("type: duckdb", "type: trino")})
    told = _ask(shop)
    assert (told.code, told.ill) == (3, [("profile", "adapter")])
    assert "pip install dbt-trino" in told.of("profile", "adapter")["remedy"]


def test_a_configuration_that_is_wrong(shop: Path) -> None:
    """It would be merged, and refuse every later run. What is to be mended first decides the exit code."""
    write(shop, {".proofbot.yml": "policy: standard\nchecks:\n  row_cuont: true\n"})
    told = _ask(shop, "--offline", **_NO_DBT)
    assert (told.code, told.ill) == (2, [("dbt", "dbt"), ("configuration", "configuration")])
    assert ".proofbot.yml:3" in told.of("configuration", "configuration")["words"]


def test_a_configuration_of_another_name(shop: Path) -> None:
    """Somebody would think that it counts."""
    write(shop, {".proofbot.yml": None, ".proofbot.yaml": "policy: strict\n"})
    told = _ask(shop, "--offline", **_NO_DBT)
    assert told.ill == [("dbt", "dbt")]
    assert "git mv .proofbot.yaml .proofbot.yml" in told.of("configuration", ".proofbot.yml")["remedy"]


def test_a_project_that_does_not_parse(shop: Path) -> None:
    """Somebody would not see which model dbt stumbles on."""
    write(shop, {"models/orders.sql": "select * from {{ ref('nothing') }}"})
    commit(shop, "Broken")
    told = _ask(shop, "--offline")
    assert (told.code, told.ill) == (3, [("parse", "dbt parse")])
    assert "nothing" in told.of("parse", "dbt parse")["words"]


def test_a_shallow_clone(shop: Path, tmp_path: Path) -> None:
    """The first request would be refused for commits that the checkout left out."""
    git(shop, "switch", "-q", "-c", "request")
    write(shop, {"notes.txt": "one"})
    commit(shop, "The request")
    git(shop, "switch", "-q", "main")
    write(shop, {"notes.txt": "two"})
    commit(shop, "Meanwhile")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", "--no-single-branch", f"file://{shop}", str(clone))
    git(clone, "switch", "-q", "request")
    told = _ask(clone, "--offline", **_NO_DBT)
    assert (told.code, told.ill) == (3, [("git", "merge base"), ("dbt", "dbt")])
    for what in ("history", "merge base"):
        assert "git fetch --unshallow" in told.of("git", what)["remedy"]
        assert "fetch-depth: 0" in told.of("git", what)["remedy"]


def test_a_host_that_does_not_answer(shop: Path) -> None:
    """Somebody would see neither that it is the host, nor that the rest is well; and a password could be told."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]  # nobody listens there
        settings = f"host: 127.0.0.1, port: {port}, user: ci, password: hushhush, dbname: d, schema: s"
        profile = f"shop:\n  target: ci\n  outputs:\n    ci: {{type: postgres, {settings}}}\n"
        write(shop, {"profiles.yml": profile})
        told = _ask(shop)
    assert (told.code, told.ill) == (3, [("warehouse", "connection")])
    fault = told.of("warehouse", "connection")
    assert "refused" in fault["words"].lower()
    assert "Check `host` and `port`" in fault["remedy"]
    assert "hushhush" not in json.dumps(told.diagnoses)
