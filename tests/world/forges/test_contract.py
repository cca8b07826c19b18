"""The contract of a forge, held by every adapter against a forge that remembers: what each verb does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.domain import CommitStatus, GateState, Permission, Reaction, RunId
from bot.world.forges.contract import ForgeError, Refused, Rejected
from tests.world.forges.rigs import Rig, create, find_none

_GATE = CommitStatus("proofbot/shop", GateState.PENDING, "proving", "https://ci.example.com/runs/501")
_OTHERS = {
    "another fork of the owner": ("octo/shop-2", "change-7"),
    "a fork": ("someone/shop", "change-7"),
    "another branch": ("", "other"),
    "no repository": (None, "change-7"),
}


@pytest.mark.parametrize("token", ["", "person"])
def test_whoami_is_the_author_of_our_comments(rig: Rig, token: str) -> None:
    """A bot that does not know itself finds none of its comments, and posts one with every push."""
    forge = rig.forge(token)
    assert forge.create_comment(7, "hello", find_none).author.lower() == forge.whoami().lower()


def test_a_request_is_told_as_it_is_now(rig: Rig) -> None:
    """What is proven has to be the newest commit, and its gate has to stand there."""
    forge = rig.forge()
    before = forge.pull_request(7)
    assert (before.number, before.head, before.head_repository) == (7, rig.head, rig.repository)
    assert (before.is_open, before.is_draft, before.is_fork) == (True, False, False)
    assert (before.title, before.author, before.base_branch) == ("Halve the prices", "dev", "main")
    rig.push("b" * 40)
    rig.close()
    after = forge.pull_request(7)
    assert (after.head, after.is_open, after.is_draft, after.base) == ("b" * 40, False, True, before.base)


@pytest.mark.parametrize(("repository", "told"), [("someone/shop", "someone/shop"), (None, "")])
def test_a_fork_is_known_as_one(rig: Rig, repository: str | None, told: str) -> None:
    """Code of a stranger must never be taken for the team's own."""
    rig.add_request(8, branch="main", repository=repository)
    found = rig.forge().pull_request(8)
    assert (found.is_fork, found.head_repository) == (True, told)


def test_a_request_that_is_not_there_is_refused(rig: Rig) -> None:
    """A number by a stranger's hand must not bring the job down in another way."""
    with pytest.raises(Refused):
        rig.forge().pull_request(999)


@pytest.mark.parametrize("other", _OTHERS)
def test_requests_of_a_branch_are_of_no_other(rig: Rig, other: str) -> None:
    """The report of a fork must not be published on somebody else's pull request."""
    repository, branch = _OTHERS[other]
    repository = rig.repository if repository == "" else repository
    rig.add_request(8, branch=branch, repository=repository)
    assert [one.number for one in rig.forge().open_pull_requests(rig.repository.title(), "change-7")] == [7]
    if repository:
        assert [one.number for one in rig.forge().open_pull_requests(repository, branch)] == [8]


def test_a_closed_request_is_not_open(rig: Rig) -> None:
    """Nobody reads a comment on a closed pull request."""
    rig.close()
    assert rig.forge().open_pull_requests(rig.repository, "change-7") == ()


@pytest.mark.parametrize("others", [0, 30, 100, 200])
def test_comments_are_read_over_all_pages(rig: Rig, others: int) -> None:
    """A comment that is not found again is posted again, on every push, behind those of a long discussion."""
    forge = rig.forge()
    for number in range(others):
        rig.say("dev", f"{number}")
    mine = forge.create_comment(7, "ours", find_none)
    found = forge.comments(7)
    assert [one.body for one in found] == [*map(str, range(others)), "ours"]
    assert found[-1] == mine
    assert [one.author_is_bot for one in found] == [False] * others + [True]


def test_a_comment_is_written_changed_and_removed(rig: Rig) -> None:
    """One comment that is always about the newest commit is what users came for."""
    forge = rig.forge()
    rig.say("dev", "theirs")
    body = "| a | b |\r\n\u2028<!-- x --> é \U0001f600 `@all`"
    comment = forge.create_comment(7, body, find_none)
    assert comment.body == rig.kept(body)
    assert f"#{7}" in comment.url or "/7" in comment.url
    assert forge.edit_comment(7, comment.number, "changed").body == "changed"
    assert [bodies for _, bodies in rig.said()] == [["theirs"], [rig.kept(body), "changed"]]
    forge.delete_comment(7, comment.number)
    assert [one.body for one in forge.comments(7)] == ["theirs"]


