"""What a check has to say."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field

from bot.domain.questions import Answers, Question
from bot.domain.words import Bound, Grade, Outcome

Plain = str | int | float | None


@dataclass(frozen=True, slots=True)
class FromTo:
    """A cell that differs: what it is at base, what it is at head."""

    base: Plain
    head: Plain


TableCell = Plain | FromTo


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a table: its title, and whether it holds numbers. `data` says that title and cells come from the
    user's data or project, so that a renderer shows them as such (as code)."""

    title: str
    numeric: bool = False
    data: bool = False


@dataclass(frozen=True)
class DiffTable:
    """A table in a finding. Cells are values, not dressed: renderers escape, align and cap them.

    `title` is ours, in plain words; `left_out` says how many rows there are beside those shown.
    """

    title: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    left_out: int = 0


@dataclass(frozen=True)
class Finding:
    """What one check has to say of one model.

    `message` is one plain sentence without values from the data. `measures` are numbers and names, JSON types only.
    A check says what it saw; the grade is the policy's (`core.verdict`), and an error until the policy has spoken.
    `bound` is what the thresholds in the check's options make of it. `advice` is YAML to add to the project, or None.
    `rule` is the rule of the policy that decided the grade: `standard: changed`, `.proofbot.yml:12`.
    """

    check: str
    outcome: Outcome
    message: str
    grade: Grade = Grade.ERROR
    measures: Mapping[str, object] = field(default_factory=dict)
    bound: Bound = Bound.NONE
    tables: tuple[DiffTable, ...] = ()
    advice: str | None = None
    rule: str = ""


# A check's conversation with the interview: yields questions, is sent the answers, returns a finding.
Conversation = Generator[tuple[Question, ...], Answers, Finding]
