"""The fake as tests hold it: what there is, what was done, and what goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from bot.domain import ForgeKind, Place, RunId
from tests.world.forges.fake_gitlab import shapes
from tests.world.forges.fake_gitlab.server import GitLabServer
from tests.world.forges.fake_gitlab.things import (
    API,
    JOB,
    READ_API,
    Artifact,
    Job,
    MergeRequest,
    Note,
    Pipeline,
    Project,
    Status,
    Token,
    User,
    Word,
)
from tests.world.forges.http_fake.front import Front, packed, sha


class RequestDetails(TypedDict, total=False):
    """What a test may say of a merge request. Commits that are not named are made up."""

    head: str
    base: str
    source_branch: str
    target_branch: str
    source_project: str | None
    author: str
    title: str
    description: str
    labels: tuple[str, ...]
    draft: bool
    is_prepared: bool


class FakeGitLab(Front):
    """A GitLab with one project and its forks, reachable over HTTP until it is closed.

    Args:
        repository: the path of the project, with all the groups above.
        prefix: of all paths, where GitLab shares its host with others: `/gitlab`. The API lies below it.
        visibility: of the project: private or public.
        external_url: what GitLab calls itself, where it stands behind a proxy and does not know its real address.
    """

    def __init__(
        self,
        repository: str = "octo/data/shop",
        *,
        prefix: str = "",
        visibility: str = "private",
        external_url: str = "",
    ) -> None:
        self._server = GitLabServer(repository, visibility, prefix)
        super().__init__(self._server, repository, f"{prefix}/api/v4")
        self._state = self._server.state
        self.server_url = self._state.server_url
        self._state.server_url = external_url or self.server_url
        self.project = self._state.project

    # Where it is

    def place(self, pipeline: int = 501, job: int = 9001, commit: str = "") -> Place:
        """Where a job runs. `commit` is that of its pipeline."""
        run_url = f"{self.server_url}/{self.repository}/-/jobs/{job}"
        run = RunId(pipeline, job)
        return Place(self.server_url, self.api_url, self.repository, run, run_url, ForgeKind.GITLAB, commit)

    # Who there is

    def api_token(self, role: str = "developer", *, login: str = "") -> str:
        """A token that may do everything that the role allows: one of the project, whose user is a bot; with `login`,
        one of a person."""
        return self._add_token(self._owner(role, login), API)

    def read_api_token(self, role: str = "developer", *, login: str = "") -> str:
        """A token that may only read."""
        return self._add_token(self._owner(role, login), READ_API)

    def job_token(self, job: int = 9001, *, login: str = "dev", project: str | None = None) -> str:
        """The token of a job that somebody's push has started; of a fork's job, if another project is named.

        A job that is not known yet belongs to pipeline 501 for the head of merge request 7.
        """
        with self._server.lock:
            user = self._state.user(login)
            if project is None and not user.level:
                self._state.add_user(login, "developer")  # who else could have pushed?
        if job not in self._state.jobs:
            self.add_job(job)
        return self._add_token(user, JOB, self._state.jobs[job], project or self.repository)

    def add_user(self, username: str, role: str) -> User:
        """Somebody: none, guest, planner, reporter, developer, maintainer or owner. Who is only mentioned elsewhere is
        no member."""
        with self._server.lock:
            return self._state.add_user(username, role)

    def credentials(self, token: str) -> dict[str, str]:
        """The header that carries a token."""
        known = self._state.tokens.get(token)
        return {"JOB-TOKEN" if known is not None and known.scope == JOB else "PRIVATE-TOKEN": token}

    def _owner(self, role: str, login: str) -> User:
        with self._server.lock:
            if login:
                return self._state.add_user(login, role)
            name = f"project_{self.project.number}_bot_{sha(f'bot {role}')[:32]}"
            return self._state.add_user(name, role, is_bot=True)

    def _add_token(self, user: User, scope: str, job: Job | None = None, project: str = "") -> str:
        with self._server.lock:
            kind = "glcbt-64" if scope == JOB else "glpat"
            value = f"{kind}-{sha(f'token {len(self._state.tokens)}')[:20]}"
            self._state.tokens[value] = Token(user, scope, job, project)
            return value

    # What there is

    def add_commit(self, commit: str, branch: str = "", *, parents: tuple[str, ...] = ()) -> None:
        """A commit, and the branch whose last it is. Those of merge requests and pipelines are known without."""
        with self._server.lock:
            self._state.add_commit(commit, branch)
            self._state.parents[commit.lower()] = parents

    def add_merge_base(self, base: str, head: str, commit: str) -> None:
        """Where a commit left another. What nobody has told is descended from it."""
        with self._server.lock:
            self._state.merge_bases[frozenset((base.lower(), head.lower()))] = commit

    def add_project(self, path: str, visibility: str = "") -> Project:
        """A fork, as visible as the project itself if nothing else is said."""
        with self._server.lock:
            return self._state.add_fork(path, visibility or self.project.visibility)

    def add_merge_request(self, iid: int = 7, **details: Unpack[RequestDetails]) -> MergeRequest:
        """A merge request. Another `source_project` than the own is a fork, None a fork that was deleted."""
        path = details.pop("source_project", self.repository)
        source = None if path is None else self.project if path == self.repository else self.add_project(path)
        with self._server.lock:
            author = self._state.user(details.pop("author", "dev"))
            made_up = {"head": sha(f"head of {iid}"), "base": sha("base"), "source_branch": f"change-{iid}"}
            told: dict[str, Any] = {"target_branch": "main", **made_up, **details}
            told["is_draft"] = told.pop("draft", False)
            request = MergeRequest(iid=iid, author=author, source=source, **told)
            self._state.requests[iid] = request
            self._state.add_commit(request.base, request.target_branch)
            self._add_head(request)
            return request

    def push(self, iid: int, head: str) -> None:
        """A new last commit of a merge request. GitLab says so in a note of its own."""
        with self._server.lock:
            request = self._state.requests[iid]
            request.head = head
            self._add_head(request)
            self._state.add_note(iid, request.author, "added 1 commit", is_system=True)

    def _add_head(self, request: MergeRequest) -> None:
        """The commits of a fork are known here, by the ref of the merge request, but no branch has them."""
        self._state.add_commit(request.head, request.source_branch if request.source is self.project else "")

    def close(self, iid: int = 7) -> None:
        """A merge request is closed."""
        self.request(iid).state = "closed"

    def merge(self, iid: int = 7) -> None:
        """A merge request is merged."""
        self.request(iid).state = "merged"

    def request(self, iid: int = 7) -> MergeRequest:
        """A merge request. A test may change it: `fake.request(7).is_draft = True`."""
        return self._state.requests[iid]

    def add_note(self, iid: int, username: str, body: str, *, is_system: bool = False, is_thread: bool = False) -> Note:
        """Somebody says something about a merge request, or seems to: nothing is checked."""
        with self._server.lock:
            user = self._state.user(username)
            return self._state.add_note(iid, user, body, is_system=is_system, is_thread=is_thread)

    def add_pipeline(self, number: int = 501, commit: str = "", *, ref: str = "", source: str = "") -> Pipeline:
        """A pipeline for a commit, the head of merge request 7 if none is named; of merge requests, if nothing is said
        of its ref."""
        with self._server.lock:
            told = (ref or "refs/merge-requests/7/head", source or "merge_request_event")
            return self._state.add_pipeline(number, commit or self._state.requests[7].head, *told)

    def add_job(self, number: int = 9001, name: str = "proofbot", *, pipeline: int = 501, status: str = "") -> Job:
        """A job of a pipeline, that runs if nothing else is said. A later one of a name retires those before."""
        if pipeline not in self._state.pipelines:
            self.add_pipeline(pipeline)
        with self._server.lock:
            of = self._state.pipelines[pipeline]
            for job in self._state.jobs.values():
                job.is_retried = job.is_retried or (job.pipeline is of and job.name == name)
            self._state.jobs[number] = Job(number, of, name, status or "running", self._state.now())
            return self._state.jobs[number]

    def add_artifact(
        self, job: int, content: bytes | Mapping[str, str | bytes], file_name: str = "artifacts.zip"
    ) -> Artifact:
        """What a job left: an archive as it is, or the files to pack into one."""
        with self._server.lock:
            artifact = Artifact(job, file_name, packed(content))
            self._state.jobs[job].artifact = artifact
            return artifact

    def keep_artifacts_itself(self) -> None:
        """GitLab hands artifacts out itself, and sends nobody to a storage."""
        self._state.has_storage = False

    # What was done

    def notes(self, iid: int = 7, username: str | None = None, *, with_system: bool = False) -> list[Note]:
        """The notes on a merge request as they are now, the oldest first; of one author, if one is named."""
        with self._server.lock:
            found = self._state.notes_of(iid)
        return [
            note
            for note in found
            if (with_system or not note.is_system)
            and (username is None or note.author.username.lower() == username.lower())
        ]

    @property
    def deleted_notes(self) -> list[Note]:
        """The notes that were removed."""
        return list(self._state.deleted)

    def words(self, commit: str, name: str | None = None) -> list[Word]:
        """All that statuses of a commit have said, the oldest first; of one name, if one is named."""
        with self._server.lock:
            found = list(self._state.words)
        return [word for word in found if word.sha == commit.lower() and name in (None, word.name)]

    def statuses(self, commit: str, name: str | None = None) -> list[Status]:
        """The statuses of a commit as they are now, the oldest first, those that were retired among them."""
        with self._server.lock:
            found = list(self._state.statuses)
        return [one for one in found if one.pipeline.sha == commit.lower() and name in (None, one.name)]

    def jobs(self, pipeline: int) -> list[Job]:
        """The jobs of a pipeline, the oldest first."""
        with self._server.lock:
            return [job for _, job in sorted(self._state.jobs.items()) if job.pipeline.number == pipeline]

    def pipelines(self, commit: str) -> list[Pipeline]:
        """The pipelines for a commit, the newest first."""
        with self._server.lock:
            return self._state.pipelines_for(commit)

    def request_payload(self, iid: int = 7) -> dict[str, Any]:
        """A merge request as the API shows it."""
        with self._server.lock:
            return shapes.whole_request(self._state, self._state.requests[iid])
