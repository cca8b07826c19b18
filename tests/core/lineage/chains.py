"""Random chains of models on two tables of numbers, in many ways of writing a query."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import duckdb

TABLES = {"t0": ("a", "b", "c", "d"), "t1": ("a", "e", "f")}
ROWS = 12
DEPTH = 4
Columns = dict[str, tuple[str, ...]]


def rows(table: str, random: Random) -> list[list[int | None]]:
    """Rows of a table: small numbers and nulls, so that many are equal."""
    return [[random.choice([None, 0, 1, 2, 3]) for _ in TABLES[table]] for _ in range(ROWS)]


@dataclass
class Chain:
    """Writes models, each of which reads tables or models before it. `known` are the columns of what can be read."""

    random: Random
    known: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict(TABLES))

    def model(self) -> str:
        """The SQL of one more model."""
        steps: list[str] = []
        names = list(self.known)
        scope = {name: self.known[name] for name in self.random.sample(names, min(2, len(names)))}
        for number in range(self.random.randrange(3)):
            text, columns = self._query(scope)
            steps.append(f"s{number} as ({text})")
            scope[f"s{number}"] = columns
        text, _ = self._query(scope)
        return f"with {', '.join(steps)} {text}" if steps else text

    def _query(self, scope: dict[str, tuple[str, ...]]) -> tuple[str, tuple[str, ...]]:
        kind = self.random.randrange(10)
        if kind == 0:
            return self._starred(scope)
        if kind == 1:
            return self._several(scope)
        if kind == 2:
            return self._grouped(scope)
        if kind == 3:
            return self._pivoted(scope)
        if kind == 4:
            return self._named_by_place(scope)
        return self._select(scope)

    def _select(self, scope: dict[str, tuple[str, ...]]) -> tuple[str, tuple[str, ...]]:
        random = self.random
        start, columns = self._from(scope)
        items = []
        for number in range(random.randrange(1, 4)):
            items.append(f"{self._value(columns, scope, 2)} as x{number}")
        if random.random() < 0.3:
            items.append("x0 + 1 as y")  # a column of this very list
        if random.random() < 0.3:
            name = self._one(columns).split(".")[-1]
            items.append(f"{self._one(columns)} as {name}")
        out = tuple(dict.fromkeys(item.rsplit(" ", 1)[1] for item in items))
        distinct = random.choice(["", "", "", "distinct "])
        text = f"select {distinct}{', '.join(items)} from {start}"
        if random.random() < 0.5:
            text += f" where {self._condition(columns, scope)}"
        if random.random() < 0.2 and not distinct:
            text += f" qualify rank() over (partition by {self._one(columns)} order by {self._one(columns)}) < 3"
        elif random.random() < 0.2:
            text += " order by all limit 4"
        return text, out

    def _grouped(self, scope: dict[str, tuple[str, ...]]) -> tuple[str, tuple[str, ...]]:
        random = self.random
        start, columns = self._from(scope)
        key, measure = self._one(columns), random.choice(["sum({})", "max({})", "count({})", "count(distinct {})"])
        group = random.choice(["1", "k", "all", key])
        text = f"select {key} as k, {measure.format(self._one(columns))} as m, count(*) as n from {start}"
        text += f" where {self._condition(columns, scope)}" if random.random() < 0.3 else ""
        text += f" group by {group}"
        text += f" having {random.choice(['m > 1', f'min({self._one(columns)}) = 0'])}" if random.random() < 0.4 else ""
        return text, ("k", "m", "n")

    def _starred(self, scope: dict[str, tuple[str, ...]]) -> tuple[str, tuple[str, ...]]:
        table = self.random.choice(list(scope))
        columns = scope[table]
        one = self.random.choice(columns)
        kind = self.random.randrange(4)
        if kind == 0 and len(columns) > 1:
            return f"select * exclude ({one}) from {table}", tuple(name for name in columns if name != one)
        if kind == 1:
            return f"select * replace ({one} + {self.random.choice(columns)} as {one}) from {table}", columns
        if kind == 2:
            return f"select u.*, {one} * 2 as twice from {table} as u", (*columns, "twice")
        return f"from {table}", columns

    def _several(self, scope: dict[str, tuple[str, ...]]) -> tuple[str, tuple[str, ...]]:
        word = self.random.choice(["union all", "union all", "union", "except", "intersect"])
        (left, columns), (right, others) = self._select(scope), self._select(scope)
        most = min(len(columns), len(others))
        left = f"select {', '.join(columns[:most])} from ({left}) as l"
        right = f"select {', '.join(others[:most])} from ({right}) as r"
        return f"{left} {word} {right}", columns[:most]

    def _named_by_place(self, scope: dict[str, tuple[str, ...]]) -> tuple[str, tuple[str, ...]]:
        table = self.random.choice(list(scope))
        one, other = self.random.choice(scope[table]), self.random.choice(scope[table])
        inner = f"select {one}, {other} as o from {table}"
        return f"select k, v from ({inner}) as l(k, v)", ("k", "v")

    def _pivoted(self, scope: dict[str, tuple[str, ...]]) -> tuple[str, tuple[str, ...]]:
        table = self.random.choice(list(scope))
        one, other = self.random.choice(scope[table]), self.random.choice(scope[table])
        if self.random.random() < 0.5:
            text = f"select {one} as k, u.v as v from {table}, unnest([{other}, {one}]) as u(v)"
            return text, ("k", "v")
        source = f"(select {one} as k, {other} as w from {table})"
        return f"select k, v from (select * from {source} pivot (sum(w) as v for k in (1))) cross join {source}", (
            "k",
            "v",
        )

    def _from(self, scope: dict[str, tuple[str, ...]]) -> tuple[str, list[str]]:
        random = self.random
        table = random.choice(list(scope))
        if random.random() < 0.5:
            return f"{table} as p", [f"p.{name}" for name in scope[table]] + self._bare([table], scope)
        other = random.choice(list(scope))
        columns = [f"p.{name}" for name in scope[table]] + [f"q.{name}" for name in scope[other]]
        columns += self._bare([table, other], scope)
        shared = sorted(set(scope[table]) & set(scope[other]))
        side = random.choice(["", "left ", "full ", "semi "])
        if side == "semi ":
            columns = [f"p.{name}" for name in scope[table]]
        if shared and random.random() < 0.5:
            name = random.choice(shared)
            return f"{table} as p {side}join {other} as q using ({name})", [name, *columns]
        left, right = random.choice(scope[table]), random.choice(scope[other])
        return f"{table} as p {side}join {other} as q on p.{left} = q.{right}", columns

    def _bare(self, tables: list[str], scope: dict[str, tuple[str, ...]]) -> list[str]:
        names = [name for table in tables for name in scope[table]]
        return [name for name in names if names.count(name) == 1]

    def _one(self, columns: list[str]) -> str:
        return self.random.choice(columns)

    def _value(self, columns: list[str], scope: dict[str, tuple[str, ...]], depth: int) -> str:
        random = self.random
        one, other = self._one(columns), self._one(columns)
        kind = random.randrange(10) if depth else 0
        if kind == 5:
            return f"sum({one}) over (partition by {other})"
        if kind == 6:
            return (
                f"case when {self._condition(columns, scope)} then {self._value(columns, scope, depth - 1)} else 0 end"
            )
        if kind == 7:
            table = random.choice(list(scope))
            name = random.choice(scope[table])
            return f"(select max(z.{name}) from {table} as z where z.{random.choice(scope[table])} = {one})"
        if kind == 8:
            return f"coalesce({one}, {self._value(columns, scope, depth - 1)})"
        if kind == 9:
            return f"list_sum(list_transform([{one}], w -> w + {other}))"
        return random.choice([one, one, f"{one} + {other}", "1"])

    def _condition(self, columns: list[str], scope: dict[str, tuple[str, ...]]) -> str:
        random = self.random
        one, other = self._one(columns), self._one(columns)
        table = random.choice(list(scope))
        name = random.choice(scope[table])
        return random.choice(
            [
                f"{one} = {other}",
                f"{one} > 1",
                f"{one} is not null and {other} < 3",
                f"{one} in (select {name} from {table})",
                f"exists (select 1 from {table} as z where z.{name} = {one})",
            ]
        )


def build(connection: duckdb.DuckDBPyConnection, random: Random) -> tuple[dict[str, str], Columns]:
    """Base: two tables, and models of which each could be built."""
    connection.execute("drop schema if exists base cascade; create schema base; set schema = 'base'")
    for table, names in TABLES.items():
        connection.execute(f"create table {table} ({', '.join(f'{name} int' for name in names)})")
        connection.executemany(f"insert into {table} values ({', '.join('?' for _ in names)})", rows(table, random))
    chain, models = Chain(random), dict[str, str]()
    columns: Columns = {}
    while len(models) < DEPTH:
        name, text = f"m{len(models)}", chain.model()
        try:
            connection.execute(f"create table {name} as {text}")
        except duckdb.Error:
            continue
        found = connection.execute(f"select * from {name} limit 0").description or []
        models[name] = text
        columns[name] = chain.known[name] = tuple(one[0] for one in found)
    return models, columns


def rows_of(connection: duckdb.DuckDBPyConnection, side: str, name: str, columns: list[str]) -> list[str]:
    """Some columns of a model on one side, as texts, in one order."""
    listed = ", ".join(f'"{one}"' for one in columns)
    if not columns:
        return []
    return sorted(map(repr, connection.execute(f"select {listed} from {side}.{name}").fetchall()))
