"""The comment policy: one comment of ours for each project, about the newest commit and by the newest run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import marker
from bot.core.comments import Create, Edit, Effect, Leave, carried, ours, projects, reconcile, superseded
from bot.domain import Acceptance, Comment, ForgeKind, GateState, Marker, PullRequest, RunId

ME = "github-actions[bot]"
OLD, NEW = "a" * 40, "b" * 40
FIFTH = RunId(5)
TEXT = "### Gate open\n"


def meant(head: str = NEW, run: RunId = FIFTH, text: str = TEXT, slug: str = "shop") -> Marker:
    """The marker of a comment with this text."""
    return Marker(slug, head, run, marker.digest(text), state=GateState.SUCCESS)


def body(its: Marker, text: str = TEXT) -> str:
    """The whole text of a comment."""
    return f"{marker.write(its)}\n{text}"


def posted(number: int, its: Marker, text: str = TEXT, author: str = ME) -> Comment:
    """A comment that is there, with the line ends that GitHub makes of ours."""
    return Comment(number, author, body(its, text).replace("\n", "\r\n"), author_is_bot=author.endswith("[bot]"))


HUMAN = Comment(1, "ann", "looks good")
WANTED = meant()
BODY = body(WANTED)


def decide(*comments: Comment, wanted: Marker = WANTED, text: str = TEXT, me: str = ME) -> Effect:
    """What has to be done about these comments."""
    return reconcile(comments, me, wanted, body(wanted, text))


def test_the_first_run_writes_a_comment() -> None:
    """Nobody would be told anything."""
    assert decide(HUMAN) == Create(BODY)


@pytest.mark.parametrize("there", [meant(OLD, RunId(4)), meant(NEW, RunId(4), "x"), meant(OLD, RunId(99))])
def test_what_an_earlier_run_wrote_is_edited(there: Marker) -> None:
    """The comment would stay about an old commit. A run on another head always yields, however great its number: in
    the second stage of a fork's flow numbers follow the order in which runs ended."""
    comment = posted(30, there, "x")
    assert decide(HUMAN, comment) == Edit(comment, BODY)


@pytest.mark.parametrize("run", [RunId(6), RunId(5, 2)])
def test_what_a_newer_run_wrote_on_the_same_head_is_left_alone(run: RunId) -> None:
    """The result of a repeated run would be overwritten by that of the run it repeats."""
    there = meant(run=run, text="newer")
    comment = posted(30, there, "newer")
    assert decide(comment) == Leave(comment, "a newer run has written it", there)


def test_a_repeated_run_writes_over_its_first_attempt() -> None:
    """After `Re-run jobs` the comment would stay that of the attempt that failed."""
    comment = posted(30, meant(run=RunId(5, 1), text="x"), "x")
    wanted = meant(run=RunId(5, 2))
    assert decide(comment, wanted=wanted) == Edit(comment, body(wanted))


@pytest.mark.parametrize("run", [RunId(4), RunId(5)])
def test_an_equal_comment_is_left_alone(run: RunId) -> None:
    """Its history would fill with edits that change nothing."""
    comment = posted(30, meant(run=run))
    assert decide(comment) == Leave(comment, "it says the same already")


@pytest.mark.parametrize(
    "changed",
    [
        {"head": OLD},
        {"state": GateState.FAILURE},
        {"accepted": (Acceptance("orders", "ann", "why"),)},
    ],
)
def test_an_equal_text_with_another_marker_is_written_again(changed: dict[str, object]) -> None:
    """What was accepted for an earlier commit would hold for this one."""
    comment = posted(30, replace(meant(run=RunId(4)), **changed))  # type: ignore[arg-type]
    assert decide(comment) == Edit(comment, BODY)


def test_a_comment_of_ours_that_somebody_edited_is_mended() -> None:
    """Somebody who may write could let the comment say that the gate is open."""
    comment = posted(30, meant(run=RunId(4)), "### Gate closed\n")
    tampered = replace(comment, body=comment.body.replace("closed", "open, honestly"))
    assert decide(tampered) == Edit(tampered, BODY)


def test_what_this_run_wrote_is_left_alone_whatever_the_forge_made_of_it() -> None:
    """A forge that changes a blank in the text would be written to for ever."""
    comment = replace(posted(30, WANTED), body=f"{BODY}\n<!-- rendered -->")
    assert decide(comment) == Leave(comment, "it says the same already")


def test_foreign_comments_with_our_marker_are_not_ours() -> None:
    """Anybody could have their comment overwritten, or let the bot fail by editing what it may not."""
    forged = [posted(2, meant(OLD), author="mallory"), posted(3, meant(run=RunId(99)), author="github-actions")]
    assert decide(*forged) == Create(BODY)
    assert carried([replace(forged[0], author="mallory")], ME, "shop", OLD) == ()


def test_comments_of_ours_without_the_marker_at_their_start_are_not_touched() -> None:
    """Another workflow's comment, which quotes ours, would be overwritten: all of them share one login."""
    quoting = Comment(2, ME, f"Copied:\n{BODY}", author_is_bot=True)
    assert decide(quoting) == Create(BODY)


def test_projects_do_not_touch_each_other() -> None:
    """Of two dbt projects in one repository only the last would be told."""
    other = posted(2, meant(slug="shop-eu"))
    own = posted(3, meant(OLD))
    assert decide(other, own) == Edit(own, BODY)


def test_the_projects_with_a_comment_are_known() -> None:
    """`/proofbot accept` would miss a project of the repository, or believe somebody else's comment."""
    listed = [
        posted(3, meant(slug="shop")),
        posted(1, meant(slug="stock")),
        posted(4, meant(slug="shop")),
        posted(2, meant(slug="forged"), author="mallory"),
    ]
    assert projects(listed, ME) == ("stock", "shop")


