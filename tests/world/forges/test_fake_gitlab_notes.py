"""Tests of the fake GitLab: that notes are what GitLab would make of them."""

from __future__ import annotations

import re

import pytest
import requests

from tests.world.forges.asking import NOTES, PATIENCE, PROJECT, ask, complaint_of
from tests.world.forges.fake_gitlab import FakeGitLab

_THREADS = NOTES.replace("notes", "discussions")


def test_a_note_is_written_changed_and_removed(fake_gitlab: FakeGitLab, bot: str) -> None:
    """Tests have to see each edit, because readers saw it."""
    created = ask(fake_gitlab, bot, f"POST {NOTES}", {"body": "one"})
    path = f"{NOTES}/{created.json()['id']}"
    edited = ask(fake_gitlab, bot, f"PUT {path}", {"body": "two"})
    assert (created.status_code, edited.status_code, edited.json()["body"]) == (201, 200, "two")
    assert ask(fake_gitlab, bot, f"GET {path}").json()["updated_at"] > created.json()["created_at"]
    [note] = fake_gitlab.notes()
    assert (note.body, note.bodies, note.edits) == ("two", ["one", "two"], 1)
    assert ask(fake_gitlab, bot, f"DELETE {path}").status_code == 204
    assert (fake_gitlab.notes(), fake_gitlab.deleted_notes) == ([], [note])
    assert [ask(fake_gitlab, bot, f"{verb} {path}").status_code for verb in ("GET", "DELETE")] == [404, 404]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, {"error": "body is missing"}),
        ({"body": 5}, {"error": "body is invalid"}),
        ({"body": " \n"}, {"message": '400 Bad request - Note {:note=>["can\'t be blank"]}'}),
        (
            {"body": "é" * 1_000_001},
            {"message": '400 Bad request - Note {:note=>["is too long (maximum is 1000000 characters)"]}'},
        ),
    ],
)
def test_a_note_that_gitlab_refuses(fake_gitlab: FakeGitLab, bot: str, body: object, says: object) -> None:
    """A report that GitLab refuses would be seen by nobody."""
    answer = ask(fake_gitlab, bot, f"POST {NOTES}", body)
    assert (answer.status_code, answer.json(), fake_gitlab.notes()) == (400, says, [])
    with pytest.raises(AssertionError, match="never should be"):
        fake_gitlab.check()
    fake_gitlab.complaints.clear()


def test_the_longest_note_fits(fake_gitlab: FakeGitLab, bot: str) -> None:
    """Characters are counted, and not bytes."""
    assert ask(fake_gitlab, bot, f"POST {NOTES}", {"body": "é" * 1_000_000}).status_code == 201


def test_a_null_character_is_refused_by_what_stands_before_gitlab(fake_gitlab: FakeGitLab, bot: str) -> None:
    """A value of a table may hold one; the answer is no JSON then."""
    answer = ask(fake_gitlab, bot, f"POST {NOTES}", {"body": "a\0b"})
    assert (answer.status_code, answer.text, fake_gitlab.notes()) == (400, "Bad Request", [])
    assert "null character" in complaint_of(fake_gitlab)


def test_gitlab_drops_carriage_returns_and_the_space_at_the_end(fake_gitlab: FakeGitLab, bot: str) -> None:
    """What is read back is not always what was sent, and must be known again all the same."""
    answer = ask(fake_gitlab, bot, f"POST {NOTES}", {"body": "  a\r\n\u2028b\r\n\n "})
    assert answer.json()["body"] == "  a\n\u2028b" == fake_gitlab.notes()[0].body


