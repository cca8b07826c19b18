"""The `.proofbot.yml` that a project begins with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from bot.core.first.outlook import Layer, Outlook, Seen, selector

_PLAIN = re.compile(r"[A-Za-z_](?:[\w./*-]|:(?=\w))*")
_WORDS_OF_YAML = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_NAMED = 3
_PROPOSED = 40
_WIDTH = 110
_ABOUT = {
    Layer.STAGING: "Staging: what changes here is seen where it is read; profiles cost statements, and tell little.",
    Layer.INTERMEDIATE: "Intermediate: the same.",
    Layer.MARTS: "Marts are what people look at. `values` still tells of every row.",
}
_CHECKS = {
    Layer.STAGING: "profile: false",
    Layer.INTERMEDIATE: "profile: false",
    Layer.MARTS: "row_count: {warn: 5%, fail: {down: 1%}}",
}


def text(outlook: Outlook) -> str:
    """Returns the text of the file. The same project gives the same text."""
    return "\n".join((*_top(outlook), *_samples(outlook), *_keys(outlook), *_models(outlook))) + "\n"


def scalar(value: str) -> str:
    """Returns a text as YAML has it, in quotes where it needs them."""
    plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS_OF_YAML
    return value if plain else json.dumps(value, ensure_ascii=False)


def _top(outlook: Outlook) -> Iterator[str]:
    yield f"# What proofbot checks in {_comment(outlook.name)}. Written by `proofbot init`, and yours from now on."
    yield "# What may stand here: docs/configuration.md of proofbot. `proofbot config --check` reads it over."
    yield "version: 1"
    yield ""
    yield "# Everything is told, and nothing closes the gate. Once you trust the comments: `standard`, then `strict`."
    yield "policy: advisory"
    if outlook.incremental:
        yield ""
        yield f"# Incremental: {_some(outlook.incremental)}. `both` also builds them as increments, which tells whether"
        yield "# a change needs a full refresh."
        yield "# incremental: both"


def _samples(outlook: Outlook) -> Iterator[str]:
    if not outlook.personal and not outlook.marks:
        return
    yield ""
    yield "# Comments show no rows unless you say so: `rows: 5`. What is personal is not shown even then."
    yield "samples:"
    yield "  rows: 0"
    if outlook.personal:
        yield "  columns:  # called like something personal: take out what is none, add what is missing"
        for name, models in outlook.personal.items():
            yield f"    {scalar(name)}: mask  # {_some(models)}"
    words = tuple(dict.fromkeys(("pii", *outlook.marks)))
    yield f"  personal: [{', '.join(words)}]  # tags, and words in meta, of what is never shown"


def _keys(outlook: Outlook) -> Iterator[str]:
    if outlook.without_key:
        yield ""
        yield f"# {_without(outlook.without_key)}. Only with a key rows"
        yield "# are compared one by one: `true` takes one that the data proves, unique and never null on both sides."
        yield "infer_keys: true"


def _models(outlook: Outlook) -> Iterator[str]:
    proposals = [one for one in outlook.without_key if one.proposed]
    entries = [layer for layer in _CHECKS if outlook.selections.get(layer)]
    if not entries and not proposals and not outlook.people:
        return
    yield ""
    yield "# Which models (dbt's selection syntax), and what holds for them; later entries win."
    sign = "" if entries or outlook.people else "# "
    yield f"{sign}models:"
    for layer in entries:
        selected, excluded = outlook.selections[layer]
        yield f"  # {_ABOUT[layer]}"
        yield f"  - select: {_listed(selected)}"
        if excluded:
            yield f"    exclude: {_listed(excluded)}"
        yield f"    checks: {{{_CHECKS[layer]}}}"
    if outlook.people:
        yield "  # Here a `name` is somebody's."
        yield f"  - select: {_listed([selector(name) for name in outlook.people])}"
        yield "    samples: {columns: {name: mask}}"
    if proposals:
        yield "  # By their names these could be keys. Where one is: test unique and not_null, or take out the #."
        for one in proposals[:_PROPOSED]:
            yield f"  # - {{select: {scalar(selector(one.name))}, key: {scalar(one.proposed[0])}}}"
        if len(proposals) > _PROPOSED:
            yield f"  # and {len(proposals) - _PROPOSED} more"


def _listed(words: Sequence[str]) -> str:
    if len(words) == 1:
        return scalar(words[0])
    line = f"[{', '.join(map(scalar, words))}]"
    if len(line) <= _WIDTH:
        return line
    return "\n" + "\n".join(f"      - {scalar(word)}" for word in words)


def _without(nodes: Sequence[Seen]) -> str:
    return (
        f"{'One declares' if len(nodes) == 1 else f'{len(nodes)} declare'} no key: {_some([one.name for one in nodes])}"
    )


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(_comment(name) for name in names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown


def _comment(name: str) -> str:
    """A name that stays on its line."""
    return "".join(sign if sign.isprintable() else "?" for sign in name)
