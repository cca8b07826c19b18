"""A pull request from its first push on, by the workflow that users copy and the action as it is."""

from __future__ import annotations

import io
import json
import threading
import zipfile

from tests.action.runs import End
from tests.action.stage import CONTEXT, Stage, started
from tests.stories.shop import BARELY, BREAKING, HARMLESS, ORDERS


def _reported(stage: Stage, number: int) -> str:
    """The verdict in the report of an artifact."""
    with zipfile.ZipFile(io.BytesIO(stage.services.artifacts[number].archive)) as archive:
        assert {"comment.md", "report.json"} <= set(archive.namelist())
        return str(json.loads(archive.read("report.json"))["run"]["verdict"]["status"])


def test_first_push_commands_and_second_push(stage: Stage) -> None:
    """A reviewer would find no comment, two of them, or one about a commit that is not the newest."""
    first = stage.open(changes=BREAKING)
    end = started(stage.run("pull-request.yml", stage.request_event("opened")))

    assert (end.conclusion, end.step("proofbot").code) == ("failure", 1)
    assert stage.states(first) == ["pending", "failure"]
    [comment] = stage.github.comments(7)
    assert first[:9] in comment.body
    outputs = {name: value for name, value in end.step("proofbot").outputs.items() if name != "report-path"}
    assert outputs == {
        "result": "failure",
        "comment-url": f"{stage.github.server_url}/{stage.github.repository}/pull/7#issuecomment-{comment.number}",
        "models-changed": "2",
        "superseded": "false",
        "artifact": "proofbot-shop-1",
    }
    assert "orders" in end.summary
    [marked] = end.console.annotations  # what follows from a change is told where the change is
    assert (marked.told["file"], marked.kind) == ("models/orders.sql", "error")
    assert "1 model downstream changed only because of it" in marked.text
    assert [kept.name for kept in stage.services.artifacts] == ["proofbot-shop-1"]
    assert _reported(stage, 0) == "failure"
    assert (end.step("conclude").outcome, end.orphans) == ("success", ())

    stage.github.add_user("owner", "write")
    for login, state in (("stranger", "failure"), ("owner", "success")):
        command = stage.comment_event(login, "/proofbot accept all as agreed")
        assert started(stage.run("slash-commands.yml", command)).conclusion == "success"
        assert stage.states(first)[-1] == state
    assert "as agreed" in stage.bodies()[0]

    # The second push mends it, which leaves nothing to accept.
    second = stage.push(changes={"models/orders.sql": ORDERS, **HARMLESS})
    end = started(stage.run("pull-request.yml", stage.request_event("synchronize")))

    assert end.conclusion == "success", end.log
    assert stage.states(second) == ["pending", "success"]
    edited = stage.github.comments(7, "github-actions[bot]")[0]
    assert (edited.number, edited.edits) == (comment.number, 2)
    assert second[:9] in edited.body
    assert first[:9] not in edited.body
    assert "as agreed" not in edited.body
    assert _reported(stage, 1) == "success"
    # The origin that the first run built was kept on the request's own branch, and found again.
    [kept] = stage.services.cache
    assert (kept.ref, end.step("Restore the origin").outputs["cache-matched-key"]) == ("refs/pull/7/merge", kept.key)


def test_the_older_of_two_runs_finishes_last(stage: Stage) -> None:
    """A comment would say what an older commit did to the data, beside a newer one."""
    older = stage.open(changes=BARELY)
    event = stage.request_event("opened")
    hold = stage.github.hold("GET", "*/pulls/7")  # asked right before writing
    ends: list[End | None] = []
    slow = threading.Thread(target=lambda: ends.append(stage.run("pull-request.yml", event)))
    slow.start()
    hold.wait()
    newer = stage.push(changes={"notes.txt": "two"})
    newest = started(stage.run("pull-request.yml", stage.request_event("synchronize")))
    hold.release()
    slow.join()

    [first] = ends
    assert started(first).step("proofbot").outputs["superseded"] == "true"
    assert newest.step("proofbot").outputs["superseded"] == "false"
    [comment] = stage.github.comments(7)
    assert (newer[:9] in comment.body, comment.edits) == (True, 0)
    assert (stage.states(older)[-1], stage.states(newer)[-1]) == ("success", "success")


def test_a_draft_waits(stage: Stage) -> None:
    """A draft would cost builds that nobody asked for, or could be merged unproven."""
    head = stage.open(is_draft=True)
    end = started(stage.run("pull-request.yml", stage.request_event("opened")))
    assert (end.conclusion, end.step("proofbot").outputs["result"]) == ("success", "pending")
    [status] = stage.github.statuses(head, CONTEXT)
    assert (status.state, "draft" in status.description) == ("pending", True)
    assert stage.github.comments(7) == []
    assert stage.services.artifacts == []


def test_a_queue_is_told_and_what_touches_no_model_passes(stage: Stage) -> None:
    """A merge queue would wait for ever, or a change of a text file could not be merged."""
    base = stage.merge_to_main(BARELY)
    head = stage.merge_to_main({"notes.txt": "two"})
    group = {"head_sha": head, "head_ref": f"refs/heads/gh-readonly-queue/main/pr-7-{base}"}
    group |= {"base_sha": base, "base_ref": "refs/heads/main"}
    event = stage.main_event("merge_group", {"action": "checks_requested", "merge_group": group})
    end = started(stage.run("pull-request.yml", event))
    assert end.conclusion == "success", end.log
    assert stage.states(head) == ["pending", "success"]
    assert stage.github.sent("*", "*/comments*") == []
