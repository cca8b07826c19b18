"""Leading conversations: one inquiry a round, and no failure that silences another check."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path

import duckdb
import pytest

from bot.checks import PAIR_CHECKS
from bot.core.inquiry import inquire
from bot.core.sql import DuckDb
from bot.domain import Budget, Conversation, Finding, Inquiry, Outcome, Question, Row, RowCount, Side, Statement
from bot.errors import Interrupted, QueryFailed, UsageError
from bot.world.interview import conduct, conduct_all, learn
from bot.world.meter import Meter
from bot.world.warehouses.contract import Asking, Warehouse
from bot.world.warehouses.duckdb import TwinFiles, open_twins
from tests.core.rig import connect, make_pair

BASE, HEAD = RowCount(Side.BASE), RowCount(Side.HEAD)


def _check(name: str, *rounds: tuple[Question, ...]) -> Conversation:
    """A check that asks in rounds and reports the answers."""
    told: dict[str, object] = {}
    for questions in rounds:
        answers = yield questions
        told |= {str(question): answer for question, answer in answers.items()}
    return Finding(name, Outcome.UNCHANGED, f"{len(told)} answers", measures=told)


class _Engine:
    """Answers every question with the number of the round, in one statement a round."""

    def __init__(self) -> None:
        self.asked: list[list[Question]] = []

    def inquire(self, questions: Collection[Question]) -> Inquiry:
        self.asked.append(list(questions))
        rows = yield Statement(f"select {len(self.asked)}", "count rows")
        number = rows[0][0]
        assert isinstance(number, int)
        return dict.fromkeys(questions, number)


def _answer(statement: Statement) -> list[Row]:
    return [(int(statement.sql.split()[1]),)]


def _fail(statement: Statement) -> list[Row]:
    raise QueryFailed("Out of\nmemory", statement.sql)


def test_what_several_checks_ask_is_asked_once() -> None:
    """Every check would scan the tables anew."""
    engine = _Engine()
    conversations = {"a": _check("a", (BASE, HEAD), (BASE,)), "b": _check("b", (HEAD,)), "c": _check("c")}
    findings = conduct(conversations, engine.inquire, _answer)
    assert engine.asked == [[BASE, HEAD], [BASE]]
    assert [finding.check for finding in findings] == ["a", "b", "c"]
    assert findings[0].measures == {str(BASE): 2, str(HEAD): 1}
    assert findings[1].measures == {str(HEAD): 1}, "a check is told what it asked, nothing else"


def test_a_failed_statement_is_a_finding_of_those_who_asked() -> None:
    """One query out of memory would end the run, or pass for a check without differences."""
    findings = conduct({"asks": _check("asks", (BASE,)), "quiet": _check("quiet")}, _Engine().inquire, _fail)
    assert [finding.outcome for finding in findings] == [Outcome.ERRORED, Outcome.UNCHANGED]
    assert findings[0].message == "could not count rows: Out of memory"


def test_only_those_whose_own_question_fails_are_errored() -> None:
    """One column that the warehouse cannot read would silence every check of the model."""
    asked: list[tuple[Question, ...]] = []

    def inquire_all(questions: Collection[Question]) -> Inquiry:
        asked.append(tuple(questions))
        rows = yield Statement("fail" if HEAD in questions else "select 7", "count rows")
        return dict.fromkeys(questions, int(str(rows[0][0])))

    def answer(statement: Statement) -> list[Row]:
        return _fail(statement) if statement.sql == "fail" else _answer(statement)

    conversations = {
        "good": _check("good", (BASE,), (BASE,)),
        "bad": _check("bad", (BASE, HEAD)),
        "also good": _check("also good", (BASE,)),
        "also bad": _check("also bad", (HEAD,)),
    }
    findings = conduct(conversations, inquire_all, answer)
    good, errored = Outcome.UNCHANGED, Outcome.ERRORED
    assert [finding.outcome for finding in findings] == [good, errored, good, errored]
    assert findings[1].message == findings[3].message == "could not count rows: Out of memory"
    assert asked == [(BASE, HEAD), (BASE,), (HEAD,), (HEAD,), (BASE,)], "what is known is not asked again"


def test_what_failed_for_all_is_not_asked_again() -> None:
    """Each check of a model without memory would run out of memory by itself, at its full cost."""
    engine = _Engine()
    conversations = {"a": _check("a", (BASE, HEAD)), "b": _check("b", (HEAD, BASE))}
    findings = conduct(conversations, engine.inquire, _fail)
    assert {finding.outcome for finding in findings} == {Outcome.ERRORED}
    assert engine.asked == [[BASE, HEAD]]


def test_a_budget_that_is_used_up_is_a_finding() -> None:
    """What was not looked at for want of a budget would pass for looked at, or end the run."""

    class Answering:
        def ask(self, statement: Statement, within: float | None = None) -> list[Row]:
            assert within is None
            return _answer(statement)

    session = Meter(Budget(statements=1)).watch(Answering())
    conversations = {"short": _check("short", (BASE,)), "long": _check("long", (BASE,), (HEAD,))}
    short, long = conduct(conversations, _Engine().inquire, session.ask)
    assert short.outcome is Outcome.UNCHANGED
    assert long.outcome is Outcome.ERRORED
    assert long.message == "could not count rows: the run's budget of 1 statement is used up"


def test_a_broken_check_is_a_finding_of_its_own() -> None:
    """A mistake in one check would take the others with it."""

    def broken() -> Conversation:
        yield (BASE,)
        raise KeyError("amount")

    def stillborn() -> Conversation:
        raise RuntimeError("no")
        yield (BASE,)

    conversations = {"broken": broken(), "stillborn": stillborn(), "good": _check("good", (BASE,))}
    findings = conduct(conversations, _Engine().inquire, _answer)
    assert [finding.outcome for finding in findings] == [Outcome.ERRORED, Outcome.ERRORED, Outcome.UNCHANGED]
    assert findings[0].message == "the check itself failed: KeyError: 'amount'"


def test_a_broken_inquiry_is_a_finding() -> None:
    """A question the engine refuses would end the run."""

    def refuse(questions: Collection[Question]) -> Inquiry:
        raise ValueError(f"{len(questions)} too many")
        yield Statement("", "")

    (finding,) = conduct({"a": _check("a", (BASE,))}, refuse, _answer)
    assert finding.message == "could not prepare the questions: ValueError: 1 too many"


def test_an_interruption_is_no_finding() -> None:
    """Ctrl-C would be written into the comment, and the run go on."""

    def interrupt(_: Statement) -> list[Row]:
        raise Interrupted("the run was interrupted", remedy="Start it again.")

    with pytest.raises(Interrupted):
        conduct({"a": _check("a", (BASE,))}, _Engine().inquire, interrupt)


def _conduct_all(connection: duckdb.DuckDBPyConnection, base: str, head: str) -> tuple[dict[str, Finding], int]:
    """The findings of all checks of a pair, and the number of statements."""
    pair = make_pair(connection, base, head, ["id"])
    asked: list[Statement] = []

    def ask(statement: Statement) -> list[Row]:
        asked.append(statement)
        return [tuple(row) for row in connection.execute(statement.sql).fetchall()]

    conversations = {one.name: one.check(pair, one.options()) for one in PAIR_CHECKS if one.default}
    findings = conduct(conversations, partial(inquire, pair, dialect=DuckDb()), ask)
    return {finding.check: finding for finding in findings}, len(asked)


def test_all_checks_of_a_pair_cost_three_statements_at_most_where_nothing_changed() -> None:
    """The common case of CI would cost several scans of every model."""
    with connect() as connection:
        query = "select i as id, i % 7 as v from range(100) r(i)"
        findings, statements = _conduct_all(connection, query, query)
    assert {finding.outcome for finding in findings.values()} == {Outcome.UNCHANGED}
    assert statements <= 3


def test_all_checks_of_a_pair_agree_where_something_changed() -> None:
    """The check of rows and the check of keys would contradict each other in one comment."""
    with connect() as connection:
        query = "select i as id, i % 7 as v from range(100) r(i)"
        findings, statements = _conduct_all(connection, query, f"{query} where i <> 3 union all select 4, 9")
    assert findings["row_count"].measures["difference"] == 0
    assert findings["keys"].message == "base: unique and not null; head: 1 key repeated in 2 rows"
    assert findings["values"].measures["unkeyed"] == 3
    assert findings["values"].measures["unchanged"] == 99
    assert Outcome.ERRORED not in {finding.outcome for finding in findings.values()}
    assert statements <= 16


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """Two empty twins."""
    nowhere = TwinFiles(tmp_path / "x.duckdb", tmp_path)
    opened = open_twins(nowhere, nowhere, tmp_path)
    yield opened
    opened.close()


# Ages long, and nothing that would have to be spilled to a disk.
_LONG = Statement("select count(*) from range(1000000000000) a, range(1000) b where a.range + b.range < 0", "wait")


def test_jobs_run_side_by_side_and_answer_in_order(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty small models would take as long as if there were one core; or one model get the figures of another."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    both_are_here = threading.Barrier(2, timeout=60)

    def job(number: int, asking: Asking) -> object:
        asking.ask(Statement(f"create temp table mine as select {number} as n", "keep"))
        both_are_here.wait()
        return asking.ask(Statement("select n from temp.mine", "read"))[0][0]

    jobs = [partial(job, number) for number in range(6)]
    assert conduct_all(warehouse, jobs, threads=4) == (0, 1, 2, 3, 4, 5)
    assert conduct_all(warehouse, [lambda asking: len(asking.ask(Statement("select 1", "count")))], threads=1) == (1,)
    assert conduct_all(warehouse, [], threads=4) == ()


def test_the_first_failure_stops_the_others(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that has failed would go on asking for hours, and then tell that it was interrupted."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    started: list[int] = []

    def fail(_: Asking) -> None:
        raise UsageError("no such key", remedy="Mend it.")

    def wait(asking: Asking) -> None:
        started.append(1)
        asking.ask(_LONG)

    with pytest.raises(UsageError, match="no such key"):
        conduct_all(warehouse, [wait, fail, *[wait] * 20], threads=2)
    assert len(started) <= 2
    with pytest.raises(Interrupted):
        warehouse.ask(Statement("select 1", "go on"))


_INTERRUPTED = """
import os
import signal
import sys
import threading
from pathlib import Path
from bot.domain import Statement
from bot.errors import Interrupted
from bot.world.interview import conduct_all
from bot.world.warehouses.duckdb import TwinFiles, open_twins

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
folder = Path(sys.argv[1])
nowhere = TwinFiles(folder / "x.duckdb", folder)
warehouse = open_twins(nowhere, nowhere, folder)
ended = []

