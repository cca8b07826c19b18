"""What is ours, and what only looks like it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import Beside, RelationName, Side
from bot.world.warehouses.snowflake.names import Names, is_dead, mark

_NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
_DAY = timedelta(days=1)
_OLD = mark("r1", _NOW - timedelta(hours=25))


@pytest.mark.parametrize(
    ("name", "comment", "is_schema", "dead"),
    [
        ("PROOFBOT_PR_12_00FF00_BASE", _OLD, False, True),
        ("PROOFBOT_LOCAL_00FF00_CONTROL_2", _OLD, False, True),
        ("PROOFBOT_LOCAL_00FF00_ASKED", _OLD, False, True),
        ("PROOFBOT_PR_12_00FF00_B", _OLD, True, True),
        ("PROOFBOT_PR_12_00FF00_H_marts", _OLD, True, True),
        ("PROOFBOT_PR_12_00FF00_BASE", mark("r1", _NOW - timedelta(hours=23)), False, False),
        ("PROOFBOT_PR_12_00FF00_BASE", "", False, False),
        ("PROOFBOT_PR_12_00FF00_BASE", "proofbot run=r1 at=yesterday", False, False),
        ("PROOFBOT_PR_12_00FF00_BASE", "proofbot run=r1 at=2020-01-01T00:00:00", False, False),
        ("PROOFBOT_PR_12_00FF00_BASE", f"see {_OLD}", False, False),
        ("PROOFBOT_RESULTS", _OLD, False, False),
        ("MY_PROOFBOT_PR_12_00FF00_BASE", _OLD, False, False),
        ("PROOFBOT_PR_12_00FF00_BASE_COPY", _OLD, False, False),
        ("proofbot_pr_12_00ff00_b", _OLD, True, False),
    ],
)
def test_only_what_is_named_and_marked_and_old_is_dropped(name: str, comment: str, is_schema: bool, dead: bool) -> None:  # noqa: FBT001 (a case)
    """A running build or the user's own would be dropped, or what a dead run left would cost money for ever."""
    assert is_dead(name, comment, _NOW, _DAY, is_schema=is_schema) is dead


def test_all_environments_have_different_names() -> None:
    """The control would overwrite head."""
    for by_database in (True, False):
        names = Names(by_database, "PROOFBOT_X_00FF00", "ANALYTICS", "ci")
        places = {(names.database_of(env), names.schema_of(env)) for env in (*Side, *Beside)}
        assert len(places) == len(Side) + len(Beside)
        assert names.asking not in places


def test_relations_of_one_environment_do_not_belong_to_another() -> None:
    """Control (C) and control 2 (C2), head (H) and head again (HA) begin alike: one would be dropped with the other."""
    names = Names(by_database=False, stem="PROOFBOT_X_00FF00", database="ANALYTICS", schema="ci")
    for env in (*Side, *Beside):
        mine = names.lies(env, RelationName("analytics", "PROOFBOT_X_00FF00_B_marts", "x")).schema
        assert [other for other in (*Side, *Beside) if names.has(other, mine)] == [env]


def test_the_users_relations_lie_where_they_lie() -> None:
    """A source would be looked for where it is not."""
    names = Names(by_database=False, stem="PROOFBOT_X_00FF00", database="ANALYTICS", schema="ci")
    assert names.lies(Side.HEAD, RelationName("raw", "shop", "orders")) == RelationName("raw", "shop", "orders")
    assert names.lies(Side.HEAD, RelationName("analytics", "ci", "x")) == RelationName("ANALYTICS", "ci", "x")
