"""What a request truly changes, found without proofbot and without dbt.

The SQL of both sides runs in DuckDB on the same raw tables, with everything that varies held still: the time, random
numbers, uuids and the ids of dbt's runs are constants, and ties are broken by a column. Each side runs twice, frozen in
two ways. What differs between the two is volatile, and no change is counted in it; what differs between base and head
in both ways, and in nothing else, is the request's doing.

- A model changed if rows are added or removed, if columns are, or if a cell of the same key differs that varies on
  neither side. Numbers that differ by rounding alone (a relative 1e-9) are equal: the order of additions is no change.
- A column that head makes volatile and that is not at base is changed.
- What can't be told apart by this (cells of a volatile column that vary at head only, rows that vary) is `open`: a tool
  may say either.
- The roots are the edited models whose own new code changes them: base's code on head's parents says so.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb
import jinja2

from bench.accuracy_projects import Project, mark

WAYS = ("first", "second")
_FROZEN = {
    "first": ("timestamptz '2026-01-01 00:00:00+00'", "0.25", "uuid '00000000-0000-4000-8000-000000000001'", ", {}"),
    "second": (
        "timestamptz '2026-02-02 00:00:00+00'",
        "0.75",
        "uuid '00000000-0000-4000-8000-000000000002'",
        ", {} desc",
    ),
}
_RUNS = {"first": "run-1", "second": "run-2"}


@dataclass(frozen=True)
class ModelTruth:
    """What became of a model's data. `columns` are those that changed, added and removed ones among them; `open` those
    of which either may be said; `varies` those that are volatile on one of the sides. `rows` is how many rows were
    added, removed, or changed where there is no key."""

    columns: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()
    rows: int = 0
    is_open: bool = False
    varies: frozenset[str] = frozenset()

    @property
    def changed(self) -> bool:
        """Whether any data changed."""
        return bool(self.columns or self.rows)


@dataclass(frozen=True)
class Truth:
    """By affected model; `roots` are the edited models that change by their own code."""

    models: Mapping[str, ModelTruth]
    roots: frozenset[str]

    @property
    def changed(self) -> frozenset[str]:
        """The models whose data changed."""
        return frozenset(name for name, one in self.models.items() if one.changed)

    @property
    def open(self) -> frozenset[str]:
        """The models of which either may be said."""
        return frozenset(name for name, one in self.models.items() if not one.changed and (one.is_open or one.open))


class Oracle:
    """Runs a project's SQL in a database in memory. Base is run once."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._of = duckdb.connect()
        self._of.execute(f"set threads = 1; set TimeZone = 'UTC'; create schema raw; {project.raw}")
        for name, text in project.seeds.items():
            self._seed(name, text)
        for way in WAYS:
            self._of.execute(f"create schema base_{way}")
            self._run(project.in_order(), project.models, f"base_{way}", way)

    def columns(self, relation: str) -> dict[str, str]:
        """The columns of `raw.x` or of a model, with their types."""
        rows = self._of.execute(f"describe {relation if '.' in relation else self._at_base(relation)}").fetchall()
        return {str(row[0]): str(row[1]) for row in rows}

    def ask(self, sql: str, relation: str) -> list[tuple[object, ...]]:
        """The rows of a query over `{}`, which stands for the relation."""
        return self._of.execute(sql.format(relation if "." in relation else self._at_base(relation))).fetchall()

    def truth(self, edited: Mapping[str, str]) -> Truth:
        """What these texts of models change.

        Raises:
            duckdb.Error: the SQL of head cannot be run.
        """
        affected = self._project.affected(edited)
        texts = {**self._project.models, **edited}
        try:
            for way in WAYS:
                self._of.execute(f"create schema head_{way}; create schema hybrid_{way}")
                self._run(affected, texts, f"head_{way}", way)
            models = {name: self._compare(name, "base", "head") for name in affected}
            roots = [name for name in edited if models[name].changed and self._own(name, models)]
        finally:
            for way in WAYS:
                self._of.execute(
                    f"drop schema if exists head_{way} cascade; drop schema if exists hybrid_{way} cascade"
                )
        return Truth(models, frozenset(roots))

    def _own(self, name: str, models: Mapping[str, ModelTruth]) -> bool:
        if not any(models[parent].changed for parent in self._project.parents[name] if parent in models):
            return True
        for way in WAYS:
            self._run([name], self._project.models, f"hybrid_{way}", way, parents=f"head_{way}")
        return self._compare(name, "hybrid", "head").changed

    def _at_base(self, name: str) -> str:
        return f"main.{name}" if name in self._project.seeds else f"base_first.{name}"

    def _seed(self, name: str, text: str) -> None:
        head, *lines = csv.reader(text.splitlines())
        numbers = [all(line[at].isdigit() for line in lines) for at in range(len(head))]
        rows = ", ".join(f"({', '.join(map(_literal, line, numbers))})" for line in lines)
        self._of.execute(f"create table main.{name} as select * from (values {rows}) t({', '.join(head)})")

    def _run(self, names: Iterable[str], texts: Mapping[str, str], schema: str, way: str, parents: str = "") -> None:
        rows = self._of.execute("select table_schema, table_name from information_schema.tables").fetchall()
        there = {(str(schema), str(name)) for schema, name in rows}
        for name in names:
            lookup = (schema, parents, f"base_{way}", "main")
            known = {one: [at for at in lookup if (at, one) in there] for one in (*texts, *self._project.seeds)}
            relations = {one: f"{at[0]}.{one}" for one, at in known.items() if at}
            self._of.execute(f"create table {schema}.{name} as {render(texts[name], way, relations)}")
            there.add((schema, name))

    def _compare(self, name: str, base: str, head: str) -> ModelTruth:
        return compare(
            self._of,
            {(side, way): f"{at}_{way}.{name}" for side, at in (("base", base), ("head", head)) for way in WAYS},
            self._project.keys.get(name, ()),
        )


