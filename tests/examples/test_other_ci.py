"""The examples for CI systems that proofbot does not talk to: their form, their shell, and their call of proofbot."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from bot.cli import main

_ROOT = Path(__file__).resolve().parents[2]
_BITBUCKET = _ROOT / "examples" / "bitbucket" / "bitbucket-pipelines.yml"
_AZURE = _ROOT / "examples" / "azure" / "azure-pipelines.yml"
_JENKINS = _ROOT / "examples" / "jenkins" / "Jenkinsfile"
_PAGE = _ROOT / "docs" / "ci.md"
_CALL = re.compile(r"^ *(?:- )?(?:sh ')?(proofbot run [^'\n]+)", re.MULTILINE)
# A target whose name has a slash; what each CI system calls it, and the request's commit.
_TARGET = "release/2"
# Stands in for proofbot: says which commits it would compare, as git knows them here.
_PROOFBOT = """#!/bin/sh
head=HEAD
while [ $# -gt 0 ]; do
  case "$1" in --base) base="$2"; shift ;; --head) head="$2"; shift ;; esac
  shift
done
git rev-parse --verify --quiet "$base^{commit}"
git rev-parse --verify --quiet "$head^{commit}"
git merge-base "$base" "$head"
"""


def _yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _scripts(path: Path) -> list[str]:
    """The shell lines of an example, in their order."""
    if path == _BITBUCKET:
        return list(_yaml(path)["pipelines"]["pull-requests"]["**"][0]["step"]["script"])
    if path == _AZURE:
        return [step["bash"] for step in _yaml(path)["jobs"][0]["steps"] if "bash" in step]
    return re.findall(r"\bsh '([^']+)'", path.read_text(encoding="utf-8"))


def _beside(name: str) -> str:
    path = Path(sys.executable).parent / name
    assert path.exists(), f"{name} is not installed beside this Python: install the extra `dev`"
    return str(path)


def _run(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None, told: str = ""
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **(environment or {})}
    return subprocess.run(
        command, cwd=folder, env=environment, input=told, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.parametrize(("schema", "path"), [("bitbucket-pipelines", _BITBUCKET), ("azure-pipelines", _AZURE)])
def test_the_schemas_hold(schema: str, path: Path) -> None:
    """Else the CI system would refuse the file that a user copied."""
    done = _run([_beside("check-jsonschema"), "--builtin-schema", f"vendor.{schema}", str(path)], _ROOT)
    assert done.returncode == 0, done.stdout


def test_a_schema_would_find_something(tmp_path: Path) -> None:
    """Else a check that reads nothing would pass for one that finds nothing."""
    bad = tmp_path / "bitbucket-pipelines.yml"
    bad.write_text(_BITBUCKET.read_text(encoding="utf-8").replace("depth: full", "depth: whole"), encoding="utf-8")
    done = _run([_beside("check-jsonschema"), "--builtin-schema", "vendor.bitbucket-pipelines", str(bad)], tmp_path)
    assert done.returncode == 1


@pytest.mark.parametrize("path", [_BITBUCKET, _AZURE, _JENKINS, _PAGE], ids=lambda path: path.name)
def test_the_call_is_one_that_proofbot_has(path: Path) -> None:
    """Else the first run of a user would end with an option that does not exist."""
    calls = _CALL.findall(path.read_text(encoding="utf-8"))
    assert len(calls) == 1
    assert isinstance(main, click.Group)
    _, name, *arguments = shlex.split(calls[0])
    command = main.get_command(click.Context(main), name)
    assert command is not None
    given = command.make_context(name, arguments).params
    assert given["forge"] == "local"
    assert str(given["base"]).startswith("origin/$")
    assert given["out"]


@pytest.mark.parametrize("path", [_BITBUCKET, _AZURE, _JENKINS], ids=lambda path: path.name)
def test_shellcheck_finds_nothing(path: Path) -> None:
    """Else a branch with an odd name would break the job, or run in it."""
    done = _run([_beside("shellcheck"), "--shell", "bash", "-"], _ROOT, told="\n".join(_scripts(path)))
    assert done.returncode == 0, done.stdout


@dataclass(frozen=True)
class _Clone:
    """What a CI system has checked out: the merge of a request and its target; and where both parted."""

    folder: Path
    target: str
    request: str
    parted: str


@pytest.fixture
def clone(tmp_path: Path) -> _Clone:
    """The clone of one branch, as these CI systems make it, with a merge on top that only they have."""
    origin, folder = tmp_path / "origin", tmp_path / "clone"

    def git(place: Path, *words: str) -> str:
        who = ["-c", "user.name=a", "-c", "user.email=a@b.example"]
        done = _run(["git", *who, *words], place)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    origin.mkdir()
    git(origin, "init", "-q", "-b", _TARGET)
    git(origin, "commit", "-q", "--allow-empty", "-m", "The project")
    parted = git(origin, "rev-parse", "HEAD")
    git(origin, "switch", "-q", "-c", "request")
    git(origin, "commit", "-q", "--allow-empty", "-m", "The request")
    request = git(origin, "rev-parse", "HEAD")
    git(origin, "switch", "-q", _TARGET)
    git(origin, "commit", "-q", "--allow-empty", "-m", "The target moves on")
    target = git(origin, "rev-parse", "HEAD")
    git(tmp_path, "clone", "-q", "--single-branch", "--branch", "request", f"file://{origin}", str(folder))
    git(folder, "fetch", "-q", "origin", _TARGET)
    git(folder, "merge", "-q", "--no-edit", "FETCH_HEAD")
    return _Clone(folder, target, request, parted)


@pytest.mark.parametrize(
    ("path", "environment", "is_merged"),
    [
        (_BITBUCKET, {"BITBUCKET_PR_DESTINATION_BRANCH": _TARGET, "BITBUCKET_COMMIT": "{short}"}, False),
        (_AZURE, {"SYSTEM_PULLREQUEST_TARGETBRANCH": f"refs/heads/{_TARGET}"}, False),
        (_JENKINS, {"CHANGE_TARGET": _TARGET}, True),
    ],
)
def test_the_shell_finds_both_commits(
    path: Path, environment: Mapping[str, str], clone: _Clone, tmp_path: Path, *, is_merged: bool
) -> None:
    """Else proofbot would not find the target, or would take for the request's doing what the target gained."""
    stubs = tmp_path / "stubs"
    stubs.mkdir()
    for name, text in {"proofbot": _PROOFBOT, "pip": "#!/bin/sh\n"}.items():
        (stubs / name).write_text(text, encoding="utf-8")
        (stubs / name).chmod(0o755)
    told = {name: value.format(short=clone.request[:12]) for name, value in environment.items()}
    if path == _AZURE:  # its agent fetches all branches
        _run(["git", "fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*"], clone.folder)
        told["SYSTEM_PULLREQUEST_SOURCECOMMITID"] = clone.request
    script = "\n".join(["set -eu", *_scripts(path)])
    done = _run(["bash", "-c", script], clone.folder, {**told, "PATH": f"{stubs}:{os.environ['PATH']}"})
    assert done.returncode == 0, done.stderr
    base, head, parted = done.stdout.split()
    assert base == clone.target
    if is_merged:
        assert parted == clone.target
    else:
        assert (head, parted) == (clone.request, clone.parted)


