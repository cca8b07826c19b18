"""Metrics, by feeding the conversation answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from bot.checks.metric import Options, check, to_sql
from bot.core.comparison import Comparison
from bot.core.queries import Reference, references
from bot.domain import (
    Answer,
    Bound,
    ColumnChanges,
    Example,
    ExampleRows,
    Examples,
    Extent,
    Extents,
    Finding,
    FromTo,
    Outcome,
    Pair,
    Question,
    RowChanges,
    RowCounts,
    RowKind,
    Showing,
    Tolerance,
)
from tests.checks.stage import converse, make

PLAIN: dict[str, object] = {"model": "orders", "measures": {"revenue": "sum(amount)", "n": "count(*)"}, "by": "country"}
RESULT = {
    "country": "VARCHAR", "revenue": "DECIMAL(38,2)", "n": "BIGINT", "proofbot_key_1": "VARCHAR",
    "proofbot_state_of_revenue": "VARCHAR", "proofbot_state_of_n": "VARCHAR",
}  # fmt: skip
NOTHING = Extents(0, 0, 0, 0)
ROWS = Examples(
    ("proofbot_key_1", "revenue", "country", "n"),
    (
        Example(RowKind.CHANGED, ("+de", "100.10", "de", "7"), ("+de", "100.40", "de", "7"), (1,)),
        Example(RowKind.CHANGED, ("-", "5", None, None), ("-", None, None, "2"), (1, 3)),
        Example(RowKind.ADDED, None, ("+fr", "1.00", "fr", "1")),
        Example(RowKind.REMOVED, ("+it", "1.00", "it", "1"), None),
    ),
)


def _metric(
    options: Mapping[str, object] | None = None,
    revenue: Extents = NOTHING,
    rows: object = RowCounts(9, 9, 0, 0, 1, 8),
    changed: Mapping[str, int] | None = None,
    pair: Pair | None = None,
) -> tuple[Finding, list[list[Question]]]:
    answers: dict[Question, Answer] = {ColumnChanges(name): (changed or {}).get(name, 0) for name in RESULT}
    answers |= {Extent("revenue"): revenue, Extent("n"): NOTHING}
    for limit in (1, 20):
        answers |= {ExampleRows(limit, by_extent): ROWS for by_extent in ("revenue", None)}
    answers[RowChanges()] = rows  # type: ignore[assignment]
    made = pair or make(RESULT, key=["proofbot_key_1"])
    finding, rounds = converse(check(made, Options.model_validate({**PLAIN, **(options or {})})), answers)
    json.dumps(finding.measures, allow_nan=False)
    return finding, rounds


def _told(finding: Finding, measure: str) -> Any:
    measures = finding.measures["measures"]
    assert isinstance(measures, dict)
    return measures[measure]


def test_measures_are_shown_side_by_side() -> None:
    """A reader would learn that revenue changed, and neither where nor by how much."""
    finding, rounds = _metric(revenue=Extents(0.3, -4.5, 0.2997, None), changed={"revenue": 2, "n": 1})
    assert len(rounds) == 1
    assert ExampleRows(20, by_extent="revenue") in rounds[0]
    assert (finding.outcome, finding.bound) == (Outcome.CHANGED, Bound.NONE)
    assert finding.message == "1 of 9 groups differ"
    assert _told(finding, "revenue") == {
        "changed": 2, "up": 0.3, "down": -4.5, "up_percent": 0.2997, "down_percent": None, "bound": "none",
    }  # fmt: skip
    (table,) = finding.tables
    assert [column.title for column in table.columns] == ["country", "revenue", "Difference", "n", "Difference"]
    assert table.rows == (
        ("de", FromTo(100.1, 100.4), 0.3, 7, 0),
        (None, FromTo(5, None), None, FromTo(None, 2), None),
        ("fr", FromTo(None, 1), None, FromTo(None, 1), None),
        ("it", FromTo(1, None), None, FromTo(1, None), None),
    )


def test_groups_that_come_and_go_are_counted() -> None:
    """A country that vanished would be one change among many."""
    finding, _ = _metric(rows=RowCounts(9, 8, 1, 2, 3, 4))
    assert finding.message == "6 of 10 groups differ (1 added, 2 removed)"
    assert finding.tables[0].left_out == 2


def test_a_metric_that_is_as_it_was() -> None:
    """A metric that did not change would close the gate."""
    for by, words in (("country", "the same in 9 groups"), ([], "unchanged")):
        finding, _ = _metric({"by": by, "groups": 0}, rows=RowCounts(9, 9, 0, 0, 0, 9))
        assert (finding.outcome, finding.message, finding.tables) == (Outcome.UNCHANGED, words, ())
    empty, _ = _metric({"groups": 0}, rows=RowCounts(0, 0, 0, 0, 0, 0))
    assert (empty.outcome, empty.message) == (Outcome.VACUOUS, "no groups on either side")
    assert _metric({"by": []})[0].message == "changed"


@pytest.mark.parametrize(
    ("options", "steps", "bound"),
    [
        ({"fail": "5%"}, Extents(10, 0, 5, 0), Bound.WITHIN),
        ({"fail": "5%"}, Extents(10, 0, 5.1, 0), Bound.FAIL),
        ({"fail": "5%"}, Extents(0, -10, 0, -5.1), Bound.FAIL),
        ({"fail": "5%"}, Extents(10, 0, None, 0), Bound.FAIL),
        ({"fail": 10}, Extents(10, -10, None, None), Bound.WITHIN),
        ({"fail": 10}, Extents(10.5, 0, 1, 0), Bound.FAIL),
        ({"fail": {"down": 0}}, Extents(99, 0, None, 0), Bound.WITHIN),
        ({"fail": {"down": 0}}, Extents(0, -1, 0, -1), Bound.FAIL),
        ({"fail": {"revenue": 10, "n": 0}}, Extents(10, 0, 1, 0), Bound.WITHIN),
        ({"fail": {"revenue": {"up": "1%"}, "n": 0}}, Extents(10, 0, 2, 0), Bound.FAIL),
        ({"warn": 1, "fail": 20}, Extents(10, 0, 2, 0), Bound.WARN),
        ({"warn": {"revenue": 1}}, Extents(10, 0, 2, 0), Bound.WARN),
        ({"fail": 1}, Extents(float("inf"), 0, float("inf"), 0), Bound.FAIL),
        ({}, Extents(10, 0, 2, 0), Bound.NONE),
    ],
)
def test_thresholds(options: dict[str, object], steps: Extents, bound: Bound) -> None:
    """Revenue could fall in one country beyond what a project allows, and the gate stay open."""
    finding, _ = _metric(options, steps, changed={"revenue": 1})
    assert finding.bound is bound
    assert finding.message.endswith("1 of 2 measures beyond a threshold") is (bound in (Bound.WARN, Bound.FAIL))


@pytest.mark.parametrize(
    ("options", "rows", "changed", "bound"),
    [
        ({"fail": "99%"}, RowCounts(9, 10, 1, 0, 0, 9), {}, Bound.FAIL),
        ({"warn": 1_000}, RowCounts(9, 8, 0, 1, 0, 8), {}, Bound.WARN),
        ({}, RowCounts(9, 8, 0, 1, 0, 8), {}, Bound.NONE),
        ({"fail": 1_000}, RowCounts(9, 9, 0, 0, 1, 8), {"revenue": 1, "proofbot_state_of_revenue": 1}, Bound.FAIL),
        ({"fail": {"n": 5}}, RowCounts(9, 9, 0, 0, 1, 8), {"revenue": 1}, Bound.FAIL),
        ({"fail": {"n": 5}}, RowCounts(9, 9, 0, 0, 1, 8), {"n": 1}, Bound.WITHIN),
    ],
)
def test_what_has_no_step_is_beyond_every_threshold(
    options: dict[str, object], rows: RowCounts, changed: dict[str, int], bound: Bound
) -> None:
    """A group could vanish, or its revenue become null, within every threshold."""
    finding, _ = _metric(options, rows=rows, changed=changed)
    assert finding.bound is bound
    assert finding.message.endswith("beyond a threshold") is (bound in (Bound.WARN, Bound.FAIL))


@pytest.mark.parametrize(("changed", "bound"), [({"revenue": 1}, Bound.FAIL), ({}, Bound.WITHIN)])
def test_a_measure_that_is_no_number(changed: dict[str, int], bound: Bound) -> None:
    """The warehouse would be asked for the step between two texts, or a threshold hold for every text."""
    pair = make({**RESULT, "revenue": "VARCHAR"}, key=["proofbot_key_1"])
    finding, rounds = _metric({"fail": 5, "groups": 0}, changed=changed, pair=pair)
    assert Extent("revenue") not in rounds[0]
    assert finding.bound is bound


def test_the_number_of_groups_shown_is_an_option() -> None:
    """An option would be accepted and change nothing."""
    assert ExampleRows(1, by_extent="revenue") in _metric({"groups": 1})[1][0]
    finding, rounds = _metric({"groups": 0})
    assert not any(isinstance(question, ExampleRows) for question in rounds[0])
    assert finding.tables == ()


def test_what_may_not_be_shown_is_not() -> None:
    """Names of people could be the groups of a metric, and stand in a comment."""
    pair = make(RESULT, key=["proofbot_key_1"])
    hidden = Examples(("revenue",), (Example(RowKind.CHANGED, ("1",), ("2",), (0,)),))
    told: dict[Question, Answer] = {ColumnChanges(name): 0 for name in RESULT}
    told |= {Extent("revenue"): NOTHING, Extent("n"): NOTHING, RowChanges(): RowCounts(1, 1, 0, 0, 1, 0)}
    told[ExampleRows(20, by_extent="revenue")] = hidden
    finding, _ = converse(check(pair, Options.model_validate(PLAIN)), told)
    assert finding.tables[0].rows == ((FromTo(1, 2), 1),)


@pytest.mark.parametrize("showing", [Showing.HASH, Showing.MASK, Showing.HIDE])
def test_the_steps_of_a_measure_that_may_not_be_shown_are_not_told(showing: Showing) -> None:
    """The sum of somebody's salary would be hidden, and how far it rose be told."""
    pair = make(RESULT, key=["proofbot_key_1"], revenue=showing)
    told: dict[Question, Answer] = {ColumnChanges(name): int(name == "revenue") for name in RESULT}
    told |= {Extent("revenue"): Extents(71_234, -61_234, 5.5, -4.5), Extent("n"): NOTHING}
    told |= {RowChanges(): RowCounts(9, 9, 0, 0, 1, 8), ExampleRows(20, by_extent="n"): Examples((), ())}
    finding, rounds = converse(check(pair, Options.model_validate({**PLAIN, "fail": {"revenue": "5%"}})), told)
    assert finding.bound is Bound.FAIL, "it is judged all the same"
    assert _told(finding, "revenue") == {"changed": 1, "bound": "fail"}
    assert "up" in _told(finding, "n")
    assert ExampleRows(20, by_extent="n") in rounds[0], "the order of the groups would tell of it, too"


