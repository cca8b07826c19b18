"""Random queries on a small shop, each written in several ways, and spoiled in many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import duckdb
import sqlglot

TABLES = {
    "orders": {"id": "int", "customer_id": "int", "amount": "int", "status": "text"},
    "customers": {"id": "int", "name": "text", "region": "text"},
    "refunds": {"order_id": "int", "amount": "int", "status": "text"},
}


def shop(connection: duckdb.DuckDBPyConnection, schema: str, random: Random) -> None:
    """Makes the tables in a schema, with nulls, repeated rows and values that many rows share."""
    connection.execute(f"create schema {schema}")
    for table, columns in TABLES.items():
        spelt = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        rows = ", ".join(f"({', '.join(_value(kind, random) for kind in columns.values())})" for _ in range(12))
        connection.execute(f"create table {schema}.{table} ({spelt}); insert into {schema}.{table} values {rows}")


def _value(kind: str, random: Random) -> str:
    return random.choice(["null", "1", "2", "3"] if kind == "int" else ["null", "'a'", "'b'", "''"])


@dataclass
class Made:
    """A query's text, and the names with the kinds of the columns that come out."""

    text: str
    columns: dict[str, str]


class Writer:
    """Writes one query, always the same for one seed, in a manner that `style` draws."""

    def __init__(self, seed: int, style: Random) -> None:
        self._random, self._style = Random(seed), style
        self._aliases = 0

    def query(self) -> str:
        """A query with CTEs or without."""
        steps = [self._step(f"step_{number}") for number in range(self._random.randrange(3))]
        last = self._select([(name, made.columns) for name, made in steps])
        return self._assembled(steps, last)

    def _step(self, name: str) -> tuple[str, Made]:
        if self._random.random() < 0.3:
            table = self._random.choice(list(TABLES))
            return name, Made(f"select * from {table}", TABLES[table])
        return name, self._select([])

    def _assembled(self, steps: list[tuple[str, Made]], last: Made) -> str:
        style, text = self._style, last.text
        if style.random() < 0.5:
            style.shuffle(steps)
        listed = [(name, made.text) for name, made in steps]
        for name, made in list(steps):
            if style.random() < 0.3 and text.count(name) == 1:
                listed.remove((name, made.text))
                text = text.replace(f"<{name}>", f"({made.text})")
        if style.random() < 0.3:
            listed, text = [*listed, ("final", text)], "select * from final"
        renamed = {name: f"{style.choice('pqrs')}_{number}" for number, (name, _) in enumerate(listed)}
        whole = f"with {', '.join(f'{name} as ({body})' for name, body in listed)} {text}" if listed else text
        for name, other in renamed.items():
            whole = whole.replace(f"<{name}>", other).replace(f"{name} as (", f"{other} as (")
            whole = whole.replace(f"from {name}", f"from {other}")
        return whole

    def _select(self, steps: Sequence[tuple[str, dict[str, str]]]) -> Made:
        random, style = self._random, self._style
        known = [
            *((name, columns, True) for name, columns in steps),
            *((name, columns, False) for name, columns in TABLES.items()),
        ]
        picked = [random.choice(known) for _ in range(random.choice([1, 1, 2]))]
        aliases = [self._alias() for _ in picked]
        columns = [
            (f"{alias}.{name}", kind)
            for alias, one in zip(aliases, picked, strict=True)
            for name, kind in one[1].items()
        ]
        start = self._read(picked[0], aliases[0])
        if len(picked) == 2:
            start += self._joined(picked[1], aliases, columns)
        outputs: dict[str, tuple[str, str]] = {}
        for number in range(random.randrange(1, 4)):
            text, kind = self._expression(columns, 2)
            outputs[f"c{number}"] = (text, kind)
        where = f" where {self._condition(columns, 2)}" if random.random() < 0.6 else ""
        listed = [f"{text}{style.choice([' as ', ' '])}{name}" for name, (text, _) in outputs.items()]
        group = ""
        if random.random() < 0.3:
            texts = [text for text, _ in outputs.values()]
            keys = [str(place + 1) for place in range(len(texts))] if style.random() < 0.5 else texts
            if style.random() < 0.5:
                style.shuffle(keys)
            if not any(text.lstrip("(").replace(")", "").isdigit() or "'" in text[:2] for text in texts):
                group = f" group by {', '.join(keys)}"
                counted = random.choice(["count(*)", f"sum({self._of('int', columns)})", f"max({columns[0][0]})"])
                listed.append(f"{counted} as counted")
                outputs["counted"] = (counted, "int" if not counted.startswith("max") else columns[0][1])
        distinct = "distinct " if random.random() < 0.15 else ""
        text = f"select {distinct}{', '.join(listed)} from {start}{where}{group}"
        return Made(text, {name: kind for name, (_, kind) in outputs.items()})

    def _alias(self) -> str:
        self._aliases += 1
        return f"{self._style.choice('tuvw')}{self._aliases}"

    def _read(self, one: tuple[str, dict[str, str], bool], alias: str) -> str:
        name, _, is_step = one
        if is_step:
            return f"<{name}> as {alias}"
        wrapped = self._style.random() < 0.2
        return f"(select * from {name}) {alias}" if wrapped else f"{name} {alias}"

    def _joined(self, one: tuple[str, dict[str, str], bool], aliases: list[str], columns: list[tuple[str, str]]) -> str:
        random, style = self._random, self._style
        side = random.choice(["", "left ", "right ", "full "])
        word = {"": ["join", "inner join"]}.get(side, [f"{side}join", f"{side}outer join"])
        left = [text for text, kind in columns if kind == "int" and text.startswith(f"{aliases[0]}.")]
        right = [text for text, kind in columns if kind == "int" and text.startswith(f"{aliases[1]}.")]
        if not left or not right:
            return f" cross join {self._read(one, aliases[1])}"
        first, second = random.choice(left), random.choice(right)
        shared = first.split(".")[1] == second.split(".")[1]
        read = self._read(one, aliases[1])
        if shared and style.random() < 0.5:
            return f" {style.choice(word)} {read} using ({first.split('.')[1]})"
        return f" {style.choice(word)} {read} on {self._turned(first, '=', second)}"

    def _of(self, kind: str, columns: Sequence[tuple[str, str]]) -> str:
        found = [text for text, one in columns if one == kind]
        return self._random.choice(found) if found else {"int": "7", "text": "'z'"}[kind]

    def _expression(self, columns: Sequence[tuple[str, str]], depth: int) -> tuple[str, str]:
        random = self._random
        pick = random.random()
        if pick < 0.5 or not depth:
            return random.choice(list(columns))
        if pick < 0.75:
            left, right = self._of("int", columns), self._of("int", columns)
            text = f"{left} {random.choice('+-')} {right}"
            if random.random() < 0.5:
                third = self._of("int", columns)
                inside = random.random() < 0.5
                text = f"{third} - ({text})" if inside else f"{self._dressed(text)} - {third}"
            return self._dressed(text), "int"
        if pick < 0.9:
            return f"coalesce({self._of('text', columns)}, 'none')", "text"
        return f"case when {self._condition(columns, 1)} then {self._of('int', columns)} else 0 end", "int"

    def _condition(self, columns: Sequence[tuple[str, str]], depth: int) -> str:
        random, style = self._random, self._style
        if depth and random.random() < 0.5:
            parts = [self._condition(columns, depth - 1) for _ in range(random.choice([2, 3]))]
            word = random.choice([" and ", " or "])
            if style.random() < 0.5:
                style.shuffle(parts)
            return "(" + word.join(parts) + ")"
        pick = random.random()
        if pick < 0.5:
            return self._turned(
                self._of("int", columns), random.choice(["=", "<", "<=", "<>"]), str(random.randrange(4))
            )
        if pick < 0.7:
            return f"{self._of('text', columns)} is {random.choice(['', 'not '])}null"
        if pick < 0.9:
            return self._dressed(self._turned(self._of("text", columns), "=", random.choice(["'a'", "'b'"])))
        return f"not {self._dressed(self._turned(self._of('int', columns), '<', self._of('int', columns)))}"

    def _turned(self, left: str, sign: str, right: str) -> str:
        if self._style.random() < 0.5:
            return f"{left} {sign} {right}"
        other = {"=": "=", "<": ">", "<=": ">=", "<>": self._style.choice(["!=", "<>"])}[sign]
        return f"{right} {other} {left}"

    def _dressed(self, text: str) -> str:
        return f"({text})" if self._style.random() < 0.4 else text


