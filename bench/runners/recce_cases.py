"""recce's checks on a dbt project whose artifacts of both sides are there: what differs, as JSON, a line a question.

It reads lines of JSON from stdin: `models` maps names to keys. A model with a key gets value_diff, one without
profile_diff, every one row_count_diff. Each question is answered by a process of its own, forked from this one.
"""

from __future__ import annotations

import importlib
import json
import os
import sys


def main() -> None:
    """Answer until stdin ends."""
    os.chdir(sys.argv[1])
    importlib.import_module("recce.core")
    for name in ("valuediff", "rowcount", "profile"):
        importlib.import_module(f"recce.tasks.{name}")
    for name in ("recce.adapter.dbt_adapter", "dbt.adapters.duckdb.impl", "dbt.cli.main"):
        importlib.import_module(name)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        into, out = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(into)
            with os.fdopen(out, "w") as told:
                json.dump(_ask(json.loads(line)["models"]), told)
            os._exit(0)
        os.close(out)
        with os.fdopen(into) as told:
            answers.write(f"{told.read()}\n")
        answers.flush()
        os.waitpid(child, 0)


def _ask(models: dict[str, list[str]]) -> dict[str, object]:
    folders = {"profiles_dir": ".", "project_dir": ".", "target_path": "target", "target_base_path": "target-base"}
    importlib.import_module("recce.core").load_context(target="head", **folders)
    return {name: _diff(name, key) for name, key in models.items()}


def _diff(name: str, key: list[str]) -> dict[str, object]:
    tasks = {what: importlib.import_module(f"recce.tasks.{what}") for what in ("valuediff", "rowcount", "profile")}
    found: dict[str, object] = {}
    try:
        count = tasks["rowcount"].RowCountDiffTask({"node_names": [name]}).execute()[name]
        found["rows"] = [count["base"], count["curr"]]
        if key:
            asked = {"model": name, "primary_key": key if len(key) > 1 else key[0]}
            told = tasks["valuediff"].ValueDiffTask(asked).execute()
            common = told.summary.total - told.summary.added - told.summary.removed
            found |= {"added": told.summary.added, "removed": told.summary.removed}
            found["columns"] = [str(row[0]).lower() for row in told.data.data if int(row[1]) != common]
        else:
            profile = tasks["profile"].ProfileDiffTask({"model": name}).execute()
            sides = [
                {row[0]: [str(cell) for cell in row[1:]] for row in side.data}
                for side in (profile.base, profile.current)
            ]
            found["columns"] = sorted(
                str(column).lower() for column in sides[0] if sides[0][column] != sides[1].get(column)
            )
    except Exception as error:  # noqa: BLE001 (whatever recce says of a model is its answer)
        found["failure"] = str(error)[:300]
    return found


if __name__ == "__main__":
    # The script must not be found under the name of the library that it imports.
    sys.path.pop(0)
    main()
