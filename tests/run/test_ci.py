"""What a CI job does about its event, as far as nothing has to be built for it."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bot.core.occasions import Wishes
from bot.domain import FinishedRun, ForgeKind, GateState, Happening, Occasion, Place, PullRequest, RunId
from bot.domain.records import RecordKind
from bot.errors import EnvironmentFailure, UsageError
from bot.run import ci
from bot.run.proving import Case, Job, prove
from bot.run.publishing import Desk
from bot.run.stage import Request
from bot.world.forges.contract import Refused, Unavailable, Withheld
from bot.world.forges.nobody import Nobody
from bot.world.ledger import Ledger, draw_up
from tests.run.memory import NUMBER, Hub, MemoryForge

_HEAD, _BASE = "a" * 40, "b" * 40
_PLACE = Place("https://forge.example", "https://api.forge.example", "acme/shop", RunId(9), "https://forge.example/r/9")
_PULL = PullRequest(NUMBER, _HEAD, "prices", "acme/shop", _BASE, "main")
_CONSOLE = Console(quiet=True)


class _Stage:
    """A job in an empty folder, with its forge and its log. Its cache folder is the test's."""

    def __init__(self, folder: Path) -> None:
        self.hub = Hub(_PULL)
        self.forge = MemoryForge(self.hub)
        self.log: list[str] = []
        self.outputs = folder / "outputs"
        self._folder = folder

    def job(self, **occasion: object) -> Job:
        told = replace(Occasion(Happening.REQUEST, _PLACE, "pull_request.opened"), **occasion)  # type: ignore[arg-type]
        desk = Desk(self.forge, "shop", _PLACE, self.log.append)
        return Job(told, request(self._folder), desk, desk, {"GITHUB_OUTPUT": str(self.outputs)})

    def run(self, **occasion: object) -> int:
        return ci.run(self.job(**occasion), Wishes(), _CONSOLE, _CONSOLE)


def request(here: Path, project_dir: Path | None = None) -> Request:
    """What is asked for in a folder, with defaults."""
    return Request(
        here=here,
        project_dir=project_dir,
    )


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Stage:
    """A job of this test's own."""
    monkeypatch.setenv("PROOFBOT_CACHE_DIR", str(tmp_path / "kept"))
    return _Stage(tmp_path)


def test_a_draft_waits(stage: _Stage) -> None:
    """A draft could be merged unproven, or would show an error that nobody has made."""
    assert stage.run(number=NUMBER, request=replace(_PULL, is_draft=True)) == 0
    gate = stage.hub.gate(_HEAD)
    assert gate is not None
    assert (gate.context, gate.state) == ("proofbot/shop", GateState.PENDING)
    assert "draft" in gate.description
    assert "pending" in stage.outputs.read_text(encoding="utf-8")


def test_a_draft_waits_also_where_nothing_can_be_said(stage: _Stage) -> None:
    """The job of a fork's draft would fail, though there is nothing to prove yet."""
    stage.forge.refuse(Refused("no"), "set_status")
    assert stage.run(number=NUMBER, request=replace(_PULL, is_draft=True)) == 0
    assert "the commit's status could not be set: no" in stage.log


@pytest.mark.parametrize("refusal", [Refused("no"), Withheld("no token")])
def test_a_draft_that_nothing_else_holds_fails_its_job_on_gitlab(stage: _Stage, refusal: Refused) -> None:
    """GitLab would merge, as soon as somebody marks it as ready, what nobody has looked at: no pipeline is started."""
    stage.forge.refuse(refusal, "set_status")
    job = stage.job(number=NUMBER, request=replace(_PULL, is_draft=True))
    on_gitlab = replace(job, desk=replace(job.desk, place=replace(_PLACE, forge=ForgeKind.GITLAB)))
    assert ci.run(on_gitlab, Wishes(), _CONSOLE, _CONSOLE) == 1
    assert "this job fails" in stage.log[-1]


