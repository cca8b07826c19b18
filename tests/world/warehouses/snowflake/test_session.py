"""Sessions, by the real connector, on fakesnow and on a server in between that lets faults happen."""

from __future__ import annotations

import dataclasses
import datetime
import json
import sys
import threading
from collections.abc import Iterator, Sequence
from decimal import Decimal

import pytest

from bot.domain import Row, Statement
from bot.errors import EnvironmentFailure, Interrupted, QueryFailed, UsageError
from bot.world.warehouses.snowflake.session import Account, Sessions
from tests.fakesnow_server import Served
from tests.world.warehouses.snowflake.between import Between, between


def _account(served: Served) -> Account:
    output = {**served.output(), "role": "transformer", "warehouse": "wh"}
    return Account(output, "profiles.yml", {"run": "r1", "request": "12"}, 20)


@pytest.fixture(scope="module")
def sessions(served: Served) -> Iterator[Sessions]:
    """Sessions in the user's schema."""
    found = Sessions(_account(served))
    found.settle("ANALYTICS", "CI")
    yield found
    found.close()


@pytest.fixture
def faulty(served: Served) -> Iterator[tuple[Between, Served]]:
    """A server in between."""
    with between(served) as found:
        yield found


def test_values_come_back_as_pythons_own(sessions: Sessions) -> None:
    """Counts and samples would be compared as texts of the connector's making."""
    sql = (
        "select 1, 1.50::number(10,2), 2.5::float, 'x', true, null, '2024-02-29'::date, "
        "'2024-02-29 12:30:01'::timestamp_ntz, '', 'it''s \"so\" 100%'"
    )
    assert sessions.main.ask(Statement(sql, "look")) == [
        (
            1,
            Decimal("1.50"),
            2.5,
            "x",
            True,
            None,
            datetime.date(2024, 2, 29),
            datetime.datetime(2024, 2, 29, 12, 30, 1),  # noqa: DTZ001 (it has none)
            "",
            'it\'s "so" 100%',
        )
    ]


def test_a_failure_is_one_line_and_the_session_goes_on(sessions: Sessions) -> None:
    """One broken check would end all others, or its words would break the comment."""
    with pytest.raises(QueryFailed) as caught:
        sessions.main.ask(Statement("select *\nfrom nope_at_all", "look"))
    assert "\n" not in caught.value.message
    assert "NOPE_AT_ALL" in caught.value.message
    assert caught.value.sql == "select *\nfrom nope_at_all"
    assert sessions.main.ask(Statement("select 1", "look")) == [(1,)]


def test_temporary_tables_belong_to_a_session(sessions: Sessions) -> None:
    """Two pairs that are compared at the same time would read each other's rows."""
    with sessions.open() as one, sessions.open() as other:
        for number, session in enumerate((one, other)):
            session.run(f'create or replace temporary table "mine" as select {number} as x')
        assert one.run('select x from "mine"') == [(0,)]
        assert other.run('select x from "mine"') == [(1,)]


def test_tells_each_statement_with_its_rows(served: Served) -> None:
    """The replay and the budget would miss statements."""
    told: list[tuple[str, Sequence[Row] | None]] = []
    counted: list[str] = []
    found = Sessions(
        _account(served),
        lambda statement, _: counted.append(statement.sql),
        lambda statement, rows, _: told.append((statement.sql, rows)),
    )
    found.main.ask(Statement("select 1", "look"))
    with pytest.raises(QueryFailed):
        found.main.ask(Statement("select nope", "look"))
    found.close()
    assert told == [("select 1", [(1,)]), ("select nope", None)]
    assert counted == ["select 1", "select nope"]
    assert found.asked == 2


def test_each_statement_says_whose_it_is(faulty: tuple[Between, Served]) -> None:
    """Nobody could tell from Snowflake's history what the bot has cost."""
    server, served = faulty
    found = Sessions(_account(served))
    found.main.ask(Statement("select 41", "count the rows of orders"))
    found.close()
    parameters = server.parameters[server.seen.index("select 41")]
    assert json.loads(str(parameters["QUERY_TAG"])) == {
        "app": "proofbot",
        "run": "r1",
        "request": "12",
        "check": "count the rows of orders",
    }


def test_two_statements_in_one_are_never_asked_for(faulty: tuple[Between, Served]) -> None:
    """What a request puts into a query could drop tables behind it, on an account that allows several statements."""
    server, served = faulty
    found = Sessions(_account(served))
    found.main.ask(Statement("select 40", "look"))
    found.close()
    assert server.parameters[server.seen.index("select 40")]["MULTI_STATEMENT_COUNT"] == 1


