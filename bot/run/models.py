"""The interview about one affected model: its checks are led to their ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from bot.checks import BUILD_CHECKS, PAIR_CHECKS, values
from bot.checks.build import Options as BuildOptions
from bot.core import remaining
from bot.core.disclosure import without_values
from bot.core.inquiry import inquire
from bot.core.options import CheckOptions
from bot.core.report import Seen
from bot.core.standing import Standing, missing
from bot.domain import (
    Built,
    ChangeKind,
    Conversation,
    Finding,
    Inquiry,
    ModelSettings,
    Noise,
    Outcome,
    Pair,
    Question,
    Side,
    Table,
)
from bot.run import pairs, recording
from bot.run.matter import Matter
from bot.world.interview import conduct
from bot.world.meter import Meter
from bot.world.warehouses.contract import Asking


def see(matter: Matter, standing: Standing, asking: Asking) -> Seen:
    """What is seen of one affected model.

    Raises:
        UsageError: its key is declared in a way that cannot be understood.
        Interrupted: the run was stopped.
    """
    with recording.about(standing.change.unique_id):
        return _see(matter, standing, asking)


def _see(matter: Matter, standing: Standing, asking: Asking) -> Seen:
    uid = standing.change.unique_id
    settings = matter.settings.models[uid]
    tables, said = _tables(matter, standing)
    findings = [*said, *conduct(_about_build(matter, standing, settings, tables), _ask_nothing, asking.ask)]
    if not settings.checks and not findings:
        findings.append(Finding("schema", Outcome.SKIPPED, "every check is switched off"))
    if not tables or not _can_be_asked(standing, said):
        return Seen(standing, tuple(findings))
    pair, proposed = pairs.pair_up(matter, standing, settings, tables, asking)
    wanted = {check.name: settings.checks[check.name] for check in PAIR_CHECKS if check.name in settings.checks}
    if len(tables) == 1:
        findings += _ask_alone(matter, pair, wanted, next(iter(tables)), asking)
    else:
        findings += _ask_pair(matter, pair, wanted, asking)
    return Seen(standing, tuple(findings), pair, proposed)


def see_beyond(matter: Matter, seen: Seen, noise: Noise, asking: Asking) -> Seen | None:
    """What is left of a changed model of which it is known what varies by itself.

    Returns:
        it with its noise, and with the findings that are beyond it; None where it could not be asked again.

    Raises:
        Interrupted: the run was stopped.
    """
    if seen.pair is None:
        return None
    again = [*seen.findings]
    if noise.columns or noise.tolerated or noise.key or noise.rows:
        checks = matter.settings.models[seen.standing.change.unique_id].checks
        wanted = {check.name: checks[check.name] for check in PAIR_CHECKS if check.name in checks}
        others = [finding for finding in seen.findings if finding.check not in wanted]
        again = [*others, *_ask_pair(matter, pairs.beyond(seen.pair, noise), wanted, asking)]
    findings = remaining.merge(seen.findings, again, noise)
    if findings is None:
        return None
    differing = remaining.differing(seen.findings, findings)
    return replace(seen, findings=findings, noise=replace(noise, differing=differing))


def lead(matter: Matter, pair: Pair, conversations: Mapping[str, Conversation], asking: Asking) -> list[Finding]:
    """What some checks of one pair find. The words of what failed don't tell values."""
    found = conduct(conversations, partial(inquire, pair, dialect=matter.dialect, salt=matter.salt), asking.ask)
    return [
        replace(finding, message=without_values(finding.message)) if finding.outcome is Outcome.ERRORED else finding
        for finding in found
    ]


def _tables(matter: Matter, standing: Standing) -> tuple[dict[Side, Table], list[Finding]]:
    """The relations of a model, and what is wrong with those that should be there."""
    tables: dict[Side, Table] = {}
    said: list[Finding] = []
    for side, name in ((Side.BASE, standing.base), (Side.HEAD, standing.head)):
        found = matter.relations[side].get(name) if name else None
        if isinstance(found, Table):
            tables[side] = found
        elif name:
            words = found.reason if found else missing(standing, side)
            said.append(Finding("schema", Outcome.ERRORED, words))
    if standing.by_nature and standing.reason:
        said.append(Finding("schema", Outcome.SKIPPED, standing.reason))
    return tables, said


def _can_be_asked(standing: Standing, said: Sequence[Finding]) -> bool:
    """Whether the relations tell something: not where one is missing, or where head has none for want of a build."""
    if standing.by_nature:
        return True
    gone = standing.change.kind is ChangeKind.REMOVED
    return not said and (standing.head is not None or gone)


