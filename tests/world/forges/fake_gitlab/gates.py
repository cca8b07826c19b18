"""Statuses of commits: lib/api/commit_statuses.rb and app/services/ci/create_commit_status_service.rb of gitlabhq."""

from __future__ import annotations

from tests.world.forges.fake_gitlab import shapes
from tests.world.forges.fake_gitlab.routes import Call, Refusal, forbidden, missing, serves
from tests.world.forges.fake_gitlab.taken import Taken
from tests.world.forges.fake_gitlab.things import DEVELOPER, REPORTER, UNFINISHED, Job, Pipeline, Status, Word
from tests.world.forges.http_fake.answers import Answer

_LONGEST = 255  # characters of a description, an address, a name
_SET = {
    "state": Taken(is_required=True, values=("pending", "running", "success", "failed", "canceled", "skipped")),
    "ref": Taken(),
    "name": Taken(),
    "context": Taken(),
    "description": Taken(),
    "target_url": Taken(),
    "pipeline_id": Taken(int),
    "coverage": Taken(),
}
_LISTED = {
    "ref": Taken(),
    "stage": Taken(),
    "name": Taken(),
    "pipeline_id": Taken(int),
    "all": Taken(bool),
    "order_by": Taken(values=("id", "pipeline_id")),
    "sort": Taken(values=("asc", "desc")),
}
# What each state is reached by, and from where (app/models/commit_status.rb).
_EVENTS = {
    "pending": ("enqueue", {"created"}),
    "running": ("run", {"created", "pending"}),
    "success": ("success", UNFINISHED),
    "failed": ("drop", UNFINISHED),
    "canceled": ("cancel", UNFINISHED),
    "skipped": ("skip", {"created", "pending"}),
}


@serves("POST /projects/{id}/statuses/{sha}", _SET)
def set_status(call: Call) -> Answer:
    """A status in a pipeline: the unfinished one of this name by this user changes, else there is a new one."""
    if call.level < DEVELOPER:
        raise forbidden()
    sha, name = call.path["sha"].lower(), call.given.get("name") or call.given.get("context") or "default"
    if sha not in call.state.commits:
        raise missing("Commit")
    pipeline = _pipeline(call, sha)
    _check(call, pipeline, name)
    known = _unfinished(call, pipeline, name)
    status = known or Status(call.state.number_for_new(), pipeline, name, call.user, call.state.now())
    event, before = _EVENTS[call.given["state"]]
    if status.state not in before:
        cause = f'(Reason(s): Status cannot transition via "{event}")'
        raise Refusal(400, {"message": f"Cannot transition status via :{event} from :{status.state} {cause}"})
    status.state = call.given["state"]
    status.description = call.given.get("description") or status.description
    status.target_url = call.given.get("target_url") or status.target_url
    if known is None:
        _retire(call, status)
        call.state.statuses.append(status)
    word = Word(sha, name, status.state, status.description, status.target_url, pipeline.number)
    call.state.words.append(word)
    return Answer(201, shapes.status(call.state, status))


@serves("GET /projects/{id}/repository/commits/{sha}/statuses", _LISTED, is_list=True)
def list_statuses(call: Call) -> Answer:
    """The statuses of a commit over all its pipelines, the jobs of these among them; retired ones only with `all`."""
    if call.level < REPORTER and call.project.visibility == "private":
        raise forbidden()
    sha = call.path["sha"].lower()
    if sha not in call.state.commits:
        raise missing("Commit")
    wanted = [one for one in _all(call) if _is_wanted(call, sha, one)]
    by_pipeline = call.given.get("order_by") == "pipeline_id"
    wanted.sort(
        key=lambda one: (one.pipeline.number if by_pipeline else one.number, one.number),
        reverse=call.given.get("sort") == "desc",
    )
    return Answer(200, [shapes.status(call.state, one) for one in wanted])


def _all(call: Call) -> list[Status | Job]:
    return [*call.state.statuses, *call.state.jobs.values()]


def _is_wanted(call: Call, sha: str, one: Status | Job) -> bool:
    """Whether this is one of those that are asked for. A job has a status of its own name."""
    given, stage = call.given, "external" if isinstance(one, Status) else "test"
    return (
        one.pipeline.sha == sha
        and (given.get("all") or not one.is_retried)
        and given.get("pipeline_id") in (None, one.pipeline.number)
        and given.get("name") in (None, "", one.name)
        and given.get("ref") in (None, "", one.pipeline.ref)
        and given.get("stage") in (None, "", stage)
    )


def _pipeline(call: Call, sha: str) -> Pipeline:
    """The pipeline that a status goes to: the newest for the commit that fits. If none does, one is made beside those
    that are there, and that is nobody's wish."""
    wanted, ref = call.given.get("pipeline_id"), call.given.get("ref")
    found = [
        one for one in call.state.pipelines_for(sha) if wanted in (None, one.number) and (not ref or one.ref == ref)
    ]
    if found:
        return found[0]
    ref = ref or call.state.commits[sha]
    if not ref:
        raise missing("References for commit")
    if wanted is not None:
        raise missing("Pipeline for pipeline_id, sha and ref")
    call.complain("a second pipeline is made for this status: it names none, and none fits")
    return call.state.add_pipeline(call.state.number_for_new(), sha, ref, "external")


def _check(call: Call, pipeline: Pipeline, name: str) -> None:
    """Whether the texts fit, and the name is none of a job in the pipeline (app/models/generic_commit_status.rb)."""
    if any(job.pipeline is pipeline and job.name == name for job in call.state.jobs.values()):
        _refuse("name", "has already been taken")
    for field in ("description", "target_url"):
        if len(call.given.get(field) or "") > _LONGEST:
            _refuse(field, f"is too long (maximum is {_LONGEST} characters)")
    if len(name) > _LONGEST:
        _refuse("name", f"is too long (maximum is {_LONGEST} characters)")
    if not (call.given.get("target_url") or "http://").startswith(("http://", "https://")):
        _refuse("target_url", "is blocked: Only allowed schemes are http, https")


def _refuse(field: str, fault: str) -> None:
    raise Refusal(400, {"message": {field: [fault]}}, is_fault=True)


def _unfinished(call: Call, pipeline: Pipeline, name: str) -> Status | None:
    for status in reversed(call.state.statuses):
        is_ours = status.pipeline is pipeline and status.name == name and status.author is call.user
        if is_ours and not status.is_retried and status.state in UNFINISHED:
            return status
    return None


def _retire(call: Call, newest: Status) -> None:
    """Those of its name in the pipeline are as if they had been repeated."""
    for one in call.state.statuses:
        if one.pipeline is newest.pipeline and one.name == newest.name:
            one.is_retried = True
