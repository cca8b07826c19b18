"""The memory of the fake: one repository and everything about it."""

from __future__ import annotations

from tests.world.forges.fake_github.things import (
    ROLES,
    Artifact,
    Comment,
    Pull,
    Reaction,
    Run,
    Status,
    Token,
    User,
)
from tests.world.forges.http_fake.memory import Memory

ACTIONS = "github-actions[bot]"


class State(Memory):
    """One repository. Whoever calls holds the server's lock."""

    def __init__(self, repository: str, server_url: str, api_url: str, storage_url: str) -> None:
        super().__init__()
        self.repository = repository
        self.number = 77_001
        self.server_url = server_url
        self.api_url = api_url
        self.storage_url = storage_url
        self.users: dict[str, User] = {}
        self.tokens: dict[str, Token] = {}
        self.pulls: dict[int, Pull] = {}
        self.comments: dict[int, Comment] = {}
        self.deleted: list[Comment] = []
        self.statuses: list[Status] = []
        self.runs: dict[int, Run] = {}
        self.artifacts: dict[int, Artifact] = {}
        self.commits: set[str] = set()
        self.merge_bases: dict[tuple[str, str], str] = {}
        self.actions = self.add_user(ACTIONS, "none", is_bot=True)

    def now(self) -> str:
        """A moment, as GitHub spells it."""
        return self.moment().strftime("%Y-%m-%dT%H:%M:%SZ")

    def add_user(self, login: str, role: str, *, is_bot: bool = False) -> User:
        """Somebody new, or a new role for somebody known."""
        if role not in ROLES:
            raise ValueError(f"{role!r} is no role; there are {', '.join(ROLES)}")
        known = self.users.get(login.lower())
        if known is None:
            known = self.users[login.lower()] = User(self.number_for_new(), login, role, is_bot)
        known.login, known.role = login, role
        return known

    def user(self, login: str) -> User:
        """Somebody by login, in whatever case it is spelled; a stranger gets an account and may read."""
        return self.users.get(login.lower()) or self.add_user(login, "read")

    def is_here(self, owner: str, repo: str) -> bool:
        """Whether this is the name of the repository, which has no case."""
        return f"{owner}/{repo}".lower() == self.repository.lower()

    def add_comment(self, issue: int, user: User, body: str) -> Comment:
        """A comment on a pull request."""
        moment = self.now()
        comment = Comment(self.number_for_new(), issue, user, [body], moment, moment)
        self.comments[comment.number] = comment
        return comment

    def comments_of(self, issue: int) -> list[Comment]:
        """The comments on a pull request, the oldest first."""
        return [comment for _, comment in sorted(self.comments.items()) if comment.issue == issue]

    def add_reaction(self, comment: Comment, user: User, content: str) -> tuple[Reaction, bool]:
        """A reaction, and whether it is new: somebody leaves one of a kind only once."""
        for known in comment.reactions:
            if known.user is user and known.content == content:
                return known, False
        comment.reactions.append(Reaction(self.number_for_new(), user, content))
        return comment.reactions[-1], True

    def statuses_of(self, sha: str) -> list[Status]:
        """All statuses of a commit, the newest first."""
        return [status for status in reversed(self.statuses) if status.sha == sha.lower()]

    def newest_statuses(self, sha: str) -> list[Status]:
        """The newest status of each context, which has no case."""
        newest: dict[str, Status] = {}
        for status in self.statuses_of(sha):
            newest.setdefault(status.context.lower(), status)
        return list(newest.values())

    def artifacts_of(self, run: int) -> list[Artifact]:
        """The artifacts of a run, the newest first."""
        return [artifact for _, artifact in sorted(self.artifacts.items(), reverse=True) if artifact.run == run]