def test_groups_that_cannot_be_lined_up_are_an_error() -> None:
    """A metric that could not be compared would pass."""
    finding, rounds = _metric(pair=make(RESULT, key=()))
    assert (finding.outcome, rounds) == (Outcome.ERRORED, [])


def test_an_answer_of_the_wrong_kind_is_refused() -> None:
    """A broken engine would be reported as a metric that did not change."""
    with pytest.raises(TypeError):
        _metric(rows="nonsense")


@pytest.mark.parametrize(
    ("model", "reference"),
    [
        ("orders", Reference("orders")),
        ("shop.orders", Reference("orders", package="shop")),
        ("orders.v2", Reference("orders", version="2")),
        ("shop.orders.v2", Reference("orders", package="shop", version="2")),
        ("v2", Reference("v2")),
    ],
)
def test_the_model_of_a_metric(model: str, reference: Reference) -> None:
    """Another model, or another version of it, would be measured."""
    sql = to_sql(Options.model_validate({"model": model, "value": "sum(a)"}))
    assert references(sql, where="x", dialect="duckdb") == (reference,)


@pytest.mark.parametrize(
    ("options", "key", "parts"),
    [
        ({"value": "sum(a)"}, 1, ["sum(a)", '"value"']),
        ({"measures": {"x": "sum(a)", "y": "max(b)"}}, 1, ["sum(a)", '"x"', "max(b)", '"y"']),
        ({"value": "sum(a)", "by": "c"}, 1, ["c\n", '"c"', "group by 1"]),
        ({"value": "sum(a)", "by": ["c", "d"]}, 2, ['"c"', '"d"', "group by 1, 2"]),
        ({"value": "sum(a)", "by": {"m": "month(d)"}}, 1, ["month(d)", '"m"', "group by 1"]),
        ({"value": "sum(a)", "where": "b > 0"}, 1, ["where (\nb > 0\n)"]),
    ],
)
def test_options_say_what_is_asked(options: dict[str, object], key: int, parts: list[str]) -> None:
    """An option would be accepted and change nothing."""
    read = Options.model_validate({"model": "orders", **options})
    sql = to_sql(read)
    assert all(part in sql for part in parts)
    assert read.key == tuple(f"proofbot_key_{number}" for number in range(1, key + 1))
    assert all(f'"{name}"' in sql for name in read.ours)
    jsonschema.validate({"model": "orders", **options}, Options.model_json_schema())


