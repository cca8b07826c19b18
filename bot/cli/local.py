"""The commands for one's own machine: `run` and `config`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Unpack

import click
from rich.console import Console

from bot import run as story
from bot.cli.exits import leave_after, speaking_to
from bot.cli.options import PATH, Given, of_revisions, request
from bot.domain import ForgeKind
from bot.errors import UsageError
from bot.run import checking
from bot.run import config as config_story
from bot.run import local as local_story

_RUN = """Compares the head of a request with the commit where it left the base.

\b
Examples:
  proofbot run                        this branch against the default branch
  proofbot run --base origin/develop  against another branch
  proofbot run --working-tree         with what is not committed yet
  proofbot run --dry-run              only say what would be built and asked

On GitHub and GitLab, `proofbot ci` finds the revisions by itself, and tells the pull or merge request. In any other CI,
`--forge local` leaves all files: comment.md, report.html, report.json, junit.xml and codequality.json.
"""

_CONFIG = """Shows what is configured for every model, and where each value comes from.

The configuration is .proofbot.yml of the base revision, as for `proofbot run`, and meta.proofbot of the models.

\b
Examples:
  proofbot config                              all models
  proofbot config --select tag:finance         some of them
  proofbot config --config .proofbot.yml       with a file that is not merged yet
  proofbot config --check                      only whether files are well written: fast, without dbt
  proofbot config --schema > proofbot.json     the JSON Schema, for editors
"""


@click.command(help=_RUN)
@click.option("--out", metavar="DIR", type=PATH, help="Where the report's files go.")
@click.option(
    "--forge", type=click.Choice([ForgeKind.LOCAL.value]), help="Leave the files that a CI system reads; docs/ci.md."
)
@click.option("--expect", metavar="FILE", type=PATH, help="What is meant to change; docs/declarations.md.")
@click.option("--dry-run", is_flag=True, help="Say what would be built and asked, and stop.")
@of_revisions
def run(*, out: Path | None, forge: str | None, expect: Path | None, dry_run: bool, **given: Unpack[Given]) -> None:
    """See `_RUN`."""

    def work(console: Console) -> int:
        wanted = replace(
            request(given),
            out=out.absolute() if out else None,
            expect=expect.absolute() if expect else None,
            dry_run=dry_run,
        )
        prove = local_story.run if forge else story.run
        return prove(wanted, console, speaking_to(sys.stdout))

    leave_after(work)


@click.command(help=_CONFIG)
@click.option("--select", metavar="EXPR", multiple=True, help="Only these models, in dbt's selection syntax.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of .proofbot.yml, and stop.")
@click.option("--check", is_flag=True, help="Only say whether FILES are well written. [those of the repository]")
@click.argument("files", nargs=-1, type=PATH)
@of_revisions
def config(
    *,
    select: tuple[str, ...],
    as_json: bool,
    schema: bool,
    check: bool,
    files: tuple[Path, ...],
    **given: Unpack[Given],
) -> None:
    """See `_CONFIG`."""

    def work(console: Console) -> int:
        if files and not check:
            raise UsageError("files are only for --check", remedy="`proofbot config --config FILE` tries a file.")
        if check:
            checking.check(files, Path.cwd(), Console())
        elif schema:
            click.echo(config_story.schema_text(), nl=False)
        else:
            config_story.show(request(given), config_story.Wanted(select, as_json), console, Console())
        return 0

    leave_after(work)
