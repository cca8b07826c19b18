"""How it is said that a setting names a column that it does not fit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel

from bot.core.choosing import unknown
from bot.core.wording import count, nearest
from bot.domain import Finding, Grade, Misfit, Pair

_MOST = 3
_NEITHER = "neither side has it"


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
        found.append(Misfit(setting, name, f"{_NEITHER}{words}", Grade.WARN if meant else Grade.PASS))
    return found


def say_misfit(misfit: Misfit) -> str:
    """One of them, as a clause."""
    return f"{misfit.setting} names {misfit.name}: {misfit.reason}"


def tell_misfits(misfits: Sequence[Misfit]) -> str:
    """Those that matter, as they follow a sentence; empty where there are none."""
    told = [say_misfit(one) for one in misfits if one.grade is not Grade.PASS]
    more = [f"{count(len(told) - _MOST, 'more setting')} without effect"] if len(told) > _MOST else []
    return "".join(f"; {words}" for words in (*told[:_MOST], *more))


def in_vain(asked: Iterable[tuple[Mapping[str, object], Sequence[Finding]]]) -> tuple[str, ...]:
    """Notices of the columns that settings name and no model has that was asked about: each is recorded there only, as
    one that some models may well not have.

    Args:
        asked: for each model the options of its checks by name, and what these found.
    """
    missing: dict[tuple[str, str], int] = {}
    named: dict[tuple[str, str], int] = {}
    models = [(options, {finding.check: finding for finding in findings}) for options, findings in asked]
    for _, findings in models:
        for misfit in (one for finding in findings.values() for one in _recorded(finding)):
            place = (str(misfit["setting"]), str(misfit["name"]))
            missing[place] = missing.get(place, 0) + 1
    for options, findings in models:
        for setting, name in missing:
            check = setting.split(".")[0]
            if check in findings and _names(options.get(check), name):
                named[setting, name] = named.get((setting, name), 0) + 1
    lost = [place for place, times in missing.items() if times >= named.get(place, 0)]
    return tuple(f"`{setting}` names `{name}`, and no model that was asked about has it" for setting, name in lost)


def _recorded(finding: Finding) -> list[Mapping[str, object]]:
    misfits = finding.measures.get("misfits")
    found = [one for one in misfits if isinstance(one, Mapping)] if isinstance(misfits, list) else []
    return [one for one in found if one.get("grade") == Grade.PASS and one.get("reason") == _NEITHER]


def _names(options: object, name: str) -> bool:
    return isinstance(options, BaseModel) and json.dumps(name, ensure_ascii=False) in options.model_dump_json()
