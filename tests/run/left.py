"""What the untrusted half of a run leaves on a GitHub over HTTP, and the desk of the trusted half."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bot.core import comments, marker, slugs
from bot.core.report import concluded
from bot.domain import (
    Comment,
    FinishedRun,
    Happening,
    Marker,
    Occasion,
    Report,
    RunId,
)
from bot.render import json as report_json
from bot.run.publishing import Desk
from bot.world.forges.github import GitHub
from bot.world.forges.retries import Retries
from tests.render.reports import shop
from tests.world.forges.clock import Clock
from tests.world.forges.fake_github import FakeGitHub
from tests.world.forges.fake_github.things import Artifact

ME = "github-actions[bot]"
BASE, HEAD, NEXT = "a" * 40, "b" * 40, "c" * 40
FORK, BRANCH = "mallory/shop", "faster"
FINISHED, OWN = 500, 900  # the run that found something, and the trusted job


def report(slug: str = "shop", head: str = HEAD, like: Report | None = None) -> Report:
    """A report as the untrusted half writes it. It does not say that it is a fork's."""
    found = concluded(like or shop())
    run = replace(found.run, slug=slug, base=replace(found.run.base, commit=BASE, name="main"))
    return replace(found, run=replace(run, head=replace(run.head, commit=head)))


@dataclass
class Scene:
    """Pull request 7, with a desk for the trusted job."""

    fake: FakeGitHub
    is_fork: bool = True
    log: list[str] = field(default_factory=list)
    left: list[Artifact] = field(default_factory=list)

    def __post_init__(self) -> None:
        home = FORK if self.is_fork else self.fake.repository
        self.fake.add_pull_request(
            7, head=HEAD, base=BASE, head_branch=BRANCH, head_repository=home, author="dev", base_branch="main"
        )
        self.add_run()
        self.token = self.fake.actions_token()

    @property
    def home(self) -> str:
        """The repository of the request's branch."""
        return str(self.fake.pull(7).head_repository)

    def add_run(self, number: int = FINISHED, attempt: int = 1, head: str = HEAD) -> None:
        """A run of the untrusted half."""
        self.fake.add_run(number, head, attempt=attempt, head_branch=BRANCH, head_repository=self.home)

    def leave(self, found: Report | None = None, run: int = FINISHED, attempt: int = 1) -> None:
        """The run leaves its report."""
        found = found or report()
        self.leave_bytes(report_json.text(found).encode(), slugs.artifact(found.run.slug, attempt), run)

    def leave_bytes(self, content: bytes, name: str = "proofbot-shop-1", run: int = FINISHED) -> None:
        """The run leaves something as its report."""
        files = {"report.json": content, "comment.md": b"@everybody"}
        self.left.append(self.fake.add_artifact(run, name, files))

    def desk(self, slug: str = "shop", run: int = OWN, token: str = "") -> Desk:
        """The desk of the trusted job."""
        place, clock = self.fake.place(run), Clock()
        retries = Retries(300, attempt_seconds=1, write_seconds=0, sleep=clock.sleep, clock=clock, jitter=lambda: 0.0)
        return Desk(GitHub(place, token or self.token, retries), slug, place, self.log.append)

    def finished(
        self, run: int = FINISHED, attempt: int = 1, head: str = HEAD, event: str = "pull_request"
    ) -> Occasion:
        """The untrusted half has ended."""
        ended = FinishedRun(RunId(run, attempt), head, BRANCH, self.home, event, "success")
        return Occasion(Happening.FINISHED, self.fake.place(OWN), "workflow_run.completed", finished=ended)

    def ours(self, slug: str = "shop") -> tuple[str, Marker]:
        """What our only comment on a project says, and its marker."""
        listed = [Comment(one.number, one.user.login, one.body) for one in self.fake.comments(7)]
        (found,) = comments.ours(listed, ME, slug)
        return marker.visible(found[0].body), found[1]

    def gate(self, slug: str = "shop", head: str = HEAD) -> tuple[str, str]:
        """What stands beside a commit: the state and the words."""
        status = self.fake.statuses(head, slugs.context(slug))[-1]
        return status.state, status.description
