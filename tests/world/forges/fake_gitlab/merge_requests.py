"""The project, its merge requests, and where commits parted: lib/api/merge_requests.rb and repositories.rb."""

from __future__ import annotations

from tests.world.forges.fake_gitlab import shapes
from tests.world.forges.fake_gitlab.routes import Call, Refusal, forbidden, missing, serves
from tests.world.forges.fake_gitlab.taken import Taken
from tests.world.forges.fake_gitlab.things import REPORTER
from tests.world.forges.http_fake.answers import Answer

_LISTED = {
    "state": Taken(values=("opened", "closed", "locked", "merged", "all")),
    "scope": Taken(values=("created_by_me", "assigned_to_me", "all")),
    "source_branch": Taken(),
    "target_branch": Taken(),
    "iids": Taken(list),
    "order_by": Taken(values=("created_at", "updated_at", "title")),
    "sort": Taken(values=("asc", "desc")),
}
_SHOWN = {name: Taken(bool) for name in ("render_html", "include_diverged_commits_count", "include_rebase_in_progress")}


@serves("GET /projects/{id}", {"statistics": Taken(bool), "license": Taken(bool)}, is_open=True)
def show_project(call: Call) -> Answer:
    """A project. The token of a job is not looked at."""
    return Answer(200, shapes.project(call.state, call.project))


@serves("GET /projects/{id}/merge_requests", _LISTED, is_open=True, takes_job_tokens=True, is_list=True)
def list_requests(call: Call) -> Answer:
    """Merge requests into the project, the newest first, of every state if none is named."""
    if call.level < REPORTER and call.project.visibility == "private":
        raise forbidden()
    given = call.given
    found = [
        one
        for one in call.state.requests.values()
        if call.project is call.state.project
        and given.get("state", "all") in ("all", one.state)
        and given.get("source_branch") in (None, one.source_branch)
        and given.get("target_branch") in (None, one.target_branch)
        and ("iids" not in given or str(one.iid) in given["iids"])
    ]
    found.sort(key=lambda one: one.iid, reverse=given.get("sort", "desc") == "desc")
    return Answer(200, [shapes.request(call.state, one) for one in found])


@serves("GET /projects/{id}/merge_requests/{merge_request_iid}", _SHOWN, is_open=True, takes_job_tokens=True)
def show_request(call: Call) -> Answer:
    """One merge request."""
    return Answer(200, shapes.whole_request(call.state, call.request()))


@serves("GET /projects/{id}/repository/merge_base", {"refs": Taken(list, is_required=True)}, is_open=True)
def show_merge_base(call: Call) -> Answer:
    """Where commits parted."""
    refs = call.given["refs"]
    if len(refs) != 2:
        raise Refusal(400, {"message": "Provide at least 2 refs"}, is_fault=True)
    unknown = [ref for ref in refs if ref.lower() not in call.state.commits]
    if unknown:
        raise Refusal(400, {"message": f"Could not find ref{'s'[: len(unknown) - 1]}: {', '.join(unknown)}"})
    return Answer(200, shapes.commit(call.state, call.state.merge_base(*refs)))


@serves("GET /projects/{id}/repository/commits/{sha}", {"stats": Taken(bool)}, is_open=True)
def show_commit(call: Call) -> Answer:
    """A commit."""
    sha = call.path["sha"].lower()
    if sha not in call.state.commits:
        raise missing("Commit")
    return Answer(200, shapes.commit(call.state, sha))


@serves("GET /projects/{id}/repository/branches/{branch}", is_open=True)
def show_branch(call: Call) -> Answer:
    """A branch, and its last commit."""
    name = call.path["branch"]
    if name not in call.state.branches:
        raise missing("Branch")
    commit = shapes.commit(call.state, call.state.branches[name])
    about = {"merged": False, "protected": name == "main", "default": name == "main"}
    return Answer(200, {"name": name, "commit": commit, **about})
