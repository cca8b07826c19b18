"""A model, and what is declared of others, as the policy judges them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bot.core import declared as declarations
from bot.core import events, verdict
from bot.core.events import Meaning
from bot.core.standing import Standing
from bot.domain import (
    Declared,
    Event,
    Expectation,
    Grade,
    ModelReport,
    Outcome,
    Policy,
    Unmet,
    Verified,
)


@dataclass(frozen=True)
class Judging:
    """By what a run is judged: the policy, and what is declared, by unique id (None: nothing is declared at all)."""

    policy: Policy = field(default_factory=Policy)
    expectations: Mapping[str, Expectation] | None = None


def judge_model(report: ModelReport, standing: Standing, outside: int | str | None, judging: Judging) -> ModelReport:
    """The report on a model with grades and rules: those of its findings, and that of the model as a whole.

    Args:
        report: what was seen of it, which nobody has judged yet.
        outside: how many rows changed though they do not satisfy the declared condition, or why that is not known;
            None where none is declared.
    """
    declared, uid, policy = None, report.unique_id, judging.policy
    if judging.expectations is not None:
        declared = declarations.verify(report, judging.expectations.get(uid), outside)
    as_declared = declared is not None and declared.verified is Verified.AS_DECLARED
    findings = tuple(verdict.grade(one, policy, uid, is_declared=as_declared) for one in report.findings)
    report = replace(report, findings=findings, declared=declared)
    # Of rules that decide the same, that is told which is about what the model is said to be.
    told = sorted(findings, key=lambda finding: finding.outcome is not report.outcome)
    judged = verdict.judge(_meant(report, standing), policy, uid)
    grade, rule = verdict.decisive([*judged, *((finding.grade, finding.rule) for finding in told)])
    return replace(report, grade=grade, rule=rule or f"{policy.preset.value}: {report.outcome.value}")


def judge_unmet(models: str, declared: Declared, policy: Policy) -> Unmet:
    """What became of a declaration about models that the request does not affect, with its grade and rule.

    Args:
        models: what the declaration names.
    """
    meant = events.of_declared(declared.verified, is_mentioned=True) or [Meaning(Event.DECLARED, Grade.PASS)]
    return Unmet(models, declared, *verdict.decisive(verdict.judge(meant, policy, None)))


def _meant(report: ModelReport, standing: Standing) -> list[Meaning]:
    """What is to be judged of the model as a whole."""
    found = []
    declared, noise = report.declared, report.noise
    gone_or_new = events.of_standing(standing)
    if gone_or_new:
        as_declared = declared is not None and declared.verified is Verified.AS_DECLARED
        found.append(Meaning(Event.DECLARED, Grade.PASS) if as_declared else gone_or_new)
    if declared is not None:
        found += events.of_declared(declared.verified, is_mentioned=bool(declared.where))
    if report.outcome is Outcome.ERRORED and not report.findings:
        found.append(Meaning(Event.SKIPPED, Grade.ERROR))
    if report.outcome is Outcome.SKIPPED and not standing.by_nature:
        found.append(Meaning(Event.SKIPPED, Grade.PASS))  # the project wants it so, or a finding is a warning
    if report.outcome is Outcome.NOISE:
        found.append(Meaning(Event.NOISE, Grade.PASS))
    if noise is not None and noise.rows:
        found.append(Meaning(Event.UNSTABLE, Grade.WARN))
    if noise is not None and noise.became:
        found.append(Meaning(Event.VOLATILE, Grade.FAIL))
    return found
