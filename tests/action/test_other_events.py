"""What else may start the action: a push to the default branch, a person, a closed request, a schedule."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.action import jobs
from tests.action.expressions import Scope
from tests.action.harness import Job
from tests.action.stage import EXAMPLES, NOTHING_INSTALLED, Stage, started
from tests.stories.shop import BARELY


def test_what_the_default_branch_built_is_found_by_requests(stage: Stage) -> None:
    """Every request would build the base anew, though refresh.yml is there to spare it that."""
    stage.merge_to_main(BARELY)
    event = stage.main_event("push", {"ref": "refs/heads/main", "after": stage.tip("main"), "deleted": False})
    end = started(stage.run("refresh.yml", event))
    assert end.conclusion == "success", end.log
    [kept] = stage.services.cache
    assert kept.ref == "refs/heads/main"

    stage.open(is_draft=True)  # which stops before it builds
    end = started(stage.run("pull-request.yml", stage.request_event("opened")))
    assert end.step("Restore the origin").outputs["cache-matched-key"] == kept.key
    assert end.step("Save the origin").outcome == "skipped"


def test_a_request_is_proven_by_hand(stage: Stage) -> None:
    """A run by hand would not find the commit, or tell of another."""
    head = stage.open(changes=BARELY)
    stage.forget_branch(7)  # so that only refs/pull/7/head has it
    event = stage.main_event("workflow_dispatch", {"inputs": {"pr": "7", "head": ""}})
    end = started(stage.run("pull-request.yml", event))
    assert end.conclusion == "success", end.log
    assert stage.states(head) == ["pending", "success"]
    assert head[:9] in stage.bodies()[0]


def test_closed_requests_leave_nothing(stage: Stage, tmp_path: Path) -> None:
    """A runner of one's own would keep what was made for a request, or lose what was made for another."""
    root = tmp_path / "kept"
    dead, foreign = root / "runs" / "0123456789ab", root / "runs" / "somebody-elses"
    for folder in (dead, foreign):
        folder.mkdir(parents=True)
        folder.with_suffix(".lock").touch()  # as a run that was killed leaves it
    stage.open()
    stage.github.pull(7).is_open = False
    event = stage.request_event("closed")
    machine = stage.machine(event)
    machine = replace(machine, environment={**machine.environment, "PROOFBOT_CACHE_DIR": str(root)})
    job = Job(machine, event, token=stage.github.read_only_token(), instead=NOTHING_INSTALLED)
    end = started(jobs.run(jobs.load(EXAMPLES / "cleanup.yml"), job, event))
    assert end.conclusion == "success", end.log
    assert (dead.exists(), foreign.exists()) == (False, True), end.log
    assert stage.services.inputs_of("actions/cache/restore") == []  # a folder of one's own is not cached


_PYTHON = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
echo "$@" >> "$here/told"
case "$*" in
  *"-m venv"*)
    for made; do :; done
    mkdir -p "$made/bin"
    ln -s "$here/python" "$made/bin/python"
    for name in dbt proofbot; do printf '#!/bin/sh\\n' > "$made/bin/$name"; chmod +x "$made/bin/$name"; done ;;
  *dbt-postgres*) echo 'psycopg[binary]' ;;
esac
"""


@pytest.mark.parametrize(
    ("adapter", "is_installed"), [("dbt-postgres==1.10.*", True), ("dbt-duckdb==1.11.*", False), ("", False)]
)
def test_who_looks_through_a_warehouse_can_reach_it(
    stage: Stage, tmp_path: Path, adapter: str, *, is_installed: bool
) -> None:
    """What dead runs left in a warehouse would stay, because the job that removes it has no driver."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("python", "python3"):  # that notes what it is to install
        (programs / name).write_text(_PYTHON, encoding="utf-8")
        (programs / name).chmod(0o755)
    stage.open()
    event = stage.request_event("closed")
    machine = stage.machine(event)
    path = f"{programs}{os.pathsep}/usr/bin:/bin"
    machine = replace(machine, environment={**machine.environment, "PATH": path, "PROOFBOT_DBT": ""})
    job = Job(machine, event, token=stage.github.read_only_token(), instead={"dbt-adapter": adapter})
    end = started(jobs.run(jobs.load(EXAMPLES / "cleanup.yml"), job, event))
    assert end.conclusion == "success", end.log
    told = (programs / "told").read_text(encoding="utf-8")
    packages = [line for line in told.splitlines() if " pip install " in line]
    assert any("psycopg[binary]" in line for line in packages) is is_installed
    assert any("dbt-core" in line for line in packages) is is_installed
    assert packages, "proofbot itself is installed in any case"


