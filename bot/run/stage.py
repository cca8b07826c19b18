"""What the chapters of a run hand to each other: what is asked for, what is at hand, both revisions, how dbt is run."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from bot.core.profile import Profile
from bot.core.sql import Dialect
from bot.domain import Revision
from bot.run.recording import Recorder
from bot.world.dbt import Dbt, Toolchain
from bot.world.git import Repository
from bot.world.processes import Children
from bot.world.progress import Progress
from bot.world.warehouses.grounds import Grounds
from bot.world.workspace import SideFolders, Workspace


@dataclass(frozen=True, slots=True)
class Focus:
    """One model is looked at, and nothing is built but it and what it reads. `model` is what the user calls it.

    `is_controlled` says that base is built once more, to tell apart what varies by itself.
    """

    model: str
    is_controlled: bool = False


@dataclass(frozen=True)
class Request:
    """What the user asks for. Paths are absolute; None stands for the default.

    `variables` are those of `--vars`, and `variables_text` their text. `config` is a configuration to try, in place of
    that of the base revision. `base_name` and `head_name` are what people call revisions that are given as commits.
    `description` is the request's, `number` its number where a forge has one, and `expect` a file that declares what is
    meant to change, beside the description. `state` is where production's manifest is, whatever is configured: a path
    or an address. `focus` is the one model that is looked at; without it, it is all that the request affects.
    """

    here: Path
    base: str | None = None
    head: str | None = None
    working_tree: bool = False
    project_dir: Path | None = None
    profiles_dir: Path | None = None
    profile: str | None = None
    target: str | None = None
    variables: Mapping[str, object] = field(default_factory=dict)
    variables_text: str = ""
    out: Path | None = None
    dry_run: bool = False
    verbose: bool = False
    config: Path | None = None
    base_name: str | None = None
    head_name: str | None = None
    description: str = ""
    expect: Path | None = None
    number: int | None = None
    state: str | None = None
    focus: Focus | None = None


@dataclass(frozen=True)
class Stage:
    """What every chapter needs at hand. `made` is removed by `clear`."""

    request: Request
    progress: Progress
    workspace: Workspace
    children: Children
    recorder: Recorder = field(default_factory=Recorder)
    made: ExitStack = field(default_factory=ExitStack)

    def clear(self) -> None:
        """Ends the run: stops whatever is running, and removes whatever was made for it."""
        with self.made:
            self.children.stop()


@dataclass(frozen=True)
class Unfolded:
    """Both revisions as trees of files, and the user's checkout beside them.

    `project` is the dbt project's folder relative to the repository; `checkout` the same folder as the user has it.
    """

    repository: Repository
    base: Revision
    head: Revision
    project: PurePosixPath
    checkout: Path


@dataclass(frozen=True)
class Setting:
    """How dbt is run: which dbt, with which profile (read from `profile_path`), on which grounds.

    `dialect` is that of their warehouse; `threads` is how much may go on at once.
    """

    toolchain: Toolchain
    adapter_version: str
    profile: Profile
    profile_path: Path
    variables_text: str
    grounds: Grounds
    dialect: Dialect
    threads: int
    base: SideFolders
    head: SideFolders
    dbt: Dbt
