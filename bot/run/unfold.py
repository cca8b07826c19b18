"""The first chapters: revisions become two trees, the profile becomes that of the twins."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path, PurePosixPath

from bot.core import plan as plans
from bot.core import profile as profiles
from bot.core.profile import Profile
from bot.domain import Revision, Side
from bot.errors import UsageError
from bot.run.parsing import project_file
from bot.run.stage import Request, Setting, Stage, Unfolded
from bot.world import git, layout
from bot.world.dbt import Dbt, find_toolchain, require_adapter
from bot.world.git import Repository
from bot.world.trees import tell_apart
from bot.world.workspace import write_text


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
        head = replace(head, working_tree=True)
    elif request.head is None:
        _refuse_uncommitted(repository, project, read=(request.config, request.expect))
    return Unfolded(repository, base, head, project, repository.root / project)


def _called(revision: Revision, name: str | None) -> Revision:
    return replace(revision, name=name) if name else revision


def write_trees(stage: Stage, unfolded: Unfolded) -> None:
    """Writes the files of both revisions into the workspace."""
    scratch = stage.workspace.scratch
    trees = {side: stage.workspace.folder / side.value / "tree" for side in Side}
    git.write_tree(unfolded.repository, unfolded.base.commit, trees[Side.BASE], scratch)
    if unfolded.head.working_tree:
        git.write_working_tree(unfolded.repository, trees[Side.HEAD], scratch)
    else:
        git.write_tree(unfolded.repository, unfolded.head.commit, trees[Side.HEAD], scratch)
    tell_apart(trees[Side.BASE], trees[Side.HEAD])


def set_up(stage: Stage, unfolded: Unfolded) -> Setting:
    """Makes dbt ready for both twins.

    Raises:
        ProofbotError: dbt, its adapter, the profile or the target are missing or not supported.
    """
    request, workspace = stage.request, stage.workspace
    toolchain = find_toolchain()
    in_trees = [workspace.folder / side.value / "tree" / unfolded.project for side in Side]
    path = layout.find_profiles(request.profiles_dir, [*in_trees, unfolded.checkout])
    where = f"{path.name} of {_whose(path, workspace.folder)}"
    content = profiles.load(path.read_text(encoding="utf-8"), where)
    profile = profiles.choose(
        content,
        where,
        profile=request.profile or _profile_of_project(request, in_trees),
        target=request.target,
        environment=os.environ,
        variables=request.variables,
    )
    if profile.adapter != "duckdb":
        raise UsageError(
            f"the target {profile.target!r} is of type {profile.adapter!r}, which this version does not know",
            where=profile.where,
            remedy="Name a target of type duckdb by `--target`.",
        )
    adapter_version = require_adapter(toolchain, profile.adapter)
    plans.guard_root(profiles.external_root(profile, os.environ, request.variables), profile.where)
    user_path = profiles.database_path(profile, os.environ, request.variables)
    file_name = profiles.file_name(user_path)
    base, head = (workspace.side(side, Path(unfolded.project), file_name) for side in Side)
    attached = _attached(profile, request, unfolded.checkout)
    absolute = {entry.written: str(path) for entry, path in attached.items()}
    text = profiles.twin(profile, os.path.relpath(base.database, base.project), absolute)
    for folders in (base, head):
        write_text(folders.profiles / "profiles.yml", text)
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
        profile_text=text,
        profile_path=path,
        variables_text=request.variables_text,
        source=unfolded.checkout / user_path,
        attached={entry.alias or path.stem: path for entry, path in attached.items()},
        extensions=profiles.extensions(profile),
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


def _profile_of_project(request: Request, folders: list[Path]) -> str | None:
    for folder in folders:
        written = project_file(folder).get("profile")
        if written:
            return profiles.render(written, os.environ, request.variables, f"{layout.PROJECT_FILE}, profile")
    return None


def _attached(profile: Profile, request: Request, checkout: Path) -> dict[profiles.Attachment, Path]:
    """The attached files with their absolute paths, as the user's dbt would resolve them."""
    entries = profiles.attachments(profile, os.environ, request.variables)
    local = [entry for entry in entries if "://" not in entry.path and not entry.path.startswith(("md:", ":memory:"))]
    return {entry: (checkout / entry.path).resolve() for entry in local if entry.type in ("duckdb", "sqlite")}


def _whose(path: Path, workspace: Path) -> str:
    if path.is_relative_to(workspace):
        return f"the {path.relative_to(workspace).parts[0]} revision"
    return str(path.parent)
