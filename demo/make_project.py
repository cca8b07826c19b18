"""Makes the demo: a git repository with a dbt project, its database, and a pull request.

python -m demo.make_project FOLDER
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from demo.raw_data import write_raw_tables

MAIN = "main"
REQUEST = "loyalty-tier"
MENDED = "loyalty-tier-mended"

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Demo:
    """Where the demo lies. The branch `request` is checked out.

    `request` holds the pull request, `mended` the same with its bug taken out. `raw_rows` tells how many rows each
    raw table has.
    """

    folder: Path
    database: Path
    main: str = MAIN
    request: str = REQUEST
    mended: str = MENDED
    raw_rows: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Step:
    """One commit: its branch, its subject, and the folder beside this file whose files it brings."""

    branch: str
    subject: str
    files: str


_HISTORY = (
    _Step(MAIN, "A shop: sources, staging, marts and their tests", "shop"),
    _Step(REQUEST, "Restructure product_sales: one step per CTE", "changes/1-restructure-product-sales"),
    _Step(REQUEST, "Spell money one way in staging", "changes/2-spell-money-one-way"),
    _Step(REQUEST, "Say what int_order_payments leaves out", "changes/3-describe-payments"),
    _Step(REQUEST, "Add the loyalty tier to customers and orders", "changes/4-loyalty-tier"),
    _Step(MENDED, "Keep the orders of guests", "changes/5-keep-guests"),
    _Step(MAIN, "Leave free samples out of the products, show discontinued ones", "changes/main-free-samples"),
)


def make(folder: Path) -> Demo:
    """Make the demo in `folder`, which must be empty or not there yet.

    Commits have fixed authors and dates, so their hashes are the same everywhere. Nothing of the user's git
    configuration has a say.

    Raises:
        FileExistsError: `folder` is not empty.
        RuntimeError: git failed, with its words.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    git = _Git(folder)
    git.start()
    seen: set[str] = set()
    for minute, step in enumerate(_HISTORY):
        git.switch(step.branch, new=step.branch not in seen)
        seen.add(step.branch)
        shutil.copytree(_HERE / step.files, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
        git.commit(step.subject, minute=minute)
    git.switch(REQUEST, new=False)
    database = folder / "shop.duckdb"
    return Demo(folder=folder, database=database, raw_rows=write_raw_tables(database))


class _Git:
    """Git in one folder, deaf to the configuration of whoever runs it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ada Shop",
            "GIT_AUTHOR_EMAIL": "ada@example.com",
            "GIT_COMMITTER_NAME": "Ada Shop",
            "GIT_COMMITTER_EMAIL": "ada@example.com",
        }

    def start(self) -> None:
        """Make the repository, on the main branch, with an author for the commits a reader may try."""
        self._run("init", "--quiet", "--template=")
        self._run("symbolic-ref", "HEAD", f"refs/heads/{MAIN}")
        self._run("config", "user.name", "Ada Shop")
        self._run("config", "user.email", "ada@example.com")

    def switch(self, branch: str, *, new: bool) -> None:
        """Check out a branch; a new one starts where we are (the very first one is there already)."""
        if not new:
            self._run("checkout", "--quiet", branch)
        elif branch != MAIN:
            self._run("checkout", "--quiet", "-b", branch)

    def commit(self, subject: str, *, minute: int) -> None:
        """Commit everything there is."""
        date = f"2025-11-03T09:{minute:02d}:00+00:00"
        self._run("add", "--all", ".")
        self._run("commit", "--quiet", "--message", subject, date=date)

    def _run(self, *arguments: str, date: str = "") -> None:
        environment = self._environment | ({"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date} if date else {})
        # Git reads these two files of the home folder even where no configuration names them.
        deaf = ("-c", f"core.excludesFile={os.devnull}", "-c", f"core.attributesFile={os.devnull}")
        done = subprocess.run(
            ["git", *deaf, *arguments], cwd=self._folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"git {' '.join(arguments)}: {done.stderr.strip()}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m demo.make_project FOLDER")
    print(make(Path(sys.argv[1])).folder)
