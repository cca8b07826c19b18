"""GitHub as the tests of the contract hold it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain import GateState, RunId
from bot.world.forges.contract import Forge
from bot.world.forges.github import GitHub
from tests.world.forges.fake_github import FakeGitHub, Kind
from tests.world.forges.rigs import OnFake, Trouble, in_no_time

_VERBS = {
    "create": ("POST", "*/issues/7/comments"),
    "edit": ("PATCH", "*/issues/comments/*"),
    "list": ("GET", "*/issues/7/comments"),
    "status": ("POST", "*/statuses/*"),
    "look": ("GET", "*/pulls/7"),
    "download": ("GET", "/artifacts/*"),
}
_LIMITS = {
    Trouble.LIMITS: Kind.TOO_MANY,
    Trouble.LIMITS_FOR_20: Kind.SECONDARY,
    Trouble.LIMITS_FOR_HOURS: Kind.PRIMARY,
}


class GitHubRig(OnFake):
    """GitHub, or an Enterprise Server."""

    longest_comment = 65_536
    contexts_have_case = False
    has_threads = False

    def __init__(self, fake: FakeGitHub) -> None:
        super().__init__(fake, _VERBS, _LIMITS)
        self.head = fake.add_pull_request(7, title="Halve the prices", labels=("dbt",)).head
        self._fake = fake
        fake.add_user("Maintainer", "maintain")
        self.tokens: Mapping[str, str] = {
            "": fake.actions_token(),
            "person": fake.token_of("Maintainer"),
            "reader": fake.read_only_token(),
            "wrong": "ghs_wrong",
        }

    def forge(self, token: str = "") -> Forge:
        """The adapter."""
        return GitHub(self._fake.place(), self.tokens[token], in_no_time(self.clock))

    def add_request(self, number: int, *, branch: str, repository: str | None) -> None:
        """One more open pull request."""
        self._fake.add_pull_request(number, head_branch=branch, head_repository=repository)

    def push(self, head: str) -> None:
        """A new head."""
        self._fake.push(7, head)

    def part(self, base: str, head: str, commit: str) -> None:
        """A merge base."""
        self._fake.add_commit(base)
        self._fake.add_commit(head)
        self._fake.add_merge_base(base, head, commit)

    def close(self) -> None:
        """A closed draft."""
        self._fake.pull(7).is_open = False
        self._fake.pull(7).is_draft = True

    def say(self, login: str, body: str) -> None:
        """A comment by somebody."""
        self._fake.add_comment(7, login, body)

    def said(self) -> list[tuple[str, list[str]]]:
        """All comments with their history."""
        return [(comment.user.login, comment.bodies) for comment in self._fake.comments(7)]

    def waiting(self) -> int:
        """Comments wait for nobody."""
        return 0

    def kept(self, body: str) -> str:
        """GitHub changes nothing."""
        return body

    def receipts(self, comment: int) -> list[str]:
        """The reactions."""
        [found] = (one for one in self._fake.comments(7) if one.number == comment)
        return [reaction.content for reaction in found.reactions]

    def gates(self, context: str) -> list[tuple[GateState, str, str]]:
        """The statuses."""
        found = self._fake.statuses(self.head, context)
        return [(GateState(one.state), one.description, one.target_url) for one in found]

    def grant(self, login: str, role: str) -> None:
        """A role."""
        self._fake.add_user(login, role)

    def leave(self, run: RunId, name: str, content: bytes, *, is_expired: bool = False) -> None:
        """An artifact."""
        self._fake.add_run(run.number, self.head, attempt=run.attempt)
        self._fake.add_artifact(run.number, name, content).is_expired = is_expired
