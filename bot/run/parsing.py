"""The chapter of parsing: dbt reads both sides, and whatever it knows from before is trusted only where it may be."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.core import plan as plans
from bot.core import profile as profiles
from bot.core import project as projects
from bot.domain import Project, Side
from bot.errors import EnvironmentFailure, UsageError
from bot.run.keys import parse_key, project_key
from bot.run.stage import Setting, Stage, Unfolded
from bot.world import layout, parses
from bot.world.dbt import DbtFailed, differ
from bot.world.workspace import SideFolders, copy_file, root

_PARTIAL_PARSE = "partial_parse.msgpack"
_UNTRACED = ("dispatch", "flags")


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
    settings = project_file(folders.project)
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


def untraced_settings(setting: Setting) -> tuple[str, ...]:
    """The settings of dbt_project.yml that changed, may change any model, and do not show in the manifest."""
    base, head = project_file(setting.base.project), project_file(setting.head.project)
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


def project_file(folder: Path) -> Mapping[str, object]:
    """The settings of a dbt_project.yml; none where there is no such file, or none that can be read."""
    path = folder / layout.PROJECT_FILE
    if not path.exists():
        return {}
    try:
        return profiles.load(path.read_text(encoding="utf-8"), layout.PROJECT_FILE)
    except UsageError:
        return {}  # dbt will say it better, as a finding


def _parse_base(stage: Stage, setting: Setting, unfolded: Unfolded) -> Mapping[str, Any]:
    """Parses base: in a moment, where an earlier run of today has parsed the same commit.

    That holds only if dbt finds nothing to parse anew. Where it does (a package or an environment variable is another),
    base is parsed in full: a partial parse can lose nodes, and there is nothing to hold this one against.
    """
    folders, known = setting.base, setting.base.target / _PARTIAL_PARSE
    home, project, key = root(), project_key(unfolded), parse_key(setting, unfolded)
    written_at = (folders.project / layout.PROJECT_FILE).stat().st_mtime
    if parses.take(home, project, key, known, tree=folders.tree, before=written_at):
        manifest = setting.dbt.parse(folders)
        if known.stat().st_mtime == 0:  # dbt writes it anew unless it has found nothing to parse
            stage.progress.note("the parse of an earlier run holds")
            return manifest
        known.unlink()
    manifest = setting.dbt.parse(folders)
    try:
        parses.keep(home, project, key, known, folders.tree)
    except (EnvironmentFailure, OSError) as failure:
        stage.progress.note(f"the parse of base is not kept for later runs: {failure}")
    return manifest


def _variables(project: Path, installed: str) -> dict[str, Mapping[str, object]]:
    folders = [project, *sorted(path.parent for path in (project / installed).glob(f"*/{layout.PROJECT_FILE}"))]
    variables: dict[str, Mapping[str, object]] = {}
    for folder in folders:
        settings = project_file(folder)
        told = settings.get("vars")
        variables[str(settings.get("name"))] = {str(k): v for k, v in told.items()} if isinstance(told, Mapping) else {}
    return variables


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
