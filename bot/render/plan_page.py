"""A plan becomes a page for the terminal: what `--dry-run` prints."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain import Change, Incremental, NodeChange, Plan, RelationName

_LISTED = 50


def text(change: Change, plan: Plan) -> str:
    """What would be built and asked, as plain text."""
    if not change.affected:
        return "No data models touched: nothing would be built, nothing asked." + _also(change)
    lines = [f"{len(change.affected)} affected:"]
    lines += _listed([_describe(entry) for entry in change.affected])
    lines += ["", f"built at base: {len(plan.base_nodes)} (fewer where an earlier run has kept them)"]
    lines += _listed([f"  {uid}" for uid in plan.base_nodes])
    if plan.shown:
        lines += ["", f"read from production, and not built: {len(plan.shown)}"]
        lines += _listed([f"  {uid}" for uid in plan.shown])
    if plan.rebuilt:
        lines += ["", f"built though the request does not touch them: {len(plan.rebuilt)}"]
        lines += _listed([f"  {uid} {reason}" for uid, reason in plan.rebuilt.items()])
    lines += ["", f"rebuilt at head: {len(plan.head_nodes)}"]
    lines += _listed([f"  {uid}" for uid in plan.head_nodes])
    if plan.increments:
        at_head = " at head, beside the build from nothing" if plan.incremental is Incremental.BOTH else ""
        lines += ["", f"built as increments{at_head}: {len(plan.increments)}"]
        lines += _listed([f"  {uid} goes on with {_of(theirs)}" for uid, theirs in plan.increments.items()])
    lines += ["", f"dbt tests: {len(plan.base_tests)} at base, {len(plan.head_tests)} at head"]
    return "\n".join(lines) + _also(change)


def _of(relation: RelationName | None) -> str:
    return "a copy of production's table" if relation else "a copy of base's table, at head only"


def _describe(entry: NodeChange) -> str:
    causes = ", ".join(f"{cause.kind.value} {cause.detail}".strip() for cause in entry.causes)
    below = f"of {', '.join(uid.split('.', 2)[-1] for uid in entry.upstream)}" if entry.upstream else ""
    return f"  {entry.unique_id}: {entry.kind.value} {causes or below}".rstrip()


def _listed(lines: Sequence[str]) -> list[str]:
    more = [f"  and {len(lines) - _LISTED} more"] if len(lines) > _LISTED else []
    return [*lines[:_LISTED], *more]


def _also(change: Change) -> str:
    words = ""
    if change.same_sql:
        words += f"\n\nnot affected, because both sides compile to the same SQL: {', '.join(change.same_sql)}"
    if change.equivalent:
        words += f"\n\nnot affected, because the SQL of both sides gives the same rows: {', '.join(change.equivalent)}"
    if change.spared:
        words += f"\n\nnot affected, because they read no column that can differ: {', '.join(change.spared.models)}"
    if change.metadata:
        words += f"\n\nmetadata only: {', '.join(entry.unique_id for entry in change.metadata)}"
    return words
