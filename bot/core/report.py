"""Everything that was seen becomes a Report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.core import events, increments, report_parts, verdict
from bot.core import policy as policies
from bot.core.judging import Judging as Judging
from bot.core.judging import judge_model, judge_unmet
from bot.core.standing import Standing
from bot.core.wording import count
from bot.domain import (
    Change,
    Common,
    Declared,
    Explained,
    Finding,
    Grade,
    Incremental,
    ModelReport,
    NamedReport,
    NodeResult,
    Noise,
    Outcome,
    Pair,
    Plan,
    Policy,
    Problem,
    Project,
    Report,
    RunReport,
    Status,
    TestReport,
)

# In which order the findings of a model are told: what it is, what it holds, how it came to be.
_ORDER = ("schema", "row_count", "keys", "values", "profile", "top_k", "histogram", "tests", "build", increments.NAME)
_BROKEN_TOLD, _WORDS_OF_DBT = 5, 300  # nodes, signs

_ALIKE = (Outcome.UNCHANGED, Outcome.NOISE)


@dataclass(frozen=True)
class Seen:
    """What was seen of one affected model: how it stands, the pair that was asked, what the checks found, and which
    columns would make a key.

    `noise` is what varies without the change; the findings are those beyond it. `explained` is what a hybrid tells of
    its cause, without roots. `common` is what its rows have in common. `outside` is how many of its rows changed
    though they do not satisfy the declared condition, or why that could not be asked; None where none is declared.
    """

    standing: Standing
    findings: tuple[Finding, ...]
    pair: Pair | None = None
    proposed_keys: tuple[tuple[str, ...], ...] = ()
    noise: Noise | None = None
    explained: Explained | None = None
    common: tuple[Common, ...] = ()
    outside: int | str | None = None


def compare_tests(
    plan: Plan, base: Project, head: Project, results: tuple[Mapping[str, NodeResult], Mapping[str, NodeResult]]
) -> tuple[TestReport, ...]:
    """What became of every dbt test that was run on either side, by its results at base and at head."""
    reports = []
    for uid in sorted({*plan.base_tests, *plan.head_tests}):
        test = head.tests.get(uid) or base.tests[uid]
        before, after = results[0].get(uid), results[1].get(uid)
        silent = after is None and uid in plan.head_tests
        if before is None and after is None and not silent:
            continue
        failed = after if after and after.status in verdict.FAILING else None
        reports.append(
            TestReport(
                unique_id=uid,
                name=test.name,
                model=test.model or next(iter(test.depends_on), None),
                base=before.status if before else None,
                head=after.status if after else None,
                base_failures=before.failures if before else None,
                head_failures=after.failures if after else None,
                grade=Grade.ERROR if silent else verdict.grade_test(before, after),
                message=failed.message if failed else "dbt did not say what became of it" if silent else "",
            )
        )
    return tuple(reports)


def compare_hooks(results: tuple[Mapping[str, NodeResult], Mapping[str, NodeResult]]) -> tuple[TestReport, ...]:
    """The on-run-start and on-run-end hooks that failed on either side. dbt goes on after them; a gate must not."""
    reports = []
    for uid in sorted(uid for uid in {*results[0], *results[1]} if uid.startswith("operation.")):
        before, after = results[0].get(uid), results[1].get(uid)
        if any(result is not None and result.status in verdict.FAILING for result in (before, after)):
            reports.append(_test_report(uid, f"hook {uid.rsplit('.', 1)[-1]}", None, (before, after)))
    return tuple(reports)


def of_model(seen: Seen, judging: Judging | None = None) -> ModelReport:
    """The report on one affected model, with its grades and the rules that decided them."""
    return judge_model(_described(seen), seen.standing, seen.outside, judging or Judging())


def _described(seen: Seen) -> ModelReport:
    """The report on one affected model before anybody has judged it."""
    standing, findings = seen.standing, in_order(seen.findings)
    outcome = verdict.gravest(finding.outcome for finding in findings if _is_of_data(finding))
    gone_or_new = events.of_standing(standing) is not None
    if not findings and not (standing.by_nature and standing.reason):
        outcome = Outcome.ERRORED
    uncompared = _uncompared(findings) if outcome in _ALIKE and not gone_or_new else None
    if uncompared:
        outcome = Outcome.SKIPPED
    elif gone_or_new and outcome is not Outcome.ERRORED:
        is_known = all(verdict.grade(finding).grade is not Grade.ERROR for finding in findings)
        outcome = Outcome.CHANGED if is_known else outcome
    elif outcome in _ALIKE and seen.noise is not None and _varies(seen.noise):
        outcome = Outcome.NOISE
    by_check = {finding.check: finding.measures for finding in findings}
    node = standing.node
    return ModelReport(
        unique_id=node.unique_id,
        name=node.name,
        resource_type=node.resource_type,
        package=node.package,
        path=node.path,
        materialization=node.materialization,
        change=standing.change,
        outcome=outcome,
        grade=Grade.ERROR,
        key=seen.pair.key if seen.pair else None,
        rows=report_parts.rows(by_check, standing),
        columns=report_parts.columns(by_check),
        findings=findings,
        reason=standing.reason or _errors(findings) or (uncompared if findings else "nothing was asked of it"),
        proposed_keys=seen.proposed_keys,
        noise=seen.noise,
        explained=seen.explained,
        common=seen.common,
    )


def _is_of_data(finding: Finding) -> bool:
    """Whether a finding says what became of a model's data. Its tests don't, nor does how it is to be deployed, unless
    that fails."""
    return finding.check != "tests" and (finding.check != increments.NAME or finding.outcome is Outcome.ERRORED)


def _varies(noise: Noise) -> bool:
    return bool(noise.columns or noise.tolerated or noise.partly or noise.key or noise.rows)


def assemble(
    run: RunReport,
    change: Change,
    seen: Iterable[Seen],
    tests: Sequence[TestReport],
    notices: Sequence[str],
    named: Sequence[NamedReport] = (),
    judging: Judging | None = None,
) -> Report:
    """The report of a run that compared. Everything is judged here."""
    judging = judging or Judging()
    policy = judging.policy
    report = Report(
        run=run,
        status=Status.ERROR,
        headline="",
        models=tuple(of_model(one, judging) for one in seen),
        tests=tuple(verdict.judge_test(test, policy) for test in tests),
        same_sql=change.same_sql,
        metadata=change.metadata,
        equivalent=change.equivalent,
        spared=change.spared,
        notices=tuple(notices),
        named=tuple(_named(one, policy) for one in named),
        policy=policies.name(policy),
    )
    return concluded(report)


def with_unmet(report: Report, found: Iterable[tuple[str, Declared]], judging: Judging) -> Report:
    """The report with what became of declarations about models that the request does not affect.

    Args:
        found: what each of them names, and what became of it (`declared.unmet`).
    """
    return concluded(replace(report, unmet=tuple(judge_unmet(models, one, judging.policy) for models, one in found)))


def _named(named: NamedReport, policy: Policy) -> NamedReport:
    finding = verdict.grade(named.finding, policy, is_declared=named.is_declared)
    return replace(named, finding=finding, rule=finding.rule)


def without_comparison(run: RunReport, problem: Problem, notices: Sequence[str]) -> Report:
    """The report of a run that could compare nothing: never green."""
    return Report(
        run=run,
        status=Status.FAILURE,
        headline=f"gate closed: {problem.title}",
        models=(),
        notices=tuple(notices),
        problem=problem,
    )


def concluded(report: Report) -> Report:
    """The report with status and headline made anew from its grades.

    For what changed after a run: something was accepted, or nobody has to believe what the report says of itself.
    """
    status, headline = verdict.conclude(report.models, report.tests, report.named, report.unmet, report.policy)
    if report.equivalent and not report.models:
        headline += f"; {count(len(report.equivalent), 'changed model')} proven equal from the SQL"
    if report.problem is not None:
        status = Status.ERROR if Status.ERROR in (status, report.status) else Status.FAILURE
        words = "could not run: " if status is Status.ERROR else ""
        headline = f"gate closed: {words}{report.problem.title}"
    accepted = len(_accepted(report))
    return replace(report, status=status, headline=f"{headline}; {accepted:,} accepted" if accepted else headline)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings of a model in the order in which they are told."""
    return tuple(sorted(findings, key=_place))