def test_the_sweep_runs(stage: Stage) -> None:
    """The weekly job would fail, and what is old would stay."""
    end = started(stage.run("sweep.yml", stage.main_event("schedule", {"schedule": "23 4 * * 1"})))
    assert end.conclusion == "success", end.log
    assert end.step("proofbot").code == 0


def test_workflows_start_on_their_events_only(stage: Stage) -> None:
    """A comment of anybody would cost a runner, or a request of a fork would run where the token may write."""
    stage.open(head_repository="stranger/shop")
    assert stage.run("pull-request.yml", stage.request_event("opened")) is None
    assert stage.run("pull-request.yml", stage.request_event("labeled")) is None
    dependabots = stage.request_event("opened")  # whose jobs get no right to write either
    told = {**dependabots.payload["pull_request"], "user": {"login": "dependabot[bot]"}}
    told["head"] = {**told["head"], "repo": told["base"]["repo"]}
    assert (
        stage.run("pull-request.yml", replace(dependabots, payload={**dependabots.payload, "pull_request": told}))
        is None
    )
    assert stage.run("cleanup.yml", stage.request_event("synchronize")) is None
    assert stage.run("slash-commands.yml", stage.comment_event("dev", "I like /proofbot run")) is None
    assert stage.run("refresh.yml", replace(stage.main_event("push", {}), ref="refs/heads/other")) is None


def test_another_base_is_proven_and_another_title_cancels_nothing(stage: Stage) -> None:
    """A request would keep the status of what was proven against its old base, or a new title end its proof."""
    head = stage.open(is_draft=True)  # so that its proof is short
    event = stage.request_event("edited")
    renamed = replace(event, payload={**event.payload, "changes": {"title": {"from": "x"}}})
    moved = replace(event, payload={**event.payload, "changes": {"base": {"ref": {"from": "next"}}}})
    assert stage.run("pull-request.yml", renamed) is None
    assert stage.states(head) == []
    started(stage.run("pull-request.yml", moved))
    assert stage.states(head) == ["pending"]
    groups = [
        jobs.load(EXAMPLES / "pull-request.yml").group(Scope(Job(stage.machine(one), one, token="").contexts))
        for one in (renamed, moved, stage.request_event("synchronize"))
    ]
    assert groups == [f"proofbot-7{event.run}", "proofbot-7", "proofbot-7"]


def test_another_declaration_is_proven_and_a_mended_typo_is_not(stage: Stage) -> None:
    """The gate would stay as it was before its author declared the change, or each typo would cost a build."""
    head = stage.open(is_draft=True)
    event = stage.request_event("edited")
    words = {"body": {"from": "a tpyo"}}
    mended = replace(event, payload={**event.payload, "changes": words})
    request = {**event.payload["pull_request"], "body": "```proofbot\nprices: unchanged\n```"}
    declared = replace(event, payload={**event.payload, "changes": words, "pull_request": request})
    assert stage.run("pull-request.yml", mended) is None
    assert stage.states(head) == []
    started(stage.run("pull-request.yml", declared))
    assert stage.states(head) == ["pending"]
    group = jobs.load(EXAMPLES / "pull-request.yml").group(
        Scope(Job(stage.machine(declared), declared, token="").contexts)
    )
    assert group == "proofbot-7"
