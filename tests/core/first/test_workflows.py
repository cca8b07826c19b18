"""The first workflow is what the examples are, which CI knows to be right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.core.first.workflows import Job, github, gitlab, is_secret
from bot.errors import UsageError

EXAMPLES = Path(__file__).parents[3] / "examples"
JOB = Job(release="0.1.0", adapter="dbt-duckdb==1.11.*")
SUB = replace(
    JOB,
    core="dbt-core==1.10.*",
    project_dir="transform/Finance data",
    profiles_dir="transform",
    target="ci",
    variables="{start: 2026-01-01}",
    environment=("DBT_ENV_SECRET_X", "SNOWFLAKE_PASSWORD", "SNOWFLAKE_USER"),
)


def _github(text: str) -> dict[str, Any]:
    workflow: dict[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)
    step = workflow["jobs"]["prove"]["steps"][1]
    step["uses"] = step["uses"].partition("@")[0]
    return workflow


def test_github_is_the_example() -> None:
    """What new users get would fall behind what is documented and tested."""
    example = (EXAMPLES / "github" / "pull-request.yml").read_text(encoding="utf-8")
    assert _github(github(JOB)) == _github(example)
    assert "proofbot/proofbot@v0.1.0" in github(JOB)


def test_gitlab_is_the_example() -> None:
    """The same, on GitLab."""
    example = (EXAMPLES / "gitlab" / "component.gitlab-ci.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(gitlab(JOB)) == yaml.safe_load(example)


def test_a_project_in_a_folder_has_a_name_of_its_own() -> None:
    """Two projects of a repository would cancel each other's jobs, or prove the wrong one."""
    workflow = _github(github(SUB))
    assert workflow["name"] == "proofbot transform/Finance data"
    assert workflow["concurrency"]["group"].startswith("proofbot-transform-finance-data-${{")
    step = workflow["jobs"]["prove"]["steps"][1]
    assert step["with"] == {
        "dbt-adapter": "dbt-duckdb==1.11.*\ndbt-core==1.10.*\n",  # one a line, as the action takes them
        "project-dir": "transform/Finance data",
        "profiles-dir": "transform",
        "target": "ci",
        "vars": "{start: 2026-01-01}",
    }
    assert step["env"] == {
        "DBT_ENV_SECRET_X": "${{ secrets.DBT_ENV_SECRET_X }}",
        "SNOWFLAKE_PASSWORD": "${{ secrets.SNOWFLAKE_PASSWORD }}",
        "SNOWFLAKE_USER": "${{ vars.SNOWFLAKE_USER }}",
    }
    (include,) = yaml.safe_load(gitlab(SUB))["include"]
    assert include["inputs"]["job"] == "proofbot-transform-finance-data"
    assert include["inputs"]["vars"] == "{start: 2026-01-01}"


@pytest.mark.parametrize("made", [github, gitlab])
def test_a_folder_is_never_computed(made: Any) -> None:
    """A folder called like an expression would run in the workflow, beside its secrets."""
    with pytest.raises(UsageError, match="compute"):
        made(replace(JOB, project_dir="a/${{ github.token }}"))


def test_what_is_called_like_a_secret_is_one() -> None:
    """A password would be kept where everybody can read it."""
    secrets = ["DBT_PASSWORD", "SF_PRIVATE_KEY", "GH_TOKEN", "DBT_ENV_SECRET_USER"]
    assert [name for name in [*secrets, "DBT_USER", "PGHOST"] if is_secret(name)] == secrets