def not_run(run: RunReport, problem: Problem) -> Report:
    """The report of a run that ended before it could compare anything, by the fault of its surroundings."""
    return Report(run, Status.ERROR, f"gate closed: could not run: {problem.title}", models=(), problem=problem)


def notices(
    change: Change, base: Project, head: Project, incremental: Incremental = Incremental.FULL
) -> tuple[str, ...]:
    """What a reader should know of how the comparison was made. Of increments that were asked for is told elsewhere."""
    nodes = [head.nodes.get(entry.unique_id) or base.nodes[entry.unique_id] for entry in change.affected]
    kept = {"incremental", "snapshot"} if incremental is Incremental.FULL else {"snapshot"}
    cold = sorted({node.materialization for node in nodes} & kept)
    if not cold:
        return ()
    kinds = " and ".join(f"{kind} models" if kind == "incremental" else f"{kind}s" for kind in cold)
    return (
        f"{kinds} were built from scratch on both sides: what the change does to rows that exist already is not shown",
    )


def broken_beside(change: Change, base: Project, results: Mapping[str, NodeResult]) -> tuple[str, ...]:
    """What failed at base though the request does not affect it: what reads it cannot be compared, and this is why.

    Args:
        results: what dbt said of the nodes at base.
    """
    affected = {entry.unique_id for entry in change.affected}
    failed = [uid for uid, result in results.items() if result.status == "error" and uid not in affected]
    told = [
        f"`{base.nodes[uid].name}` fails at base, which this request does not change: "
        f"{' '.join(results[uid].message.split())[:_WORDS_OF_DBT]}"
        for uid in sorted(failed)
        if uid in base.nodes
    ]
    more = (f"and {count(len(told) - _BROKEN_TOLD, 'more node')} fail there",) if len(told) > _BROKEN_TOLD else ()
    return (*told[:_BROKEN_TOLD], *more)