@pytest.mark.parametrize(
    ("description", "words"),
    [("```proofbot\norders: remov...", "declares more than this job is told"), ("x...", "too long to be told whole")],
)
@pytest.mark.parametrize("happening", [Happening.REQUEST, Happening.QUEUE])
def test_what_is_cut_off_a_description_is_told(
    stage: _Stage, happening: Happening, description: str, words: str
) -> None:
    """Checks that somebody has declared would be left out without a word, and the gate be open; or in a train, where
    nobody may ask for the description, closed for ever."""
    stage.forge.refuse(Refused("no"), "pull_request")
    told = replace(_PULL, description=description, is_cut=True)
    with pytest.raises(UsageError) as caught:  # the folder holds no repository, if nothing else is wrong
        stage.run(happening=happening, number=NUMBER, request=told)
    assert words in "\n".join([str(caught.value), *stage.log])


def test_what_does_not_concern_us_is_said(stage: _Stage) -> None:
    """Somebody whose workflow listens to the wrong event would wait for a comment, and not know why none comes."""
    assert stage.run(happening=Happening.OTHER, words="pull_request.assigned") == 0
    assert stage.log == ["pull_request.assigned: nothing that concerns proofbot"]
    assert stage.hub.statuses == []


def test_what_is_left_of_a_closed_request_goes(stage: _Stage, tmp_path: Path) -> None:
    """Folders of closed requests would fill the disk of a runner that lives on."""
    home = tmp_path / "kept"
    for name, number in (("shop-0123456ab", NUMBER), ("shop-fedcba987", NUMBER + 1)):
        (home / "reports" / name).mkdir(parents=True)
        told = {"folder": f"reports/{name}", "repository": "acme/shop"}
        Ledger(home).note(draw_up(RecordKind.REPORT, "shop", number, _HEAD, told))
    assert stage.run(happening=Happening.CLOSED, number=NUMBER, words="pull_request.closed") == 0
    assert [path.name for path in (home / "reports").iterdir()] == ["shop-fedcba987"]


def test_a_finished_run_without_a_report_closes_the_gate(stage: _Stage) -> None:
    """A fork whose job crashed would leave the gate without a word, or worse, as it was."""
    finished = FinishedRun(RunId(8), _HEAD, "prices", "acme/shop", "pull_request", "failure")
    assert stage.run(happening=Happening.FINISHED, words="workflow_run.completed", finished=finished) == 3
    gate = stage.hub.gate(_HEAD)
    assert gate is not None
    assert gate.state is GateState.ERROR


@pytest.mark.parametrize(
    ("head", "words"),
    [(None, "comes from a fork, and this job has secrets"), ("c" * 40, f"the head of pull request {NUMBER} is")],
)
def test_a_fork_is_proven_by_hand_only_as_it_was_read(stage: _Stage, head: str | None, words: str) -> None:
    """Code that was pushed after somebody had read it would run with the secrets of the job."""
    stage.hub.request = replace(_PULL, is_fork=True, head_repository="ann/shop")
    with pytest.raises(UsageError, match=words):
        stage.run(happening=Happening.DISPATCH, number=NUMBER, head=head, words="workflow_dispatch")
    assert stage.hub.statuses == []


@pytest.mark.parametrize(("forge", "is_told"), [(ForgeKind.GITHUB, True), (ForgeKind.GITLAB, False)])
def test_only_githubs_runner_is_told_what_is_no_command(stage: _Stage, forge: ForgeKind, *, is_told: bool) -> None:
    """The log of a GitLab job would be full of words for somebody else; or data would command GitHub's runner."""
    log, job = StringIO(), stage.job()
    desk = replace(job.desk, place=replace(_PLACE, forge=forge))
    with pytest.raises(UsageError):
        prove(replace(job, desk=desk), Case(_HEAD, "prices", _BASE, "main", NUMBER), _CONSOLE, Console(file=log))
    assert ("::stop-commands::" in log.getvalue()) is is_told
    assert ("\n::" in log.getvalue()) is is_told


