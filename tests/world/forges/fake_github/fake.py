"""The fake as tests hold it: what there is, what was done, and what goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict, Unpack

from bot.domain import Place, RunId
from tests.world.forges.fake_github import shapes
from tests.world.forges.fake_github.description import github
from tests.world.forges.fake_github.server import GitHubServer
from tests.world.forges.fake_github.things import (
    ALL_SCOPES,
    READ,
    SCOPES_OF_A_JOB,
    Artifact,
    Comment,
    Pull,
    Run,
    Status,
    Token,
)
from tests.world.forges.http_fake.front import Front, packed, sha


class PullDetails(TypedDict, total=False):
    """What a test may say of a pull request. Commits that are not named are made up."""

    head: str
    head_branch: str
    head_repository: str | None
    base: str
    base_branch: str
    author: str
    title: str
    description: str | None
    labels: tuple[str, ...]
    is_draft: bool


class RunDetails(TypedDict, total=False):
    """What a test may say of a run of a workflow."""

    attempt: int
    head_branch: str
    head_repository: str
    event: str
    conclusion: str | None
    name: str


class FakeGitHub(Front):
    """A GitHub with one repository, reachable over HTTP until it is closed.

    Args:
        repository: `owner/name`.
        prefix: of the API's paths: `/api/v3` as on an Enterprise Server, or none.
    """

    def __init__(self, repository: str = "octo/shop", *, prefix: str = "") -> None:
        github()  # whoever lacks the description hears of it here, and not through an answer that never comes
        self._server = GitHubServer(repository, prefix)
        super().__init__(self._server, repository, prefix)
        self._state = self._server.state
        self.server_url = self._state.server_url

    # Where it is

    def place(self, run: int = 501, attempt: int = 1) -> Place:
        """Where a job runs."""
        run_url = f"{self.server_url}/{self.repository}/actions/runs/{run}"
        return Place(self.server_url, self.api_url, self.repository, RunId(run, attempt), run_url)

    def environment(self, run: int = 501, attempt: int = 1) -> dict[str, str]:
        """What the runner tells a job of where it is, as environment variables."""
        return {
            "GITHUB_SERVER_URL": self.server_url,
            "GITHUB_API_URL": self.api_url,
            "GITHUB_REPOSITORY": self.repository,
            "GITHUB_RUN_ID": str(run),
            "GITHUB_RUN_ATTEMPT": str(attempt),
        }

    # Who there is

    def actions_token(self, **scopes: str) -> str:
        """A token of a job: github-actions[bot]. Without scopes (`statuses="write"`) it has those of the workflow that
        proofbot shows; `pull_requests` is written with an underscore here."""
        named = {name.replace("_", "-"): level for name, level in scopes.items()}
        return self._add_token(Token(self._state.actions, named or SCOPES_OF_A_JOB, is_installation=True))

    def read_only_token(self) -> str:
        """A token of a job that a pull request of a fork started: it may read."""
        return self._add_token(Token(self._state.actions, dict.fromkeys(ALL_SCOPES, READ), is_installation=True))

    def token_of(self, login: str, scopes: Mapping[str, str] = ALL_SCOPES) -> str:
        """A token of a person, who may do with it what their role allows and the scopes do."""
        with self._server.lock:
            return self._add_token(Token(self._state.user(login), scopes, is_installation=False))

    def add_user(self, login: str, role: str) -> None:
        """Somebody: none, read, triage, write, maintain or admin. Who is only mentioned elsewhere may read."""
        with self._server.lock:
            self._state.add_user(login, role)

    def _add_token(self, token: Token) -> str:
        with self._server.lock:
            value = f"{'ghs' if token.is_installation else 'ghp'}_{sha(f'token {len(self._state.tokens)}')[:36]}"
            self._state.tokens[value] = token
            return value

    # What there is

    def add_commit(self, sha: str) -> None:
        """A commit that statuses may be set on. The commits of pull requests and runs are known without."""
        with self._server.lock:
            self._state.commits.add(sha.lower())

    def add_merge_base(self, base: str, head: str, commit: str) -> None:
        """Where a commit left another. What nobody has told is descended from it."""
        with self._server.lock:
            self._state.merge_bases[base.lower(), head.lower()] = commit

    def add_pull_request(self, number: int = 7, **details: Unpack[PullDetails]) -> Pull:
        """A pull request. Another `head_repository` than the own is a fork, None a fork that was deleted."""
        with self._server.lock:
            author = self._state.user(details.pop("author", "dev"))
            made_up = {"head": sha(f"head of {number}"), "base": sha("base"), "head_branch": f"change-{number}"}
            told: dict[str, Any] = {"head_repository": self.repository, "base_branch": "main", **made_up, **details}
            pull = self._state.pulls[number] = Pull(number=number, author=author, **told)
            self._state.commits |= {pull.head.lower(), pull.base.lower()}
            return pull

    def push(self, number: int, head: str) -> None:
        """A new last commit of a pull request."""
        with self._server.lock:
            self._state.commits.add(head.lower())
            self._state.pulls[number].head = head

    def pull(self, number: int = 7) -> Pull:
        """A pull request. A test may change it: `fake.pull(7).is_open = False`."""
        return self._state.pulls[number]

    def pull_payload(self, number: int = 7) -> dict[str, Any]:
        """A pull request as the API shows it, and as events hold it."""
        with self._server.lock:
            told = shapes.pull(self._state, self._state.pulls[number])
        payload = github().completed("get", "/repos/{owner}/{repo}/pulls/{pull_number}", 200, told)
        return dict(payload)

    def add_comment(self, number: int, login: str, body: str) -> Comment:
        """Somebody comments on a pull request, or seems to: nothing is checked."""
        with self._server.lock:
            return self._state.add_comment(number, self._state.user(login), body)

    def add_run(self, number: int, head: str, **details: Unpack[RunDetails]) -> Run:
        """A run of a workflow."""
        told: dict[str, Any] = {"attempt": 1, "head_branch": "change-7", "head_repository": self.repository}
        told |= {"event": "pull_request", "conclusion": "success", **details}
        with self._server.lock:
            self._state.commits.add(head.lower())
            self._state.runs[number] = Run(number=number, head=head, **told)
            return self._state.runs[number]

    def add_artifact(self, run: int, name: str, content: bytes | Mapping[str, str | bytes]) -> Artifact:
        """What a run left: an archive as it is, or the files to pack into one."""
        with self._server.lock:
            artifact = Artifact(self._state.number_for_new(), run, name, packed(content), self._state.now())
            self._state.artifacts[artifact.number] = artifact
            return artifact

    def repeat_status(self, sha: str, times: int) -> None:
        """The newest status of a commit was set that many times more."""
        with self._server.lock:
            self._state.statuses += [self._state.statuses_of(sha)[0]] * times

    # What was done

    def comments(self, number: int = 7, login: str | None = None) -> list[Comment]:
        """The comments on a pull request as they are now, the oldest first; of one author, if one is named."""
        with self._server.lock:
            found = self._state.comments_of(number)
        return [comment for comment in found if login is None or comment.user.login.lower() == login.lower()]

    @property
    def deleted_comments(self) -> list[Comment]:
        """The comments that were removed."""
        return list(self._state.deleted)

    def statuses(self, sha: str, context: str | None = None) -> list[Status]:
        """All statuses of a commit as they were set, the oldest first; of one context, if one is named."""
        with self._server.lock:
            found = reversed(self._state.statuses_of(sha))
            return [status for status in found if context is None or status.context.lower() == context.lower()]