@pytest.mark.parametrize(
    ("command", "name", "value"),
    [
        ("/close", "state", "closed"),
        ("/MERGE", "state", "merged"),
        ("/draft ", "is_draft", True),
        ("/lock", "is_locked", True),
        ("/title Gone", "title", "Gone"),
        ('/label ~urgent ~"a b"', "labels", ("dbt", "urgent", "a b")),
        ("/unlabel ~dbt", "labels", ()),
    ],
)
@pytest.mark.parametrize("is_edit", [False, True])
def test_a_command_in_a_note_is_obeyed_and_not_shown(
    fake_gitlab: FakeGitLab, bot: str, command: str, name: str, value: object, *, is_edit: bool
) -> None:
    """A value of a table that stood at the beginning of a line would close the request."""
    fake_gitlab.request().labels = ("dbt",)
    note = ask(fake_gitlab, bot, f"POST {NOTES}", {"body": "first"}).json()["id"]
    call = f"PUT {NOTES}/{note}" if is_edit else f"POST {NOTES}"
    answer = ask(fake_gitlab, bot, call, {"body": f"Result:\n{command}\nend"})
    assert (answer.json()["body"], answer.json()["commands_changes"] != {}) == ("Result:\nend", True)
    assert getattr(fake_gitlab.request(), name) == value
    assert "is a command to GitLab" in complaint_of(fake_gitlab)


def test_a_note_of_commands_only_is_none(fake_gitlab: FakeGitLab, bot: str) -> None:
    """The answer has no number then, and what was there is gone."""
    note = ask(fake_gitlab, bot, f"POST {NOTES}", {"body": "first"}).json()["id"]
    answers = [
        ask(fake_gitlab, bot, f"POST {NOTES}", {"body": "/close"}),
        ask(fake_gitlab, bot, f"PUT {NOTES}/{note}", {"body": "/reopen\n"}),
    ]
    assert [(answer.status_code, "id" in answer.json()) for answer in answers] == [(202, False), (202, False)]
    assert (fake_gitlab.notes(), fake_gitlab.request().state, len(fake_gitlab.complaints)) == ([], "opened", 2)
    fake_gitlab.complaints.clear()


@pytest.mark.parametrize(
    "body",
    [
        "```\n/close\n```",
        "~~~\n/close\n~~~",
        "    /close",
        "> said\n/close",
        ">>>\n/close\n>>>",
        "- item\n/close",
        "<details>\n\n/close\n\n</details>",
        "<pre>\n/close\n</pre>",
        "| a |\n|---|\n/close",
        "code `\n/close\n` ends",
        " /close",
        "so /close",
        "/closed",
        "/proofbot run",
        "\\/close",
    ],
)
def test_what_only_looks_like_a_command_is_text(fake_gitlab: FakeGitLab, bot: str, body: str) -> None:
    """A fake that is stricter than GitLab would make us escape what needs no escape."""
    assert ask(fake_gitlab, bot, f"POST {NOTES}", {"body": body}).json()["body"] == body
    assert fake_gitlab.request().state == "opened"


def test_who_may_not_close_does_not_by_a_command(fake_gitlab: FakeGitLab) -> None:
    """A reporter's token has no more rights in a note than beside it."""
    fake_gitlab.add_merge_request(7)
    answer = ask(fake_gitlab, fake_gitlab.api_token("reporter"), f"POST {NOTES}", {"body": "a\n/close"})
    assert (answer.json()["body"], fake_gitlab.request().state) == ("a", "opened")
    assert "is a command" in complaint_of(fake_gitlab)


@pytest.mark.parametrize(
    ("query", "length", "neighbours"),
    [
        ({}, 20, {"first": 1, "next": 2, "last": 7}),
        ({"per_page": 100}, 100, {"first": 1, "next": 2, "last": 2}),
        ({"page": 2}, 20, {"first": 1, "prev": 1, "next": 3, "last": 7}),
        ({"page": 7, "sort": "asc"}, 11, {"first": 1, "prev": 6, "last": 7}),
        ({"page": 9}, 0, {"first": 1, "prev": 8, "last": 7}),
    ],
)
def test_notes_come_in_pages_the_newest_first(
    fake_gitlab: FakeGitLab, bot: str, query: dict[str, int | str], length: int, neighbours: dict[str, int]
) -> None:
    """A client that reads one page only finds no note of its own behind 20 others."""
    for number in range(130):
        fake_gitlab.add_note(7, "dev", str(number))
    fake_gitlab.push(7, "a" * 40)
    answer = ask(fake_gitlab, bot, f"GET {NOTES}", **query)
    assert (len(answer.json()), answer.headers["X-Total"]) == (length, "131")
    links = {name: link["url"] for name, link in answer.links.items()}
    assert {name: int(re.findall(r"\bpage=(\d+)", url)[0]) for name, url in links.items()} == neighbours
    assert answer.headers["X-Next-Page"] == str(neighbours.get("next", ""))
    followed = requests.get(links["last"], headers=fake_gitlab.credentials(bot), timeout=PATIENCE)
    assert followed.headers["X-Page"] == answer.headers["X-Total-Pages"]
    newest = ask(fake_gitlab, bot, f"GET {NOTES}").json()[0]
    assert (newest["system"], newest["body"]) == (True, "added 1 commit")


