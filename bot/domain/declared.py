"""What a request says it is meant to change, and what became of that."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from bot.domain.settings import NamedCheck
from bot.domain.words import Effect, Grade, RowUnit, Verified


@dataclass(frozen=True, slots=True)
class RowLimits:
    """Between which numbers something about rows is meant to lie, both included; `text` is as it was written.

    Of DIFFERENCE and PERCENT, `low` and `high` are from base to head (-25 and -35 percent: `low` is -35); of TOTAL they
    are the rows of head.
    """

    low: Decimal
    high: Decimal
    unit: RowUnit
    text: str


@dataclass(frozen=True)
class Expectation:
    """What is meant to happen to the models that `models` names: a name, a name with its package, or a pattern.

    `columns_*` are names as written; `retyped` are columns whose type is meant to change. `rows` limits the number of
    rows; `added` and `removed` limit the rows that come and go (always as TOTAL), where both happen. `condition` is SQL
    that every changed row satisfies on either side. `where` is file (or description) and line.
    """

    models: str
    effect: Effect
    where: str
    rows: RowLimits | None = None
    added: RowLimits | None = None
    removed: RowLimits | None = None
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    columns_changed: tuple[str, ...] = ()
    columns_retyped: tuple[str, ...] = ()
    condition: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Declaration:
    """Everything that a request declares. `sources` are the places it was found in, none where nothing is declared.

    `named` are the queries and assertions that its author adds to prove it.
    """

    sources: tuple[str, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    named: tuple[NamedCheck, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that was declared, or that happened without: `what` (`rows`, `column amount`), what became of it, what
    was declared in the author's words (empty where nothing was), and what was seen, in numbers."""

    what: str
    verified: Verified
    declared: str
    seen: str


@dataclass(frozen=True)
class Declared:
    """What became of what was declared of one model, worst first; `verified` is the worst of the clauses.

    `reason` and `where` are those of the declaration; both are empty where the model is in no declaration.
    """

    verified: Verified
    clauses: tuple[Clause, ...] = ()
    reason: str = ""
    where: str = ""


@dataclass(frozen=True)
class Unmet:
    """A declaration about models that the request does not affect: what it names, what became of it, and the
    grade with the rule of the policy that decided it."""

    models: str
    declared: Declared
    grade: Grade
    rule: str = ""
