"""What is configured: for one model, and for the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.trust import Policy
from bot.domain.words import Showing


@dataclass(frozen=True)
class Samples:
    """How many rows of each kind a comment shows of a model (0: none), and how much of which columns.

    `columns` is by name, regardless of case. `personal` are the tags and meta keys that mark a column, or a whole
    model, as personal: it is never shown.
    """

    rows: int = 0
    columns: Mapping[str, Showing] = field(default_factory=dict)
    personal: tuple[str, ...] = ("pii",)


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent; None is no limit. `rows` are rows scanned, of both sides together; `bytes` likewise."""

    seconds: float | None = None
    statements: int | None = None
    rows: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent so far: seconds since the first statement, statements, and rows of pairs that are done with."""

    seconds: float = 0.0
    statements: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """What a warehouse itself says that our statements have taken: how many there were, bytes that they scanned, and
    the seconds that it worked on all of them together. It is no price: nobody tells one of single statements.

    `credits` are those that the warehouse puts down to these statements themselves, if it says any (Snowflake: for its
    cloud services, not for the warehouse that computes). `builds` is what dbt's statements have taken, and those that
    make room for them; None where that is not known. They are not in the other numbers.
    """

    statements: int = 0
    bytes: int = 0
    seconds: float = 0.0
    credits: float | None = None
    builds: Cost | None = None


@dataclass(frozen=True)
class ModelSettings:
    """What is configured for one model. `checks` are those that run: name to options (of the check's own type).

    `origins` says of each setting, by its dotted path (`key`, `checks.values.exclude`), where it was set:
    `.proofbot.yml:12`, `meta.proofbot of orders`, `default`.
    """

    key: tuple[str, ...] | None = None
    infer_keys: bool = False
    samples: Samples = field(default_factory=Samples)
    checks: Mapping[str, object] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NamedCheck:
    """A query, an assertion or a metric of the configuration: `check` says which, `options` are of the check's own
    type, `where` is the file and line.

    One that the author of a request adds `is_declared`; it has a `title`, and says in `why` what it proves.
    """

    check: str
    name: str
    options: object
    where: str
    title: str = ""
    why: str = ""
    is_declared: bool = False


@dataclass(frozen=True, slots=True)
class WarehouseOptions:
    """How the warehouse is used.

    `isolation` is what keeps environments apart: `schema` or `database`; None leaves it to the kind of warehouse.
    `compute` names what computes the checks, apart from builds (a warehouse of Snowflake's). A statement of a check is
    stopped after `statement_seconds`.
    """

    isolation: str | None = None
    compute: str | None = None
    statement_seconds: int = 600


@dataclass(frozen=True, slots=True)
class OriginOptions:
    """What both sides begin with: a build of the merge base, or, where it `is_production`, what production has.

    `state` is where production's manifest.json is: a folder, a file or an address. `token_env` names the environment
    variable that holds the token for that address.
    """

    is_production: bool = False
    state: str | None = None
    token_env: str | None = None


@dataclass(frozen=True)
class Settings:
    """What is configured for a run. `models` is by unique id; one that is not in it has the defaults."""

    models: Mapping[str, ModelSettings]
    named: tuple[NamedCheck, ...] = ()
    budget: Budget = field(default_factory=Budget)
    policy: Policy = field(default_factory=Policy)
