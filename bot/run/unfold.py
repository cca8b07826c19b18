"""The first chapters: revisions become two trees, the profile becomes that of the twins, dbt parses both."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from bot.core import plan as plans
from bot.core import profile as profiles
from bot.core import project as projects
from bot.core.profile import Profile
from bot.domain import Project, Revision, Side
from bot.errors import EnvironmentFailure, UsageError
from bot.run.keys import parse_key, project_key
from bot.world import git, layout, parses
from bot.world.dbt import Dbt, DbtFailed, Toolchain, differ, find_toolchain, require_adapter
from bot.world.git import Repository
from bot.world.processes import Children
from bot.world.progress import Progress
from bot.world.trees import tell_apart
from bot.world.workspace import SideFolders, Workspace, copy_file, root, write_text

_PARTIAL_PARSE = "partial_parse.msgpack"
_UNTRACED = ("dispatch", "flags")


@dataclass(frozen=True)
class Request:
    """What the user asks for. Paths are absolute; None stands for the default.

    `variables` are those of `--vars`, and `variables_text` their text. `config` is a configuration to try, in place of
    that of the base revision. `base_name` and `head_name` are what people call revisions that are given as commits.
    """

    here: Path
    base: str | None
    head: str | None
    working_tree: bool
    project_dir: Path | None
    profiles_dir: Path | None
    profile: str | None
    target: str | None
    variables: Mapping[str, object]
    variables_text: str
    out: Path | None
    dry_run: bool
    verbose: bool
    config: Path | None = None
    base_name: str | None = None
    head_name: str | None = None


@dataclass(frozen=True)
class Stage:
    """What every chapter needs at hand."""

    request: Request
    progress: Progress
    workspace: Workspace
    children: Children


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
    """How dbt is run: which dbt, with which profile (read from `profile_path`), on which database files.

    `source` is the user's database, which may not exist; `attached` are further files of the user's by their catalog,
    read only; `extensions` are those of DuckDB that the profile loads; `threads` is how much may go on at once.
    """

    toolchain: Toolchain
    adapter_version: str
    profile: Profile
    profile_text: str
    profile_path: Path
    variables_text: str
    source: Path
    attached: Mapping[str, Path]
    extensions: tuple[str, ...]
    threads: int
    base: SideFolders
    head: SideFolders
    dbt: Dbt


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
        _refuse_uncommitted(repository, project)
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
    adapter_version = require_adapter(toolchain, profile.adapter)
    if profile.adapter != "duckdb":
        raise UsageError(
            f"the target {profile.target!r} is of type {profile.adapter!r}, which this version does not know",
            where=profile.where,
            remedy="Name a target of type duckdb by `--target`.",
        )
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


def parse(stage: Stage, setting: Setting, unfolded: Unfolded, side: Side, base: Project | None = None) -> Project:
    """Installs the packages of one side and parses it.

    Args:
        base: base's project, if it was parsed before and this is head, which profits from base's partial parse then.

    Raises:
        DbtFailed: it does not parse.
        ProofbotError: packages cannot be had, or an environment variable is missing.
    """
    request = stage.request
    folders = setting.base if side is Side.BASE else setting.head
    if not (folders.project / layout.PROJECT_FILE).exists():
        raise DbtFailed(side, "parse", f"There is no {layout.PROJECT_FILE} in the folder {unfolded.project}.")
    settings = _project_file(folders.project)
    installed = str(settings.get("packages-install-path") or "dbt_packages")
    installed = profiles.render(installed, os.environ, request.variables, layout.PROJECT_FILE)
    plans.guard_packages(installed)
    theirs = layout.current_packages(unfolded.checkout, setting.base.project, setting.head.project, installed)
    donors = theirs if side is Side.BASE else [setting.base.project, *theirs]
    if layout.wants_packages(folders.project) and not layout.take_packages(folders.project, donors, installed):
        stage.progress.note(f"{side.value}: dbt deps")
        setting.dbt.install_packages(folders)
    variables = _variables(folders.project, installed)
    if side is Side.BASE:
        return projects.read(_parse_base(stage, setting, unfolded), variables)
    known = setting.base.target / _PARTIAL_PARSE
    if base is None or not known.exists() or _large_seed_changed(setting):
        return projects.read(setting.dbt.parse(folders), variables)
    copy_file(known, folders.target / _PARTIAL_PARSE)
    head = projects.read(setting.dbt.parse(folders), variables)
    if not _lost(setting, base, head):
        return head
    # Seen in dbt 1.11: a partial parse can lose tests of models that did not change.
    stage.progress.note("head: parsing in full, because the partial parse lost some nodes")
    (folders.target / _PARTIAL_PARSE).unlink()
    return projects.read(setting.dbt.parse(folders), variables)


def _parse_base(stage: Stage, setting: Setting, unfolded: Unfolded) -> Mapping[str, Any]:
    """Parses base: in a moment, where an earlier run of today has parsed the same commit.

    That holds only if dbt finds nothing to parse anew. Where it does (a package or an environment variable is another),
    base is parsed in full: a partial parse can lose nodes, and there is nothing to hold this one against.
    """
    folders, known = setting.base, setting.base.target / _PARTIAL_PARSE
    home, project, key = root(), project_key(unfolded), parse_key(setting, unfolded)
    written_at = (folders.project / layout.PROJECT_FILE).stat().st_mtime
    if parses.take(home, project, key, known, before=written_at):
        manifest = setting.dbt.parse(folders)
        if known.stat().st_mtime == 0:  # dbt writes it anew unless it has found nothing to parse
            stage.progress.note("the parse of an earlier run holds")
            return manifest
        known.unlink()
    manifest = setting.dbt.parse(folders)
    try:
        parses.keep(home, project, key, known)
    except (EnvironmentFailure, OSError) as failure:
        stage.progress.note(f"the parse of base is not kept for later runs: {failure}")
    return manifest


def untraced_settings(setting: Setting) -> tuple[str, ...]:
    """The settings of dbt_project.yml that changed, may change any model, and do not show in the manifest."""
    base, head = _project_file(setting.base.project), _project_file(setting.head.project)
    return tuple(name for name in _UNTRACED if base.get(name) != head.get(name))


def changed_seeds(setting: Setting, base: Project, head: Project) -> frozenset[str]:
    """The seeds that both sides have and whose files differ in content."""
    changed = set()
    for uid in base.nodes.keys() & head.nodes.keys():
        ours, theirs = base.nodes[uid], head.nodes[uid]
        if ours.resource_type == "seed" and differ(
            _package_folder(setting.base, base, ours.package) / ours.path,
            _package_folder(setting.head, head, theirs.package) / theirs.path,
        ):
            changed.add(uid)
    return frozenset(changed)


def _refuse_uncommitted(repository: Repository, project: PurePosixPath) -> None:
    left_out = plans.work_left_out(git.uncommitted(repository), project)
    if left_out:
        listed = ", ".join(left_out[:5]) + (f" and {len(left_out) - 5} more" if len(left_out) > 5 else "")
        raise UsageError(
            f"there are uncommitted changes: {listed}",
            where=str(repository.root),
            remedy="Commit them, take them in with `--working-tree`, or leave them out with `--head HEAD`.",
        )


def _profile_of_project(request: Request, folders: list[Path]) -> str | None:
    for folder in folders:
        written = _project_file(folder).get("profile")
        if written:
            return profiles.render(written, os.environ, request.variables, f"{layout.PROJECT_FILE}, profile")
    return None


def _project_file(folder: Path) -> Mapping[str, object]:
    path = folder / layout.PROJECT_FILE
    if not path.exists():
        return {}
    try:
        return profiles.load(path.read_text(encoding="utf-8"), layout.PROJECT_FILE)
    except UsageError:
        return {}  # dbt will say it better, as a finding


def _variables(project: Path, installed: str) -> dict[str, Mapping[str, object]]:
    folders = [project, *sorted(path.parent for path in (project / installed).glob(f"*/{layout.PROJECT_FILE}"))]
    variables: dict[str, Mapping[str, object]] = {}
    for folder in folders:
        settings = _project_file(folder)
        told = settings.get("vars")
        variables[str(settings.get("name"))] = {str(k): v for k, v in told.items()} if isinstance(told, Mapping) else {}
    return variables


def _attached(profile: Profile, request: Request, checkout: Path) -> dict[profiles.Attachment, Path]:
    """The attached files with their absolute paths, as the user's dbt would resolve them."""
    entries = profiles.attachments(profile, os.environ, request.variables)
    local = [entry for entry in entries if "://" not in entry.path and not entry.path.startswith(("md:", ":memory:"))]
    return {entry: (checkout / entry.path).resolve() for entry in local if entry.type in ("duckdb", "sqlite")}


