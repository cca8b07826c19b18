"""How GitHub spells what it knows. What the description requires beyond this is filled in from there."""

from __future__ import annotations

from typing import Any

from tests.world.forges.fake_github.state import State
from tests.world.forges.fake_github.things import Artifact, Comment, Pull, Reaction, Run, Status, User


def user(state: State, one: User) -> dict[str, Any]:
    """Somebody."""
    return {
        "login": one.login,
        "id": one.number,
        "type": "Bot" if one.is_bot else "User",
        "url": f"{state.api_url}/users/{one.login}",
        "html_url": f"{state.server_url}/{one.login}",
        "site_admin": False,
    }


def repository(state: State, full_name: str, number: int) -> dict[str, Any]:
    """A repository; all but the one of the state are forks."""
    owner, _, name = full_name.partition("/")
    return {
        "id": number,
        "name": name,
        "full_name": full_name,
        "owner": user(state, state.user(owner)),
        "private": False,
        "fork": full_name.lower() != state.repository.lower(),
        "url": f"{state.api_url}/repos/{full_name}",
        "html_url": f"{state.server_url}/{full_name}",
        "default_branch": "main",
    }


def pull(state: State, one: Pull) -> dict[str, Any]:
    """A pull request."""
    issue = f"{state.api_url}/repos/{state.repository}/issues/{one.number}"
    url = f"{state.api_url}/repos/{state.repository}/pulls/{one.number}"
    return {
        "id": 500_000 + one.number,
        "number": one.number,
        "state": "open" if one.is_open else "closed",
        "title": one.title,
        "body": one.description,
        "draft": one.is_draft,
        "merged": one.is_merged,
        "user": user(state, one.author),
        "labels": [{"id": place, "name": name, "color": "ededed"} for place, name in enumerate(one.labels, 1)],
        "head": _end(state, one.head, one.head_branch, one.head_repository),
        "base": _end(state, one.base, one.base_branch, state.repository),
        "url": url,
        "html_url": f"{state.server_url}/{state.repository}/pull/{one.number}",
        "issue_url": issue,
        "comments_url": f"{issue}/comments",
        "statuses_url": f"{state.api_url}/repos/{state.repository}/statuses/{one.head}",
    }


def _end(state: State, sha: str, branch: str, full_name: str | None) -> dict[str, Any]:
    owner = (full_name or state.repository).partition("/")[0]
    is_home = (full_name or "").lower() == state.repository.lower()
    known = None if full_name is None else repository(state, full_name, state.number if is_home else state.number + 1)
    return {
        "label": f"{owner}:{branch}",
        "ref": branch,
        "sha": sha,
        "user": None if full_name is None else user(state, state.user(owner)),
        "repo": known,
    }


def issue(state: State, one: Pull) -> dict[str, Any]:
    """A pull request, seen as an issue."""
    seen = pull(state, one)
    url = f"{state.api_url}/repos/{state.repository}/issues/{one.number}"
    kept = {key: seen[key] for key in ("id", "number", "state", "title", "draft", "user", "labels", "html_url")}
    about = {key: seen[key] for key in ("url", "html_url")} | {"diff_url": "", "patch_url": ""}
    comments = len(state.comments_of(one.number))
    return kept | {"url": url, "comments_url": f"{url}/comments", "comments": comments, "pull_request": about}


def comment(state: State, one: Comment) -> dict[str, Any]:
    """A comment on a pull request."""
    home = f"{state.api_url}/repos/{state.repository}/issues"
    return {
        "id": one.number,
        "body": one.body,
        "user": user(state, one.user),
        "url": f"{home}/comments/{one.number}",
        "issue_url": f"{home}/{one.issue}",
        "html_url": f"{state.server_url}/{state.repository}/pull/{one.issue}#issuecomment-{one.number}",
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "author_association": "NONE" if one.user.is_bot else "CONTRIBUTOR",
    }


def reaction(state: State, one: Reaction) -> dict[str, Any]:
    """A reaction to a comment."""
    return {
        "id": one.number,
        "user": user(state, one.user),
        "content": one.content,
        "created_at": "2026-03-02T09:00:00Z",
    }


def status(state: State, one: Status) -> dict[str, Any]:
    """A status of a commit."""
    return {
        "id": one.number,
        "context": one.context,
        "state": one.state,
        "description": one.description or None,
        "target_url": one.target_url or None,
        "creator": user(state, one.user),
        "url": f"{state.api_url}/repos/{state.repository}/statuses/{one.sha}",
        "created_at": one.created_at,
        "updated_at": one.created_at,
    }


def run(state: State, one: Run) -> dict[str, Any]:
    """A run of a workflow. GitHub names its pull requests only where they are of this repository."""
    home = f"{state.api_url}/repos/{state.repository}"
    return {
        "id": one.number,
        "name": one.name,
        "run_number": 1,
        "run_attempt": one.attempt,
        "head_sha": one.head,
        "head_branch": one.head_branch,
        "head_repository": repository(state, one.head_repository, state.number + 1),
        "repository": repository(state, state.repository, state.number),
        "event": one.event,
        "status": "completed" if one.conclusion else "in_progress",
        "conclusion": one.conclusion,
        "pull_requests": [],
        "url": f"{home}/actions/runs/{one.number}",
        "html_url": f"{state.server_url}/{state.repository}/actions/runs/{one.number}",
        "artifacts_url": f"{home}/actions/runs/{one.number}/artifacts",
    }


def artifact(state: State, one: Artifact) -> dict[str, Any]:
    """An artifact of a run."""
    url = f"{state.api_url}/repos/{state.repository}/actions/artifacts/{one.number}"
    return {
        "id": one.number,
        "name": one.name,
        "size_in_bytes": len(one.content),
        "url": url,
        "archive_download_url": f"{url}/zip",
        "expired": one.is_expired,
        "created_at": one.created_at,
        "updated_at": one.created_at,
        "expires_at": "2026-06-01T00:00:00Z",
    }
