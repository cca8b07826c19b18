"""The comment policy: what has to be done so that one comment of ours says what the newest run found.

A comment is ours if we wrote it *and* it starts with the marker of the project: the marker alone anybody can forge, and
the author alone is shared with other bots. What is to be done is a value; somebody else does it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.core import forge_words, marker
from bot.domain import Acceptance, Comment, ForgeKind, Marker, PullRequest, RunId

_OF_APPS = "[bot]"


@dataclass(frozen=True, slots=True)
class Create:
    """There is no comment of ours yet."""

    body: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A comment of ours has to say something else. `surplus` are others of ours to delete afterwards."""

    comment: Comment
    body: str
    surplus: tuple[Comment, ...] = ()


@dataclass(frozen=True, slots=True)
class Leave:
    """The comment of ours says what it should. `newer` is its marker where a run that counts for more
    has written it."""

    comment: Comment
    why: str
    newer: Marker | None = None
    surplus: tuple[Comment, ...] = ()


Effect = Create | Edit | Leave


def reconcile(comments: Iterable[Comment], me: str, wanted: Marker, body: str) -> Effect:
    """What has to be done so that the oldest comment of ours, and no other, says what the newest run found.

    Call it only for the newest commit of the request: among comments on the same head the one of more `weight` counts,
    a comment on another head always yields. The outcome is the same whichever of several runs does it, and doing it
    twice does nothing.

    Args:
        comments: all comments on the pull request.
        me: the login that comments of ours carry.
        wanted: the marker of the comment that this run would write.
        body: the whole text of that comment, its marker included.
    """
    mine = ours(comments, me, wanted.project)
    if not mine:
        return Create(body)
    (kept, its_marker), *others = mine
    surplus = tuple(comment for comment, _ in others)
    newest, its = max(
        ((comment, one) for comment, one in mine if one.head == wanted.head),
        key=lambda found: weight(found[1]),
        default=(None, None),
    )
    if newest and its and weight(its) > weight(wanted):
        if newest.number != kept.number:  # a run was stopped before it could tidy up
            return Edit(kept, newest.body, surplus)
        why = "a newer run has written it" if its.run > wanted.run else "a run of our own has written it"
        return Leave(kept, why, its, surplus)
    if _says_the_same(kept, its_marker, wanted):
        return Leave(kept, "it says the same already", surplus=surplus)
    return Edit(kept, body, surplus)


def weight(its: Marker) -> tuple[bool, RunId]:
    """What a run's word counts for beside that of another on the same head: a newer run more than an older one, but a
    fork's own job never more than a run of ours, which somebody may have asked for to know better."""
    return not its.is_foreign, its.run


def superseded(request: PullRequest, head: str, forge: ForgeKind = ForgeKind.GITHUB) -> str | None:
    """Why a run on this commit must not touch the comment; None where it may.

    A request that was closed meanwhile gets its comment: nobody else will write it, it is the record of what was
    merged, and an edit notifies nobody.
    """
    if request.head.lower() == head.lower():
        return None
    called = forge_words.of(forge).request
    return f"the {called}'s head is {request.head[:9]} by now, and this run is about {head[:9]}"


def carried(
    comments: Iterable[Comment], me: str, slug: str, head: str, *, is_foreign: bool = False
) -> tuple[Acceptance, ...]:
    """What was accepted for this very commit, by our comment on this project; in the order in which it was.

    Args:
        is_foreign: whether it is for what a fork's own job has found. What was accepted of its word is not accepted of
            ours: nobody has seen that.
    """
    of_this = (its for _, its in ours(comments, me, slug) if (its.head, its.is_foreign) == (head, is_foreign))
    return tuple(dict.fromkeys(one for its in of_this for one in its.accepted))


def projects(comments: Iterable[Comment], me: str) -> tuple[str, ...]:
    """The projects that comments of ours are about, the oldest comment first."""
    mine = sorted((comment for comment in comments if _is_by(comment, me)), key=lambda comment: comment.number)
    found = (marker.read(comment.body) for comment in mine)
    return tuple(dict.fromkeys(its.project for its in found if its is not None))


def ours(comments: Iterable[Comment], me: str, slug: str) -> list[tuple[Comment, Marker]]:
    """The comments of ours on this project with their markers, the oldest first."""
    found = [
        (comment, its)
        for comment in comments
        if _is_by(comment, me) and (its := marker.read(comment.body)) is not None and its.project == slug
    ]
    return sorted(found, key=lambda one: one[0].number)


def _is_by(comment: Comment, me: str) -> bool:
    """Whether we wrote it. Some APIs leave `[bot]` out of an App's login; then the author has to be known as a bot,
    because a person may bear the same name."""
    author, own = comment.author.lower(), me.lower()
    if author == own:
        return bool(own)
    alike = author.removesuffix(_OF_APPS) == own.removesuffix(_OF_APPS)
    return alike and (author.endswith(_OF_APPS) or comment.author_is_bot)


def _says_the_same(comment: Comment, its: Marker, wanted: Marker) -> bool:
    if marker.write(replace(its, run=wanted.run)) != marker.write(wanted):
        return False
    # Of an earlier run the text is looked at, too: whoever may write can edit our comment and leave its marker.
    return its.run == wanted.run or marker.digest(marker.visible(comment.body)) == wanted.digest
