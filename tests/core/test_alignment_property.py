"""The engine against a naive oracle: random pairs of tables, every count equal.

The oracle is plain Python over rows fetched from DuckDB and shares no code with the engine. Set HYPOTHESIS_PROFILE=long
for many more examples.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.alignment import Kept
from bot.core.pairing import pair
from bot.core.scans import ADDED, CANDIDATES, DIFFERENT, HASHES, REMOVED, REPEATED, Scans
from bot.core.tuning import DEFAULT, Tuning
from bot.domain import (
    Answer,
    ColumnChanges,
    Extent,
    Key,
    KeyCounts,
    KeyFacts,
    KeySource,
    Question,
    Row,
    RowChanges,
    RowCount,
    RowCounts,
    Side,
    Statement,
    Tolerance,
)
from tests.core.rig import ask, connect, everything, find, quote

_EXAMPLES = 5_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 120

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


@dataclass(frozen=True)
class Leniency:
    """What is allowed of a column by its name: the pairing's own words."""

    tolerance: Tolerance | None = None
    fold_case: bool = False
    trim: bool = False


_STRICT = Leniency()
_BOUNDS = st.sampled_from([None, Decimal("1e-9"), Decimal("0.1"), Decimal("0.5"), Decimal(1), Decimal("1e6")])
_LENIENCIES = st.builds(
    Leniency,
    tolerance=st.none() | st.builds(Tolerance, absolute=_BOUNDS, relative=_BOUNDS),
    fold_case=st.booleans(),
    trim=st.booleans(),
)
# Small enough that tables of a few rows go every way the engine knows.
_TUNINGS = st.builds(
    Tuning,
    sliced_from=st.sampled_from([0, 3, 1000]),
    slices=st.integers(1, 3),
    slice_rows=st.integers(1, 4),
    slabs=st.sampled_from([1, 3, 256]),
    slab_rows=st.integers(1, 4),
    bucketed_from=st.sampled_from([0, 3, 1000]),
    bucket_rows=st.integers(1, 4),
    joined_rows=st.integers(1, 6),
    kept_rows=st.sampled_from([1, 4, 1000]),
    dense=st.sampled_from([0, 8, 1000]),
    open_share=st.sampled_from([0.0, 0.2, 1.0]),
    scattered_share=st.sampled_from([0.0, 0.5]),
)


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


def _value(cell: tuple[object, str | None], own: str, other: str, lenient: Leniency) -> object:
    """What a cell is compared by, and found by in a dictionary."""
    native, text = cell
    if text is None:
        return None
    if any(kind == "VARCHAR" or kind.startswith("ENUM") for kind in (own, other)):
        trimmed = text.rstrip(" ") if lenient.trim else text
        return trimmed.lower() if lenient.fold_case else trimmed
    numbers = [kind for kind in (own, other) if _POOLS[kind] is _NUMBERS]
    moments = [kind for kind in (own, other) if _POOLS[kind] is _MOMENTS]
    if own == other:
        return text if moments or own.startswith("TIME") else _plain(native)
    if {own, other} == {"FLOAT", "DOUBLE"}:
        return _plain(native)
    if len(numbers) == 2:
        return _number(text, own)
    return _moment(text, own) if len(moments) == 2 else text


def _measure(cell: tuple[object, str | None], own: str, other: str) -> Fraction | float | None:
    """What the distance of a number is measured by."""
    native, text = cell
    if text is None or _POOLS[own] is not _NUMBERS or _POOLS[other] is not _NUMBERS:
        return None
    if _is_exact(own) and _is_exact(other):
        return Fraction(text)
    return native if isinstance(native, float) and {own, other} <= {"FLOAT", "DOUBLE"} else float(text)


def _is_exact(kind: str) -> bool:
    return kind.startswith("DECIMAL") or (kind in _INTEGERS and kind != "UHUGEINT")


def _is_within(old: Fraction | float | None, new: Fraction | float | None, tolerance: Tolerance | None) -> bool:
    if old is None or new is None or tolerance is None:
        return False
    if not math.isfinite(old) or not math.isfinite(new):
        return False
    bounds = [float(tolerance.absolute)] if tolerance.absolute is not None else []
    if tolerance.relative is not None:
        bounds.append(float(tolerance.relative) * max(abs(float(old)), abs(float(new))))
    exact = isinstance(old, Fraction) and isinstance(new, Fraction)
    distance = abs(float(Fraction(old) - Fraction(new))) if exact else abs(float(old) - float(new))
    return bool(bounds) and distance <= max(bounds)


