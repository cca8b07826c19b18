"""The Dockerfile, read: by hadolint, and by rules of our own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.image.instructions import DOCKERFILE, DOCKERIGNORE, ROOT, defaults, is_let_in, last_stage, read, sources

_TEXT = DOCKERFILE.read_text(encoding="utf-8")
_RULES = DOCKERIGNORE.read_text(encoding="utf-8")
_TOLD = read(_TEXT)
_IMAGE = last_stage(_TOLD)
_PAGE = (ROOT / "docs" / "image.md").read_text(encoding="utf-8")


def _tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def _hadolint(path: Path) -> subprocess.CompletedProcess[str]:
    linter = Path(sys.executable).parent / "hadolint"
    assert linter.exists(), "hadolint is not installed beside this Python: install the extra `dev`"
    return subprocess.run(
        [linter, "--no-color", path], capture_output=True, text=True, check=False, cwd=ROOT, timeout=60
    )


def test_hadolint_finds_nothing() -> None:
    """Else the image would carry what everybody knows to leave out."""
    done = _hadolint(DOCKERFILE)
    assert (done.returncode, done.stdout) == (0, "")


def test_hadolint_would_find_something(tmp_path: Path) -> None:
    """Else a linter that reads nothing would pass for one that finds nothing."""
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM python\nRUN pip install dbt-duckdb\n")
    assert {"DL3006", "DL3013"} <= set(re.findall(r"DL\d{4}", _hadolint(bad).stdout))


def test_each_rule_that_is_ignored_has_a_reason() -> None:
    """Else nobody could tell an exception from a nuisance."""
    lines = _TEXT.splitlines()
    ignored = [number for number, line in enumerate(lines) if "hadolint" in line]
    assert all(re.fullmatch(r"# hadolint ignore=DL\d{4}", lines[number]) for number in ignored)
    assert all(re.match(r"# \w", lines[number - 1]) for number in ignored)
    assert list(ROOT.glob(".hadolint*")) == []


def test_the_base_is_one_exact_version_that_is_tested() -> None:
    """Else the image would be another one from day to day, on a Python that nobody has tried."""
    found = re.fullmatch(r"docker\.io/library/python:(3\.\d+)\.\d+-slim-bookworm", defaults(_TOLD)["BASE_IMAGE"])
    assert found
    assert f'"{found[1]}"' in (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert {each.rest for each in _TOLD if each.name == "FROM"} == {"${BASE_IMAGE} AS build", "${BASE_IMAGE}"}


def test_the_image_runs_as_nobody_special() -> None:
    """Else dbt, and with it the project's code, would be root; by a name, Kubernetes could not tell (runAsNonRoot)."""
    users = [number for number, each in enumerate(_IMAGE) if each.name == "USER"]
    assert len(users) == 1
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", _IMAGE[users[0]].rest)
    assert all(each.name in {"HEALTHCHECK", "CMD"} for each in _IMAGE[users[0] + 1 :])


def test_signals_reach_python_and_scripts_reach_a_shell() -> None:
    """Else a shell would swallow the SIGTERM of a cancelled job; or GitLab's shell would be an argument of proofbot."""
    (command,) = [each for each in _IMAGE if each.name == "CMD"]
    assert command.words == ("proofbot", "--help")
    (health,) = [each.rest for each in _IMAGE if each.name == "HEALTHCHECK"]
    assert health.endswith(' CMD ["proofbot", "--version"]')
    assert not [each for each in _TOLD if each.name in {"ENTRYPOINT", "SHELL"}]


def test_what_is_copied_is_there_and_let_in() -> None:
    """Else the build would fail, or copy a folder without its files."""
    tracked = set(_tracked())
    for source in sources(_TOLD):
        files = [path for path in tracked if path == source or path.startswith(f"{source}/")]
        assert files, source
        assert [path for path in files if not is_let_in(path, _RULES)] == []


def test_nothing_else_is_let_in() -> None:
    """Else a local database, a key or a .git folder would be sent to whoever builds."""
    wanted = tuple(sources(_TOLD))
    others = [path for path in _tracked() if not path.startswith(wanted)]
    strange = [
        ".env",
        ".git/config",
        "shop.duckdb",
        "bot/__pycache__/x.cpython-313.pyc",
        "bot/core/y.pyc",
        "bots.py",
    ]
    assert [path for path in [*others, *strange] if is_let_in(path, _RULES)] == []


def test_every_version_is_pinned() -> None:
    """Else two builds of one commit would not be alike."""
    calls = re.findall(
        r"\bpip (?:--python \S+ )?install [^&]*", " ".join(each.rest for each in _TOLD if each.name == "RUN")
    )
    assert len(calls) == 2
    assert all("--constraint /opt/proofbot/constraints.txt" in call for call in calls)
    assert defaults(_TOLD)["UNPINNED"] == "certifi"
    pinned = (ROOT / "constraints" / "current.txt").read_text(encoding="utf-8")
    assert {"setuptools", "dbt-core", defaults(_TOLD)["ADAPTERS"]} <= set(
        re.findall(r"^([\w.-]+)==", pinned, re.MULTILINE)
    )


@pytest.mark.parametrize(("name", "value"), defaults(_TOLD).items())
def test_the_page_tells_every_argument(name: str, value: str) -> None:
    """Else nobody would find what can be set, or trust a default that has gone."""
    assert f"| `{name}` | `{value}` |" in _PAGE
