"""The pipelines that GitLab has for a merge request, and what they have checked out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.gitlab.stage import Kind, Stage
from tests.stories.shop import BARELY, BREAKING


def test_merged_results_and_a_train(stage: Stage) -> None:
    """The merge would be proven instead of the request, or its status set where GitLab does not look."""
    stage.open(changes=BARELY)
    stage.shop.commit_to_main({"models/late.sql": "select 1 as one"})
    head = stage.push(changes={"notes.txt": "two"})

    merged = stage.pipeline(kind=Kind.MERGED)
    assert merged.commit != head
    ran = stage.run(replace(merged, depth=1))  # what is missing back to the merge base is fetched
    assert ran.code == 0, ran.log
    assert stage.states(merged.commit) == ["pending", "success"]
    assert stage.states(head) == []
    [body] = stage.bodies()
    assert head[:9] in body
    assert "late" not in body  # what others have merged is not this request's

    train = stage.pipeline(kind=Kind.TRAIN)
    ran = stage.run(train)
    assert ran.code == 0, ran.log
    assert [word.pipeline for word in stage.gitlab.words(train.commit, "proofbot/shop")][-1] == train.number
    assert stage.bodies() == [body]


def test_a_draft_waits_if_that_is_wanted(stage: Stage) -> None:
    """A draft would cost builds that nobody asked for, or could be merged unproven."""
    head = stage.open(changes=BREAKING, draft=True)
    ran = stage.run(stage.pipeline().where(PROOFBOT_ON_DRAFT="false"))
    assert ran.code == 0, ran.log
    assert stage.states(head) == ["pending"]
    assert stage.gitlab.notes(7) == []


def test_what_a_killed_job_left_open_is_closed(stage: Stage, tmp_path: Path) -> None:
    """A pipeline would stay pending, and hold the merge for ever."""
    head = stage.open(changes=BARELY)
    deadly = tmp_path / "dbt"
    deadly.write_text("#!/bin/sh\nkill -9 $PPID\n", encoding="utf-8")
    deadly.chmod(0o755)
    pipeline = stage.pipeline()
    assert stage.run(pipeline.where(PROOFBOT_DBT=str(deadly))).code != 0
    assert stage.states(head) == ["pending"]
    ran = stage.run(pipeline, "conclude")
    assert ran.code == 0, ran.log
    assert stage.states(head) == ["pending", "failed"]


def test_a_schedule_sweeps_and_the_default_branch_is_built(stage: Stage) -> None:
    """What nobody needs would stay for ever, or requests build their base each time."""
    ran = stage.run(stage.branch_pipeline("push"))
    assert ran.code == 0, ran.log
    kept = list((stage.kept / "origins").iterdir())
    assert kept
    ran = stage.run(stage.branch_pipeline("schedule", PROOFBOT_OLDER_THAN="7d"))
    assert ran.code == 0, ran.log
    assert list((stage.kept / "origins").iterdir()) == kept  # not a week old
