"""The projects of `bench.accuracy`: what lies in `bench/projects`, and how its SQL becomes that of dbt.

A model's text has two kinds of Jinja: dbt's (`{{ ref('x') }}`), and marks for what varies from build to build, so that
the oracle can hold it still: `[[now]]`, `[[random]]`, `[[uuid]]`, and `[[tie column]]` at the end of an `order by`
that leaves ties open. dbt never sees the marks.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import yaml

_PROJECTS = Path(__file__).resolve().parent / "projects"
_MARK = re.compile(r"\[\[(\w+)(?: ([^\]]+))?\]\]")
_SPELLED = {
    "now": "current_timestamp",
    "now_again": "now()",
    "random": "random()",
    "random_again": "(random() * 1.0)",
    "uuid": "uuid()",
    "uuid_again": "gen_random_uuid()",
    "tie": "",
}
_PROFILE = """{name}:
  target: {target}
  outputs:
    base: {{type: duckdb, path: {name}.duckdb, schema: base, threads: 2}}
    head: {{type: duckdb, path: {name}.duckdb, schema: head, threads: 2}}
"""


@dataclass(frozen=True)
class Project:
    """A dbt project: the texts of its models and seeds by name, the SQL that makes its raw tables, and the key of each
    model (empty where it has none)."""

    name: str
    models: Mapping[str, str]
    seeds: Mapping[str, str]
    raw: str
    keys: Mapping[str, tuple[str, ...]]

    @property
    def parents(self) -> dict[str, tuple[str, ...]]:
        """The models that each model reads."""
        return {
            name: tuple(sorted({one for one in re.findall(r"ref\('(\w+)'\)", text) if one in self.models}))
            for name, text in self.models.items()
        }

    def in_order(self) -> list[str]:
        """The models, parents first."""
        parents, done = self.parents, list[str]()
        while len(done) < len(parents):
            done += sorted(one for one in parents if one not in done and set(parents[one]) <= set(done))
        return done

    def affected(self, edited: Mapping[str, str]) -> list[str]:
        """The edited models and what reads them, parents first."""
        parents, found = self.parents, set(edited)
        for name in self.in_order():
            if found & set(parents[name]):
                found.add(name)
        return [name for name in self.in_order() if name in found]


def load_all() -> dict[str, Project]:
    """Every project, by name."""
    return {folder.name: _load(folder) for folder in sorted(_PROJECTS.iterdir()) if folder.is_dir()}


def _load(folder: Path) -> Project:
    keys = yaml.safe_load((folder / "keys.yml").read_text())
    return Project(
        folder.name,
        {file.stem: file.read_text() for file in sorted((folder / "models").glob("*.sql"))},
        {file.stem: file.read_text() for file in sorted((folder / "seeds").glob("*.csv"))},
        (folder / "raw.sql").read_text(),
        {name: tuple(columns) for name, columns in keys.items()},
    )


def spell(text: str) -> str:
    """A model's text as dbt is given it."""
    return _MARK.sub(lambda mark: _SPELLED[mark.group(1)], text)


def mark(text: str, spelled: Mapping[str, str]) -> str:
    """The text with other words for its marks; `{}` in them is what the mark names."""
    return _MARK.sub(lambda found: spelled[found.group(1)].format(found.group(2)), text)


def write(project: Project, folder: Path, *, target: str) -> None:
    """Write the dbt project and its raw tables into a new folder."""
    for name in ("models", "seeds"):
        (folder / name).mkdir(parents=True)
    (folder / "dbt_project.yml").write_text(
        f"name: {project.name}\nversion: '1.0'\nconfig-version: 2\nprofile: {project.name}\n"
        "flags: {send_anonymous_usage_stats: false}\n"
    )
    (folder / "profiles.yml").write_text(_PROFILE.format(name=project.name, target=target))
    (folder / ".gitignore").write_text("*.duckdb\ntarget*/\nlogs/\n")
    (folder / ".proofbot.yml").write_text("policy: standard\n")
    (folder / "models" / "keys.yml").write_text(_properties(project))
    for name, text in project.models.items():
        (folder / "models" / f"{name}.sql").write_text(spell(text))
    for name, text in project.seeds.items():
        (folder / "seeds" / f"{name}.csv").write_text(text)
    with duckdb.connect(str(folder / f"{project.name}.duckdb")) as connection:
        connection.execute(f"create schema raw; {project.raw}")


def commit(folder: Path, branch: str, subject: str) -> None:
    """Commit everything in the folder on a new branch of a repository that is made if it is not there."""
    if not (folder / ".git").exists():
        _git(folder, "init", "--quiet", f"--initial-branch={branch}")
    else:
        _git(folder, "checkout", "--quiet", "-b", branch)
    _git(folder, "add", "--all")
    author = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
    _git(folder, *author, "commit", "--quiet", "-m", subject)


def branch_off(folder: Path, branch: str, models: Mapping[str, str], subject: str) -> None:
    """Commit other texts of some models on a branch of their own; `main` is checked out before and after."""
    before = {name: (folder / "models" / f"{name}.sql").read_text() for name in models}
    for name, text in models.items():
        (folder / "models" / f"{name}.sql").write_text(spell(text))
    commit(folder, branch, subject)
    _git(folder, "checkout", "--quiet", "main")
    assert all((folder / "models" / f"{name}.sql").read_text() == text for name, text in before.items())


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-c", "commit.gpgsign=false", *arguments], cwd=folder, check=True)


def _properties(project: Project) -> str:
    """The tests of keys: one column is tested, several are said to proofbot in `meta`."""
    models: list[dict[str, object]] = []
    for name, key in project.keys.items():
        if len(key) == 1:
            models.append({"name": name, "columns": [{"name": key[0], "data_tests": ["unique", "not_null"]}]})
        elif key:
            models.append({"name": name, "config": {"meta": {"proofbot": {"key": list(key)}}}})
    tables = [{"name": name} for name in re.findall(r"create table raw\.(\w+)", project.raw)]
    sources = [{"name": "raw", "schema": "raw", "tables": tables}]
    text: str = yaml.safe_dump({"version": 2, "models": models, "sources": sources}, sort_keys=False)
    return text
