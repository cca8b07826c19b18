"""The first chapters: revisions become two trees, the profile becomes that of the twins."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path, PurePosixPath

from bot.core import plan as plans
from bot.core import profile as profiles
from bot.domain import Revision, Side, WarehouseOptions
from bot.errors import UsageError
from bot.run import profile as profile_of_call
from bot.run import warehouses
from bot.run.stage import Setting, Stage, Unfolded
from bot.world import git, layout
from bot.world.dbt import Dbt, find_toolchain, require_adapter
from bot.world.git import Repository
from bot.world.trees import tell_apart
from bot.world.workspace import SideFolders, write_text


def unfold(stage: Stage) -> Unfolded:
    """Finds the two commits and the project.

    Raises:
        ProofbotError: they cannot be found, or work would be left out silently.
    """
    request = stage.request
    repository = git.find_repository(request.project_dir or request.here)
    head = _called(git.describe(repository, request.head or "HEAD"), request.head_name)
    target = _called(git.describe(repository, request.base or git.default_branch(repository)), request.base_name)
    base = git.merge_base(repository, target, head)
    files = git.files(repository, head.commit)
    project = layout.find_project(files, repository.root, request.here, request.project_dir)
    if request.working_tree:
        head = replace(head, working_tree=bool(git.uncommitted(repository)))
    elif request.head is None:
        _refuse_uncommitted(repository, project, read=(request.config, request.expect))
    _tell_uncommitted(stage, repository, project, files)
    return Unfolded(repository, base, head, project, repository.root / project)


def _tell_uncommitted(stage: Stage, repository: Repository, project: PurePosixPath, files: Collection[str]) -> None:
    """Who has just written a configuration must not believe that it is in force."""
    name = (project / layout.CONFIGURATION_FILE).as_posix()
    if stage.request.config is None and name not in files and (repository.root / name).is_file():
        told = os.path.relpath(repository.root / name, stage.request.here)
        stage.progress.note(f"{name} is not committed, and does not count yet: `--config {told}` tries it")


def _called(revision: Revision, name: str | None) -> Revision:
    return replace(revision, name=name) if name else revision


def write_trees(stage: Stage, unfolded: Unfolded) -> None:
    """Writes the files of both revisions into the workspace."""
    scratch = stage.workspace.scratch
    trees = {side: stage.workspace.tree_of(side) for side in Side}
    git.write_tree(unfolded.repository, unfolded.base.commit, trees[Side.BASE], scratch)
    if unfolded.head.working_tree:
        git.write_working_tree(unfolded.repository, trees[Side.HEAD], scratch)
    else:
        git.write_tree(unfolded.repository, unfolded.head.commit, trees[Side.HEAD], scratch)
    tell_apart(trees[Side.BASE], trees[Side.HEAD])


def folders(stage: Stage, unfolded: Unfolded, side: Side) -> SideFolders:
    """The folders of a twin."""
    return stage.workspace.side(side, unfolded.project)


def set_up(stage: Stage, unfolded: Unfolded, options: WarehouseOptions) -> Setting:
    """Makes dbt ready for both twins, and lays out the grounds on which they are built. `Stage.clear` removes these.

    Args:
        options: what is configured of the warehouse.

    Raises:
        ProofbotError: dbt, its adapter, the profile or the target are missing or not supported.
    """
    request, workspace = stage.request, stage.workspace
    toolchain = find_toolchain()
    base, head = (folders(stage, unfolded, side) for side in Side)
    in_trees = [base.project, head.project]
    path = layout.find_profiles(request.profiles_dir, [*in_trees, unfolded.checkout])
    where = f"{path.name} of {_whose(path, workspace.folder)}"
    profile = profile_of_call.choose(request, path, where, in_trees)
    kind = warehouses.find(profile)
    adapter_version = require_adapter(toolchain, profile.adapter)
    grounds = kind.lay_out(warehouses.Plot(stage, unfolded, toolchain, profile, options))
    stage.made.callback(grounds.remove)
    for twin in (base, head):  # under one profile, what the request does not touch has the same name on both sides
        write_text(twin.profiles / "profiles.yml", grounds.profile(Side.BASE))
    dbt = Dbt(
        toolchain,
        stage.children,
        profile=profile.name,
        target=profile.target,
        variables=request.variables_text,
        on_event=stage.progress.node,
    )
    return Setting(
        toolchain=toolchain,
        adapter_version=adapter_version,
        profile=profile,
        profile_path=path,
        variables_text=request.variables_text,
        grounds=grounds,
        dialect=kind.dialect(grounds),
        threads=profiles.threads(profile, os.environ, request.variables),
        base=base,
        head=head,
        dbt=dbt,
    )


def _refuse_uncommitted(repository: Repository, project: PurePosixPath, *, read: Collection[Path | None]) -> None:
    """`read` are files that the call names: these are not left out, whether committed or not."""
    named = {path.resolve() for path in read if path is not None}
    found = plans.work_left_out(git.uncommitted(repository), project)
    left_out = [name for name in found if repository.root / name not in named]
    if left_out:
        listed = ", ".join(left_out[:5]) + (f" and {len(left_out) - 5} more" if len(left_out) > 5 else "")
        raise UsageError(
            f"there are uncommitted changes: {listed}",
            where=str(repository.root),
            remedy="Commit them, take them in with `--working-tree`, or leave them out with `--head HEAD`.",
        )


def _whose(path: Path, workspace: Path) -> str:
    if path.is_relative_to(workspace):
        return f"the {path.relative_to(workspace).parts[0]} revision"
    return str(path.parent)
