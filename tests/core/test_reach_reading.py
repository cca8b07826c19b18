"""Tests of bot/core/reach_reading.py and of what it reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core import reach_reading, report_reading
from bot.core.report_bounds import Unreadable
from bot.domain import Break, Reach, Reached, ReachedColumn, Reader, Through
from bot.render.json import document
from bot.world import schemas
from tests.render.reports import shop

REACH = Reach(
    models=(
        Reached(
            "model.shop.orders",
            "orders",
            is_changed=True,
            is_measured=True,
            columns=(ReachedColumn("a", is_measured=True),),
        ),
        Reached(
            "model.shop.mart",
            "mart",
            is_whole=True,
            columns=(ReachedColumn("b", through=(Through("model.shop.orders", "a"),)),),
            reads=("model.shop.orders",),
            through=(Through("model.shop.orders"),),
            doubt="its SQL is not understood",
        ),
    ),
    readers=(
        Reader(
            "exposure.shop.weekly",
            "Weekly",
            "dashboard",
            "ann",
            reads=("model.shop.mart",),
            through=(Through("model.shop.mart", "b"),),
            is_measured=True,
        ),
    ),
    breaks=(Break("model.shop.orders", "a", "was removed", ("exposure.shop.weekly",)),),
)


def test_reach_is_read_as_it_was_written() -> None:
    """A comment that is made from the report of another job would not tell what is reached."""
    report = replace(shop(), reach=REACH)
    found = report_reading.read(document(report), schemas.of_report(), is_foreign=False)
    assert found.reach == REACH
    assert report_reading.read(document(shop()), schemas.of_report()).reach is None


def test_more_than_any_report_tells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fork's report could keep the job busy for hours."""
    monkeypatch.setattr(reach_reading, "MOST", 1)
    written: Any = document(replace(shop(), reach=REACH))
    with pytest.raises(Unreadable):
        reach_reading.read(written["reach"])
