"""Reads the user's git repository, and writes trees of it into folders of ours. Never writes below `.git`; what may
is `history`, in CI.

Every call runs with optional locks off (`git status` would refresh the index), without hooks, submodules and the
repository's sparse checkout; whatever git has to write goes to an index and an object folder of our own. The one thing
that git does touch is the time of objects that exist already, which keeps them from being pruned.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.domain import Revision
from bot.errors import EnvironmentFailure, UsageError
from bot.world.git_calls import GitFailed
from bot.world.git_calls import call as _git

_DEEPEN = "run `git fetch --unshallow`; in CI, check out with `fetch-depth: 0` (GitLab: `GIT_DEPTH: 0`)."
_REMOTE = re.compile(
    r"(?:\w[\w+.-]*://(?:[^/@]*@)?|[^/@:]+@)(?P<host>[^/:]+(?::\d+(?=/))?)[:/]+(?P<path>.+?)(?:\.git)?/*"
)
_UNTRUSTED = re.compile(r"dubious ownership in repository at '(.+)'")


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository with a working tree: the tree's root, and the folder that holds the objects."""

    root: Path
    objects: Path


def find_repository(folder: Path) -> Repository:
    """The repository that this folder lies in.

    Raises:
        UsageError: it lies in none, or git refuses to read it.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", remedy="Name the folder of your dbt project by `--project-dir`.")
    try:
        root = Path(_git(folder, "rev-parse", "--show-toplevel").removesuffix("\n"))
        objects = (folder / _git(folder, "rev-parse", "--git-path", "objects").removesuffix("\n")).resolve()
    except GitFailed as failed:
        untrusted = _UNTRUSTED.search(str(failed))
        if untrusted:
            raise UsageError(
                f"git does not trust the repository at {untrusted[1]}",
                remedy=f"Run `git config --global --add safe.directory '{untrusted[1]}'`, if you do.",
            ) from None
        raise UsageError(
            f"{folder} is not in a git repository",
            remedy="Run proofbot inside the repository of your dbt project, or name it by `--project-dir`.",
        ) from None
    return Repository(root.resolve(), objects)


def describe(repository: Repository, revision: str) -> Revision:
    """The commit that a revision names.

    Raises:
        UsageError: there is no such commit.
    """
    try:
        commit = _git(repository.root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        return Revision(commit.strip(), _name(repository, revision), _subject(repository, commit.strip()))
    except GitFailed:
        shallow = f" This is a shallow clone: {_DEEPEN}" if _is_shallow(repository) else ""
        raise UsageError(
            f"the revision {revision!r} does not exist in this repository",
            remedy=f"Check its name with `git log`, or fetch it first: `git fetch origin {revision}`.{shallow}",
        ) from None


def _name(repository: Repository, revision: str) -> str:
    """A revision as the user knows it: for HEAD the branch that is checked out, if one is."""
    return revision if revision != "HEAD" else _git(repository.root, "rev-parse", "--abbrev-ref", "HEAD").strip()


def origin_address(repository: Repository) -> str | None:
    """The address of the remote `origin` in one spelling for all who ask: `github.com/owner/name`.

    None where there is no such remote, or where it is a folder.
    """
    try:
        told = _REMOTE.fullmatch(_git(repository.root, "config", "--get", "remote.origin.url").strip())
    except GitFailed:
        return None
    return f"{told['host']}/{told['path']}".lower() if told else None


def default_branch(repository: Repository) -> str:
    """The name of the default branch: the remote's where there is one, else `main` or `master`.

    Raises:
        UsageError: none can be told.
    """
    try:
        return _git(repository.root, "rev-parse", "--abbrev-ref", "origin/HEAD").strip()
    except GitFailed:
        pass
    for name in ("origin/main", "origin/master", "main", "master"):
        try:
            _git(repository.root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        except GitFailed:
            continue
        return name
    raise UsageError(
        "the default branch of this repository is not known",
        remedy="Name the revision to compare with: `--base REV`. In CI, fetch it first.",
    )


def merge_base(repository: Repository, base: Revision, head: Revision) -> Revision:
    """The commit where head left base.

    Raises:
        EnvironmentFailure: the clone is shallow and the merge base is not in it.
        UsageError: the two have no commit in common.
    """
    try:
        commit = _git(repository.root, "merge-base", base.commit, head.commit).strip()
    except GitFailed:
        names = f"{base.name} and {head.name}"
        if _is_shallow(repository):
            raise EnvironmentFailure(
                f"this clone is shallow and does not hold the merge base of {names}",
                remedy=f"This is a shallow clone: {_DEEPEN}",
            ) from None
        raise UsageError(
            f"{names} have no commit in common, so there is no merge base",
            remedy="Name a revision by `--base` that head descends from.",
        ) from None
    return Revision(commit, base.name, _subject(repository, commit))


def merges(repository: Repository, branch: Revision, limit: int) -> tuple[tuple[Revision, tuple[str, ...]], ...]:
    """The last commits of a branch itself, the newest first, each with its parents: of what was merged only the merge.

    Args:
        limit: how many at most. A commit without a parent is left out.

    Raises:
        EnvironmentFailure: git could not read them.
    """
    order = ("log", "--first-parent", f"--max-count={limit}", "--format=%H %P", branch.commit, "--")
    try:
        listing = _git(repository.root, *order).splitlines()
    except GitFailed as failed:
        raise EnvironmentFailure(f"git could not read the history: {failed}", remedy="Mend what git names.") from None
    found = [line.split() for line in listing]
    return tuple(
        (Revision(commit, commit[:9], _subject(repository, commit)), tuple(parents))
        for commit, *parents in found
        if parents
    )


def changed_files(repository: Repository, base: str, head: str) -> tuple[str, ...]:
    """The paths of the files that differ between two commits.

    Raises:
        EnvironmentFailure: one of them is not there.
    """
    try:
        listing = _git(repository.root, "diff", "--name-only", "--no-renames", "-z", base, head, "--")
    except GitFailed as failed:
        raise EnvironmentFailure(f"git could not compare two commits: {failed}", remedy=_DEEPEN) from None
    return tuple(path for path in listing.split("\0") if path)


def uncommitted(repository: Repository) -> tuple[tuple[str, str], ...]:
    """The uncommitted changes: git's two letters (`??` is untracked) and the path; ignored files are none."""
    listing = _git(repository.root, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all")
    return tuple((line[:2], line[3:]) for line in listing.split("\0") if line)


def files(repository: Repository, commit: str) -> tuple[str, ...]:
    """The paths of all files at a commit."""
    listing = _git(repository.root, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)
    return tuple(path for path in listing.split("\0") if path)


def known_files(repository: Repository, *names: str) -> tuple[str, ...]:
    """The paths of the files of these names, at any depth, in the working tree; what git ignores is left out."""
    patterns = [f":(glob)**/{name}" for name in names]
    order = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--full-name", "--", *patterns)
    found = {path for path in _git(repository.root, *order).split("\0") if path}
    return tuple(sorted(path for path in found if (repository.root / path).is_file()))


def write_tree(repository: Repository, commit: str, destination: Path, scratch: Path) -> None:
    """Writes all files of a commit into a new folder, as a checkout would (filters, line ends).

    Args:
        destination: a folder that does not exist yet.
        scratch: a folder of ours for git's index.

    Raises:
        EnvironmentFailure: git could not write them (disk full, a filter that fails).
    """
    own = _own_objects(repository, scratch)
    _write(repository, commit, destination, own | {"GIT_INDEX_FILE": str(scratch / f"index-{destination.parent.name}")})


def write_working_tree(repository: Repository, destination: Path, scratch: Path) -> None:
    """Writes HEAD with the uncommitted changes, untracked files that git does not ignore included.

    New objects go to a folder of ours; the user's index and objects stay as they are. DuckDB files are left out.

    Raises:
        EnvironmentFailure: git could not read or write them.
    """
    index = scratch / "index-working-tree"
    own = _own_objects(repository, scratch) | {"GIT_INDEX_FILE": str(index)}
    users_index = repository.root / _git(repository.root, "rev-parse", "--git-path", "index").removesuffix("\n")
    if users_index.exists():
        shutil.copy2(users_index, index)  # with its time: git looks closer at files that are no older than the index
    try:
        _git(repository.root, "add", "--all", "--", ".", ":(exclude)*.duckdb", ":(exclude)*.duckdb.wal", extra=own)
        tree = _git(repository.root, "write-tree", extra=own).strip()
    except GitFailed as failed:
        raise EnvironmentFailure(
            f"git could not read the working tree: {failed}", remedy="Mend what git names, or commit your changes."
        ) from None
    _write(repository, tree, destination, own | {"GIT_INDEX_FILE": str(scratch / "index-head")})


def _own_objects(repository: Repository, scratch: Path) -> dict[str, str]:
    """Lets git put new objects into a folder of ours, also those that a partial clone fetches on demand."""
    objects = scratch / "objects"
    objects.mkdir(parents=True, exist_ok=True)
    quoted = str(repository.objects).replace("\\", "\\\\").replace('"', '\\"')  # a bare path would end at a colon
    return {"GIT_OBJECT_DIRECTORY": str(objects), "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{quoted}"'}


def _subject(repository: Repository, commit: str) -> str:
    subject = _git(repository.root, "log", "-1", "--format=%s", "--encoding=UTF-8", commit).strip()
    return os.fsencode(subject).decode("utf-8", "replace")  # a commit message may hold any byte, a report must not


def _write(repository: Repository, tree: str, destination: Path, own: Mapping[str, str]) -> None:
    destination.mkdir(parents=True)
    git_dir = _git(repository.root, "rev-parse", "--absolute-git-dir").removesuffix("\n")
    try:
        _git(
            destination,
            f"--git-dir={git_dir}",
            f"--work-tree={destination}",
            "read-tree",
            "--reset",
            "-u",
            tree,
            extra=own,
        )
    except GitFailed as failed:
        raise EnvironmentFailure(
            f"git could not write the files of {tree[:12]}: {failed}",
            remedy="Check that the disk has room and that the repository's filters (git-lfs, ...) are installed.",
        ) from None


def _is_shallow(repository: Repository) -> bool:
    return _git(repository.root, "rev-parse", "--is-shallow-repository").strip() == "true"
