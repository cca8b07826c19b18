"""The story of `proofbot init`: looks at a project, and writes the files to begin with. Nothing is replaced."""

from __future__ import annotations

import csv
import importlib.metadata
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rich.console import Console

from bot.core import config
from bot.core import plan as plans
from bot.core import profile as profiles
from bot.core.first import configuration as texts
from bot.core.first import workflows
from bot.core.first.outlook import Outlook, survey
from bot.core.first.workflows import Job
from bot.domain import Fate, FirstFile, FirstLook, ForgeKind, Project
from bot.errors import EnvironmentFailure, UsageError
from bot.render import first_page
from bot.run import reading
from bot.run.configuration import FILE, KINDS
from bot.run.reading import Reading
from bot.run.stage import Request, Stage
from bot.world import creating, git, layout
from bot.world.processes import Children
from bot.world.progress import Progress
from bot.world.workspace import Workspace, root

_GITHUB_FOLDER = PurePosixPath(".github")
_GITLAB_FILE = PurePosixPath(".gitlab-ci.yml")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MISSPELT = (".proofbot.yaml", "proofbot.yml", "proofbot.yaml")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be written: `forge` is for whom, `local` for nobody, None for whom the repository shows; `is_dry` only
    shows it."""

    forge: ForgeKind | None = None
    is_dry: bool = False


def run(request: Request, wanted: Wanted, log: Console, page: Console) -> None:
    """Writes `.proofbot.yml` and the workflow where they are not, and shows what it wrote, or would have written.

    Args:
        request: which project, and how dbt is run.
        log: where progress goes.
        page: where the result goes.

    Raises:
        ProofbotError: the project cannot be read, or a file cannot be written.
    """
    with Progress(log, verbose=request.verbose) as progress, Workspace(root()) as workspace:
        stage = Stage(request, progress, workspace, Children())
        try:
            read = reading.read(stage)
            outlook = survey(read.project, _headers(read))
            look = _look(request, read, outlook, wanted)
        finally:
            stage.clear()
    first_page.page(look, outlook, page)


def _look(request: Request, read: Reading, outlook: Outlook, wanted: Wanted) -> FirstLook:
    top = read.repository.root
    written = texts.text(outlook)
    _try(written, read.project)
    forge = wanted.forge or _forge(read)
    job = _job(request, read)
    planned = [(_place_of_configuration(read), written)]
    include = None
    if forge is ForgeKind.GITHUB:
        planned.append((_GITHUB_FOLDER / "workflows" / f"{job.name}.yml", workflows.github(job)))
    elif forge is ForgeKind.GITLAB:
        path = _place_on_gitlab(top, job)
        include = path.as_posix() if path != _GITLAB_FILE else None
        planned.append((path, workflows.gitlab(job)))
    for path, _ in planned:
        creating.refuse_links(top, path)
    files = tuple(_put(top, path, text, is_dry=wanted.is_dry) for path, text in planned)
    return FirstLook(
        files=files,
        forge=forge,
        include=include,
        project=_from_here(request.here, read),
        secrets=tuple(name for name in job.environment if workflows.is_secret(name)),
        variables=tuple(name for name in job.environment if not workflows.is_secret(name)),
        notices=tuple(_notices(read, forge, job)),
        to_add=tuple(_seen_from(request.here, top / file.path) for file in files if file.fate is Fate.WRITTEN),
    )


def _try(written: str, project: Project) -> None:
    """What our own loader refuses is never written.

    Raises:
        EnvironmentFailure: it does; that is a defect of ours.
    """
    try:
        config.settle(config.read(written, FILE, KINDS), project, project)
    except UsageError as error:
        raise EnvironmentFailure(
            f"the configuration for this project would not be valid: {error}",
            remedy="This is a defect: please report it.",
        ) from None


def _put(top: Path, path: PurePosixPath, text: str, *, is_dry: bool) -> FirstFile:
    name = path.as_posix()
    if not creating.is_taken(top, path):
        if is_dry:
            return FirstFile(name, Fate.PLANNED, text)
        if creating.create(top, path, text):
            return FirstFile(name, Fate.WRITTEN, text)
    return FirstFile(name, Fate.KEPT, text, there=creating.seen(top, path))


def _place_of_configuration(read: Reading) -> PurePosixPath:
    """In the project's folder; but a configuration at the repository's root holds for it, too, and one below would hide
    that."""
    inside, at_top = read.folder / FILE, PurePosixPath(FILE)
    top = read.repository.root
    return at_top if creating.is_taken(top, at_top) and not creating.is_taken(top, inside) else inside


def _place_on_gitlab(top: Path, job: Job) -> PurePosixPath:
    """A file of its own, where there is a configuration already, unless that is what we would write."""
    there = creating.seen(top, _GITLAB_FILE) if creating.is_taken(top, _GITLAB_FILE) else workflows.gitlab(job)
    return _GITLAB_FILE if there == workflows.gitlab(job) else PurePosixPath(".gitlab") / f"{job.name}.yml"


def _forge(read: Reading) -> ForgeKind:
    """Where requests are made: by the address of the remote, else by what lies in the repository."""
    host = (git.origin_address(read.repository) or "").partition("/")[0]
    for kind in (ForgeKind.GITHUB, ForgeKind.GITLAB):
        if kind.value in host:
            return kind
    if creating.is_taken(read.repository.root, _GITLAB_FILE):
        return ForgeKind.GITLAB
    return ForgeKind.GITHUB if (read.repository.root / _GITHUB_FOLDER).is_dir() else ForgeKind.LOCAL


def _job(request: Request, read: Reading) -> Job:
    return Job(
        release=importlib.metadata.version("proofbot"),
        adapter=f"dbt-{read.profile.adapter.replace('_', '-')}=={_minor(read.adapter_version)}.*",
        core=f"dbt-core=={_minor(read.core_version)}.*",
        project_dir="" if read.folder == PurePosixPath() else read.folder.as_posix(),
        profiles_dir=_profiles_dir(read),
        profile=request.profile or "",
        target=request.target or "",
        variables=" ".join(request.variables_text.split()),
        environment=_environment(read),
    )


def _from_here(here: Path, read: Reading) -> str:
    folder = read.repository.root / read.folder
    return "" if here.resolve().is_relative_to(folder) else _seen_from(here, folder)


def _seen_from(here: Path, path: Path) -> str:
    return os.path.relpath(path, here.resolve())


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _profiles_dir(read: Reading) -> str:
    """The folder of profiles.yml from the repository's root; empty where it is the project's, or outside."""
    for top in (read.tree, read.repository.root):
        if read.profile_path.is_relative_to(top):
            inside = read.profile_path.parent.relative_to(top)
            return "" if PurePosixPath(inside.as_posix()) == read.folder else inside.as_posix()
    return ""


def _environment(read: Reading) -> tuple[str, ...]:
    """The variables that the profile and the project read without a default."""
    project_file = read.tree / read.folder / layout.PROJECT_FILE
    others = (
        profiles.replaced(read.profile, {}).replace("''", "'"),
        project_file.read_text(encoding="utf-8", errors="replace"),
    )
    names = plans.needed_variables(read.project, *others)
    return tuple(name for name in names if _NAME.fullmatch(name) and not name.startswith(("GITHUB_", "CI_")))


def _is_in_git(read: Reading) -> bool:
    """Whether profiles.yml is part of what a CI job checks out."""
    if read.profile_path.is_relative_to(read.tree):
        return True
    top = read.repository.root
    path = read.profile_path.resolve()
    return path.is_relative_to(top) and (read.tree / path.relative_to(top)).is_file()


def _notices(read: Reading, forge: ForgeKind, job: Job) -> list[str]:
    notices = []
    if forge is ForgeKind.LOCAL:
        notices.append(
            "no workflow: neither the remote nor the files show a forge. `--forge github` or `--forge gitlab`"
        )
    elif not _is_in_git(read):
        notices.append(
            f"profiles.yml ({read.profile_path}) is not in the repository, and the job needs one: commit one "
            "that reads what is secret by `env_var`, and run this again"
        )
    if forge is ForgeKind.GITLAB:
        notices.append(
            f"the image must hold {job.adapter} and {job.core}; docs/image.md of proofbot says how to build one"
        )
    places = dict.fromkeys((read.folder, PurePosixPath()))
    for path in (place / name for place in places for name in _MISSPELT):
        if creating.is_taken(read.repository.root, path):
            notices.append(f"{path} is not read: its name would have to be {FILE}")
    return notices


def _headers(read: Reading) -> Mapping[str, tuple[str, ...]]:
    """The columns of the project's seeds, by unique id; of files that are no CSV, none."""
    found = {}
    for uid, node in read.project.nodes.items():
        if node.resource_type != "seed" or node.package != read.project.name:
            continue
        delimiter = str(node.config.get("delimiter") or ",")
        path = (read.tree / read.folder / node.path).resolve()
        if path.is_relative_to(read.tree.resolve()) and len(delimiter) == 1:
            found[uid] = _header(path, delimiter)
    return found


def _header(path: Path, delimiter: str) -> tuple[str, ...]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return tuple(name.strip() for name in next(csv.reader(file, delimiter=delimiter), ()) if name.strip())
    except (OSError, UnicodeDecodeError, csv.Error):
        return ()
