"""The engine against a naive oracle: random pairs of tables, every count equal.

The oracle is plain Python over rows fetched from DuckDB and shares no code with the engine. Set HYPOTHESIS_PROFILE=long
for many more examples.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.pairing import pair
from bot.domain import (
    ColumnChanges,
    Key,
    KeyCounts,
    KeyFacts,
    KeySource,
    Question,
    RowChanges,
    RowCount,
    RowCounts,
    Side,
)
from tests.core.rig import ask, connect, everything, find, quote

_EXAMPLES = 5_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 250

# fmt: off
_NUMBERS: tuple[str, ...] = (
    "0", "1", "-1", "2", "7", "100", "-0.0", "0.1", "0.10", "1.5", "0.30000000000000004", "0.3", "1e-5", "0.00001",
    "9007199254740992", "9007199254740993", "18446744073709551617", "1e22", "1e300", "nan", "inf", "-inf",
    "0.12345678901234567", "170141183460469231731687303715884105727", "200000000000000000000000000000000000000",
)
_MOMENTS: tuple[str, ...] = (
    "2020-01-01", "2020-01-01 00:00:00", "2020-01-01 00:00:00.5", "2020-01-01 00:00:00.000001", "infinity",
    "2020-01-01 00:00:00.000000001", "2020-01-01 02:00:00+02", "-infinity", "290000-12-31", "1969-12-31 23:59:59",
)
_TEXTS: tuple[str, ...] = (
    "", " ", "a", "A", "a ", "a-b", "b-c", "a|b", "NULL", "null", "ä", "é", "e\u0301", "'", '"', "日本", "1", "01",
)
# fmt: on
_LISTS = ("[]", "[NULL]", "[1]", "[1, NULL]", "[1, 2]", "[2, 1]")

# Each type with texts that can be cast to it; what can't is null there.
_POOLS: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT"), _NUMBERS),
    **dict.fromkeys(("UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE"), _NUMBERS),
    **dict.fromkeys(("DECIMAL(4,1)", "DECIMAL(9,2)", "DECIMAL(18,6)", "DECIMAL(38,0)", "DECIMAL(38,20)"), _NUMBERS),
    **dict.fromkeys(("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), _MOMENTS),
    "TIMESTAMP WITH TIME ZONE": _MOMENTS,
    "VARCHAR": _TEXTS,
    "BOOLEAN": ("true", "false"),
    "TIME": ("00:00:00", "12:00:00", "12:00:00.000001", "24:00:00"),
    "TIME WITH TIME ZONE": ("12:00:00+01", "11:00:00+00", "12:00:00+00"),
    "INTERVAL": ("1 month", "30 days", "1 day", "24 hours", "1 microsecond", "-1 day"),
    "BLOB": ("a", "\\x00", "\\xFF\\x00", ""),
    "BIT": ("0", "1", "01", "10101"),
    "UUID": ("00000000-0000-0000-0000-000000000000", "80000000-0000-0000-0000-000000000001"),
    "JSON": ('{"a": 1}', '{"a":1}', "null", '"x"', "[1]", "[]"),
    "ENUM('a', 'b', 'NULL')": ("a", "b", "NULL"),
    "ENUM('b', 'a')": ("a", "b"),
    "INTEGER[]": _LISTS,
    "BIGINT[]": _LISTS,
    "INTEGER[][]": ("[]", "[[]]", "[[1], [2]]", "[[1, 2]]", "[NULL]", "[[NULL]]"),
    "INTEGER[2]": ("[1, 2]", "[2, 1]", "[NULL, 1]"),
    "DOUBLE[]": ("[0.0]", "[-0.0]", "[nan]", "[1.5]", "[]"),
    "VARCHAR[]": ("[a]", "['a, b']", "[a, b]", "[NULL]", "['NULL']", "['']", "[]"),
    'STRUCT("a b" INTEGER, c VARCHAR)': ("{'a b': 1, c: x}", "{'a b': NULL, c: NULL}", "{'a b': NULL, c: x}"),
    "MAP(VARCHAR, INTEGER)": ("{a=1}", "{b=1}", "{a=1, b=2}", "{b=2, a=1}", "{}", "{a=NULL}"),
}
_INTEGERS = frozenset(
    ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT")
)
_NAMES = ("id", "Total $", 'say "hi"', "select", "a.b", "Ümläut", "from", "x y", "c0", "found")


@dataclass(frozen=True)
class ColumnDraft:
    """A column on both sides, or with a type of None on one."""

    name: str
    base: str | None
    head: str | None


@dataclass(frozen=True)
class Draft:
    """A pair of tables: columns, rows of texts, and the places of the key's columns."""

    columns: tuple[ColumnDraft, ...]
    base: tuple[tuple[str | None, ...], ...]
    head: tuple[tuple[str | None, ...], ...]
    key: tuple[str, ...]


