"""GitHub, and GitHub Enterprise Server, through their REST API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from bot.domain import Comment, CommitStatus, GateState, Permission, Place, PullRequest, Reaction, RunId
from bot.world.forges.contract import ForgeError, Refused
from bot.world.forges.github_wire import Wire
from bot.world.forges.retries import Retries
from bot.world.forges.wires import Answer, Request, cut_to, nothing, text_of

_DESCRIPTION = 140  # characters that a commit status holds
_ACTIONS = "github-actions[bot]"
_WHOSE = "tell whose token it is"
_PERMISSIONS = {
    "admin": Permission.ADMIN,
    "maintain": Permission.WRITE,
    "write": Permission.WRITE,
    "triage": Permission.READ,
    "read": Permission.READ,
    "none": Permission.NONE,
}


class GitHub:
    """A `Forge`. Nothing is asked before the first verb.

    Args:
        place: where the API is, and the repository.
        token: of Actions (GITHUB_TOKEN), of an app's installation, or of a person.
        retries: how long to wait for GitHub.

    Raises:
        Refused: there is no token.
        Rejected: the API's address is none.
    """

    def __init__(self, place: Place, token: str, retries: Retries | None = None) -> None:
        self._retries = retries or Retries()
        self._wire = Wire(place, token, self._retries)
        self._home = f"/repos/{quote(place.repository)}"
        self._login = ""

    def whoami(self) -> str:
        """The login that comments of ours carry."""
        if not self._login:
            request = Request("GET", "/user", _WHOSE, accepted=(403,))
            self._login = (
                self._wire.ask(request, lambda answer: "" if answer.status == 403 else text_of(answer.data["login"]))
                or self._login_of_app()
            )
        return self._login

    def _login_of_app(self) -> str:
        """The login of an app's token, which REST does not tell: that of Actions, or of an app of the user's own."""
        request = Request("POST", self._wire.graphql, _WHOSE, body={"query": "query { viewer { login } }"})
        try:
            return self._wire.ask(request, lambda answer: _viewer(answer.data)) or _ACTIONS
        except ForgeError:
            return _ACTIONS

    def pull_request(self, number: int) -> PullRequest:
        """A pull request as it is now."""
        request = Request("GET", f"{self._home}/pulls/{number}", f"show pull request #{number}")
        return self._wire.ask(request, lambda answer: _pull_request(answer.data))

    def open_pull_requests(self, head_repository: str, head_branch: str) -> tuple[PullRequest, ...]:
        """The open pull requests from this branch of this repository.

        GitHub filters by the owner of the branch, who may have two forks of a repository, and not at all by what it
        does not understand.
        """
        query = {"state": "open", "head": f"{head_repository.partition('/')[0]}:{head_branch}"}
        found = self._wire.pages(Request("GET", f"{self._home}/pulls", "list pull requests", query), _pull_request)
        wanted = (head_repository.lower(), head_branch)
        return tuple(one for one in found if one.is_open and (one.head_repository.lower(), one.head_branch) == wanted)

    def merge_base(self, base: str, head: str) -> str:
        """The commit where `head` left `base`."""
        path = f"{self._home}/compare/{quote(base, safe='')}...{quote(head, safe='')}"
        request = Request("GET", path, "tell the merge base", {"per_page": 1})
        return self._wire.ask(request, lambda answer: text_of(answer.data["merge_base_commit"]["sha"]))

    def comments(self, number: int) -> tuple[Comment, ...]:
        """All comments on a pull request, over all pages, the oldest first."""
        request = Request("GET", f"{self._home}/issues/{number}/comments", f"list the comments on #{number}")
        return tuple(sorted(self._wire.pages(request, _comment), key=lambda comment: comment.number))

    def create_comment(
        self,
        number: int,
        body: str,
        find: Callable[[], Comment | None],
        *,
        is_thread: bool = False,  # noqa: ARG002 (GitHub's comments on a request are no threads)
    ) -> Comment:
        """Writes a new comment; after an attempt that may have succeeded, only if `find` finds none."""
        path = f"{self._home}/issues/{number}/comments"
        request = Request("POST", path, f"take a comment on #{number}", body={"body": body})
        return self._wire.ask(request, lambda answer: _comment(answer.data), find)

    def edit_comment(self, number: int, comment: int, body: str) -> Comment:  # noqa: ARG002 (its own number is enough)
        """Replaces the text of a comment."""
        request = Request("PATCH", self._comment(comment), f"change comment {comment}", body={"body": body})
        return self._wire.ask(request, lambda answer: _comment(answer.data))

    def delete_comment(self, number: int, comment: int) -> None:  # noqa: ARG002 (its own number is enough)
        """Removes a comment; nothing happens if it is gone already."""
        self._wire.ask(Request("DELETE", self._comment(comment), f"remove comment {comment}", accepted=(404,)), nothing)

    def resolve(self, number: int, comment: int, *, is_resolved: bool) -> None:
        """Nothing: GitHub's comments on a request are no threads."""

    def set_status(self, commit: str, status: CommitStatus) -> None:
        """Sets the status of a commit. Repeating it does no harm: the newest of a context counts."""
        path = f"{self._home}/statuses/{quote(commit, safe='')}"
        body = {
            "state": status.state.value,
            "context": status.context,
            "description": cut_to(_DESCRIPTION, status.description),
        }
        body |= {"target_url": status.url} if status.url else {}
        self._wire.ask(Request("POST", path, f"set the status `{status.context}`", body=body), nothing)

    def status(self, commit: str, context: str) -> CommitStatus | None:
        """The newest status of this context, whose name has no case."""
        path = f"{self._home}/commits/{quote(commit, safe='')}/status"
        found = self._wire.pages(Request("GET", path, "tell the statuses of a commit"), _status, "statuses")
        return next((one for one in found if one.context.lower() == context.lower()), None)

    def permission(self, login: str) -> Permission:
        """What somebody may do here; a role of the organisation's own counts as the plain one it is built on."""
        path = f"{self._home}/collaborators/{quote(login, safe='')}/permission"
        return self._wire.ask(Request("GET", path, "tell what somebody may do here", accepted=(404,)), _permission)

    def react(self, number: int, comment: int, reaction: Reaction) -> None:  # noqa: ARG002 (its own number is enough)
        """Leaves a receipt on a comment. A second one of a kind changes nothing."""
        path = f"{self._comment(comment)}/reactions"
        self._wire.ask(
            Request("POST", path, f"take a reaction to comment {comment}", body={"content": reaction.value}), nothing
        )

    def artifacts(self, run: RunId) -> tuple[str, ...]:
        """The names of the artifacts of a run, in alphabetical order."""
        return tuple(sorted(self._artifacts(run, {})))

    def artifact(self, run: RunId, name: str, limit: int) -> bytes:
        """An artifact's ZIP archive, the newest of this name.

        Raises:
            Refused: there is none, or it has expired.
            Rejected: it is larger than `limit` bytes.
        """
        number = self._artifacts(run, {"name": name}).get(name)
        if number is None:
            raise Refused(f"run {run.number} has no such artifact, or no longer")
        aim = f"hand out an artifact of run {run.number}"
        request = Request("GET", f"{self._home}/actions/artifacts/{number}/zip", aim, accepted=(302,))

        def fetched() -> bytes:
            # The address is good for a minute only: a repetition needs a new one.
            answer = self._wire.send(request)
            if answer.status != 302 or not answer.headers.get("location"):
                raise self._wire.unreadable(aim)
            return self._wire.download(answer.headers["location"], aim, limit)

        return self._retries.until_done(fetched)

    def _artifacts(self, run: RunId, query: Mapping[str, str]) -> dict[str, int]:
        """Name to number. Every attempt of a run may have left one of a name: the newest counts."""
        path = f"{self._home}/actions/runs/{run.number}/artifacts"
        request = Request("GET", path, f"list the artifacts of run {run.number}", query)
        kept = [one for one in self._wire.pages(request, _artifact, "artifacts") if one]
        return {name: number for _created, number, name in sorted(kept)}

    def _comment(self, comment: int) -> str:
        return f"{self._home}/issues/comments/{comment}"


