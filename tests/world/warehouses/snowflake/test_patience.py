"""A Snowflake that does not answer, by the real connector: it is waited for, and not for ever."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Iterator

import pytest

from bot.domain import Statement
from bot.errors import EnvironmentFailure, QueryFailed
from bot.world.warehouses.snowflake import credentials, patience
from bot.world.warehouses.snowflake.session import Account, Sessions
from tests.fakesnow_server import Served
from tests.world.warehouses.snowflake.between import Between, between


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tries, of a second at most."""
    monkeypatch.setattr(patience, "_PAUSES", (0,))
    monkeypatch.setattr(credentials, "_SOCKET_SECONDS", 1)


@pytest.fixture
def faulty(served: Served) -> Iterator[tuple[Between, Served]]:
    """A server in between."""
    with between(served) as found:
        yield found


def _account(served: Served) -> Account:
    return Account(served.output(), "profiles.yml", {"run": "r1"}, 600)


def test_a_server_that_is_silent_is_given_up_long_before_the_limit(faulty: tuple[Between, Served]) -> None:
    """Each statement would hang for ten minutes: hundreds of them for longer than any CI job may last."""
    server, served = faulty
    server.held.add("select 45")
    found = Sessions(_account(served))
    with pytest.raises(QueryFailed, match=r"the connection to Snowflake was lost: there was no answer in 2 tries"):
        found.main.ask(Statement("select 45", "look"))
    assert server.seen.count("select 45") == 2
    with pytest.raises(QueryFailed, match="was lost"):
        found.main.ask(Statement("select 46", "look"))
    assert "select 46" not in server.seen
    found.close()


def test_a_server_that_is_gone_is_given_up_long_before_the_limit(faulty: tuple[Between, Served]) -> None:
    """The same, where nothing listens any more."""
    server, served = faulty
    found = Sessions(_account(served))
    server.server.shutdown()
    server.server.server_close()
    with pytest.raises(QueryFailed, match=r"there was no answer in 2 tries"):
        found.main.ask(Statement("select 47", "look"))
    found.close()


def test_nobody_signs_in_at_a_server_that_is_silent(served: Served) -> None:
    """A run would hang before it has said anything."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        account = _account(dataclasses.replace(served, port=silent.getsockname()[1]))
        with pytest.raises(EnvironmentFailure, match="Snowflake could not be reached"):
            Sessions(account)


def test_each_request_is_tried_six_times_in_half_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """A warehouse that turns requests away for some seconds would end every check."""
    from snowflake.connector.errors import OperationalError

    monkeypatch.undo()
    waiting = patience.pauses()
    assert [next(waiting) for _ in range(6)] == [1, 2, 4, 8, 16, 0]
    with pytest.raises(OperationalError, match="in 6 tries"):
        next(waiting)
