"""The cases of `bench.accuracy` through recce, with every advantage: both sides built in the same way from the same raw
tables, keys told, and asked about the models that the request affects only.

recce compares what it is asked to and gives no verdict: a model is reported where a row count, a row or a column
differs, or where recce cannot compare it. It has nothing to tell noise from change. So it is read twice: as it is, and
as if somebody had left out every column that the oracle knows to vary.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from bench.accuracy_cases import Case
from bench.accuracy_projects import Project, spell, write
from bench.accuracy_scores import Told
from tests import warm

_RUNNER = Path(__file__).resolve().parent / "runners" / "recce_cases.py"
_NO_TESTS = ("--exclude", "resource_type:test")


class Recce:
    """recce on one project, whose base is built once."""

    def __init__(self, project: Project, folder: Path, python: Path) -> None:
        self._project, self._folder, self._python = project, folder / "project", python
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Recce:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process and self._process.stdin:
            self._process.stdin.close()
            self._process.wait()

    def ask(self, case: Case) -> dict[str, Any]:
        """Build head and ask; by model, what differs. A `failure` of a model is in recce's words."""
        process = self._process or self._start()
        models = self._folder / "models"
        for name, text in case.texts.items():
            (models / f"{name}.sql").write_text(spell(text))
        self._build("head", "target")
        for name in case.texts:
            (models / f"{name}.sql").write_text(spell(self._project.models[name]))
        assert process.stdin
        assert process.stdout
        process.stdin.write(
            json.dumps({"models": {name: self._project.keys[name] for name in case.truth.models}}) + "\n"
        )
        process.stdin.flush()
        told: dict[str, Any] = json.loads(process.stdout.readline())
        return told

    def _start(self) -> subprocess.Popen[str]:
        if not self._folder.exists():
            write(self._project, self._folder, target="head")
            self._build("base", "target-base")
        command = [str(self._python), str(_RUNNER), str(self._folder)]
        log = (self._folder / "recce.log").open("w")
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        return self._process

    def _build(self, target: str, folder: str) -> None:
        told = ["--target", target, "--target-path", folder, "--profiles-dir", "."]
        for command in (["build", *_NO_TESTS], ["docs", "generate"]):
            call = [str(warm.dbt()), *command, *told]
            ended = subprocess.run(call, cwd=self._folder, capture_output=True, text=True, check=False)
            if ended.returncode:
                raise RuntimeError(f"{call}: {ended.stdout[-2000:]}")


def read(case: Case, said: Mapping[str, Any]) -> tuple[Told, Told]:
    """What recce said of a case: as it is, and without the columns that vary and that the request does not change."""
    return _told(said, {}), _told(said, {name: one.varies - one.columns for name, one in case.truth.models.items()})


def _told(said: Mapping[str, Any], left_out: Mapping[str, frozenset[str]]) -> Told:
    columns = {name: frozenset(one.get("columns", ())) - left_out.get(name, frozenset()) for name, one in said.items()}
    changed = {
        name
        for name, one in said.items()
        if one.get("failure")
        or columns[name]
        or one.get("added")
        or one.get("removed")
        or (one.get("rows") or [0, 0])[0] != (one.get("rows") or [0, 0])[1]
    }
    return Told(frozenset(changed), columns, affected=len(said))
