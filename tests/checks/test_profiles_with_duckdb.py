"""Profiles, frequent values and histograms, from their options to their finding, on DuckDB."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from typing import Any

import duckdb
import pytest

from bot.checks import histogram, profile, top_k, values
from bot.core.profiling import Quality
from bot.domain import Answers, Bound, Conversation, Finding, Outcome, Pair, Question, Showing
from tests.checks.stage import lead as converse
from tests.core.inquiries import lead
from tests.core.rig import connect, make_pair

MIXED = """select range as id, case when range = 3 then null else range * 1.5::decimal(9,1) end as amount,
    date '2024-01-01' + range::int as day, 'n' || range as name, range % 2 = 0 as even, [range] as list,
    case range when 1 then 'nan'::double when 2 then 'inf'::double else range / 4 end as ratio,
    case when range % 3 = 0 then 'a' when range % 3 = 1 then 'b' end as kind from range(10)"""


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB in memory."""
    with connect() as connected:
        yield connected


def _ask(connection: duckdb.DuckDBPyConnection, pair: Pair, check: Conversation) -> tuple[Finding, int]:
    """The finding, and how many statements were asked."""
    asked = 0

    def answer(questions: Collection[Question]) -> Answers:
        nonlocal asked
        led = lead(connection, pair, questions)
        asked += len(led.asked)
        return led.answers

    finding, _ = converse(check, answer)
    json.dumps(finding.measures, allow_nan=False)
    return finding, asked


def _changed(change: str, table: str = MIXED) -> str:
    return f"select * replace ({change}) from ({table})"


def _columns(finding: Finding) -> Any:
    return finding.measures["columns"]


def test_a_profile_of_every_kind(connection: duckdb.DuckDBPyConnection) -> None:
    """What is asked of some type would fail, and with it the whole profile."""
    pair = make_pair(connection, MIXED, _changed("case when id = 4 then null else amount end as amount"), ["id"])
    measures = [str(quality) for quality in Quality]
    options = profile.Options.model_validate({"columns": "*", "measures": measures})
    finding, _ = _ask(connection, pair, profile.check(pair, options))
    told = _columns(finding)
    assert told["amount"]["nulls"] == {"base": 1, "head": 2, "difference": 1, "bound": "none"}
    assert told["amount"]["sum"] == {"base": 63, "head": 57, "difference": -6, "bound": "none"}
    assert told["amount"]["mean"]["base"] == pytest.approx(7)
    assert told["amount"]["quantile_0.5"]["base"] == 7.5
    assert told["amount"]["null_percent"]["head"] == 20
    assert told["day"]["max"]["head"] == "2024-01-10"
    assert told["day"]["quantile_0.5"]["head"].startswith("2024-01-05 12:00")
    assert told["name"]["max_length"]["head"] == 2
    assert told["even"]["true_percent"]["head"] == 50
    assert told["list"]["distinct"]["head"] == 10
    assert told["kind"]["nulls"]["head"] == 3
    assert math.isnan(float(told["ratio"]["max"]["head"]))
    assert {row[0] for table in finding.tables for row in table.rows} == {"amount"}


def test_another_order_of_the_same_rows_is_no_difference(connection: duckdb.DuckDBPyConnection) -> None:
    """Tables of the same rows would differ in the last digits of what is computed, and a threshold of 0 closed."""
    rows = "select range as id, sin(range) * 1000 + 3000 as amount from range(20000)"
    turned = f"select * from ({rows}) order by id desc"
    deviations = {connection.execute(f"select stddev_samp(amount) from ({one})").fetchone() for one in (rows, turned)}
    assert len(deviations) == 2, "the order of these rows would show nothing"
    pair = make_pair(connection, rows, turned, ["id"])
    limits = {"mean": 0, "sum": 0, "stddev": 0}
    options = profile.Options.model_validate({"columns": "amount", "measures": [*limits], "fail": limits})
    finding, _ = _ask(connection, pair, profile.check(pair, options))
    assert (finding.outcome, finding.bound) == (Outcome.UNCHANGED, Bound.WITHIN)
    more = make_pair(connection, rows, rows.replace("3000", "3000.001"), ["id"])
    finding, _ = _ask(connection, more, profile.check(more, options))
    assert {name for name, one in _columns(finding)["amount"].items() if one["bound"] == "fail"} >= {"mean", "sum"}


@pytest.mark.parametrize("type_name", ["date", "timestamp", "timestamptz"])
def test_quantiles_of_moments_are_those_of_what_is_not_null(
    connection: duckdb.DuckDBPyConnection, type_name: str
) -> None:
    """Every null would count as a date at the end of time, and shift the median of all others."""
    rows = f"""select range as id, case when range < 3 then '2024-01-0' || (2 * range + 1) end::{type_name} as day,
        null::{type_name} as never from range(8)"""
    pair = make_pair(connection, rows, rows, ["id"])
    options = profile.Options.model_validate({"columns": ["day", "never"], "measures": ["quantiles"]})
    finding, _ = _ask(connection, pair, profile.check(pair, options))
    told = _columns(finding)
    assert [str(told["day"][f"quantile_{at}"]["base"])[:10] for at in (0.25, 0.5, 0.75)] == [
        "2024-01-02",
        "2024-01-03",
        "2024-01-04",
    ]
    assert told["never"]["quantile_0.5"]["head"] is None