@st.composite
def _columns(draw: st.DrawFn) -> tuple[ColumnDraft, ...]:
    types = st.sampled_from(sorted(_POOLS))
    numbers = st.sampled_from([name for name, pool in _POOLS.items() if pool is _NUMBERS])
    moments = st.sampled_from([name for name, pool in _POOLS.items() if pool is _MOMENTS])
    names = draw(st.lists(st.sampled_from(_NAMES), min_size=1, max_size=5, unique=True))
    columns = []
    for name in names:
        kind = draw(st.sampled_from(("same", "same", "same", "retyped", "number", "moment", "base", "head")))
        if kind == "retyped":
            columns.append(ColumnDraft(name, draw(types), draw(types)))
        elif kind in ("number", "moment"):
            family = numbers if kind == "number" else moments
            columns.append(ColumnDraft(name, draw(family), draw(family)))
        else:
            of_type = draw(types)
            columns.append(ColumnDraft(name, None if kind == "head" else of_type, None if kind == "base" else of_type))
    return tuple(columns)


@st.composite
def _drafts(draw: st.DrawFn) -> Draft:
    columns = draw(_columns())
    if all(column.base is None for column in columns) or all(column.head is None for column in columns):
        columns = (*columns, ColumnDraft("both", "INTEGER", "INTEGER"))
    pools = [[*{*_POOLS[c.base or c.head or ""], *_POOLS[c.head or c.base or ""]}] for c in columns]
    cells = [st.one_of(st.none(), st.sampled_from(sorted(pool))) for pool in pools]
    row = st.tuples(*cells)
    base = draw(st.lists(row, max_size=12))
    head = []
    for old in base:
        fate = draw(st.sampled_from(("keep", "keep", "keep", "keep", "change", "drop", "twice")))
        if fate == "change":
            place = draw(st.integers(0, len(columns) - 1))
            old = (*old[:place], draw(cells[place]), *old[place + 1 :])
        head += {"drop": [], "twice": [old, old]}.get(fate, [old])
    head += draw(st.lists(row, max_size=4))
    names = [column.name for column in columns]
    key = draw(st.lists(st.sampled_from(names), max_size=3, unique=True))
    return Draft(columns, tuple(base), tuple(draw(st.permutations(head))), tuple(key))


def _make(connection: duckdb.DuckDBPyConnection, name: str, draft: Draft, side: Side) -> None:
    types = [(c.name, c.base if side is Side.BASE else c.head) for c in draft.columns]
    columns = ", ".join(f"{quote(column)} {kind}" for column, kind in types if kind)
    connection.execute(f"create or replace table {name} ({columns})")
    rows = []
    for row in draft.base if side is Side.BASE else draft.head:
        cells = [
            "null" if text is None else "try_cast('" + text.replace("'", "''") + f"' as {kind})"
            for text, (_, kind) in zip(row, types, strict=True)
            if kind
        ]
        rows.append(f"({', '.join(cells)})")
    if rows:
        connection.execute(f"insert into {name} values {', '.join(rows)}")


# --- the oracle -------------------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    """A fetched value as something hashable that is equal where DuckDB says so."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else value + 0.0
    if isinstance(value, Mapping):
        return ("map", *((_plain(k), _plain(v)) for k, v in value.items()))
    if isinstance(value, list | tuple):
        return ("list", *(_plain(item) for item in value))
    return value


def _number(text: str, kind: str) -> object:
    """The exact number that a text written by DuckDB stands for."""
    if text in ("nan", "inf", "-inf"):
        return text
    if kind in ("FLOAT", "DOUBLE"):
        shortest = Decimal(text)
        if shortest == shortest.to_integral_value():
            return Fraction(float(text)) if kind == "DOUBLE" else Fraction(_as_float32(text))
        return Fraction(shortest)
    return Fraction(Decimal(text))


def _as_float32(text: str) -> float:
    import ctypes

    return ctypes.c_float(float(text)).value


def _moment(text: str, kind: str) -> str:
    if text.endswith("infinity"):
        return text
    if kind == "DATE":
        return f"{text} 00:00:00"
    return text.removesuffix("+00") if kind == "TIMESTAMP WITH TIME ZONE" else text


def _value(native: object, text: str | None, own: str, other: str) -> object:
    """What a cell is compared by, and found by in a dictionary."""
    if text is None:
        return None
    numbers = [kind for kind in (own, other) if _POOLS[kind] is _NUMBERS]
    moments = [kind for kind in (own, other) if _POOLS[kind] is _MOMENTS]
    if own == other:
        return text if moments or own.startswith("TIME") else _plain(native)
    if {own, other} == {"FLOAT", "DOUBLE"}:
        return _plain(native)
    if len(numbers) == 2:
        return _number(text, own)
    return _moment(text, own) if len(moments) == 2 else text


