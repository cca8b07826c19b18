"""A report as report.json, for programs. `docs/report.md` describes it, `docs/report.schema.json` defines it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from bot.core import evidence
from bot.core.verdict import exit_code
from bot.domain import (
    Acceptance,
    ColumnReport,
    Cost,
    DiffTable,
    Finding,
    FromTo,
    Key,
    ModelReport,
    NamedReport,
    Report,
    Revision,
    RowReport,
    RunReport,
    TableCell,
    TestReport,
)
from bot.render import json_reach, json_trust, words

SCHEMA_VERSION = 1


def text(report: Report) -> str:
    """The document as text: keys sorted, indented by two, ASCII only, with a line end at its end."""
    return dump(document(report))


def dump(document: Mapping[str, object]) -> str:
    """A document as `text` writes it, with the digest of what it says now: secrets may have been masked in it."""
    return json.dumps(_sealed(document), indent=2, sort_keys=True, allow_nan=False) + "\n"


def document(report: Report) -> dict[str, object]:
    """The document: lists, objects and scalars that JSON has. Models are in the order of the report."""
    found = {
        "schema_version": SCHEMA_VERSION,
        "run": {
            **_run(report.run),
            "verdict": {
                "status": report.status.value,
                "headline": report.headline,
                "exit_code": exit_code(report.status),
            },
        },
        "models": [_model(model) for model in report.models],
        "tests": [_test(test) for test in report.tests],
        "same_sql": list(report.same_sql),
        "metadata": [{"unique_id": change.unique_id, "what": list(change.what)} for change in report.metadata],
        "notices": list(report.notices),
        "problem": report.problem
        and {"title": report.problem.title, "text": report.problem.text, "remedy": report.problem.remedy},
        "named": [_named(named) for named in report.named],
        "policy": report.policy,
        "unmet": [json_trust.unmet(unmet) for unmet in report.unmet],
        "sources": list(report.sources),
        "proposal": report.proposal,
        "evidence": json_trust.evidence(report.evidence),
        "equivalent": list(report.equivalent),
        "spared": json_reach.spared(report.spared),
        "reach": json_reach.reach(report.reach),
    }
    return _sealed({name: _plain(value) for name, value in found.items()})


def _sealed(document: Mapping[str, object]) -> dict[str, object]:
    """The document with its digest."""
    return {**document, "digest": evidence.digest(document)}


def _run(run: RunReport) -> dict[str, object]:
    return {
        "proofbot_version": run.version,
        "project": run.project,
        "base": _revision(run.base),
        "head": _revision(run.head),
        "started_at": run.started_at,
        "seconds": run.seconds,
        "dbt_version": run.dbt_version,
        "adapter": run.adapter,
        "warehouse": run.warehouse,
        "statements": run.statements,
        "models_built": run.models_built,
        "slug": run.slug,
        "is_foreign": run.is_foreign,
        "cost": run.cost and {**_cost(run.cost), "builds": run.cost.builds and _cost(run.cost.builds)},
    }


def _cost(cost: Cost) -> dict[str, object]:
    return {
        "statements": cost.statements,
        "bytes": cost.bytes,
        "seconds": cost.seconds,
        "credits": cost.credits,
    }


def _revision(revision: Revision) -> dict[str, object]:
    return {
        "commit": revision.commit,
        "name": revision.name,
        "subject": revision.subject,
        "working_tree": revision.working_tree,
    }


def _model(model: ModelReport) -> dict[str, object]:
    change = model.change
    return {
        "unique_id": model.unique_id,
        "name": model.name,
        "resource_type": model.resource_type,
        "package": model.package,
        "path": model.path,
        "materialization": model.materialization,
        "change": {
            "kind": change.kind.value,
            "causes": [{"kind": cause.kind.value, "detail": cause.detail} for cause in change.causes],
            "upstream": list(change.upstream),
        },
        "outcome": model.outcome.value,
        "grade": model.grade.value,
        "key": _key(model.key),
        "rows": _rows(model.rows),
        "columns": _columns(model.columns),
        "findings": {finding.check: _finding(finding) for finding in model.findings},
        "reason": model.reason,
        "proposed_keys": [list(columns) for columns in model.proposed_keys],
        "sampled": words.sampled(model),
        "accepted": _accepted(model.accepted),
        "rule": model.rule,
        "noise": json_trust.noise(model.noise),
        "declared": json_trust.declared(model.declared),
        "explained": json_trust.explained(model.explained),
        "common": [json_trust.common(common) for common in model.common],
    }


def _key(key: Key | None) -> dict[str, object] | None:
    return {"columns": list(key.columns), "source": key.source.value} if key else None


def _rows(rows: RowReport | None) -> dict[str, object] | None:
    if rows is None:
        return None
    return {
        "base": rows.base,
        "head": rows.head,
        "added": rows.added,
        "removed": rows.removed,
        "changed": rows.changed,
        "unchanged": rows.unchanged,
        "unkeyed": rows.unkeyed,
    }


def _columns(columns: ColumnReport | None) -> dict[str, object] | None:
    if columns is None:
        return None
    types = {name: {"base": base, "head": head} for name, (base, head) in columns.type_changed.items()}
    return {
        "added": list(columns.added),
        "removed": list(columns.removed),
        "type_changed": types,
        "changed": dict(columns.changed),
        "order_changed": columns.order_changed,
        "compared": list(columns.compared),
        "uncompared": dict(columns.uncompared),
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "outcome": finding.outcome.value,
        "grade": finding.grade.value,
        "message": finding.message,
        "measures": dict(finding.measures),
        "bound": finding.bound.value,
        "tables": [_table(table) for table in finding.tables],
        "advice": finding.advice,
        "rule": finding.rule,
    }


def _table(table: DiffTable) -> dict[str, object]:
    return {
        "title": table.title,
        "columns": [
            {"title": column.title, "numeric": column.numeric, "data": column.data} for column in table.columns
        ],
        "rows": [[_cell(cell) for cell in row] for row in table.rows],
        "left_out": table.left_out,
    }


def _cell(cell: TableCell) -> object:
    return {"base": cell.base, "head": cell.head} if isinstance(cell, FromTo) else cell


def _named(named: NamedReport) -> dict[str, object]:
    return {
        "check": named.check,
        "name": named.name,
        "models": list(named.models),
        "finding": _finding(named.finding),
        "accepted": _accepted(named.accepted),
        "rule": named.rule,
        "title": named.title,
        "why": named.why,
        "is_declared": named.is_declared,
    }


def _test(test: TestReport) -> dict[str, object]:
    return {
        "unique_id": test.unique_id,
        "name": test.name,
        "model": test.model,
        "base": test.base,
        "head": test.head,
        "base_failures": test.base_failures,
        "head_failures": test.head_failures,
        "grade": test.grade.value,
        "message": test.message,
        "accepted": _accepted(test.accepted),
        "rule": test.rule,
        "is_known": test.is_known,
    }


def _accepted(acceptance: Acceptance | None) -> dict[str, object] | None:
    if acceptance is None:
        return None
    return {"model": acceptance.model, "by": acceptance.by, "reason": acceptance.reason}


def _plain(value: object) -> Any:
    """The value with nothing in it that JSON or UTF-8 has no words for: NaN and infinities become null."""
    if isinstance(value, Mapping):
        return {_plain(str(name)): _plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, int) else str(value)
