"""What is left of the findings of a model once its noise is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.core.report import Seen
from bot.core.wording import of_columns
from bot.domain import Finding, Noise, Outcome

_DATA = ("row_count", "values", "keys", "profile", "top_k", "histogram")
_SHAPES = ("profile", "top_k", "histogram")
_SAME = (Outcome.UNCHANGED, Outcome.EQUIVALENT)


def suspicious(seen: Iterable[Seen]) -> frozenset[str]:
    """The models of which rows or values changed, by unique id."""
    return frozenset(
        one.standing.change.unique_id
        for one in seen
        if any(finding.outcome is Outcome.CHANGED and finding.check in _DATA for finding in one.findings)
    )


def has_changed(findings: Iterable[Finding]) -> bool:
    """Whether rows or values changed, or may have: what could not be asked is no proof."""
    told = {finding.check: finding.outcome for finding in findings}
    quiet = (*_SAME, Outcome.NOISE, Outcome.VACUOUS)
    return told.get("values") not in quiet or told.get("row_count", Outcome.UNCHANGED) not in quiet


def is_proven_unchanged(findings: Iterable[Finding]) -> bool:
    """Whether all values of all rows were compared, and are the same."""
    told = next((finding for finding in findings if finding.check == "values"), None)
    if told is None or told.outcome not in _SAME:
        return False
    return not any(told.measures.get(name) for name in ("sampled", "scope", "uncompared", "tolerated"))


def changed_columns(findings: Iterable[Finding]) -> frozenset[str] | None:
    """The columns that changed in rows of both sides, as at head; None where that is not known by column."""
    told = next((finding.measures.get("columns") for finding in findings if finding.check == "values"), None)
    if not isinstance(told, Mapping) or not told:
        return None
    return frozenset(name for name, entry in told.items() if isinstance(entry, Mapping) and entry.get("changed"))


def merge(before: Sequence[Finding], after: Sequence[Finding], noise: Noise) -> tuple[Finding, ...] | None:
    """The findings of a model that varies by itself.

    Args:
        before: as all of it was compared.
        after: as it was compared without its noise.
        noise: what varies.

    Returns:
        what is left; None where the second look failed where the first did not, so that nothing may be made of it.
    """
    old = {finding.check: finding for finding in before}
    for finding in after:
        was = old.get(finding.check)
        if finding.outcome is Outcome.ERRORED and (was is None or was.outcome is not Outcome.ERRORED):
            return None
    # How good the key is does not depend on whether rows are lined up by it.
    kept = [old["keys"] if noise.key and one.check == "keys" and "keys" in old else one for one in after]
    values = next((one for one in kept if one.check == "values"), None)
    values_left = values is not None and _left(values, noise) is Outcome.CHANGED
    return tuple(_judge(old.get(one.check), one, noise, values_left=values_left) for one in kept)


def differing(before: Sequence[Finding], after: Sequence[Finding]) -> int | None:
    """In how many rows of head noise alone differs; None where that is not known: rows that no key lines up."""
    told = [next((f.measures for f in findings if f.check == "values"), {}) for findings in (before, after)]
    names = ("changed", "added", "unkeyed")
    numbers = [[one.get(name) for name in names] for one in told]
    first, second = ([n for n in row if isinstance(n, int)] for row in numbers)
    if len(first) < len(names) or len(second) < len(names) or first[2] or second[2]:
        return None
    return max(0, first[0] + first[1] - second[0] - second[1])


def _left(values: Finding, noise: Noise) -> Outcome:
    """The outcome of `values`: rows that come and go by themselves are no change."""
    if values.outcome is Outcome.CHANGED and noise.rows and not values.measures.get("changed"):
        return Outcome.NOISE
    return values.outcome


def _judge(was: Finding | None, now: Finding, noise: Noise, *, values_left: bool) -> Finding:
    if now.check == "values":
        return _tell(was, replace(now, outcome=_left(now, noise)), noise)
    if now.outcome is not Outcome.CHANGED:
        return now
    if now.check == "row_count" and noise.rows and noise.count:
        return replace(now, outcome=Outcome.NOISE, message=f"{now.message}; how many there are varies by itself")
    if now.check in _SHAPES and not values_left and (noise.rows or _only_of(now, noise)):
        return replace(now, outcome=Outcome.NOISE, message=f"{now.message}; it varies by itself")
    return now


def _tell(was: Finding | None, now: Finding, noise: Noise) -> Finding:
    """`values`, with a word on what was left out."""
    was_changed = was is not None and was.outcome is Outcome.CHANGED
    outcome = Outcome.NOISE if was_changed and now.outcome in _SAME else now.outcome
    words = []
    if noise.columns:
        words.append(f"left out as noise: {of_columns([*noise.columns])}")
    if noise.key:
        words.append("rows are compared without their key, which varies by itself")
    if noise.rows:
        words.append("which rows there are varies by itself")
    words += [f"`{name}` {broken}" for name, broken in noise.broken.items()]
    return replace(now, outcome=outcome, message="; ".join([now.message, *words]))


def _only_of(finding: Finding, noise: Noise) -> bool:
    """Whether a finding is about columns that vary, and no other."""
    columns = finding.measures.get("columns")
    names = set(columns) if isinstance(columns, Mapping) else set()
    return bool(names) and names <= {*noise.columns}
