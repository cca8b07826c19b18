"""The command `doctor`: what works here, and what doesn't."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import Unpack

import click
from rich.console import Console

from bot.cli import doors
from bot.cli.exits import leave_after, speaking_to
from bot.cli.options import Project, of_a_project, request
from bot.run import doctor as story

_DOCTOR = """Says what works here and what doesn't, with the remedy for each, before the first request.

Looks at programs, the cache folder, git, dbt, the project, its profile and configuration, whether it parses, the
warehouse with its grants, and the token of the CI job. Nothing is built; what is made to try grants is dropped again.

\b
Examples:
  proofbot doctor                    all of it
  proofbot doctor --offline          no warehouse and no forge
  proofbot doctor --json             for programs

\b
Exit codes:
  0  all is well, or there is only advice
  2  something of the call or the configuration is to be mended (whatever else is)
  3  something in the surroundings is
"""


@click.command(help=_DOCTOR)
@click.option("--offline", "is_offline", is_flag=True, help="Ask no warehouse, no forge and no package registry.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@of_a_project
def doctor(*, is_offline: bool, as_json: bool, **given: Unpack[Project]) -> None:
    """See `_DOCTOR`."""

    def work(console: Console) -> int:
        door = doors.of(os.environ)
        visit = story.Visit(
            request=request({**given, "base": None, "head": None, "working_tree": False}),
            forge=partial(door.examine, os.environ),
            in_job=door.is_job,
            is_offline=is_offline,
            as_json=as_json,
        )
        return story.run(visit, console, Console() if as_json else speaking_to(sys.stdout))

    leave_after(work)