def test_the_tolerance_is_an_option() -> None:
    """Sums that differ by a rounding would close the gate."""
    options = Options.model_validate({**PLAIN, "tolerance": 0.01})
    assert options.comparison() == Comparison(tolerance=Tolerance(absolute=Decimal("0.01")))
    assert Options.model_validate({**PLAIN, "tolerance": 0}).comparison() == Comparison(tolerance=Tolerance(Decimal(0)))
    assert Options.model_validate(PLAIN).comparison().tolerance is None


@pytest.mark.parametrize("thresholds", ["5%", 3, {"up": 1}, {"up": "1%", "down": 0}, {"revenue": 1, "n": {"up": "5%"}}])
def test_thresholds_are_written_for_all_or_by_measure(thresholds: object) -> None:
    """The JSON Schema would mark as wrong in an editor what is right."""
    Options.model_validate({**PLAIN, "fail": thresholds, "warn": thresholds})
    jsonschema.validate({**PLAIN, "fail": thresholds}, Options.model_json_schema())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"value": "sum(a)"}, "either `value` or `measures`"),
        ({"measures": {}}, "either `value` or `measures`"),
        ({"measures": {"country": "sum(a)"}}, "country is there twice"),
        ({"measures": {"N": "sum(a)", "n": "sum(b)"}}, "n is there twice"),
        ({"measures": {"up": "sum(a)"}}, "another name than up"),
        ({"by": "proofbot_key_1"}, "another name than proofbot_key_1"),
        ({"fail": {"revenu": 1}}, "the name of a measure (revenue, n)"),
        ({"fail": {"up": 1, "n": 1}}, "Extra inputs"),
        ({"fail": "much"}, "percentage"),
        ({"model": "a b"}, "pattern"),
        ({"model": "{{ x }}"}, "pattern"),
        ({"by": 3}, "a list of columns, or a mapping"),
        ({"by": ["a", {"b": "c"}]}, "a list of columns, or a mapping"),
        ({"groups": 1001}, "1000"),
        ({"where": ""}, "at least 1"),
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, object], words: str) -> None:
    """A slip in the configuration would silently switch a threshold off."""
    with pytest.raises(ValidationError) as raised:
        Options.model_validate({**PLAIN, **options})
    assert words in str(raised.value)
