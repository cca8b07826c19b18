"""Leading conversations: one inquiry a round, and no failure that silences another check."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

import duckdb
import pytest

from bot.checks import PAIR_CHECKS
from bot.core.alignment import inquire
from bot.core.sql import DuckDb
from bot.domain import Conversation, Finding, Inquiry, Outcome, Question, Row, RowCount, Side, Statement
from bot.errors import Interrupted, QueryFailed
from bot.world.interview import conduct
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


def test_all_checks_of_a_pair_cost_one_statement_where_nothing_changed() -> None:
    """The common case of CI would cost several scans of every model."""
    with connect() as connection:
        query = "select i as id, i % 7 as v from range(100) r(i)"
        findings, statements = _conduct_all(connection, query, query)
    assert {finding.outcome for finding in findings.values()} == {Outcome.UNCHANGED}
    assert statements == 1


def test_all_checks_of_a_pair_agree_where_something_changed() -> None:
    """The check of rows and the check of keys would contradict each other in one comment."""
    with connect() as connection:
        query = "select i as id, i % 7 as v from range(100) r(i)"
        findings, statements = _conduct_all(connection, query, f"{query} where i <> 3 union all select 4, 9")
    assert findings["row_count"].measures["difference"] == 0
    assert findings["keys"].message == "base: unique and not null; head: 1 key repeated in 2 rows"
    assert findings["values"].measures["unkeyed"] == 3
    assert findings["values"].measures["unchanged"] == 99
    assert statements <= 10
