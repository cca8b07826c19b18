"""Pipelines, jobs and what they left: lib/api/ci/pipelines.rb, jobs.rb and job_artifacts.rb of gitlabhq."""

from __future__ import annotations

from tests.world.forges.fake_gitlab import shapes
from tests.world.forges.fake_gitlab.routes import Call, forbidden, missing, serves
from tests.world.forges.fake_gitlab.taken import Taken
from tests.world.forges.fake_gitlab.things import REPORTER
from tests.world.forges.http_fake.answers import Answer
from tests.world.forges.http_fake.server import SIGNED

_PIPELINES = {
    "sha": Taken(),
    "ref": Taken(),
    "source": Taken(),
    "order_by": Taken(values=("id", "status", "ref", "updated_at", "user_id")),
    "sort": Taken(values=("asc", "desc")),
}
_JOBS = {"include_retried": Taken(bool), "scope": Taken(list)}


@serves("GET /job", takes_job_tokens=True)
def show_own_job(call: Call) -> Answer:
    """The job whose token this is; who brings another token has none."""
    if call.token is None or call.token.job is None:
        raise missing("Job")
    return Answer(200, shapes.job(call.state, call.token.job))


@serves("GET /projects/{id}/pipelines", _PIPELINES, is_open=True, is_list=True)
def list_pipelines(call: Call) -> Answer:
    """Pipelines, the newest first."""
    _check(call)
    given = call.given
    found = [
        one
        for _, one in sorted(call.state.pipelines.items(), reverse=given.get("sort", "desc") == "desc")
        if given.get("sha", one.sha).lower() == one.sha
        and given.get("ref") in (None, one.ref)
        and given.get("source") in (None, one.source)
    ]
    return Answer(200, [shapes.pipeline(call.state, one) for one in found])


@serves("GET /projects/{id}/pipelines/{pipeline_id}/jobs", _JOBS, is_open=True, takes_job_tokens=True, is_list=True)
def list_jobs(call: Call) -> Answer:
    """The jobs of a pipeline, the newest first; what was repeated only if it is wanted."""
    _check(call)
    pipeline = call.state.pipelines.get(call.number("pipeline_id"))
    if pipeline is None:
        raise missing()
    states = call.given.get("scope")
    found = [
        job
        for _, job in sorted(call.state.jobs.items(), reverse=True)
        if job.pipeline is pipeline
        and (call.given.get("include_retried") or not job.is_retried)
        and (states is None or job.status in states)
    ]
    return Answer(200, [shapes.job(call.state, job) for job in found])


@serves("GET /projects/{id}/jobs/{job_id}")
def show_job(call: Call) -> Answer:
    """One job."""
    _check(call)
    job = call.state.jobs.get(call.number("job_id"))
    if job is None:
        raise missing()
    return Answer(200, shapes.job(call.state, job))


@serves("GET /projects/{id}/jobs/{job_id}/artifacts", is_open=True, takes_job_tokens=True)
def download_artifacts(call: Call) -> Answer:
    """The archive: from GitLab itself, or from a storage, at an address that needs no token."""
    _check(call)
    job = call.state.jobs.get(call.number("job_id"))
    if job is None or job.artifact is None or job.artifact.is_expired:
        raise missing()
    if call.state.has_storage:
        return Answer(302, headers={"Location": f"{call.state.storage_url}/artifacts/{job.number}?{SIGNED}"})
    name = f'attachment; filename="{job.artifact.file_name}"'
    return Answer(200, job.artifact.content, {"Content-Type": "application/zip", "Content-Disposition": name})


def _check(call: Call) -> None:
    if call.level < REPORTER and call.project.visibility == "private":
        raise forbidden()
