"""What a reader is told to do."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core import forge_words, increments
from bot.domain import Finding, ForgeKind, Grade, Outcome, Preset, Report, Status, Verified
from bot.render import figures
from bot.render.dress import Dress, Labels
from bot.render.words import worst_grade

_ERROR = "mend the error, or the configuration behind it, and run again. What it kept from being checked is unknown."
_ADVISORY = (
    "what is found does not close the gate, because the policy is advisory. "
    "To make it count: `policy: standard` in `.proofbot.yml`."
)
_FEW, _LONGEST = 5, 100  # models; signs, of which no page shows more in one span
_FILE = "`.proofbot/expect.yml`"


def advice(report: Report, dress: Dress, *, is_proposed: bool, forge: ForgeKind = ForgeKind.GITHUB) -> str | None:
    """What to do about a closed gate; None where it is open, or where the report's problem says it.

    Args:
        is_proposed: a declaration of what was seen stands below.
        forge: where the request is; where we talk to none, nobody reads descriptions and comments.
    """
    if report.status is Status.SUCCESS or report.problem is not None:
        return None
    if not _is_closed_by_what_was_seen(report):
        return _ERROR
    first = "mend what failed, and " if worst_grade(report) is Grade.ERROR else "mend "
    place = _FILE if forge is ForgeKind.LOCAL else f"the description, or in {_FILE}"
    unmeant = f"{first}what this request was not meant to change"
    if report.sources:
        where = dress.names(report.sources, 3)
        declare = f"or mend the declaration ({where})" if _is_broken(report) else f"or declare it, too ({where})"
    elif is_proposed:
        declare = f"or declare what it was meant to, in {place}: a block that fits is below"
    else:
        declare = f"or declare what it was meant to, in {place}"
    accept = forge_words.of(forge).accept
    is_heard = forge is not ForgeKind.GITLAB or report.status is not Status.ERROR  # as the claims have it
    accept = f"What cannot be declared, {accept}." if report.run.slug and accept and is_heard else ""
    return " ".join(filter(None, [f"{unmeant}, {declare}.", accept]))


def about_advisory(report: Report) -> str | None:
    """Why the gate is open though something was found; None where it would be open under another policy, too."""
    is_advisory = report.policy.split(" ")[0] == Preset.ADVISORY.value
    if not is_advisory or report.status is not Status.SUCCESS or worst_grade(report) is Grade.PASS:
        return None
    return _ADVISORY


def deployment(report: Report, labels: Labels, dress: Dress) -> str | None:
    """How incremental models have to be deployed so that they are what was compared; None where nothing is known to be
    needed. Nobody is told to drop rows that production alone has."""
    found = [(labels.of(m.unique_id), f) for m in report.models for f in m.findings if f.check == increments.NAME]
    failing = [(name, one) for name, one in found if one.measures.get("built") is False]
    others = [(name, one) for name, one in found if one.outcome is Outcome.CHANGED]
    kept = [(name, one) for name, one in others if _drops(one)]
    stale = [one for one in others if one not in kept]
    told = []
    if stale or failing:
        wanted = [str(one.measures.get("select", name)) for name, one in (*stale, *failing)]
        without = [f"{dress.names([name for name, _ in stale], _FEW)} would not be what is shown here"] if stale else []
        without += [f"{dress.names([name for name, _ in failing], _FEW)} would not build"] if failing else []
        few = [n for n in range(1, len(wanted) + 1) if len(_command(wanted[:n])) <= _LONGEST][-1:] or [1]
        more = f" and {figures.count(len(wanted) - few[0])} more" if len(wanted) > few[0] else ""
        told.append(f"{dress.name(_command(wanted[: few[0]]))}{more}. Without it {', and '.join(without)}.")
    if kept:
        names = dress.names([name for name, _ in kept], _FEW)
        told.append(f"{names}: a full refresh would give what is shown here, and drop rows that only production has.")
    return " ".join(told) or None


def _command(wanted: Sequence[str]) -> str:
    return f"{increments.COMMAND} {' '.join(wanted)}"


def _drops(finding: Finding) -> bool:
    return bool(finding.measures.get("surplus")) and finding.measures.get("of") == "production"


def _is_broken(report: Report) -> bool:
    """Whether something was declared that is not as it was seen."""
    declared = [*(model.declared for model in report.models if model.declared), *(one.declared for one in report.unmet)]
    return any(one.verified not in (Verified.AS_DECLARED, Verified.NOT_DECLARED) for one in declared)


def _is_closed_by_what_was_seen(report: Report) -> bool:
    """Whether the gate is closed by what was seen, and not only by what could not be seen."""
    seen = [(model.outcome, model.grade) for model in report.models]
    findings = [*(one.finding for one in report.named), *(found for model in report.models for found in model.findings)]
    seen += [(finding.outcome, finding.grade) for finding in findings]
    failing = any(grade is Grade.FAIL and outcome is not Outcome.ERRORED for outcome, grade in seen)
    grades = [*(test.grade for test in report.tests), *(unmet.grade for unmet in report.unmet)]
    return failing or Grade.FAIL in grades
