"""What a pull request and its commit are told, whoever else talks to the forge at the same time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from bot.core import comments, marker
from bot.domain import (
    Acceptance,
    Comment,
    ForgeKind,
    GateState,
    Marker,
    Place,
    PullRequest,
    Report,
    RunId,
    Whereabouts,
)
from bot.errors import Interrupted
from bot.run import publishing
from bot.run.publishing import Delivery, Desk
from bot.world.forges.contract import Forge, ForgeError, Refused, Rejected, Unavailable, Withheld
from tests.render.reports import all_equal, many, problem, shop, untouched
from tests.run.memory import ME, NUMBER, Hub, MemoryForge

OLD, NEW = "a" * 40, "b" * 40
RUN_URL = "https://forge.example/acme/shop/actions/runs/5"
DENIED = Refused("GitHub will not take this: Resource not accessible by integration (403)")


def desk(forge: Forge, run: RunId, slug: str = "shop", log: Callable[[str], None] = lambda _line: None) -> Desk:
    """From where a run publishes."""
    place = Place("https://forge.example", "https://forge.example/api/v3", "acme/shop", run, RUN_URL)
    return Desk(forge, slug, place, log)


@dataclass
class Party:
    """Everybody who talks about one pull request. Its head is `NEW`."""

    hub: Hub = field(default_factory=lambda: Hub(PullRequest(NUMBER, NEW, "faster", "acme/shop", OLD, "main")))
    forge: MemoryForge = field(init=False)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.forge = MemoryForge(self.hub)

    def deliver(
        self,
        report: Report,
        run: int = 5,
        attempt: int = 1,
        head: str = NEW,
        slug: str = "shop",
    ) -> Delivery:
        """One run publishes, by the client whose faults are told."""
        return self.deliver_by(self.forge, report, RunId(run, attempt), head, slug)

    def another(self, report: Report, run: int, head: str = NEW) -> Callable[[], Delivery]:
        """Another run, which publishes when it is called, by a client of its own."""
        return lambda: self.deliver_by(MemoryForge(self.hub), report, RunId(run), head, "shop")

    def deliver_by(self, forge: MemoryForge, report: Report, run: RunId, head: str, slug: str) -> Delivery:
        """One run publishes by this client."""
        return publishing.deliver(desk(forge, run, slug, self.log.append), head, NUMBER, report, Whereabouts())

    def ours(self, slug: str = "shop") -> list[tuple[Comment, Marker]]:
        """The comments of ours on a project."""
        return comments.ours(self.hub.comments.values(), ME, slug)

    def the_comment(self, slug: str = "shop") -> tuple[Comment, Marker]:
        """The only comment of ours on a project; what it says is what its marker says."""
        found = self.ours(slug)
        assert len(found) == 1, found
        assert marker.digest(marker.visible(found[0][0].body)) == found[0][1].digest
        return found[0]

    def told(self, head: str = NEW) -> tuple[GateState, str]:
        """What stands beside a commit, and where it points."""
        status = self.hub.gate(head)
        assert status is not None
        return status.state, status.url


@pytest.fixture
def party() -> Party:
    """A pull request without comments."""
    return Party()


def test_the_first_run_tells_the_request_and_the_commit(party: Party) -> None:
    """Nobody would learn what was found, or a gate would stay pending."""
    publishing.announce(desk(party.forge, RunId(5)), NEW)
    assert party.told() == (GateState.PENDING, RUN_URL)
    delivery = party.deliver(shop())
    comment, its = party.the_comment()
    assert delivery == Delivery(comment.url, superseded=False)
    verdict = comment.body.splitlines()[1]
    assert verdict.startswith("### ")
    assert "Gate closed: 3 of 7 affected models changed" in verdict
    assert (its.head, its.run, its.state) == (NEW, RunId(5), GateState.FAILURE)
    assert party.told() == (GateState.FAILURE, comment.url)
    assert [status.context for _, status in party.hub.statuses] == ["proofbot/shop"] * 2
    assert party.forge.written() == ["create_comment"]
    assert not party.log


def _as_thread(report: Report) -> Report:
    return replace(report, run=replace(report.run, is_thread=True))


def test_a_thread_waits_for_somebody_while_the_gate_is_closed(party: Party) -> None:
    """A project that lets nothing be merged before all threads are resolved would have no gate, or a closed one."""
    party.deliver(_as_thread(shop()))
    assert list(party.hub.threads.values()) == [False]
    party.deliver(_as_thread(all_equal()), run=6)
    assert list(party.hub.threads.values()) == [True]
    party.deliver(_as_thread(shop()), run=7)
    assert list(party.hub.threads.values()) == [False]
    assert party.forge.written() == ["create_comment", "edit_comment", "edit_comment"]


def test_an_older_run_leaves_the_thread_as_the_newer_one_has_it(party: Party) -> None:
    """A slow run would resolve the thread that a newer one has just opened."""
    party.deliver(_as_thread(shop()), run=6)
    assert party.deliver(_as_thread(all_equal()), run=5).superseded
    assert list(party.hub.threads.values()) == [False]


def test_without_the_wish_there_is_no_thread(party: Party) -> None:
    """Everybody would have to resolve what nobody wanted as a thread."""
    party.deliver(shop())
    assert not party.hub.threads
    assert "resolve" not in party.forge.asked


def test_a_thread_that_cannot_be_resolved_is_told(party: Party) -> None:
    """Somebody would wait for a thread that nobody resolves, and not know why."""
    party.forge.refuse(DENIED, "resolve")
    delivery = party.deliver(_as_thread(all_equal()))
    assert "the thread could not be resolved" in delivery.problems[0]
    assert delivery.comment_url
    assert party.told()[0] is GateState.SUCCESS


def test_the_second_push_edits_the_comment_of_the_first(party: Party) -> None:
    """Every push would notify everybody, and leave a comment about an old commit."""
    party.hub.push(OLD)
    first = party.deliver(shop(), run=4, head=OLD)
    party.hub.push(NEW)
    assert party.deliver(all_equal()) == first
    assert party.the_comment()[1].head == NEW
    assert party.told() == (GateState.SUCCESS, first.comment_url)
    assert party.forge.written() == ["create_comment", "edit_comment"]


@pytest.mark.parametrize(("run", "attempt"), [(5, 1), (5, 2), (6, 1)])
def test_an_equal_comment_is_left_alone(party: Party, run: int, attempt: int) -> None:
    """The comment's history would fill with edits that change nothing."""
    first = party.deliver(shop())
    assert party.deliver(shop(), run, attempt) == first
    assert party.forge.written() == ["create_comment"]


