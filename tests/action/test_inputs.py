"""What the action makes of its inputs before proofbot runs. `config --schema` stands for a proof: it is quick."""

from __future__ import annotations

import base64
import functools
import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.action.expressions import Scope, holds
from tests.action.harness import ACTION, Job
from tests.action.runs import End
from tests.action.stage import Stage
from tests.stories.repositories import git
from tests.stories.shop import HARMLESS

_QUICK = {"install": "false", "command": "config", "arguments": "--schema"}


def _job(stage: Stage, **about: Any) -> Job:
    """A job on a machine, which may be named, and of an event, which may be, too."""
    event = about.get("event") or stage.main_event("schedule", {"schedule": "0 0 * * 0"})
    return Job(about.get("machine") or stage.machine(event), event, token="ghs_very_secret")


def _use(job: Job, **inputs: object) -> End:
    return job.use(ACTION, {**_QUICK, **{name.replace("_", "-"): value for name, value in inputs.items()}})


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"cache": "yes"}, "The input cache must be true or false."),
        ({"on_draft": "maybe"}, "The input on-draft must be true or false."),
        ({"install": "no"}, "The input install must be true or false."),
        ({"command": "ci; id"}, "The input command must be a command of proofbot"),
        ({"install": "true", "requirements": "gone.txt"}, "There is no file as the input requirements names it."),
        ({"dbt_adapter": "dbt-duckdb"}, "Where the input install is false, nothing else can be installed either."),
    ],
)
def test_a_wrong_input_is_named(stage: Stage, inputs: dict[str, object], words: str) -> None:
    """A user would look for the reason of a failure in proofbot instead of in the own workflow."""
    end = _use(_job(stage), **inputs)
    assert (end.conclusion, end.step("look").code) == ("failure", 2)
    assert [note.text.startswith(words) for note in end.console.annotations] == [True]
    assert end.step("conclude").outcome == "skipped"


def test_a_missing_proofbot_is_named(stage: Stage) -> None:
    """A user would get `command not found` and no remedy."""
    event = stage.main_event("schedule", {})
    machine = replace(stage.machine(event), environment={"PATH": "/usr/bin:/bin"})
    end = _use(_job(stage, event=event, machine=machine))
    assert (end.conclusion, end.step("install").code) == ("failure", 3)
    assert "There is no proofbot on the PATH" in end.log


def test_arguments_arrive_one_a_line_and_hostile_ones_as_they_are(stage: Stage, tmp_path: Path) -> None:
    """A blank in a folder's name would break a call, or a branch's name run as a command."""
    hostile = "$(touch pwned) `touch pwned`"
    end = _use(
        _job(stage),
        arguments=f"--schema\n\n--target\n{hostile}",
        vars="{a: '$(touch pwned)'}",
        slug="'; touch pwned; '",
    )
    assert end.conclusion == "success", end.log
    assert '"$schema"' in end.log
    assert list(tmp_path.rglob("pwned")) == []


def test_an_empty_input_lets_the_jobs_environment_speak(stage: Stage) -> None:
    """A setting of the whole job would be overruled by nothing."""
    event = stage.main_event("schedule", {})
    machine = stage.machine(event)
    machine = replace(machine, environment={**machine.environment, "PROOFBOT_VARS": "no mapping"})
    assert "--vars must be a mapping" in _use(_job(stage, event=event, machine=machine), arguments="").log
    assert (
        "--vars must be a mapping"
        not in _use(_job(stage, event=event, machine=machine), arguments="", vars="{a: 1}").log
    )


class _Recorder(http.server.SimpleHTTPRequestHandler):
    """Serves a repository as files, and notes who asks."""

    seen: list[str]

    def do_GET(self) -> None:
        self.seen.append(self.headers.get("Authorization", ""))
        super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(stage: Stage, tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """The stage's repository over HTTP: the server's address, and the Authorization headers that it saw."""
    bare = tmp_path / "www" / stage.github.repository
    stage.open(changes=HARMLESS)
    git(tmp_path, "clone", "-q", "--mirror", str(stage.repository), str(bare))
    git(bare, "update-server-info")
    handler = type("Handler", (_Recorder,), {"seen": []})
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=str(tmp_path / "www"))
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", handler.seen  # type: ignore[attr-defined]
        server.shutdown()


def test_the_requests_commits_are_fetched_with_the_token_which_nobody_sees(
    stage: Stage, served: tuple[str, list[str]]
) -> None:
    """A run by hand would not find the commit; or the token would stand in a log."""
    address, seen = served
    event = stage.main_event("workflow_dispatch", {"inputs": {"pr": "#7"}})
    machine = replace(stage.machine(event), server_url=address)
    git(machine.folder, "init", "-q", str(machine.workspace))
    end = _use(_job(stage, event=event, machine=machine))
    assert end.conclusion == "success", end.log
    told = base64.b64encode(b"x-access-token:ghs_very_secret").decode()
    assert set(seen) == {f"basic {told}"}
    assert git(machine.workspace, "rev-parse", "refs/remotes/pull/7/head") == stage.github.pull(7).head
    assert told not in end.log
    assert git(machine.workspace, "config", "--local", "--list").count("extraheader") == 0


@pytest.mark.parametrize("number", ["7 --upload-pack=id", "seven", "07"])
def test_what_is_no_number_is_not_fetched(stage: Stage, number: str) -> None:
    """Whoever may start the workflow could slip an option into git's call."""
    end = _use(_job(stage, event=stage.main_event("workflow_dispatch", {"inputs": {"pr": number}})))
    assert end.step("Fetch the request").code == 2


def _condition(name: str) -> str:
    steps = yaml.safe_load(ACTION.read_text(encoding="utf-8"))["runs"]["steps"]
    [condition] = [step["if"] for step in steps if step["name"] == name]
    return str(condition)


@pytest.mark.parametrize(
    ("server", "uploads"),
    [("https://github.com", True), ("https://acme.ghe.com", True), ("https://github.acme.example", False)],
)
def test_an_enterprise_server_gets_no_artifact_that_it_cannot_take(server: str, *, uploads: bool) -> None:
    """Every run there would end with an error of somebody else's action."""
    done = {"proofbot": {"outputs": {"artifact": "proofbot-shop-1"}}}
    scope = Scope({"github": {"server_url": server}, "steps": done}, failed=True)
    assert holds(_condition("Upload the report"), scope) is uploads


@pytest.mark.parametrize(
    ("event", "keeps"),
    [
        ("pull_request", True),
        ("push", True),
        ("issue_comment", False),
        ("workflow_dispatch", False),
        ("workflow_run", False),
        ("merge_group", False),
    ],
)
def test_what_a_request_built_stays_out_of_the_default_branchs_cache(event: str, *, keeps: bool) -> None:
    """A request would choose what all others are compared with: these events write to the cache that all read."""
    done = {"origin": {"outputs": {"key": "a-key"}}}
    scope = Scope({"github": {"event_name": event}, "steps": done}, failed=True)
    assert holds(_condition("Weigh the origin"), scope) is keeps
