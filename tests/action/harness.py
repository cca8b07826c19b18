"""Runs the steps of an action or a job as GitHub's runner does: inputs, conditions, outputs, environment, signals.

https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax
"""

from __future__ import annotations

import itertools
import json
import os
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from tests.action import shells, stand_ins
from tests.action.command_files import CommandFiles, Malformed
from tests.action.console import Console
from tests.action.expressions import Scope, fill, holds, spell
from tests.action.runs import End, Event, Machine, StepEnd
from tests.action.shells import Interruption
from tests.action.stand_ins import Call

ROOT = Path(__file__).resolve().parents[2]
ACTION = ROOT / "action.yml"
# What the examples call ours.
OURS = re.compile(r"[\w.-]+/proofbot@[0-9a-f]{40}")
_BASH = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail")
_SHELLS = {"bash": _BASH}


class Job:
    """One job on a machine. Its temporary folder is emptied first.

    Args:
        machine: where it runs.
        event: what started it.
        token: what `github.token` is.
        interruption: what ends one of its steps from outside.
        secrets: what `secrets` holds.
        instead: inputs that replace those that a workflow gives to our action.
    """

    def __init__(
        self,
        machine: Machine,
        event: Event,
        *,
        token: str = "a-token",
        interruption: Interruption | None = None,
        secrets: Mapping[str, str] | None = None,
        instead: Mapping[str, object] | None = None,
    ) -> None:
        self.machine = machine
        self.console = Console(masks={token, *(secrets or {}).values()} - {""})
        self.is_cancelled = False
        self.ends: list[StepEnd] = []
        self.environment: dict[str, str] = dict(machine.environment)
        self._event = event
        self._token = token
        self._interruption = interruption
        self._secrets = dict(secrets or {})
        self._instead = dict(instead or {})
        self._track = uuid.uuid4().hex
        self._numbers = itertools.count()
        stand_ins.clean(machine.temp)
        machine.workspace.mkdir(parents=True, exist_ok=True)
        (machine.folder / "home").mkdir(exist_ok=True)
        self._event_file = machine.temp / "_github_workflow" / "event.json"
        self._event_file.parent.mkdir()
        self._event_file.write_text(json.dumps(event.payload), encoding="utf-8")

    def use(self, action: Path, inputs: Mapping[str, object]) -> End:
        """Runs a composite action as the only step of the job."""
        conclusion, outputs = self.act(action, inputs)
        return self.end(conclusion, outputs)

    def end(self, conclusion: str, outputs: Mapping[str, str]) -> End:
        """Ends the job: what still runs of it is found, and killed."""
        left = shells.tracked(self._track)
        shells.kill(list(left))
        return End(conclusion, outputs, self.ends, self.console, tuple(left.values()))

    def act(self, action: Path, inputs: Mapping[str, object]) -> tuple[str, Mapping[str, str]]:
        """Runs the steps of a composite action.

        Returns:
            its conclusion and outputs.

        Raises:
            AssertionError: an input is unknown or missing; GitHub would only warn.
        """
        told = yaml.safe_load(action.read_text(encoding="utf-8"))
        given = self._inputs(told.get("inputs") or {}, inputs)
        own = {"inputs": given, "github": {**self.github, "action_path": str(action.parent)}}
        conclusion, contexts = self.steps(told["runs"]["steps"], own, Path(action.parent))
        scope = Scope(contexts, conclusion != "success", self.is_cancelled)
        outputs = {name: fill(output["value"], scope) for name, output in (told.get("outputs") or {}).items()}
        return conclusion, outputs

    def steps(
        self, steps: Sequence[Mapping[str, Any]], own: Mapping[str, Any], action: Path | None
    ) -> tuple[str, Mapping[str, Any]]:
        """Runs steps one after the other.

        Args:
            own: contexts of their own, beside those of the job.
            action: the folder of the action that they belong to; None for those of a job.

        Returns:
            success, failure or cancelled; and the contexts at the end.
        """
        done: dict[str, Any] = {}
        failed = False
        contexts = {**self.contexts, **own, "steps": done}
        for step in steps:
            scope = Scope({**contexts, "env": self.environment}, failed, self.is_cancelled)
            end = self._step(step, scope, action) if holds(step.get("if"), scope) else _skipped(step)
            self.ends.append(end)
            failed = failed or end.conclusion == "failure"
            if end.id:
                done[end.id] = {"outputs": end.outputs, "outcome": end.outcome, "conclusion": end.conclusion}
        conclusion = "cancelled" if self.is_cancelled else "failure" if failed else "success"
        return conclusion, {**contexts, "env": self.environment}

    @property
    def github(self) -> Mapping[str, Any]:
        """The context `github`."""
        event, machine = self._event, self.machine
        return {
            "api_url": machine.api_url,
            "event": event.payload,
            "event_name": event.name,
            "head_ref": event.payload.get("pull_request", {}).get("head", {}).get("ref", ""),
            "ref": event.ref,
            "repository": machine.repository,
            "run_attempt": str(event.attempt),
            "run_id": str(event.run),
            "server_url": machine.known_as,
            "sha": event.sha,
            "token": self._token,
            "workflow": "proofbot",
            "workspace": str(machine.workspace),
        }

    @property
    def contexts(self) -> Mapping[str, Any]:
        """What every expression of the job can see."""
        runner = {"os": "Linux", "arch": "X64", "temp": str(self.machine.temp)}
        return {"github": self.github, "runner": runner, "secrets": self._secrets}

    def _inputs(self, known: Mapping[str, Any], given: Mapping[str, object]) -> Mapping[str, str]:
        unknown = sorted(set(given) - set(known))
        assert not unknown, f"the action has no input {unknown}"
        scope = Scope(self.contexts)
        told = {name: spell(value) for name, value in given.items()}
        missing = [name for name, about in known.items() if about.get("required") and not told.get(name)]
        assert not missing, f"the action needs the input {missing}"
        return {name: told.get(name, fill(about.get("default"), scope)) for name, about in known.items()}

    def _step(self, step: Mapping[str, Any], scope: Scope, action: Path | None) -> StepEnd:
        self.console.start_step()
        filled = {name: fill(value, scope) for name, value in (step.get("env") or {}).items()}
        scope = replace(scope, contexts={**scope.contexts, "env": {**self.environment, **filled}})
        start = StepEnd(step.get("name", step.get("uses", "a script")), step.get("id", ""), "success", "success")
        end = self._script(start, step, scope, action) if "run" in step else self._use(start, step, scope)
        forgiven = end.outcome == "failure" and fill(step.get("continue-on-error"), scope) == "true"
        return replace(end, conclusion="success" if forgiven else end.outcome)

    def _use(self, start: StepEnd, step: Mapping[str, Any], scope: Scope) -> StepEnd:
        inputs = {name: fill(value, scope) for name, value in (step.get("with") or {}).items()}
        if OURS.fullmatch(step["uses"]):
            conclusion, outputs = self.act(ACTION, {**inputs, **self._instead})
            return replace(start, outcome=conclusion, outputs=outputs)
        event, machine = self._event, self.machine
        main = f"refs/heads/{machine.default_branch}"
        call = Call(inputs, event.run, event.ref, event.sha, main, machine.workspace, machine.folder)
        try:
            return replace(start, outputs=stand_ins.use(step["uses"], call, machine.services))
        except stand_ins.Failed as failed:
            self.console.read(f"::error::{failed}")
            return replace(start, outcome="failure")

    def _script(self, start: StepEnd, step: Mapping[str, Any], scope: Scope, action: Path | None) -> StepEnd:
        files = CommandFiles(self.machine.temp / "_runner_file_commands" / str(next(self._numbers)))
        script = self.machine.temp / f"{uuid.uuid4()}.sh"
        script.write_text(fill(step["run"], scope), encoding="utf-8")
        shell = fill(step.get("shell"), scope) or ("" if action else "bash")
        assert shell in _SHELLS, f"a step of an action needs a shell that is known here, not {shell!r}"
        folder = self.machine.workspace / fill(step.get("working-directory"), scope)
        environment = {**self._environment(action), **files.environment, **scope.contexts["env"]}
        wanted = self._interruption if self._interruption and self._interruption.step == start.id else None
        command = (*_SHELLS[shell], str(script))
        ended = shells.run(command, folder, environment, self.console.read, wanted, self.machine.patience)
        self.is_cancelled = self.is_cancelled or ended.cancelled
        outcome = "cancelled" if ended.cancelled else "failure" if ended.code else "success"
        return self._read_files(replace(start, outcome=outcome, code=ended.code, signals=ended.signals), files)

    def _read_files(self, end: StepEnd, files: CommandFiles) -> StepEnd:
        try:
            end = replace(end, outputs=files.outputs(), summary=self.console.masked(files.summary()))
            self.environment |= files.variables()
        except Malformed as malformed:
            self.console.read(f"::error::Unable to process file command successfully: {malformed}")
            return replace(end, outcome="failure")
        for folder in files.folders():
            self.environment["PATH"] = f"{folder}{os.pathsep}{self.environment['PATH']}"
        if files.has_lost_summary():
            self.console.read("::error::$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k")
        return end

    def _environment(self, action: Path | None) -> Mapping[str, str]:
        github = {f"GITHUB_{name.upper()}": value for name, value in self.github.items() if isinstance(value, str)}
        github.pop("GITHUB_TOKEN")  # only where a step asks for it
        own = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_PATH": str(self._event_file),
            "GITHUB_SERVER_URL": self.machine.server_url,
            "HOME": str(self.machine.folder / "home"),
            "RUNNER_ARCH": "X64",
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": str(self.machine.temp),
            shells.TRACK: self._track,
        }
        return {**github, **own, **({"GITHUB_ACTION_PATH": str(action)} if action else {})}


def _skipped(step: Mapping[str, Any]) -> StepEnd:
    return StepEnd(step.get("name", ""), step.get("id", ""), "skipped", "skipped")