def test_a_repeated_run_replaces_its_first_attempt(party: Party) -> None:
    """After `Re-run jobs` the comment would stay that of the attempt that failed."""
    party.deliver(problem())
    party.deliver(all_equal(), attempt=2)
    assert party.the_comment()[1].run == RunId(5, 2)
    assert party.told()[0] is GateState.SUCCESS


def test_an_older_run_that_ends_last_changes_nothing(party: Party) -> None:
    """The comment would say that the gate is closed beside a green gate, or worse, the other way round."""
    party.another(shop(), 6)()
    delivery = party.deliver(all_equal(), run=5)
    comment, its = party.the_comment()
    assert its.run == RunId(6)
    assert delivery == Delivery(comment.url, superseded=True)
    assert party.told() == (GateState.FAILURE, comment.url)
    assert party.forge.written() == []
    assert party.log == ["the comment is left alone: a newer run has written it"]


def test_a_newer_run_that_comes_between_comment_and_gate_is_restated(party: Party) -> None:
    """A gate would be opened that the newest run has closed."""
    party.forge.meanwhile("set_status", party.another(shop(), 6))
    assert party.deliver(all_equal(), run=5).superseded
    assert party.the_comment()[1].run == RunId(6)
    assert party.told()[0] is GateState.FAILURE