def _pull_request(told: Any) -> PullRequest:
    head, base = told["head"], told["base"]
    home = text_of((head.get("repo") or {}).get("full_name", ""))
    return PullRequest(
        number=int(told["number"]),
        head=text_of(head["sha"]),
        head_branch=text_of(head["ref"]),
        head_repository=home,
        base=text_of(base["sha"]),
        base_branch=text_of(base["ref"]),
        is_open=told["state"] == "open",
        is_draft=bool(told.get("draft")),
        is_fork=home.lower() != text_of(base["repo"]["full_name"]).lower(),
        author=_author(told),
        title=told.get("title") or "",
        labels=tuple(text_of(label["name"]) for label in told.get("labels") or ()),
        url=told.get("html_url") or "",
        description=text_of(told.get("body") or ""),
    )


def _comment(told: Any) -> Comment:
    author = _author(told)
    return Comment(
        number=int(told["id"]),
        author=author,
        body=told.get("body") or "",
        url=told.get("html_url") or "",
        author_is_bot=author.endswith("[bot]") or (told.get("user") or {}).get("type") == "Bot",
    )


def _status(told: Any) -> CommitStatus:
    state, url = GateState(told["state"]), told.get("target_url") or ""
    return CommitStatus(text_of(told["context"]), state, told.get("description") or "", url)


def _viewer(told: Any) -> str:
    """Empty where GitHub would not say: then it says so in a success, and asking again does not help."""
    try:
        return text_of(told["data"]["viewer"]["login"])
    except (LookupError, TypeError):
        return ""


def _author(told: Any) -> str:
    """Empty where the account was deleted."""
    return text_of((told.get("user") or {}).get("login", ""))


def _artifact(told: Any) -> tuple[str, int, str] | None:
    return None if told["expired"] else (told.get("created_at") or "", int(told["id"]), text_of(told["name"]))


def _permission(answer: Answer) -> Permission:
    if answer.status == 404:
        return Permission.NONE
    told = (answer.data["permission"], answer.data.get("role_name"))
    return next((_PERMISSIONS[role] for role in told if role in _PERMISSIONS), Permission.NONE)
