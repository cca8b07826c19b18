"""The repository, its pull requests, and who may do what in it."""

from __future__ import annotations

from tests.world.forges.fake_github import shapes
from tests.world.forges.fake_github.routes import Call, Refusal, missing, serves
from tests.world.forges.fake_github.things import ROLES, Pull
from tests.world.forges.http_fake.answers import Answer

_REPO = "/repos/{owner}/{repo}"
_SCOPES = ("pull-requests",)


@serves("get", "/user")
def show_user(call: Call) -> Answer:
    """Whose token this is. An installation is nobody."""
    if call.token.is_installation:
        raise Refusal(403, "Resource not accessible by integration")
    return Answer(200, shapes.user(call.state, call.token.user) | {"user_view_type": "private"})


@serves("get", _REPO)
def show_repository(call: Call) -> Answer:
    """The repository."""
    return Answer(200, shapes.repository(call.state, call.state.repository, call.state.number))


@serves("get", f"{_REPO}/pulls", _SCOPES)
def list_pulls(call: Call) -> Answer:
    """Pull requests, the newest first. As on GitHub, a `head` that is not `owner:branch` is not looked at."""
    state = call.query.get("state", "open")
    owner, colon, branch = call.query.get("head", "").partition(":")
    base = call.query.get("base", "")
    found = [
        pull
        for _, pull in sorted(call.state.pulls.items(), reverse=call.query.get("direction", "desc") == "desc")
        if (state == "all" or pull.is_open == (state == "open"))
        and (not colon or _is_from(pull, owner, branch))
        and (not base or pull.base_branch == base)
    ]
    return Answer(200, [shapes.pull(call.state, pull) for pull in found])


@serves("get", f"{_REPO}/pulls/{{pull_number}}", _SCOPES)
def show_pull(call: Call) -> Answer:
    """One pull request."""
    pull = call.state.pulls.get(int(call.path["pull_number"]))
    if pull is None:
        raise missing()
    return Answer(200, shapes.pull(call.state, pull))


@serves("get", f"{_REPO}/commits/{{commit_sha}}/pulls", _SCOPES)
def list_pulls_of_commit(call: Call) -> Answer:
    """The pull requests whose head is this commit. As on GitHub, those of forks are not among them."""
    here = call.state.repository.lower()
    found = [
        pull
        for pull in call.state.pulls.values()
        if pull.head == call.path["commit_sha"] and (pull.head_repository or "").lower() == here
    ]
    return Answer(200, [shapes.pull(call.state, pull) for pull in found])


@serves("get", f"{_REPO}/collaborators/{{username}}/permission")
def show_permission(call: Call) -> Answer:
    """What somebody may do, in the old four words and by the name of the role."""
    user = call.state.users.get(call.path["username"].lower())
    if user is None:
        raise Refusal(404, f"{call.path['username']} is not a user")
    about = shapes.user(call.state, user) | {"role_name": user.role}
    return Answer(200, {"permission": ROLES[user.role], "role_name": user.role, "user": about})


def _is_from(pull: Pull, owner: str, branch: str) -> bool:
    return (pull.head_repository or "").partition("/")[0].lower() == owner.lower() and pull.head_branch == branch
