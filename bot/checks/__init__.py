"""Asks: one file a check; each check is a conversation, and its docstring is its documentation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from bot.checks import (
    assertion,
    build,
    histogram,
    keys,
    metric,
    profile,
    query,
    row_count,
    schema,
    tests,
    top_k,
    values,
)
from bot.core.options import CheckOptions, Options
from bot.domain import Built, Conversation, Pair, Side


class PairCheck(NamedTuple):
    """A check of a pair: its name, how its conversation about a pair is started, with options of which type, and
    whether it runs where nothing is configured. `alone` starts that about a model that one side only has, or is None
    where there is nothing to tell then."""

    name: str
    check: Callable[[Pair, Any], Conversation]
    options: type[CheckOptions]
    default: bool
    alone: Callable[[Pair, Any, Side], Conversation] | None = None


class BuildCheck(NamedTuple):
    """A check of what dbt said of a model: as `PairCheck`."""

    name: str
    check: Callable[[Built, Any], Conversation]
    options: type[Options]
    default: bool


class NamedKind(NamedTuple):
    """A kind of check that the project's configuration gives a name and a text of its own, below `section`: the pair
    is that of the tables in which its results are kept."""

    name: str
    section: str
    options: type[Options]
    check: Callable[[Pair, Any], Conversation]


PAIR_CHECKS: tuple[PairCheck, ...] = (
    PairCheck(schema.NAME, schema.check, schema.Options, default=True),
    PairCheck(row_count.NAME, row_count.check, row_count.Options, default=True, alone=row_count.alone),
    PairCheck(keys.NAME, keys.check, keys.Options, default=True, alone=keys.alone),
    PairCheck(values.NAME, values.check, values.Options, default=True),
    PairCheck(profile.NAME, profile.check, profile.Options, default=True),
    PairCheck(top_k.NAME, top_k.check, top_k.Options, default=False),
    PairCheck(histogram.NAME, histogram.check, histogram.Options, default=False),
)
"""What is asked of every pair, in the order in which it is told."""

BUILD_CHECKS: tuple[BuildCheck, ...] = (
    BuildCheck(build.NAME, build.check, build.Options, default=True),
    BuildCheck(tests.NAME, tests.check, tests.Options, default=True),
)
"""What is told of every model from dbt's own words, before anything is asked."""

NAMED_CHECKS: tuple[NamedKind, ...] = (
    NamedKind(query.NAME, "queries", query.Options, query.check),
    NamedKind(assertion.NAME, "assertions", assertion.Options, assertion.check),
    NamedKind(metric.NAME, "metrics", metric.Options, metric.check),
)
"""What the project's configuration may ask beside the models."""
