"""The interview's named checks: queries, assertions and metrics of the project's configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.checks import NAMED_CHECKS, NamedKind, assertion, metric, query
from bot.core import disclosure, grammars, pairing, privacy, queries
from bot.core.queries import Reference, SqlOptions
from bot.core.relations import Target, find
from bot.domain import (
    Change,
    Finding,
    Key,
    KeySource,
    NamedCheck,
    NamedReport,
    Outcome,
    Pair,
    Project,
    RelationName,
    Settings,
    Showing,
    Side,
    Table,
)
from bot.errors import BudgetSpent, UsageError
from bot.run import recording
from bot.run.matter import Matter
from bot.run.models import lead
from bot.world.warehouses.contract import Asking, Unreadable

_LISTED = 10


@dataclass(frozen=True)
class Asked:
    """A named check that is asked: its SQL with its Jinja, and what that reads.

    `dialect` is the adapter's name, as sqlglot knows it. `also_at_base`: an assertion, which is asked at head only, is
    counted at base, too.
    """

    check: NamedCheck
    kind: NamedKind
    sql: str
    targets: Mapping[Reference, Target]
    dialect: str
    also_at_base: bool = False

    @property
    def models(self) -> tuple[str, ...]:
        """The models, seeds and snapshots that it reads, by unique id."""
        uids = dict.fromkeys(target.unique_id for target in self.targets.values() if not target.is_source)
        return tuple(uids)

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides on which its SQL is asked."""
        return (Side.HEAD,) if self.kind.name == assertion.NAME and not self.also_at_base else tuple(Side)

    def relations(self, side: Side) -> tuple[RelationName, ...]:
        """The relations of one side that it reads."""
        targets = [target for reference, target in self.targets.items() if side in self._read_on(reference)]
        names = (target.base if side is Side.BASE else target.head for target in targets)
        return tuple(name for name in names if name is not None)

    def _read_on(self, reference: Reference) -> tuple[Side, ...]:
        return (Side.BASE,) if reference.at_base else self.sides


def choose(
    settings: Settings, change: Change, projects: tuple[Project, Project], read: Callable[[str], str]
) -> tuple[Asked, ...]:
    """The named checks that the request may have an effect on: those that read what it affects, or read nothing; and
    all that its author adds.

    Args:
        read: the text of a file of base's repository.

    Raises:
        UsageError: the SQL of one is wrong, or reads what neither side has; whether the request affects it or not.
    """
    affected = {entry.unique_id for entry in change.affected}
    resolved = [resolve(check, projects, read) for check in settings.named]
    return tuple(
        one for one in resolved if one.check.is_declared or not one.models or affected.intersection(one.models)
    )


def resolve(check: NamedCheck, projects: tuple[Project, Project], read: Callable[[str], str]) -> Asked:
    """A named check with what it reads.

    Args:
        read: the text of a file of the repository.

    Raises:
        UsageError: its SQL is wrong, or reads what neither side has.
    """
    kind = next(kind for kind in NAMED_CHECKS if kind.name == check.check)
    sql, dialect = _sql(check, read), grammars.of(projects[1].adapter)
    found = queries.references(sql, where=check.where, dialect=dialect)
    targets = {reference: find(reference, projects, check.where) for reference in found}
    return Asked(check, kind, sql, targets, dialect)


def not_asked(settings: Settings, asked: Sequence[Asked]) -> tuple[str, ...]:
    """The notice that names the checks that the request has no effect on; none where there are none."""
    known = [one.check for one in asked]
    names = [f"`{check.name}`" for check in settings.named if check not in known]
    if not names:
        return ()
    shown = ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
    return (f"not asked, because nothing that they read is affected: {shown}",)


def see(matter: Matter, asked: Asked, asking: Asking) -> NamedReport:
    """What a named check finds."""
    check = asked.check
    with recording.about(f"{check.check} {check.name}"):
        found = _find(matter, asked, asking)
    return NamedReport(
        check.check,
        check.name,
        asked.models,
        found,
        title=check.title,
        why=check.why,
        is_declared=check.is_declared,
    )


def _sql(check: NamedCheck, read: Callable[[str], str]) -> str:
    if isinstance(check.options, metric.Options):
        return metric.to_sql(check.options)
    assert isinstance(check.options, SqlOptions)  # noqa: S101 (the registry says so)
    try:
        return check.options.text(read)
    except UsageError as error:
        raise UsageError(error.message, where=check.where, remedy=error.remedy) from None