def test_a_newer_comment_that_somebody_deletes_is_followed_by_ours(party: Party) -> None:
    """The gate would go on saying what a comment said that is no longer there."""
    party.another(shop(), 6)()
    party.forge.meanwhile("set_status", party.hub.comments.clear)
    delivery = party.deliver(all_equal(), run=5)
    assert delivery == Delivery(party.the_comment()[0].url, superseded=False)
    assert party.told() == (GateState.SUCCESS, delivery.comment_url)


def test_a_run_on_an_old_head_tells_its_own_commit_alone(party: Party) -> None:
    """The result of a slow run would overwrite that of the push after it."""
    party.another(shop(), 6)()
    before = dict(party.hub.comments)
    assert party.deliver(all_equal(), run=9, head=OLD) == Delivery(None, superseded=True)
    assert party.hub.comments == before
    assert party.told(OLD) == (GateState.SUCCESS, RUN_URL)
    assert party.told(NEW)[0] is GateState.FAILURE


def test_a_push_right_before_writing_is_seen(party: Party) -> None:
    """A comment about an old commit would be written after the push, and notify everybody of what nobody needs."""
    party.hub.push(OLD)
    party.forge.meanwhile("pull_request", lambda: party.hub.push(NEW))
    assert party.deliver(shop(), head=OLD).superseded
    assert not party.hub.comments
    assert party.told(OLD) == (GateState.FAILURE, RUN_URL)


def test_a_push_while_writing_is_told(party: Party) -> None:
    """Later steps of the job would take the report for the newest."""
    party.hub.push(OLD)
    party.forge.meanwhile("create_comment", lambda: party.hub.push(NEW))
    assert party.deliver(shop(), head=OLD) == Delivery(None, superseded=True)
    assert party.deliver(all_equal(), run=6).comment_url == party.the_comment()[0].url


def test_a_closed_request_gets_its_last_comment(party: Party) -> None:
    """A request that was merged early would keep a comment about a commit that was not the last."""
    party.hub.push(OLD)
    party.deliver(shop(), run=4, head=OLD)
    party.hub.request = replace(party.hub.request, head=NEW, is_open=False)
    party.deliver(all_equal())
    assert party.the_comment()[1].head == NEW


@pytest.mark.parametrize(("first", "second"), [(5, 6), (6, 5)])
def test_two_first_runs_at_once_leave_one_comment(party: Party, first: int, second: int) -> None:
    """Two comments would stay for ever, one of them never updated again."""
    reports = {5: all_equal(), 6: shop()}
    party.forge.meanwhile("create_comment", party.another(reports[second], second))
    delivery = party.deliver(reports[first], run=first)
    comment, its = party.the_comment()
    assert its.run == RunId(6)
    assert comment.number == 101
    assert delivery == Delivery(comment.url, superseded=first == 5)
    assert party.told() == (GateState.FAILURE, comment.url)


def test_a_first_run_that_was_overtaken_takes_its_comment_back(party: Party) -> None:
    """The comment of a slow run on an old commit would stand below the newest one."""
    party.hub.push(OLD)

    def overtake() -> None:
        party.hub.push(NEW)
        party.another(shop(), 6)()

    party.forge.meanwhile("create_comment", overtake)
    assert party.deliver(all_equal(), head=OLD) == Delivery(None, superseded=True)
    assert party.the_comment()[1].head == NEW
    assert party.forge.written() == ["create_comment", "delete_comment"]


def test_what_a_killed_run_left_is_collapsed(party: Party) -> None:
    """A second comment would stay for ever after a job was killed between writing and tidying up."""
    party.deliver(shop(), run=4)
    left = party.hub.write(ME, party.the_comment()[0].body)
    party.deliver(shop(), run=5)
    assert left.number not in party.hub.comments
    party.hub.write(ME, party.the_comment()[0].body)
    party.deliver(all_equal(), run=6)
    assert party.the_comment()[1].run == RunId(6)
    assert party.the_comment()[0].number == 101


def test_a_comment_that_somebody_deletes_meanwhile_is_written_anew(party: Party) -> None:
    """The result would be lost because somebody tidied up."""
    party.deliver(shop(), run=4)
    party.forge.meanwhile("edit_comment", party.hub.comments.clear)
    delivery = party.deliver(all_equal())
    assert delivery == Delivery(party.the_comment()[0].url, superseded=False)
    assert party.forge.written() == ["create_comment", "edit_comment", "create_comment"]


