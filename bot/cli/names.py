"""The names of a project's models, for the shell: dbt is not started, and nothing is parsed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import click
from click.shell_completion import CompletionItem

_PROJECT_FILE = "dbt_project.yml"
_UNIQUE_ID = re.compile(rb'"(model|seed|snapshot)\.[\w-]+\.([\w.-]+)"')
_MOST_BYTES = 200_000_000
_NAME = re.compile(r"[\w.-]+")  # other files are no models; a shell might read more into their names
_FILES = {"models": (".sql", ".py"), "seeds": (".csv",), "snapshots": (".sql",)}


def complete_model(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The models whose names start like what is typed.

    They are those of the manifest that dbt has left in the target folder, and the files of the project's folders: a
    model that is written this moment is in no manifest.
    """
    folder = _find_project(context)
    if folder is None:
        return []
    try:
        names = {*_of_manifest(folder), *_of_files(folder)}
    except OSError:
        return []
    return [CompletionItem(name) for name in sorted(names) if name.startswith(incomplete) and _NAME.fullmatch(name)]


def _find_project(context: click.Context) -> Path | None:
    named = context.params.get("project_dir")
    here = Path(named) if named else Path.cwd()
    above = (folder for folder in (here, *here.absolute().parents) if (folder / _PROJECT_FILE).is_file())
    below = [path.parent for path in here.glob(f"*/{_PROJECT_FILE}")]
    return next(above, below[0] if len(below) == 1 else None)


def _of_manifest(folder: Path) -> Iterator[str]:
    """Read as text: a manifest of 50 MB is JSON after a second only."""
    path = folder / (os.environ.get("DBT_TARGET_PATH") or "target") / "manifest.json"
    if path.is_file() and path.stat().st_size <= _MOST_BYTES:
        yield from {found[2].decode() for found in _UNIQUE_ID.finditer(path.read_bytes())}


def _of_files(folder: Path) -> Iterator[str]:
    for name, endings in _FILES.items():
        for _, _, files in os.walk(folder / name):
            yield from (Path(file).stem for file in files if file.endswith(endings))
