"""The grounds of every warehouse that has no grounds of its own: each environment in schemas with names of ours.

The schema of the target is another one for each environment, and so is every schema whose name dbt makes of it.
What lies elsewhere, as sources do, is read where it is.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import sys
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import yaml

from bot.domain import Beside, RelationName, Side
from bot.errors import EnvironmentFailure, Interrupted, QueryFailed
from bot.world.origin import Contents
from bot.world.warehouses.contract import Warehouse
from bot.world.warehouses.grounds import Brought, Env, Following, OnAnswer, OnStatement, Shown, Site
from bot.world.warehouses.leftovers import Sought
from bot.world.warehouses.through_dbt import names
from bot.world.warehouses.through_dbt.link import Link
from bot.world.warehouses.through_dbt.sessions import Hearing, Sessions
from bot.world.warehouses.through_dbt.warehouse import ThroughDbt
from bot.world.warehouses.through_dbt.wire import Dbt, Wire

_OLD_MINUTES = 24 * 60
_ANY = Sought()
# Whose plainest views let writes through to what they show.
_WRITTEN_THROUGH = frozenset(
    {"db2", "fabric", "greenplum", "mariadb", "mysql", "mysql5", "oracle", "postgres", "saphana", "singlestore"}
    | {"sqlserver", "synapse", "teradata", "tidb"}
)
_PROJECT = "name: proofbot_probe\nversion: '1.0'\nprofile: {}\n"


@dataclass(frozen=True)
class Means:
    """What is needed beside a Site: how statements are spelled, the Python that dbt is installed in, `--vars`."""

    spell: Callable[[str], str]
    python: str = sys.executable
    variables: Mapping[str, object] = field(default_factory=dict)


def lay_out(site: Site, means: Means) -> ThroughDbtGrounds:
    """Grounds that connect when there is something to do."""
    return ThroughDbtGrounds(site, means)


def sweep(site: Site, means: Means, sought: Sought) -> list[str]:
    """Drops what is sought of what runs left in the target's database; what can't be dropped stays.

    Returns:
        the names of the schemas that are gone, or would be.

    Raises:
        EnvironmentFailure: the warehouse can't be reached.
    """
    grounds = ThroughDbtGrounds(site, means)
    try:
        return grounds.sweep(sought)
    finally:
        grounds.remove()


class ThroughDbtGrounds:
    """See `Grounds`."""

    def __init__(self, site: Site, means: Means) -> None:
        self._site, self._means = site, means
        self._key = "dataset" if "dataset" in site.output else "schema"
        self._names = names.new(site.label)
        self._made: dict[tuple[str | None, str], None] = {}
        self._link = Link(site, self._connect)
        self._type = str(site.output["type"])

    @property
    def name(self) -> str:
        """The adapter with its version: dbt does not tell the server's."""
        version = self.versions.get(f"dbt-{self._type}")
        return f"{self._type}, by dbt-{self._type} {version}" if version else f"{self._type}, by dbt"

    @property
    def versions(self) -> Mapping[str, str]:
        """See `Grounds`. Known where dbt is installed beside proofbot."""
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            return {f"dbt-{self._type}": importlib.metadata.version(f"dbt-{self._type}")}
        return {}

    @property
    def at_once(self) -> bool:
        """Each environment has schemas of its own."""
        return True

    def profile(self, env: Env) -> str:
        """See `Grounds`."""
        return self._site.profile_with({self._key: self._names.schema_of(env)})

    def stray(self, relation: RelationName) -> str | None:
        """See `Grounds`."""
        if self._names.is_ours(relation.schema):
            return None
        return f"would be written to the schema {relation.schema!r}, which is not proofbot's"

    @property
    def remedy_for_strays(self) -> str:
        """See `Grounds`."""
        return (
            "Let `generate_schema_name` make every schema of the target's (`{{ target.schema }}_...`), at least "
            "under a target that you name by `--target`."
        )

    def state(self) -> str | None:
        """See `Grounds`. Nobody can tell what sources hold."""
        return None

    def take(self, project: str, digest: str) -> Contents:  # noqa: ARG002 (nothing is kept between runs)
        """See `Grounds`."""
        return Contents()

    def keep(self, project: str, digest: str, contents: Contents) -> None:
        """See `Grounds`. Nothing is kept: nobody can tell whether sources are as they were."""

    def readable(self, names: Collection[RelationName]) -> frozenset[RelationName]:
        """See `Grounds`. Each is asked for no rows: nothing else says what may be read on every warehouse."""
        if self._type in _WRITTEN_THROUGH:
            raise EnvironmentFailure(
                f"a hook could write to production through the views that {self._type} has",
                where=self._site.where,
                remedy="Leave `origin: {from: production}` out: the merge base is built then.",
            )
        return frozenset(self._link.seen(names))

    def begin(self, env: Env, following: Following | Shown | None, managed: Collection[RelationName]) -> None:
        """See `Grounds`. What is followed, and what is shown of production, is seen by views."""
        if not self._link.is_open:
            self.sweep()
        mine = dict.fromkeys(self._names.lies(env, name) for name in managed if self.stray(name) is None)
        schemas = dict.fromkeys((name.database, name.schema) for name in mine)
        schemas[next(iter(schemas), (None, ""))[0], self._names.schema_of(env)] = None
        for database, schema in schemas:
            if (database, schema) in self._made:
                self._link.do("drop_schema", schema=[database, schema])
            self._made[database, schema] = None
            self._link.do("create_schema", schema=[database, schema])
        if isinstance(following, Following):
            self._follow(env, following, managed)
        elif following:
            self._show(env, following)

    def drop(self, env: Env, names: Collection[RelationName]) -> None:
        """See `Grounds`. Views that read a relation go with it where the warehouse lets them."""
        lying = [self._names.lies(env, name) for name in names if self.stray(name) is None]
        for schema in dict.fromkeys((name.database, name.schema) for name in lying):
            kinds = self._link.relations(schema)
            for name in lying:
                found = kinds.get(name.identifier.lower())
                if found and (name.database, name.schema) == schema:
                    self._link.do("drop", name=[name.database, found[0], found[1]], kind=found[2])

    def bring(self, env: Env, brought: Brought) -> None:
        """See `Grounds`. Of production nobody can tell but how it is now; keys, defaults and the like stay behind."""
        found = self._sources(brought)
        self.drop(env, found)
        for name, source in found.items():
            mine = self._names.lies(env, name)
            self._make(mine.database, mine.schema)
            sql = f"create table {self._link.expression(mine)} as select * from {source}"  # noqa: S608 (quoted names)
            try:
                self._link.call("ask", sql=self._means.spell(sql))
            except QueryFailed as failure:
                raise EnvironmentFailure(
                    f"{source} could not be copied: {failure.message}",
                    where=self._site.where,
                    remedy=f"Let the target's user read it (`GRANT SELECT ON {source}`), and create tables in schemas "
                    "that it makes.",
                ) from None

    def _sources(self, brought: Brought) -> dict[RelationName, str]:
        """What of it is there, and may be read: as the warehouse spells it."""
        ours = {name: theirs for name, theirs in brought.relations.items() if self.stray(name) is None}
        if isinstance(brought.of, datetime):
            seen = self._link.seen(ours.values())
            return {name: seen[theirs] for name, theirs in ours.items() if theirs in seen}
        lying = {name: self._names.lies(brought.of, theirs) for name, theirs in ours.items()}
        schemas = dict.fromkeys((it.database, it.schema) for it in lying.values())
        kinds = {schema: self._link.relations(schema) for schema in schemas}
        met = {name: kinds[it.database, it.schema].get(it.identifier.lower()) for name, it in lying.items()}
        return {
            name: self._link.expression(RelationName(lying[name].database, found[0], found[1]))
            for name, found in met.items()
            if found
        }

    def shuffle(self, env: Env, names: Collection[RelationName], seed: str) -> None:
        """See `Grounds`. Nothing is done: these warehouses keep no order of rows that could be another one."""

    def end(self, env: Env) -> None:
        """See `Grounds`. Nothing is open."""

    def open(self, on_statement: OnStatement, on_answer: OnAnswer) -> Warehouse:
        """See `Grounds`."""
        database = next(iter(self._made), (None, ""))[0]
        scratch = RelationName(database, self._names.scratch, "")
        self._make(database, scratch.schema)
        wire = self._link.connected()

        def place(name: str) -> str:
            return self._link.expression(replace(scratch, identifier=name))

        def drop(name: str) -> None:
            self._link.do("drop", name=[database, scratch.schema, name], kind="table")

        limit = float(self._site.options.statement_seconds)
        hearing = Hearing(self._means.spell, place, drop, limit, on_statement, on_answer)
        return ThroughDbt(Sessions(wire, hearing), self.name, self._names.lies, scratch)

    def add(self, warehouse: Warehouse, beside: Beside) -> None:
        """See `Grounds`. All schemas are seen already."""

    def remove(self) -> None:
        """See `Grounds`."""
        if not self._link.is_open:
            return
        with contextlib.suppress(EnvironmentFailure, Interrupted):
            self._link.connected()
            for database, schema in self._made:
                with contextlib.suppress(EnvironmentFailure):
                    self._link.do("drop_schema", schema=[database, schema])
        self._made.clear()
        self._link.close()

    def sweep(self, sought: Sought = _ANY) -> list[str]:
        """Drops schemas of dead runs in the target's database, and names them. What can't be dropped stays.

        Raises:
            EnvironmentFailure: the warehouse can't be reached.
        """
        self._link.connected()
        minutes = _OLD_MINUTES if sought.older_than is None else sought.older_than.total_seconds() / 60
        latest = int(time.time() // 60) - minutes
        gone = []
        with contextlib.suppress(QueryFailed, EnvironmentFailure):
            for schema in self._link.call("schemas", database=None):
                if names.is_left(str(schema), sought.label, latest):
                    if not sought.is_dry:
                        self._link.do("drop_schema", schema=[None, schema])
                    gone.append(str(schema))
        return gone

    def _follow(self, env: Env, following: Following, managed: Collection[RelationName]) -> None:
        without = {self._names.lies(env, name) for name in following.without}
        pairs = {
            self._names.lies(following.of, name): self._names.lies(env, name)
            for name in managed
            if self.stray(name) is None
        }
        schemas = dict.fromkeys((name.database, name.schema) for name in pairs)
        kinds = {schema: self._link.relations(schema) for schema in schemas}
        for theirs, mine in pairs.items():
            found = kinds[theirs.database, theirs.schema].get(theirs.identifier.lower())
            if found and mine not in without:
                origin = self._link.expression(replace(theirs, schema=found[0], identifier=found[1]))
                view = [mine.database, mine.schema, found[1]]
                self._link.do("create_view", name=view, sql=f"select * from {origin}")  # noqa: S608 (quoted names)

    def _show(self, env: Env, shown: Shown) -> None:
        for name, theirs in shown.relations.items():
            mine = self._names.lies(env, name)
            self._make(mine.database, mine.schema)
            view = [mine.database, mine.schema, mine.identifier]
            sql = f"select * from {self._link.expression(theirs)}"  # noqa: S608 (quoted names)
            self._link.do("create_view", name=view, sql=sql)

    def _make(self, database: str | None, schema: str) -> None:
        """Makes a schema of ours, once."""
        if (database, schema) not in self._made:
            self._made[database, schema] = None
            self._link.do("create_schema", schema=[database, schema])

    def _connect(self) -> Wire:
        """By a project of ours without models: the user's may not parse."""
        text = self._site.profile_with({self._key: self._names.schema_of(Side.BASE)})
        (profile,) = [name for name in yaml.safe_load(text) if name != "config"]
        folder = self._site.scratch / "by_dbt"
        folder.mkdir(exist_ok=True)
        (folder / "profiles.yml").write_text(text, encoding="utf-8")
        (folder / "dbt_project.yml").write_text(_PROJECT.format(profile), encoding="utf-8")
        target = yaml.safe_load(text)[profile]["target"]
        means = self._means
        return Wire(Dbt(means.python, folder, profile, target, means.variables, self._site.threads))
