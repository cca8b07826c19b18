"""The build check: what became of the model and its dbt tests on both sides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from bot.checks import build
from bot.core import verdict
from bot.domain import Bound, Built, ChangeKind, Finding, Grade, NodeChange, NodeResult, Outcome

UID = "model.shop.a"


def _result(status: str | None) -> NodeResult | None:
    return None if status is None else NodeResult(UID, status, f"said {status}", 1.2345)


def _ask(
    base: str | None,
    head: str | None,
    kind: ChangeKind = ChangeKind.MODIFIED,
) -> Finding:
    conversation = build.check(Built(NodeChange(UID, kind), _result(base), _result(head)), build.Options())
    with pytest.raises(StopIteration) as ended:
        next(conversation)
    found = ended.value.value
    assert isinstance(found, Finding)
    return found


BOTH = ChangeKind.MODIFIED, ChangeKind.DOWNSTREAM
CASES = [
    *[(kind, "success", "success", Outcome.UNCHANGED, Grade.PASS, "builds on both sides") for kind in BOTH],
    (ChangeKind.ADDED, None, "success", Outcome.UNCHANGED, Grade.PASS, "builds at head"),
    (ChangeKind.REMOVED, "success", None, Outcome.UNCHANGED, Grade.PASS, "removed by the request"),
    (ChangeKind.REMOVED, "error", None, Outcome.UNCHANGED, Grade.PASS, "removed by the request"),
    *[(kind, "success", "error", Outcome.ERRORED, Grade.FAIL, "builds at base and fails at head") for kind in BOTH],
    (ChangeKind.ADDED, None, "error", Outcome.ERRORED, Grade.FAIL, "fails at head"),
    (ChangeKind.MODIFIED, "error", "error", Outcome.ERRORED, Grade.ERROR, "fails on both sides"),
    (ChangeKind.MODIFIED, "success", "partial success", Outcome.ERRORED, Grade.FAIL, "builds at base and fails"),
    (ChangeKind.MODIFIED, "success", "unheard of", Outcome.ERRORED, Grade.FAIL, "builds at base and fails"),
    (ChangeKind.MODIFIED, "success", "skipped", Outcome.SKIPPED, Grade.ERROR, "not built at head, because something"),
    (ChangeKind.ADDED, None, "skipped", Outcome.SKIPPED, Grade.ERROR, "not built at head, because something"),
    (ChangeKind.MODIFIED, "skipped", "skipped", Outcome.SKIPPED, Grade.ERROR, "not built at head, because something"),
    (ChangeKind.MODIFIED, "success", None, Outcome.SKIPPED, Grade.ERROR, "dbt did not say what became of it at head"),
    (ChangeKind.ADDED, None, None, Outcome.SKIPPED, Grade.ERROR, "dbt did not say what became of it at head"),
    (ChangeKind.MODIFIED, "error", "success", Outcome.CHANGED, Grade.WARN, "did not build at base"),
    (ChangeKind.DOWNSTREAM, "skipped", "success", Outcome.CHANGED, Grade.WARN, "did not build at base"),
    (ChangeKind.MODIFIED, None, "success", Outcome.ERRORED, Grade.FAIL, "builds at head, and dbt did not say"),
]


@pytest.mark.parametrize(("kind", "base", "head", "outcome", "grade", "words"), CASES)
def test_a_build_is_judged_by_both_sides(
    kind: ChangeKind, base: str | None, head: str | None, outcome: Outcome, grade: Grade, words: str
) -> None:
    """A model that the request breaks would pass, or a broken base be held against the request."""
    found = _ask(base, head, kind)
    assert found.outcome is outcome
    assert found.message.startswith(words)
    assert verdict.grade(found).grade is grade


def test_what_dbt_said_is_measured() -> None:
    """report.json would not say why a model failed, or how long it took."""
    measures = _ask("success", "error").measures
    assert (measures["base"], measures["head"]) == ("success", "error")
    assert (measures["base_seconds"], measures["head_seconds"]) == (1.23, 1.23)
    assert measures["message"] == "said error"
    assert _ask("error", "success").measures["message"] == "said error"
    alone = _ask(None, "success", ChangeKind.ADDED).measures
    assert (alone["base"], alone["base_seconds"], alone["message"]) == (None, None, None)
    assert json.loads(json.dumps(measures)) == measures


def _built(base: tuple[float, int | None], head: tuple[float, int | None], options: Mapping[str, Any]) -> Finding:
    before, after = (NodeResult(UID, "success", "", seconds) for seconds, _ in (base, head))
    built = Built(NodeChange(UID, ChangeKind.MODIFIED), before, after, base_bytes=base[1], head_bytes=head[1])
    conversation = build.check(built, build.Options.model_validate(options))
    with pytest.raises(StopIteration) as ended:
        next(conversation)
    found = ended.value.value
    assert isinstance(found, Finding)
    return found


@pytest.mark.parametrize(
    ("options", "base", "head", "bound", "words"),
    [
        ({}, (1, 100), (900, 10**9), Bound.NONE, "builds on both sides"),
        ({"fail": {"seconds": 5}}, (1, None), (6, None), Bound.WITHIN, "builds on both sides"),
        (
            {"fail": {"seconds": 5}},
            (1, None),
            (6.5, None),
            Bound.FAIL,
            "builds on both sides; took 1 s before and 6.5 s now",
        ),
        ({"fail": {"seconds": {"up": "100%"}}}, (10, None), (1, None), Bound.WITHIN, "builds on both sides"),
        (
            {"warn": {"seconds": {"up": "100%"}}},
            (2, None),
            (4.5, None),
            Bound.WARN,
            "builds on both sides; took 2 s before and 4.5 s now",
        ),
        ({"fail": {"size": "10%"}}, (1, 1_000), (1, 1_100), Bound.WITHIN, "builds on both sides"),
        (
            {"fail": {"size": "10%"}},
            (1, 1_000),
            (1, 1_200),
            Bound.FAIL,
            "builds on both sides; had 1,000 bytes before and has 1,200 now",
        ),
        (
            {"fail": {"size": {"down": 0}}},
            (1, None),
            (1, 5),
            Bound.NONE,
            "builds on both sides; its size is not known on both sides, so it was not judged",
        ),
    ],
)
def test_limits_of_time_and_size(
    options: Mapping[str, Any],
    base: tuple[float, int | None],
    head: tuple[float, int | None],
    bound: Bound,
    words: str,
) -> None:
    """A model that takes ten times as long would pass, or one that nobody set a limit for close the gate."""
    found = _built(base, head, options)
    assert (found.bound, found.message, found.outcome) == (bound, words, Outcome.UNCHANGED)
    assert (found.measures["base_bytes"], found.measures["head_bytes"]) == (base[1], head[1])
    assert bool(found.tables) is (bound in (Bound.WARN, Bound.FAIL))
    wanted = {Bound.FAIL: Grade.FAIL, Bound.WARN: Grade.WARN}.get(bound, Grade.PASS)
    assert verdict.grade(found).grade is wanted


def test_limits_say_nothing_of_a_new_model() -> None:
    """Every new model would be beyond the limits, because it took no time before."""
    built = Built(NodeChange(UID, ChangeKind.ADDED), None, _result("success"), head_bytes=10)
    conversation = build.check(built, build.Options.model_validate({"fail": {"seconds": 0, "size": 0}}))
    with pytest.raises(StopIteration) as ended:
        next(conversation)
    assert ended.value.value.bound is Bound.NONE
