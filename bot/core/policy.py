"""What the policy of a project makes of an event: a grade, and the rule that decided.

An error is an error under every policy. Else the last rule that fits decides; where none does, the preset. `advisory`
never closes the gate by itself, and `strict` also closes it on what shows less than it seems to.
"""

from __future__ import annotations

import re

from bot.domain import Event, Grade, Policy, Preset, Rule

ERRORED = "every policy: errored"

_TOLD = re.compile(r": ([a-z ]+)(?: \(.*)?$", re.DOTALL)
# What is a warning under `standard`, and closes the gate under `strict`.
_STRICT = frozenset(
    {
        Event.VACUOUS,
        Event.SKIPPED,
        Event.SAMPLED,
        Event.LIMITED,
        Event.UNSTABLE,
        Event.REMOVED,
        Event.FAILED_BEFORE,
    }
)
# What these see is told for information. A rule about all checks means those that compare.
_INFORMING = frozenset({"profile", "top_k", "histogram", "increment"})
# A check that had nothing to do is no gap in the proof, but where it is one of these; "" is the model as a whole.
_COMPARING = frozenset({"", "values", "build"})


def judge(
    policy: Policy, event: Event, standard: Grade, *, unique_id: str | None, check: str = ""
) -> tuple[Grade, str]:
    """What an event means for the gate.

    Args:
        standard: what it means under the preset `standard`.
        unique_id: the model that it is about; None where it is about none.
        check: the check that saw it; empty where it is about the model as a whole.

    Returns:
        the grade, and the rule that decided it: `standard: changed`, `.proofbot.yml:12: changed (the reason)`.
    """
    if standard is Grade.ERROR:
        return Grade.ERROR, ERRORED
    fitting = [rule for rule in policy.rules if _fits(rule, event, unique_id, check)]
    if fitting:
        rule = fitting[-1]
        return rule.grades[event], f"{rule.where}: {event.value}{f' ({rule.reason})' if rule.reason else ''}"
    return _by_preset(policy.preset, event, standard), f"{policy.preset.value}: {event.value}"


def event_of(rule: str) -> Event | None:
    """The event that a rule has decided, by the words of `judge`; None where it was none."""
    told = _TOLD.search(rule)
    return Event(told[1]) if told and told[1] in tuple(Event) else None


def name(policy: Policy) -> str:
    """The policy in words: `standard (.proofbot.yml:3)`."""
    nothing = policy.where == "default" and policy.preset is Preset.ADVISORY
    return f"{policy.preset.value} ({policy.where}{': there is no .proofbot.yml' if nothing else ''})"


def is_advisory(named: str) -> bool:
    """Whether a policy of this name leaves the gate open."""
    return named.partition(" ")[0] == Preset.ADVISORY


def _by_preset(preset: Preset, event: Event, standard: Grade) -> Grade:
    if preset is Preset.ADVISORY and standard is Grade.FAIL:
        return Grade.WARN
    if preset is Preset.STRICT and standard is Grade.WARN and event in _STRICT:
        return Grade.FAIL
    return standard


def _fits(rule: Rule, event: Event, unique_id: str | None, check: str) -> bool:
    if event not in rule.grades or (rule.models is not None and unique_id not in rule.models):
        return False
    if rule.checks:
        return check in rule.checks
    return not (
        (event is Event.CHANGED and check in _INFORMING) or (event is Event.SKIPPED and check not in _COMPARING)
    )
