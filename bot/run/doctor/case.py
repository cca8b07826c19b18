"""What an examination leaves for those after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.core.config import Config
from bot.core.profile import Profile
from bot.domain import Project
from bot.run.stage import Request
from bot.world.dbt import Toolchain
from bot.world.git import Repository


@dataclass
class Case:
    """What is known so far; None where it could not be found out. `scratch` is an existing folder of ours, `folder`
    the dbt project in the user's checkout, `inside` the same relative to the repository."""

    request: Request
    scratch: Path
    is_offline: bool = False
    toolchain: Toolchain | None = None
    repository: Repository | None = None
    folder: Path | None = None
    profile: Profile | None = None
    config: Config | None = None
    project: Project | None = None

    @property
    def variables(self) -> Mapping[str, object]:
        """Those of `--vars`."""
        return self.request.variables