def _find(matter: Matter, asked: Asked, asking: Asking) -> Finding:
    name = asked.check.check
    kept: dict[Side, Table] = {}
    for side in asked.sides:
        try:
            matter.meter.take()  # keeping its rows is a statement like any other
        except BudgetSpent as spent:
            return Finding(name, Outcome.ERRORED, f"not asked, because {spent}")
        table = _keep(matter, asked, side)
        if isinstance(table, Table):
            kept[side] = table
        elif side is Side.HEAD or not asked.also_at_base:
            return table
    head = kept[Side.HEAD]
    pair = _pair(matter, asked, kept.get(Side.BASE, head), head)
    found = lead(matter, pair, {name: asked.kind.check(pair, asked.check.options)}, matter.meter.watch(asking))[0]
    if not asked.also_at_base or Side.BASE not in kept:
        return found
    return replace(found, measures={**found.measures, "base_rows": matter.warehouse.rows(kept[Side.BASE])})


def _keep(matter: Matter, asked: Asked, side: Side) -> Table | Finding:
    """The rows of its SQL on one side, kept as a table; or why they can't be had."""
    name = asked.check.check
    for reference, target in asked.targets.items():
        where = Side.BASE if reference.at_base else side
        relation = target.base if where is Side.BASE else target.head
        found = matter.relations[where].get(relation) if relation else None
        if relation is None:
            words = f"{reference} has no relation at {where.value}: {target.why_not(where)}"
            return Finding(name, Outcome.SKIPPED if target.is_one_sided else Outcome.ERRORED, words)
        if not isinstance(found, Table):
            words = found.reason if found else "it is not there, or was not built"
            return Finding(name, Outcome.ERRORED, f"{reference} cannot be read at {where.value}: {words}")

    def express(reference: Reference, where: Side) -> str:
        target = asked.targets[reference]
        relation = target.base if where is Side.BASE else target.head
        table = matter.relations[where][relation] if relation else None
        assert isinstance(table, Table)  # noqa: S101 (looked up above)
        return table.expression

    sql = queries.resolve(asked.sql, express, side, where=asked.check.where, dialect=asked.dialect)
    kept = matter.warehouse.keep(side, f"{name} {asked.check.name}", sql)
    if isinstance(kept, Unreadable):
        return Finding(
            name, Outcome.ERRORED, f"the SQL fails at {side.value}: {disclosure.without_values(kept.reason)}"
        )
    return kept


def _pair(matter: Matter, asked: Asked, base: Table, head: Table) -> Pair:
    options = asked.check.options
    keys: Sequence[Key] = ()
    comparison = None
    if isinstance(options, query.Options | metric.Options):
        comparison = options.comparison()
        keys = [Key(options.key, KeySource.CONFIG)] if options.key else []
    pair = pairing.pair(f"{asked.check.check}.{asked.check.name}", base, head, keys, None, comparison)
    rows = min((matter.settings.models[uid].samples.rows for uid in asked.models), default=0)
    return replace(pair, samples=rows, showing=_showing(matter, asked, pair))


def _showing(matter: Matter, asked: Asked, pair: Pair) -> Mapping[str, Showing]:
    """How much may be seen of the columns of a result: no more than of what it is made of, in any model it reads."""
    result = [*pair.base.columns, *pair.head.columns]
    names = dict.fromkeys(name for column in result for name in (column.name, disclosure.unnumbered(column.name)))
    read: dict[str, Showing] = {}
    by_name = dict.fromkeys(names, Showing.SHOW)
    for uid in asked.models:
        nodes = [project.nodes.get(uid) for project in matter.projects]
        declared = [column.name for node in nodes if node for column in node.columns]
        samples = matter.settings.models[uid].samples
        known = [*declared, *_columns(matter, asked, uid), *samples.columns]
        rules = privacy.showing(samples, nodes, [*names, *known])
        for found, wanted in ((by_name, names), (read, known)):
            for name in wanted:
                found[name] = disclosure.strictest((found.get(name, Showing.SHOW), rules[name]))
    if isinstance(asked.check.options, metric.Options):
        return disclosure.of_expressions({**asked.check.options.by, **asked.check.options.aggregates}, read)
    sql = queries.resolve(
        asked.sql, lambda _reference, _side: "relation", Side.HEAD, where=asked.check.where, dialect=asked.dialect
    )
    return disclosure.of_query(sql, asked.dialect, result, {**read, **by_name}, read)


def _columns(matter: Matter, asked: Asked, uid: str) -> Iterator[str]:
    """The columns of the relations of a model that a named check reads."""
    for target in asked.targets.values():
        for side, name in ((Side.BASE, target.base), (Side.HEAD, target.head)):
            table = matter.relations[side].get(name) if name and target.unique_id == uid else None
            yield from (column.name for column in (table.columns if isinstance(table, Table) else ()))
