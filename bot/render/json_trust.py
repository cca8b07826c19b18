"""What makes a verdict worth trusting, as report.json tells it."""

from __future__ import annotations

from bot.domain import Common, Declared, Evidence, Explained, Noise, Unmet


def noise(noise: Noise | None) -> dict[str, object] | None:
    """What varies in a model without the change."""
    if noise is None:
        return None
    return {
        "columns": dict(noise.columns),
        "tolerated": dict(noise.tolerated),
        "partly": dict(noise.partly),
        "key": noise.key,
        "rows": noise.rows,
        "rows_cause": noise.rows_cause,
        "differing": noise.differing,
        "became": dict(noise.became),
        "controls": noise.controls,
        "count": noise.count,
        "broken": dict(noise.broken),
    }


def declared(declared: Declared | None) -> dict[str, object] | None:
    """What became of what was declared."""
    if declared is None:
        return None
    return {
        "verified": declared.verified.value,
        "clauses": [
            {"what": one.what, "verified": one.verified.value, "declared": one.declared, "seen": one.seen}
            for one in declared.clauses
        ],
        "reason": declared.reason,
        "where": declared.where,
    }


def unmet(unmet: Unmet) -> dict[str, object]:
    """What became of a declaration about models that the request does not affect."""
    return {
        "models": unmet.models,
        "declared": declared(unmet.declared),
        "grade": unmet.grade.value,
        "rule": unmet.rule,
    }


def explained(explained: Explained | None) -> dict[str, object] | None:
    """Why a changed model changed."""
    if explained is None:
        return None
    return {
        "roots": list(explained.roots),
        "more": explained.more,
        "own": explained.own,
        "inherited": explained.inherited,
        "proof": explained.proof.value,
        "shared": [{"kind": cause.kind.value, "detail": cause.detail} for cause in explained.shared],
    }


def common(common: Common) -> dict[str, object]:
    """What rows of one kind have in common."""
    return {
        "kind": common.kind.value,
        "column": common.column,
        "relates": common.relates.value,
        "values": list(common.values),
        "rows": common.rows,
        "matching": common.matching,
        "others": common.others,
        "precision": common.precision,
        "recall": common.recall,
    }


def evidence(evidence: Evidence | None) -> dict[str, object] | None:
    """What a verdict rests on."""
    if evidence is None:
        return None
    return {
        "configuration": evidence.configuration,
        "manifests": dict(evidence.manifests),
        "versions": dict(evidence.versions),
        "environments": [
            {"name": one.name, "commit": one.commit, "built": one.built, "kept": one.kept, "digest": one.digest}
            for one in evidence.environments
        ],
        "statements": [
            {
                "subject": one.subject,
                "purpose": one.purpose,
                "sql": one.sql,
                "rows": one.rows,
                "digest": one.digest,
                "seconds": one.seconds,
            }
            for one in evidence.statements
        ],
        "declarations": list(evidence.declarations),
    }