pool_is_started = threading.Event()

class Jobs(list):
    def __iter__(self):
        yield from super().__iter__()
        pool_is_started.set()

def job(asking):
    pool_is_started.wait()  # while Python starts a thread, Ctrl-C makes it lose sight of that thread
    os.write(1, b"started" + os.linesep.encode())
    try:
        asking.ask(Statement(sys.argv[2], "wait"))
    except Interrupted:
        ended.append("interrupted")
        raise

try:
    conduct_all(warehouse, Jobs([job] * 9), threads=2)
except KeyboardInterrupt:
    print("ended", set(ended), warehouse.statements, flush=True)
warehouse.close()
"""


def test_ctrl_c_stops_all_sessions(tmp_path: Path) -> None:
    """The user would wait for the end of long queries, or have to kill the process."""
    command = [sys.executable, "-c", _INTERRUPTED, str(tmp_path), _LONG.sql]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        process.send_signal(signal.SIGINT)
        told = process.stdout.read().splitlines()
        assert process.wait(60) == 0
    assert told[-1].startswith("ended {'interrupted'} ")
    assert int(told[-1].rsplit(" ", 1)[1]) <= 2


def test_what_cannot_be_learned_is_nothing() -> None:
    """A key would be proposed for which no proof could be had, or the run end for want of one."""
    assert learn(_Engine().inquire, (BASE, HEAD), _answer) == {BASE: 1, HEAD: 1}
    assert learn(_Engine().inquire, (BASE,), _fail) is None

    class Answering:
        def ask(self, statement: Statement, within: float | None = None) -> list[Row]:
            assert within is None
            return _answer(statement)

    session = Meter(Budget(statements=1)).watch(Answering())
    assert learn(_Engine().inquire, (BASE,), session.ask) == {BASE: 1}
    assert learn(_Engine().inquire, (HEAD,), session.ask) is None, "the budget is used up"


def test_an_end_of_the_run_is_not_taken_for_an_unanswered_question() -> None:
    """A run that is stopped would go on to its next model."""

    def stop(_statement: Statement) -> list[Row]:
        raise Interrupted("the run was stopped by SIGTERM", remedy="Start it again.")

    with pytest.raises(Interrupted):
        learn(_Engine().inquire, (BASE,), stop)