def test_a_comment_that_is_gone(rig: Rig) -> None:
    """People delete comments while we work; that is no reason to fail twice."""
    forge = rig.forge()
    gone = forge.create_comment(7, "hello", find_none).number
    forge.delete_comment(7, gone)
    forge.delete_comment(7, gone)
    with pytest.raises(Refused):
        forge.edit_comment(7, gone, "still here?")


def test_a_thread_waits_until_it_is_resolved(rig: Rig) -> None:
    """A request with findings must not be merged unseen, and one that is mended must not wait for somebody's click."""
    forge = rig.forge()
    alone = forge.create_comment(7, "alone", find_none)
    thread = forge.create_comment(7, "look", find_none, is_thread=True)
    assert (thread.body, forge.comments(7)) == ("look", (alone, thread))
    seen = [rig.waiting()]
    for is_resolved in (True, True, False, True):
        forge.resolve(7, thread.number, is_resolved=is_resolved)
        seen.append(rig.waiting())
    assert seen == ([1, 0, 0, 1, 0] if rig.has_threads else [0] * 5)
    forge.resolve(7, alone.number, is_resolved=True)
    assert forge.edit_comment(7, thread.number, "changed").body == "changed"


def test_the_longest_comment_fits(rig: Rig) -> None:
    """A report that is cut to the limit must be posted, not refused."""
    body = "é" * rig.longest_comment
    assert rig.forge().create_comment(7, body, find_none).body == body


def test_a_comment_that_is_too_long_is_rejected(rig: Rig) -> None:
    """A mistake of ours shows at once; repeating it would cost the job minutes."""
    with pytest.raises(Rejected, match="too long"):
        rig.forge().create_comment(7, "x" * (rig.longest_comment + 1), find_none)
    assert (len(rig.forgive()), rig.asked("create"), rig.clock.sleeps) == (1, 1, [])


def test_the_newest_status_counts(rig: Rig) -> None:
    """The gate opens only when the last word is said."""
    forge = rig.forge()
    forge.set_status(rig.head, _GATE)
    forge.set_status(rig.head, CommitStatus(_GATE.context, GateState.SUCCESS, "proven", _GATE.url))
    said = [(GateState.PENDING, "proving", _GATE.url), (GateState.SUCCESS, "proven", _GATE.url)]
    assert rig.gates(_GATE.context) == said


def test_a_status_is_cut_to_what_the_forge_takes(rig: Rig) -> None:
    """A gate whose text is too long must not stay pending for that."""
    rig.forge().set_status(rig.head, CommitStatus(_GATE.context, GateState.FAILURE, "é" * 500))
    [(state, description, _)] = rig.gates(_GATE.context)
    assert (state, description.rstrip("…")) == (GateState.FAILURE, "é" * len(description.rstrip("…")))


def test_a_status_of_a_commit_that_is_not_there(rig: Rig) -> None:
    """A commit may be gone after a forced push; the job ends without a gate, and says so."""
    with pytest.raises(ForgeError):
        rig.forge().set_status("0" * 40, _GATE)


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        ("none", Permission.NONE),
        ("read", Permission.READ),
        ("write", Permission.WRITE),
        ("admin", Permission.ADMIN),
    ],
)
def test_a_permission_is_told_whatever_the_case_of_the_login(rig: Rig, role: str, permission: Permission) -> None:
    """A stranger's command must not run, and a maintainer's must."""
    rig.grant("Somebody", role)
    assert rig.forge().permission("someBODY") is permission


@pytest.mark.parametrize("login", ["stranger", "github-actions[bot]", "../../octo", "a b?c#d"])
def test_who_is_not_known_may_nothing(rig: Rig, login: str) -> None:
    """A login that is no login must not open anything."""
    assert rig.forge().permission(login) is Permission.NONE


def test_a_receipt_is_left_once(rig: Rig) -> None:
    """Who writes a command wants to see that it was seen."""
    forge = rig.forge()
    comment = forge.create_comment(7, "/proofbot run", find_none).number
    for reaction in (Reaction.SEEN, Reaction.SEEN, *Reaction):
        forge.react(7, comment, reaction)
    assert sorted(rig.receipts(comment)) == sorted(reaction.value for reaction in Reaction)