def test_duplicates_are_collapsed_into_the_oldest() -> None:
    """A race of two first runs would leave two comments for ever, one of them wrong."""
    first, second, third = (posted(number, meant(OLD, RunId(number))) for number in (7, 8, 9))
    assert decide(third, first, second) == Edit(first, BODY, (second, third))
    equal = posted(6, WANTED)
    assert decide(equal, second) == Leave(equal, "it says the same already", surplus=(second,))


def test_the_newest_of_duplicates_survives_in_the_oldest() -> None:
    """A run that was stopped between writing and tidying up would have its newer result deleted."""
    first = posted(7, meant(OLD, RunId(1)))
    newer = posted(8, meant(run=RunId(6), text="newer"), "newer")
    assert decide(first, newer) == Edit(first, newer.body, (newer,))
    kept = replace(first, body=newer.body)
    its = meant(run=RunId(6), text="newer")
    assert decide(kept, newer) == Leave(kept, "a newer run has written it", its, (newer,))


@pytest.mark.parametrize(
    ("author", "kind", "me", "found"),
    [
        ("github-actions[bot]", "App", "github-actions[bot]", 1),
        ("GitHub-Actions[bot]", "App", "github-actions[bot]", 1),
        ("Ann", "User", "ann", 1),
        ("github-actions", "App", "github-actions[bot]", 1),
        ("github-actions[bot]", "App", "github-actions", 1),
        ("github-actions", "User", "github-actions[bot]", 0),
        ("github-actions-2[bot]", "App", "github-actions[bot]", 0),
        ("", "User", "", 0),
    ],
)
def test_whose_a_comment_is(author: str, kind: str, me: str, found: int) -> None:
    """A comment of ours would not be found, or that of a person who bears the App's name be taken for ours."""
    comment = replace(posted(2, WANTED), author=author, author_is_bot=kind == "App")
    assert len(ours([comment], me, "shop")) == found


def test_a_run_yields_to_a_newer_head_alone() -> None:
    """The result of an older push would stand under a newer one; or a merged request would keep a stale comment."""
    request = PullRequest(1, NEW, "faster", "acme/shop", OLD, "main")
    assert superseded(request, NEW) is None
    assert superseded(replace(request, is_open=False), NEW) is None
    assert superseded(request, OLD) == ("the pull request's head is bbbbbbbbb by now, and this run is about aaaaaaaaa")
    assert superseded(replace(request, is_open=False), OLD)
    assert str(superseded(request, OLD, ForgeKind.GITLAB)).startswith("the merge request's head is bbbbbbbbb by now")


def test_what_was_accepted_holds_for_one_commit() -> None:
    """A push after an acceptance would be merged under it."""
    why, other = Acceptance("orders", "ann", "meant it"), Acceptance("all", "bob", "fine")
    comments = [
        HUMAN,
        posted(2, replace(meant(slug="eu"), accepted=(other,))),
        posted(3, replace(WANTED, accepted=(why, other))),
        posted(4, replace(WANTED, accepted=(why,))),
    ]
    assert carried(comments, ME, "shop", NEW) == (why, other)
    assert carried(comments, ME, "shop", OLD) == ()


MINE = st.builds(
    posted,
    st.integers(1, 9),
    st.builds(meant, st.sampled_from([OLD, NEW]), st.builds(RunId, st.integers(3, 7), st.integers(1, 2))),
    author=st.sampled_from([ME, ME, "mallory"]),
)


def carried_out(comments: Sequence[Comment], effect: Effect) -> list[Comment]:
    """The comments once the effect has been carried out."""
    if isinstance(effect, Create):
        return [*comments, Comment(100, ME, effect.body, author_is_bot=True)]
    gone = {one.number for one in effect.surplus}
    text = effect.body if isinstance(effect, Edit) else effect.comment.body
    left = [one for one in comments if one.number not in gone]
    return [replace(one, body=text) if one.number == effect.comment.number else one for one in left]


@given(st.lists(MINE, max_size=5, unique_by=lambda one: one.number), st.integers(1, 8))
def test_it_ends_with_one_comment_by_the_newest_run_on_this_head(comments: list[Comment], run: int) -> None:
    """Whatever crashes and races left behind, the next run would not clear it up."""
    wanted = meant(run=RunId(run))
    for _ in range(2):
        comments = carried_out(comments, decide(*comments, wanted=wanted))
    (found, its), *others = ours(comments, ME, "shop")
    assert not others
    assert its.head == NEW
    assert its.run >= RunId(run) or its.digest == wanted.digest
    last = decide(*comments, wanted=wanted)
    assert isinstance(last, Leave)
    assert last.comment == found
    assert not last.surplus


@pytest.mark.parametrize("run", [RunId(4), RunId(6)])
def test_a_forks_own_job_never_counts_for_more_than_a_run_of_ours(run: RunId) -> None:
    """A fork would write over what a maintainer asked to know better."""
    ours_there, theirs_there = meant(run=run), replace(meant(run=run), is_foreign=True)
    comment = posted(30, ours_there)
    left = decide(comment, wanted=replace(WANTED, is_foreign=True))
    assert isinstance(left, Leave)
    assert left.newer == ours_there
    assert isinstance(decide(posted(30, theirs_there)), Edit)


def test_an_acceptance_of_a_forks_word_is_not_carried_to_ours() -> None:
    """What nobody has seen would be accepted."""
    accepted = (Acceptance("all", "ann", "why"),)
    comment = posted(30, replace(meant(), accepted=accepted, is_foreign=True))
    assert carried([comment], ME, "shop", NEW, is_foreign=True) == accepted
    assert carried([comment], ME, "shop", NEW, is_foreign=False) == ()
