"""dbt and the project: which dbt, which adapter, the project, its profile, .proofbot.yml, and whether it parses."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bot.core import config as configs
from bot.core import plan as plans
from bot.core import profile as profiles
from bot.core import project as projects
from bot.core.profile import Profile
from bot.domain import Diagnosis, Side
from bot.errors import EnvironmentFailure, Interrupted, UsageError
from bot.render.figures import plural
from bot.run import configuration as of_runs
from bot.run import profile as profile_of_call
from bot.run import warehouses
from bot.run.doctor.case import Case
from bot.run.parsing import project_file
from bot.world import git, layout
from bot.world.dbt import Dbt, DbtFailed, find_toolchain, require_adapter
from bot.world.diagnosing import advise, ill, of_error, well
from bot.world.git import Repository
from bot.world.processes import Children
from bot.world.workspace import SideFolders, write_text

_PARSE_SECONDS = 600.0
_LINES = 12  # of dbt's words
_MISSPELT = (".proofbot.yaml", "proofbot.yml", "proofbot.yaml")


def toolchain(case: Case) -> Iterator[Diagnosis]:
    """Which dbt. Raises EnvironmentFailure where there is none, or none that we know."""
    case.toolchain = find_toolchain()
    yield well("dbt", "dbt-core", f"{case.toolchain.version}, {case.toolchain.command[0]}")


def find(case: Case) -> Iterator[Diagnosis]:
    """The dbt project at HEAD. Raises ProofbotError."""
    request = case.request
    try:
        repository = git.find_repository(request.project_dir or request.here)
    except UsageError:  # which `git` has told, with its remedy
        yield advise("project", "project", "not looked at: there is no git repository", "Mend that first.")
        return
    files = git.files(repository, git.describe(repository, "HEAD").commit)
    inside = layout.find_project(files, repository.root, request.here, request.project_dir)
    case.repository, case.folder = repository, repository.root / inside
    named = project_file(case.folder).get("name", "without a name")
    yield well("project", "project", f"{named}, {case.folder}")


def profile(case: Case) -> Iterator[Diagnosis]:
    """The profile and the target, rendered; the adapter that they need. Raises ProofbotError."""
    if case.folder is None:
        yield advise("profile", "profile", "not looked at: no project was found", "Mend the project first.")
        return
    request = case.request
    path = layout.find_profiles(request.profiles_dir, [case.folder])
    where = str(path)
    yield well("profile", "profiles.yml", where)
    chosen = profile_of_call.choose(request, path, where, [case.folder])
    yield well("profile", "target", f"{chosen.name}, {chosen.target}, of type {chosen.adapter}")
    faults = list(_faults(case, chosen))
    yield from faults
    if not faults:
        yield well("profile", "rendering", "every setting of the target has a value")
    warehouses.find(chosen)
    if case.toolchain is not None:
        try:
            version = require_adapter(case.toolchain, chosen.adapter)
        except EnvironmentFailure as failure:
            yield of_error("profile", "adapter", failure)
            return
        yield well("profile", "adapter", f"dbt-{chosen.adapter} {version}")
        case.profile = None if faults else chosen


def configuration(case: Case) -> Iterator[Diagnosis]:
    """The configuration as it is in the checkout, committed or not. Raises UsageError: it is wrong, and where."""
    if case.folder is None or case.repository is None:
        yield advise("configuration", of_runs.FILE, "not looked at: no project was found", "Mend the project first.")
        return
    places = list(dict.fromkeys((case.folder, case.repository.root)))
    found = case.request.config or next((one for place in places if (one := place / of_runs.FILE).is_file()), None)
    if found is not None:
        case.config = configs.read(_text(found), _name(found, case.repository.root), of_runs.KINDS)
        yield well("configuration", of_runs.FILE, f"{found} is valid")
        return
    case.config = configs.Config(of_runs.KINDS)
    misspelt = [one for place in places for name in _MISSPELT if (one := place / name).is_file()]
    if misspelt:
        words = f"{misspelt[0].name} is not read"
        yield advise("configuration", of_runs.FILE, words, f"Rename it: `git mv {misspelt[0].name} {of_runs.FILE}`.")
    else:
        words = "there is none: everything has its default, and what is found never closes the gate"
        yield well("configuration", of_runs.FILE, words)


def parse(case: Case) -> Iterator[Diagnosis]:
    """Parses the project as HEAD has it, in a folder of ours, without connecting. Raises ProofbotError."""
    if case.toolchain is None or case.profile is None or case.repository is None:
        yield advise("parse", "dbt parse", "not tried: dbt, the project or its profile is not well", "Mend that first.")
        return
    folders = _unpacked(case, case.repository)
    children, late = Children(), threading.Event()

    def give_up() -> None:
        late.set()
        children.stop()

    timer = threading.Timer(_PARSE_SECONDS, give_up)
    timer.start()
    try:
        yield from _parsed(case, _dbt(case, children), folders)
    except Interrupted:
        if not late.is_set():
            raise
        words = f"it was given up after {_PARSE_SECONDS:.0f} seconds"
        yield ill("parse", "dbt parse", words, "See what takes so long: `dbt parse --debug`.")
    finally:
        timer.cancel()
        children.stop()


def _faults(case: Case, chosen: Profile) -> Iterator[Diagnosis]:
    """What does not render, each setting by itself: who sets one variable wants to hear of the next, too."""
    said = set()
    for key, value in chosen.output.items():
        try:
            profiles.rendered(replace(chosen, output={key: value}), os.environ, case.variables)
        except UsageError as error:
            if error.message not in said:
                said.add(error.message)
                yield of_error("profile", key, error)


def _unpacked(case: Case, repository: Repository) -> SideFolders:
    assert case.folder is not None  # noqa: S101 (where there is a profile, there is a project)
    tree = case.scratch / "head" / "tree"
    git.write_tree(repository, git.describe(repository, "HEAD").commit, tree, case.scratch)
    made = {name: case.scratch / "head" / name for name in ("profiles", "target", "logs")}
    for folder in made.values():
        folder.mkdir()
    return SideFolders(Side.HEAD, tree, tree / case.folder.relative_to(repository.root), **made)


def _dbt(case: Case, children: Children) -> Dbt:
    assert case.toolchain is not None  # noqa: S101
    assert case.profile is not None  # noqa: S101
    return Dbt(
        case.toolchain,
        children,
        profile=case.profile.name,
        target=case.profile.target,
        variables=case.request.variables_text,
        on_event=lambda _event: None,
    )


def _parsed(case: Case, dbt: Dbt, folders: SideFolders) -> Iterator[Diagnosis]:
    assert case.profile is not None  # noqa: S101
    assert case.folder is not None  # noqa: S101
    write_text(folders.profiles / "profiles.yml", profiles.replaced(case.profile, {}))
    written = str(project_file(folders.project).get("packages-install-path") or "dbt_packages")
    installed = profiles.render(written, os.environ, case.variables, layout.PROJECT_FILE)
    plans.guard_packages(installed)
    if layout.wants_packages(folders.project) and not layout.take_packages(folders.project, [case.folder], installed):
        if case.is_offline:
            words = "not tried: packages are not installed in the checkout, and we are offline"
            yield advise("parse", "dbt parse", words, "Run `dbt deps` first.")
            return
        dbt.install_packages(folders)
        yield well("parse", "dbt deps", "packages can be had")
    try:
        case.project = projects.read(dbt.parse(folders), {})
    except DbtFailed as failed:
        words = "\n".join(failed.words.splitlines()[:_LINES])
        yield ill("parse", "dbt parse", f"the project does not parse:\n{words}", "Mend what dbt names.")
        return
    told = f"{plural(len(case.project.nodes), 'node')}, {plural(len(case.project.sources), 'source')}"
    yield well("parse", "dbt parse", told)
    if case.config is not None:
        try:
            _, notices = configs.settle(case.config, case.project, case.project)
        except UsageError as error:
            yield of_error("parse", "configuration of models", error)
        else:
            for notice in (*notices, *warehouses.in_vain(case.profile, case.config)):
                yield advise("parse", "configuration of models", notice, f"Mend it in {of_runs.FILE}.")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{path} can't be read as a text", remedy="Save it as UTF-8, at that place.") from None


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
