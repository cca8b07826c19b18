"""How it is said that a setting names a column that it does not fit."""

from __future__ import annotations

from bot.core.misfits import of_columns
from bot.domain import Grade, Misfit
from tests.checks.stage import make


def test_only_a_slip_is_a_warning() -> None:
    """A setting for all models would be a warning for each that has no such column; or a slip switch off a watch."""
    pair = make({"id": "INTEGER", "status": "VARCHAR", "gone": "DATE"}, {"id": "INTEGER", "status": "VARCHAR"})
    assert of_columns("x.columns", ["ID", "statsu", "price", "GONE", "p*"], pair) == [
        Misfit("x.columns", "statsu", "neither side has it; did you mean status?", Grade.WARN),
        Misfit("x.columns", "price", "neither side has it", Grade.PASS),
        Misfit("x.columns", "GONE", "one side only has it", Grade.PASS),
    ]
