"""How it is said that a setting names a column that it does not fit."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.choosing import unknown
from bot.core.wording import count, nearest
from bot.domain import Grade, Misfit, Pair

_MOST = 3


def of_columns(setting: str, wanted: Sequence[str], pair: Pair) -> list[Misfit]:
    """The columns that a setting names and that are not on both sides, wildcards left out.

    A name that looks like a slip is a warning. The others are only recorded: a setting for many models may name what
    some of them do not have, and what becomes of a column from side to side is told elsewhere.
    """
    at_base, at_head = ([column.name for column in table.columns] for table in (pair.base, pair.head))
    shared = [pairing.head.name for pairing in pair.shared]
    found = []
    for name in unknown(wanted, shared):
        if not unknown([name], [*at_base, *at_head]):
            found.append(Misfit(setting, name, "one side only has it", Grade.PASS))
            continue
        meant = nearest(name, [*at_head, *at_base])
        words = f"; did you mean {meant}?" if meant else ""
        found.append(Misfit(setting, name, f"neither side has it{words}", Grade.WARN if meant else Grade.PASS))
    return found


def say_misfit(misfit: Misfit) -> str:
    """One of them, as a clause."""
    return f"{misfit.setting} names {misfit.name}: {misfit.reason}"


def tell_misfits(misfits: Sequence[Misfit]) -> str:
    """Those that matter, as they follow a sentence; empty where there are none."""
    told = [say_misfit(one) for one in misfits if one.grade is not Grade.PASS]
    more = [f"{count(len(told) - _MOST, 'more setting')} without effect"] if len(told) > _MOST else []
    return "".join(f"; {words}" for words in (*told[:_MOST], *more))
