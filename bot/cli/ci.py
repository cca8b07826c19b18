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

from bot.cli import doors
from bot.cli.exits import leave_after
from bot.cli.options import PATH, Given, Project, of_a_project, request
from bot.core import slugs
from bot.core.occasions import Wishes
from bot.domain import ForgeKind, Happening
from bot.errors import UsageError
from bot.run import ci as story
from bot.run import cleanup as cleaning
from bot.run import conclude as concluding
from bot.run import publish as publishing
from bot.run.cleanup import CleanupWish
from bot.run.proving import Job
from bot.run.publishing import Desk
from bot.world.forges.retries import Retries
from bot.world.workspace import root

_CI = """Does what the event of this CI job asks for.

\b
  a pull or merge request         proves it: one comment, one commit status
  a merge queue, a merge train    proves it: one commit status
  a draft                         the status is pending until it is ready
  a comment /proofbot ...         answers it
  a push to the default branch    builds the origin that pull requests start from
  a pull request was closed       removes what is left of it (GitLab: cleanup --pr)
  a schedule                      removes what is old
  another workflow has ended      publishes the report that it left (for forks)

Everything is taken from the environment of GitHub Actions, or of GitLab CI. The token is PROOFBOT_GITHUB_TOKEN or
GITHUB_TOKEN there, PROOFBOT_GITLAB_TOKEN or GITLAB_TOKEN here.
"""

_PUBLISH = """Publishes the report that another workflow's run has left, as data: for requests from forks.

For a job on `workflow_run`, with a token that may write. Nothing of the request is run, imported or unpacked.
"""

_CONCLUDE = """Ends what a run that was killed left open: its commit status, its folders.

For a last step with `if: always()`, and for `after_script` on GitLab.
"""

_CLEANUP = """Removes what proofbot made and nobody needs any more, by its own records and names, and nothing else.

\b
Examples:
  proofbot cleanup --pr 42            what is left of a pull request
  proofbot cleanup --older-than 7d    what nobody used for a week

What dead runs left in the warehouse of dbt's profile is dropped, too.
"""

_IN_A_WORKFLOW = "Let it run in a workflow of its own; examples/github/fork-publish.yml is one."
_BY_MEMBERS = "On GitLab, somebody who may starts `Run pipeline` on the fork's merge request instead."


@click.command(help=_CI)
@click.option("--out", metavar="DIR", type=PATH, envvar="PROOFBOT_OUT", help="Where the report's files go.")
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
        door = doors.of(os.environ)
        occasion = door.load(os.environ)
        place, log = occasion.place, _logger(console)
        revisions: Given = {**given, "base": None, "head": None, "working_tree": False}
        wanted = replace(request(revisions), out=out.absolute() if out else None)
        name = slugs.slug(story.project_folder(wanted), place.repository, slug)
        desk = Desk(door.forge(place, os.environ, None, log), name, place, log)
        in_a_hurry = Retries(3, attempt_seconds=3, write_seconds=0)
        last_words = replace(desk, forge=door.forge(place, os.environ, in_a_hurry, _silence))
        job = Job(occasion, wanted, desk, last_words, os.environ, older_than)
        return story.run(job, Wishes(on_draft=on_draft), console, Console())

    leave_after(work)


@click.command(help=_PUBLISH)
@click.option("--slug", metavar="NAME", envvar="PROOFBOT_SLUG", help="Whose gate it is where there is no report.")
def publish(*, slug: str | None) -> None:
    """See `_PUBLISH`."""

    def work(console: Console) -> int:
        door = doors.of(os.environ)
        occasion = door.load(os.environ)
        place, log = occasion.place, _logger(console)
        if occasion.happening is not Happening.FINISHED:
            raise UsageError(
                f"`proofbot publish` is for events of type workflow_run, and this is {occasion.words}",
                remedy=_BY_MEMBERS if place.forge is ForgeKind.GITLAB else _IN_A_WORKFLOW,
            )
        name = slugs.slug(None, place.repository, slug)
        return publishing.publish(Desk(door.forge(place, os.environ, None, log), name, place, log), occasion)

    leave_after(work)


@click.command(help=_CONCLUDE)
def conclude() -> None:
    """See `_CONCLUDE`."""

    def work(console: Console) -> int:
        door = doors.of(os.environ)
        place = door.load(os.environ).place
        forge = door.forge(place, os.environ, None, _silence)  # the step before has said what is missing
        return concluding.conclude(forge, place, root(), _logger(console))

    leave_after(work)


@click.command(help=_CLEANUP)
@click.option(
    "--pr", "number", metavar="N", type=click.IntRange(min=1), help="What is left of this pull or merge request."
)
@click.option("--older-than", metavar="AGE", help="What nobody used for so long: 7d, 12h, 30m.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@of_a_project
def cleanup(*, number: int | None, older_than: str | None, dry_run: bool, **given: Unpack[Project]) -> None:
    """See `_CLEANUP`."""

    def work(console: Console) -> int:
        of_project = request({**given, "base": None, "head": None, "working_tree": False})
        repository = doors.of(os.environ).repository(os.environ)
        wish = CleanupWish(number, older_than, dry_run, repository=repository, request=of_project)
        return cleaning.cleanup(wish, _logger(console))

    leave_after(work)


def _silence(_words: str) -> None:
    """For whom all was said before."""


def _logger(console: Console) -> Callable[[str], None]:
    return lambda words: console.print(Text(words), soft_wrap=True)