def test_results_are_kept_where_the_gate_is_closed() -> None:
    """Else they would be lost just where somebody needs them."""
    [upload] = _yaml(_BITBUCKET)["pipelines"]["pull-requests"]["**"][0]["step"]["artifacts"]["upload"]
    assert upload["capture-on"] == "always"
    results, files = _yaml(_AZURE)["jobs"][0]["steps"][-2:]
    assert {results["condition"], files["condition"]} == {"succeededOrFailed()"}
    assert results["inputs"]["testResultsFiles"] == "proofbot-report/junit.xml"
    after = _JENKINS.read_text(encoding="utf-8").split("always {")[1]
    assert "junit 'proofbot-report/junit.xml'" in after
    assert "archiveArtifacts" in after


def test_bitbucket_looks_where_the_results_are() -> None:
    """Bitbucket finds results by the name of their folder, at most three levels deep."""
    [call] = _CALL.findall(_BITBUCKET.read_text(encoding="utf-8"))
    out = Path(shlex.split(call)[-1])
    assert out.parts[0] == "test-results"
    assert len(out.parts) <= 2


@pytest.mark.parametrize("title", ["Bitbucket Pipelines", "Azure DevOps", "Jenkins"])
def test_the_comment_of_the_page_is_json(title: str, tmp_path: Path) -> None:
    """Else a verdict with a quote in it would break the call that posts it."""
    section = _PAGE.read_text(encoding="utf-8").split(f"## {title}\n")[1].split("\n## ")[0]
    block = section.split("```yaml\n" if "```yaml" in section else "```groovy\n")[1].split("```")[0]
    if title == "Jenkins":
        script = block.split("'''")[1]
    else:
        told = yaml.safe_load(block)
        script = told["after-script"][0] if isinstance(told, dict) else told[0]["bash"]
    (tmp_path / "curl").write_text('#!/bin/sh\ncat > "$STDIN"\n', encoding="utf-8")
    (tmp_path / "curl").chmod(0o755)
    verdict = '### ❌ Gate "closed": it\'s `\\x`'
    for out in ("proofbot-report", "test-results/proofbot"):
        (tmp_path / out).mkdir(parents=True)
        (tmp_path / out / "comment.md").write_text(f"{verdict}\n\nmore\n", encoding="utf-8")
    names = set(re.findall(r"\$([A-Z_]+)", script))
    environment = {**dict.fromkeys(names, "x"), "PATH": f"{tmp_path}:{os.environ['PATH']}", "STDIN": "sent"}
    done = _run(["bash", "-euo", "pipefail", "-c", script], tmp_path, environment)
    assert done.returncode == 0, done.stderr
    sent = json.loads((tmp_path / "sent").read_text(encoding="utf-8"))
    assert any(verdict in text for text in _texts(sent))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inside for text in _texts(one)]


def test_the_page_names_each_example() -> None:
    """Else a file would lie there that nobody finds."""
    page = _PAGE.read_text(encoding="utf-8")
    for path in (_BITBUCKET, _AZURE, _JENKINS):
        assert f"(../{path.relative_to(_ROOT).as_posix()})" in page
