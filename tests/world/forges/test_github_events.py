"""Tests of bot/world/forges/github_events.py, with GitHub's own examples of what it sends."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import FinishedRun, Happening, Occasion, Place, RunId
from bot.errors import UsageError
from bot.world.forges import github_events
from tests.tools import GITHUB_EVENTS, fetched

_HEAD = "ec26c3e57ca3a959ca5aad62de7213c562f8c821"  # the head of the pull request of all examples
_TEST_MERGE = "1" * 40
_EVENTS = ("pull_request", "merge_group", "workflow_run", "issue_comment", "push", "workflow_dispatch")
_ENVIRONMENT = {
    "GITHUB_EVENT_NAME": "pull_request",
    "GITHUB_REPOSITORY": "Codertocat/Hello-World",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_RUN_ID": "7000000001",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_SHA": _TEST_MERGE,
    "GITHUB_REF": "refs/pull/2/merge",
}
_WORDS = {
    "pull_request": {
        "opened": Happening.REQUEST,
        "synchronize": Happening.REQUEST,
        "reopened": Happening.REQUEST,
        "ready_for_review": Happening.REQUEST,
        "converted_to_draft": Happening.REQUEST,
        "labeled": Happening.REQUEST,
        "unlabeled": Happening.REQUEST,
        "closed": Happening.CLOSED,
    },
    "merge_group": {"checks_requested": Happening.QUEUE},
    "workflow_run": {"completed": Happening.FINISHED},
    "workflow_dispatch": {"": Happening.DISPATCH},
}


@cache
def _catalog() -> dict[str, list[dict[str, Any]]]:
    told = json.loads(fetched(GITHUB_EVENTS).read_text(encoding="utf-8"))
    return {entry["name"]: entry["examples"] for entry in told}


def _example(event: str, action: str = "", number: int = 0) -> dict[str, Any]:
    """One of GitHub's examples, to be edited."""
    fitting = [one for one in _catalog()[event] if one.get("action", "") == action]
    return copy.deepcopy(fitting[number])


def _all() -> Iterator[tuple[str, dict[str, Any]]]:
    for event in _EVENTS:
        for example in _catalog()[event]:
            yield event, example


def _read(event: str, payload: dict[str, Any], **environment: str) -> Occasion:
    return github_events.read(_ENVIRONMENT | {"GITHUB_EVENT_NAME": event} | environment, payload)


def _fork() -> dict[str, Any]:
    payload = _example("pull_request", "opened")
    payload["pull_request"]["head"]["repo"]["full_name"] = "somebody/Hello-World"
    payload["pull_request"]["head"]["repo"]["fork"] = True
    return payload


def _on_a_request() -> dict[str, Any]:
    payload = _example("issue_comment", "created")
    payload["issue"]["pull_request"] = {"url": "https://api.github.com/repos/Codertocat/Hello-World/pulls/1"}
    return payload


def _push() -> dict[str, Any]:
    return copy.deepcopy(next(one for one in _catalog()["push"] if one["ref"] == "refs/heads/master"))


def test_every_example_of_github_goes_through_the_door() -> None:
    """A job on an event that GitHub does send would end with a complaint about GitHub."""
    seen = [(event, payload.get("action", ""), _read(event, payload)) for event, payload in _all()]
    assert len(seen) > 50
    for event, action, occasion in seen:
        if event in _WORDS:
            assert occasion.happening is _WORDS[event].get(action, Happening.OTHER), f"{event}.{action}"
        assert occasion.words == (f"{event}.{action}" if action else event)


def test_a_pull_request_is_read_whole() -> None:
    """The comment, the status and the proof would be about another request, or another commit."""
    occasion = _read("pull_request", _example("pull_request", "labeled"))
    request = occasion.request
    assert request is not None
    assert occasion.number == request.number == 2
    assert (request.head, request.head_branch, request.head_repository) == (_HEAD, "changes", "Codertocat/Hello-World")
    assert (request.base, request.base_branch) == ("f95f852bd8fca8fcc58a9a2d6c842781e32a215e", "master")
    assert (request.author, request.labels, request.title) == (
        "Codertocat",
        ("bug",),
        "Update the README with new information.",
    )
    assert request.url == "https://github.com/Codertocat/Hello-World/pull/2"
    assert request.is_open
    assert not request.is_draft
    assert not request.is_fork


