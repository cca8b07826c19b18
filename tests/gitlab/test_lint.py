"""The templates and the examples for GitLab pass GitLab's schema, a linter of shell, and rules of our own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.action.harness import ROOT
from tests.gitlab import components

_EXAMPLES = sorted((ROOT / "examples" / "gitlab").glob("*.yml"))
_JOBS = ("", ":origin", ":environment", ":cleanup", ":sweep")


def _run(program: str, *arguments: str | Path, told: str | None = None) -> subprocess.CompletedProcess[str]:
    path = Path(sys.executable).parent / program
    assert path.exists(), f"{program} is not installed beside this Python: install the extra `dev`"
    command = [str(path), *map(str, arguments)]
    return subprocess.run(command, input=told, capture_output=True, text=True, check=False, timeout=120)


def _schema_says(*files: Path) -> str:
    done = _run("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", *files)
    return "" if done.returncode == 0 else done.stdout or done.stderr


def test_the_schema_of_gitlab_holds(tmp_path: Path) -> None:
    """GitLab would refuse the whole pipeline of whoever includes it."""
    told = tmp_path / "component.yml"
    told.write_text(components.interpolated({"cleanup": True, "vars": '{"a": 1}'}), encoding="utf-8")
    assert _schema_says(components.PLAIN, told, *_EXAMPLES) == ""


def test_the_schema_would_find_something(tmp_path: Path) -> None:
    """Files that it does not understand would pass for files without a fault."""
    bad = tmp_path / "bad.yml"
    bad.write_text("job: {script: x, artifacts: {when: sometimes}}\n", encoding="utf-8")
    assert "sometimes" in _schema_says(bad)


def test_inputs_are_described_and_bounded() -> None:
    """Whoever includes the component would have to guess, and a text of several lines would become YAML."""
    for name, told in components.header().items():
        assert {"description", "default"} <= told.keys(), name
        assert told["description"].endswith("."), name
        assert ("regex" in told) == (told.get("type", "string") == "string"), name


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_scripts_are_good_in_any_shell(shell: str) -> None:
    """An image without bash, or a number that is missing, would break a job."""
    jobs = components.jobs({"cleanup": True}).values()
    lines = [line for job in jobs for key in ("script", "after_script") for line in job.get(key, [])]
    done = _run("shellcheck", "--shell", shell, "-", told="\n".join(lines))
    assert done.returncode == 0, done.stdout


def _includes(path: Path) -> Sequence[dict[str, Any]]:
    found: Sequence[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["include"]
    return found


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: path.name)
def test_examples_give_inputs_that_exist_and_pin_a_release(path: Path) -> None:
    """A copied file would be refused, or become another with each release."""
    for include in _includes(path):
        assert re.search(r"@?0\.1\.0$", include.get("component") or include["ref"])
        components.interpolated(include.get("inputs", {}))


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: path.name)
def test_examples_name_jobs_that_exist(path: Path) -> None:
    """What is said of a job that nobody has would make a job without a script, and the pipeline invalid."""
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    names = {include.get("inputs", {}).get("job", "proofbot") for include in _includes(path)}
    known = {f"{name}{end}" for name in names for end in _JOBS} | {f".{name}" for name in names}
    assert told.keys() - {"include"} <= known


@pytest.mark.parametrize("path", _EXAMPLES, ids=lambda path: path.name)
def test_examples_change_nothing_that_after_script_would_not_see(path: Path) -> None:
    """It has a shell of its own: `proofbot conclude` would not be found, and a killed run leave its status pending."""
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    lines = [line for name, job in told.items() if name != "include" for line in job.get("before_script", [])]
    assert [line for line in lines if "export " in line or "activate" in line] == []


def test_the_pages_name_what_there_is() -> None:
    """A file would lie there that nobody finds, or a page would tell of a job or an input that is gone."""
    page = (ROOT / "examples" / "gitlab" / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in _EXAMPLES if f"({path.name})" not in page] == []
    assert all(f"`proofbot{end}`" in page for end in _JOBS)
    docs = (ROOT / "docs" / "gitlab.md").read_text(encoding="utf-8")
    shown = yaml.safe_load(docs.split("```yaml\n")[1].split("```")[0].replace("<the image of step 1>", "an/image:1"))
    components.interpolated(shown["include"][0]["inputs"])
    for name in ("on-draft", "refresh", "cleanup", "older-than", "job", "project-dir"):
        assert f"`{name}" in docs
        assert name in components.header()
