"""Runs a job of a .gitlab-ci.yml as a GitLab runner with the shell executor does, by the program gitlab-ci-local."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests import warm
from tests.gitlab import standin_rsync
from tests.gitlab.stage import Pipeline, Stage
from tests.tools import GITLAB_CI_LOCAL, fetched, node

_ENDED = re.compile(r" (?:FAIL|WARN) +(\d+) *$", re.MULTILINE)
_OF_GITLAB = ("CI_PIPELINE_SOURCE", "CI_COMMIT_SHA", "CI_PROJECT_DIR", "GITLAB_CI")


@dataclass(frozen=True)
class JobEnd:
    """How a job ended: the exit code of its script, its log, and the folder that its artifacts were kept in."""

    code: int
    log: str
    artifacts: Path

    def artifact(self, name: str) -> str:
        """The text of a file that was kept."""
        return (self.artifacts / name).read_text(encoding="utf-8")


class LocalRunner:
    """A runner, and what it has checked out for a pipeline. `variables` are those that the project adds."""

    def __init__(self, stage: Stage, pipeline: Pipeline, **variables: str) -> None:
        self.checkout = stage.check_out(pipeline)
        self._home = stage.home
        self._variables = {**pipeline.variables, **variables}

    def run(self, job: str) -> JobEnd:
        """Runs a job with its `after_script`, and keeps its artifacts."""
        done = self._call(job, "--force-shell-executor")
        log = f"{done.stdout}{done.stderr}"
        code = 0
        if done.returncode:
            ends = _ENDED.findall(log)
            assert ends, f"gitlab-ci-local could not run {job}:\n{log}"
            code = int(ends[0])
        return JobEnd(code, log, self.checkout / ".gitlab-ci-local" / "artifacts" / job)

    def started(self) -> Mapping[str, str]:
        """The jobs of the pipeline by the rules, and how each is started: `on_success`, `manual`."""
        done = self._call("--list-json")
        assert done.returncode == 0, done.stderr
        return {job["name"]: job["when"] for job in json.loads(done.stdout) if job["when"] != "never"}

    def refusal(self) -> str:
        """What is said of a configuration that is refused; empty where it is not."""
        done = self._call("--preview")
        return f"{done.stdout}{done.stderr}" if done.returncode else ""

    def _call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        programs = self._home / "bin"
        if not programs.exists():
            programs.mkdir(parents=True)
            script = f'#!/bin/sh\nexec "{sys.executable}" -SI "{standin_rsync.__file__}" "$@"\n'
            (programs / "rsync").write_text(script, encoding="utf-8")
            (programs / "rsync").chmod(0o755)
        told = {**self._variables, "CI_PROJECT_DIR": str(self.checkout), "GITLAB_CI": "true"}
        words = [word for name, value in told.items() for word in ("--variable", f"{name}={value}")]
        known = ["--ignore-predefined-vars", ",".join({*_OF_GITLAB, *told} & {*told})]
        return subprocess.run(
            [str(node()), str(fetched(GITLAB_CI_LOCAL)), *arguments, *known, *words],
            cwd=self.checkout,
            env={
                "PATH": os.pathsep.join([str(programs), str(warm.proofbot().parent), "/usr/bin", "/bin"]),
                "HOME": str(self._home),
                "GIT_CONFIG_NOSYSTEM": "1",
                "NO_COLOR": "1",
                "PROOFBOT_DBT": str(warm.dbt()),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )
