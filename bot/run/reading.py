"""dbt reads the project as it lies in the checkout, committed or not. Nothing is built, and no warehouse is asked."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.core import plan as plans
from bot.core import profile as profiles
from bot.core import project as projects
from bot.core.profile import Profile
from bot.domain import Project, Side
from bot.errors import EnvironmentFailure
from bot.run import profile as profile_of_call
from bot.run import warehouses
from bot.run.parsing import project_file
from bot.run.stage import Stage
from bot.world import git, layout
from bot.world.dbt import Dbt, DbtFailed, find_toolchain, require_adapter
from bot.world.git import Repository
from bot.world.workspace import SideFolders, write_text


@dataclass(frozen=True)
class Reading:
    """A project as it lies in the checkout.

    `folder` is its folder relative to the repository, `tree` a copy of the repository's files as git would add them,
    `profile_path` where the profile is written: in the copy, where it is part of the project.
    """

    repository: Repository
    folder: PurePosixPath
    tree: Path
    profile: Profile
    profile_path: Path
    adapter_version: str
    core_version: str
    project: Project


def read(stage: Stage) -> Reading:
    """Parses the project of the checkout.

    Raises:
        ProofbotError: there is no repository, project, profile or dbt, or dbt cannot parse the project.
    """
    request, workspace = stage.request, stage.workspace
    repository = git.find_repository(request.project_dir or request.here)
    tree = workspace.tree_of(Side.HEAD)
    git.write_working_tree(repository, tree, workspace.scratch)
    files = [path.relative_to(tree).as_posix() for path in tree.rglob(layout.PROJECT_FILE)]
    inside = layout.find_project(files, repository.root, request.here, request.project_dir)
    folders = workspace.side(Side.HEAD, inside)
    path = layout.find_profiles(request.profiles_dir, [folders.project, repository.root / inside])
    profile = profile_of_call.choose(request, path, path.name, [folders.project])
    warehouses.find(profile)  # which refuses what we can't compare on
    toolchain = find_toolchain()
    version = require_adapter(toolchain, profile.adapter)
    write_text(folders.profiles / "profiles.yml", profiles.replaced(profile, {}))
    dbt = Dbt(
        toolchain,
        stage.children,
        profile=profile.name,
        target=profile.target,
        variables=request.variables_text,
        on_event=stage.progress.node,
    )
    project = _parse(stage, dbt, folders, repository.root / inside)
    return Reading(
        repository, inside, tree, profile, path.parent.resolve() / path.name, version, toolchain.version, project
    )


def _parse(stage: Stage, dbt: Dbt, folders: SideFolders, checkout: Path) -> Project:
    written = str(project_file(folders.project).get("packages-install-path") or "dbt_packages")
    installed = profiles.render(written, os.environ, stage.request.variables, layout.PROJECT_FILE)
    plans.guard_packages(installed)
    if layout.wants_packages(folders.project) and not layout.take_packages(folders.project, [checkout], installed):
        stage.progress.note("dbt deps")
        dbt.install_packages(folders)
    stage.progress.step("parsing the project")
    try:
        return projects.read(dbt.parse(folders), {})
    except DbtFailed as failed:
        raise EnvironmentFailure(
            f"the project does not parse:\n{failed.words}", remedy="Mend what dbt names, and run this again."
        ) from None
