"""Production as the origin: what of base is read there and not built, and why the rest has to be built nevertheless."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.core import causes
from bot.core import project as projects
from bot.core.graph import order, parents
from bot.core.macros import core_packages
from bot.domain import CauseKind, Change, Node, Plan, Project, RelationName, Source
from bot.errors import UsageError

_SCHEMA = "https://schemas.getdbt.com/dbt/manifest/"
_VERSION = "v12"
_SHOWN = frozenset({"model", "seed", "snapshot"})
_LISTED = 5
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


@dataclass(frozen=True)
class State:
    """What production was when it was built last: its project, and when its manifest was made (with a time zone; None
    where it does not say). `where` is where it was read."""

    project: Project
    made_at: datetime | None
    where: str


def read(document: object, base: Project, where: str) -> State:
    """Reads production's manifest.

    Args:
        document: the JSON of a manifest.json.
        base: the project that is proven.
        where: what the manifest is called in messages.

    Raises:
        UsageError: it is no manifest, one of another format, or that of another project.
    """
    metadata = document.get("metadata") if isinstance(document, Mapping) else None
    schema = str(metadata.get("dbt_schema_version") or "") if isinstance(metadata, Mapping) else ""
    if not isinstance(document, Mapping) or not isinstance(metadata, Mapping) or not schema.startswith(_SCHEMA):
        raise UsageError(
            "the state of production is no manifest of dbt's",
            where=where,
            remedy="Name the manifest.json that dbt leaves in `target` when production is built, or its folder.",
        )
    version = schema.removeprefix(_SCHEMA).removesuffix(".json")
    if version != _VERSION:
        raise UsageError(
            f"the state of production is a manifest of the format {version}, and this version reads {_VERSION}",
            where=where,
            remedy="Build production with dbt-core 1.8 or later, or leave `origin: production` out.",
        )
    state = projects.read(document, base.variables)
    for what, theirs, ours in (("project", state.name, base.name), ("adapter", state.adapter, base.adapter)):
        if theirs and ours and theirs != ours:
            raise UsageError(
                f"the state of production is of another {what}: {theirs}, and not {ours}",
                where=where,
                remedy="Name the manifest.json that was made when this project was built in production.",
            )
    return State(state, _moment(metadata.get("generated_at")), where)


def differing(state: Project, base: Project, is_ours: Callable[[RelationName], bool]) -> Mapping[str, str]:
    """The nodes of base that production does not have, or has not from the same code, each with the reason.

    dbt's own macros are not compared, nor what a manifest does not tell: `vars` of dbt_project.yml.

    Args:
        is_ours: whether a relation lies where proofbot builds. A source there stands for that of production's database.
    """
    core = core_packages(base.adapter)
    macros = {uid: macro for uid, macro in state.macros.items() if macro.package not in core}
    macros.update({uid: macro for uid, macro in base.macros.items() if macro.package in core})
    sources = {
        uid: base.sources[uid] if uid in base.sources and _same_source(source, base.sources[uid], is_ours) else source
        for uid, source in state.sources.items()
    }
    known = replace(state, macros=macros, sources=sources, variables=base.variables)
    reasons = {uid: "is not in production" for uid in base.nodes if uid not in state.nodes}
    for uid, found in causes.find(known, base, ()).items():
        told = [one.cause for one in found if one.cause.kind is not CauseKind.RELATION]  # it lies elsewhere, of course
        if told:
            words = ", ".join(dict.fromkeys(f"{one.kind.value} {one.detail}".strip() for one in told))
            reasons[uid] = f"differs from production: {words}"
    for uid, node in base.nodes.items():
        if node.resource_type == "seed" and not node.checksum and uid not in reasons:
            reasons[uid] = "is a seed above 1 MiB, of whose content a manifest says nothing"
    return reasons


def stale(base: Project, own: Mapping[str, str]) -> Mapping[str, str]:
    """What differs by itself (`own`, see `differing`), and whatever is made of it, with the reasons."""
    above = parents(base)
    reasons = dict(own)
    for uid in order(above):
        old = [parent for parent in above[uid] if parent in reasons]
        if old and uid not in reasons:
            reasons[uid] = f"is made of {_name(old[0], base)}, which is not as in production"
    return reasons


def candidates(
    plan: Plan, change: Change, base: Project, state: Project, reasons: Mapping[str, str]
) -> Mapping[str, RelationName]:
    """What of a plan that is drawn up without production could be read there, with its relations there.

    Args:
        reasons: of what is stale.
    """
    affected = {entry.unique_id for entry in change.affected}
    found = {}
    for uid in plan.base_nodes:
        theirs = state.nodes.get(uid)
        if uid not in affected and uid not in reasons and theirs is not None and _lasts(base.nodes[uid], theirs):
            relation = theirs.relation
            if relation is not None:
                found[uid] = relation
    return found


def histories(
    unique_ids: Collection[str], state: Project, own: Mapping[str, str]
) -> tuple[Mapping[str, RelationName], Mapping[str, str]]:
    """The tables of production with which incremental models of base can go on; and why others cannot.

    Args:
        own: what differs by itself; see `differing`. Its table may have other columns than base's code writes.
    """
    found, reasons = {}, {}
    for uid in unique_ids:
        theirs = state.nodes.get(uid)
        if uid in own or theirs is None:
            reasons[uid] = own.get(uid, "is not in production")
        elif theirs.materialization != "incremental" or theirs.relation is None:
            reasons[uid] = "is not incremental in production"
        else:
            found[uid] = theirs.relation
    return found, reasons


def explained(plan: Plan, change: Change, reasons: Mapping[str, str]) -> Plan:
    """A plan with production, which says why it builds what the request does not touch.

    Args:
        reasons: of what is stale. What else is built is not there, or cannot be read.
    """
    affected = {entry.unique_id for entry in change.affected}
    missing = "has no relation in production that can be read"
    built = {uid: reasons.get(uid, missing) for uid in plan.base_nodes if uid not in affected}
    return replace(plan, rebuilt=built)


def require_some(wanted: Collection[RelationName], readable: Collection[RelationName], state: State) -> None:
    """Makes sure that production is there at all.

    Raises:
        UsageError: none of the relations that the request reads is.
    """
    if wanted and not readable:
        listed = ", ".join(sorted(map(_spelt, wanted))[:_LISTED])
        raise UsageError(
            f"none of the {len(wanted)} relations of production that are read here exists, or may be read: {listed}",
            where=state.where,
            remedy="Grant the user of the target to read them (usage of the schema, select on what is in it), or name "
            "the state of the production that this target can reach.",
        )


def notices(plan: Plan, state: State, base: Project, own: Mapping[str, str], now: datetime) -> tuple[str, ...]:
    """What readers must know of an origin that is production: how old its state is, and what was built all the same.

    Args:
        own: what differs by itself; see `differing`.
        now: with its time zone.
    """
    made = f"{state.made_at:%Y-%m-%d %H:%M} UTC, {_age(state.made_at, now)} ago" if state.made_at else "an unknown time"
    told = (
        f"the origin is production: {_count(plan.shown, 'relation')} read there and not built, by its state of {made}"
    )
    gone = [uid for uid in state.project.nodes if uid not in base.nodes]
    if not own and not gone and not plan.rebuilt:
        return (told,)
    differ = f"{len(own) + len(gone)} of its nodes differ from base"
    if not plan.rebuilt:
        return (told, f"the state of production is not base's: {differ}, none of which is read here")
    each = [f"`{_name(uid, base)}` {reason}" for uid, reason in plan.rebuilt.items()]
    more = f"; and {len(each) - _LISTED} more" if len(each) > _LISTED else ""
    built = f"{len(each)} had to be built that the request does not touch: {'; '.join(each[:_LISTED])}{more}"
    return (told, f"the state of production is not base's: {differ}, and {built}")


def _lasts(ours: Node, theirs: Node) -> bool:
    """Whether a node leaves a relation that can be read later: no function, nor a view of a file that dbt writes."""
    return ours.resource_type in _SHOWN and ours.relation is not None and theirs.materialization != "external"


def _same_source(theirs: Source, ours: Source, is_ours: Callable[[RelationName], bool]) -> bool:
    if (theirs.location, theirs.definition) != (ours.location, ours.definition):
        return False
    one, other = theirs.relation, ours.relation
    same_database = (one.database or "").lower() == (other.database or "").lower() or is_ours(other)
    place = (one.schema.lower(), one.identifier.lower())
    return same_database and place == (other.schema.lower(), other.identifier.lower())


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _age(made_at: datetime, now: datetime) -> str:
    seconds = int((now - made_at).total_seconds())
    for unit, size in _UNITS:
        if seconds >= size:
            number = seconds // size
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return "less than a minute"


def _count(things: Collection[object], noun: str) -> str:
    return f"{len(things)} {noun} is" if len(things) == 1 else f"{len(things)} {noun}s are"


def _name(unique_id: str, project: Project) -> str:
    node = project.nodes.get(unique_id)
    return node.name if node else unique_id


def _spelt(name: RelationName) -> str:
    return ".".join(part for part in (name.database, name.schema, name.identifier) if part)
