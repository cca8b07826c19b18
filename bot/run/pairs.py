"""The relations of a model become a pair, and what a check looks at a view of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.checks import row_count, values
from bot.core import draws, inferred_keys, keys, pairing, privacy, scopes
from bot.core import noise as noises
from bot.core.inquiry import inquire
from bot.core.options import CheckOptions
from bot.core.sampling import sampled
from bot.core.sql import Dialect
from bot.core.standing import Standing
from bot.domain import Budget, Key, KeySource, Misfit, ModelSettings, Noise, Pair, Project, Side, Table
from bot.run.matter import Matter
from bot.world.interview import learn
from bot.world.warehouses.contract import Asking, Unreadable


def declared_keys(
    unique_id: str, projects: tuple[Project, Project], configured: Sequence[str] | None = None
) -> tuple[Key, ...]:
    """The keys of a model: the one that is configured, then those that either side declares, head's first.

    Raises:
        UsageError: one is declared in a way that cannot be understood.
    """
    base, head = projects
    known = [side for side in (head, base) if unique_id in side.nodes]
    return tuple(dict.fromkeys(key for side in known for key in keys.declared(side, unique_id, configured)))


def pair_up(
    matter: Matter, standing: Standing, settings: ModelSettings, tables: Mapping[Side, Table], asking: Asking
) -> tuple[Pair, tuple[tuple[str, ...], ...]]:
    """The pair of a model, and the keys that its data propose where none is declared.

    A model that exists on one side only is paired with itself, and asked about that side.
    """
    uid = standing.change.unique_id
    base = tables.get(Side.BASE) or tables[Side.HEAD]
    head = tables.get(Side.HEAD) or tables[Side.BASE]
    options = settings.checks.get(values.NAME)
    comparison = options.comparison() if isinstance(options, values.Options) else None
    stated = settings.origins.get("key", "").startswith("meta.proofbot")  # then it is among the declared ones
    known = declared_keys(uid, matter.projects, None if stated else settings.key)
    uncompared = keys.volatile_columns(standing.node)
    pair = pairing.pair(uid, base, head, known, uncompared, comparison)
    proposed: tuple[str, ...] = ()
    if pair.key is None and len(tables) == 2:
        proposed = _infer(matter, pair, standing.node.name, asking)
        if proposed and settings.infer_keys:
            pair = pairing.pair(uid, base, head, [Key(proposed, KeySource.INFERRED)], uncompared, comparison)
            proposed = ()
    return _complete(matter, pair, settings), (proposed,) if proposed else ()


def _infer(matter: Matter, pair: Pair, name: str, asking: Asking) -> tuple[str, ...]:
    """The key that the data of both sides propose, by the column whose name suggests it most; none if there is none."""
    ask = matter.meter.watch(asking).ask
    for candidate in inferred_keys.candidates(name, pair.base, pair.head):
        answers = learn(partial(inquire, pair, dialect=matter.dialect), inferred_keys.questions((candidate,)), ask)
        if answers is not None and inferred_keys.infer(answers, (candidate,)):
            return (candidate,)
    return ()


def _complete(matter: Matter, pair: Pair, settings: ModelSettings) -> Pair:
    """The pair with what is known of it beside its relations."""
    base, head = (project.nodes.get(pair.unique_id) for project in matter.projects)
    names = [column.name for table in (pair.base, pair.head) for column in table.columns]
    renamed = {one.head.name: one.base.name for one in pair.shared if one.renamed}
    return replace(
        pair,
        proven=_proven(matter, pair),
        showing=privacy.showing(settings.samples, (base, head), names, renamed),
        samples=settings.samples.rows,
        contract=pairing.contract(head.columns, pair.head, matter.dialect) if head and head.contract_enforced else (),
    )


def _proven(matter: Matter, pair: Pair) -> frozenset[Side]:
    """The sides on which dbt's own tests of this run prove the key. What it is compared as must be what was tested."""
    key = [one for one in pair.shared if pair.key and one.head.name in pair.key.columns]
    if not key or any(one.type_changed or one.fold_case or one.trim for one in key):
        return frozenset()
    projects = dict(zip(Side, matter.projects, strict=True))
    results = {Side.BASE: matter.results.base_tests, Side.HEAD: matter.results.head_tests}
    names = {Side.BASE: [one.base.name for one in key], Side.HEAD: [one.head.name for one in key]}
    return frozenset().union(
        *(keys.proven({side: projects[side]}, results, names[side], pair.unique_id) for side in Side)
    )


