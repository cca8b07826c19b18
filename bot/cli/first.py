"""The command `init`: the first ten minutes."""

from __future__ import annotations

import sys
from typing import Unpack

import click
from rich.console import Console

from bot.cli.exits import leave_after, speaking_to
from bot.cli.options import Project, of_a_project, request
from bot.domain import ForgeKind
from bot.run import init as story

_NONE = "none"
_INIT = """Looks at the project, and writes .proofbot.yml and the workflow for GitHub or GitLab.

dbt parses the checkout as it is; nothing is built, and no warehouse is asked. It looks for keys, for layers, and for
columns that are called or marked as personal. A file that exists stays as it is, and what would be written is shown.

\b
Examples:
  proofbot init                              in a dbt project
  proofbot init --project-dir transform      in a repository with other things
  proofbot init --forge gitlab --dry-run     only show it
"""


@click.command(help=_INIT)
@click.option(
    "--forge",
    type=click.Choice([ForgeKind.GITHUB.value, ForgeKind.GITLAB.value, _NONE]),
    help="For whom the workflow is. [as the remote or the files show]",
)
@click.option("--dry-run", is_flag=True, help="Show it, and write nothing.")
@of_a_project
def init(*, forge: str | None, dry_run: bool, **given: Unpack[Project]) -> None:
    """See `_INIT`."""

    def work(console: Console) -> int:
        kind = ForgeKind.LOCAL if forge == _NONE else ForgeKind(forge) if forge else None
        asked = request({**given, "base": None, "head": None, "working_tree": False})
        story.run(asked, story.Wanted(kind, dry_run), console, speaking_to(sys.stdout))
        return 0

    leave_after(work)
