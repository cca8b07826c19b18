"""Through which door a CI job comes in, and which forge it talks to: its environment says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

from bot.domain import Occasion, Place
from bot.errors import UsageError
from bot.world.forges import github_events, gitlab_events
from bot.world.forges.contract import Forge, ForgeError
from bot.world.forges.github import GitHub
from bot.world.forges.gitlab import GitLab
from bot.world.forges.nobody import Nobody
from bot.world.forges.read_only import ReadOnly
from bot.world.forges.retries import Retries

Environment = Mapping[str, str]
Log = Callable[[str], None]

_NOTHING_TO_WRITE_WITH = (
    "there is no token that may write, so the merge request gets no note and no status; all else is as ever. Make a "
    "project access token with the scope `api` and the role Developer, and keep it as PROOFBOT_GITLAB_TOKEN among the "
    "CI/CD variables, masked and not protected"
)
_IN_A_FORK = (
    "this job is a fork's own and has no token for the project that the merge request is in, which gets no note and no "
    "status; a member can have both by `Run pipeline` on the merge request, after having read what it would run"
)


@dataclass(frozen=True, slots=True)
class Door:
    """What one CI system means to us.

    `load` says why a job of it runs, and raises UsageError where its environment is none. `home` are the variables of
    which the first that is set names the repository. `forge` is whom it talks to, where the environment has the tokens;
    the log is told what is missing.
    """

    load: Callable[[Environment], Occasion]
    home: tuple[str, ...]
    forge: Callable[[Place, Environment, Retries | None, Log], Forge]

    def repository(self, environment: Environment) -> str | None:
        """The repository that a job is about; None outside of jobs."""
        return next((environment[name] for name in self.home if environment.get(name)), None)


def of(environment: Environment) -> Door:
    """The door of the CI system that has set this environment; outside of those that we know, one that refuses."""
    other = next((door for name, door in _OTHERS.items() if environment.get(name) == "true"), None)
    if other is not None:
        return other
    return _GITHUB if any(environment.get(name) for name in _OF_ACTIONS) else _NOWHERE


def _refuse(_environment: Environment) -> NoReturn:
    raise UsageError(
        "this is a job of neither GitHub Actions nor GitLab CI",
        where="environment",
        remedy="Run `proofbot run`; in any other CI `proofbot run --forge local --base REV --head REV`.",
    )


def _github(place: Place, environment: Environment, retries: Retries | None, log: Log) -> Forge:  # noqa: ARG001
    token = environment.get("PROOFBOT_GITHUB_TOKEN") or environment.get("GITHUB_TOKEN")
    if not token:
        return Nobody("there is no token: pass `token: ${{ github.token }}`, or set PROOFBOT_GITHUB_TOKEN")
    try:
        return GitHub(place, token, retries)
    except ForgeError as error:
        return Nobody(str(error))


def _gitlab(place: Place, environment: Environment, retries: Retries | None, log: Log) -> Forge:
    job = environment.get("CI_JOB_TOKEN")
    named = environment.get("PROOFBOT_GITLAB_TOKEN") or environment.get("GITLAB_TOKEN")
    own = named if named != job else None  # under another name it may do no more
    ca_file = environment.get("CI_SERVER_TLS_CA_FILE") or None
    is_abroad = environment.get("CI_PROJECT_PATH", "").lower() != place.repository.lower()
    missing = _IN_A_FORK if is_abroad else _NOTHING_TO_WRITE_WITH
    if not own:
        log(missing)
    try:
        if own:
            return GitLab(place, own, retries, ca_file=ca_file)
        if job:
            return ReadOnly(GitLab(place, job, retries, is_job_token=True, ca_file=ca_file), missing)
    except ForgeError as error:
        return Nobody(str(error))
    return Nobody(missing)


_OF_ACTIONS = ("GITHUB_ACTIONS", "GITHUB_EVENT_PATH", "GITHUB_EVENT_NAME")
_GITHUB = Door(github_events.load, ("GITHUB_REPOSITORY",), _github)
_NOWHERE = replace(_GITHUB, load=_refuse)
# By the variable that such a CI system sets to `true` in its jobs.
_OTHERS: Mapping[str, Door] = {
    "GITLAB_CI": Door(gitlab_events.load, ("CI_MERGE_REQUEST_PROJECT_PATH", "CI_PROJECT_PATH"), _gitlab),
}
