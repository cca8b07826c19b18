"""Two trees side by side, on a real disk."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from bot.world import trees


def _tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def test_data_files_that_differ_are_found(tmp_path: Path) -> None:
    """A data file changed by the request would go unseen."""
    same = {"data/same.csv": "a\n1", "models/a.sql": "select 1", ".github/x.csv": "1", "target/x.csv": "1"}
    base = _tree(tmp_path / "base", {**same, "data/edited.csv": "a\n1", "data/gone.parquet": "x"})
    other = {**same, "models/a.sql": "select 2", ".github/x.csv": "2", "target/x.csv": "2"}
    head = _tree(tmp_path / "head", {**other, "data/edited.csv": "a\n2", "data/new.json": "{}"})
    expected = ("data/edited.csv", "data/gone.parquet", "data/new.json")
    assert trees.changed_data(base, head) == tuple(map(PurePosixPath, expected))


def test_yaml_of_both_trees_never_has_the_same_time(tmp_path: Path) -> None:
    """dbt's partial parse would take head's YAML for base's: a changed source would go unseen."""
    files = {"models/s.yml": "a: 1", "models/t.yaml": "a: 1"}
    base, head = _tree(tmp_path / "base", files), _tree(tmp_path / "head", {**files, "models/new.yml": ""})
    users = _tree(tmp_path / "users", {"linked.yml": ""}) / "linked.yml"
    (head / "models/link.yml").symlink_to(users)
    (base / "models/link.yml").symlink_to(users)
    for path in (*base.rglob("*.y*ml"), *head.rglob("*.y*ml")):
        os.utime(path, ns=(10**18, 10**18))
    trees.tell_apart(base, head)
    assert all((base / name).stat().st_mtime != (head / name).stat().st_mtime for name in files)
    assert users.stat().st_mtime_ns == 10**18
