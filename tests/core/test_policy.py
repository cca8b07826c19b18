"""What the policy makes of events: presets, rules, and the words for what decided."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.core import policy as policies
from bot.domain import Event, Grade, Policy, Preset, Rule

PASS, WARN, FAIL, ERROR = Grade.PASS, Grade.WARN, Grade.FAIL, Grade.ERROR
UID = "model.shop.orders"
STRICT = (
    Event.VACUOUS,
    Event.SKIPPED,
    Event.SAMPLED,
    Event.LIMITED,
    Event.UNSTABLE,
    Event.REMOVED,
    Event.FAILED_BEFORE,
)


def _judge(
    rules: list[Rule], event: Event, *, preset: Preset = Preset.STANDARD, check: str = "values", model: str | None = UID
) -> tuple[Grade, str]:
    policy = Policy(preset, "here", tuple(rules))
    return policies.judge(policy, event, FAIL, unique_id=model, check=check)


def _rule(meant: Mapping[Event, Grade], line: int = 7, **limits: object) -> Rule:
    return Rule(meant, f".proofbot.yml:{line}", **limits)  # type: ignore[arg-type]


@pytest.mark.parametrize("event", Event)
def test_presets(event: Event) -> None:
    """A team that only looks on would have its merges blocked; or a strict one merge what was not shown."""

    def grades(preset: Preset) -> list[Grade]:
        policy = Policy(preset, "here")
        judged = [policies.judge(policy, event, grade, unique_id=UID, check="values") for grade in Grade]
        assert [rule for _, rule in judged] == [*[f"{preset.value}: {event.value}"] * 3, "every policy: errored"]
        return [grade for grade, _ in judged]

    assert list(Grade) == [PASS, WARN, FAIL, ERROR]
    assert grades(Preset.STANDARD) == [PASS, WARN, FAIL, ERROR]
    assert grades(Preset.ADVISORY) == [PASS, WARN, WARN, ERROR]
    assert grades(Preset.STRICT) == [PASS, FAIL if event in STRICT else WARN, FAIL, ERROR]


def test_a_rule_wins_over_the_preset_and_the_last_over_the_others() -> None:
    """A maintainer could not make an exception, or an exception from it."""
    rules = [_rule({Event.CHANGED: WARN}, 4), _rule({Event.CHANGED: PASS, Event.REMOVED: FAIL}, 6, reason="a log")]
    assert _judge(rules[:1], Event.CHANGED) == (WARN, ".proofbot.yml:4: changed")
    assert _judge(rules, Event.CHANGED) == (PASS, ".proofbot.yml:6: changed (a log)")
    assert _judge(rules[::-1], Event.CHANGED) == (WARN, ".proofbot.yml:4: changed")
    assert _judge(rules, Event.VOLATILE) == (FAIL, "standard: volatile")
    assert _judge(rules, Event.REMOVED, preset=Preset.ADVISORY) == (FAIL, ".proofbot.yml:6: removed (a log)")


def test_a_rule_is_about_the_models_and_checks_that_it_names() -> None:
    """A rule for one model would open the gate for others."""
    of_model = [_rule({Event.CHANGED: PASS}, models=frozenset({UID}))]
    assert _judge(of_model, Event.CHANGED)[0] is PASS
    assert _judge(of_model, Event.CHANGED, model="model.shop.other")[0] is FAIL
    assert _judge(of_model, Event.CHANGED, model=None)[0] is FAIL
    assert _judge([_rule({Event.CHANGED: PASS}, models=frozenset())], Event.CHANGED)[0] is FAIL
    of_check = [_rule({Event.CHANGED: PASS}, checks=("row_count", "values"))]
    assert _judge(of_check, Event.CHANGED)[0] is PASS
    assert _judge(of_check, Event.CHANGED, check="schema")[0] is FAIL
    assert _judge(of_check, Event.CHANGED, check="")[0] is FAIL
    assert _judge([_rule({Event.CHANGED: PASS})], Event.CHANGED, model=None, check="query")[0] is PASS


@pytest.mark.parametrize(
    ("event", "check", "is_about_it"),
    [
        (Event.CHANGED, "profile", False),
        (Event.CHANGED, "top_k", False),
        (Event.CHANGED, "histogram", False),
        (Event.VACUOUS, "profile", True),
        (Event.SKIPPED, "keys", False),
        (Event.SKIPPED, "tests", False),
        (Event.SKIPPED, "values", True),
        (Event.SKIPPED, "", True),
    ],
)
def test_a_rule_about_all_checks_is_about_those_that_compare(event: Event, check: str, *, is_about_it: bool) -> None:
    """`skipped: fail` would close the gate for every model without a key, `changed: fail` for a figure that informs."""
    rule = _rule({event: WARN})
    assert (_judge([rule], event, check=check)[0] is WARN) is is_about_it
    assert _judge([_rule({event: WARN}, checks=(check,))], event, check=check)[0] is WARN


def test_no_rule_makes_an_error_anything_else() -> None:
    """What could not be checked would be merged by a line of configuration."""
    for event in Event:
        policy = Policy(Preset.ADVISORY, "here", (_rule(dict.fromkeys(Event, PASS)),))
        assert policies.judge(policy, event, ERROR, unique_id=UID)[0] is ERROR


@pytest.mark.parametrize(
    ("policy", "words", "is_advisory"),
    [
        (Policy(Preset.STANDARD, ".proofbot.yml:3"), "standard (.proofbot.yml:3)", False),
        (Policy(), "standard (default)", False),
        (Policy(Preset.ADVISORY, "shop/.proofbot.yml:1"), "advisory (shop/.proofbot.yml:1)", True),
        (Policy(Preset.ADVISORY), "advisory (default: there is no .proofbot.yml)", True),
    ],
)
def test_a_policy_is_told_with_who_chose_it(policy: Policy, words: str, *, is_advisory: bool) -> None:
    """A reader would not know why the gate is open."""
    assert policies.name(policy) == words
    assert policies.is_advisory(words) is is_advisory


def test_a_rule_tells_what_it_was_about() -> None:
    """The headline would be silent on a test that fails where the policy lets it through."""
    for event in Event:
        rules = [_rule({event: WARN}, reason="it: failed (sometimes)")]
        assert policies.event_of(_judge(rules, event, check="")[1]) is event
        assert policies.event_of(_judge([], event)[1]) is event
    for words in ("", policies.ERRORED, "thresholds: warn", "standard: unchanged", "standard: pass"):
        assert policies.event_of(words) is None
