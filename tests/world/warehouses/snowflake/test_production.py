"""How what lies in production is copied where Snowflake refuses the best way: fakesnow refuses what it is told to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import snowflake.connector

from bot.errors import QueryFailed
from bot.world.warehouses.snowflake import production
from bot.world.warehouses.snowflake.catalog import Relation
from bot.world.warehouses.snowflake.session import Account, Sessions
from tests.fakesnow_server import Served
from tests.world.warehouses.snowflake.between import between

_AT = "clone analytics.prod.paid at (timestamp => '2026-05-04 00:00:00.000000 +0000'::timestamp_tz)"
_NOW = "clone analytics.prod.paid"
_ROWS = "as select * from analytics.prod.paid"


@pytest.mark.parametrize(
    ("kind", "refused", "tried"),
    [
        ("BASE TABLE", ["at (timestamp"], [_AT, _NOW]),
        ("BASE TABLE", ["clone"], [_AT, _NOW, _ROWS]),
        ("VIEW", [], [_ROWS]),
    ],
)
def test_a_table_is_copied_in_the_best_way_that_is_left(
    served: Served, kind: str, refused: list[str], tried: list[str]
) -> None:
    """An incremental model whose table is younger than the run, or is shared with us, would begin from nothing."""
    with snowflake.connector.connect(**served.parameters()) as connection:
        connection.cursor().execute("create schema if not exists analytics.prod")
        connection.cursor().execute("create or replace table analytics.prod.paid as select 5 as id")
    with between(served) as (server, faulty):
        server.refused = dict.fromkeys(refused, (1, "no"))
        sessions = Sessions(Account(faulty.output(), "profiles.yml", {}, 20))
        production.copy(
            sessions.main,
            "analytics.ci.paid",
            "analytics.prod.paid",
            Relation("PROD", "PAID", kind, ()),
            datetime(2026, 5, 4, tzinfo=UTC),
        )
        sessions.close()
        assert [sql for sql in server.seen if "paid" in sql] == [
            f"create or replace transient table analytics.ci.paid {how}" for how in tried
        ]


def test_what_can_not_be_copied_at_all_is_refused(served: Served) -> None:
    """The run would go on, and the increment begin from nothing."""
    with between(served) as (server, faulty):
        server.refused = {"paid": (1, "no")}
        sessions = Sessions(Account(faulty.output(), "profiles.yml", {}, 20))
        with pytest.raises(QueryFailed, match="no"):
            production.copy(sessions.main, "ours.paid", "theirs.paid", Relation("PROD", "PAID", "BASE TABLE", ()), None)
        sessions.close()
        assert len([sql for sql in server.seen if "paid" in sql]) == 2  # by cloning, and by its rows
