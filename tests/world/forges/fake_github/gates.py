"""Statuses of commits."""

from __future__ import annotations

from typing import Any

from tests.world.forges.fake_github import shapes
from tests.world.forges.fake_github.routes import Call, Refusal, invalid, missing, serves
from tests.world.forges.fake_github.things import WRITE, Status
from tests.world.forges.http_fake.answers import Answer

_REPO = "/repos/{owner}/{repo}"
_SCOPES = ("statuses",)
_LONGEST = {"description": 140, "context": 255}  # characters
_MOST = 1_000  # statuses of one commit and context


@serves("post", f"{_REPO}/statuses/{{sha}}", _SCOPES, WRITE)
def set_status(call: Call) -> Answer:
    """A new status; the newest of its context counts."""
    sha = call.path["sha"].lower()
    told = {name: str(call.body.get(name) or "") for name in ("context", "state", "description", "target_url")}
    told["context"] = told["context"] or "default"
    if not call.token.is_installation and call.token.user.role not in ("write", "maintain", "admin"):
        raise missing()
    for name, longest in _LONGEST.items():
        if len(told[name]) > longest:
            raise invalid("Status", name, f"{name} is too long (maximum is {longest} characters)")
    if told["target_url"] and not told["target_url"].startswith(("http://", "https://")):
        raise invalid("Status", "target_url", "target_url must use http(s) scheme")
    if sha not in call.state.commits:
        raise Refusal(422, f"No commit found for SHA: {sha}")
    before = [one for one in call.state.statuses_of(sha) if one.context.lower() == told["context"].lower()]
    if len(before) >= _MOST:
        raise Refusal(422, "This SHA and context has reached the maximum number of statuses.")
    status = Status(
        number=call.state.number_for_new(), sha=sha, user=call.token.user, created_at=call.state.now(), **told
    )
    call.state.statuses.append(status)
    return Answer(201, shapes.status(call.state, status))


@serves("get", f"{_REPO}/commits/{{ref}}", ("contents",))
def show_commit(call: Call) -> Answer:
    """A commit."""
    sha = _sha(call)
    home = f"{call.state.repository}/commit"
    urls = {"url": f"{call.state.api_url}/repos/{home}s/{sha}", "html_url": f"{call.state.server_url}/{home}/{sha}"}
    return Answer(200, {"sha": sha, **urls})


@serves("get", f"{_REPO}/compare/{{basehead}}", ("contents",))
def compare(call: Call) -> Answer:
    """Two commits beside each other, and where the second left the first."""
    base, dots, head = call.path["basehead"].lower().partition("...")
    if not dots or not {base, head} <= call.state.commits:
        raise missing()
    sha = call.state.merge_bases.get((base, head), base)
    home = f"{call.state.api_url}/repos/{call.state.repository}"
    about = {"url": f"{home}/compare/{base}...{head}", "html_url": f"{call.state.server_url}/compare"}
    counts = {"ahead_by": 0, "behind_by": 0, "total_commits": 0}
    commits = {"base_commit": {"sha": base}, "merge_base_commit": {"sha": sha}, "commits": [], "files": []}
    return Answer(200, {**about, **counts, **commits, "status": "diverged"})


@serves("get", f"{_REPO}/commits/{{ref}}/statuses", _SCOPES)
def list_statuses(call: Call) -> Answer:
    """All statuses of a commit, the newest first."""
    return Answer(200, [shapes.status(call.state, one) for one in call.state.statuses_of(_sha(call))])


@serves("get", f"{_REPO}/commits/{{ref}}/status", _SCOPES)
def show_status(call: Call) -> Answer:
    """What all contexts say together."""
    sha = _sha(call)
    newest = [shapes.status(call.state, one) for one in call.state.newest_statuses(sha)]
    home = f"{call.state.api_url}/repos/{call.state.repository}"
    body: dict[str, Any] = {
        "sha": sha,
        "state": _together({one["state"] for one in newest}),
        "total_count": len(newest),
        "statuses": newest,
        "repository": shapes.repository(call.state, call.state.repository, call.state.number),
        "url": f"{home}/commits/{sha}/status",
        "commit_url": f"{home}/commits/{sha}",
    }
    return Answer(200, body, inside="statuses")


def _together(states: set[str]) -> str:
    if states & {"failure", "error"}:
        return "failure"
    return "success" if states == {"success"} else "pending"


def _sha(call: Call) -> str:
    sha = call.path["ref"].lower()
    if sha not in call.state.commits:
        raise Refusal(422, f"No commit found for SHA: {sha}")
    return sha