def test_the_head_is_never_the_test_merge() -> None:
    """A status on GitHub's test merge gates nothing, and its tree is not what the author wrote."""
    for event, payload in _all():
        if event == "pull_request":
            occasion = _read(event, payload)
            assert occasion.request is not None
            assert occasion.request.head == payload["pull_request"]["head"]["sha"]
            assert _TEST_MERGE not in repr(occasion)
            assert (payload["pull_request"]["merge_commit_sha"] or _TEST_MERGE) not in repr(occasion)


def test_a_draft_is_known() -> None:
    """A draft would be proven with every push, though nobody waits for it."""
    occasion = _read("pull_request", _example("pull_request", "converted_to_draft"))
    assert occasion.request is not None
    assert occasion.request.is_draft


def test_a_fork_is_known_by_its_name_and_not_by_its_flag() -> None:
    """Every branch of a repository that is a fork itself would be taken for foreign code, or foreign code for ours."""
    payload = _fork()
    request = _read("pull_request", payload).request
    assert request is not None
    assert request.is_fork
    assert request.head_repository == "somebody/Hello-World"
    payload["pull_request"]["head"]["repo"]["full_name"] = "codertocat/hello-world"
    request = _read("pull_request", payload).request
    assert request is not None
    assert not request.is_fork


def test_a_deleted_fork_is_a_fork() -> None:
    """The request of a fork that is gone would be trusted, or end the job."""
    payload = _fork()
    payload["pull_request"]["head"]["repo"] = None
    request = _read("pull_request", payload).request
    assert request is not None
    assert request.is_fork
    assert request.head_repository == ""


def test_dependabot_is_an_author_like_any_other() -> None:
    """Updates of packages would not be proven."""
    payload = _example("pull_request", "opened")
    payload["pull_request"]["user"].update(login="dependabot[bot]", type="Bot")
    payload["pull_request"]["head"]["ref"] = "dependabot/pip/dbt-core-1.11.2"
    occasion = _read("pull_request", payload)
    assert occasion.happening is Happening.REQUEST
    assert occasion.request is not None
    assert occasion.request.author == "dependabot[bot]"
    assert not occasion.request.is_fork


def test_an_author_whose_account_is_gone_is_nobody() -> None:
    """The request of somebody who left GitHub could not be proven any more."""
    payload = _example("pull_request", "synchronize")
    payload["pull_request"]["user"] = None
    request = _read("pull_request", payload).request
    assert request is not None
    assert request.author == ""


@pytest.mark.parametrize(
    ("changes", "happening"),
    [
        ({"base": {"ref": {"from": "main"}, "sha": {"from": _HEAD}}}, Happening.REQUEST),
        ({"title": {"from": "before"}}, Happening.OTHER),
        ({"body": {"from": "a typo"}}, Happening.OTHER),
        ({"body": {"from": "```proofbot"}}, Happening.REQUEST),
        ({"body": {"from": None}}, Happening.OTHER),
        (None, Happening.OTHER),
    ],
)
def test_an_edit_counts_if_it_changes_the_base_or_what_is_declared(changes: object, happening: Happening) -> None:
    """After a change of the target branch the old proof would stand; after each mended typo all would be built anew."""
    payload = _example("pull_request", "opened") | {"action": "edited", "changes": changes}
    assert _read("pull_request", payload).happening is happening


def test_a_fork_is_nothing_to_prove_where_there_are_secrets() -> None:
    """The code of a stranger would run in a job of `pull_request_target`, beside the warehouse's password."""
    payload = _fork()
    for action in ("opened", "synchronize", "labeled", "ready_for_review"):
        occasion = _read("pull_request_target", payload | {"action": action})
        assert occasion.happening is Happening.OTHER
        assert occasion.words == f"pull_request_target.{action}"
        assert occasion.request is not None
    payload["pull_request"]["head"]["repo"] = None
    assert _read("pull_request_target", payload).happening is Happening.OTHER
    assert _read("pull_request_target", _example("pull_request", "opened")).happening is Happening.REQUEST
    assert _read("pull_request_target", _fork() | {"action": "closed"}).happening is Happening.CLOSED