def render(text: str, way: str, relations: Mapping[str, str]) -> str:
    """The SQL of a model, frozen in one way, with the relations that its refs stand for."""
    now, random, uuid, tie = _FROZEN[way]
    spelled = {"now": now, "random": random, "uuid": uuid, "tie": tie}
    spelled |= {f"{name}_again": text for name, text in spelled.items()}
    names = {
        "ref": relations.__getitem__,
        "source": lambda schema, name: f"{schema}.{name}",
        "config": lambda **_: "",
        "invocation_id": _RUNS[way],
        "run_started_at": _RUNS[way],
    }
    return jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(mark(text, spelled)).render(names)


Tables = Mapping[tuple[str, str], str]
"""The four tables of a model, by side and way."""


_AT = tuple((side, way) for side in ("base", "head") for way in WAYS)


def compare(of: duckdb.DuckDBPyConnection, tables: Tables, key: tuple[str, ...]) -> ModelTruth:
    """What differs between base and head beyond what differs between the two ways of one side."""
    types = {
        side: {str(row[0]): str(row[1]) for row in of.execute(f"describe {tables[side, 'first']}").fetchall()}
        for side in ("base", "head")
    }
    lonely = frozenset(types["base"]) ^ frozenset(types["head"])
    shared = [name for name in types["base"] if name not in lonely]
    retyped = frozenset(name for name in shared if types["base"][name] != types["head"][name])
    listed = {
        name: f"printf('%.9g', {name})" if "DOUBLE" in (types["base"][name], types["head"].get(name)) else name
        for name in shared
        if name not in retyped
    }
    if not key or lonely & set(key):
        return _compare_unkeyed(of, tables, listed, lonely | retyped)
    cells = _compare_cells(of, tables, key, [name for name in listed if name not in key])
    rows, is_open, repeat = _compare_keys(of, tables, key)
    if repeat:
        still = [name for name, one in cells.items() if not one.at_base and not one.at_head]
        rows += _compare_repeated(of, tables, key, [listed[name] for name in still])
    changed = frozenset(name for name, one in cells.items() if one.changed)
    unclear = frozenset(name for name, one in cells.items() if one.unclear and not one.changed)
    varies = frozenset(name for name, one in cells.items() if one.at_base or one.at_head)
    return ModelTruth(changed | lonely | retyped, unclear, rows, is_open, varies)


@dataclass(frozen=True)
class _Cells:
    """Of one column, in the rows whose key both sides have once: cells that differ and vary on neither side, those that
    vary at base and at head, and those that differ and vary at head only."""

    clear: int
    at_base: int
    at_head: int
    unclear: int

    @property
    def changed(self) -> bool:
        """Whether the column changed; one that head makes volatile did."""
        return bool(self.clear or (self.at_head and not self.at_base))


