"""What the stories play on: a repository with a dbt project, its pull requests on the fake GitHub, and runners.

The workflows are those of examples/github, with the rights that they ask for. Only what they install is left out: the
proofbot and the dbt of the tests lie on the PATH, or are warm.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict, Unpack

from tests import warm
from tests.action import jobs
from tests.action.harness import ROOT, Job
from tests.action.runs import End, Event, Machine
from tests.action.shells import Interruption
from tests.action.stand_ins import Artifact, Call, Services
from tests.stories.repositories import git
from tests.stories.shop import BREAKING, Shop
from tests.world.forges.fake_github import FakeGitHub
from tests.world.forges.fake_github.fake import RunDetails

EXAMPLES = ROOT / "examples" / "github"
CONTEXT = "proofbot/shop"
NOTHING_INSTALLED = {"install": "false", "dbt-adapter": ""}


class Details(TypedDict, total=False):
    """What a story may say of a pull request."""

    head_repository: str
    is_draft: bool


class Stage:
    """One repository `acme/shop` on a fake GitHub, and as many runners as there are runs.

    Args:
        folder: for the repository and the runners.
        github: where it is.
        is_cold: whether proofbot and dbt are those on the PATH, for stories that install others or send signals.
    """

    def __init__(self, folder: Path, github: FakeGitHub, *, is_cold: bool = False) -> None:
        self.github = github
        self.services = Services(on_artifact=self._keep, on_checkout=self._check_out)
        self._shop = Shop(folder / "acme" / "shop", "refs/pull")
        self.repository = self._shop.folder
        self._folder = folder
        self._is_cold = is_cold
        self._runs = itertools.count(7001)

    # What people do

    def open(self, number: int = 7, *, changes: Mapping[str, str] = BREAKING, **details: Unpack[Details]) -> str:
        """Opens a pull request with these changes; returns its head. `head_repository` makes it one of a fork."""
        base = self.tip("main")
        head = self._shop.branch_off(number, changes)
        self.github.add_pull_request(number, head=head, base=base, **details)
        if details.get("head_repository"):  # its branch is in another repository
            self.forget_branch(number)
        return head

    def push(self, number: int = 7, *, changes: Mapping[str, str]) -> str:
        """Pushes another commit to a pull request; returns it."""
        head = self._shop.push(number, changes)
        self.github.push(number, head)
        return head

    def merge_to_main(self, changes: Mapping[str, str]) -> str:
        """A commit on the default branch; returns it."""
        commit = self._shop.commit_to_main(changes)
        self.github.add_commit(commit)
        return commit

    def tip(self, branch: str) -> str:
        """The newest commit of a branch."""
        return self._shop.tip(branch)

    def forget_branch(self, number: int) -> None:
        """Leaves a pull request's commits to its own refs, as those of a fork or of a deleted branch."""
        self._shop.forget_branch(number)

    # What GitHub sends

    def request_event(self, action: str, number: int = 7, *, attempt: int = 1) -> Event:
        """An event of a pull request as it is now, on its test merge."""
        payload = {"action": action, "number": number, "pull_request": self.github.pull_payload(number)}
        ref = self._shop.ref(number, "merge")
        return self._event("pull_request", payload, self._shop.tip(ref), ref, attempt)

    def main_event(self, name: str, payload: Mapping[str, Any]) -> Event:
        """An event whose workflow runs on the default branch."""
        return self._event(name, payload, self.tip("main"), "refs/heads/main", 1)

    def comment_event(self, login: str, words: str, number: int = 7) -> Event:
        """Somebody comments on a pull request."""
        comment = self.github.add_comment(number, login, words)
        told = {"id": comment.number, "body": words, "user": {"login": login, "type": "User"}, "html_url": ""}
        issue = {"number": number, "pull_request": {"url": ""}}
        return self.main_event("issue_comment", {"action": "created", "issue": issue, "comment": told})

    def finished_event(self, event: Event, conclusion: str) -> Event:
        """The run of a fork's request has ended."""
        head = self._note_run(event, conclusion)
        told = {"id": event.run, "run_attempt": event.attempt, "event": event.name, "conclusion": conclusion}
        told |= {"head_sha": head["sha"], "head_branch": head["ref"], "head_repository": head["repo"]}
        return self.main_event("workflow_run", {"action": "completed", "workflow_run": told})

    def _note_run(self, event: Event, conclusion: str | None) -> Mapping[str, Any]:
        """Lets GitHub know of a run of a pull request; returns the request's head."""
        head: Mapping[str, Any] = event.payload["pull_request"]["head"]
        details = RunDetails(attempt=event.attempt, head_branch=head["ref"], conclusion=conclusion)
        details["head_repository"] = head["repo"]["full_name"]
        self.github.add_run(event.run, head["sha"], **details)
        return head

    def _event(self, name: str, payload: Mapping[str, Any], sha: str, ref: str, attempt: int) -> Event:
        about = {"repository": {"full_name": self.github.repository, "default_branch": "main"}}
        return Event(name, {**about, **payload}, sha, ref, next(self._runs), attempt)

    # What runs

    def machine(self, event: Event) -> Machine:
        """The runner of a run: nobody else's."""
        folder = self._folder / f"runner-{event.run}-{event.attempt}"
        beside = Path(sys.executable).parent if self._is_cold else warm.proofbot().parent
        environment = {"PATH": f"{beside}{os.pathsep}/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1"}
        (folder / "home").mkdir(parents=True, exist_ok=True)
        here = f'[url "{self.repository.as_uri()}"]\n\tinsteadOf = {self.github.server_url}/{self.github.repository}\n'
        (folder / "home" / ".gitconfig").write_text(here, encoding="utf-8")
        return Machine(
            folder,
            self.services,
            server_url=self.github.server_url,
            api_url=self.github.api_url,
            repository=self.github.repository,
            environment=environment if self._is_cold else {**environment, "PROOFBOT_DBT": str(warm.dbt())},
        )

    def run(
        self,
        workflow: str,
        event: Event,
        *,
        interruption: Interruption | None = None,
        inputs: Mapping[str, object] = NOTHING_INSTALLED,
    ) -> End | None:
        """Runs an example workflow; None where it does not start. `inputs` replace those of the file."""
        told = jobs.load(EXAMPLES / workflow)
        if event.name == "pull_request":
            self._note_run(event, None)
        job = Job(self.machine(event), event, token=self._token(told, event), interruption=interruption, instead=inputs)
        return jobs.run(told, job, event)

    def _token(self, workflow: jobs.Workflow, event: Event) -> str:
        """What GitHub gives to a job: what the workflow asks for; to a request of a fork no more than reading."""
        scopes = {name.replace("-", "_"): level for name, level in workflow.permissions.items()}
        request = event.payload.get("pull_request")
        if request and request["head"]["repo"]["full_name"] != self.github.repository:
            scopes = dict.fromkeys(scopes, "read")
        return self.github.actions_token(**scopes)

    # What comes of it

    def states(self, commit: str) -> Sequence[str]:
        """The states of a commit's gate, the oldest first."""
        return [status.state for status in self.github.statuses(commit, CONTEXT)]

    def bodies(self, number: int = 7) -> Sequence[str]:
        """The comments of ours on a pull request."""
        return [comment.body for comment in self.github.comments(number, "github-actions[bot]")]

    def _keep(self, artifact: Artifact) -> None:
        self.github.add_artifact(artifact.run, artifact.name, artifact.archive)

    def _check_out(self, call: Call) -> None:
        """As actions/checkout with `fetch-depth: 0`: every branch, and the commit of the run, which is detached."""
        assert call.inputs["fetch-depth"] == "0"
        git(call.workspace, "init", "-q")
        git(call.workspace, "remote", "add", "origin", self.repository.as_uri())
        merge = (
            [f"+{call.ref}:{call.ref.replace('refs', 'refs/remotes', 1)}"] if call.ref.startswith("refs/pull") else []
        )
        git(call.workspace, "fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*", *merge)
        git(call.workspace, "checkout", "-q", "--detach", call.commit)


def started(end: End | None) -> End:
    """The end of a run that must have started."""
    assert end is not None, "the workflow did not start"
    return end
