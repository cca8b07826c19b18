"""Everything that was seen becomes a Report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.core import verdict
from bot.core.standing import Standing
from bot.domain import (
    Change,
    ChangeKind,
    ColumnReport,
    Common,
    Explained,
    Finding,
    Grade,
    ModelReport,
    NamedReport,
    NodeResult,
    Noise,
    Outcome,
    Pair,
    Plan,
    Problem,
    Project,
    Report,
    RowReport,
    RunReport,
    Status,
    TestReport,
)

# In which order the findings of a model are told: what it is, what it holds, how it came to be.
_ORDER = ("schema", "row_count", "keys", "values", "profile", "top_k", "histogram", "tests", "build")


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


def of_model(seen: Seen) -> ModelReport:
    """The report on one affected model, with its grades."""
    standing = seen.standing
    findings = tuple(verdict.grade(finding) for finding in in_order(seen.findings))
    # What became of its tests says nothing about whether its data changed.
    outcome = verdict.gravest(finding.outcome for finding in findings if finding.check != "tests")
    grade = verdict.worst(finding.grade for finding in findings)
    gone_or_new = _gone_or_new(standing)
    if not findings and standing.reason is None:
        outcome, grade = Outcome.ERRORED, Grade.ERROR
    uncompared = _uncompared(findings) if outcome is Outcome.UNCHANGED and not gone_or_new else None
    if uncompared:
        outcome = Outcome.SKIPPED
    if gone_or_new and grade is not Grade.ERROR and outcome is not Outcome.ERRORED:
        outcome, grade = Outcome.CHANGED, verdict.worst([grade, gone_or_new])
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
        grade=grade,
        key=seen.pair.key if seen.pair else None,
        rows=_rows(by_check, standing),
        columns=_columns(by_check),
        findings=findings,
        reason=standing.reason or _errors(findings) or (uncompared if findings else "nothing was asked of it"),
        proposed_keys=seen.proposed_keys,
        noise=seen.noise,
        explained=seen.explained,
        common=seen.common,
    )


def assemble(
    run: RunReport,
    change: Change,
    seen: Iterable[Seen],
    tests: Sequence[TestReport],
    notices: Sequence[str],
    named: Sequence[NamedReport] = (),
) -> Report:
    """The report of a run that compared. The findings of the named checks are graded here."""
    models = tuple(of_model(one) for one in seen)
    graded = tuple(replace(one, finding=verdict.grade(one.finding)) for one in named)
    status, headline = verdict.conclude(models, tests, graded)
    return Report(
        run=run,
        status=status,
        headline=headline,
        models=models,
        tests=tuple(tests),
        same_sql=change.same_sql,
        metadata=change.metadata,
        notices=tuple(notices),
        named=graded,
    )


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
    status, headline = verdict.conclude(report.models, report.tests, report.named)
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


def notices(change: Change, base: Project, head: Project) -> tuple[str, ...]:
    """What a reader should know of how the comparison was made."""
    nodes = [head.nodes.get(entry.unique_id) or base.nodes[entry.unique_id] for entry in change.affected]
    cold = sorted({node.materialization for node in nodes} & {"incremental", "snapshot"})
    if not cold:
        return ()
    kinds = " and ".join(f"{kind} models" if kind == "incremental" else f"{kind}s" for kind in cold)
    return (
        f"{kinds} were built from scratch on both sides: what the change does to rows that exist already is not shown",
    )


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


def _gone_or_new(standing: Standing) -> Grade | None:
    """The grade of a model that has no counterpart by the request's own doing; None where it should have one."""
    if standing.change.kind is ChangeKind.ADDED:
        return Grade.PASS
    if standing.change.kind is ChangeKind.REMOVED:
        return Grade.WARN
    one_sided = (standing.base is None) != (standing.head is None)
    return Grade.WARN if standing.by_nature and one_sided else None


def _rows(by_check: Mapping[str, Mapping[str, object]], standing: Standing) -> RowReport | None:
    sides, differences = ("base", "head"), ("added", "removed", "changed", "unchanged")
    values = _numbers(by_check.get("values", {}))
    known = {**_totals(by_check), **{name: values.get(name) for name in differences}}
    if all(number is None for number in known.values()):
        return None
    known = {name: known.get(name) for name in (*sides, *differences)}
    if standing.base is None:
        known["base"] = None
    if standing.head is None:
        known["head"] = None
    return RowReport(**known, unkeyed=values.get("unkeyed", 0))


def _totals(by_check: Mapping[str, Mapping[str, object]]) -> Mapping[str, int]:
    """How many rows each side has: as `row_count` says, unless it looked at fewer of them than `values` did."""
    told = [by_check[check] for check in ("row_count", "values") if _numbers(by_check.get(check, {}))]
    return _numbers(min(told, key=_looks_at_a_part, default={}))


def _looks_at_a_part(measures: Mapping[str, object]) -> bool:
    return measures.get("sampled") is not None or bool(measures.get("scope"))


def _numbers(measures: Mapping[str, object]) -> dict[str, int]:
    return {name: value for name, value in measures.items() if isinstance(value, int)}


def _columns(by_check: Mapping[str, Mapping[str, object]]) -> ColumnReport | None:
    schema, values = by_check.get("schema"), by_check.get("values", {})
    if schema is None:
        return None
    changed = {
        name: entry["changed"] for name, entry in _mapping(values.get("columns")).items() if entry.get("changed")
    }
    types = {name: (entry["base"], entry["head"]) for name, entry in _mapping(schema.get("type_changed")).items()}
    return ColumnReport(
        added=_names(schema.get("added")),
        removed=_names(schema.get("removed")),
        type_changed=types,
        changed=changed,
        order_changed=bool(schema.get("order_changed")),
        compared=_names(values.get("compared")),
        uncompared={str(name): str(reason) for name, reason in _plain(values.get("uncompared")).items()},
    )


def _errors(findings: Iterable[Finding]) -> str | None:
    """What went wrong, by check; what several checks say is said once."""
    broken: dict[str, list[str]] = {}
    for finding in findings:
        if finding.outcome is Outcome.ERRORED:
            broken.setdefault(finding.message, []).append(finding.check)
    return "; ".join(f"{_checks(names)}: {message}" for message, names in broken.items()) or None


def _checks(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"checks {', '.join(f'`{name}`' for name in names)}"


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, list | tuple) else ()


def _plain(value: object) -> Mapping[object, object]:
    return value if isinstance(value, Mapping) else {}


def _mapping(value: object) -> dict[str, Mapping[str, Any]]:
    return {str(name): entry for name, entry in _plain(value).items() if isinstance(entry, Mapping)}
