"""A merge request from its first push on: one note, one status, whoever finishes last."""

from __future__ import annotations

from tests.gitlab.stage import Stage
from tests.stories.shop import BARELY, BREAKING, HARMLESS, ORDERS
from tests.world.forges.fake_gitlab import Kind as Fault


def test_first_push_and_second_push(stage: Stage) -> None:
    """A reviewer would find no note, two of them, or one about a commit that is not the newest."""
    gitlab = stage.gitlab
    first = stage.open(changes=BREAKING)
    gitlab.fail("POST", "*/notes", Fault.STORED_BAD_GATEWAY)
    gitlab.fail("POST", "*/statuses/*", Fault.CONFLICT)  # the pipeline is being worked on
    pipeline = stage.pipeline()
    ran = stage.run(pipeline)

    assert ran.code == 1, ran.log
    [note] = gitlab.notes(7)  # the one that was stored beside the 502
    assert first[:9] in note.body
    assert stage.states(first) == ["pending", "failed"]
    assert {word.pipeline for word in gitlab.words(first)} == {pipeline.number}
    assert "<failure" in ran.file("junit.xml")
    assert "models/orders.sql" in ran.file("codequality.json")

    # The second push mends it.
    second = stage.push(changes={"models/orders.sql": ORDERS, **HARMLESS})
    ran = stage.run(stage.pipeline())
    assert ran.code == 0, ran.log
    assert stage.states(second) == ["pending", "success"]
    [edited] = gitlab.notes(7)
    assert (edited.number, edited.edits) == (note.number, 1)
    assert second[:9] in edited.body
    assert first[:9] not in edited.body


def test_older_pipelines_finish_last_and_one_that_was_merged_meanwhile(stage: Stage) -> None:
    """A note would say what an older commit did to the data, beside a newer one; or the last word be missing."""
    first = stage.open(changes=BARELY)
    before = stage.pipeline()
    second = stage.push(changes={"notes.txt": "two"})
    older, newest = stage.pipeline(), stage.pipeline()
    # Merged while it runs. The note is the record of what was merged.
    stage.gitlab.before("POST", "*/statuses/*", lambda _: stage.gitlab.merge())
    assert stage.run(newest).code == 0
    [note] = stage.gitlab.notes(7)
    assert second[:9] in note.body

    for pipeline in (older, before):  # for the same head, and for the one before
        ran = stage.run(pipeline)
        assert ran.code == 0, ran.log
        assert "left alone" in ran.log
    assert stage.gitlab.notes(7) == [note]
    assert note.edits == 0
    assert (stage.states(first)[-1], stage.states(second)[-1]) == ("success", "success")