def _fetch(connection: duckdb.DuckDBPyConnection, name: str, draft: Draft, side: Side) -> list[tuple[object, ...]]:
    shared = [c for c in draft.columns if c.base and c.head]
    if not shared:
        return [()] * len(connection.execute(f"select 1 from {name}").fetchall())
    texts = ", ".join(f"{quote(c.name)}::VARCHAR" for c in shared)
    # Python has no dates as late as DuckDB has: those are told by their text.
    natives = ", ".join("null" if _POOLS[c.base or ""] is _MOMENTS else quote(c.name) for c in shared)
    if side is Side.HEAD:
        natives = ", ".join("null" if _POOLS[c.head or ""] is _MOMENTS else quote(c.name) for c in shared)
    rows = connection.execute(f"select {texts}, {natives} from {name}").fetchall()
    kinds = [(c.base, c.head) if side is Side.BASE else (c.head, c.base) for c in shared]
    width = len(shared)
    return [
        tuple(
            _value(row[width + place], row[place], own or "", other or "") for place, (own, other) in enumerate(kinds)
        )
        for row in rows
    ]


def _facts(keys: Sequence[tuple[object, ...] | None]) -> KeyCounts:
    counts = Counter(key for key in keys if key is not None)
    repeated = [number for number in counts.values() if number > 1]
    return KeyCounts(sum(key is None for key in keys), len(repeated), sum(repeated))


def _expect(
    draft: Draft, key: Sequence[str] | None, base: list[tuple[object, ...]], head: list[tuple[object, ...]]
) -> dict[Question, object]:
    """The answers to all questions."""
    names = [c.name for c in draft.columns if c.base and c.head]
    answers: dict[Question, object] = {RowCount(Side.BASE): len(base), RowCount(Side.HEAD): len(head)}
    if key is None:
        same = sum((Counter(base) & Counter(head)).values())
        answers[RowChanges()] = RowCounts(len(base), len(head), len(head) - same, len(base) - same, 0, same)
        return answers
    places = [names.index(name) for name in key]

    def key_of(row: tuple[object, ...]) -> tuple[object, ...] | None:
        found = tuple(row[place] for place in places)
        return None if None in found else found

    keys = {Side.BASE: [key_of(row) for row in base], Side.HEAD: [key_of(row) for row in head]}
    bad = {k for side in Side for k, number in Counter(keys[side]).items() if k is None or number > 1}
    keyed = {
        side: {k: row for k, row in zip(keys[side], rows, strict=True) if k not in bad}
        for side, rows in ((Side.BASE, base), (Side.HEAD, head))
    }
    rest = {
        side: Counter(row for k, row in zip(keys[side], rows, strict=True) if k in bad)
        for side, rows in ((Side.BASE, base), (Side.HEAD, head))
    }
    both = [(keyed[Side.BASE][k], keyed[Side.HEAD][k]) for k in keyed[Side.BASE] if k in keyed[Side.HEAD]]
    same_rest = sum((rest[Side.BASE] & rest[Side.HEAD]).values())
    changed = sum(old != new for old, new in both)
    answers[RowChanges()] = RowCounts(
        base=len(base),
        head=len(head),
        added=len(keyed[Side.HEAD]) - len(both) + rest[Side.HEAD].total() - same_rest,
        removed=len(keyed[Side.BASE]) - len(both) + rest[Side.BASE].total() - same_rest,
        changed=changed,
        unchanged=len(both) - changed + same_rest,
        unkeyed=rest[Side.BASE].total() + rest[Side.HEAD].total(),
    )
    for place, name in enumerate(names):
        answers[ColumnChanges(name)] = sum(old[place] != new[place] for old, new in both)
    answers |= {KeyFacts(side): _facts(keys[side]) for side in Side}
    return answers


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """One DuckDB for all examples."""
    with connect() as opened:
        yield opened


@settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(draft=_drafts(), data=st.data())
def test_every_count_is_what_a_naive_oracle_counts(
    connection: duckdb.DuckDBPyConnection, draft: Draft, data: st.DataObject
) -> None:
    """Any number of the comment could be wrong for some tables, and nobody would notice."""
    _make(connection, "base_rows", draft, Side.BASE)
    _make(connection, "head_rows", draft, Side.HEAD)
    keys = [Key(draft.key, KeySource.META)] if draft.key else []
    of = pair("model.shop.any", find(connection, "base_rows"), find(connection, "head_rows"), keys)
    base = _fetch(connection, "base_rows", draft, Side.BASE)
    head = _fetch(connection, "head_rows", draft, Side.HEAD)
    expected = _expect(draft, of.key.columns if of.key else None, base, head)

    questions = everything(of)
    if data.draw(st.integers(0, 3)) == 0:
        questions = data.draw(st.lists(st.sampled_from(questions), unique=True))
    answers, _ = ask(connection, of, questions)

    assert answers == {question: expected[question] for question in questions}
    rows = answers.get(RowChanges())
    if isinstance(rows, RowCounts):
        assert rows.added + rows.changed + rows.unchanged == rows.head == len(head)
        assert rows.removed + rows.changed + rows.unchanged == rows.base == len(base)
    left = connection.execute("select table_name from duckdb_tables() where temporary").fetchall()
    assert left == []