def test_a_page_that_is_too_long_is_a_fault(fake_gitlab: FakeGitLab, bot: str) -> None:
    """GitLab passes over the wish, and who believes that a short page is the last one misses the others."""
    assert ask(fake_gitlab, bot, f"GET {NOTES}", per_page=1000).headers["X-Per-Page"] == "100"
    assert "at most 100" in complaint_of(fake_gitlab)


def test_what_gitlab_says_itself_can_be_left_out(fake_gitlab: FakeGitLab, bot: str) -> None:
    """A long history of pushes need not be read for a few comments."""
    fake_gitlab.push(7, "a" * 40)
    said = fake_gitlab.add_note(7, "dev", "hello").number
    kinds = {"only_comments": [False], "only_activity": [True], "all_notes": [False, True]}
    for kind, expected in kinds.items():
        found = ask(fake_gitlab, bot, f"GET {NOTES}", activity_filter=kind).json()
        assert [note["system"] for note in found] == expected
    assert [note.number for note in fake_gitlab.notes()] == [said]
    assert len(fake_gitlab.notes(with_system=True)) == 2


def test_a_thread_waits_until_it_is_resolved(fake_gitlab: FakeGitLab, bot: str) -> None:
    """With the setting of the project that all threads be resolved, a request cannot be merged until then."""
    thread = ask(fake_gitlab, bot, f"POST {_THREADS}", {"body": "look"}).json()
    [note] = thread["notes"]
    assert (note["resolvable"], note["resolved"], thread["individual_note"]) == (True, False, False)
    shown = f"{PROJECT}/merge_requests/7"
    assert ask(fake_gitlab, bot, f"GET {shown}").json()["blocking_discussions_resolved"] is False
    path = f"{_THREADS}/{thread['id']}"
    for spelled, resolved in ((True, True), ("true", True), (False, False), (True, True)):
        told = ask(fake_gitlab, bot, f"PUT {path}", {"resolved": spelled}).json()["notes"][0]
        assert told["resolved"] is resolved
    assert fake_gitlab.notes()[0].is_resolved
    assert ask(fake_gitlab, bot, f"GET {shown}").json()["blocking_discussions_resolved"] is True
    fake_gitlab.add_note(7, "dev", "alone")
    assert [one["individual_note"] for one in ask(fake_gitlab, bot, f"GET {_THREADS}").json()] == [False, True]
    assert ask(fake_gitlab, bot, f"GET {path}").json()["id"] == thread["id"]
    assert ask(fake_gitlab, bot, f"GET {_THREADS}/{'0' * 40}").status_code == 404


def test_a_note_that_stands_alone_is_not_resolved(fake_gitlab: FakeGitLab, bot: str) -> None:
    """GitLab refuses it, with the words of somebody who lacks a right."""
    alone = fake_gitlab.add_note(7, "dev", "alone").discussion
    assert ask(fake_gitlab, bot, f"PUT {_THREADS}/{alone}", {"resolved": True}).status_code == 403


def test_a_receipt_is_left_once(fake_gitlab: FakeGitLab, bot: str) -> None:
    """A second one is said to be not found, and that must not look like a note that is gone."""
    path = f"{NOTES}/{fake_gitlab.add_note(7, 'dev', 'x').number}/award_emoji"
    answers = [ask(fake_gitlab, bot, f"POST {path}", {"name": name}) for name in ("-1", "eyes", "thumbsdown")]
    assert [answer.status_code for answer in answers] == [201, 201, 404]
    assert answers[2].json()["message"] == "404 Award Emoji Name has already been taken Not Found"
    assert [one["name"] for one in ask(fake_gitlab, bot, f"GET {path}").json()] == ["thumbsdown", "eyes"]
    assert ask(fake_gitlab, bot, f"POST {path}", {"name": "proof"}).status_code == 404
    assert "no emoji" in complaint_of(fake_gitlab)
