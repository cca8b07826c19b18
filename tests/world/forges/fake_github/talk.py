"""Comments and reactions."""

from __future__ import annotations

from tests.world.forges.fake_github import shapes
from tests.world.forges.fake_github.routes import Call, Refusal, invalid, missing, serves
from tests.world.forges.fake_github.things import WRITE, Comment, Pull
from tests.world.forges.http_fake.answers import Answer

_REPO = "/repos/{owner}/{repo}"
_LIST = f"{_REPO}/issues/{{issue_number}}/comments"
_ONE = f"{_REPO}/issues/comments/{{comment_id}}"
_SCOPES = ("issues", "pull-requests")
_LONGEST = 65_536  # characters of a comment


@serves("get", f"{_REPO}/issues/{{issue_number}}", _SCOPES)
def show_issue(call: Call) -> Answer:
    """A pull request is an issue too."""
    return Answer(200, shapes.issue(call.state, _pull(call)))


@serves("get", _LIST, _SCOPES)
def list_comments(call: Call) -> Answer:
    """The comments, the oldest first; `since` is a moment of their last change."""
    found = call.state.comments_of(_pull(call).number)
    since = call.query.get("since", "")
    return Answer(200, [shapes.comment(call.state, one) for one in found if one.updated_at >= since])


@serves("post", _LIST, _SCOPES, WRITE)
def create_comment(call: Call) -> Answer:
    """A new comment."""
    pull = _pull(call)
    comment = call.state.add_comment(pull.number, call.token.user, _body(call))
    return Answer(201, shapes.comment(call.state, comment))


@serves("get", _ONE, _SCOPES)
def show_comment(call: Call) -> Answer:
    """One comment."""
    return Answer(200, shapes.comment(call.state, _comment(call)))


@serves("patch", _ONE, _SCOPES, WRITE)
def edit_comment(call: Call) -> Answer:
    """A new text. What it said before stays on record."""
    comment = _own_comment(call)
    comment.bodies.append(_body(call))
    comment.updated_at = call.state.now()
    return Answer(200, shapes.comment(call.state, comment))


@serves("delete", _ONE, _SCOPES, WRITE)
def delete_comment(call: Call) -> Answer:
    """Gone for every reader; the test still sees it."""
    comment = _own_comment(call)
    call.state.deleted.append(call.state.comments.pop(comment.number))
    return Answer(204)


@serves("get", f"{_ONE}/reactions", _SCOPES)
def list_reactions(call: Call) -> Answer:
    """The reactions to a comment, the oldest first."""
    wanted = call.query.get("content")
    found = [one for one in _comment(call).reactions if wanted in (None, one.content)]
    return Answer(200, [shapes.reaction(call.state, one) for one in found])


@serves("post", f"{_ONE}/reactions", _SCOPES, WRITE)
def react(call: Call) -> Answer:
    """A reaction: 201 if it is new, 200 if it was there."""
    reaction, is_new = call.state.add_reaction(_comment(call), call.token.user, str(call.body["content"]))
    return Answer(201 if is_new else 200, shapes.reaction(call.state, reaction))


def _pull(call: Call) -> Pull:
    pull = call.state.pulls.get(int(call.path["issue_number"]))
    if pull is None:
        raise missing()
    return pull


def _comment(call: Call) -> Comment:
    comment = call.state.comments.get(int(call.path["comment_id"]))
    if comment is None:
        raise missing()
    return comment


def _own_comment(call: Call) -> Comment:
    """A comment that this token may change: its own, or any with the right to write."""
    comment = _comment(call)
    token = call.token
    if comment.user is token.user or token.is_installation or token.user.role in ("write", "maintain", "admin"):
        return comment
    raise Refusal(403, "Must have admin rights to Repository.")


def _body(call: Call) -> str:
    body = str(call.body["body"])
    if not body.strip():
        raise invalid("IssueComment", "body", "Body can't be blank")
    if len(body) > _LONGEST:
        raise invalid("IssueComment", "data", f"body is too long (maximum is {_LONGEST} characters)")
    return body
