"""How what is ours is called where dbt's adapters build: schemas that begin with a stem, and end with a letter."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain import Beside, RelationName, Side
from bot.world.warehouses.grounds import Env

_LETTERS: Mapping[Env, str] = {
    Side.BASE: "b",
    Side.HEAD: "h",
    Beside.CONTROL: "c",
    Beside.CONTROL_2: "d",
    Beside.CONTROL_3: "e",
    Beside.HEAD_AGAIN: "a",
    Beside.HYBRID: "y",
    Beside.INCREMENT: "i",
}
_SCRATCH = "t"
_OURS = re.compile(r"proofbot_([a-z0-9_]{1,20})_([0-9a-f]{7})[0-9a-f]{4}[bhcdeayit](_.*)?")


@dataclass(frozen=True)
class Names:
    """Those of one run. `stem` tells its label, and the minute that it began in."""

    stem: str

    @property
    def scratch(self) -> str:
        """The schema of what stands for temporary tables."""
        return f"{self.stem}{_SCRATCH}"

    def schema_of(self, env: Env) -> str:
        """The target's schema in an environment."""
        return f"{self.stem}{_LETTERS[env]}"

    def is_ours(self, schema: str) -> bool:
        """Whether a schema, as base's manifest names it, is the target's, or one that dbt made of it."""
        return self._suffix(schema) is not None

    def lies(self, env: Env, name: RelationName) -> RelationName:
        """Where a relation lies in an environment, of the name that base's manifest has for it."""
        suffix = self._suffix(name.schema)
        return name if suffix is None else replace(name, schema=f"{self.schema_of(env)}{suffix}")

    def _suffix(self, schema: str) -> str | None:
        """What follows the target's schema in the name of one that dbt made of it; None of any other schema."""
        base = self.schema_of(Side.BASE)
        lower = schema.lower()
        return schema[len(base) :] if lower == base or lower.startswith(f"{base}_") else None


def new(label: str) -> Names:
    """Names that nobody else has."""
    return Names(f"proofbot_{label}_{int(time.time() // 60):07x}{secrets.token_hex(2)}")


def is_left(schema: str, label: str | None, before: float) -> bool:
    """Whether a schema is of a run of this label (any is of None) that began before a minute."""
    ours = _OURS.fullmatch(schema.lower())
    return ours is not None and label in (None, ours[1]) and int(ours[2], 16) < before