def test_a_list_that_lags_behind_brings_no_second_comment(party: Party) -> None:
    """GitHub answers from copies: right after a comment was written, a list may lack it."""
    party.forge.stale = ()
    delivery = party.deliver(shop())
    assert delivery.comment_url == party.the_comment()[0].url
    assert party.forge.written() == ["create_comment"]


def test_a_comment_whose_answer_was_lost_is_not_doubled(party: Party) -> None:
    """A 502 after the comment was stored would bring a second one."""
    party.forge.lost_answers = 1
    delivery = party.deliver(shop())
    assert delivery == Delivery(party.the_comment()[0].url, superseded=False)
    assert party.forge.written() == ["create_comment"]


def test_a_lost_answer_beside_another_run_leaves_one_comment(party: Party) -> None:
    """What was found after a lost answer, another run's comment, would be taken for ours."""
    party.forge.lost_answers = 1
    party.forge.meanwhile("create_comment", party.another(shop(), 4))
    party.deliver(all_equal())
    assert party.the_comment()[1].run == RunId(5)


def test_comments_of_others_are_untouched(party: Party) -> None:
    """Anybody could have a comment of theirs overwritten, or let the bot fail, by copying our hidden line."""
    party.deliver(shop(), run=4)
    ours = party.the_comment()[0].body
    party.hub.comments.clear()
    foreign = [
        party.hub.write("mallory", ours),
        party.hub.write("github-actions", ours),
        party.hub.write(ME, f"Copied from elsewhere:\n{ours}"),
        party.hub.write("ann", "looks good"),
    ]
    party.deliver(all_equal())
    assert [party.hub.comments[one.number] for one in foreign] == foreign
    assert party.the_comment()[1].run == RunId(5)


def test_projects_of_a_repository_have_a_comment_and_a_gate_each(party: Party) -> None:
    """Of two dbt projects only the last would be told, and its gate would stand for both."""
    party.deliver(shop(), slug="eu")
    party.deliver(all_equal(), slug="us")
    party.deliver(all_equal(), slug="eu", run=6)
    assert party.the_comment("eu")[1].run == RunId(6)
    assert party.the_comment("us")[1].run == RunId(5)
    contexts = [status.context for _, status in party.hub.statuses]
    assert contexts == ["proofbot/eu", "proofbot/us", "proofbot/eu"]


def test_a_merge_queue_has_a_gate_and_no_comment(party: Party) -> None:
    """The queue would wait for ever."""
    delivery = publishing.deliver(desk(party.forge, RunId(5)), NEW, None, all_equal(), Whereabouts())
    assert delivery == Delivery(None, superseded=False)
    assert party.told() == (GateState.SUCCESS, RUN_URL)
    assert party.forge.asked == ["set_status"]


def test_a_request_without_models_is_told_so(party: Party) -> None:
    """A required gate would stay pending where nothing of dbt was touched."""
    party.deliver(untouched())
    assert party.told() == (GateState.SUCCESS, party.the_comment()[0].url)


WRITES = ("create_comment", "edit_comment", "delete_comment")


def test_what_was_told_when_the_job_began_is_not_told_again(party: Party) -> None:
    """A job without a token would say three times what it lacks, and leave a gate on record that was never set."""
    party.forge.refuse(Withheld("no token"), *WRITES, "set_status", "whoami")
    here = desk(party.forge, RunId(5), "shop", party.log.append)
    assert publishing.accepted(here, NUMBER, NEW) == ()
    assert party.deliver(shop()) == Delivery(None, superseded=False)
    assert publishing.give_up(here, NEW, "over", interrupted=True)
    assert (party.log, party.hub.statuses) == ([], [])