def spoiled(text: str, random: Random) -> str:
    """A query in which some words have another place, are gone, or are others."""
    spoilers: list[Callable[[list[str], Random], None]] = [_swap, _drop, _change, _swap, _change]
    words = [text[token.start : token.end + 1] for token in sqlglot.tokenize(text, read="duckdb")]
    for _ in range(random.choice([1, 1, 1, 2])):
        random.choice(spoilers)(words, random)
    return " ".join(words)


def _swap(words: list[str], random: Random) -> None:
    one, other = random.randrange(len(words)), random.randrange(len(words))
    words[one], words[other] = words[other], words[one]


def _drop(words: list[str], random: Random) -> None:
    place = random.randrange(len(words))
    del words[place : place + random.choice([1, 2, 3])]


_OTHERS = {
    "and": "or", "or": "and", "left": "right", "right": "left", "full": "left", "inner": "left", "not": "",
    "+": "-", "-": "+", "=": "<>", "<>": "=", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "*": "1",
    "sum": "max", "max": "min", "coalesce": "concat", "distinct": "", "where": "where not", "is": "is not",
    "0": "1", "1": "2", "2": "1", "'a'": "'b'", "'b'": "'a'",
    "orders": "refunds", "id": "amount", "amount": "id", "name": "region", "status": "id", "customer_id": "id",
}  # fmt: skip


def _change(words: list[str], random: Random) -> None:
    places = [place for place, word in enumerate(words) if word.lower() in _OTHERS]
    aliases = [place for place, word in enumerate(words) if place + 1 < len(words) and words[place + 1] == "."]
    if aliases and (not places or random.random() < 0.3):
        words[random.choice(aliases)] = words[random.choice(aliases)]
    elif places:
        place = random.choice(places)
        words[place] = _OTHERS[words[place].lower()]
