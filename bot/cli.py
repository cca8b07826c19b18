"""The door: arguments and environment become values, exit codes leave."""

from __future__ import annotations

import errno
import importlib.metadata
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TypedDict, TypeVar, Unpack

import click
import yaml
from rich.console import Console
from rich.text import Text

from bot import run as story
from bot.errors import EnvironmentFailure, Interrupted, ProofbotError, UsageError
from bot.run import config as config_story

_ABOUT = """Proves what a pull request of a dbt project does to the data.

proofbot builds the project before and after the change, side by side and with the same names, asks both builds the
same questions, and says what differs: rows, keys, columns, values, failures. Your checkout, your databases and your
target folder are never touched.

\b
Exit codes:
  0  the gate is open
  1  the gate is closed by a finding
  2  the call or the configuration is wrong
  3  proofbot or something it needs failed
"""

_RUN = """Compares the head of a request with the commit where it left the base.

\b
Examples:
  proofbot run                        this branch against the default branch
  proofbot run --base origin/develop  against another branch
  proofbot run --working-tree         with what is not committed yet
  proofbot run --dry-run              only say what would be built and asked
"""

_CONFIG = """Shows what is configured for every model, and where each value comes from.

The configuration is .proofbot.yml of the base revision, as for `proofbot run`, and meta.proofbot of the models.

\b
Examples:
  proofbot config                              all models
  proofbot config --select tag:finance         some of them
  proofbot config --config .proofbot.yml       with a file that is not merged yet
  proofbot config --schema > proofbot.json     the JSON Schema, for editors
"""


@click.group(help=_ABOUT, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(importlib.metadata.version("proofbot"), prog_name="proofbot")
def main() -> None:
    """See `_ABOUT`."""


class _Given(TypedDict):
    """The options that say which project, at which revisions, and how dbt is run."""

    base: str | None
    head: str | None
    working_tree: bool
    project_dir: Path | None
    profiles_dir: Path | None
    profile: str | None
    target: str | None
    variables: str
    config: Path | None
    verbose: bool


_PATH = click.Path(path_type=Path)
_PROJECT_OPTIONS = (
    click.option(
        "--base", metavar="REV", help="Compare with the merge base of this revision and head. [default branch]"
    ),
    click.option("--head", metavar="REV", help="The revision to prove. [HEAD]"),
    click.option("--working-tree", is_flag=True, help="Take uncommitted changes on top of HEAD as the head."),
    click.option("--project-dir", metavar="DIR", type=_PATH, help="The folder of dbt_project.yml."),
    click.option("--profiles-dir", metavar="DIR", type=_PATH, help="The folder of profiles.yml."),
    click.option("--profile", metavar="P", help="The profile to use. [the project's]"),
    click.option("--target", metavar="T", help="The target to use. [the profile's]"),
    click.option("--vars", "variables", metavar="YAML", default="", help="Variables for dbt, as dbt's own --vars."),
    click.option(
        "--config", metavar="FILE", type=_PATH, help="Try this configuration. [.proofbot.yml of the base revision]"
    ),
    click.option("-v", "--verbose", is_flag=True, help="Show more: every statement, every default."),
)
_Command = TypeVar("_Command", bound=Callable[..., None])


def _of_a_project(command: _Command) -> _Command:
    for option in reversed(_PROJECT_OPTIONS):
        command = option(command)
    return command


@main.command(help=_RUN)
@click.option("--out", metavar="DIR", type=_PATH, help="Where comment.md and report.json go.")
@click.option("--dry-run", is_flag=True, help="Say what would be built and asked, and stop.")
@_of_a_project
def run(*, out: Path | None, dry_run: bool, **given: Unpack[_Given]) -> None:
    """See `_RUN`."""

    def work(console: Console) -> int:
        request = replace(_request(given), out=out.absolute() if out else None, dry_run=dry_run)
        return story.run(request, console, Console())

    _leave_after(work)


@main.command(help=_CONFIG)
@click.option("--select", metavar="EXPR", multiple=True, help="Only these models, in dbt's selection syntax.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of .proofbot.yml, and stop.")
@_of_a_project
def config(*, select: tuple[str, ...], as_json: bool, schema: bool, **given: Unpack[_Given]) -> None:
    """See `_CONFIG`."""

    def work(console: Console) -> int:
        if schema:
            click.echo(config_story.schema_text(), nl=False)
        else:
            config_story.show(_request(given), config_story.Wanted(select, as_json), console, Console())
        return 0

    _leave_after(work)


def _request(given: _Given) -> story.Request:
    if given["working_tree"] and given["head"]:
        raise UsageError("--working-tree and --head exclude each other", remedy="Give one of them.")
    return story.Request(
        here=Path.cwd(),
        base=given["base"],
        head=given["head"],
        working_tree=given["working_tree"],
        project_dir=_absolute(given["project_dir"]),
        profiles_dir=_profiles_dir(given["profiles_dir"]),
        profile=given["profile"] or os.environ.get("DBT_PROFILE"),
        target=given["target"] or os.environ.get("DBT_TARGET"),
        variables=_check_variables(given["variables"]),
        variables_text=given["variables"],
        out=None,
        dry_run=False,
        verbose=given["verbose"],
        config=_absolute(given["config"]),
    )


def _absolute(path: Path | None) -> Path | None:
    return path.absolute() if path else None


def _leave_after(work: Callable[[Console], int]) -> None:
    """Does the work, and exits with its code, or with that of what went wrong."""
    console = Console(stderr=True)
    try:
        _listen_for_the_end()
        code = work(console)
    except ProofbotError as error:
        code = _complain(console, error)
    except OSError as error:
        code = _complain(console, EnvironmentFailure(f"the system failed: {error}", remedy=_remedy(error)))
    except Exception:  # noqa: BLE001 (the last resort: a crash must not look like a finding, which exits with 1)
        console.print_exception()
        code = _complain(console, EnvironmentFailure("this is a defect of proofbot", remedy="Please report it."))
    sys.exit(code)


def _remedy(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "Make room on the disk, or name a folder on another one by the environment variable PROOFBOT_CACHE_DIR."
    return "Check the file that it names, and its permissions."


def _complain(console: Console, error: ProofbotError) -> int:
    console.print(Text("proofbot: ", style="bold red") + Text(str(error)), soft_wrap=True)
    console.print(Text(f"  {error.remedy}"), soft_wrap=True)
    return error.exit_code


def _profiles_dir(named: Path | None) -> Path | None:
    if named:
        return named.absolute()
    told = os.environ.get("DBT_PROFILES_DIR")
    return Path(told).expanduser().absolute() if told else None


def _check_variables(text: str) -> dict[str, object]:
    try:
        parsed = yaml.safe_load(text) if text else {}
    except yaml.YAMLError as error:
        raise UsageError(f"--vars is not valid YAML: {error}", remedy="Write it as '{name: value}'.") from None
    if not isinstance(parsed, dict):
        raise UsageError("--vars must be a mapping", remedy="Write it as '{name: value}'.")
    return {str(name): value for name, value in parsed.items()}


def _listen_for_the_end() -> None:
    """Lets SIGTERM, and a terminal that is closed, end the run as Ctrl-C does: children stopped, folders removed."""
    ends = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as `nohup` sets it
        ends.append(signal.SIGHUP)

    def stop(number: int, _frame: FrameType | None) -> None:
        for again in ends:
            signal.signal(again, signal.SIG_IGN)  # the cleaning up that follows must not be cut short
        raise Interrupted(f"the run was stopped by {signal.Signals(number).name}", remedy="Start it again.")

    for number in ends:
        signal.signal(number, stop)
