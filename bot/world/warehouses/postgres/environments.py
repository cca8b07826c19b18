"""Environments under the same names: what begins, what is moved away once it has ended, and what is copied."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from bot.domain import Beside, RelationName
from bot.world.warehouses.grounds import Env, Following, Shown
from bot.world.warehouses.postgres import copies, production, relations, routines
from bot.world.warehouses.postgres.originals import Originals
from bot.world.warehouses.postgres.relations import Relation
from bot.world.warehouses.postgres.session import Session
from bot.world.warehouses.postgres.spelling import cut, quote, text
from bot.world.warehouses.postgres.warehouse import Places


@dataclass(frozen=True)
class _Parked:
    """An environment that has ended: to which schema each was moved, and how its functions are made again."""

    moved: dict[str, str] = field(default_factory=dict)
    made_again: list[str] = field(default_factory=list)


class Environments:
    """All of a run. Every method raises QueryFailed where the server refuses, or EnvironmentFailure where it is gone.

    Args:
        root: begins the names of our schemas.
        admin: gives the session that changes what lies in the database.
        is_apart: whether the database is a copy, in which all schemas are ours; else those are that begin with `root`.
    """

    def __init__(self, root: str, admin: Callable[[], Session], *, is_apart: bool) -> None:
        self._root, self._find_admin, self._is_apart = root, admin, is_apart
        self._managed: frozenset[tuple[str, str]] = frozenset()
        self._names: Collection[RelationName] = ()
        self._number = 0
        self._ended: dict[Env, _Parked] = {}
        self._seen: dict[Beside, _Parked] = {}
        self._laid: dict[tuple[str, str], Relation] = {}
        self._originals = Originals(f"{root}o")

    def readable(self, names: Collection[RelationName]) -> frozenset[RelationName]:
        """See `Grounds`: of this database. They are kept for copies."""
        if self._is_apart:
            self._originals.note(self._admin, names)
        return production.readable(self._admin, names)

    def begin(self, env: Env, following: Following | Shown | None, managed: Collection[RelationName]) -> None:
        """See `Grounds`."""
        self._names = tuple(managed)
        self._managed = frozenset(production.place(name) for name in managed)
        shown = following.relations if isinstance(following, Shown) else {}
        self._clear(shown)
        former = self._ended.pop(env, None)
        if former is not None and former not in self._seen.values():
            self._discard(former)
        if isinstance(following, Following):
            self._follow(following)
        production.show(self._admin, _elsewhere(shown))

    def drop(self, names: Collection[RelationName]) -> None:
        """See `Grounds`: those that are there now."""
        self._drop(relations.named(names))

    def sources(self, wanted: Mapping[RelationName, RelationName], of: Env | None) -> dict[RelationName, Relation]:
        """What there is to be copied, by our names: of an environment, or of production where that is None."""
        if of is not None:
            moved = {schema.lower(): place for schema, place in self._ended[of].moved.items()}
            lying = {
                name: replace(theirs, schema=moved[cut(theirs.schema).lower()])
                for name, theirs in wanted.items()
                if cut(theirs.schema).lower() in moved
            }
            return _by_name(lying, production.find(self._admin, lying.values()))
        taken = {name: it for name, it in wanted.items() if self._is_apart and production.place(it) in self._managed}
        kept = {name: self._originals.find(self._admin, theirs) for name, theirs in taken.items()}
        others = {name: theirs for name, theirs in wanted.items() if name not in taken}
        met = production.find(self._admin, others.values())
        return {name: one for name, one in kept.items() if one} | _by_name(others, met)

    def bring(self, name: RelationName, source: Relation) -> None:
        """Copies a relation to where none is now."""
        copies.copy(self._admin, source, (cut(name.schema), cut(name.identifier)))
        self._laid.pop(production.place(name), None)

    def shuffle(self, names: Collection[RelationName], seed: str) -> None:
        """See `Grounds`."""
        for name in names:
            laid = self._laid.pop(production.place(name), None)
            if laid is not None:
                relations.shuffle(self._admin, laid, cut(name.schema), seed)

    def end(self, env: Env) -> None:
        """See `Grounds`: what is there is moved away."""
        found = relations.listed(self._admin, self._condition())
        schemas = {one.schema for one in found} | self._schemas()
        places = {one: f"{self._root}p{self._number + n}" for n, one in enumerate(sorted(schemas))}
        self._number += len(places)
        relations.move(self._admin, found, places)
        made_again = [] if self._is_apart else routines.move(self._admin, self._condition(), places)
        self._ended[env] = _Parked(places, made_again)
        self._laid = {}

    def places(self, env: Env) -> Places:
        """Where an environment lies that has ended."""
        return self._places(self._ended.get(env, _Parked()))

    def see(self, beside: Beside, show: Callable[[Places], None]) -> None:
        """Shows an environment as it is now, in place of the one of this name that was shown before, which goes."""
        former = self._seen.get(beside)
        self._seen[beside] = self._ended.get(beside, _Parked())
        show(self._places(self._seen[beside]))
        if former is not None and former is not self._seen[beside]:
            self._discard(former)

    def is_natural(self, schema: str) -> bool:
        """Whether a schema is one that dbt builds in, where the database is no copy."""
        return cut(schema) == self._root or schema.startswith(f"{self._root}_")

    @property
    def _admin(self) -> Session:
        return self._find_admin()

    def _condition(self) -> str:
        """What of the database dbt builds: a condition on `n` and `c`."""
        if self._is_apart:
            return relations.named(self._names)
        return f"(n.nspname = {text(self._root)} or pg_catalog.starts_with(n.nspname, {text(self._root + '_')}))"

    def _schemas(self) -> set[str]:
        """The schemas that dbt made for itself."""
        if self._is_apart:
            return set()
        found = self._admin.run(f"select n.nspname from pg_catalog.pg_namespace n where {self._condition()}")  # noqa: S608
        return {str(schema) for (schema,) in found}

    def _clear(self, shown: Mapping[RelationName, RelationName]) -> None:
        """Drops what an environment left that has not ended. Where the copy of a database has a relation of production
        under a name that dbt manages, only what is in the way of views goes; what dbt builds is dropped before that."""
        condition = self._condition()
        if self._is_apart and any(production.place(theirs) in self._managed for theirs in shown.values()):
            condition = relations.named(_elsewhere(shown))
        self._drop(condition)
        if not self._is_apart:
            routines.drop(self._admin, self._condition())
        self._laid = {}

    def _drop(self, condition: str) -> None:
        """Drops what fulfils a condition on `n` and `c`."""
        relations.drop(self._admin, self._originals.spare(self._admin, relations.listed(self._admin, condition)))

    def _follow(self, following: Following) -> None:
        parked = self._ended[following.of]
        without = {(cut(name.schema).lower(), cut(name.identifier).lower()) for name in following.without}
        back = {place: schema for schema, place in parked.moved.items()}
        if not back:
            return
        found = relations.listed(self._admin, f"n.nspname in ({', '.join(text(place) for place in sorted(back))})")
        laid, copied = [], set()
        for one in found:
            folded = (back[one.schema].lower(), one.name.lower())
            if not one.is_whole or folded in without:
                continue
            laid.append((one, back[one.schema]))
            if one.is_needed or folded not in self._managed:
                copied.add(one)
            else:
                self._laid[folded] = one
        relations.lay(self._admin, laid, copied)
        routines.make(self._admin, parked.made_again)

    def _discard(self, parked: _Parked) -> None:
        for place in parked.moved.values():
            self._drop(f"n.nspname = {text(place)}")
            self._admin.run(f"drop schema if exists {quote(place)} cascade")

    def _places(self, parked: _Parked) -> Places:
        managed, is_apart, is_natural = self._managed, self._is_apart, self.is_natural

        def is_managed(name: RelationName) -> bool:
            if not is_apart:
                return is_natural(name.schema)
            return (cut(name.schema).lower(), cut(name.identifier).lower()) in managed

        return Places(parked.moved, is_managed)


def _by_name(
    names: Mapping[RelationName, RelationName], found: Mapping[RelationName, Relation]
) -> dict[RelationName, Relation]:
    return {name: found[theirs] for name, theirs in names.items() if theirs in found}


def _elsewhere(shown: Mapping[RelationName, RelationName]) -> Mapping[RelationName, RelationName]:
    """Those that production has under another name. The others lie in the copy of the database already."""
    return {name: theirs for name, theirs in shown.items() if production.place(name) != production.place(theirs)}
