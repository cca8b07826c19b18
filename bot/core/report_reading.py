"""A document becomes a Report again: the other way of `render.json`, for version 1 of the schema.

The document may be anybody's. It is bounded first (`report_bounds`), then held against the schema, then read. What it
says of its own verdict counts for nothing: status and headline are concluded anew from the grades, and a grade is
never better than what goes with it allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jsonschema import Draft202012Validator

from bot.core import reach_reading, trust_reading, verdict
from bot.core import report as reports
from bot.core.report_bounds import Unreadable, keep, path_of, whole, word
from bot.domain import (
    Acceptance,
    Bound,
    Cause,
    CauseKind,
    ChangeKind,
    ColumnReport,
    Cost,
    DiffTable,
    Finding,
    FromTo,
    Grade,
    Key,
    KeySource,
    MetadataChange,
    ModelReport,
    NamedReport,
    NodeChange,
    NodeResult,
    Outcome,
    Plain,
    Problem,
    Report,
    Revision,
    RowReport,
    RunReport,
    Status,
    TableCell,
    TableColumn,
    TestReport,
)

MOST_MODELS = 20_000
MOST_TESTS = 100_000
MOST_NAMED = MOST_UNMET = 5_000
MOST_ROWS, MOST_COLUMNS = 20_000, 5_000
_LONGEST = 10**9  # seconds

# What an outcome and a bound are graded at best.
_LEAST_OF_OUTCOME = {Outcome.ERRORED: Grade.FAIL, Outcome.VACUOUS: Grade.WARN}
_LEAST_OF_BOUND = {Bound.FAIL: Grade.FAIL, Bound.WARN: Grade.WARN}


def read(document: object, schema: Mapping[str, Any], *, is_foreign: bool = True) -> Report:
    """The report that a document tells.

    Args:
        document: a JSON value, from anywhere.
        schema: `report.schema.json`.
        is_foreign: a fork's own job made it, or nobody knows who did: then a grade is never better than the standard
            policy allows. Of a report of ours, the policy of the project may have judged otherwise.

    Raises:
        Unreadable: it is no report of version 1, or larger than any may be.
    """
    keep(document)
    error = next(Draft202012Validator(_without_references(schema, schema)).iter_errors(document), None)
    if error is not None:
        raise Unreadable(f"not as the schema wants it: {error.message[:200]}", path_of(iter(error.absolute_path)))
    found: Any = document
    for name, most in (("models", MOST_MODELS), ("tests", MOST_TESTS), ("named", MOST_NAMED), ("unmet", MOST_UNMET)):
        if len(found.get(name, ())) > most:
            raise Unreadable(f"more than {most:,} {name}", f"$.{name}")
    problem = found["problem"]
    judge, unmet = _Judge(is_foreign=is_foreign), enumerate(found.get("unmet", ()))
    return reports.concluded(
        Report(
            run=_run(found["run"]),
            status=Status(found["run"]["verdict"]["status"]),
            headline="",
            models=tuple(_model(entry, f"$.models[{n}]", judge) for n, entry in enumerate(found["models"])),
            tests=tuple(_test(entry, judge) for entry in found["tests"]),
            same_sql=tuple(found["same_sql"]),
            metadata=tuple(MetadataChange(one["unique_id"], tuple(one["what"])) for one in found["metadata"]),
            notices=tuple(found["notices"]),
            problem=Problem(problem["title"], problem["text"], problem["remedy"]) if problem else None,
            named=tuple(_named(entry, f"$.named[{n}]", judge) for n, entry in enumerate(found.get("named", ()))),
            policy=found.get("policy", ""),
            unmet=tuple(trust_reading.unmet(entry, f"$.unmet[{n}]") for n, entry in unmet),
            sources=tuple(found.get("sources", ())),
            proposal=found.get("proposal", ""),
            evidence=trust_reading.evidence(found.get("evidence")),
            equivalent=tuple(found.get("equivalent", ())),
            spared=reach_reading.spared(found.get("spared")),
            reach=reach_reading.read(found.get("reach")),
        )
    )


class _Judge:
    """Holds grades against what goes with them."""

    def __init__(self, *, is_foreign: bool) -> None:
        self._is_foreign = is_foreign

    def grade(self, found: Mapping[str, Any], least: Iterable[Grade], accepted: Acceptance | None) -> Grade:
        """The worse of what is said and what there must be at least. What is accepted is said to warn, and was to
        fail; what a rule of ours decided may be better, but for an error."""
        said = Grade(found["grade"])
        if found.get("rule") and not self._is_foreign:
            errored = found.get("outcome") == Outcome.ERRORED
            return verdict.worst([said, Grade.WARN]) if errored else said
        grade = verdict.worst([said, *least])
        return Grade.WARN if accepted and grade is Grade.FAIL and said is Grade.WARN else grade


def _without_references(part: Any, schema: Mapping[str, Any]) -> Any:
    """The schema with every `$ref` replaced by what it names: to follow them costs most of the time of a validation."""
    if isinstance(part, list):
        return [_without_references(one, schema) for one in part]
    if not isinstance(part, Mapping):
        return part
    named = schema["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else {}
    return {
        name: _without_references(one, schema)
        for name, one in {**named, **part}.items()
        if name not in ("$ref", "$defs")
    }


def _run(found: Mapping[str, Any]) -> RunReport:
    seconds = found["seconds"] or 0.0
    if seconds > _LONGEST:
        raise Unreadable("longer than a run can be", "$.run.seconds")
    return RunReport(
        version=found["proofbot_version"],
        project=found["project"],
        base=_revision(found["base"]),
        head=_revision(found["head"]),
        started_at=found["started_at"],
        seconds=seconds,
        dbt_version=found["dbt_version"],
        adapter=found["adapter"],
        warehouse=found["warehouse"],
        statements=whole(found["statements"]),
        models_built=whole(found["models_built"]),
        slug=found.get("slug", ""),
        is_foreign=found.get("is_foreign", False),
        cost=_cost(found.get("cost")),
    )


def _cost(found: Mapping[str, Any] | None) -> Cost | None:
    if found is None:
        return None
    seconds = found["seconds"] or 0.0
    if seconds > _LONGEST:
        raise Unreadable("longer than a run can be", "$.run.cost")
    return Cost(
        whole(found["statements"]), whole(found["bytes"]), seconds, found["credits"], _cost(found.get("builds"))
    )


def _revision(found: Mapping[str, Any]) -> Revision:
    return Revision(found["commit"], found["name"], found["subject"], found["working_tree"])


def _model(found: Mapping[str, Any], where: str, judge: _Judge) -> ModelReport:
    change, key, columns = found["change"], found["key"], found["columns"]
    outcome, accepted = Outcome(found["outcome"]), _accepted(found)
    findings = reports.in_order(
        _finding(check, one, f"{where}.findings", accepted, judge) for check, one in found["findings"].items()
    )
    causes = tuple(
        Cause(word(CauseKind, cause["kind"], f"{where}.change.causes"), cause["detail"]) for cause in change["causes"]
    )
    least = [_LEAST_OF_OUTCOME.get(outcome, Grade.PASS), *(finding.grade for finding in findings)]
    return ModelReport(
        unique_id=found["unique_id"],
        name=found["name"],
        resource_type=found["resource_type"],
        package=found["package"],
        path=found["path"],
        materialization=found["materialization"],
        change=NodeChange(found["unique_id"], ChangeKind(change["kind"]), causes, tuple(change["upstream"])),
        outcome=outcome,
        grade=judge.grade(found, least, accepted),
        key=Key(tuple(key["columns"]), word(KeySource, key["source"], f"{where}.key.source")) if key else None,
        rows=_rows(found["rows"]),
        columns=_columns(columns) if columns else None,
        findings=findings,
        reason=found["reason"],
        proposed_keys=tuple(tuple(names) for names in found.get("proposed_keys", ())),
        accepted=accepted,
        rule=found.get("rule", ""),
        noise=trust_reading.noise(found.get("noise")),
        declared=trust_reading.declared(found.get("declared"), f"{where}.declared"),
        explained=trust_reading.explained(found.get("explained"), f"{where}.explained"),
        common=trust_reading.common(found.get("common", ()), f"{where}.common"),
    )


def _rows(found: Mapping[str, Any] | None) -> RowReport | None:
    if found is None:
        return None
    return RowReport(
        base=_number(found["base"]),
        head=_number(found["head"]),
        added=_number(found["added"]),
        removed=_number(found["removed"]),
        changed=_number(found["changed"]),
        unchanged=_number(found["unchanged"]),
        unkeyed=whole(found["unkeyed"]),
    )


def _columns(found: Mapping[str, Any]) -> ColumnReport:
    return ColumnReport(
        added=tuple(found["added"]),
        removed=tuple(found["removed"]),
        type_changed={name: (types["base"], types["head"]) for name, types in found["type_changed"].items()},
        changed={name: whole(number) for name, number in found["changed"].items()},
        order_changed=found["order_changed"],
        compared=tuple(found["compared"]),
        uncompared=dict(found["uncompared"]),
    )


def _finding(check: str, found: Mapping[str, Any], where: str, accepted: Acceptance | None, judge: _Judge) -> Finding:
    outcome, bound = Outcome(found["outcome"]), Bound(found.get("bound", Bound.NONE))
    renamed = found["measures"].get("renamed")
    if check == "schema" and isinstance(renamed, dict) and not all(isinstance(name, str) for name in renamed.values()):
        raise Unreadable("expected names of columns", f"{where}.schema.measures.renamed")
    least = [_LEAST_OF_OUTCOME.get(outcome, Grade.PASS), _LEAST_OF_BOUND.get(bound, Grade.PASS)]
    return Finding(
        check=check,
        outcome=outcome,
        message=found["message"],
        grade=judge.grade(found, least, accepted),
        measures=dict(found["measures"]),
        bound=bound,
        tables=tuple(_table(table, f"{where} of {check[:40]}, a table") for table in found.get("tables", ())),
        advice=found.get("advice"),
        rule=found.get("rule", ""),
    )


def _table(found: Mapping[str, Any], where: str) -> DiffTable:
    columns = tuple(TableColumn(one["title"], one["numeric"], one["data"]) for one in found["columns"])
    if len(columns) > MOST_COLUMNS or len(found["rows"]) > MOST_ROWS:
        raise Unreadable(f"more than {MOST_ROWS:,} rows or {MOST_COLUMNS:,} columns", where)
    if not columns or any(len(row) != len(columns) for row in found["rows"]):
        raise Unreadable("expected columns, and as many cells in each row", where)
    rows = tuple(tuple(_cell(cell) for cell in row) for row in found["rows"])
    return DiffTable(found["title"], columns, rows, whole(found["left_out"]))


def _cell(found: Any) -> TableCell:
    if isinstance(found, dict):
        return FromTo(found["base"], found["head"])
    plain: Plain = found
    return plain


def _named(found: Mapping[str, Any], where: str, judge: _Judge) -> NamedReport:
    accepted = _accepted(found)
    return NamedReport(
        check=found["check"],
        name=found["name"],
        models=tuple(found["models"]),
        finding=_finding(found["check"], found["finding"], where, accepted, judge),
        accepted=accepted,
        rule=found.get("rule", ""),
        title=found.get("title", ""),
        why=found.get("why", ""),
        is_declared=found.get("is_declared", False),
    )


def _test(found: Mapping[str, Any], judge: _Judge) -> TestReport:
    accepted = _accepted(found)
    base_failures, head_failures = _number(found["base_failures"]), _number(found["head_failures"])
    base, head = (
        None if status is None else NodeResult(found["unique_id"], status, failures=failures)
        for status, failures in ((found["base"], base_failures), (found["head"], head_failures))
    )
    return TestReport(
        unique_id=found["unique_id"],
        name=found["name"],
        model=found["model"],
        base=found["base"],
        head=found["head"],
        base_failures=base_failures,
        head_failures=head_failures,
        grade=judge.grade(found, [verdict.grade_test(base, head)], accepted),
        message=found["message"],
        accepted=accepted,
        rule=found.get("rule", ""),
        is_known=found.get("is_known", False),
    )


def _accepted(found: Mapping[str, Any]) -> Acceptance | None:
    one = found.get("accepted")
    return Acceptance(one["model"], one["by"], one["reason"]) if one else None


def _number(found: Any) -> int | None:
    return None if found is None else whole(found)
