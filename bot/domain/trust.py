"""What makes a verdict worth trusting: what is noise, what explains a change, which rows, what rule, what evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.graph import Cause
from bot.domain.words import ControlMode, Event, Grade, Preset, Proof, Relates, RowKind


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the policy: what some events mean for some models and checks; None and empty mean all of them.

    `models` are unique ids. `where` is its file and line; `reason` the maintainers' words.
    """

    grades: Mapping[Event, Grade]
    where: str
    models: frozenset[str] | None = None
    checks: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Policy:
    """What outcomes mean for the gate: a preset, and rules of which the last that fits wins. `where` says who chose the
    preset: `.proofbot.yml:3`, `default`. `controls` is how many control builds are made."""

    preset: Preset = Preset.STANDARD
    where: str = "default"
    rules: tuple[Rule, ...] = ()
    control: ControlMode = ControlMode.AUTO
    controls: int = 1


@dataclass(frozen=True)
class Noise:
    """What varies in a model without the change, by comparing base with the control.

    `columns`: those that vary, each with its cause (`current_timestamp`; empty where it is not known): they are left
    out of the comparison. `tolerated`: columns that vary by rounding only, with the relative difference up to which
    values count as equal. `partly`: columns that vary in a few rows of the control and that head changes beyond that:
    they are compared, and the number is of the rows that the control changes. `key`: the key itself varies, so that
    rows are compared without it. `rows`: which rows there are varies; head's added and removed rows are noise then.
    `rows_cause`: why. `differing`: rows of head that differ from base by noise alone, None where that is not known.
    `became`: columns that head makes vary and base does not, with the cause. `controls`: how many control builds this
    rests on, 0 where an earlier run has found it. `count`: how many rows there are varies, too. `broken`: of columns
    that vary and are compared nevertheless, what holds in every build of base's code and not at head.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    tolerated: Mapping[str, float] = field(default_factory=dict)
    partly: Mapping[str, int] = field(default_factory=dict)
    key: bool = False
    rows: bool = False
    rows_cause: str = ""
    differing: int | None = None
    became: Mapping[str, str] = field(default_factory=dict)
    controls: int = 1
    count: bool = False
    broken: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Explained:
    """Why a changed model changed.

    `roots` are the unique ids of the models that explain it, the gravest first, and `more` how many of them are not
    listed. `own`: its own code changes it (None: not known); `inherited`: what it reads changes it (None: not known).
    `proof`: how that is known. It is listed under its roots where `own` is False, and stands alone otherwise; without
    roots it always does. `shared` is what it was modified by (a macro, a variable), where others that stand alone were
    modified by just the same: together they are one finding.
    """

    roots: tuple[str, ...] = ()
    own: bool | None = None
    proof: Proof = Proof.NONE
    inherited: bool | None = None
    shared: tuple[Cause, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Common:
    """What rows of one kind have in common: a condition on one column, as it may be shown.

    `values` are the texts of IN, in order of frequency, or the two ends of BETWEEN. `rows` is how many rows of the kind
    there are, `matching` how many of them satisfy the condition, `others` how many other rows of the same relation do.
    """

    kind: RowKind
    column: str
    relates: Relates
    values: tuple[str, ...]
    rows: int
    matching: int
    others: int

    @property
    def precision(self) -> float:
        """The share of the rows that satisfy the condition that are of the kind."""
        return self.matching / (self.matching + self.others) if self.matching else 0.0

    @property
    def recall(self) -> float:
        """The share of the rows of the kind that satisfy the condition."""
        return self.matching / self.rows if self.rows else 0.0


@dataclass(frozen=True, slots=True)
class Replayed:
    """A statement that was asked, and what its answer was: `digest` is of the rows without regard to their order.

    `subject` is the unique id of the model, or the name of the check, that it was asked for."""

    subject: str
    purpose: str
    sql: str
    rows: int
    digest: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment that was asked: its name, which commit's code built it, how many nodes were built in it now and
    how many were kept from before; `digest` is the key it is kept under, empty where it is not kept."""

    name: str
    commit: str
    built: int
    kept: int = 0
    digest: str = ""


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on. Digests are SHA-256, in hexadecimal digits.

    `configuration` is the digest of the configuration's text (empty where there is none), `manifests` those of what
    both manifests say that matters, by side, and under `production` that of the manifest of the production that was the
    origin; `versions` by name of package. `declarations` are the texts of those that
    no commit has: the blocks of a description, the file of `--expect`.
    """

    configuration: str = ""
    manifests: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    environments: tuple[Environment, ...] = ()
    statements: tuple[Replayed, ...] = ()
    declarations: tuple[str, ...] = ()
