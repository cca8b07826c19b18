"""GitLab as the tests of the contract hold it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain import GateState, RunId
from bot.world.forges.contract import Forge
from bot.world.forges.gitlab import GitLab
from tests.world.forges.fake_gitlab import FakeGitLab, Kind
from tests.world.forges.rigs import OnFake, Trouble, in_no_time

_PIPELINE = 501
_VERBS = {
    "create": ("POST", "*/merge_requests/7/notes"),
    "edit": ("PUT", "*/merge_requests/7/notes/*"),
    "list": ("GET", "*/merge_requests/7/notes"),
    "status": ("POST", "*/statuses/*"),
    "look": ("GET", "*/merge_requests/7"),
    "download": ("GET", "/artifacts/*"),
}
_LIMITS = {
    Trouble.LIMITS: Kind.TOO_MANY,
    Trouble.LIMITS_FOR_20: Kind.TOO_MANY,
    Trouble.LIMITS_FOR_HOURS: Kind.TOO_MANY_UNTIL,
}
_STATES = {"pending": GateState.PENDING, "success": GateState.SUCCESS, "failed": GateState.FAILURE}
_ROLES = {"none": "none", "read": "reporter", "write": "developer", "admin": "owner"}
_EMOJI = {"thumbsdown": "-1"}


class GitLabRig(OnFake):
    """GitLab, at a host of its own or below a path."""

    longest_comment = 1_000_000
    contexts_have_case = True
    has_threads = True

    def __init__(self, fake: FakeGitLab) -> None:
        super().__init__(fake, _VERBS, _LIMITS)
        self.head = fake.add_merge_request(7, title="Halve the prices", labels=("dbt",)).head
        self._fake = fake
        fake.add_pipeline(_PIPELINE)
        self.tokens: Mapping[str, str] = {
            "": fake.api_token(),
            "person": fake.api_token("maintainer", login="Maintainer"),
            "reader": fake.read_api_token(),
            "wrong": "glpat-wrong",
        }

    def forge(self, token: str = "") -> Forge:
        """The adapter."""
        place = self._fake.place(_PIPELINE, commit=self.head)
        return GitLab(place, self.tokens[token], in_no_time(self.clock))

    def add_request(self, number: int, *, branch: str, repository: str | None) -> None:
        """One more open merge request."""
        self._fake.add_merge_request(number, source_branch=branch, source_project=repository)

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
        self._fake.close(7)
        self._fake.request(7).is_draft = True

    def say(self, login: str, body: str) -> None:
        """A note by somebody."""
        self._fake.add_note(7, login, body)

    def said(self) -> list[tuple[str, list[str]]]:
        """All notes with their history, without those of GitLab itself."""
        return [(note.author.username, note.bodies) for note in self._fake.notes(7)]

    def waiting(self) -> int:
        """The threads that are not resolved."""
        return sum(note.is_resolvable and not note.is_resolved for note in self._fake.notes(7))

    def kept(self, body: str) -> str:
        """GitLab drops carriage returns, and the space at the end."""
        return body.replace("\r", "").rstrip()

    def receipts(self, comment: int) -> list[str]:
        """The awards."""
        [found] = (one for one in self._fake.notes(7) if one.number == comment)
        return [_EMOJI.get(award.name, award.name) for award in found.awards]

    def gates(self, context: str) -> list[tuple[GateState, str, str]]:
        """The statuses."""
        found = self._fake.words(self.head, context)
        return [(_STATES[one.state], one.description, one.target_url) for one in found]

    def grant(self, login: str, role: str) -> None:
        """A role."""
        self._fake.add_user(login, _ROLES[role])

    def leave(self, run: RunId, name: str, content: bytes, *, is_expired: bool = False) -> None:
        """An artifact: that of a job of the name, in a pipeline of the run's number."""
        number = run.number * 1_000 + len(self._fake.jobs(run.number))
        self._fake.add_job(number, name, pipeline=run.number, status="success")
        self._fake.add_artifact(number, content, f"{name}.zip").is_expired = is_expired
