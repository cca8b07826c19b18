"""Real git repositories for tests, and a look at everything in them."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

from bot.world import git
from bot.world.git import Repository

SETTINGS = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_AUTHOR_DATE": "2026-01-01T12:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T12:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def run(folder: Path, *arguments: str) -> str:
    """Run git as a user would, and return what it printed."""
    done = subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *arguments],
        cwd=folder,
        env=os.environ | SETTINGS,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return os.fsdecode(done.stdout).strip()


def start(folder: Path) -> Repository:
    """Make an empty repository whose branch is `main`."""
    folder.mkdir(parents=True, exist_ok=True)
    run(folder, "init", "--quiet", "--initial-branch=main")
    return git.find_repository(folder)


def commit(repository: Repository, message: str, **files: str) -> str:
    """Write files (`a__sql` is `a.sql`), commit everything, and return the commit."""
    for name, text in files.items():
        (repository.root / name.replace("__", ".")).write_text(text)
    run(repository.root, "add", "--all")
    run(repository.root, "commit", "--quiet", "--allow-empty", "--message", message)
    return run(repository.root, "rev-parse", "HEAD")


def everything(folder: Path) -> dict[str, str]:
    """Every path below a folder with its content, mode and time.

    The time of git's objects is left out: git renews it for objects that it would have written.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        told = path.lstat()
        if path.is_symlink():
            content = str(path.readlink())
        elif path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            content = "folder"
        time = "" if "objects" in path.relative_to(folder).parts else str(told.st_mtime_ns)
        found[os.fsencode(path.relative_to(folder)).hex()] = f"{content} {told.st_mode:o} {time}"
    return found


def contents(folder: Path) -> dict[str, bytes]:
    """The files below a folder with what is in them."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
