"""Histograms, by feeding the conversation answers."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from pydantic import ValidationError

from bot.checks.histogram import Options, check
from bot.domain import (
    Aggregate,
    Answer,
    Answers,
    BinCounts,
    Bins,
    Bound,
    Distance,
    Finding,
    Measure,
    Outcome,
    Pair,
    Question,
    RowCount,
    Scalar,
    Showing,
    Side,
)
from tests.checks.stage import lead, make

COLUMNS = {"id": "INTEGER", "amount": "DOUBLE", "day": "DATE", "at": "TIMESTAMP", "name": "VARCHAR"}
_Two = tuple[Scalar, Scalar]


@dataclass
class _Data:
    """What a warehouse would say: of each side its ends, nulls and rows; the rows in the bins, and their distance."""

    low: _Two = (0, 0)
    high: _Two = (10, 10)
    nulls: tuple[int, int] = (0, 0)
    rows: tuple[int, int] = (100, 100)
    bins: BinCounts = field(default_factory=lambda: BinCounts((50, 50), (50, 50)))
    distance: float | None = 0.0
    quantiles: Mapping[float, Scalar] = field(default_factory=dict)

    def answer(self, asked: Collection[Question]) -> Answers:
        """The answers to some questions."""
        return {question: self._one(question) for question in asked}

    def _one(self, question: Question) -> Answer:
        if isinstance(question, Bins):
            assert list(question.edges) == sorted(set(question.edges))
            return self.bins
        if isinstance(question, Distance):
            return self.distance
        assert isinstance(question, RowCount | Aggregate)
        place = list(Side).index(question.side)
        if isinstance(question, RowCount):
            return self.rows[place]
        if question.measure is Measure.QUANTILE:
            assert question.at is not None
            return self.quantiles[question.at]
        return {Measure.MIN: self.low, Measure.MAX: self.high, Measure.NULLS: self.nulls}[question.measure][place]


def _histogram(
    options: Mapping[str, object] | None = None, data: _Data | None = None, pair: Pair | None = None
) -> tuple[Finding, list[list[Question]]]:
    asked = Options.model_validate({"columns": "amount", "bins": 2, **(options or {})})
    finding, rounds = lead(check(pair or make(COLUMNS), asked), (data or _Data()).answer)
    json.dumps(finding.measures, allow_nan=False)
    return finding, rounds


def _told(finding: Finding, column: str = "amount") -> Any:
    columns = finding.measures["columns"]
    assert isinstance(columns, dict)
    return columns[column]


def _edges(rounds: list[list[Question]]) -> dict[str, tuple[float, ...]]:
    return {question.column: question.edges for asked in rounds for question in asked if isinstance(question, Bins)}


def test_two_rounds_ask_for_ends_and_then_for_bins() -> None:
    """A histogram of ten columns would ask the warehouse over and over."""
    _, rounds = _histogram({"columns": ["amount", "id"]})
    assert len(rounds) == 2
    ends = [Aggregate(s, "amount", m) for s in Side for m in (Measure.MIN, Measure.MAX, Measure.NULLS)]
    assert set(rounds[0]) > {*ends, RowCount(Side.BASE), RowCount(Side.HEAD)}
    assert {type(question) for question in rounds[1]} == {Bins, Distance}


def test_bins_span_both_sides() -> None:
    """What head has beyond base's ends would fall out of the histogram."""
    assert _edges(_histogram({}, _Data(low=(0, -10), high=(10, 5)))[1]) == {"amount": (-10, 0, 10)}
    assert _edges(_histogram({}, _Data(low=(None, 0), high=(None, 4)))[1]) == {"amount": (0, 2, 4)}


def test_a_shift_is_told_with_its_distances() -> None:
    """A distribution could shift by half without a word."""
    finding, _ = _histogram({}, _Data(bins=BinCounts((50, 50), (20, 80)), distance=0.3))
    assert (finding.outcome, finding.bound) == (Outcome.CHANGED, Bound.NONE)
    assert finding.message == "the values of 1 of 1 column are distributed in another way"
    psi = round(-0.3 * math.log(0.4) + 0.3 * math.log(1.6), 6)
    assert _told(finding) == {
        "psi": psi, "ks": 0.3, "edges": [0, 5, 10], "base": [50, 50], "head": [20, 80],
        "nulls": {"base": 0, "head": 0}, "outside": {"base": 0, "head": 0}, "bound": "none",
    }  # fmt: skip
    distances, bins = finding.tables
    assert distances.rows == (("amount", psi, 0.3),)
    assert bins.rows == (
        ("amount", "0 to 5", 50, 20, "█" * 12, "█" * 3),
        ("amount", "5 to 10", 50, 80, "█" * 12, "█" * 12),
    )


def test_an_equal_distribution_is_unchanged() -> None:
    """A column that is as it was would fill the comment."""
    finding, _ = _histogram()
    assert (finding.outcome, finding.tables) == (Outcome.UNCHANGED, ())
    assert finding.message == "the values of amount are distributed over 100 rows as before: PSI and KS are 0"