def test_on_gitlab_the_remedy_is_gitlabs(party: Party) -> None:
    """Somebody would look for permissions of a workflow that GitLab does not have."""
    party.forge.refuse(DENIED, "set_status")
    there = desk(party.forge, RunId(5), "shop", party.log.append)
    publishing.announce(replace(there, place=replace(there.place, forge=ForgeKind.GITLAB)), NEW)
    [line] = party.log
    assert "scope `api` and the role Developer, as the variable PROOFBOT_GITLAB_TOKEN" in line
    assert "permissions" not in line


def test_a_token_that_may_only_read_is_told_with_a_remedy(party: Party) -> None:
    """The run of a fork would fail without a word, or take the verdict for something else."""
    party.forge.refuse(DENIED, *WRITES, "set_status")
    delivery = party.deliver(shop())
    assert (delivery.comment_url, delivery.superseded) == (None, False)
    assert party.log == list(delivery.problems)
    assert len(party.log) == 2
    assert "`permissions: pull-requests: write`" in party.log[0]
    assert "the commit's status `proofbot/shop` could not be set" in party.log[1]
    assert "`permissions: statuses: write`" in party.log[1]
    for line in party.log:
        assert "this token may only read: the report is in the job summary and the artifact" in line
        assert "two-stage flow in examples/github" in line
        assert "\n" not in line
    assert party.forge.asked.count("create_comment") == party.forge.asked.count("set_status") == 1


@pytest.mark.parametrize("verb", ["whoami", "comments", "pull_request", *WRITES[:2]])
@pytest.mark.parametrize("error", [DENIED, Rejected("the conversation is locked (422)"), Unavailable("it is down")])
def test_the_gate_is_set_where_the_comment_fails(party: Party, verb: str, error: ForgeError) -> None:
    """A required gate would stay pending because a conversation is locked."""
    if verb == "edit_comment":
        party.deliver(problem(), run=4)
    party.forge.refuse(error, verb)
    delivery = party.deliver(shop())
    assert delivery.problems == (party.log[-1],)
    assert str(error).rstrip(".") in delivery.problems[0]
    assert delivery.comment_url is None
    assert party.told() == (GateState.FAILURE, RUN_URL)
    assert party.forge.asked.count(verb) < 4


def test_the_comment_is_written_where_the_gate_fails(party: Party) -> None:
    """Nobody would learn what was found, because the token may not set a status."""
    party.forge.refuse(DENIED, "set_status")
    delivery = party.deliver(shop())
    assert delivery.comment_url == party.the_comment()[0].url
    assert len(delivery.problems) == 1
    publishing.announce(desk(party.forge, RunId(5), log=party.log.append), NEW)
    publishing.give_up(desk(party.forge, RunId(5), log=party.log.append), NEW, "x", interrupted=False)
    assert len(party.log) == 3


def test_a_surplus_comment_that_stays_does_not_hide_the_comment(party: Party) -> None:
    """The comment's address would be missing because a duplicate could not be removed."""
    party.deliver(shop(), run=4)
    party.hub.write(ME, party.the_comment()[0].body)
    party.forge.refuse(DENIED, "delete_comment")
    delivery = party.deliver(all_equal())
    assert delivery.comment_url == party.ours()[0][0].url
    assert len(delivery.problems) == 1
    assert party.told() == (GateState.SUCCESS, delivery.comment_url)


def test_a_comment_that_others_keep_changing_ends_the_conversation(party: Party) -> None:
    """Two jobs with one name, which overwrite each other, would never end."""
    party.deliver(shop())
    for _ in range(50):
        party.forge.meanwhile("comments", party.another(problem(), 5))
    delivery = party.deliver(all_equal())
    assert len(delivery.problems) == 1
    assert "changed by others again and again" in delivery.problems[0]
    assert len(party.forge.asked) < 60


@pytest.mark.parametrize("verb", ["comments", "create_comment", "set_status"])
def test_a_stopped_run_is_not_held_up(party: Party, verb: str) -> None:
    """A job that is cancelled would be killed before it could set its gate."""

    def stop() -> None:
        raise Interrupted("stopped", remedy="Run again.")

    party.forge.meanwhile(verb, stop)
    with pytest.raises(Interrupted):
        party.deliver(shop())


