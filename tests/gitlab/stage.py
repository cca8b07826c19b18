"""What the stories play on: a repository with a dbt project, its merge requests on the fake GitLab, and pipelines."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypedDict, Unpack

from tests import warm
from tests.stories.repositories import git
from tests.stories.shop import BREAKING, Shop
from tests.world.forges.fake_gitlab import FakeGitLab

CONTEXT = "proofbot/shop"
# What GitLab's runner fetches if nobody says otherwise.
_DEPTH = 20


class Kind(StrEnum):
    """What a pipeline of a merge request runs on, as GitLab calls it."""

    DETACHED = "detached"  # the head
    MERGED = "merged_result"  # a merge of the head into its target
    TRAIN = "merge_train"  # the same, on top of the requests before it


class Details(TypedDict, total=False):
    """What a story may say of a merge request."""

    source_project: str
    source_branch: str
    title: str
    description: str
    draft: bool


@dataclass(frozen=True)
class Pipeline:
    """A pipeline with one job of ours: the commit that it runs on, and its variables."""

    number: int
    commit: str
    variables: Mapping[str, str]
    depth: int = _DEPTH

    def where(self, **variables: str) -> Pipeline:
        """The same with other variables."""
        return Pipeline(self.number, self.commit, {**self.variables, **variables}, self.depth)


@dataclass(frozen=True)
class Ran:
    """How a job ended: its exit code, its log, and its folder."""

    code: int
    log: str
    checkout: Path

    def file(self, name: str) -> str:
        """A file that the job has left for its artifacts."""
        return (self.checkout / ".proofbot" / "report" / name).read_text(encoding="utf-8")


class Stage:
    """One project on a fake GitLab, and as many checkouts as there are pipelines.

    Args:
        folder: for the repository and the checkouts.
        gitlab: where it is.
        files: that are there beside the project's.
    """

    def __init__(self, folder: Path, gitlab: FakeGitLab, files: Mapping[str, str] | None = None) -> None:
        self.gitlab = gitlab
        self.shop = Shop(folder / "there" / "shop", "refs/merge-requests", files)
        self._folder = folder
        self._numbers = itertools.count(501)

    # What people do

    def open(self, iid: int = 7, *, changes: Mapping[str, str] = BREAKING, **details: Unpack[Details]) -> str:
        """Opens a merge request with these changes; returns its head. `source_project` makes it one of a fork."""
        base = self.shop.tip("main")
        head = self.shop.branch_off(iid, changes)
        self.gitlab.add_merge_request(iid, head=head, base=base, **details)
        if details.get("source_project"):  # its branch is in another repository
            self.shop.forget_branch(iid)
        return head

    def push(self, iid: int = 7, *, changes: Mapping[str, str]) -> str:
        """Pushes another commit to a merge request; returns it."""
        head = self.shop.push(iid, changes)
        self.gitlab.push(iid, head)
        return head

    # What GitLab starts

    def pipeline(
        self, iid: int = 7, *, kind: Kind = Kind.DETACHED, token: str | None = None, project: str = ""
    ) -> Pipeline:
        """A pipeline of a merge request as it is now.

        Args:
            token: the project's variable PROOFBOT_GITLAB_TOKEN; without one, that of a bot with the role Developer.
            project: the fork that it runs in, if it is not the merge request's own project.
        """
        request, number = self.gitlab.request(iid), next(self._numbers)
        commit = request.head if kind is Kind.DETACHED else self.shop.tip(self.shop.ref(iid, "merge"))
        end = {Kind.DETACHED: "head", Kind.MERGED: "merge", Kind.TRAIN: "train"}[kind]
        if not project:
            merged = () if kind is Kind.DETACHED else (self.shop.tip("main"), request.head)
            self.gitlab.add_commit(commit, "" if merged else request.source_branch, parents=merged)
            self.gitlab.add_pipeline(number, commit, ref=f"refs/merge-requests/{iid}/{end}")
        source = request.source.path if request.source else ""
        told = {
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_COMMIT_REF_NAME": request.source_branch,
            "CI_MERGE_REQUEST_IID": str(iid),
            "CI_MERGE_REQUEST_REF_PATH": f"refs/merge-requests/{iid}/{end}",
            "CI_MERGE_REQUEST_EVENT_TYPE": kind.value,
            "CI_MERGE_REQUEST_PROJECT_PATH": self.gitlab.repository,
            "CI_MERGE_REQUEST_PROJECT_ID": str(self.gitlab.project.number),
            "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": source,
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": str(request.source.number if request.source else ""),
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": request.source_branch,
            "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "" if kind is Kind.DETACHED else request.head,
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": request.target_branch,
            "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": "" if kind is Kind.DETACHED else self.shop.tip("main"),
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": request.base,
            "CI_MERGE_REQUEST_TITLE": request.title,
            "CI_MERGE_REQUEST_DESCRIPTION": request.description,
            "CI_MERGE_REQUEST_LABELS": ",".join(request.labels),
            "CI_MERGE_REQUEST_DRAFT": str(request.is_draft).lower(),
        }
        job_token = {} if project else {"PROOFBOT_GITLAB_TOKEN": token or self.gitlab.api_token()}
        return self._pipeline(number, commit, {**told, **({} if token == "" else job_token)}, project)

    def branch_pipeline(self, source: str, **variables: str) -> Pipeline:
        """A pipeline of the default branch, started by a `push` or a `schedule`."""
        commit, number = self.shop.tip("main"), next(self._numbers)
        self.gitlab.add_commit(commit, "main")
        self.gitlab.add_pipeline(number, commit, ref="main", source=source)
        told = {"CI_PIPELINE_SOURCE": source, "CI_COMMIT_REF_NAME": "main", "CI_COMMIT_BRANCH": "main", **variables}
        return self._pipeline(number, commit, {**told, "PROOFBOT_GITLAB_TOKEN": self.gitlab.api_token()}, "")

    def _pipeline(self, number: int, commit: str, told: Mapping[str, str], project: str) -> Pipeline:
        job, path = number + 8500, project or self.gitlab.repository
        if not project:
            self.gitlab.add_job(job, pipeline=number)
        git(self.shop.folder, "update-ref", f"refs/pipelines/{number}", commit)
        of_all = {
            "CI": "true",
            "GITLAB_CI": "true",
            "CI_SERVER_URL": self.gitlab.server_url,
            "CI_API_V4_URL": self.gitlab.api_url,
            "CI_PROJECT_PATH": path,
            "CI_PROJECT_ID": str(self.gitlab.project.number if not project else 99),
            "CI_PROJECT_URL": f"{self.gitlab.server_url}/{path}",
            "CI_DEFAULT_BRANCH": "main",
            "CI_COMMIT_SHA": commit,
            "CI_PIPELINE_ID": str(number),
            "CI_JOB_ID": str(job),
            "CI_JOB_URL": f"{self.gitlab.server_url}/{path}/-/jobs/{job}",
            "CI_JOB_TOKEN": self.gitlab.job_token(job, project=project or None),
        }
        return Pipeline(number, commit, {**of_all, **told})

    # What runs

    def check_out(self, pipeline: Pipeline) -> Path:
        """What the runner fetches for a pipeline: its commit and some before, and no branch."""
        checkout = self._folder / f"builds-{pipeline.number}" / "shop"
        shutil.rmtree(checkout, ignore_errors=True)
        checkout.mkdir(parents=True)
        ref = f"refs/pipelines/{pipeline.number}"
        git(checkout, "init", "-q")
        git(checkout, "remote", "add", "origin", self.shop.folder.as_uri())
        # By this gitlab-ci-local knows where it is. Nothing is fetched from there.
        git(checkout, "remote", "add", "gcl-origin", f"{self.gitlab.server_url}/{self.gitlab.repository}.git")
        depth = [f"--depth={pipeline.depth}"] if pipeline.depth else []
        git(checkout, "fetch", "-q", "--no-tags", *depth, "origin", f"+{ref}:{ref}")
        git(checkout, "checkout", "-q", "--detach", pipeline.commit)
        return checkout

    @property
    def home(self) -> Path:
        """The home of the runner's user."""
        folder = self._folder / "home"
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def kept(self) -> Path:
        """What jobs keep for those after them, where no cache of GitLab's is in between."""
        return self._folder / "kept"

    def run(self, pipeline: Pipeline, *arguments: str) -> Ran:
        """Runs `proofbot ci`, or what else is named, as a job of the template does."""
        checkout = self.check_out(pipeline)
        environment = {
            "PATH": os.pathsep.join([str(warm.proofbot().parent), "/usr/bin", "/bin"]),
            "HOME": str(self.home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "CI_PROJECT_DIR": str(checkout),
            "PROOFBOT_DBT": str(warm.dbt()),
            "PROOFBOT_OUT": ".proofbot/report",
            "PROOFBOT_CACHE_DIR": str(self.kept),
        }
        done = subprocess.run(
            [str(warm.proofbot()), *(arguments or ["ci"])],
            cwd=checkout,
            env={**environment, **pipeline.variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=280,
        )
        return Ran(done.returncode, done.stdout, checkout)

    # What comes of it

    def states(self, commit: str) -> list[str]:
        """The states that our status of a commit has had, the oldest first."""
        return [word.state for word in self.gitlab.words(commit, CONTEXT)]

    def bodies(self, iid: int = 7) -> list[str]:
        """The notes of bots on a merge request."""
        return [note.body for note in self.gitlab.notes(iid) if note.author.is_bot]
