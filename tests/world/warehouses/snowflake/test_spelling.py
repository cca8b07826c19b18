"""Statements that fakesnow can't run, as text: read by Snowflake's grammar, unverified on a real account.

Beyond these: dropping databases, the comments by which `sweep` knows its own, `system$cancel_all_queries`, the history
of queries.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlglot
from sqlglot import exp

from bot.world.warehouses.snowflake import spelling
from bot.world.warehouses.snowflake.session import cancelling, text

_MOMENT = datetime(2026, 11, 23, 6, 30, tzinfo=timezone(timedelta(hours=1)))
_MARK = "proofbot run=r1 at=2026-11-23T05:30:00+00:00"
_GOLDEN = {
    'create or replace transient database "P_HEAD" clone "P_BASE" comment = \'proofbot run=r1 '
    "at=2026-11-23T05:30:00+00:00'": spelling.clone("database", '"P_HEAD"', '"P_BASE"', _MARK),
    'create or replace transient schema "A"."S_H" clone "A"."S_B" comment = \'proofbot run=r1 '
    "at=2026-11-23T05:30:00+00:00'": spelling.clone("schema", '"A"."S_H"', '"A"."S_B"', _MARK),
    'create or replace transient table "A"."H"."t" clone "A"."B"."t" at (timestamp => '
    "'2026-11-23 05:30:00.000000 +0000'::timestamp_tz)": spelling.clone_table('"A"."H"."t"', '"A"."B"."t"', _MOMENT),
    'create or replace view "A"."H"."v" as select * from "A"."B"."v"': spelling.show_through(
        '"A"."H"."v"', '"A"."B"."v"'
    ),
    'drop materialized view if exists "A"."H"."v"': spelling.drop("MATERIALIZED VIEW", '"A"."H"."v"'),
    'drop external table if exists "A"."H"."v"': spelling.drop("EXTERNAL TABLE", '"A"."H"."v"'),
    'drop table if exists "A"."H"."v"': spelling.drop("BASE TABLE", '"A"."H"."v"'),
    'create or replace transient table "H"."t" as select * from "H"."t" order by hash(\'it\'\'s\', "a", "b""")': (
        spelling.mix('"H"."t"', ["a", 'b"'], "it's")
    ),
    "select system$cancel_all_queries(17)": cancelling(17),
}


@pytest.mark.parametrize("golden", _GOLDEN, ids=lambda golden: golden[:45])
def test_is_said_as_snowflake_documents_it(golden: str) -> None:
    """Every environment would fail to begin, and only a user with an account would see it."""
    assert _GOLDEN[golden] == golden
    parsed = sqlglot.parse(golden, dialect="snowflake")
    assert len(parsed) == 1
    assert isinstance(parsed[0], (exp.Create, exp.Drop, exp.Select, exp.Command))


def test_a_clone_of_production_is_of_one_moment() -> None:
    """Base and head would read production at two moments, and what was loaded in between would show as a change."""
    told = spelling.clone("database", '"P"', '"PROD"', _MARK, _MOMENT)
    assert " clone \"PROD\" at (timestamp => '2026-11-23 05:30:00.000000 +0000'::timestamp_tz) comment" in told
    assert spelling.at_time(_MOMENT.astimezone(UTC)) == spelling.at_time(_MOMENT)
    assert spelling.at_time(None) == ""


def test_texts_and_names_can_not_end_early() -> None:
    """A name with a quote in it, or a text that ends in a backslash, would become SQL."""
    literal = sqlglot.parse_one("select " + text("a'b\\"), dialect="snowflake").find(exp.Literal)
    assert literal is not None
    assert literal.this == "a'b\\"
    assert spelling.path('a"b', "c") == '"a""b"."c"'
