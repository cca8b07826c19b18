"""What a run is made of, and how it ends: the event, the runner, the steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.action.console import Console
from tests.action.shells import Patience
from tests.action.stand_ins import Services


@dataclass(frozen=True)
class Event:
    """What started a run: GitHub's name of it, its payload, and the commit and ref that the run is on."""

    name: str
    payload: Mapping[str, Any]
    sha: str
    ref: str
    run: int = 7001
    attempt: int = 1


@dataclass(frozen=True)
class Machine:
    """A runner: its folder, what GitHub keeps beside, where the API is, and what is in every job's environment.

    `known_as` is the server's address in expressions: whether artifacts are taken hangs on it.
    """

    folder: Path
    services: Services = field(default_factory=Services)
    server_url: str = "https://github.com"
    known_as: str = "https://github.com"
    api_url: str = "https://api.github.com"
    repository: str = "acme/shop"
    default_branch: str = "main"
    environment: Mapping[str, str] = field(default_factory=dict)
    patience: Patience = field(default_factory=Patience)

    @property
    def workspace(self) -> Path:
        """The folder that jobs check out into."""
        name = self.repository.rpartition("/")[2]
        return self.folder / "work" / name / name

    @property
    def temp(self) -> Path:
        """The folder that is empty at the start of every job."""
        return self.folder / "temp"


@dataclass(frozen=True)
class StepEnd:
    """How a step ended: `outcome` is success, failure, cancelled or skipped; `code` is that of its process."""

    name: str
    id: str
    outcome: str
    conclusion: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    code: int | None = None
    signals: tuple[str, ...] = ()


@dataclass(frozen=True)
class End:
    """How an action or a job ended. `orphans` are the processes that outlived it."""

    conclusion: str
    outputs: Mapping[str, str]
    steps: Sequence[StepEnd]
    console: Console
    orphans: tuple[str, ...]

    @property
    def log(self) -> str:
        """What people see of it."""
        return self.console.text

    @property
    def summary(self) -> str:
        """The page of the job."""
        return "\n".join(step.summary for step in self.steps if step.summary)

    def step(self, wanted: str) -> StepEnd:
        """The step of this id or name."""
        found = [step for step in self.steps if wanted in (step.id, step.name)]
        assert found, f"there is no step {wanted}: {[step.name for step in self.steps]}"
        return found[0]
