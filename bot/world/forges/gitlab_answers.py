"""What GitLab's answers say, in our words.

What is none of GitLab's raises LookupError, TypeError, ValueError or AttributeError: the wire asks again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.domain import Comment, CommitStatus, GateState, Permission, PullRequest
from bot.world.forges.wires import Answer, text_of

_READ_STATES = {"success": GateState.SUCCESS, "failed": GateState.FAILURE, "canceled": GateState.ERROR}
_RUNNING = frozenset({"created", "pending", "preparing", "running", "scheduled", "waiting_for_resource", "manual"})
# What members are, by their level: https://docs.gitlab.com/api/access_requests/#valid-access-levels
_MAINTAINER, _DEVELOPER, _GUEST = 40, 30, 10
# The names that GitLab gives the users of project, group and service tokens.
_BOT = re.compile(r"(?:(?:project|group)_\d+_bot|service_account)(?:_.*)?", re.DOTALL)


def pull_request(told: Any) -> tuple[PullRequest, int | None, int]:
    """A merge request, but for what it does not tell of itself, and the projects that it comes from and goes to."""
    source, target = told["source_project_id"], int(told["target_project_id"])
    found = PullRequest(
        number=int(told["iid"]),
        head=text_of(told["sha"]),
        head_branch=text_of(told["source_branch"]),
        head_repository="",
        base=text_of((told.get("diff_refs") or {}).get("start_sha") or ""),  # GitLab may be computing it
        base_branch=text_of(told["target_branch"]),
        is_open=told["state"] == "opened",
        is_draft=bool(told.get("draft")),
        is_fork=source != target,
        author=_author(told),
        title=told.get("title") or "",
        labels=tuple(text_of(label) for label in told.get("labels") or ()),
        url=told.get("web_url") or "",
        description=text_of(told.get("description") or ""),
    )
    return found, None if source is None else int(source), target


def note(told: Any, request_url: str) -> Comment:
    """A note on the merge request at this address."""
    author = _author(told)
    return Comment(
        number=int(told["id"]),
        author=author,
        body=told.get("body") or "",
        url=f"{request_url}#note_{int(told['id'])}",
        author_is_bot=_BOT.fullmatch(author) is not None,
        created_at=told.get("created_at") or "",
        changed_at=told.get("updated_at") or "",
    )


def thread(told: Any) -> tuple[str, int, bool] | None:
    """A thread that can be resolved: its id, the note that starts it, and whether it is resolved."""
    first = told["notes"][0] if told["notes"] else {}
    if not first.get("resolvable"):
        return None
    return text_of(told["id"]), int(first["id"]), bool(first.get("resolved"))


def status(told: Any) -> tuple[int, CommitStatus]:
    """A status, and its number: a later one has a greater."""
    state = text_of(told["status"])
    read = GateState.PENDING if state in _RUNNING else _READ_STATES.get(state, GateState.ERROR)
    said = CommitStatus(text_of(told["name"]), read, told.get("description") or "", told.get("target_url") or "")
    return int(told["id"]), said


def _author(told: Mapping[str, Any]) -> str:
    """Empty where the account was deleted."""
    return text_of((told.get("author") or {}).get("username") or "")


def user(told: Any, login: str) -> int | None:
    """The number of the user with exactly this name, whose case does not count."""
    return next((int(one["id"]) for one in told if text_of(one["username"]).lower() == login.lower()), None)


def permission(answer: Answer) -> Permission:
    """What a member may do, by the level of their role."""
    level = 0 if answer.status == 404 else int(answer.data["access_level"])
    if level >= _MAINTAINER:
        return Permission.ADMIN
    if level >= _DEVELOPER:
        return Permission.WRITE
    return Permission.READ if level >= _GUEST else Permission.NONE


def artifact(told: Any, now: datetime) -> tuple[int, str] | None:
    """The number of a job, and the name of what it has left; None where that is nothing, or gone."""
    file, expiry = told.get("artifacts_file"), told.get("artifacts_expire_at")
    if not file or (expiry and datetime.fromisoformat(text_of(expiry)) <= now):
        return None
    return int(told["id"]), text_of(file["filename"]).removesuffix(".zip")
