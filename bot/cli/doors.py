"""Through which door a CI job comes in, and which forge it talks to: its environment says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NoReturn

from bot.domain import Diagnosis, Occasion, Place
from bot.errors import UsageError
from bot.world import diagnosing
from bot.world.examining import forges
from bot.world.forges import github_events, gitlab_events
from bot.world.forges.contract import Forge, ForgeError
from bot.world.forges.github import GitHub
from bot.world.forges.gitlab import GitLab
from bot.world.forges.nobody import Nobody
from bot.world.forges.read_only import ReadOnly
from bot.world.forges.retries import Retries

Environment = Mapping[str, str]
Log = Callable[[str], None]

_HAND_ONE = "pass `token: ${{ github.token }}`, or set PROOFBOT_GITHUB_TOKEN"
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
    the log is told what is missing. `examine` says what its tokens may do, and raises UsageError as `load` does.
    """

    load: Callable[[Environment], Occasion]
    home: tuple[str, ...]
    forge: Callable[[Place, Environment, Retries | None, Log], Forge]
    examine: Callable[[Environment], Iterator[Diagnosis]]

    @property
    def is_job(self) -> bool:
        """Whether it is of a CI system that we know."""
        return self is not _NOWHERE

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
    token = _github_token(environment)
    if not token:
        return Nobody(f"there is no token: {_HAND_ONE}")
    try:
        return GitHub(place, token, retries)
    except ForgeError as error:
        return Nobody(str(error))


def _gitlab(place: Place, environment: Environment, retries: Retries | None, log: Log) -> Forge:
    job, own = environment.get("CI_JOB_TOKEN"), _gitlab_token(environment)
    ca_file = environment.get("CI_SERVER_TLS_CA_FILE") or None
    missing = _missing_on_gitlab(place, environment)
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


def _github_token(environment: Environment) -> str | None:
    return environment.get("PROOFBOT_GITHUB_TOKEN") or environment.get("GITHUB_TOKEN") or None


def _gitlab_token(environment: Environment) -> str | None:
    """One that may write: a job's own may do no more under another name."""
    named = environment.get("PROOFBOT_GITLAB_TOKEN") or environment.get("GITLAB_TOKEN")
    return named if named and named != environment.get("CI_JOB_TOKEN") else None


def _missing_on_gitlab(place: Place, environment: Environment) -> str:
    is_abroad = environment.get("CI_PROJECT_PATH", "").lower() != place.repository.lower()
    return _IN_A_FORK if is_abroad else _NOTHING_TO_WRITE_WITH


def _examine_github(environment: Environment) -> Iterator[Diagnosis]:
    occasion, token = github_events.load(environment), _github_token(environment)
    yield diagnosing.well(forges.TOPIC, "CI", f"GitHub Actions, {occasion.words} in {occasion.place.repository}")
    if token:
        yield from _reached(forges.examine_github(occasion.place, token, forges.hurried()))
    else:
        yield diagnosing.ill(forges.TOPIC, "token", "there is none", f"{_HAND_ONE[0].upper()}{_HAND_ONE[1:]}.")


def _examine_gitlab(environment: Environment) -> Iterator[Diagnosis]:
    occasion, token = gitlab_events.load(environment), _gitlab_token(environment)
    place, ca_file = occasion.place, environment.get("CI_SERVER_TLS_CA_FILE") or None
    yield diagnosing.well(forges.TOPIC, "CI", f"GitLab CI, {occasion.words} in {place.repository}")
    if token:
        yield from _reached(forges.examine_gitlab(place, token, forges.hurried(), ca_file))
    else:
        words = f"{_missing_on_gitlab(place, environment)}."
        why, _, remedy = words.partition(". " if ". " in words else "; ")
        yield diagnosing.advise(forges.TOPIC, "token", why, remedy[0].upper() + remedy[1:])


def _examine_nothing(_environment: Environment) -> Iterator[Diagnosis]:
    words = "this is a job of neither GitHub Actions nor GitLab CI, so no token could be tried"
    yield diagnosing.advise(forges.TOPIC, "CI", words, "Run `proofbot doctor` in a CI job, too.")


def _reached(found: Iterator[Diagnosis]) -> Iterator[Diagnosis]:
    """With what keeps a token from being tried at all."""
    try:
        yield from found
    except ForgeError as error:
        yield diagnosing.ill(forges.TOPIC, "token", str(error), "Check the token and the address of the forge.")


_OF_ACTIONS = ("GITHUB_ACTIONS", "GITHUB_EVENT_PATH", "GITHUB_EVENT_NAME")
_GITHUB = Door(github_events.load, ("GITHUB_REPOSITORY",), _github, _examine_github)
_NOWHERE = replace(_GITHUB, load=_refuse, examine=_examine_nothing)
# By the variable that such a CI system sets to `true` in its jobs.
_OTHERS: Mapping[str, Door] = {
    "GITLAB_CI": Door(
        gitlab_events.load, ("CI_MERGE_REQUEST_PROJECT_PATH", "CI_PROJECT_PATH"), _gitlab, _examine_gitlab
    ),
}
