"""Two or three runs that publish at the same time, their requests in any order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from hypothesis import event, given, settings
from hypothesis import strategies as st

from bot.core import comments, marker
from bot.domain import GateState, Marker, PullRequest, Report, RunId, Whereabouts
from bot.run import publishing
from tests.render.reports import all_equal, problem, shop, untouched
from tests.run.memory import ME, NUMBER, Hub, MemoryForge
from tests.run.test_publishing import desk
from tests.run.turns import Turns

HEADS = [letter * 40 for letter in "abc"]
REPORTS: list[Callable[[], Report]] = [shop, all_equal, problem, untouched]
WRITES = ("create_comment", "edit_comment")


@dataclass(frozen=True)
class Plan:
    """Which head each run is about, in the order of their numbers; what is there at the start; whose turn it is."""

    heads: tuple[int, ...]
    left: int
    turns: tuple[int, ...]


# One run often goes on for a while before it is another's turn: only so can one overtake another.
TURNS = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 12)), max_size=12).map(
    lambda stints: tuple(run for run, times in stints for _ in range(times))
)
PLANS = st.builds(
    Plan,
    st.lists(st.integers(0, 2), min_size=2, max_size=3).map(lambda heads: tuple(sorted(heads))),
    st.integers(0, 3),
    TURNS,
)


class Race:
    """One pull request, and the runs of a plan. Run 1 is the oldest; a head is pushed before its first run starts."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.hub = Hub(PullRequest(NUMBER, HEADS[plan.heads[0]], "faster", "acme/shop", "0" * 40, "main"))
        self.asked: list[tuple[int, str]] = []
        self._turns = Turns()
        self._yet_to_start = list(range(1, len(plan.heads) + 1))
        self.foreign = self.hub.write("mallory", "a b c")
        for number in range(plan.left):
            its = Marker("shop", "0" * 40, RunId(0), marker.digest(str(number)))
            self.hub.write(ME, f"{marker.write(its)}\n{number}")

    def run(self, *, looks_and_writes_at_once: bool) -> None:
        """All runs to their end, by turns. When nobody says whose turn it is, it is the next one's."""
        wishes = iter(self.plan.turns)
        while able := [*self._turns.waiting(), *self._yet_to_start[:1]]:
            key = able[next(wishes, 0) % len(able)]
            if key in self._yet_to_start:
                self._start(key)
                continue
            looks = self._step(key) == "comments"
            while looks_and_writes_at_once and looks and self._turns.wants(key) in ("pull_request", *WRITES):
                self._step(key)

    def head(self, run: int) -> str:
        """The commit that a run is about."""
        return HEADS[self.plan.heads[run - 1]]

    def late(self) -> list[int]:
        """The runs that wrote after the newest one had looked for the last time."""
        newest = len(self.plan.heads)
        return [run for run in range(1, newest) if self._last(run, WRITES) > self._last(newest, ("comments",))]

    def could_not_know(self, run: int) -> bool:
        """Whether a run's last write was decided before anything could be seen of the newest run."""
        newest, wrote = len(self.plan.heads), self._last(run, WRITES)
        if self.head(run) != self.head(newest):
            first = next(at for at, one in enumerate(self.asked) if one == (self._first_on(self.head(newest)), "push"))
            return self._last(run, ("pull_request",), wrote) < first
        return self._last(run, ("comments",), wrote) < next(
            at for at, (its, verb) in enumerate(self.asked) if its == newest and verb in WRITES
        )

    def _last(self, run: int, verbs: tuple[str, ...], before: int | None = None) -> int:
        """When a run sent such a request last; -1 if never."""
        asked = self.asked[:before]
        return max((at for at, (its, verb) in enumerate(asked) if its == run and verb in verbs), default=-1)

    def _first_on(self, head: str) -> int:
        return next(run for run in range(1, len(self.plan.heads) + 1) if self.head(run) == head)

    def _start(self, run: int) -> None:
        self._yet_to_start.remove(run)
        self.asked.append((run, "push"))
        self.hub.push(self.head(run))
        self._turns.start(run, partial(self._publish, run))

    def _publish(self, run: int, before: Callable[[str], None]) -> None:
        forge = MemoryForge(self.hub, before=before)
        publishing.announce(desk(forge, RunId(run)), self.head(run))
        delivery = publishing.deliver(desk(forge, RunId(run)), self.head(run), NUMBER, REPORTS[run](), Whereabouts())
        assert not delivery.problems

    def _step(self, run: int) -> str:
        verb = self._turns.wants(run) or ""
        self.asked.append((run, verb))
        self._turns.grant(run)
        return verb


@given(PLANS)
@settings(max_examples=300, deadline=None)
def test_any_order_leaves_one_comment_and_a_last_word(plan: Plan) -> None:
    """Two comments would stay for ever, or a gate pending, depending on how two pushes fall together."""
    race = Race(plan)
    race.run(looks_and_writes_at_once=False)
    assert race.hub.comments.pop(race.foreign.number) == race.foreign
    [(comment, its)] = comments.ours(race.hub.comments.values(), ME, "shop")
    assert list(race.hub.comments) == [comment.number]
    assert marker.digest(marker.visible(comment.body)) == its.digest
    for head in {race.head(run) for run in range(1, len(plan.heads) + 1)}:
        status = race.hub.gate(head)
        assert status is not None
        assert status.state is not GateState.PENDING
    newest = len(plan.heads)
    is_newest = (its.head, its.run) == (race.head(newest), RunId(newest))
    event(f"about the newest: {is_newest}")
    # Nobody can hold back a request that was under way when the newest run looked for the last time.
    assert is_newest or any(race.could_not_know(run) for run in race.late())


@given(PLANS)
@settings(max_examples=300, deadline=None)
def test_any_order_ends_with_the_newest_run(plan: Plan) -> None:
    """The comment would stay about an old commit, or the gate contradict it. A look and the write that follows from it
    are one step here: GitHub has no way to bind them, and they lie a fraction of a second apart."""
    race = Race(plan)
    race.run(looks_and_writes_at_once=True)
    newest = len(plan.heads)
    [(comment, its)] = comments.ours(race.hub.comments.values(), ME, "shop")
    assert (its.head, its.run) == (race.head(newest), RunId(newest))
    status = race.hub.gate(race.head(newest))
    assert status is not None
    assert (status.state, status.url) == (its.state, comment.url)
