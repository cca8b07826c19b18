"""The memory of the fake: one project, its forks, and everything about it."""

from __future__ import annotations

from tests.world.forges.fake_gitlab.things import (
    ROLES,
    Award,
    Job,
    MergeRequest,
    Note,
    Pipeline,
    Project,
    Status,
    Token,
    User,
    Word,
)
from tests.world.forges.http_fake.front import sha as _sha
from tests.world.forges.http_fake.memory import Memory


class State(Memory):
    """One project. Whoever calls holds the server's lock."""

    def __init__(self, path: str, visibility: str, server_url: str, storage_url: str) -> None:
        super().__init__()
        self.server_url = server_url
        self.storage_url = storage_url
        self.project = Project(77_001, path, visibility)
        self.projects: dict[str, Project] = {path.lower(): self.project}
        self.has_storage = True  # whether artifacts lie with somebody else, who is asked for them
        self.users: dict[str, User] = {}
        self.tokens: dict[str, Token] = {}
        self.requests: dict[int, MergeRequest] = {}
        self.notes: dict[int, Note] = {}
        self.deleted: list[Note] = []
        self.pipelines: dict[int, Pipeline] = {}
        self.jobs: dict[int, Job] = {}
        self.statuses: list[Status] = []
        self.words: list[Word] = []
        self.commits: dict[str, str] = {}  # and the branch that has it; empty where none has
        self.parents: dict[str, tuple[str, ...]] = {}
        self.branches: dict[str, str] = {}  # and the last commit of each
        self.merge_bases: dict[frozenset[str], str] = {}

    def now(self) -> str:
        """A moment, as GitLab spells it."""
        return self.moment().strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def add_user(self, username: str, role: str, *, is_bot: bool = False) -> User:
        """Somebody new, or a new role for somebody known."""
        if role not in ROLES:
            raise ValueError(f"{role!r} is no role; there are {', '.join(ROLES)}")
        known = self.users.get(username.lower())
        if known is None:
            known = self.users[username.lower()] = User(self.number_for_new(), username, 0, is_bot)
        known.username, known.level = username, ROLES[role]
        return known

    def user(self, username: str) -> User:
        """Somebody by name, in whatever case it is spelled; a stranger gets an account, and is no member."""
        return self.users.get(username.lower()) or self.add_user(username, "none")

    def add_fork(self, path: str, visibility: str) -> Project:
        """Another project, which is a fork of this one."""
        fork = Project(self.project.number + len(self.projects), path, visibility, is_fork=True)
        return self.projects.setdefault(path.lower(), fork)

    def find_project(self, name: str) -> Project | None:
        """A project by its number or path, which has no case."""
        known = self.projects.get(name.lower())
        return known or next((one for one in self.projects.values() if str(one.number) == name), None)

    def add_note(self, iid: int, author: User, body: str, *, is_system: bool = False, is_thread: bool = False) -> Note:
        """Something said about a merge request."""
        moment, number = self.now(), self.number_for_new()
        discussion = _sha(f"discussion {number}")
        note = Note(number, iid, author, [body], moment, moment, discussion, is_system, is_thread)
        self.notes[number] = note
        return note

    def notes_of(self, iid: int) -> list[Note]:
        """What was said about a merge request, the oldest first."""
        return [note for _, note in sorted(self.notes.items()) if note.iid == iid]

    def add_award(self, note: Note, user: User, name: str) -> Award | None:
        """A receipt; None where there is one of the kind by the same user."""
        if any(award.user is user and award.name == name for award in note.awards):
            return None
        note.awards.append(Award(self.number_for_new(), user, name, self.now()))
        return note.awards[-1]

    def add_commit(self, sha: str, branch: str = "") -> None:
        """A commit, the last of a branch if one is named."""
        self.commits[sha.lower()] = branch
        if branch:
            self.branches[branch] = sha.lower()

    def add_pipeline(self, number: int, sha: str, ref: str, source: str) -> Pipeline:
        """A pipeline for a commit."""
        self.commits.setdefault(sha.lower(), "")
        self.pipelines[number] = Pipeline(number, sha.lower(), ref, source, self.now())
        return self.pipelines[number]

    def pipelines_for(self, sha: str) -> list[Pipeline]:
        """The pipelines for a commit, the newest first."""
        return [one for _, one in sorted(self.pipelines.items(), reverse=True) if one.sha == sha.lower()]

    def merge_base(self, one: str, other: str) -> str:
        """Where two commits parted; what nobody has told is descended from the first."""
        return self.merge_bases.get(frozenset((one.lower(), other.lower())), one.lower())
