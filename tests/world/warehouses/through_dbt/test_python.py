"""Which Python a dbt is installed in."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bot.world.warehouses.through_dbt import python


@pytest.mark.parametrize(
    ("first", "found"),
    [
        ("#!/opt/dbt/bin/python3.11 -SI\n", "/opt/dbt/bin/python3.11"),
        ('#!/bin/sh\n\'\'\'exec\' "/opt/a b/python" "$0" "$@"\n', "beside"),
        ("\x7fELF\n", "beside"),
    ],
)
def test_it_is_the_one_that_starts_dbt(tmp_path: Path, first: str, found: str) -> None:
    """Checks would be asked by another version of the adapter than builds, or by none."""
    (tmp_path / "dbt").write_text(first)
    (tmp_path / "python").touch()
    assert python.find(tmp_path / "dbt") == (str(tmp_path / "python") if found == "beside" else found)


def test_without_any_it_is_ours(tmp_path: Path) -> None:
    """A run would end in a traceback where dbt is not a script."""
    assert python.find(tmp_path / "dbt") == sys.executable
