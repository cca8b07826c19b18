"""Notes, discussions and the receipts on notes: lib/api/notes.rb, discussions.rb and award_emoji.rb of gitlabhq."""

from __future__ import annotations

from tests.world.forges.fake_gitlab import quick_actions, shapes
from tests.world.forges.fake_gitlab.routes import Call, Refusal, forbidden, missing, serves
from tests.world.forges.fake_gitlab.taken import Taken
from tests.world.forges.fake_gitlab.things import DEVELOPER, MAINTAINER, MergeRequest, Note
from tests.world.forges.http_fake.answers import Answer

_REQUEST = "/projects/{id}/merge_requests/{merge_request_iid}"
_NOTES = f"{_REQUEST}/notes"
_NOTE = f"{_NOTES}/{{note_id}}"
_THREADS = f"{_REQUEST}/discussions"
_AWARDS = f"{_NOTE}/award_emoji"
_LONGEST = 1_000_000  # characters of a note
_MOST = 5_000  # notes on a merge request
_SORTS = {"sort": Taken(values=("asc", "desc")), "order_by": Taken(values=("created_at", "updated_at"))}
_FILTERS = {"activity_filter": Taken(values=("all_notes", "only_comments", "only_activity"))}
_NEW = {"body": Taken(is_required=True)}
_NEW_NOTE = {"internal": Taken(bool), "merge_request_diff_head_sha": Taken(), "created_at": Taken()}
# Those that GitLab knows and a client of ours may want, and the names that it gives to older ones.
_EMOJI = frozenset({"eyes", "rocket", "thumbsup", "thumbsdown", "confused", "tada", "heart", "white_check_mark", "x"})
_OLDER = {"+1": "thumbsup", "-1": "thumbsdown", "hooray": "tada"}


@serves(f"GET {_NOTES}", _SORTS | _FILTERS, takes_job_tokens=True, is_list=True)
def list_notes(call: Call) -> Answer:
    """What was said, what GitLab says itself among it; the newest first if nothing else is wanted."""
    kind = call.given.get("activity_filter", "all_notes")
    found = [
        note
        for note in call.state.notes_of(call.request().iid)
        if kind == "all_notes" or note.is_system == (kind == "only_activity")
    ]
    by_change = call.given.get("order_by") == "updated_at"
    found.sort(
        key=lambda note: (note.updated_at if by_change else note.created_at, note.number),
        reverse=call.given.get("sort", "desc") == "desc",
    )
    return Answer(200, [shapes.note(call.state, note) for note in found])


@serves(f"POST {_NOTES}", _NEW | _NEW_NOTE)
def create_note(call: Call) -> Answer:
    """A new note, unless it is made of commands only."""
    created = _create(call, is_thread=False)
    return created if isinstance(created, Answer) else Answer(201, shapes.note(call.state, *created))


@serves(f"GET {_NOTE}", takes_job_tokens=True)
def show_note(call: Call) -> Answer:
    """One note."""
    return Answer(200, shapes.note(call.state, _note(call)))


@serves(f"PUT {_NOTE}", {"body": Taken(may_be_blank=False)})
def edit_note(call: Call) -> Answer:
    """A new text. The commands in it are obeyed as in a new note; if there is nothing else, the note is gone."""
    note = _own_note(call)
    if note.is_system or "body" not in call.given:
        return Answer(200, shapes.note(call.state, note))
    body = _valid(call.given["body"])
    left, changes, words = _obeyed(call, call.request(), body)
    if not left:
        _remove(call, note)
        return _commands_only(changes, words)
    note.bodies.append(left)
    note.updated_at = call.state.now()
    return Answer(200, shapes.note(call.state, note, changes))


@serves(f"DELETE {_NOTE}")
def delete_note(call: Call) -> Answer:
    """Gone for every reader; the test still sees it."""
    _remove(call, _own_note(call))
    return Answer(204)


@serves(f"GET {_THREADS}", is_list=True)
def list_discussions(call: Call) -> Answer:
    """All that was said, by what started it."""
    return Answer(200, [shapes.discussion(call.state, note) for note in call.state.notes_of(call.request().iid)])


