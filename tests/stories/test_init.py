"""`proofbot init`, and what follows it: a run right away."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.stories.repositories import PROFILES, PROJECT, command, commit, git, prove, start, write

pytestmark = [pytest.mark.story, pytest.mark.once, pytest.mark.usefixtures("kept")]

FILES = {
    ".proofbot.yml": None,
    "models/staging/stg_customers.sql": "select * from {{ ref('raw_customers') }}",
    "models/orders.sql": "select id as order_id, email from {{ ref('stg_customers') }}",
    "seeds/raw_customers.csv": "id,email\n1,a@example.org\n",
}
IN_A_FOLDER = {
    f"transform/{name}": text for name, text in {**FILES, "dbt_project.yml": PROJECT, "profiles.yml": PROFILES}.items()
}


def _init(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command("init", *arguments), cwd=folder, env=os.environ, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    runs = Path(os.environ["PROOFBOT_CACHE_DIR"]) / "runs"
    assert not runs.exists() or not list(runs.iterdir())
    return done


def test_init_and_run_right_away(tmp_path: Path) -> None:
    """The first ten minutes would end with an error, at a file that we have written ourselves."""
    shop = start(tmp_path / "shop", FILES)
    git(shop, "remote", "add", "origin", "git@github.com:acme/shop.git")
    done = _init(shop)
    assert done.returncode == 0, done.stderr
    assert (shop / ".proofbot.yml").exists()
    workflow = yaml.safe_load((shop / ".github/workflows/proofbot.yml").read_text(encoding="utf-8"))
    assert workflow["jobs"]["prove"]["steps"][1]["with"]["dbt-adapter"].startswith("dbt-duckdb==1.")
    for words in ("Keys missing: orders, raw_customers, stg_customers", "email", "proofbot doctor", "git add"):
        assert words in done.stdout
    git(shop, "switch", "-q", "-c", "request")
    write(shop, {"models/orders.sql": "select id + 1 as order_id, email from {{ ref('stg_customers') }}"})
    git(shop, "commit", "-qam", "Other numbers")
    ran = prove(shop, out=tmp_path / "out")
    assert ran.code == 0, ran.log
    assert ran.model("orders")
    assert ".proofbot.yml is not committed, and does not count yet: `--config .proofbot.yml` tries it" in ran.log
    tried = prove(shop, "--config", ".proofbot.yml", out=tmp_path / "tried")
    assert tried.code == 0, tried.log
    assert tried.report["policy"] == "advisory (.proofbot.yml:6)"


def test_nothing_is_overwritten_and_a_folder_beside_others_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A team would lose its configuration, or the job would prove another project."""
    mono = start(
        tmp_path / "mono", {**IN_A_FOLDER, "dbt_project.yml": None, "profiles.yml": None, ".proofbot.yml": None}
    )
    write(mono, {".gitlab-ci.yml": "stages: [test]\n", "transform/.proofbot.yml": "samples: 3\n"})
    write(
        mono,
        {"transform/models/region.sql": "select '{{ env_var('SHOP_TOKEN') }}{{ env_var('SHOP_X', '') }}' as region"},
    )
    monkeypatch.setenv("SHOP_TOKEN", "hunter2")
    dry = _init(mono, "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert not (mono / ".gitlab").exists()
    done = _init(mono / "transform")
    assert done.returncode == 0, done.stderr
    assert (mono / "transform/.proofbot.yml").read_text(encoding="utf-8") == "samples: 3\n"
    assert (mono / ".gitlab-ci.yml").read_text(encoding="utf-8") == "stages: [test]\n"
    assert "transform/.proofbot.yml: there already, and kept as it is" in done.stdout
    assert "-samples: 3" in done.stdout
    assert "set 1 secret in Settings, CI/CD, Variables (not protected): SHOP_TOKEN\n" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr
    assert "git add ../.gitlab/proofbot-transform.yml" in done.stdout
    assert "include: [{local: .gitlab/proofbot-transform.yml}]" in done.stdout
    (include,) = yaml.safe_load((mono / ".gitlab/proofbot-transform.yml").read_text(encoding="utf-8"))["include"]
    assert include["inputs"]["project-dir"] == "transform"
    again = _init(mono, "--project-dir", "transform")
    assert again.returncode == 0, again.stderr
    assert ".gitlab/proofbot-transform.yml: there already, and the same" in again.stdout


def test_a_repository_cannot_lead_us_out_of_it(tmp_path: Path) -> None:
    """Whoever tries a repository of somebody else's would have files written elsewhere."""
    shop = start(tmp_path / "shop", FILES)
    (tmp_path / "outside").mkdir()
    (shop / ".github").symlink_to(tmp_path / "outside")
    commit(shop, "A link")
    done = _init(shop, "--forge", "github")
    assert done.returncode == 2
    assert ".github is a link, or no folder" in " ".join(done.stderr.split())
    assert not list((tmp_path / "outside").iterdir())
    assert not (shop / ".proofbot.yml").exists()


def test_a_project_that_does_not_parse_says_so(tmp_path: Path) -> None:
    """A user would get a configuration of a project that nobody has read, or a stack trace."""
    shop = start(tmp_path / "shop", {"models/a.sql": "select * from {{ ref('nowhere') }}", ".proofbot.yml": None})
    done = _init(shop)
    assert done.returncode == 3
    assert "nowhere" in done.stderr
    assert not (shop / ".proofbot.yml").exists()


def test_files_are_checked_from_the_command_line(tmp_path: Path) -> None:
    """The hook would let a file pass that every run refuses."""
    shop = start(tmp_path / "shop", {".proofbot.yml": "polcy: strict\n"})
    done = subprocess.run(command("config", "--check"), cwd=shop, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert ".proofbot.yml:1:1: polcy" in done.stderr