def test_a_merge_group_names_its_commits_and_its_request() -> None:
    """The merge queue would wait for ever, because the status lands on another commit."""
    payload = _example("merge_group", "checks_requested")
    occasion = _read("merge_group", payload)
    assert occasion.head == "2ffea6db159f6b6c47a24e778fb9ef40cf6b1c7d"
    assert occasion.base == "380387fbc80638b734a49e1be1c4dfec1c01b33c"
    assert occasion.number == 104
    assert occasion.request is None
    assert occasion.head_name == "gh-readonly-queue/main/pr-104-929f8209d40f77f4abc622a499c93a83babdbe64"
    assert occasion.base_name == "main"
    payload["merge_group"]["head_ref"] = f"refs/heads/gh-readonly-queue/release/pr-7-x/2.0/pr-31-{_HEAD}"
    assert _read("merge_group", payload).number == 31
    payload["merge_group"]["head_ref"] = "refs/heads/another-scheme/104"
    assert _read("merge_group", payload).number is None
    assert _read("merge_group", payload | {"action": "destroyed"}).happening is Happening.OTHER


@pytest.mark.parametrize(
    ("inputs", "number", "head", "base"),
    [
        (None, None, (_TEST_MERGE, "main"), (None, None)),
        ({"pull-request": "", "head": " "}, None, (_TEST_MERGE, "main"), (None, None)),
        ({"pull-request": "17"}, 17, (None, None), (None, None)),
        ({"pr": " #17 ", "pull-request": "17"}, 17, (None, None), (None, None)),
        ({"head": "größe", "base": "v1.0^{commit}"}, None, ("größe", "größe"), ("v1.0^{commit}", "v1.0^{commit}")),
        ({"base": "main", "dry-run": "true"}, None, (_TEST_MERGE, "main"), ("main", "main")),
    ],
)
def test_somebody_can_ask_for_a_run(
    inputs: object, number: int | None, head: tuple[str | None, ...], base: tuple[str | None, ...]
) -> None:
    """Who starts the workflow by hand would get the proof of something else than asked for."""
    occasion = _read("workflow_dispatch", _example("workflow_dispatch") | {"inputs": inputs})
    assert (occasion.happening, occasion.number) == (Happening.DISPATCH, number)
    assert (occasion.head, occasion.head_name) == head
    assert (occasion.base, occasion.base_name) == base


@pytest.mark.parametrize(
    "inputs",
    [
        {"pull-request": "17; rm -rf ~"},
        {"pull-request": "0"},
        {"pull-request": "17", "pr": "18"},
        {"pr": "9" * 40},
        {"pr": ["17"]},
        {"head": "--upload-pack=/bin/sh"},
        {"base": "main\nmaster"},
        {"base": "main\ud800"},
        {"base": 7},
        "17",
    ],
)
def test_a_wrong_input_is_said(inputs: object) -> None:
    """A typing error would prove something else; an option of git in place of a revision would be obeyed."""
    with pytest.raises(UsageError) as caught:
        _read("workflow_dispatch", _example("workflow_dispatch") | {"inputs": inputs})
    assert caught.value.remedy


def test_a_run_by_hand_needs_a_commit() -> None:
    """Without one, whatever happens to be checked out would be proven."""
    with pytest.raises(UsageError, match="GITHUB_SHA"):
        _read("workflow_dispatch", _example("workflow_dispatch"), GITHUB_SHA="main")


def test_a_push_counts_on_the_default_branch_only() -> None:
    """A tag, another branch or a deletion would make proofbot build an origin that nobody needs."""
    payload = _push()
    occasion = _read("push", payload)
    assert (occasion.happening, occasion.head) == (Happening.PUSH, "6113728f27ae82c7b1a177c8d03f9e96e0adf246")
    assert _read("push", payload | {"ref": "refs/heads/other"}).happening is Happening.OTHER
    assert _read("push", payload | {"ref": "refs/tags/master"}).happening is Happening.OTHER
    assert _read("push", payload | {"deleted": True}).happening is Happening.OTHER
    assert _read("push", payload | {"after": "0" * 40}).happening is Happening.OTHER


def test_a_finished_run_is_what_github_says_of_it() -> None:
    """The report of a fork would be bound to a commit that it chose itself."""
    payload = _example("workflow_run", "completed", 1)
    payload["workflow_run"].update(
        id=7000000000,
        run_attempt=3,
        event="pull_request",
        conclusion="failure",
        head_sha=_HEAD,
        head_branch="patch-1",
        pull_requests=[{"number": 999}],
    )
    payload["workflow_run"]["head_repository"]["full_name"] = "somebody/Hello-World"
    occasion = _read("workflow_run", payload)
    assert occasion.finished == FinishedRun(
        run=RunId(7000000000, 3),
        head=_HEAD,
        head_branch="patch-1",
        head_repository="somebody/Hello-World",
        event="pull_request",
        conclusion="failure",
    )
    assert occasion.number is None
    payload["workflow_run"]["head_repository"] = None
    payload["workflow_run"]["head_branch"] = None
    finished = _read("workflow_run", payload).finished
    assert finished is not None
    assert (finished.head_repository, finished.head_branch) == ("", "")