def test_a_profile_of_what_changed(connection: duckdb.DuckDBPyConnection) -> None:
    """A reader would learn that a column changed, and not how."""
    pair = make_pair(connection, MIXED, _changed("name || '!' as name"), ["id"])
    finding, _ = _ask(connection, pair, profile.check(pair, profile.Options()))
    assert set(_columns(finding)) == {"name"}
    assert [row[1:] for row in finding.tables[0].rows] == [
        ("min length", 2, 3, 1), ("max length", 2, 3, 1), ("mean length", 2, 3, 1),
    ]  # fmt: skip


def test_a_profile_of_what_did_not_change_costs_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    """Every request would pay for a profile of what did not change."""
    pair = make_pair(connection, MIXED, MIXED, ["id"])
    alone = _ask(connection, pair, values.check(pair, values.Options()))[1]
    finding, asked = _ask(connection, pair, profile.check(pair, profile.Options()))
    assert (finding.outcome, asked) == (Outcome.UNCHANGED, alone)


def test_a_profile_without_a_key(connection: duckdb.DuckDBPyConnection) -> None:
    """A model without a key would never have a profile."""
    pair = make_pair(connection, MIXED, _changed("even or id = 1 as even"))
    finding, _ = _ask(connection, pair, profile.check(pair, profile.Options()))
    differing = {row[0] for table in finding.tables for row in table.rows}
    assert differing == {"even"}
    assert _columns(finding)["even"]["true"]["difference"] == 1


@pytest.mark.parametrize("showing", [Showing.HASH, Showing.MASK, Showing.HIDE])
def test_of_a_personal_column_nothing_is_shown(connection: duckdb.DuckDBPyConnection, showing: Showing) -> None:
    """Somebody's salary would stand in a comment."""
    pair = replace(make_pair(connection, MIXED, _changed("amount + 1 as amount"), ["id"]), showing={"amount": showing})
    options = profile.Options.model_validate({"measures": ["min", "max", "sum", "nulls"], "fail": {"max": 100}})
    finding, _ = _ask(connection, pair, profile.check(pair, options))
    assert finding.bound in (Bound.WARN, Bound.FAIL)
    assert "13.5" not in json.dumps(_columns(finding)["amount"])
    assert _columns(finding)["amount"]["nulls"]["head"] == 1


@pytest.mark.parametrize("showing", [Showing.HASH, Showing.MASK, Showing.HIDE])
def test_frequent_values_that_may_not_be_shown_are_counted(
    connection: duckdb.DuckDBPyConnection, showing: Showing
) -> None:
    """Names of people would stand in a comment, or ten rows that say nothing."""
    made = make_pair(connection, MIXED, _changed("case id when 0 then 'Ada' else name end as name"), ["id"])
    pair = replace(made, showing={"name": showing})
    options = top_k.Options.model_validate({"columns": "name", "fail": {"share": 50}})
    finding, _ = _ask(connection, pair, top_k.check(pair, options))
    assert [table.rows for table in finding.tables] == [(("name", 10, 10, 1, 1),)]
    assert finding.bound is (Bound.WARN if showing is Showing.HIDE else Bound.WITHIN)
    assert "Ada" not in repr(finding)


def test_a_profile_of_rows_without_a_usable_key(connection: duckdb.DuckDBPyConnection) -> None:
    """Rows with a repeated key could change in every column, and the profile would say that none did."""
    twice = f"select * from ({MIXED}) union all select * from ({MIXED})"
    pair = make_pair(connection, twice, _changed("amount + 1 as amount", twice), ["id"])
    finding, _ = _ask(connection, pair, profile.check(pair, profile.Options()))
    assert finding.outcome is Outcome.CHANGED
    assert {row[0] for table in finding.tables for row in table.rows} == {"amount"}
    assert finding.message.endswith("; 40 rows without a usable key may differ in any column")


def test_the_most_frequent_values(connection: duckdb.DuckDBPyConnection) -> None:
    """A value that appears would go unnoticed."""
    pair = make_pair(connection, MIXED, _changed("case when id = 0 then 'new' else kind end as kind"), ["id"])
    options = top_k.Options.model_validate({"columns": ["kind", "list"], "limit": 3, "fail": {"appeared": 0}})
    finding, _ = _ask(connection, pair, top_k.check(pair, options))
    told = _columns(finding)["kind"]
    assert (told["appeared"], told["vanished"]) == (1, 0)
    assert told["top"][0] == {"value": "a", "base": 4, "head": 3, "share_change": -10}
    assert {(one["value"], one["head"]) for one in told["top"]} == {("a", 3), ("b", 3), (None, 3)}
    assert finding.tables[1].rows == (("kind", "new", "appeared", 1),)
    assert finding.bound is Bound.FAIL


