"""What a run has taken, by Snowflake's own history of queries: checks and builds apart from each other.

The history's table function tells of the user's own queries whatever the role may see, at once, and of the last seven
days. It gives 10,000 rows at most, so a span of time that has more of them is asked about in halves.
"""

# Names are quoted, values are literals of ours.
# ruff: noqa: S608

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain import Cost, Row
from bot.errors import EnvironmentFailure, QueryFailed
from bot.world.warehouses.snowflake.names import Names
from bot.world.warehouses.snowflake.session import Sessions, quote, text

MOST_ROWS = 10_000
_ALL_SECONDS = 30.0
_LEAST = timedelta(seconds=1)  # of a span that is halved
_BEFORE = timedelta(seconds=30)  # signing in took some time
_LONGEST = timedelta(days=6)  # what lies outside of seven days is an error
_NOW = "select to_varchar(convert_timezone('UTC', current_timestamp()), 'YYYY-MM-DD\"T\"HH24:MI:SS.FF3')"


@dataclass(frozen=True, slots=True)
class _Used:
    """What a session has taken within a span of time; `is_ours` says that it is one of the run's."""

    session: int
    is_ours: bool
    cost: Cost


def cost(sessions: Sessions, names: Names, seconds: float) -> Cost | None:
    """What the run has taken so far. It takes half a minute at most.

    A session is the run's if one of its statements carries the run's tag, or was asked where only the run has
    something; a model may set a tag of its own. Those of `sessions` asked for checks, the others built.

    Args:
        sessions: those of the checks, in one of which the history is asked.
        names: how the run's environments are called.
        seconds: how long ago it began.

    Returns:
        None where the history can't be read, or not in time.

    Raises:
        Interrupted: the sessions were stopped.
    """
    tag = f'"run": "{sessions.account.tag.get("run", "")}"'
    deadline = time.monotonic() + _ALL_SECONDS

    def ask(sql: str) -> list[Row]:
        left = deadline - time.monotonic()
        if left <= 0:
            raise QueryFailed("the time is up", sql)
        return sessions.main.run(sql, left)

    try:
        [(now,)] = ask(_NOW)
        end = datetime.fromisoformat(str(now)).replace(tzinfo=UTC)
        waiting = [(end - min(timedelta(seconds=seconds) + _BEFORE, _LONGEST), end)]
        found: list[_Used] = []
        while waiting:
            span = waiting.pop()
            used = [_read(row) for row in ask(statement(names, tag, span))]
            if sum(one.cost.statements for one in used) < MOST_ROWS:
                found += used
                continue
            middle = span[0] + (span[1] - span[0]) / 2
            if span[1] - middle < _LEAST:
                return None
            waiting += [(span[0], middle), (middle, span[1])]
    except (QueryFailed, EnvironmentFailure, ValueError, TypeError):
        return None
    return _settle(found, sessions.ids)


def statement(names: Names, tag: str, span: tuple[datetime, datetime]) -> str:
    """What the user's sessions have taken between two moments: a row for each of them, of all statements that ended."""
    begin, end = (f"to_timestamp_ltz({text(moment.isoformat(timespec='milliseconds'))})" for moment in span)
    stem = text(f"{names.stem}_")
    history = f"{quote(names.database)}.information_schema.query_history_by_user"
    return (
        f"select session_id, boolor_agg(coalesce(contains(query_tag, {text(tag)}), false)"
        f" or coalesce(startswith(upper(database_name), {stem}), false)"
        f" or coalesce(startswith(upper(schema_name), {stem}), false)),"
        " count(*), sum(bytes_scanned), sum(execution_time), sum(credits_used_cloud_services)"
        f" from table({history}(end_time_range_start => {begin}, end_time_range_end => {end},"
        f" result_limit => {MOST_ROWS})) group by session_id"
    )


def _read(row: Row) -> _Used:
    session, is_ours, statements, scanned, milliseconds, used = row
    taken = Cost(
        int(str(statements)),
        int(str(scanned or 0)),
        float(str(milliseconds or 0)) / 1000,
        None if used is None else float(str(used)),
    )
    return _Used(int(str(session)), bool(is_ours), taken)


def _settle(found: Collection[_Used], asking: Iterable[int]) -> Cost | None:
    checks = set(asking)
    ours = {one.session for one in found if one.is_ours} - checks
    if not any(one.session in checks for one in found):
        return None
    asked = _sum(one.cost for one in found if one.session in checks)
    built = _sum(one.cost for one in found if one.session in ours)
    return Cost(asked.statements, asked.bytes, asked.seconds, asked.credits, built if built.statements else None)


def _sum(costs: Iterable[Cost]) -> Cost:
    found = list(costs)
    told = [one.credits for one in found if one.credits is not None]
    return Cost(
        sum(one.statements for one in found),
        sum(one.bytes for one in found),
        round(sum(one.seconds for one in found), 3),
        round(sum(told), 9) if told else None,
    )