def test_a_run_that_only_begins_has_nothing_to_publish() -> None:
    """A report would be looked for before there is one."""
    for action in ("requested", "in_progress"):
        payload = _example("workflow_run", "completed") | {"action": action}
        assert _read("workflow_run", payload).happening is Happening.OTHER


def test_a_new_comment_on_a_request_is_read() -> None:
    """Nobody could give a command, or it would be answered on another request."""
    payload = _on_a_request()
    payload["comment"]["body"] = "/proofbot run\r\nplease"
    occasion = _read("issue_comment", payload)
    comment = occasion.comment
    assert comment is not None
    assert occasion.happening is Happening.COMMENT
    assert occasion.number == 1
    assert (comment.number, comment.author, comment.body) == (492700400, "Codertocat", "/proofbot run\r\nplease")
    assert comment.url == "https://github.com/Codertocat/Hello-World/issues/1#issuecomment-492700400"
    assert not comment.author_is_bot


def test_only_a_new_comment_on_a_request_counts() -> None:
    """An edit could put a command into the comment of a maintainer; an issue has nothing to prove."""
    for action in ("edited", "deleted"):
        assert _read("issue_comment", _on_a_request() | {"action": action}).happening is Happening.OTHER
    assert _read("issue_comment", _example("issue_comment", "created")).happening is Happening.OTHER


def test_a_bot_is_known() -> None:
    """Two bots could talk to each other for ever."""
    payload = _on_a_request()
    payload["comment"]["user"].update(login="github-actions[bot]", type="Bot")
    comment = _read("issue_comment", payload).comment
    assert comment is not None
    assert comment.author_is_bot
    payload["comment"]["user"] = None
    comment = _read("issue_comment", payload).comment
    assert comment is not None
    assert comment.author == ""


def test_a_schedule_and_what_is_unknown() -> None:
    """A nightly sweep would not run; an event that proofbot doesn't know would turn a job red."""
    assert _read("schedule", {"schedule": "0 3 * * *"}).happening is Happening.SCHEDULE
    assert _read("schedule", {}).words == "schedule"
    unknown = _read("repository_dispatch", {"action": "Deploy\n::error::now"})
    assert (unknown.happening, unknown.words) == (Happening.OTHER, "repository_dispatch")


def test_an_enterprise_server_has_its_own_addresses() -> None:
    """On GitHub Enterprise Server every link, and every request, would go to github.com."""
    occasion = _read(
        "schedule", {}, GITHUB_SERVER_URL="https://git.acme.example/", GITHUB_API_URL="https://git.acme.example/api/v3"
    )
    assert occasion.place == Place(
        server_url="https://git.acme.example",
        api_url="https://git.acme.example/api/v3",
        repository="Codertocat/Hello-World",
        run=RunId(7000000001, 2),
        run_url="https://git.acme.example/Codertocat/Hello-World/actions/runs/7000000001/attempts/2",
    )


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("GITHUB_EVENT_NAME", "Pull Request"),
        ("GITHUB_REPOSITORY", "Hello-World"),
        ("GITHUB_SERVER_URL", "javascript:alert(1)"),
        ("GITHUB_API_URL", "https://token@api.github.com"),
        ("GITHUB_RUN_ID", "-1"),
        ("GITHUB_RUN_ATTEMPT", "0"),
    ],
)
def test_a_wrong_variable_is_named(name: str, wrong: str) -> None:
    """Whoever starts proofbot by hand would not learn what is missing."""
    for environment in ({**_ENVIRONMENT, name: wrong}, {**_ENVIRONMENT, name: ""}):
        with pytest.raises(UsageError, match=name) as caught:
            github_events.read(environment, {})
        assert caught.value.remedy
        assert wrong not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("pull_request.head.sha", "ec26c3e"),
        ("pull_request.head.sha", 17),
        ("pull_request.number", True),
        ("pull_request.number", "2"),
        ("pull_request.number", 2**63),
        ("pull_request.draft", "false"),
        ("pull_request.head.repo", "Codertocat/Hello-World"),
        ("pull_request.base.repo.full_name", "Codertocat"),
        ("pull_request.labels", {"name": "bug"}),
        ("pull_request", None),
        ("action", "::error::"),
    ],
)
def test_a_wrong_part_of_the_payload_is_named(path: str, wrong: object) -> None:
    """A payload that is not GitHub's would end in a traceback, or in the proof of something else."""
    payload = _example("pull_request", "opened")
    *way, last = path.split(".")
    part = payload
    for step in way:
        part = part[step]
    part[last] = wrong
    with pytest.raises(UsageError, match=f"`{path}` is not") as caught:
        _read("pull_request", payload)
    assert caught.value.where == "GITHUB_EVENT_PATH"