TYPES = ["integer", "bigint", "double", "decimal(18,3)", "hugeint", "utinyint", "float"]


@pytest.mark.parametrize("type_name", TYPES)
@pytest.mark.parametrize("method", ["width", "quantile"])
def test_a_histogram_holds_every_row(connection: duckdb.DuckDBPyConnection, type_name: str, method: str) -> None:
    """Rows would fall between two bins."""
    table = f"select range as id, (range * 7919 % 200)::{type_name} as v from range(1000)"
    pair = make_pair(connection, table, _changed("case when id < 300 then 0 else v end as v", table), ["id"])
    options = histogram.Options.model_validate({"columns": "v", "method": method})
    finding, _ = _ask(connection, pair, histogram.check(pair, options))
    told = _columns(finding)["v"]
    assert (sum(told["base"]), sum(told["head"])) == (1000, 1000)
    assert told["head"][0] > told["base"][0] + 200
    assert told["psi"] > 0.25
    assert told["ks"] == pytest.approx(0.3, abs=0.02)
    if method == "quantile":
        assert set(told["base"]) == {100}


def test_a_histogram_of_what_is_no_finite_number(connection: duckdb.DuckDBPyConnection) -> None:
    """One infinity, or one NaN, would leave no histogram of a million numbers."""
    pair = make_pair(
        connection, MIXED, _changed("case when id = 9 then '-inf'::double else ratio end as ratio"), ["id"]
    )
    finding, _ = _ask(connection, pair, histogram.check(pair, histogram.Options(columns=("ratio", "amount"))))
    told = _columns(finding)["ratio"]
    assert sum(told["base"]) + told["outside"]["base"] == 10
    assert sum(told["head"]) + told["outside"]["head"] == 10
    assert told["outside"]["base"] >= 2
    assert _columns(finding)["amount"]["nulls"] == {"base": 1, "head": 1}


@pytest.mark.parametrize("type_name", ["date", "timestamp", "timestamptz", "timestamp_ns", "timestamp_s"])
@pytest.mark.parametrize("method", ["width", "quantile"])
def test_a_histogram_of_moments(connection: duckdb.DuckDBPyConnection, type_name: str, method: str) -> None:
    """A histogram of dates would be refused, or begin in 1970."""
    table = f"select range as id, (date '2024-01-01' + range::int)::{type_name} as v from range(100)"
    head = _changed(f"case when id < 30 then v else (v - interval 20 day)::{type_name} end as v", table)
    pair = make_pair(connection, table, head, ["id"])
    options = histogram.Options.model_validate({"columns": "v", "method": method, "bins": 4})
    finding, _ = _ask(connection, pair, histogram.check(pair, options))
    told = _columns(finding)["v"]
    assert (sum(told["base"]), sum(told["head"])) == (100, 100)
    labels = [str(row[1]) for row in finding.tables[1].rows]
    assert labels[0].startswith("2024-01-01")
    assert ("00:00:00" not in labels[0]) is (type_name == "date")


def test_histograms_of_constants_and_of_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    """A column of one value, or of none, would end the check."""
    table = "select range as id, 5 as same, null::int as none, 1 as v from range(4)"
    pair = make_pair(connection, table, _changed("case when id = 0 then null else same end as same", table), ["id"])
    options = histogram.Options.model_validate({"columns": ["same", "none"], "fail": {"psi": 0.1, "ks": 0.1}})
    finding, _ = _ask(connection, pair, histogram.check(pair, options))
    assert (_columns(finding)["same"]["base"], _columns(finding)["same"]["head"]) == ([4], [3])
    assert _columns(finding)["same"]["bound"] == "fail"
    assert _columns(finding)["none"]["bound"] == "within"


_CHECKS: list[Callable[[Pair], Conversation]] = [
    lambda pair: profile.check(pair, profile.Options(columns=("*",))),
    lambda pair: top_k.check(pair, top_k.Options(columns=("*",))),
    lambda pair: histogram.check(pair, histogram.Options(columns=("*",))),
]


@pytest.mark.parametrize("check", _CHECKS, ids=["profile", "top_k", "histogram"])
def test_tables_without_rows(connection: duckdb.DuckDBPyConnection, check: Callable[[Pair], Conversation]) -> None:
    """A model without rows would end the check, or one that lost all its rows seem unchanged."""
    empty = f"select * from ({MIXED}) limit 0"
    nothing = make_pair(connection, empty, empty, ["id"])
    assert _ask(connection, nothing, check(nothing))[0].outcome in (Outcome.VACUOUS, Outcome.UNCHANGED)
    lost = make_pair(connection, MIXED, empty, ["id"])
    assert _ask(connection, lost, check(lost))[0].outcome is Outcome.CHANGED