def _lost(setting: Setting, base: Project, head: Project) -> bool:
    """Whether head lacks a node or test of base although the file it comes from is there unchanged."""
    nodes = [base.nodes[uid] for uid in base.nodes.keys() - head.nodes.keys()]
    tests = [base.tests[uid] for uid in base.tests.keys() - head.tests.keys()]
    sources = {*((node.package, node.path) for node in nodes), *((test.package, test.path) for test in tests)}
    return any(
        not differ(
            _package_folder(setting.base, base, package) / path, _package_folder(setting.head, head, package) / path
        )
        for package, path in sources
    )


def _large_seed_changed(setting: Setting) -> bool:
    """Whether a seed changed of which dbt looks at the path only: its partial parse would read base's file at head."""
    base, head = setting.base.tree, setting.head.tree
    large = (path for path in head.rglob("*.csv") if path.stat().st_size > 1_000_000)
    return any(differ(base / path.relative_to(head), path) for path in large)


def _package_folder(folders: SideFolders, project: Project, package: str) -> Path:
    if package == project.name:
        return folders.project
    installed = [path.parent for path in folders.project.glob(f"*/{package}/{layout.PROJECT_FILE}")]
    return installed[0] if installed else folders.project / "dbt_packages" / package


def _whose(path: Path, workspace: Path) -> str:
    if path.is_relative_to(workspace):
        return f"the {path.relative_to(workspace).parts[0]} revision"
    return str(path.parent)