def test_on_gitlab_a_forks_commit_is_named_by_a_variable(stage: _Stage) -> None:
    """Somebody would look for an input of a form that GitLab does not have."""
    stage.hub.request = replace(_PULL, is_fork=True)
    place = replace(_PLACE, forge=ForgeKind.GITLAB)
    with pytest.raises(UsageError, match="merge request !") as caught:
        stage.run(happening=Happening.DISPATCH, number=NUMBER, words="web", place=place)
    assert "the variable PROOFBOT_HEAD" in str(caught.value.remedy)


def test_a_request_that_cannot_be_looked_up_is_an_error(stage: _Stage) -> None:
    """A run by hand would prove whatever is checked out, in the name of a request."""
    stage.forge.refuse(Unavailable("the forge is down"), "pull_request")
    with pytest.raises(EnvironmentFailure, match=f"pull request {NUMBER} could not be looked up: the forge is down"):
        stage.run(happening=Happening.DISPATCH, number=NUMBER, words="workflow_dispatch")


def test_what_cannot_be_proven_is_told_and_never_pending(stage: _Stage, tmp_path: Path) -> None:
    """A wrong call would leave the gate pending for ever, and the comment about an older commit."""
    with pytest.raises(UsageError, match="is not in a git repository"):
        prove(stage.job(), Case(_HEAD, "prices", _BASE, "main", NUMBER), _CONSOLE, _CONSOLE)
    states = [status.state for commit, status in stage.hub.statuses if commit == _HEAD]
    assert states == [GateState.PENDING, GateState.ERROR]
    [comment] = stage.hub.comments.values()
    assert "could not run" in comment.body
    assert "Run proofbot inside the repository of your dbt project" in comment.body
    assert list((tmp_path / "kept" / "records").glob("*.json")), "the report's folder is on record"
    assert "error" in stage.outputs.read_text(encoding="utf-8")


@pytest.mark.parametrize("is_refused", [True, False])
def test_a_gate_that_could_not_be_set_is_tried_again(stage: _Stage, tmp_path: Path, *, is_refused: bool) -> None:
    """A forge that was down for a minute would leave the gate pending for ever."""
    if is_refused:
        stage.forge.refuse(Unavailable("the forge is down"), "set_status")
    with pytest.raises(UsageError):
        prove(stage.job(), Case(_HEAD, "prices", _BASE, "main", NUMBER), _CONSOLE, _CONSOLE)
    kinds = [record.kind for record in Ledger(tmp_path / "kept").records()]
    assert (RecordKind.GATE in kinds) is is_refused


def test_without_a_token_everything_else_works(stage: _Stage, tmp_path: Path) -> None:
    """A job without a token would end before it said anything."""
    desk = Desk(Nobody("there is no token"), "shop", _PLACE, stage.log.append)
    summary = tmp_path / "summary"
    job = replace(stage.job(), desk=desk, last_words=desk, environment={"GITHUB_STEP_SUMMARY": str(summary)})
    with pytest.raises(UsageError):
        prove(job, Case(_HEAD, "prices", _BASE, "main", NUMBER), _CONSOLE, _CONSOLE)
    assert "could not run" in summary.read_text(encoding="utf-8")
    assert any("there is no token" in line for line in stage.log)


def test_the_project_is_called_by_its_folder(tmp_path: Path) -> None:
    """Two projects of a repository would share one comment and one gate."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    folder = tmp_path / "transform" / "finance"
    folder.mkdir(parents=True)
    assert ci.project_folder(request(tmp_path)) is None, "no project is here"
    assert ci.project_folder(request(tmp_path, project_dir=folder)) == "transform/finance"
    (folder / "dbt_project.yml").touch()
    assert ci.project_folder(request(folder)) == "transform/finance"
    (tmp_path / "dbt_project.yml").touch()
    assert ci.project_folder(request(tmp_path)) == "."


def test_where_there_is_no_repository_the_run_says_it(tmp_path: Path) -> None:
    """A call outside of a repository would end in the words of the naming of the project."""
    assert ci.project_folder(request(tmp_path, project_dir=tmp_path)) is None
