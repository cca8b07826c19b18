"""What a job may do in a fork, and for a fork in the project itself. (Without a token: test_template.)"""

from __future__ import annotations

from tests.gitlab.stage import Stage
from tests.stories.shop import BARELY


def test_a_fork_is_proven_in_the_fork_and_told_by_a_member(stage: Stage) -> None:
    """Somebody from outside would get a red job for the lack of a right, and the project no way to be sure."""
    head = stage.open(changes=BARELY, source_project="stranger/shop")
    ran = stage.run(stage.pipeline(project="stranger/shop"))
    assert ran.code == 0, ran.log
    assert (stage.gitlab.notes(7), stage.states(head)) == ([], [])
    assert head[:9] in ran.file("comment.md")

    ran = stage.run(stage.pipeline())  # a member has started it in the project
    assert ran.code == 0, ran.log
    assert stage.states(head) == ["pending", "success"]
    [body] = stage.bodies()
    assert head[:9] in body


def test_a_member_names_the_commit_of_a_fork_that_they_have_read(stage: Stage) -> None:
    """What a stranger pushes after it was read would run beside the project's secrets."""
    head = stage.open(changes=BARELY, source_project="stranger/shop")
    by_hand = stage.branch_pipeline("web", PROOFBOT_MERGE_REQUEST="7")
    ran = stage.run(by_hand)
    assert ran.code == 2, ran.log
    ran = stage.run(by_hand.where(PROOFBOT_HEAD=head))
    assert ran.code == 0, ran.log
    [body] = stage.bodies()
    assert head[:9] in body
    # GitLab takes no status of a commit that only the fork has. No other token would help.
    assert "no branch and no pipeline of this project" in ran.log
    assert "a token with" not in ran.log
