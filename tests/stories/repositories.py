"""Git repositories with dbt projects, made for the stories."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import warm

PROFILES = """shop:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: shop.duckdb
      threads: 2
"""
PROJECT = """name: shop
profile: shop
models:
  shop:
    +materialized: table
"""
_AUTHOR = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


@dataclass(frozen=True)
class Ran:
    """How a run of proofbot ended: exit code, both streams, and report.json where there is one."""

    code: int
    page: str
    log: str
    report: dict[str, Any]
    comment: str

    def model(self, name: str) -> dict[str, Any]:
        """The report on the model of this name."""
        found = [model for model in self.report["models"] if model["name"] == name]
        assert found, f"{name} is not in the report: {[model['name'] for model in self.report['models']]}"
        model: dict[str, Any] = found[0]
        return model


def git(folder: Path, *arguments: str) -> str:
    """Runs git and returns what it printed."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=os.environ | _AUTHOR, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def write(folder: Path, files: Mapping[str, str | None]) -> None:
    """Writes files; None removes one."""
    for name, text in files.items():
        path = folder / name
        if text is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def start(folder: Path, files: Mapping[str, str | None]) -> Path:
    """A repository whose branch `main` holds a dbt project with these files.

    Its gate closes on what is found, but where they have a configuration of their own, or None in its place.
    """
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    standard = {
        "dbt_project.yml": PROJECT,
        "profiles.yml": PROFILES,
        ".gitignore": "target/\nlogs/\n*.duckdb\n*.wal\n",
        ".proofbot.yml": "policy: standard\n",
    }
    write(folder, {name: text for name, text in {**standard, **files}.items() if text is not None})
    commit(folder, "The project")
    return folder


def commit(folder: Path, subject: str) -> None:
    """Commits everything."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", subject)


def request(folder: Path, files: Mapping[str, str | None]) -> None:
    """A branch `request` off main with these changes, checked out."""
    git(folder, "switch", "-q", "-c", "request")
    write(folder, files)
    commit(folder, "The request")


def command(*arguments: str) -> list[str]:
    """The command line of proofbot, whose imports are done already."""
    return [str(warm.proofbot()), *arguments]


def cold(*arguments: str) -> list[str]:
    """The command line of proofbot as users start it, with the dbt beside it."""
    return ["env", "--unset", "PROOFBOT_DBT", sys.executable, "-m", "bot", *arguments]


def prove(
    folder: Path,
    *arguments: str,
    out: Path,
    environment: Mapping[str, str] | None = None,
    start: Callable[..., list[str]] = command,
) -> Ran:
    """Runs `proofbot run` in a folder, writing to `out`."""
    done = subprocess.run(
        start("run", "--out", str(out), *arguments),
        cwd=folder,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    told = out / "report.json"
    report = json.loads(told.read_text(encoding="utf-8")) if told.exists() else {}
    comment = (out / "comment.md").read_text(encoding="utf-8") if told.exists() else ""
    return Ran(done.returncode, done.stdout, done.stderr, report, comment)


def timeless(comment: str) -> str:
    """A comment without what differs from run to run and from version to version."""
    return re.sub(r"<sub>.*</sub>", "<sub>proofbot</sub>", comment)
