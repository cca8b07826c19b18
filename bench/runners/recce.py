"""recce's value_diff, on a dbt project whose two targets are the two sides. It tells columns, not changed rows."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Make the project and its artifacts; or print the rows on one side only."""
    what, database, folder, *_ = sys.argv[1:]
    project = Path(folder)
    if what == "prepare":
        _prepare(project, database)
        return
    os.chdir(project)
    core, valuediff = (importlib.import_module(f"recce.{name}") for name in ("core", "tasks.valuediff"))
    folders = {
        "profiles_dir": folder,
        "project_dir": folder,
        "target_path": "target",
        "target_base_path": "target-base",
    }
    core.load_context(target="head", **folders)
    told = valuediff.ValueDiffTask({"model": "orders", "primary_key": "id"}).execute()
    print(json.dumps({"added": told.summary.added, "removed": told.summary.removed, "changed": None}))


def _prepare(project: Path, database: str) -> None:
    (project / "models").mkdir(parents=True)
    (project / "dbt_project.yml").write_text("name: peers\nprofile: peers\nmodel-paths: [models]\n")
    (project / "models" / "orders.sql").write_text("select 1 as id")
    output: dict[str, object] = {"type": "duckdb", "path": database}
    if database.startswith("{"):
        output = {"type": "postgres", **json.loads(database)}
    outputs = {side: {**output, "schema": side} for side in ("base", "head")}
    (project / "profiles.yml").write_text(json.dumps({"peers": {"target": "head", "outputs": outputs}}))
    dbt = str(Path(sys.executable).with_name("dbt"))
    for side, target in (("base", "target-base"), ("head", "target")):
        command = [dbt, "docs", "generate", "--target", side, "--target-path", target, "--profiles-dir", str(project)]
        subprocess.run(command, cwd=project, check=True, capture_output=True)


if __name__ == "__main__":
    # The script must not be found under the name of the library that it imports.
    sys.path.pop(0)
    main()
