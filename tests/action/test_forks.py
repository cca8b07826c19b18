"""A request from a fork: proven where there is nothing to steal, told by a job that trusts nothing of it."""

from __future__ import annotations

from tests.action.stage import CONTEXT, Stage, started
from tests.stories.shop import HARMLESS


def test_a_fork_is_proven_without_rights_and_told_by_the_second_half(stage: Stage) -> None:
    """Somebody from outside would get a red cross for the lack of a right, or no word at all."""
    head = stage.open(changes=HARMLESS, head_repository="stranger/shop")
    event = stage.request_event("opened")
    end = started(stage.run("fork-run.yml", event))
    assert (end.conclusion, end.step("proofbot").code) == ("success", 0), end.log
    assert (stage.github.comments(7), stage.states(head)) == ([], [])
    assert "extra" in end.summary
    assert [kept.name for kept in stage.services.artifacts] == ["proofbot-shop-1"]

    published = started(stage.run("fork-publish.yml", stage.finished_event(event, end.conclusion)))
    assert published.conclusion == "success", published.log
    assert stage.states(head) == ["success"]
    assert "fork" in stage.github.statuses(head, CONTEXT)[0].description
    [comment] = stage.github.comments(7)
    assert head[:9] in comment.body
    assert stage.services.inputs_of("actions/checkout")[1:] == []  # nothing was checked out beside the rights