def test_values_that_moved_inside_of_their_bins_are_a_change() -> None:
    """A distribution would be called unchanged because the bins are coarse."""
    assert _histogram({}, _Data(distance=0.01))[0].outcome is Outcome.CHANGED


def test_nulls_and_what_lies_outside_are_bins() -> None:
    """A column that turned null would have the same distribution as before."""
    finding, _ = _histogram({}, _Data(nulls=(0, 60), bins=BinCounts((50, 50), (20, 19), 0, 1)))
    assert _told(finding)["nulls"] == {"base": 0, "head": 60}
    assert _told(finding)["psi"] > 1
    assert [row[1:4] for row in finding.tables[1].rows] == [
        ("0 to 5", 50, 20), ("5 to 10", 50, 19), ("null", 0, 60), ("outside", 0, 1),
    ]  # fmt: skip


def test_a_constant_has_one_bin() -> None:
    """A column of one value would end the check."""
    finding, rounds = _histogram({}, _Data(low=(3, 3), high=(3, 3), nulls=(0, 10)))
    assert _edges(rounds) == {}
    assert (_told(finding)["base"], _told(finding)["head"]) == ([100], [90])
    assert [row[1:4] for row in finding.tables[1].rows] == [("all values", 100, 90), ("null", 0, 10)]


@pytest.mark.parametrize("ends", [(-math.inf, math.inf), (0.0, math.nan), (math.nan, math.nan)])
def test_infinities_do_not_make_the_bins(ends: tuple[float, float]) -> None:
    """One infinity, or one NaN, would leave no histogram of a million numbers."""
    shares = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
    quantiles: dict[float, Scalar] = dict(zip(shares, (-math.inf, 1.0, 2.0, 3.0, 4.0, 5.0, math.nan), strict=True))
    data = _Data(low=(1.0, ends[0]), high=(5.0, ends[1]), quantiles=quantiles)
    finding, rounds = _histogram({}, data)
    assert len(rounds) == 3
    assert _edges(rounds)["amount"][-1] == 5.0
    assert finding.outcome is Outcome.UNCHANGED


def test_nothing_but_infinities() -> None:
    """A column without a finite value would end the check."""
    shares = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
    data = _Data(low=(math.inf,) * 2, high=(math.inf,) * 2, quantiles=dict.fromkeys(shares, math.inf))
    finding, rounds = _histogram({}, data)
    assert (finding.outcome, _edges(rounds)) == (Outcome.UNCHANGED, {})


def test_bins_of_dates_begin_at_midnight() -> None:
    """A bin of dates would be called by a time of day, or by its seconds."""
    data = _Data(low=("2024-01-01",) * 2, high=("2024-01-04",) * 2, bins=BinCounts((5, 5), (9, 1)))
    finding, rounds = _histogram({"columns": "day"}, data)
    day = 86_400
    start = 19_723 * day
    assert _edges(rounds) == {"day": (start, start + 2 * day, start + 3 * day)}
    assert [row[1] for row in finding.tables[1].rows] == ["2024-01-01 to 2024-01-03", "2024-01-03 to 2024-01-04"]


def test_bins_of_moments() -> None:
    """A histogram of times would be refused, or its bins be called by their seconds."""
    ends = ("2024-01-01 00:00:00", "2024-01-01 00:01:00")
    data = _Data(low=(ends[0],) * 2, high=(ends[1],) * 2, bins=BinCounts((5, 5), (9, 1)))
    finding, _ = _histogram({"columns": "at"}, data)
    assert finding.tables[1].rows[0][1] == "2024-01-01 00:00:00 to 2024-01-01 00:00:30"


def test_bins_of_equally_many_rows_of_base() -> None:
    """The stability index would be taken over other bins than the customary deciles."""
    quantiles: dict[float, Scalar] = {0.25: 1.0, 0.5: 1.0, 0.75: 7.5}
    _, rounds = _histogram({"method": "quantile", "bins": 4}, _Data(quantiles=quantiles))
    asked = [q for q in rounds[0] if isinstance(q, Aggregate) and q.measure is Measure.QUANTILE]
    assert [(q.side, q.at) for q in asked] == [(Side.BASE, at) for at in quantiles]
    assert _edges(rounds) == {"amount": (0, 1, 7.5, 10)}
    dates: dict[float, Scalar] = {0.5: "2024-01-02 12:00:00"}
    data = _Data(low=("2024-01-01",) * 2, high=("2024-01-04",) * 2, quantiles=dates)
    _, rounds = _histogram({"columns": "day", "method": "quantile"}, data)
    assert [edge / 86_400 - 19_723 for edge in _edges(rounds)["day"]] == [0, 2, 3]


def test_the_number_of_bins_is_an_option() -> None:
    """An option would be accepted and change nothing."""
    assert len(_edges(_histogram({"bins": 7})[1])["amount"]) == 8
    _, rounds = lead(check(make(COLUMNS), Options(columns=("amount",))), _Data().answer)
    assert len(_edges(rounds)["amount"]) == 11