def test_artifacts_are_the_newest_that_have_not_expired(rig: Rig) -> None:
    """A repeated run leaves a second artifact of the name; publishing the old one tells of the wrong data."""
    forge, run = rig.forge(), RunId(501, 2)
    for number in range(101):
        rig.leave(run, f"other-{number}", b"PK")
    rig.leave(RunId(501, 1), "report", b"PK old")
    rig.leave(run, "report", b"PK new")
    rig.leave(run, "gone", b"PK gone", is_expired=True)
    rig.leave(RunId(502), "elsewhere", b"PK")
    names = forge.artifacts(run)
    assert (len(names), "report" in names, {"gone", "elsewhere"} & set(names)) == (102, True, set())
    assert forge.artifact(run, "report", 6) == b"PK new"
    for name in ("gone", "never"):
        with pytest.raises(Refused):
            forge.artifact(run, name, 100)


def test_an_artifact_that_is_too_large_is_rejected(rig: Rig) -> None:
    """A job of a fork must not fill the disk of the trusted one."""
    rig.leave(RunId(501), "report", bytes(5_000_000))
    with pytest.raises(Rejected, match="larger than"):
        rig.forge().artifact(RunId(501), "report", 4_999_999)


@pytest.mark.parametrize("token", ["reader", "wrong"])
def test_a_token_that_may_not_write_is_refused_at_once(rig: Rig, token: str) -> None:
    """The job of a fork must not wait for a permission that never comes; its report goes another way."""
    mine = create(rig.forge(), "report").number
    rig.clock.sleeps.clear()
    forge = rig.forge(token)
    writes: dict[str, Callable[[], object]] = {
        "create": lambda: forge.create_comment(7, "again", find_none),
        "edit": lambda: forge.edit_comment(7, mine, "again"),
        "delete": lambda: forge.delete_comment(7, mine),
        "react": lambda: forge.react(7, mine, Reaction.SEEN),
        "status": lambda: forge.set_status(rig.head, _GATE),
    }
    for verb, write in writes.items():
        with pytest.raises(Refused) as refused:
            write()
        message = str(refused.value)
        assert (rig.tokens[token] in message, "\n" in message) == (False, False), verb
    assert (rig.said(), rig.gates(_GATE.context)) == ([(rig.forge().whoami(), ["report"])], [])
    assert (rig.receipts(mine), rig.clock.sleeps) == ([], [])


def test_a_token_that_may_read_reads(rig: Rig) -> None:
    """The job of a fork still sees what it is about."""
    rig.say("dev", "hello")
    forge = rig.forge("reader")
    assert ([one.body for one in forge.comments(7)], forge.pull_request(7).head) == (["hello"], rig.head)


def test_a_token_that_is_none_is_refused_by_every_question(rig: Rig) -> None:
    """A wrong token must not look like an empty pull request."""
    forge = rig.forge("wrong")
    for ask in (forge.whoami, lambda: forge.comments(7), lambda: forge.pull_request(7), lambda: forge.permission("x")):
        with pytest.raises(Refused):
            ask()


def test_the_status_that_counts_is_the_newest_of_its_context(rig: Rig) -> None:
    """The word of a fork would be taken for ours, or ours for a fork's, and the wrong one would be written over."""
    forge = rig.forge()
    assert forge.status(rig.head, _GATE.context) is None
    success = replace(_GATE, state=GateState.SUCCESS)
    for status in (_GATE, success, replace(_GATE, context="proofbot/stock"), replace(_GATE, context="ci")):
        forge.set_status(rig.head, status)
    assert forge.status(rig.head, _GATE.context) == success
    assert forge.status(rig.head, "Proofbot/SHOP") == (None if rig.contexts_have_case else success)


def test_a_status_is_found_among_many(rig: Rig) -> None:
    """In a repository with many checks a gate of ours would seem to be nobody's."""
    forge = rig.forge()
    for number in range(120):
        forge.set_status(rig.head, replace(_GATE, context=f"ci/{number}"))
    forge.set_status(rig.head, _GATE)
    assert {forge.status(rig.head, name) for name in (_GATE.context, "ci/0", "ci/119")} == {
        _GATE,
        replace(_GATE, context="ci/0"),
        replace(_GATE, context="ci/119"),
    }


def test_a_status_of_a_commit_that_is_not_there_is_an_error(rig: Rig) -> None:
    """What is not known would be taken for nothing."""
    with pytest.raises(ForgeError):
        rig.forge().status("9" * 40, _GATE.context)


def test_the_merge_base_is_where_head_left_base(rig: Rig) -> None:
    """A report that compares with another commit would open the gate."""
    rig.part("d" * 40, "e" * 40, "f" * 40)
    assert rig.forge().merge_base("d" * 40, "e" * 40) == "f" * 40
    with pytest.raises(ForgeError):
        rig.forge().merge_base("d" * 40, "9" * 40)
