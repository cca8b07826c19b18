"""What makes a verdict worth trusting, read from a document that the schema has let through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.core.report_bounds import Unreadable, whole, word
from bot.domain import (
    Cause,
    CauseKind,
    Clause,
    Common,
    Declared,
    Environment,
    Evidence,
    Explained,
    Grade,
    Noise,
    Proof,
    Relates,
    Replayed,
    RowKind,
    Unmet,
    Verified,
)

MOST_STATEMENTS = 200_000


def noise(found: Mapping[str, Any] | None) -> Noise | None:
    """What varies in a model without the change."""
    if found is None:
        return None
    differing = found["differing"]
    return Noise(
        columns=dict(found["columns"]),
        tolerated={name: float(share) for name, share in found["tolerated"].items()},
        partly={name: whole(rows) for name, rows in found["partly"].items()},
        key=found["key"],
        rows=found["rows"],
        rows_cause=found["rows_cause"],
        differing=None if differing is None else whole(differing),
        became=dict(found["became"]),
        controls=whole(found["controls"]),
        count=found.get("count", False),
        broken=dict(found.get("broken", {})),
    )


def declared(found: Mapping[str, Any] | None, where: str) -> Declared | None:
    """What became of what was declared of a model.

    Raises:
        Unreadable: it has a word that this version does not know.
    """
    return None if found is None else _declared(found, where)


def unmet(found: Mapping[str, Any], where: str) -> Unmet:
    """What became of a declaration about models that the request does not affect.

    Raises:
        Unreadable: as `declared`.
    """
    return Unmet(
        found["models"], _declared(found["declared"], f"{where}.declared"), Grade(found["grade"]), found["rule"]
    )


def explained(found: Mapping[str, Any] | None, where: str) -> Explained | None:
    """Why a model changed.

    Raises:
        Unreadable: as `declared`.
    """
    if found is None:
        return None
    return Explained(
        tuple(found["roots"]),
        found["own"],
        word(Proof, found["proof"], f"{where}.proof"),
        found.get("inherited"),
        tuple(Cause(word(CauseKind, one["kind"], f"{where}.shared"), one["detail"]) for one in found.get("shared", ())),
        whole(found.get("more", 0)),
    )


def common(found: Iterable[Mapping[str, Any]], where: str) -> tuple[Common, ...]:
    """What rows have in common.

    Raises:
        Unreadable: as `declared`; or there are fewer rows than those of them that satisfy the condition, or not the
            values that it needs.
    """
    return tuple(_common(one, f"{where}[{place}]") for place, one in enumerate(found))


def evidence(found: Mapping[str, Any] | None) -> Evidence | None:
    """What a verdict rests on.

    Raises:
        Unreadable: there are more statements than any run has.
    """
    if found is None:
        return None
    if len(found["statements"]) > MOST_STATEMENTS:
        raise Unreadable(f"more than {MOST_STATEMENTS:,} statements", "$.evidence.statements")
    return Evidence(
        configuration=found["configuration"],
        manifests=dict(found["manifests"]),
        versions=dict(found["versions"]),
        environments=tuple(
            Environment(one["name"], one["commit"], whole(one["built"]), whole(one["kept"]), one["digest"])
            for one in found["environments"]
        ),
        statements=tuple(
            Replayed(
                one["subject"], one["purpose"], one["sql"], whole(one["rows"]), one["digest"], float(one["seconds"])
            )
            for one in found["statements"]
        ),
        declarations=tuple(found.get("declarations", ())),
    )


def _declared(found: Mapping[str, Any], where: str) -> Declared:
    clauses = tuple(
        Clause(one["what"], word(Verified, one["verified"], where), one["declared"], one["seen"])
        for one in found["clauses"]
    )
    return Declared(word(Verified, found["verified"], where), clauses, found["reason"], found["where"])


def _common(found: Mapping[str, Any], where: str) -> Common:
    relates = word(Relates, found["relates"], f"{where}.relates")
    rows, matching, values = whole(found["rows"]), whole(found["matching"]), tuple(found["values"])
    fits = {Relates.IN: len(values) > 0, Relates.BETWEEN: len(values) == len(("first", "last"))}
    if matching > rows or not fits.get(relates, True):
        raise Unreadable("expected the values of the condition, and no more matching rows than rows", where)
    return Common(
        kind=word(RowKind, found["kind"], f"{where}.kind"),
        column=found["column"],
        relates=relates,
        values=values,
        rows=rows,
        matching=matching,
        others=whole(found["others"]),
    )