def _about_build(
    matter: Matter, standing: Standing, settings: ModelSettings, tables: Mapping[Side, Table]
) -> dict[str, Conversation]:
    """What is told of the builds. A model that could not be built is told of whatever is switched off."""
    if standing.by_nature:
        return {}
    uid = standing.change.unique_id
    options = {check.name: settings.checks.get(check.name) for check in BUILD_CHECKS}
    sizes = dict.fromkeys(Side, None) | (
        {side: matter.warehouse.size(table) for side, table in tables.items()} if _wants_size(options["build"]) else {}
    )
    built = Built(
        standing.change,
        matter.results.base_nodes.get(uid),
        matter.results.head_nodes.get(uid),
        tuple(test for test in matter.tests if test.model == uid),
        sizes[Side.BASE],
        sizes[Side.HEAD],
    )
    failed = any(result is None or result.status != "success" for result in (built.base, built.head))
    return {
        check.name: check.check(built, options[check.name] or check.options())
        for check in BUILD_CHECKS
        if options[check.name] is not None or (check.name == "build" and failed)
    }


def _wants_size(options: object) -> bool:
    limits = (options.warn, options.fail) if isinstance(options, BuildOptions) else ()
    return any(limit is not None and limit.size is not None for limit in limits)


def _ask_alone(matter: Matter, pair: Pair, wanted: Mapping[str, Any], side: Side, asking: Asking) -> list[Finding]:
    conversations = {
        check.name: check.alone(pair, wanted[check.name], side)
        for check in PAIR_CHECKS
        if check.alone and check.name in wanted
    }
    return lead(matter, pair, conversations, matter.meter.watch(asking))


def _ask_pair(matter: Matter, pair: Pair, wanted: Mapping[str, Any], asking: Asking) -> list[Finding]:
    """All checks of a pair: those that look at the same rows are led together."""
    groups: dict[pairs.View, dict[str, Any]] = {}
    findings: list[Finding] = []
    for check in PAIR_CHECKS:
        if check.name not in wanted:
            continue
        view = pairs.view(matter, pair, check.name, wanted[check.name])
        if isinstance(view, str):
            findings.append(Finding(check.name, Outcome.ERRORED, view))
        else:
            groups.setdefault(view, {})[check.name] = wanted[check.name]
    for view, options in groups.items():
        seen = pairs.narrow(matter, view, pair)
        if isinstance(seen, str):
            findings += [Finding(name, Outcome.ERRORED, seen) for name in options]
        else:
            findings += _ask_group(matter, view, seen, options, asking)
    matter.done(pair.unique_id, max((view.share for view in groups), default=0))
    return findings


def _ask_group(
    matter: Matter, view: pairs.View, pair: Pair, options: Mapping[str, Any], asking: Asking
) -> list[Finding]:
    conversations = {
        check.name: check.check(pair, options[check.name]) for check in PAIR_CHECKS if check.name in options
    }
    session = matter.meter.watch(asking)
    if view.budget:
        session = Meter(view.budget, "check").watch(session)
    found = lead(matter, pair, conversations, session)
    if view.reason and pair.sampled is not None:
        found = [replace(finding, message=f"{finding.message}; sampled because of {view.reason}") for finding in found]
    return [_with_scope(finding, options[finding.check]) for finding in found]


def _with_scope(finding: Finding, options: CheckOptions) -> Finding:
    """The finding with a word on which rows it is about, where these are not all."""
    scope = _scope(options)
    if not scope or finding.outcome is Outcome.ERRORED:
        return finding
    measures = {**finding.measures, "scope": scope}
    return replace(finding, message=f"of the rows {scope}: {finding.message}", measures=measures)


def _scope(options: CheckOptions) -> str:
    """`where amount > 0 and with day from 2026-01-01`; empty where a check looks at all rows."""
    parts = [f"where {' '.join(options.where.split())}"] if options.where else []
    window = options.window if isinstance(options, values.Options) else None
    if window is not None:
        limits = (("from", window.from_), ("before", window.to), ("in the last", window.last))
        parts.append(f"with {window.column} {' '.join(f'{word} {limit}' for word, limit in limits if limit)}")
    return " and ".join(parts)


def _ask_nothing(_questions: Collection[Question]) -> Inquiry:
    """The inquiry of what asks nothing."""
    yield from ()
    return {}
