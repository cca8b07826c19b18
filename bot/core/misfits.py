"""How it is said that a setting names a column that it does not fit."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.wording import count
from bot.domain import Grade, Misfit

_MOST = 3


def say_misfit(misfit: Misfit) -> str:
    """One of them, as a clause."""
    return f"{misfit.setting} names {misfit.name}: {misfit.reason}"


def tell_misfits(misfits: Sequence[Misfit]) -> str:
    """Those that matter, as they follow a sentence; empty where there are none."""
    told = [say_misfit(one) for one in misfits if one.grade is not Grade.PASS]
    more = [f"{count(len(told) - _MOST, 'more setting')} without effect"] if len(told) > _MOST else []
    return "".join(f"; {words}" for words in (*told[:_MOST], *more))
