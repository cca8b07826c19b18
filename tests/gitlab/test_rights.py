"""What a job may do in a fork, and for a fork in the project itself. (Without a token: test_template.)"""

from __future__ import annotations

from tests.gitlab.stage import Stage
from tests.stories.shop import HARMLESS


def test_a_fork_is_proven_in_the_fork_and_told_by_a_member(stage: Stage) -> None:
    """Somebody from outside would get a red job for the lack of a right, and the project no way to be sure."""
    head = stage.open(changes=HARMLESS, source_project="stranger/shop")
    ran = stage.run(stage.pipeline(project="stranger/shop"))
    assert ran.code == 0, ran.log
    assert (stage.gitlab.notes(7), stage.states(head)) == ([], [])
    assert "extra" in ran.file("comment.md")

    ran = stage.run(stage.pipeline())  # a member has started it in the project
    assert ran.code == 0, ran.log
    assert stage.states(head) == ["pending", "success"]
    [body] = stage.bodies()
    assert head[:9] in body