@serves(f"POST {_THREADS}", _NEW | {"created_at": Taken()})
def create_discussion(call: Call) -> Answer:
    """A thread that somebody has to resolve."""
    created = _create(call, is_thread=True)
    return created if isinstance(created, Answer) else Answer(201, shapes.discussion(call.state, created[0]))


@serves(f"GET {_THREADS}/{{discussion_id}}")
def show_discussion(call: Call) -> Answer:
    """One thread, or note that stands alone."""
    return Answer(200, shapes.discussion(call.state, _thread(call)))


@serves(f"PUT {_THREADS}/{{discussion_id}}", {"resolved": Taken(bool, is_required=True)})
def resolve_discussion(call: Call) -> Answer:
    """Says whether somebody still has to look at a thread. Only the author of the request and its team may."""
    thread = _thread(call)
    user = call.user
    if not thread.is_resolvable or (user.level < DEVELOPER and user is not call.request().author):
        raise forbidden()
    if thread.is_resolved != call.given["resolved"]:
        thread.resolved_by = user if call.given["resolved"] else None
    return Answer(200, shapes.discussion(call.state, thread))


@serves(f"GET {_AWARDS}", is_list=True)
def list_awards(call: Call) -> Answer:
    """The receipts on a note."""
    note = _note(call)
    return Answer(200, [shapes.award(call.state, award, note) for award in note.awards])


@serves(f"POST {_AWARDS}", {"name": Taken(is_required=True)})
def add_award(call: Call) -> Answer:
    """A receipt. A second one of a kind is said to be not found."""
    note, name = _note(call), _OLDER.get(call.given["name"], call.given["name"])
    if note.is_system:
        raise missing("Award Emoji")
    if name not in _EMOJI:
        call.complain(f"{name} is no emoji that the fake knows")
        raise missing("Award Emoji Name is not a valid emoji name")
    award = call.state.add_award(note, call.user, name)
    if award is None:
        raise missing("Award Emoji Name has already been taken")
    return Answer(201, shapes.award(call.state, award, note))


def _create(call: Call, *, is_thread: bool) -> tuple[Note, dict[str, object]] | Answer:
    request, user = call.request(), call.user
    if len(call.state.notes_of(request.iid)) >= _MOST:
        raise _bad_note("Maximum number of comments exceeded")
    left, changes, words = _obeyed(call, request, _valid(call.given["body"]))
    if not left:
        return _commands_only(changes, words)
    return call.state.add_note(request.iid, user, left, is_thread=is_thread), changes


def _valid(body: str) -> str:
    if not body.strip():
        raise _bad_note('{:note=>["can\'t be blank"]}')
    if len(body) > _LONGEST:
        raise _bad_note(f'{{:note=>["is too long (maximum is {_LONGEST} characters)"]}}')
    return body


def _bad_note(fault: str) -> Refusal:
    return Refusal(400, {"message": f"400 Bad request - Note {fault}"}, is_fault=True)


def _obeyed(call: Call, request: MergeRequest, body: str) -> tuple[str, dict[str, object], list[str]]:
    """What is left of a note when its commands are obeyed, what they changed, and which they were."""
    left, commands = quick_actions.extract(body)
    changes: dict[str, object] = {}
    for command in commands:
        call.complain(f"/{' '.join(command).strip()} in a note is a command to GitLab")
        changes |= quick_actions.obey(request, call.user, command)
    return left, changes, [word for word, _ in commands]


def _commands_only(changes: dict[str, object], words: list[str]) -> Answer:
    return Answer(202, {"commands_changes": changes, "summary": [f"Applied {word}." for word in words]})


def _remove(call: Call, note: Note) -> None:
    call.state.deleted.append(call.state.notes.pop(note.number))


def _note(call: Call) -> Note:
    note = call.state.notes.get(call.number("note_id"))
    if note is None or note.iid != call.request().iid:
        raise missing()
    return note


def _own_note(call: Call) -> Note:
    """A note that this token may change: its own, or any for who maintains the project."""
    note = _note(call)
    if note.author is call.user or call.level >= MAINTAINER:
        return note
    raise forbidden()


def _thread(call: Call) -> Note:
    for note in call.state.notes_of(call.request().iid):
        if note.discussion == call.path["discussion_id"]:
            return note
    raise missing("Discussion")
