"""Runs of workflows and what they left."""

from __future__ import annotations

from tests.world.forges.fake_github import shapes
from tests.world.forges.fake_github.routes import Call, Refusal, missing, serves
from tests.world.forges.fake_github.things import Artifact, Run
from tests.world.forges.http_fake.answers import Answer

_REPO = "/repos/{owner}/{repo}"
_SCOPES = ("actions",)


@serves("get", f"{_REPO}/actions/runs/{{run_id}}", _SCOPES)
def show_run(call: Call) -> Answer:
    """One run."""
    return Answer(200, shapes.run(call.state, _run(call)))


@serves("get", f"{_REPO}/actions/runs/{{run_id}}/artifacts", _SCOPES)
def list_artifacts(call: Call) -> Answer:
    """What a run left, the newest first, what has expired included."""
    wanted = call.query.get("name")
    found = [one for one in call.state.artifacts_of(_run(call).number) if wanted in (None, one.name)]
    body = {"total_count": len(found), "artifacts": [shapes.artifact(call.state, one) for one in found]}
    return Answer(200, body, inside="artifacts")


@serves("get", f"{_REPO}/actions/artifacts/{{artifact_id}}", _SCOPES)
def show_artifact(call: Call) -> Answer:
    """One artifact."""
    return Answer(200, shapes.artifact(call.state, _artifact(call)))


@serves("get", f"{_REPO}/actions/artifacts/{{artifact_id}}/{{archive_format}}", _SCOPES)
def download_artifact(call: Call) -> Answer:
    """Where the archive lies: on another host, at an address that needs no token."""
    artifact = _artifact(call)
    if call.path["archive_format"] != "zip":
        raise missing()
    if artifact.is_expired:
        raise Refusal(410, "Artifact has expired")
    return Answer(302, headers={"Location": f"{call.state.storage_url}/artifacts/{artifact.number}?sig=signed"})


def _run(call: Call) -> Run:
    run = call.state.runs.get(int(call.path["run_id"]))
    if run is None:
        raise missing()
    return run


def _artifact(call: Call) -> Artifact:
    artifact = call.state.artifacts.get(int(call.path["artifact_id"]))
    if artifact is None:
        raise missing()
    return artifact
