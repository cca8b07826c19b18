"""What somebody accepts by a note holds from the next run on."""

from __future__ import annotations

from tests.gitlab.stage import Stage
from tests.stories.shop import BREAKING


def test_accepted_by_a_note_and_run_again(stage: Stage) -> None:
    """A change that is right, and that nobody has declared, could never be merged."""
    stage.open(changes=BREAKING)
    ran = stage.run(stage.pipeline())
    assert ran.code == 1, ran.log
    assert "by the note `/proofbot accept <model> <reason>`" in stage.bodies()[0]
    stage.gitlab.add_user("ada", "developer")
    stage.gitlab.add_note(7, "ada", "/proofbot accept all the prices were wrong")
    ran = stage.run(stage.pipeline())
    assert ran.code == 0, ran.log
    [body] = stage.bodies()
    assert "the prices were wrong" in body
    assert "ada" in body
