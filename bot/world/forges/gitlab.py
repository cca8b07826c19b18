"""GitLab, on gitlab.com or self-managed, through its REST API.

Sources: https://docs.gitlab.com/api/merge_requests/, /api/notes/, /api/discussions/, /api/commits/#commit-status,
/api/members/, /api/jobs/, /api/job_artifacts/ and /ci/jobs/ci_job_token/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from bot.domain import Comment, CommitStatus, GateState, Permission, Place, PullRequest, Reaction, RunId
from bot.world.forges import gitlab_answers as answers
from bot.world.forges.contract import Refused, Rejected
from bot.world.forges.gitlab_wire import Wire
from bot.world.forges.retries import Retries
from bot.world.forges.wires import Answer, Request, cut_to, nothing, text_of

_DESCRIPTION = 140  # characters, as much as GitHub's status holds: ours say the same everywhere
_STATES = {
    GateState.PENDING: "pending",
    GateState.SUCCESS: "success",
    GateState.FAILURE: "failed",
    GateState.ERROR: "failed",
}
_SAYS_SO_ALREADY = "cannot transition status"
_NO_SUCH_PIPELINE = "pipeline for pipeline_id"
_ON_NO_BRANCH = "references for commit"
_LOCKED = "obtain a lock"
_TAKEN = "already been taken"
_AWARDS = {
    Reaction.SEEN: "eyes",
    Reaction.DONE: "rocket",
    Reaction.REFUSED: "thumbsdown",
    Reaction.PUZZLED: "confused",
}
# A line of a note that starts with a slash may be a command, which GitLab carries out with our rights.
_QUICK_ACTION = re.compile(r"^/", re.MULTILINE)
_LINE_END = re.compile(r"\r\n?")  # GitLab takes the carriage return out


class GitLab:
    """A `Forge`. Nothing is asked before the first verb.

    Args:
        place: where the API is, and the project; which pipeline this is, and on which commit it runs.
        token: of a project, a group or a person; or of a job, which can only read.
        retries: how long to wait for GitLab.
        is_job_token: it is that of a job.
        ca_file: certificates of who vouches for a GitLab of one's own.

    Raises:
        Refused: there is no token.
        Rejected: the API's address is none.
    """

    def __init__(
        self,
        place: Place,
        token: str,
        retries: Retries | None = None,
        *,
        is_job_token: bool = False,
        ca_file: str | None = None,
    ) -> None:
        self._place = place
        self._retries = retries or Retries()
        self._wire = Wire(place, token, self._retries, is_job_token=is_job_token, ca_file=ca_file)
        self._home = f"/projects/{quote(place.repository, safe='')}"
        self._login = ""
        self._aims: dict[str, tuple[str, int | None]] = {}

    def whoami(self) -> str:
        """The name of the user whose token this is."""
        if not self._login:
            request = Request("GET", "/user", "tell whose token it is")
            self._login = self._wire.ask(request, lambda answer: text_of(answer.data["username"]))
        return self._login

    def pull_request(self, number: int) -> PullRequest:
        """A merge request as it is now."""
        request = Request("GET", self._request(number), f"show merge request !{number}")
        found, source, target = self._wire.ask(request, lambda answer: answers.pull_request(answer.data))
        home = self._place.repository if source == target else self._home_of(source)
        return replace(found, head_repository=home, base=found.base or self._tip(found.base_branch))

    def open_pull_requests(self, head_repository: str, head_branch: str) -> tuple[PullRequest, ...]:
        """The open merge requests from this branch of this project."""
        request = Request(
            "GET",
            f"{self._home}/merge_requests",
            "list merge requests",
            {"state": "opened", "source_branch": head_branch, "order_by": "created_at", "sort": "asc"},
        )
        numbers = list(self._wire.pages(request, lambda told: int(told["iid"])))
        found = [self.pull_request(number) for number in numbers]
        wanted = (head_repository.lower(), head_branch)
        return tuple(one for one in found if one.is_open and (one.head_repository.lower(), one.head_branch) == wanted)

    def merge_base(self, base: str, head: str) -> str:
        """The commit where `head` left `base`."""
        path = f"{self._home}/repository/merge_base"
        request = Request("GET", path, "tell the merge base", {"refs[]": (base, head)})
        return self._wire.ask(request, lambda answer: text_of(answer.data["id"]))

    def comments(self, number: int) -> tuple[Comment, ...]:
        """All notes of people and bots on a merge request, over all pages, the oldest first."""
        query = {"sort": "asc", "order_by": "created_at"}
        request = Request("GET", f"{self._request(number)}/notes", f"list the notes on !{number}", query)
        # What GitLab itself remarks (a push, a label) is a note, too.
        found = self._wire.pages(request, lambda told: None if told.get("system") else self._comment(number, told))
        return tuple(sorted(filter(None, found), key=lambda comment: comment.number))

    def create_comment(
        self, number: int, body: str, find: Callable[[], Comment | None], *, is_thread: bool = False
    ) -> Comment:
        """Writes a new note; after an attempt that may have succeeded, only if `find` finds none."""
        path = f"{self._request(number)}/{'discussions' if is_thread else 'notes'}"
        request = Request("POST", path, f"take a note on !{number}", body={"body": harmless(body)})

        def read(answer: Answer) -> Comment:
            return self._comment(number, answer.data["notes"][0] if is_thread else answer.data)

        return self._wire.ask(request, read, find)

    def edit_comment(self, number: int, comment: int, body: str) -> Comment:
        """Replaces the text of a note."""
        request = Request("PUT", self._note(number, comment), f"change note {comment}", body={"body": harmless(body)})
        return self._wire.ask(request, lambda answer: self._comment(number, answer.data))

    def delete_comment(self, number: int, comment: int) -> None:
        """Removes a note; nothing happens if it is gone already."""
        request = Request("DELETE", self._note(number, comment), f"remove note {comment}", accepted=(404,))
        self._wire.ask(request, nothing)

    def resolve(self, number: int, comment: int, *, is_resolved: bool) -> None:
        """Resolves the thread that a note of ours starts, or opens it again."""
        path = f"{self._request(number)}/discussions"
        listed = self._wire.pages(Request("GET", path, f"list the threads on !{number}"), answers.thread)
        thread = next((one for one in listed if one is not None and one[1] == comment), None)
        if thread is None or thread[2] == is_resolved:
            return
        aim = f"{'resolve' if is_resolved else 'open'} the thread of note {comment}"
        body = {"resolved": is_resolved}
        self._wire.ask(Request("PUT", f"{path}/{quote(thread[0], safe='')}", aim, body=body), nothing)

    def set_status(self, commit: str, status: CommitStatus) -> None:
        """Sets the status of a commit, within the pipeline that it has.

        Without a pipeline's number GitLab would make a second pipeline for it, and it finds one only by number and
        commit together. Setting what is set already is refused by GitLab, and counts as done.
        """
        at, pipeline = self._pipeline(commit)
        body: dict[str, str | int | bool] = {
            "state": _STATES[status.state],
            "name": status.context,
            "description": cut_to(_DESCRIPTION, status.description),
        }
        body |= {"target_url": status.url} if status.url else {}
        body |= {"pipeline_id": pipeline} if pipeline is not None else {}
        aim = f"set the status `{status.context}`"
        request = Request("POST", f"{self._home}/statuses/{quote(at, safe='')}", aim, body=body, accepted=(400, 404))

        def read(answer: Answer) -> bool:
            said = self._wire.message(answer.data).lower()
            if answer.status == 400 and _LOCKED in said:
                self._wire.judge(aim, replace(answer, status=409))
            if answer.status == 404 and _ON_NO_BRANCH in said:  # of a fork, which no token would change
                raise Rejected(f"GitLab did not {aim}: no branch and no pipeline of this project has {at[:9]}")
            if answer.status >= 400 and _SAYS_SO_ALREADY not in said and _NO_SUCH_PIPELINE not in said:
                self._wire.judge(aim, answer)
            return _NO_SUCH_PIPELINE not in said

        if not self._wire.ask(request, read):
            # A child pipeline takes no statuses; the one that it is part of does.
            self._aims[commit] = at, self._newest_pipeline(at)
            if self._aims[commit][1] in (None, pipeline):
                raise Refused(f"GitLab did not {aim}: commit {at[:9]} has no pipeline that takes it")
            self.set_status(commit, status)

    def status(self, commit: str, context: str) -> CommitStatus | None:
        """The newest status of this name. GitLab does not tell a failure from an error."""
        at, _ = self._pipeline(commit)
        path = f"{self._home}/repository/commits/{quote(at, safe='')}/statuses"
        request = Request("GET", path, "tell the statuses of a commit", {"name": context})
        found = [one for one in self._wire.pages(request, answers.status) if one[1].context == context]
        return max(found, key=lambda one: one[0])[1] if found else None

    def permission(self, login: str) -> Permission:
        """What somebody may do here, by the highest role that they have, their groups' included."""
        request = Request("GET", "/users", "look somebody up", {"username": login})
        # Without a name GitLab would show everybody.
        number = self._wire.ask(request, lambda answer: answers.user(answer.data, login)) if login else None
        if number is None:
            return Permission.NONE
        path = f"{self._home}/members/all/{number}"
        return self._wire.ask(
            Request("GET", path, "tell what somebody may do here", accepted=(404,)), answers.permission
        )

    def react(self, number: int, comment: int, reaction: Reaction) -> None:
        """Leaves a receipt on a note. A second one of a kind changes nothing."""
        aim, body = f"take a reaction to note {comment}", {"name": _AWARDS[reaction]}
        request = Request("POST", f"{self._note(number, comment)}/award_emoji", aim, body=body, accepted=(400, 404))

        def read(answer: Answer) -> None:
            if answer.status >= 400 and _TAKEN not in self._wire.message(answer.data).lower():
                self._wire.judge(aim, answer)

        self._wire.ask(request, read)

    def artifacts(self, run: RunId) -> tuple[str, ...]:
        """The names of what the jobs of a pipeline have left, in alphabetical order."""
        return tuple(sorted(self._artifacts(run)))

    def artifact(self, run: RunId, name: str, limit: int) -> bytes:
        """The ZIP archive that a job of a pipeline has left, the newest of this name.

        Raises:
            Refused: there is none, or it has expired.
            Rejected: it is larger than `limit` bytes.
        """
        job = self._artifacts(run).get(name)
        if job is None:
            raise Refused(f"pipeline {run.number} has no such artifact, or no longer")
        request = Request("GET", f"{self._home}/jobs/{job}/artifacts", f"hand out the artifact of job {job}")
        return self._retries.until_done(lambda: self._wire.fetch(request, limit))

    def _artifacts(self, run: RunId) -> dict[str, int]:
        """Name to the number of the job. A job that is run again leaves another of the same name: the newest counts."""
        path = f"{self._home}/pipelines/{run.number}/jobs"
        request = Request("GET", path, f"list the jobs of pipeline {run.number}", {"include_retried": "true"})
        now = datetime.now(UTC)
        kept = [one for one in self._wire.pages(request, lambda told: answers.artifact(told, now)) if one]
        return {name: job for job, name in sorted(kept)}

    def _pipeline(self, commit: str) -> tuple[str, int | None]:
        """The commit that statuses about this one are set on, and the pipeline that they belong to.

        A pipeline of merged results runs on a merge of the head: what is said of the head counts on that.
        """
        if commit not in self._aims:
            self._aims[commit] = self._found_pipeline(commit)
        return self._aims[commit]

    def _found_pipeline(self, commit: str) -> tuple[str, int | None]:
        own = self._place.commit
        if own in ("", commit) or commit in self._merged_into(own):
            return own or commit, self._place.run.number
        return commit, self._newest_pipeline(commit)

    def _newest_pipeline(self, commit: str) -> int | None:
        query: Mapping[str, str | int] = {"sha": commit, "order_by": "id", "sort": "desc", "per_page": 1}
        request = Request("GET", f"{self._home}/pipelines", "tell the pipelines of a commit", query)
        newest = self._wire.ask(request, lambda answer: [int(told["id"]) for told in answer.data])
        return newest[0] if newest else None

    def _merged_into(self, commit: str) -> tuple[str, ...]:
        """What a merge has merged; nothing where it is none. GitLab merges the head into its target."""
        path = f"{self._home}/repository/commits/{quote(commit, safe='')}"
        request = Request("GET", path, "show the commit of this pipeline", accepted=(404,))
        return self._wire.ask(
            request,
            lambda answer: () if answer.status == 404 else tuple(text_of(one) for one in answer.data["parent_ids"][1:]),
        )

    def _home_of(self, project: int | None) -> str:
        """The path of a fork; empty where it is gone, or not to be seen."""
        if project is None:
            return ""
        request = Request("GET", f"/projects/{project}", "show the project of a fork", accepted=(403, 404))
        return self._wire.ask(
            request, lambda answer: text_of(answer.data["path_with_namespace"]) if answer.status < 400 else ""
        )

    def _tip(self, branch: str) -> str:
        path = f"{self._home}/repository/branches/{quote(branch, safe='')}"
        # Not every token that may see the request may see the branch.
        request = Request("GET", path, "show the branch that a merge request goes to", accepted=(401, 403, 404))
        return self._wire.ask(
            request, lambda answer: text_of(answer.data["commit"]["id"]) if answer.status < 400 else ""
        )

    def _comment(self, number: int, told: Any) -> Comment:
        return answers.note(told, f"{self._place.server_url}/{self._place.repository}/-/merge_requests/{number}")

    def _request(self, number: int) -> str:
        return f"{self._home}/merge_requests/{number}"

    def _note(self, number: int, comment: int) -> str:
        return f"{self._request(number)}/notes/{comment}"


def harmless(body: str) -> str:
    """The text with a blank before each line that GitLab could take for a command. Markdown does not show it."""
    return _QUICK_ACTION.sub(" /", _LINE_END.sub("\n", body))