def test_a_statement_is_stopped_when_its_time_is_up(faulty: tuple[Between, Served]) -> None:
    """A query that never ends would hold the CI job, and its warehouse, for hours."""
    server, served = faulty
    server.held.add("slow")
    found = Sessions(_account(served))
    with pytest.raises(QueryFailed, match="stopped after 1 seconds"):
        found.main.ask(Statement("select 'slow'", "look"), within=1)
    assert server.stopped.is_set()
    assert found.main.run("select 1") == [(1,)]
    found.close()


def test_the_limit_of_all_statements_is_told_with_the_setting(faulty: tuple[Between, Served]) -> None:
    """Whoever has a slow view would not know that it may be given more time."""
    server, served = faulty
    server.held.add("slow")
    found = Sessions(dataclasses.replace(_account(served), statement_seconds=1))
    with pytest.raises(QueryFailed, match=r"stopped after 1 seconds. Allow .*`warehouse: {statement_seconds: ...}`"):
        found.main.ask(Statement("select 'slow'", "look"))
    found.close()


def test_cancel_stops_what_runs_in_another_thread(faulty: tuple[Between, Served]) -> None:
    """After Ctrl-C the query would go on, at the user's cost."""
    server, served = faulty
    server.held.add("slow")
    found = Sessions(_account(served))
    caught: list[BaseException] = []

    def ask() -> None:
        try:
            found.main.ask(Statement("select 'slow'", "look"))
        except (QueryFailed, Interrupted) as error:
            caught.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    assert server.holding.wait(10)
    found.stop()
    asking.join(10)
    assert not asking.is_alive()
    assert [type(error) for error in caught] == [Interrupted]
    with pytest.raises(Interrupted):
        found.main.run("select 1")
    found.close()


def test_a_connection_that_is_cut_is_taken_up_again(faulty: tuple[Between, Served]) -> None:
    """A moment without network would show as a finding."""
    server, served = faulty
    server.cut_once.add("select 42")
    found = Sessions(_account(served))
    assert found.main.ask(Statement("select 42", "look")) == [(42,)]
    found.close()


def test_a_server_that_only_fails_is_not_waited_for(faulty: tuple[Between, Served]) -> None:
    """The connector by itself tries again without end: the CI job would hang until it is killed."""
    server, served = faulty
    server.broken.add("select 43")
    found = Sessions(_account(served))
    with pytest.raises(QueryFailed):
        found.main.ask(Statement("select 43", "look"), within=2)
    found.close()


def test_an_expired_session_is_opened_again_for_what_only_reads(faulty: tuple[Between, Served]) -> None:
    """A run of some hours would end in errors; or what writes would be done twice."""
    server, served = faulty
    expired = (390111, "Session no longer exists. New login required to access the service.")
    found = Sessions(_account(served))
    server.refused_once["select 44"] = expired
    assert found.main.ask(Statement("select 44", "look")) == [(44,)]
    assert server.logins == 2
    server.refused_once["insert into"] = expired
    with pytest.raises(QueryFailed, match="no longer exists"):
        found.main.ask(Statement("insert into x select 1", "add"))
    assert [sql for sql in server.seen if sql.startswith("insert")] == ["insert into x select 1"]
    found.close()


def test_a_lack_of_grants_names_the_grant(faulty: tuple[Between, Served]) -> None:
    """The user would have to guess what to ask the administrator for."""
    server, served = faulty
    words = "SQL access control error: Insufficient privileges to operate on schema 'CI'"
    server.refused["create table"] = (3001, words)
    found = Sessions(_account(served))
    with pytest.raises(QueryFailed) as caught:
        found.main.ask(Statement("create table x as select 1", "keep"))
    found.close()
    assert "GRANT USAGE, CREATE TABLE, CREATE VIEW ON SCHEMA CI TO ROLE transformer" in caught.value.message


def test_without_the_connector_it_says_what_to_install(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who installed proofbot for DuckDB would see a trace instead of a line of advice."""
    monkeypatch.setitem(sys.modules, "snowflake.connector", None)
    with pytest.raises(UsageError) as caught:
        Sessions(_account(served))
    assert "pip install 'proofbot[snowflake]'" in caught.value.remedy


def test_a_refused_login_ends_the_run_in_time(served: Served) -> None:
    """Nothing would be reported, because nobody answers."""
    account = _account(dataclasses.replace(served, port=9))
    with pytest.raises(EnvironmentFailure, match="could not be reached"):
        Sessions(dataclasses.replace(account, output={**account.output, "connect_timeout": 1}))
