"""The commands for CI: `ci` does what the event asks for, `conclude` and `cleanup` leave things tidy."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Unpack

import click
from rich.console import Console
from rich.text import Text

from bot.cli.exits import leave_after
from bot.cli.options import PATH, Given, Project, of_a_project, request
from bot.core import slugs
from bot.core.occasions import Wishes
from bot.domain import Happening, Place
from bot.errors import UsageError
from bot.run import ci as story
from bot.run import cleanup as cleaning
from bot.run import conclude as concluding
from bot.run import publish as publishing
from bot.run.cleanup import CleanupWish
from bot.run.proving import Job
from bot.run.publishing import Desk
from bot.world.forges import github_events
from bot.world.forges.contract import Forge, ForgeError
from bot.world.forges.github import GitHub
from bot.world.forges.nobody import Nobody
from bot.world.forges.retries import Retries
from bot.world.workspace import root

_CI = """Does what the event of this CI job asks for.

\b
  a pull request, a merge queue   proves it: one comment, one commit status
  a draft                         the status is pending until it is ready
  a comment /proofbot ...         answers it
  a push to the default branch    builds the origin that pull requests start from
  a pull request was closed       removes what is left of it
  a schedule                      removes what is old
  another workflow has ended      publishes the report that it left (for forks)

Everything is taken from the environment of GitHub Actions. The token is PROOFBOT_GITHUB_TOKEN, or GITHUB_TOKEN.
"""

_PUBLISH = """Publishes the report that another workflow's run has left, as data: for requests from forks.

For a job on `workflow_run`, with a token that may write. Nothing of the request is run, imported or unpacked.
"""

_CONCLUDE = """Ends what a run that was killed left open: its commit status, its folders.

For a last step with `if: always()`.
"""

_CLEANUP = """Removes what proofbot made and nobody needs any more, by its own records and names, and nothing else.

\b
Examples:
  proofbot cleanup --pr 42            what is left of a pull request
  proofbot cleanup --older-than 7d    what nobody used for a week
"""


@click.command(help=_CI)
@click.option("--out", metavar="DIR", type=PATH, envvar="PROOFBOT_OUT", help="Where comment.md and report.json go.")
@click.option("--slug", metavar="NAME", envvar="PROOFBOT_SLUG", help="The project's name in comments and statuses.")
@click.option("--on-draft/--no-on-draft", envvar="PROOFBOT_ON_DRAFT", help="Prove drafts, too.")
@click.option(
    "--older-than",
    metavar="AGE",
    default="7d",
    show_default=True,
    envvar="PROOFBOT_OLDER_THAN",
    help="What a schedule removes.",
)
@of_a_project
def ci(*, out: Path | None, slug: str | None, on_draft: bool, older_than: str, **given: Unpack[Project]) -> None:
    """See `_CI`."""

    def work(console: Console) -> int:
        occasion = github_events.load(os.environ)
        revisions: Given = {**given, "base": None, "head": None, "working_tree": False}
        wanted = replace(request(revisions), out=out.absolute() if out else None)
        name = slugs.slug(story.project_folder(wanted), occasion.place.repository, slug)
        desk = Desk(_forge(occasion.place), name, occasion.place, _logger(console))
        last_words = replace(desk, forge=_forge(occasion.place, in_a_hurry=True))
        job = Job(occasion, wanted, desk, last_words, os.environ, older_than)
        return story.run(job, Wishes(on_draft=on_draft), console, Console())

    leave_after(work)


@click.command(help=_PUBLISH)
@click.option("--slug", metavar="NAME", envvar="PROOFBOT_SLUG", help="Whose gate it is where there is no report.")
def publish(*, slug: str | None) -> None:
    """See `_PUBLISH`."""

    def work(console: Console) -> int:
        occasion = github_events.load(os.environ)
        if occasion.happening is not Happening.FINISHED:
            raise UsageError(
                f"`proofbot publish` is for events of type workflow_run, and this is {occasion.words}",
                remedy="Let it run in a workflow of its own; examples/github/fork-publish.yml is one.",
            )
        name = slugs.slug(None, occasion.place.repository, slug)
        return publishing.publish(Desk(_forge(occasion.place), name, occasion.place, _logger(console)), occasion)

    leave_after(work)


@click.command(help=_CONCLUDE)
def conclude() -> None:
    """See `_CONCLUDE`."""

    def work(console: Console) -> int:
        place = github_events.load(os.environ).place
        return concluding.conclude(_forge(place), place, root(), _logger(console))

    leave_after(work)


@click.command(help=_CLEANUP)
@click.option("--pr", "number", metavar="N", type=click.IntRange(min=1), help="What is left of this pull request.")
@click.option("--older-than", metavar="AGE", help="What nobody used for so long: 7d, 12h, 30m.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def cleanup(*, number: int | None, older_than: str | None, dry_run: bool) -> None:
    """See `_CLEANUP`."""

    def work(console: Console) -> int:
        wish = CleanupWish(number, older_than, dry_run, repository=os.environ.get("GITHUB_REPOSITORY") or None)
        return cleaning.cleanup(wish, _logger(console))

    leave_after(work)


def _forge(place: Place, *, in_a_hurry: bool = False) -> Forge:
    token = os.environ.get("PROOFBOT_GITHUB_TOKEN") or os.environ.get("GITHUB_TOKEN")
    if not token:
        return Nobody("there is no token: pass `token: ${{ github.token }}`, or set PROOFBOT_GITHUB_TOKEN")
    try:
        return GitHub(place, token, Retries(3, attempt_seconds=3, write_seconds=0) if in_a_hurry else None)
    except ForgeError as error:
        return Nobody(str(error))


def _logger(console: Console) -> Callable[[str], None]:
    return lambda words: console.print(Text(words), soft_wrap=True)