def _accepted(report: Report) -> set[object]:
    """The models, and the checks and tests without a model, that somebody accepted."""
    models = {model.unique_id for model in report.models if model.accepted}
    tests = {test.model or test.unique_id for test in report.tests if test.accepted}
    return {*models, *tests, *((one.check, one.name) for one in report.named if one.accepted)}


def _test_report(
    unique_id: str, name: str, model: str | None, results: tuple[NodeResult | None, NodeResult | None]
) -> TestReport:
    base, head = results
    return TestReport(
        unique_id=unique_id,
        name=name,
        model=model,
        base=base.status if base else None,
        head=head.status if head else None,
        base_failures=base.failures if base else None,
        head_failures=head.failures if head else None,
        grade=verdict.grade_test(base, head),
        message=head.message if head and head.status in verdict.FAILING else "",
    )


def _place(finding: Finding) -> int:
    return _ORDER.index(finding.check) if finding.check in _ORDER else len(_ORDER)


def _uncompared(findings: Iterable[Finding]) -> str | None:
    """Why nothing is known of a model's values, so that nobody may call it unchanged; None where they are known."""
    told = next((finding for finding in findings if finding.check == "values"), None)
    if told is None:
        return "its values were not compared, because `values` is switched off"
    return f"its values were not compared: {told.message}" if told.outcome is Outcome.SKIPPED else None


def _errors(findings: Iterable[Finding]) -> str | None:
    """What went wrong, by check; what several checks say is said once."""
    broken: dict[str, list[str]] = {}
    for finding in findings:
        if finding.outcome is Outcome.ERRORED:
            broken.setdefault(finding.message, []).append(finding.check)
    return "; ".join(f"{_checks(names)}: {message}" for message, names in broken.items()) or None


def _checks(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"checks {', '.join(f'`{name}`' for name in names)}"