@dataclass(frozen=True)
class Fetched:
    """A row: what its cells are compared by, and what the distance of its numbers is measured by."""

    values: tuple[object, ...]
    measures: tuple[Fraction | float | None, ...]


def _fetch(
    connection: duckdb.DuckDBPyConnection, draft: Draft, side: Side, leniencies: Mapping[str, Leniency]
) -> list[Fetched]:
    shared = [c for c in draft.columns if c.base and c.head]
    name = f"{side}_rows"
    if not shared:
        return [Fetched((), ())] * len(connection.execute(f"select 1 from {name}").fetchall())
    kinds = [(c.base or "", c.head or "") if side is Side.BASE else (c.head or "", c.base or "") for c in shared]
    texts = ", ".join(f"{quote(c.name)}::VARCHAR" for c in shared)
    # Python has no dates as late as DuckDB has: those are told by their text.
    natives = ", ".join(
        "null" if _POOLS[own] is _MOMENTS else quote(c.name) for c, (own, _) in zip(shared, kinds, strict=True)
    )
    rows = connection.execute(f"select {texts}, {natives} from {name}").fetchall()
    allowed = [leniencies.get(c.name, _STRICT) for c in shared]
    fetched = []
    for row in rows:
        cells = list(zip(row[len(shared) :], row[: len(shared)], strict=True))
        fetched.append(
            Fetched(
                tuple(_value(cell, *kind, may) for cell, kind, may in zip(cells, kinds, allowed, strict=True)),
                tuple(_measure(cell, *kind) for cell, kind in zip(cells, kinds, strict=True)),
            )
        )
    return fetched


def _facts(keys: Sequence[tuple[object, ...] | None]) -> KeyCounts:
    counts = Counter(key for key in keys if key is not None)
    repeated = [number for number in counts.values() if number > 1]
    return KeyCounts(sum(key is None for key in keys), len(repeated), sum(repeated))


@dataclass(frozen=True)
class Oracle:
    """What is expected of a pair: the answers to all questions, and the keys of the candidates."""

    answers: dict[Question, object]
    differing: int


def _expect(
    names: Sequence[str],
    key: Sequence[str] | None,
    sides: Mapping[Side, list[Fetched]],
    leniencies: Mapping[str, Leniency],
) -> Oracle:
    base, head = sides[Side.BASE], sides[Side.HEAD]
    answers: dict[Question, object] = {RowCount(side): len(rows) for side, rows in sides.items()}
    if key is None:
        same = (Counter(row.values for row in base) & Counter(row.values for row in head)).total()
        answers[RowChanges()] = RowCounts(len(base), len(head), len(head) - same, len(base) - same, 0, same)
        return Oracle(answers, 0)
    places = [names.index(name) for name in key]

    def key_of(row: Fetched) -> tuple[object, ...] | None:
        found = tuple(row.values[place] for place in places)
        return None if None in found else found

    counts = {side: Counter(key_of(row) for row in rows) for side, rows in sides.items()}
    bad = {k for counted in counts.values() for k, number in counted.items() if k is None or number > 1}
    keyed = {side: {key_of(row): row for row in rows if key_of(row) not in bad} for side, rows in sides.items()}
    rest = {side: Counter(row.values for row in rows if key_of(row) in bad) for side, rows in sides.items()}
    both = [(keyed[Side.BASE][k], keyed[Side.HEAD][k]) for k in keyed[Side.BASE] if k in keyed[Side.HEAD]]
    allowed = [leniencies.get(name, _STRICT).tolerance for name in names]
    differing = [
        [
            old.values[place] != new.values[place]
            and not _is_within(old.measures[place], new.measures[place], allowed[place])
            for place in range(len(names))
        ]
        for old, new in both
    ]
    unequal = sum(old.values != new.values for old, new in both)
    changed = sum(any(columns) for columns in differing)
    same_rest = (rest[Side.BASE] & rest[Side.HEAD]).total()
    answers[RowChanges()] = RowCounts(
        base=len(base),
        head=len(head),
        added=len(keyed[Side.HEAD]) - len(both) + rest[Side.HEAD].total() - same_rest,
        removed=len(keyed[Side.BASE]) - len(both) + rest[Side.BASE].total() - same_rest,
        changed=changed,
        unchanged=len(both) - changed + same_rest,
        unkeyed=rest[Side.BASE].total() + rest[Side.HEAD].total(),
        tolerated=unequal - changed,
    )
    for place, name in enumerate(names):
        answers[ColumnChanges(name)] = sum(columns[place] for columns in differing)
    answers |= {KeyFacts(side): _facts([key_of(row) for row in rows]) for side, rows in sides.items()}
    on_one_side = len(keyed[Side.BASE]) + len(keyed[Side.HEAD]) - 2 * len(both)
    return Oracle(answers, unequal + on_one_side)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """One DuckDB for all examples."""
    with connect() as opened:
        yield opened


