"""Runs a workflow file: whether its triggers fit the event, its job's condition, its group, and then its steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.action.expressions import Scope, fill, holds
from tests.action.harness import Job
from tests.action.runs import End, Event

_DEFAULT_TYPES = {"pull_request": ("opened", "synchronize", "reopened")}


@dataclass(frozen=True)
class Workflow:
    """A workflow file with one job: what the file says."""

    told: Mapping[str, Any]

    @property
    def triggers(self) -> Mapping[str, Mapping[str, Any]]:
        """The events that start it, with their filters. (YAML takes the key `on` for a truth.)"""
        triggers = next(value for name, value in self.told.items() if name in ("on", True))
        return {name: filters if isinstance(filters, dict) else {} for name, filters in triggers.items()}

    @property
    def job(self) -> Mapping[str, Any]:
        """Its only job."""
        [job] = self.told["jobs"].values()
        found: Mapping[str, Any] = job
        return found

    @property
    def permissions(self) -> Mapping[str, str]:
        """What the job's token may do; nothing else."""
        return self.job.get("permissions", self.told.get("permissions", {})) or {}

    def is_started_by(self, event: Event) -> bool:
        """Whether GitHub starts it on this event."""
        filters = self.triggers.get(event.name)
        if filters is None:
            return False
        types = filters.get("types", _DEFAULT_TYPES.get(event.name))
        branches = filters.get("branches")
        fits = branches is None or event.ref in {f"refs/heads/{branch}" for branch in branches}
        return fits and (types is None or event.payload.get("action") in types)

    def group(self, scope: Scope) -> str:
        """The concurrency group that a run joins."""
        told = self.told.get("concurrency") or self.job.get("concurrency") or {}
        return fill(told.get("group"), scope)


def load(path: Path) -> Workflow:
    """The workflow in a file."""
    return Workflow(yaml.safe_load(path.read_text(encoding="utf-8")))


def run(workflow: Workflow, job: Job, event: Event) -> End | None:
    """Runs the workflow's job.

    Returns:
        how it ended; None where the event does not start it, or the job's condition does not hold.
    """
    scope = Scope(job.contexts)
    if not workflow.is_started_by(event) or not holds(workflow.job.get("if"), scope):
        return None
    for name, value in {**(workflow.told.get("env") or {}), **(workflow.job.get("env") or {})}.items():
        job.environment[name] = fill(value, scope)
    conclusion, contexts = job.steps(workflow.job["steps"], {}, None)
    told = workflow.job.get("outputs") or {}
    return job.end(conclusion, {name: fill(value, Scope(contexts)) for name, value in told.items()})