def test_a_run_without_a_verdict_closes_the_gate(party: Party) -> None:
    """A run that broke, or was cancelled, would leave the gate pending, or open."""
    here = desk(party.forge, RunId(5))
    publishing.give_up(here, NEW, "dbt is not installed", interrupted=False)
    assert party.told() == (GateState.ERROR, RUN_URL)
    publishing.give_up(here, NEW, "the run was stopped", interrupted=True)
    said = party.hub.gate(NEW)
    assert said is not None
    assert said.description == "interrupted, so nothing is known: the run was stopped"


def test_secrets_stay_out_of_all_that_is_told(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password in a message of the warehouse would stand in a public comment, and in its history for ever."""
    monkeypatch.setenv("WAREHOUSE_PASSWORD", "hunter22")
    leaking = replace(problem(), headline="gate closed: hunter22")
    leaking = replace(leaking, problem=replace(problem().problem, text="login hunter22 failed"))  # type: ignore[type-var]
    party.deliver(leaking)
    publishing.give_up(desk(party.forge, RunId(5)), OLD, "postgres://me:pass@host and hunter22", interrupted=False)
    told = [one.body for one in party.hub.comments.values()] + [said.description for _, said in party.hub.statuses]
    assert len(told) == 3
    assert all("***" in text and "hunter22" not in text and "me:pass" not in text for text in told)
    party.the_comment()


WHY, FINE = Acceptance("orders", "ann", "we meant it"), Acceptance("all", "bob", "fine")


def with_accepted(report: Report, acceptance: Acceptance) -> Report:
    """The report with one model that somebody accepted."""
    first, *others = report.models
    return replace(report, models=(replace(first, accepted=acceptance), *others))


def test_what_was_accepted_is_kept_for_one_commit(party: Party) -> None:
    """Somebody would have to accept the same again after a repeated run; or a later push be merged under it."""
    here = desk(party.forge, RunId(5))
    assert publishing.accepted(here, NUMBER, NEW) == ()
    party.deliver(with_accepted(shop(), WHY))
    assert publishing.accepted(here, NUMBER, NEW) == (WHY,)
    assert publishing.accepted(here, NUMBER, OLD) == ()
    party.deliver(with_accepted(shop(), FINE), run=6)
    assert publishing.accepted(here, NUMBER, NEW) == (WHY, FINE)
    party.hub.push(OLD)
    party.deliver(shop(), run=7, head=OLD)
    assert publishing.accepted(here, NUMBER, NEW) == publishing.accepted(here, NUMBER, OLD) == ()


def test_what_is_accepted_while_a_run_writes_is_not_lost(party: Party) -> None:
    """A maintainer's word would be gone because a run ended at that moment."""
    party.deliver(shop(), run=4)
    party.forge.meanwhile("comments", party.another(with_accepted(shop(), WHY), 5))
    party.deliver(all_equal(), run=6)
    assert party.the_comment()[1].run == RunId(6)
    assert publishing.accepted(desk(party.forge, RunId(6)), NUMBER, NEW) == (WHY,)


def test_nothing_is_accepted_where_the_forge_does_not_tell(party: Party) -> None:
    """A forge that is down would open a gate, or end the run."""
    party.deliver(with_accepted(shop(), WHY))
    party.forge.refuse(Unavailable("it is down"), "comments")
    assert publishing.accepted(desk(party.forge, RunId(5), log=party.log.append), NUMBER, NEW) == ()
    assert len(party.log) == 1


def test_the_longest_comment_fits_with_all_that_was_accepted(party: Party) -> None:
    """GitHub refuses a comment of more than 65,536 characters: of the largest change nobody would learn anything."""
    report = many(2_000)
    accepted = tuple(replace(model, accepted=Acceptance(model.name, "ann", "because " * 90)) for model in report.models)
    delivery = party.deliver(replace(report, models=accepted))
    assert not delivery.problems
    comment, its = party.the_comment()
    assert len(comment.body.replace("\r\n", "\n")) <= 60_000
    assert len(its.accepted) > 30
