"""The files that let GitHub or GitLab run proofbot: what examples/github and examples/gitlab hold, for one project."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.errors import UsageError

_CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
_PLAIN = re.compile(r"[A-Za-z0-9_./][\w./=*-]*")
_LIKE_SECRETS = re.compile(r"pass|secret|token|key|pwd|credential|private", re.IGNORECASE)
_UNFIT = re.compile(r"[^a-z0-9]+")
_SPOKEN_OF = "contains(format('{0} {1}', github.event.changes.body.from, github.event.pull_request.body), 'proofbot')"
_UNTOLD = (
    f"github.event.action == 'edited' && !github.event.changes.base && !(github.event.changes.body && {_SPOKEN_OF})"
)
_REQUEST = "${{ github.event.pull_request.number || github.event.inputs.pr || github.ref }}"


@dataclass(frozen=True)
class Job:
    """What a CI job needs to prove the project.

    `adapter` is what pip installs: `dbt-duckdb==1.11.*`, and `core` with it: `dbt-core==1.11.*`, empty where any will
    do, as an adapter goes with several of them. `project_dir` is the project's folder from the repository's root, empty
    where it is the root; `profiles_dir` likewise, empty where it is the project's. `profile`, `target` and `variables`
    are given where they are not the project's own. `environment` are the variables that must be set. `release` is
    proofbot's version.
    """

    release: str
    adapter: str
    core: str = ""
    project_dir: str = ""
    profiles_dir: str = ""
    profile: str = ""
    target: str = ""
    variables: str = ""
    environment: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`proofbot`, with the project's folder where it is not the root: one for each project of a repository."""
        folder = _UNFIT.sub("-", self.project_dir.lower()).strip("-")
        return f"proofbot-{folder}" if folder else "proofbot"


def is_secret(variable: str) -> bool:
    """Returns whether a variable is called like something that nobody may read."""
    return variable.startswith("DBT_ENV_SECRET_") or _LIKE_SECRETS.search(variable) is not None


def github(job: Job) -> str:
    """Returns the text of the workflow: that of examples/github/pull-request.yml.

    Raises:
        UsageError: a folder is called like an expression of GitHub's, which the workflow would compute.
    """
    adapter = f"|\n            {job.adapter}\n            {job.core}" if job.core else job.adapter
    inputs = "".join(f"          {name}: {value}\n" for name, value in _inputs(job, "dbt-adapter", adapter))
    given = "".join(f"          {name}: {_reference(name)}\n" for name in job.environment)
    environment = f"        env: # what profiles.yml or the project reads\n{given}" if given else ""
    return _GITHUB.format(
        title=_scalar("the project's folder", f"proofbot {job.project_dir}".strip()),
        job=job.name,
        spoken_of=_SPOKEN_OF,
        untold=_UNTOLD,
        request=_REQUEST,
        checkout=_CHECKOUT,
        release=job.release,
        inputs=inputs,
        environment=environment,
    )


def gitlab(job: Job) -> str:
    """Returns the text of the configuration: that of examples/gitlab/component.gitlab-ci.yml."""
    named = [("job", job.name)] if job.project_dir else []
    inputs = "".join(
        f"      {name}: {value}\n"
        for name, value in [*named, *_inputs(job, "image", f"proofbot/proofbot:{job.release}")]
    )
    return _GITLAB.format(adapter=f"{job.adapter} {job.core}".strip(), release=job.release, inputs=inputs)


def _inputs(job: Job, first: str, value: str) -> Iterator[tuple[str, str]]:
    yield first, value
    told = {
        "project-dir": job.project_dir,
        "profiles-dir": job.profiles_dir,
        "profile": job.profile,
        "target": job.target,
        "vars": job.variables,
    }
    for name, text in told.items():
        if text:
            yield name, _scalar(name, text)


def _scalar(name: str, text: str) -> str:
    if "${{" in text or "$[[" in text:
        raise UsageError(
            f"{name} is {text!r}, which a CI system would compute", remedy="Give the folder or value another name."
        )
    return text if _PLAIN.fullmatch(text) and not text[0].isdigit() else json.dumps(text, ensure_ascii=False)


def _reference(variable: str) -> str:
    return f"${{{{ {'secrets' if is_secret(variable) else 'vars'}.{variable} }}}}"


_GITHUB = """\
# proofbot proves every pull request of this repository, and the merge queue: docs/github.md of proofbot tells the rest.
# Its examples/github has more: forks, commands in comments, cleaning up. Written by `proofbot init`, yours from now on.
name: {title}

on:
  pull_request:
    types: [opened, synchronize, reopened, ready_for_review, converted_to_draft, edited]
  merge_group:
  workflow_dispatch:
    inputs:
      pr:
        description: The number of the pull request to prove
        required: true
      head:
        description: The commit that you have read; needed for a request from a fork

permissions: {{}}

# A new commit, another base, or another declaration in the description makes the proof of the last one worthless; a new
# title does not.
concurrency:
  group: {job}-{request}${{{{ {untold} && github.run_id || '' }}}}
  cancel-in-progress: true

jobs:
  prove:
    # Requests from forks, and Dependabot's, get no right to write: they are left to fork-run.yml and fork-publish.yml.
    if: >-
      (github.event_name != 'pull_request' || (github.event.pull_request.head.repo.full_name == github.repository
      && github.event.pull_request.user.login != 'dependabot[bot]'))
      && (github.event.action != 'edited' || github.event.changes.base
      || (github.event.changes.body && {spoken_of}))
    runs-on: ubuntu-latest
    timeout-minutes: 60
    permissions:
      contents: read
      pull-requests: write # the comment
      statuses: write # the gate
    steps:
      - uses: {checkout}
        with:
          fetch-depth: 0 # back to where the request left its base
          persist-credentials: false
      - uses: proofbot/proofbot@v{release} # better the commit of this release: a tag can be moved
        with:
{inputs}{environment}"""

_GITLAB = """\
# proofbot proves every merge request: docs/gitlab.md of proofbot tells the rest. Written by `proofbot init`,
# yours from now on. On a GitLab of your own, mirror the project of the component there first. The image needs
# {adapter}: docs/image.md.
include:
  - component: gitlab.com/proofbot/proofbot/proofbot@{release} # the release that you take
    inputs:
      stage: test
{inputs}"""
