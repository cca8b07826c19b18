"""The fake as tests hold it: what there is, what was done, and what goes wrong."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack

from bot.domain import Place, RunId
from tests.world.forges.fake_github import shapes
from tests.world.forges.fake_github.asked import Request
from tests.world.forges.fake_github.description import github
from tests.world.forges.fake_github.faults import Fault, Hold, Hook, Kind
from tests.world.forges.fake_github.server import Server
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

# As the `times` of a fault or a hook: every such request.
ALWAYS = 1_000_000


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


class FaultDetails(TypedDict, total=False):
    """How often a fault happens, after how many requests that went well, and what the answer tells of waiting."""

    times: int
    skip: int
    seconds: float
    retry_after: int | None


class FakeGitHub:
    """A GitHub with one repository, reachable over HTTP until it is closed.

    Args:
        repository: `owner/name`.
        prefix: of the API's paths: `/api/v3` as on an Enterprise Server, or none.
    """

    def __init__(self, repository: str = "octo/shop", *, prefix: str = "") -> None:
        github()  # whoever lacks the description hears of it here, and not through an answer that never comes
        self._server = Server(repository, prefix)
        self._state = self._server.state
        self.repository = repository
        self.server_url = self._state.server_url
        self.api_url = self._state.api_url
        # What no client should ever have sent. A test fails at its end for what stands here.
        self.complaints = self._server.complaints
        # All requests to the API, and to the storage of artifacts.
        self.requests = self._server.requests
        self.downloads = self._server.downloads

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

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
            value = f"{'ghs' if token.is_installation else 'ghp'}_{_sha(f'token {len(self._state.tokens)}')[:36]}"
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
            made_up = {"head": _sha(f"head of {number}"), "base": _sha("base"), "head_branch": f"change-{number}"}
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
        packed = content if isinstance(content, bytes) else _zip(content)
        with self._server.lock:
            artifact = Artifact(self._state.number_for_new(), run, name, packed, self._state.now())
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

    def sent(self, method: str = "*", pattern: str = "*") -> list[Request]:
        """The requests to the API of this kind, in the order in which they came."""
        return [one for one in list(self.requests) if method in ("*", one.method) and fnmatchcase(one.path, pattern)]

    # What goes wrong, and who comes between

    def fail(self, method: str, pattern: str, kind: Kind, **details: Unpack[FaultDetails]) -> None:
        """The next requests of this kind meet a fault: one, or `times` of them, after `skip` that go well."""
        self._server.script.add(Fault(kind, method, pattern, **details))

    def before(self, method: str, pattern: str, call: Callable[[Request], Any], times: int = 1) -> None:
        """Calls something when such a request comes, before it takes effect. It may itself send requests."""
        self._server.script.add_hook(Hook(method, pattern, call, times), is_after=False)

    def after(self, method: str, pattern: str, call: Callable[[Request], Any], times: int = 1) -> None:
        """Calls something when such a request has taken effect, before it is answered."""
        self._server.script.add_hook(Hook(method, pattern, call, times), is_after=True)

    def hold(self, method: str, pattern: str, times: int = 1) -> Hold:
        """Makes such requests wait, before they take effect, until the test lets them in."""
        hold = Hold()
        self._server.script.holds.append(hold)
        self.before(method, pattern, hold.stop, times)
        return hold

    def check(self) -> None:
        """Fails for what no client should ever have sent. Called at the end of every test that uses the fixture."""
        assert not self.complaints, "sent to GitHub, and never should be:\n" + "\n".join(self.complaints)


def _sha(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _zip(files: Mapping[str, str | bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()