@pytest.mark.parametrize(
    ("thresholds", "bound"),
    [
        ({"fail": {"psi": 0.5}}, Bound.WITHIN),
        ({"fail": {"psi": 0.25}}, Bound.FAIL),
        ({"fail": {"ks": 0.3}}, Bound.WITHIN),
        ({"fail": {"ks": 0.29}}, Bound.FAIL),
        ({"warn": {"psi": 0.1}, "fail": {"psi": 0.5}}, Bound.WARN),
        ({"warn": {"ks": 0.1}}, Bound.WARN),
    ],
)
def test_thresholds(thresholds: dict[str, object], bound: Bound) -> None:
    """A distribution could shift beyond what a project allows, and the gate stay open."""
    finding, _ = _histogram(thresholds, _Data(bins=BinCounts((50, 50), (20, 80)), distance=0.3))
    assert finding.bound is bound
    assert finding.message.endswith("1 beyond a threshold") is (bound is not Bound.WITHIN)


@pytest.mark.parametrize("limit", ["psi", "ks"])
def test_a_side_without_values_is_beyond_every_threshold(limit: str) -> None:
    """A table that lost all its rows would keep its distribution."""
    gone = _Data(low=(0, None), high=(9, None), rows=(100, 0), bins=BinCounts((50, 50), (0, 0)), distance=None)
    finding, _ = _histogram({"fail": {limit: 1}}, gone)
    assert (finding.outcome, finding.bound) == (Outcome.CHANGED, Bound.FAIL)
    never = _Data(low=(None,) * 2, high=(None,) * 2, rows=(0, 0), bins=BinCounts((), ()), distance=None)
    finding, _ = _histogram({"fail": {limit: 1}}, never)
    assert (finding.outcome, finding.bound) == (Outcome.VACUOUS, Bound.WITHIN)
    assert finding.message == "no rows on either side"
    nulls = _Data(low=(None,) * 2, high=(None,) * 2, nulls=(100, 100), distance=None)
    finding, _ = _histogram({"fail": {limit: 1}}, nulls)
    assert (finding.outcome, finding.bound) == (Outcome.UNCHANGED, Bound.WITHIN)


@pytest.mark.parametrize("showing", [Showing.HASH, Showing.MASK, Showing.HIDE])
def test_personal_columns_are_left_out(showing: Showing) -> None:
    """The least and the greatest salary would stand in a comment, as the ends of the bins."""
    finding, rounds = _histogram({"columns": "amount"}, pair=make(COLUMNS, amount=showing))
    assert (finding.outcome, rounds) == (Outcome.SKIPPED, [])
    assert finding.measures["left_out"] == {"amount": "its values may not be shown"}


def test_what_has_no_histogram_is_told() -> None:
    """The warehouse would be asked to cut texts into bins, or a misspelt name switch a watch off."""
    finding, _ = _histogram({"columns": ["am*", "name", "idd"]})
    assert finding.measures["left_out"] == {"name": "it does not hold numbers, or dates, on both sides"}
    assert finding.message.endswith("; histogram.columns names name: it does not hold numbers, or dates, on both sides")
    assert [one["name"] for one in cast("list[dict[str, str]]", finding.measures["misfits"])] == ["idd", "name"]
    assert set(_edges(_histogram({"columns": ["am*", "name"]})[1])) == {"amount"}
    assert _histogram({"columns": "idd"})[0].outcome is Outcome.SKIPPED
    retyped = make({"v": "VARCHAR"}, {"v": "INTEGER"}, ())
    assert _histogram({"columns": "v"}, pair=retyped)[0].outcome is Outcome.SKIPPED


def test_a_sample_is_said() -> None:
    """A reader would take what a sample tells for all rows."""
    finding, _ = _histogram({}, pair=replace(make(COLUMNS), sampled=0.01))
    assert finding.message.endswith(", in a sample of 1% of the keys")


def test_an_answer_of_the_wrong_kind_is_refused() -> None:
    """A broken engine would be reported as values that did not change."""
    wrong: list[tuple[type, Answer]] = [(Bins, 1), (Distance, "far"), (RowCount, None)]
    for kind, answer in wrong:
        data = _Data()

        def told(
            asked: Collection[Question], kind: type = kind, answer: Answer = answer, data: _Data = data
        ) -> Answers:
            return {q: answer if isinstance(q, kind) else data.answer([q])[q] for q in asked}

        with pytest.raises(TypeError):
            lead(check(make(COLUMNS), Options(columns=("amount",))), told)


@pytest.mark.parametrize(
    "options",
    [
        {"columns": []},
        {"bins": 1},
        {"bins": 101},
        {"method": "deciles"},
        {"fail": {"psi": -1}},
        {"fail": {"ks": 2}},
        {"fail": {"emd": 1}},
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, object]) -> None:
    """A slip in the configuration would silently switch a threshold off."""
    with pytest.raises(ValidationError):
        Options.model_validate({"columns": "amount", **options})
