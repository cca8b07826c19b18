"""Diagnoses become lines for people, or JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby

from rich.console import Console
from rich.text import Text

from bot.domain import Diagnosis, Health
from bot.render.escape import visible
from bot.render.figures import plural

_SIGNS = {Health.WELL: ("✓", "green"), Health.ADVICE: ("!", "yellow"), Health.ILL: ("✗", "bold red")}
_ASCII = str.maketrans({"✓": "+", "✗": "x", "→": ">"})


def json_text(diagnoses: Sequence[Diagnosis], exit_code: int, version: str) -> str:
    """Everything, for programs; `version` is proofbot's."""
    said = {
        "proofbot": version,
        "exit_code": exit_code,
        "diagnoses": [{**asdict(one), "health": one.health.value} for one in diagnoses],
    }
    return json.dumps(said, indent=2) + "\n"


def page(diagnoses: Sequence[Diagnosis], console: Console) -> None:
    """Prints a block for each topic: a sign, what was looked at, what was found, and below it the remedy."""
    utf = console.encoding.lower().startswith("utf")
    with console.capture() as capture:
        for topic, found in groupby(diagnoses, lambda one: one.topic):
            console.print(Text(visible(topic), style="bold"))
            for one in found:
                for line in _lines(one):
                    console.print(line, highlight=False, soft_wrap=True)  # a command is to be copied whole
        console.print(Text(f"\n{_summary(diagnoses)}"))
    text = capture.get()
    console.file.write(text if utf else text.translate(_ASCII).encode("ascii", "backslashreplace").decode())


def _lines(one: Diagnosis) -> Iterator[Text]:
    sign, style = _SIGNS[one.health]
    named = "" if one.what == one.topic else f"{visible(one.what)}: "
    first, *more = one.words.strip().splitlines() or [""]
    yield Text.assemble("  ", (sign, style), " ", (named, "bold"), visible(first))
    yield from (Text(f"    {visible(line)}") for line in more)
    yield from (Text(f"    → {visible(line)}") for line in one.remedy.strip().splitlines())


def _summary(diagnoses: Sequence[Diagnosis]) -> str:
    ill = sum(one.health is Health.ILL for one in diagnoses)
    advice = sum(one.health is Health.ADVICE for one in diagnoses)
    told = f"{plural(ill, 'thing')} to mend" if ill else "Nothing to mend"
    return f"{told}, {plural(advice, 'piece')} of advice." if advice else f"{told}."
