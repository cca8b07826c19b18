"""Every failure proofbot can name: what was wrong, where, what to do, and the exit code it leaves with.

Exit codes: 0 the gate is open, 1 the gate is closed by a finding, 2 usage or configuration, 3 proofbot or its
surroundings failed. Only 2 and 3 are errors; a closed gate is a verdict.
"""

from __future__ import annotations

from typing import ClassVar


class ProofbotError(Exception):
    """A failure that ends the run, with its remedy.

    Args:
        message: what was wrong, one sentence, without a trailing full stop where it ends in a value.
        where: the file (and line) or the setting at fault, or None.
        remedy: what the user can do about it; one or more sentences, commands in backticks.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, remedy: str, where: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.message}{place}"


class UsageError(ProofbotError):
    """The call or the configuration is wrong: the user can mend it. Exit code 2."""

    exit_code: ClassVar[int] = 2


class EnvironmentFailure(ProofbotError):
    """Something proofbot needs (git, dbt, the disk, the warehouse) failed or is missing. Exit code 3."""


class Interrupted(ProofbotError):
    """The run was stopped from outside (Ctrl-C, SIGTERM). Exit code 3."""


class QueryFailed(Exception):
    """One statement failed in the warehouse. A finding of the check that asked it, never the end of the run.

    Args:
        message: the warehouse's own words, one line.
        sql: the statement.
    """

    def __init__(self, message: str, sql: str) -> None:
        super().__init__(message)
        self.message = message
        self.sql = sql


class BudgetSpent(Exception):
    """A statement was not asked, or not to its end, because what may be spent is spent. Its words say which limit.

    A finding of the check that wanted to know, never silence, never the end of the run.
    """