def _leniencies(draft: Draft, data: st.DataObject) -> dict[str, Leniency]:
    """Most columns are strict; those of the key, and moments (see test_alignment_options), never allow a distance."""
    drawn = {}
    for column in draft.columns:
        if column.base and column.head:
            may = data.draw(st.just(_STRICT) | _LENIENCIES)
            is_strict = column.name in draft.key or _POOLS[column.base] is _MOMENTS
            drawn[column.name] = replace(may, tolerance=None) if is_strict else may
    return drawn


def _count_candidates(scans: Scans, kept: Kept) -> Generator[Statement, list[Row], dict[Question, Answer]]:
    """A close-up: how many rows differ by what was kept, as the answer to a question that nobody asks."""
    where = f"found in ({REMOVED}, {ADDED}, {DIFFERENT})"
    rows = (
        (yield Statement(f"select count(*) from {scans.kept(CANDIDATES)} where {where}", "")) if kept.candidates else ()
    )
    if kept.repeated:
        yield Statement(f"select {', '.join(scans.key)}, base_rows, head_rows from {scans.kept(REPEATED)}", "")
    if kept.hashes:
        yield Statement(
            f"select count(*) from {scans.bags(kept.condition)} u where exists "
            f"(select 1 from {scans.kept(HASHES)} k where u.x = k.x and u.y = k.y)",
            "",
        )
    return {Extent("candidates"): int(str(rows[0][0])) if rows else 0}


@settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(draft=_drafts(), tuning=st.just(DEFAULT) | _TUNINGS, data=st.data())
def test_every_count_is_what_a_naive_oracle_counts(
    connection: duckdb.DuckDBPyConnection, draft: Draft, tuning: Tuning, data: st.DataObject
) -> None:
    """Any number of the comment could be wrong for some tables, and nobody would notice."""
    for side in Side:
        _make(connection, f"{side}_rows", draft, side)
    keys = [Key(draft.key, KeySource.META)] if draft.key else []
    of = pair("model.shop.any", find(connection, "base_rows"), find(connection, "head_rows"), keys)
    may = _leniencies(draft, data)
    shared = tuple(replace(p, **vars(may.get(p.head.name, _STRICT))) for p in of.shared)
    names = [c.name for c in draft.columns if c.base and c.head]
    sides = {side: _fetch(connection, draft, side, may) for side in Side}
    expected = _expect(names, of.key.columns if of.key else None, sides, may)
    good = [side for side in Side if of.key and expected.answers[KeyFacts(side)] == KeyCounts(0, 0, 0)]
    proven = frozenset(data.draw(st.lists(st.sampled_from(good), unique=True)) if good else [])
    of = replace(of, shared=shared, exact=data.draw(st.booleans()), proven=proven)

    questions = everything(of)
    if data.draw(st.integers(0, 3)) == 0:
        questions = data.draw(st.lists(st.sampled_from(questions), unique=True))
    closeups = _count_candidates if data.draw(st.booleans()) else None
    answers, _ = ask(connection, of, questions, closeups, tuning)

    candidates = answers.get(Extent("candidates"))
    assert {q: a for q, a in answers.items() if q != Extent("candidates")} == {
        question: expected.answers[question] for question in questions
    }
    if isinstance(candidates, int):
        assert candidates >= expected.differing
    rows = answers.get(RowChanges())
    if isinstance(rows, RowCounts):
        assert rows.added + rows.changed + rows.unchanged == rows.head == len(sides[Side.HEAD])
        assert rows.removed + rows.changed + rows.unchanged == rows.base == len(sides[Side.BASE])
    left = connection.execute("select table_name from duckdb_tables() where temporary").fetchall()
    assert left == []