def beyond(pair: Pair, noise: Noise) -> Pair:
    """A pair without what varies by itself: volatile columns are not compared, nor is a key that varies; what varies by
    rounding is compared with a tolerance."""
    compared = draws.without(pair, {name: noises.reason(cause) for name, cause in noise.columns.items()})
    key = None if noise.key else compared.key
    loosened = tuple(
        one if key and one.head.name in key.columns else noises.loosened(one, noise) for one in pair.shared
    )
    return replace(compared, shared=loosened, key=key, proven=compared.proven if key else frozenset())


@dataclass(frozen=True)
class View:
    """Which rows of a pair are looked at: those for which a condition holds on each side, and a share of these.

    `reason` is the limit that leaves only a share; `budget` that of the check itself.
    """

    conditions: tuple[str | None, str | None]
    share: float
    reason: str
    budget: Budget | None

    def of(self, pair: Pair, dialect: Dialect) -> Pair:
        """The pair with queries in place of its tables, where not all rows are looked at."""
        base, head = (
            table
            if condition is None
            else replace(table, expression=_filtered(table, condition, dialect), stored=False)
            for table, condition in zip((pair.base, pair.head), self.conditions, strict=True)
        )
        return sampled(replace(pair, base=base, head=head), self.share, dialect)


def narrow(matter: Matter, view: View, pair: Pair) -> Pair | str:
    """The pair as a view shows it, or why it cannot be had. A sample is kept: as a query it would be drawn again by
    every statement, and that reads whole tables."""
    narrowed = view.of(pair, matter.dialect)
    if narrowed.sampled is None:
        return narrowed
    kept = []
    for side, table in ((Side.BASE, narrowed.base), (Side.HEAD, narrowed.head)):
        found = matter.warehouse.keep(side, f"sample of {pair.unique_id}", f"select * from {table.expression}")  # noqa: S608
        if isinstance(found, Unreadable):
            return f"the sample at {side.value} could not be kept: {found.reason}"
        kept.append(replace(table, expression=found.expression, stored=True))
    return replace(narrowed, base=kept[0], head=kept[1])


def _filtered(table: Table, condition: str, dialect: Dialect) -> str:
    return dialect.subquery(f"select * from {table.expression} where {condition}")  # noqa: S608 (the maintainers' own words)


def view(matter: Matter, pair: Pair, name: str, options: CheckOptions) -> View | str:
    """What a check with these options looks at; or why it cannot."""
    found = [scopes.condition(options, table, matter.dialect.quote, matter.began) for table in (pair.base, pair.head)]
    conditions = []
    for condition in found:
        if isinstance(condition, Misfit):
            origin = _origin(matter, pair.unique_id, f"checks.{condition.setting}")
            return f"{condition.setting} names {condition.name}: {condition.reason}{origin}"
        conditions.append(condition)
    budget = options.budget.budget() if options.budget else None
    allowed = matter.purse.allow(pair.unique_id, matter.meter.spent, matter.waiting, budget)
    if allowed.share is None:
        return f"not asked, because {allowed.reason} is used up"
    # How many rows there are is known without reading them.
    share, reason = (1.0, "") if name == row_count.NAME else (allowed.share, allowed.reason)
    return View((conditions[0], conditions[1]), share, reason, budget)


def _origin(matter: Matter, unique_id: str, path: str) -> str:
    """Where a setting was set, in brackets; empty where that is not known."""
    origins = matter.settings.models[unique_id].origins
    said = [origin for setting, origin in origins.items() if setting == path or setting.startswith(f"{path}.")]
    return f" ({said[0]})" if said else ""