def _compare_cells(
    of: duckdb.DuckDBPyConnection, tables: Tables, key: tuple[str, ...], names: list[str]
) -> dict[str, _Cells]:
    frames = ", ".join(f"{side}_{way} as ({_once(tables[side, way], key)})" for side, way in _AT)
    first, *others = (f"{side}_{way}" for side, way in _AT)
    joins = " ".join(f"join {other} using ({', '.join(key)})" for other in others)
    counts = []
    for name in names:
        differs = _differ(f"base_first.{name}", f"head_first.{name}")
        at_base, at_head = (_differ(f"{side}_first.{name}", f"{side}_second.{name}") for side in ("base", "head"))
        for condition in (
            f"{differs} and not {at_base} and not {at_head}",
            at_base,
            at_head,
            f"{differs} and {at_head} and not {at_base}",
        ):
            counts.append(f"count(*) filter (where {condition})")
    row = of.execute(f"with {frames} select {', '.join(counts) or '1'} from {first} {joins}").fetchone()
    assert row
    return {name: _Cells(*row[4 * at : 4 * at + 4]) for at, name in enumerate(names)}


def _compare_keys(of: duckdb.DuckDBPyConnection, tables: Tables, key: tuple[str, ...]) -> tuple[int, bool, bool]:
    """How many rows were added or removed by their keys, whether that varies, and whether keys are repeated or null."""
    keys = ", ".join(key)
    rows = " union all ".join(
        f"select {keys}, {', '.join(str(int(one == at)) for one in _AT)} from {tables[at]}" for at in _AT
    )
    sums = ", ".join(f"sum({name}) as {name}" for name in ("bf", "bs", "hf", "hs"))
    row = of.execute(
        f"with counted as (select {keys}, {sums} from ({rows}) t({keys}, bf, bs, hf, hs) group by {keys})"
        " select coalesce(sum(abs(bf - hf)), 0), coalesce(sum(abs(bs - hs)), 0),"
        " coalesce(bool_or(bf <> bs or hf <> hs), false),"
        f" coalesce(bool_or(bf > 1 or hf > 1 or {' or '.join(f'{name} is null' for name in key)}), false) from counted"
    ).fetchone()
    assert row
    first, second, varies, repeat = row
    return int(min(first, second)), bool(varies), bool(repeat)


def _compare_repeated(of: duckdb.DuckDBPyConnection, tables: Tables, key: tuple[str, ...], rest: list[str]) -> int:
    """How many rows with a repeated or null key differ as a multiset."""
    keys = ", ".join(key)
    nulls = " or ".join(f"{name} is null" for name in key)
    base, head = (
        f"(select * from {tables[side, 'first']} qualify count(*) over (partition by {keys}) > 1 or {nulls})"
        for side in ("base", "head")
    )
    return _rows_apart(of, base, head, ", ".join([*key, *rest]))


def _compare_unkeyed(
    of: duckdb.DuckDBPyConnection, tables: Tables, listed: Mapping[str, str], columns: frozenset[str]
) -> ModelTruth:
    """As a multiset, without the columns whose values as a whole vary on a side."""

    def varies(name: str, side: str) -> bool:
        return _rows_apart(of, tables[side, "first"], tables[side, "second"], listed[name]) > 0

    at_base = {name for name in listed if varies(name, "base")}
    at_head = {name for name in listed if varies(name, "head")}
    still = [text for name, text in listed.items() if name not in at_base | at_head]
    rows = _rows_apart(of, tables["base", "first"], tables["head", "first"], ", ".join(still) or "1")
    return ModelTruth(columns | (at_head - at_base), frozenset(at_base), rows, varies=frozenset(at_base | at_head))


def _rows_apart(of: duckdb.DuckDBPyConnection, base: str, head: str, listed: str) -> int:
    row = of.execute(
        f"select (select count(*) from (select {listed} from {base} except all select {listed} from {head}))"
        f" + (select count(*) from (select {listed} from {head} except all select {listed} from {base}))"
    ).fetchone()
    assert row
    return int(row[0])


def _once(table: str, key: tuple[str, ...]) -> str:
    return f"select * from {table} qualify count(*) over (partition by {', '.join(key)}) = 1"


def _differ(left: str, right: str) -> str:
    """The condition that two cells differ by more than rounding."""
    near = (
        f"abs(try_cast({left} as double) - try_cast({right} as double))"
        f" <= 1e-9 * greatest(abs(try_cast({left} as double)), abs(try_cast({right} as double)), 1)"
    )
    both = f"typeof({left}) = 'DOUBLE' and typeof({right}) = 'DOUBLE'"
    return f"({left} is distinct from {right} and not coalesce({both} and {near}, false))"


def _literal(cell: str, is_number: object) -> str:
    return cell if is_number else f"'{cell}'"