def test_the_event_is_loaded_from_its_file(tmp_path: Path) -> None:
    """In a real job nothing would be read."""
    file = tmp_path / "event.json"
    file.write_text(json.dumps(_example("pull_request", "opened")), encoding="utf-8")
    occasion = github_events.load(_ENVIRONMENT | {"GITHUB_EVENT_PATH": str(file)})
    assert occasion == _read("pull_request", _example("pull_request", "opened"))


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe\x00", b'{"action": ' + b"[" * 100_000, None])
def test_a_file_that_is_no_event_is_said(tmp_path: Path, content: bytes | None) -> None:
    """A broken file would end in a traceback."""
    file = tmp_path / "event.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        github_events.load(_ENVIRONMENT | {"GITHUB_EVENT_PATH": str(file)})
    assert caught.value.where == "GITHUB_EVENT_PATH"


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_without_a_file_there_is_no_event(path: str) -> None:
    """Outside of a job the reason would not be said."""
    with pytest.raises(UsageError, match=r"GITHUB_EVENT_PATH is not set|it is not JSON"):
        github_events.load(_ENVIRONMENT | {"GITHUB_EVENT_PATH": path})


def _read_or_refuse(event: str, payload: dict[str, Any], **environment: str) -> Occasion | None:
    """None where the door refuses, as it may; any other exception fails the test."""
    try:
        return _read(event, payload, **environment)
    except UsageError:
        return None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def _damage(data: st.DataObject, whole: dict[str, Any]) -> None:
    """Takes away or replaces a part of the payload, at any depth."""
    part: Any = whole
    while True:
        steps = list(part) if isinstance(part, dict) else range(len(part))
        step = data.draw(st.sampled_from(steps))
        if isinstance(part[step], dict | list) and part[step] and data.draw(st.booleans()):
            part = part[step]
            continue
        if data.draw(st.booleans()):
            del part[step]
        else:
            part[step] = data.draw(_JSON)
        return


@given(st.data())
def test_a_damaged_payload_is_an_occasion_or_a_usage_error(data: st.DataObject) -> None:
    """Anything that GitHub changes one day would end in a traceback, before a status could be set."""
    event = data.draw(st.sampled_from([*_EVENTS, "pull_request_target", "schedule"]))
    examples = _catalog().get(event.removesuffix("_target"), [{"schedule": "0 3 * * *"}])
    payload = copy.deepcopy(data.draw(st.sampled_from(examples)))
    if event == "issue_comment" and data.draw(st.booleans()):
        payload = _on_a_request()
    for _ in range(data.draw(st.integers(1, 4))):
        if payload:
            _damage(data, payload)
    occasion = _read_or_refuse(event, payload)
    assert occasion is None or occasion.words.isprintable()


@given(st.sampled_from([*_EVENTS, "pull_request_target"]), st.dictionaries(st.text(max_size=12), _JSON, max_size=4))
def test_any_object_is_an_occasion_or_a_usage_error(event: str, payload: dict[str, Any]) -> None:
    """A payload of another forge would end in a traceback."""
    occasion = _read_or_refuse(event, payload)
    assert occasion is None or occasion.happening in (Happening.OTHER, Happening.DISPATCH)


@given(st.dictionaries(st.sampled_from(sorted(_ENVIRONMENT)), st.text(max_size=30)))
def test_any_environment_is_an_occasion_or_a_usage_error(environment: dict[str, str]) -> None:
    """A job with odd variables would end in a traceback."""
    occasion = _read_or_refuse("pull_request", _example("pull_request", "opened"), **environment)
    assert occasion is None or not set(occasion.place.run_url) & set(" \n\r")
