"""What lies where: the dbt project in the repository, its profiles.yml, its installed packages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from bot.errors import UsageError

PROJECT_FILE = "dbt_project.yml"
CONFIGURATION_FILE = ".proofbot.yml"
_PACKAGE_FILES = ("packages.yml", "dependencies.yml", "package-lock.yml")
_INSTALLED = frozenset({"dbt_packages", "dbt_modules"})


def find_project(files: Sequence[str], root: Path, here: Path, named: Path | None) -> PurePosixPath:
    """The folder of the dbt project, relative to the repository.

    Args:
        files: the paths of all files at head.
        root: the repository's root.
        here: the working directory.
        named: the folder given by `--project-dir`, absolute, or None.

    Raises:
        UsageError: there is none, there are several, or the named folder is none.
    """
    folders = {PurePosixPath(path).parent for path in files if PurePosixPath(path).name == PROJECT_FILE}
    projects = sorted(folder for folder in folders if not _INSTALLED.intersection(folder.parts))
    if named is not None:
        return _named_project(root, named, projects)
    if here.is_relative_to(root):
        inside = PurePosixPath(here.relative_to(root).as_posix())
        for folder in (inside, *inside.parents):
            if folder in projects:
                return folder
    if len(projects) == 1:
        return projects[0]
    if not projects:
        raise UsageError(
            "there is no dbt project in this repository",
            where=str(root),
            remedy=f"Commit a {PROJECT_FILE}, or run proofbot in the repository that holds one.",
        )
    listed = ", ".join(str(folder) for folder in projects)
    raise UsageError(
        f"there are {len(projects)} dbt projects in this repository: {listed}",
        remedy="Name one by `--project-dir` (in the action by the input `project-dir`), or run proofbot in its folder.",
    )


def _named_project(root: Path, named: Path, projects: Sequence[PurePosixPath]) -> PurePosixPath:
    if not named.resolve().is_relative_to(root):
        raise UsageError(f"{named} is not in the repository {root}", remedy="Name a folder inside of it.")
    folder = PurePosixPath(named.resolve().relative_to(root).as_posix())
    if folder in projects:
        return folder
    listed = ", ".join(str(project) for project in projects) or "none"
    raise UsageError(
        f"there is no {PROJECT_FILE} in {folder} at head; the repository's projects are: {listed}",
        remedy="Name the folder that holds it by `--project-dir`, and commit the file.",
    )


def find_profiles(named: Path | None, projects: Sequence[Path]) -> Path:
    """The profiles.yml that applies, in dbt's order: the named folder, the project's, the user's.

    Args:
        named: by `--profiles-dir` or DBT_PROFILES_DIR.
        projects: the project's folder at base, at head and in the checkout. The base's comes first: the request must
            not choose where it is built.

    Raises:
        UsageError: there is none.
    """
    folders = [named] if named else [*projects, Path.cwd(), Path.home() / ".dbt"]
    for folder in folders:
        if (folder / "profiles.yml").is_file():
            return folder / "profiles.yml"
    places = str(named) if named else "the project, the working directory or ~/.dbt"
    raise UsageError(
        f"there is no profiles.yml in {places}",
        remedy="Name the folder that holds it by `--profiles-dir`.",
    )


def wants_packages(project: Path) -> bool:
    """Whether the project asks for packages."""
    for name in ("packages.yml", "dependencies.yml"):
        path = project / name
        if path.exists() and "packages:" in path.read_text(encoding="utf-8", errors="replace"):
            return True
    return False


def current_packages(checkout: Path, base: Path, head: Path, folder: str) -> list[Path]:
    """The checkout, as a donor of packages, unless what is installed there may be of another day.

    Where base and head ask for different packages, those in the checkout must have been installed after it was last
    said which: else both sides would get the same ones, and the difference between them would go unseen. So they would
    where head commits its packages: those in the checkout are the request's own then.
    """
    if _has_files(head / folder):
        return []
    if _same_packages(base, head):
        return [checkout]
    said = [(checkout / name).stat().st_mtime_ns for name in _PACKAGE_FILES if (checkout / name).exists()]
    installed = checkout / folder
    return [checkout] if installed.exists() and installed.stat().st_mtime_ns >= max(said, default=0) else []


def take_packages(project: Path, donors: Sequence[Path], folder: str) -> bool:
    """Takes installed packages from a project that asks for the same ones.

    Args:
        project: the one that needs them.
        donors: projects that may have them, best first.
        folder: the name of the folder that packages are installed in.

    Returns:
        whether they are there now.
    """
    if _has_files(project / folder):
        return True
    for donor in donors:
        if _has_files(donor / folder) and _same_packages(project, donor) and not _links_outside(donor / folder, donor):
            shutil.copytree(donor / folder, project / folder, symlinks=True)
            _point_links(folder, donor, project)
            return True
    return False


def _same_packages(project: Path, donor: Path) -> bool:
    for name in _PACKAGE_FILES:
        ours, theirs = project / name, donor / name
        if name == "package-lock.yml" and not ours.exists():
            continue  # the lock of a project that does not commit it
        if ours.exists() != theirs.exists() or (ours.exists() and ours.read_bytes() != theirs.read_bytes()):
            return False
    return True


def _links_outside(folder: Path, project: Path) -> bool:
    links = [path for path in folder.iterdir() if path.is_symlink()]
    return any(not path.resolve().is_relative_to(project.resolve()) for path in links)


def _point_links(folder: str, donor: Path, project: Path) -> None:
    """Lets the links of local packages point into our tree instead of the donor's."""
    for path in (project / folder).iterdir():
        if path.is_symlink():
            inside = (donor / folder / path.name).resolve().relative_to(donor.resolve())
            path.unlink()
            path.symlink_to(os.path.relpath(project / inside, path.parent), target_is_directory=True)


def _has_files(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())
