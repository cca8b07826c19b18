"""The options that commands share, and what becomes of them: a `Request`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, TypeVar

import click

from bot.errors import UsageError

if TYPE_CHECKING:
    from bot.run.stage import Request

PATH = click.Path(path_type=Path)
_Command = TypeVar("_Command", bound=Callable[..., None])


class Project(TypedDict):
    """The options that say which project, and how dbt is run."""

    project_dir: Path | None
    profiles_dir: Path | None
    profile: str | None
    target: str | None
    variables: str
    config: Path | None
    state: str | None
    verbose: bool


class Given(Project):
    """The same, and which revisions."""

    base: str | None
    head: str | None
    working_tree: bool


_REVISIONS = (
    click.option(
        "--base", metavar="REV", help="Compare with the merge base of this revision and head. [default branch]"
    ),
    click.option("--head", metavar="REV", help="The revision to prove. [HEAD]"),
    click.option("--working-tree", is_flag=True, help="Take uncommitted changes on top of HEAD as the head."),
)
_PROJECT = (
    click.option(
        "--project-dir",
        metavar="DIR",
        type=PATH,
        envvar="PROOFBOT_PROJECT_DIR",
        help="The folder of dbt_project.yml.",
    ),
    click.option(
        "--profiles-dir",
        metavar="DIR",
        type=PATH,
        envvar=["PROOFBOT_PROFILES_DIR", "DBT_PROFILES_DIR"],
        help="The folder of profiles.yml.",
    ),
    click.option(
        "--profile",
        metavar="P",
        envvar=["PROOFBOT_PROFILE", "DBT_PROFILE"],
        help="The profile to use. [the project's]",
    ),
    click.option(
        "--target", metavar="T", envvar=["PROOFBOT_TARGET", "DBT_TARGET"], help="The target to use. [the profile's]"
    ),
    click.option(
        "--vars",
        "variables",
        metavar="YAML",
        default="",
        envvar="PROOFBOT_VARS",
        help="Variables for dbt, as dbt's own --vars.",
    ),
    click.option(
        "--config",
        metavar="FILE",
        type=PATH,
        envvar="PROOFBOT_CONFIG",
        help="Try this configuration. [.proofbot.yml of the base revision]",
    ),
    click.option(
        "--state",
        metavar="PATH",
        envvar="PROOFBOT_STATE",
        help="Take production as the origin: the folder or the address of its manifest.json; docs/origin.md.",
    ),
    click.option("-v", "--verbose", is_flag=True, help="Show more: every statement, every default."),
)


def of_a_project(command: _Command) -> _Command:
    """Adds the options of `Project`."""
    for option in reversed(_PROJECT):
        command = option(command)
    return command


def of_revisions(command: _Command) -> _Command:
    """Adds the options of `Given`."""
    command = of_a_project(command)
    for option in reversed(_REVISIONS):
        command = option(command)
    return command


def request(given: Given) -> Request:
    """What is asked for by the options of `Given`.

    Raises:
        UsageError: they contradict each other, or are malformed.
    """
    from bot.run.stage import Request  # here, because a Tab asks for options only

    if given["working_tree"] and given["head"]:
        raise UsageError("--working-tree and --head exclude each other", remedy="Give one of them.")
    return Request(
        here=Path.cwd(),
        base=given["base"],
        head=given["head"],
        working_tree=given["working_tree"],
        project_dir=_absolute(given["project_dir"]),
        profiles_dir=_absolute(given["profiles_dir"]),
        profile=given["profile"],
        target=given["target"],
        variables=_check_variables(given["variables"]),
        variables_text=given["variables"],
        out=None,
        dry_run=False,
        verbose=given["verbose"],
        config=_absolute(given["config"]),
        state=_state(given["state"]),
    )


def _state(given: str | None) -> str | None:
    """A path that starts here, or an address as it is."""
    return given if not given or "://" in given else str(_absolute(Path(given)))


def _absolute(path: Path | None) -> Path | None:
    return Path(os.path.expanduser(path)).absolute() if path else None  # noqa: PTH111 (as dbt does, also for users unknown)


def _check_variables(text: str) -> dict[str, object]:
    import yaml

    try:
        parsed = yaml.safe_load(text) if text else {}
    except yaml.YAMLError as error:
        raise UsageError(f"--vars is not valid YAML: {error}", remedy="Write it as '{name: value}'.") from None
    if not isinstance(parsed, dict):
        raise UsageError("--vars must be a mapping", remedy="Write it as '{name: value}'.")
    return {str(name): value for name, value in parsed.items()}
