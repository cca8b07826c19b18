"""Soundness of what is spared before anything is built, by executing: a changed model, and all that reads it."""

from __future__ import annotations

import os
import re
from random import Random

import duckdb
import pytest

from bot.core import sparing
from bot.core.graph import parents
from bot.core.lineage.confined import differing
from bot.core.lineage.facts import Touch
from bot.core.lineage.spread import Spread
from bot.domain import Change, ChangeKind, NodeChange
from tests.core import manifests
from tests.core.lineage.chains import TABLES, build, rows_of

_CHAINS = 20_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 240
_PARTS = 3
_CALLS = (
    "sum({})",
    "max({})",
    "coalesce({}, 1)",
    "{} + 1",
    "row_number() over (order by {})",
    "unnest([{}, 1])",
    "null",
)


@pytest.mark.parametrize("part", range(_PARTS))
def test_what_is_said_to_be_the_same_is_the_same(connection: duckdb.DuckDBPyConnection, part: int) -> None:
    """A model would not be built and not be compared, though its rows are others now.

    One model of a chain is written in another way, at random: any word of it, anywhere. Where proofbot says which
    columns may differ, all others of it and of what reads it must be the same rows as before. And it must say so of
    many, or nothing would be shown here.
    """
    random = Random(part)
    tried = told = spared = 0
    for _ in range(_CHAINS // _PARTS):
        models, columns = build(connection, random)
        name = random.choice(list(models)[:-1])
        other = _rewritten(models[name], random)
        if other == models[name] or not _rebuild(connection, models | {name: other}):
            continue
        tried += 1
        found = differing(models[name], other, "duckdb")
        if found is None:
            continue
        told += 1
        touches, left = _spread(models, name, found)
        for one in models:
            touch = touches.get(one, Touch())
            kept = [] if touch.whole else [it for it in columns[one] if it.lower() not in touch.columns]
            before, after = (rows_of(connection, side, one, kept) for side in ("base", "head"))
            assert before == after, f"{one} beyond {touch}, after {name} became\n{other}\nof {models}"
        assert touches.keys().isdisjoint(left)
        spared += len(left)
    assert told > tried * 0.08
    assert spared > told * 0.2


def _rebuild(connection: duckdb.DuckDBPyConnection, models: dict[str, str]) -> bool:
    """Head, on the same tables; whether all of it could be built."""
    connection.execute("drop schema if exists head cascade; create schema head; set schema = 'head'")
    for table in TABLES:
        connection.execute(f"create table {table} as from base.{table}")
    try:
        for name, text in models.items():
            connection.execute(f"create table {name} as {text}")
    except duckdb.Error:
        return False
    return True


def _rewritten(text: str, random: Random) -> str:
    """The same query but for a word or two, an entry more, or one less."""
    words = [found.span() for found in re.finditer(r"\b(?:[pquz]\.)?[a-fkmn-y]\d?\b", text)]
    ends = [found.end() for found in re.finditer(r"select (?:distinct )?", text)]
    listed = [found.span(1) for found in re.finditer(r"(?:select |, )([^,()]+ as \w+)", text)]
    kind = random.randrange(6)
    if kind == 0 and words:
        (start, end), (first, last) = random.choice(words), random.choice(words)
        return text[:start] + text[first:last] + text[end:]
    if kind == 1 and listed:
        start, end = random.choice(listed)
        value, _, name = text[start:end].rpartition(" as ")
        return f"{text[:start]}{random.choice(_CALLS).format(value)} as {name}{text[end:]}"
    if kind == 2 and ends and words:
        place, (first, last) = random.choice(ends), random.choice(words)
        value = random.choice(_CALLS).format(text[first:last])
        return f"{text[:place]}{value} as {random.choice(['new', 'a', 'x9'])}, {text[place:]}"
    if kind == 3 and " from " in text:
        place = random.choice([found.start() for found in re.finditer(" from ", text)])
        first, last = random.choice(words)
        return f"{text[:place]}, {random.choice(_CALLS).format(text[first:last])} as new{text[place:]}"
    if kind == 5 and words:  # an entry more in each list, in any place of it: unions pair them by place
        first, last = random.choice(words)
        for found in reversed(list(re.finditer(r"select ([^()]*?) from ", text))):
            entries = found[1].split(", ")
            entries.insert(random.randrange(len(entries) + 1), f"{text[first:last]} as new")
            if random.random() < 0.5:
                entries.pop(random.randrange(len(entries)))
            text = f"{text[: found.start(1)]}{', '.join(entries)}{text[found.end(1) :]}"
        return text
    if kind == 4 and listed:
        start, end = random.choice(listed)
        return text[:start] + text[end:].removeprefix(", ")
    return text


def _spread(models: dict[str, str], name: str, found: frozenset[str]) -> tuple[dict[str, Touch], tuple[str, ...]]:
    """What is reached, and what is spared, as it is decided in a run."""
    entries = [manifests.node(f"seed.{table}") for table in TABLES]
    for number, (one, text) in enumerate(models.items()):
        before = [f"seed.shop.{table}" for table in TABLES] + [f"model.shop.m{below}" for below in range(number)]
        reads = [uid for uid in before if re.search(rf"\b{uid.rpartition('.')[2]}\b", text)]
        entries.append(manifests.node(one, text, reads=reads))
    project = manifests.read(*entries)
    below = [one for one in models if one > name]
    change = Change(
        affected=(
            NodeChange(f"model.shop.{name}", ChangeKind.MODIFIED),
            *(
                NodeChange(f"model.shop.{one}", ChangeKind.DOWNSTREAM, upstream=(f"model.shop.{name}",))
                for one in below
            ),
        ),
        confined={f"model.shop.{name}": tuple(found)},
    )
    compiled = {f"model.shop.{one}": models[one] for one in below}
    found_left = sparing.spare(change, project, compiled).spared
    left = found_left.models if found_left else ()
    spread = Spread(project, parents(project), compiled, {f"model.shop.{name}": Touch(set(found))})
    for one in below:
        spread.reaches(f"model.shop.{one}")
    touches = {uid.rpartition(".")[2]: touch for uid, touch in spread.touches.items()}
    return touches, tuple(uid.rpartition(".")[2] for uid in left)
