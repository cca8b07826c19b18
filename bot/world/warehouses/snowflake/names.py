"""What is ours in Snowflake is called, and how it is marked. Nothing is asked here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain import Beside, RelationName, Side
from bot.world.warehouses.grounds import Env

_SHORT: Mapping[Env, str] = {
    Side.BASE: "B",
    Side.HEAD: "H",
    Beside.CONTROL: "C",
    Beside.CONTROL_2: "C2",
    Beside.CONTROL_3: "C3",
    Beside.HEAD_AGAIN: "HA",
    Beside.HYBRID: "HY",
    Beside.INCREMENT: "IN",
}
_STEM = r"PROOFBOT_[A-Z0-9_]{1,20}_[0-9A-F]{6}"
_DATABASE = re.compile(rf"{_STEM}_(?:BASE|HEAD|CONTROL|CONTROL_2|CONTROL_3|HEAD_AGAIN|HYBRID|INCREMENT|ASKED)")
_SCHEMA = re.compile(rf"{_STEM}_(?:B|H|C|C2|C3|HA|HY|IN|ASKED)(?:_.*)?", re.DOTALL)
_MARK = re.compile(r"proofbot run=\S+ at=(\S+)")
# Snowflake's LIKE: an underscore is one of any sign, unless it is escaped; a backslash begins an escape in a literal.
OF_ANY_RUN = "'PROOFBOT\\\\_%'"


@dataclass(frozen=True)
class Names:
    """How the environments of one run are called, by databases or by schemas.

    `stem` is upper case, so that it is the same whether dbt quotes it or not. `database` and `schema` are the user's
    own: the database as the catalog spells it, the schema as the profile does.
    """

    by_database: bool
    stem: str
    database: str
    schema: str

    def database_of(self, env: Env) -> str:
        """The database of an environment."""
        return f"{self.stem}_{env.upper().replace(' ', '_')}" if self.by_database else self.database

    def schema_of(self, env: Env) -> str:
        """The target schema of an environment, where dbt writes what has no schema of its own."""
        return self.schema if self.by_database else f"{self.stem}_{_SHORT[env]}"

    @property
    def asking(self) -> tuple[str, str]:
        """The database and the schema of what is kept for questions."""
        named = f"{self.stem}_ASKED"
        return (named, named) if self.by_database else (self.database, named)

    def is_ours(self, relation: RelationName) -> bool:
        """Whether a relation, as base's manifest names it, lies where only we write."""
        database = (relation.database or self.database_of(Side.BASE)).upper()
        if database != self.database_of(Side.BASE).upper():
            return False
        return self.by_database or self._is_in(relation.schema, Side.BASE)

    def lies(self, env: Env, relation: RelationName) -> RelationName:
        """Where a relation, as base's manifest names it, lies in an environment. What is not ours lies where it is."""
        if not self.is_ours(relation):
            named = relation.database or self.database
            own = self.database if named.upper() == self.database.upper() else named
            return RelationName(own, relation.schema, relation.identifier)
        if self.by_database:
            return RelationName(self.database_of(env), relation.schema, relation.identifier)
        schema = self.schema_of(env) + relation.schema[len(self.schema_of(Side.BASE)) :]
        return RelationName(self.database, schema, relation.identifier)

    def follower(self, schema: str, of: Env, env: Env) -> str:
        """The schema of an environment that a schema of another one is copied to."""
        return schema if self.by_database else self.schema_of(env) + schema[len(self.schema_of(of)) :]

    def has(self, env: Env, schema: str) -> bool:
        """Whether a schema of the environment's database belongs to the environment."""
        if self.by_database:
            return schema.upper() != "INFORMATION_SCHEMA"
        return self._is_in(schema, env)

    def _is_in(self, schema: str, env: Env) -> bool:
        target = self.schema_of(env)
        return schema.upper() == target or schema.upper().startswith(f"{target}_")


def mark(run: str, now: datetime) -> str:
    """The comment on whatever is made: whose it is, and since when."""
    return f"proofbot run={re.sub(r'[^A-Za-z0-9._-]', '_', run) or 'local'} at={now.isoformat(timespec='seconds')}"


def is_of(name: str, label: str | None) -> bool:
    """Whether a name is of a run of this label; any is of None."""
    return label is None or re.match(rf"PROOFBOT_{re.escape(label.upper())}_[0-9A-F]{{6}}_", name) is not None


def is_dead(name: str, comment: str, now: datetime, older_than: timedelta, *, is_schema: bool) -> bool:
    """Whether a database or schema was left behind: its name and its comment are ours, and it is too old."""
    if not (_SCHEMA if is_schema else _DATABASE).fullmatch(name):
        return False
    marked = _MARK.fullmatch(comment)
    try:
        return marked is not None and now - datetime.fromisoformat(marked[1]) > older_than
    except (ValueError, TypeError):
        return False
