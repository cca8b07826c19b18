"""The commands about proofs: `verify` makes one anew."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Unpack

import click
from rich.console import Console

from bot.cli.exits import leave_after, speaking_to
from bot.cli.options import PATH, Given, Project, of_a_project, request
from bot.run import verify as verifying
from bot.run.stage import Request

_VERIFY = """Proves anew what a report.json says, and says what holds of it.

The commits of the report are built and asked again, in this repository; what was kept from before is used. Name the
same target, variables and configuration as the run did.

\b
Examples:
  proofbot verify report.json
  proofbot verify report.json --project-dir shop
"""


@click.command(help=_VERIFY)
@click.argument("report", type=PATH)
@of_a_project
def verify(*, report: Path, **given: Unpack[Project]) -> None:
    """See `_VERIFY`."""

    def work(console: Console) -> int:
        return verifying.verify(report, _of_project(given), console, speaking_to(sys.stdout))

    leave_after(work)


def _of_project(given: Project) -> Request:
    revisions: Given = {**given, "base": None, "head": None, "working_tree": False}
    return request(revisions)
