"""The engine on a real Postgres against a naive oracle: random pairs of tables of all types, every count equal.

The oracle is plain Python over the texts that Postgres writes. HYPOTHESIS_PROFILE=long asks for many more examples.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.alignment import align
from bot.core.pairing import pair
from bot.core.tuning import DEFAULT, Tuning
from bot.domain import Extent, Key, KeyCounts, KeyFacts, KeySource, Pair, RowChanges, RowCounts, Side, Tolerance
from tests.core import test_alignment_property as duck
from tests.core.postgres_rig import DIALECT, connect, find, lead, run
from tests.core.rig import everything, quote
from tests.core.test_alignment_property import Fetched, Leniency

_EXAMPLES = 3_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 200

_SMALL = ("0", "1", "-1", "2", "7", "100")
_BIG = ("9007199254740993", "9007199254740992", "-9223372036854775808", "4294967297")
_BROKEN = ("0.1", "0.10", "1.5", "0.3", "-0.1", "NaN")
_FLOATS = (*_SMALL, *_BROKEN, "-0.0", "0.30000000000000004", "9007199254740992", "1e22", "1e300", "-1e308", "1e308")
_REALS = (*_SMALL, *_BROKEN, "-0.0", "1e22", "Infinity", "-Infinity", "16777216")
_DATES = ("2020-01-01", "1969-12-31", "infinity", "-infinity", "0044-03-15 BC")
_TIMES = ("2020-01-01 00:00:00.5", "2020-01-01 00:00:00.000001", "1969-12-31 23:59:59")
_LATE = ("294276-12-31 23:59:59.999999",)
_TEXTS = (
    "",
    " ",
    "a",
    "A",
    "a ",
    "a-b",
    "a|b",
    "NULL",
    "null",
    "ä",
    "e\u0301",
    "'",
    '"',
    "日本",
    "1",
    "01",
    "\\",
    "(a,b)",
)
_NUMBERS: Mapping[str, Sequence[str]] = {
    "smallint": _SMALL,
    "integer": (*_SMALL, "2147483647"),
    "bigint": (*_SMALL, *_BIG),
    "numeric": (
        *_SMALL,
        *_BROKEN,
        *_BIG,
        "1.50",
        "1e300",
        "0.30000000000000004",
        "1e-400",
        "170141183460469231731687303715",
    ),
    "numeric(18,2)": (*_SMALL, *_BROKEN),
    "numeric(38,20)": (*_SMALL, *_BROKEN, "0.30000000000000004"),
    "real": _REALS,
    "double precision": (*_FLOATS, "Infinity", "-Infinity"),
}
_MOMENTS: Mapping[str, Sequence[str]] = {
    "date": (*_DATES, "5874897-12-31"),
    "timestamp without time zone": (*_DATES, *_TIMES, *_LATE),
    "timestamp(3) without time zone": (*_DATES, *_TIMES),
    "timestamp with time zone": (*_DATES, *_TIMES, *_LATE, "2020-01-01 02:00:00+02"),
}
_STRINGS: Mapping[str, Sequence[str]] = {
    "text": _TEXTS,
    "character varying(20)": _TEXTS,
    "character(5)": _TEXTS,
    "mood": ("ok", "sad", "NULL"),
}
_POOLS: Mapping[str, Sequence[str]] = {
    **_NUMBERS,
    **_MOMENTS,
    **_STRINGS,
    "boolean": ("true", "false"),
    "time without time zone": ("00:00:00", "12:00:00.000001", "24:00:00"),
    "time with time zone": ("12:00:00+01", "11:00:00+00", "12:00:00+00"),
    "interval": ("1 month", "30 days", "24:00:00", "1 day", "-1 day"),
    "bytea": ("", "\\x00", "\\xff00"),
    "uuid": ("00000000-0000-0000-0000-000000000000", "80000000-0000-0000-0000-000000000001"),
    "json": ('{"a": 1}', '{"a":1}', "null", '"\\u0000"', "[1]", "1e5"),
    "jsonb": ('{"a": 1}', '{"a": -1}', "null", '"x"', "[1]"),
    "point": ("(0,1)", "(1,0)"),
    "inet": ("10.0.0.1", "10.0.0.0/8", "::1"),
    "bit varying": ("", "0", "01"),
    "money": ("1.5", "-1", "0"),
    "integer[]": ("{}", "{NULL}", "{1}", "{1,2}", "{{1,2}}", "[0:1]={1,2}"),
    "text[]": ("{}", '{"a,b"}', "{a,b}", "{NULL}", '{"NULL"}', '{""}'),
    "duo": ("(1,a)", "(,)", '(,"")', "(1,)"),
    "tsvector": ("a b", "b"),
    "int4range": ("[1,3)", "empty", "[1,)"),
}
_SETUP = (
    "create type mood as enum ('sad', 'ok', 'NULL')",
    "create type duo as (a integer, b text)",
)


@pytest.fixture(scope="module")
def connection() -> Iterator[psycopg.Connection]:
    """One session of Postgres for all examples."""
    with connect() as opened:
        for statement in _SETUP:
            run(opened, statement)
        yield opened


@st.composite
def _columns(draw: st.DrawFn) -> tuple[duck.ColumnDraft, ...]:
    types = st.sampled_from(sorted(_POOLS))
    names = draw(st.lists(st.sampled_from(duck._NAMES), min_size=1, max_size=5, unique=True))
    columns = []
    for name in names:
        kind = draw(st.sampled_from(("same", "same", "same", "retyped", "number", "moment", "string", "base", "head")))
        families = {"number": _NUMBERS, "moment": _MOMENTS, "string": _STRINGS, "retyped": _POOLS}
        if kind in families:
            family = st.sampled_from(sorted(families[kind]))
            columns.append(duck.ColumnDraft(name, draw(family), draw(family)))
        else:
            of_type = draw(types)
            columns.append(
                duck.ColumnDraft(name, None if kind == "head" else of_type, None if kind == "base" else of_type)
            )
    return tuple(columns)


@dataclass(frozen=True)
class _Cell:
    """A cell to be: one text for each type it may have to take, null where that knows no such text."""

    text: str | None

    def of(self, kind: str) -> str | None:
        return self.text if self.text in _POOLS[kind] else None


@st.composite
def _drafts(draw: st.DrawFn) -> duck.Draft:
    columns = draw(_columns())
    if not any(column.base and column.head for column in columns):
        columns = (*columns, duck.ColumnDraft("both", "integer", "integer"))
    pools = [sorted({*_POOLS[c.base or c.head or ""], *_POOLS[c.head or c.base or ""]}) for c in columns]
    cells = [st.one_of(st.none(), st.sampled_from(pool)) for pool in pools]
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
    shared = [column.name for column in columns if column.base and column.head]
    key = draw(st.lists(st.sampled_from(shared), max_size=3, unique=True))
    return duck.Draft(columns, tuple(base), tuple(draw(st.permutations(head))), tuple(key))


def _make(connection: psycopg.Connection, draft: duck.Draft, side: Side) -> None:
    types = [(c.name, c.base if side is Side.BASE else c.head) for c in draft.columns]
    columns = ", ".join(f"{quote(column)} {kind}" for column, kind in types if kind)
    name = f"{side}_rows"
    run(connection, f"drop table if exists {name}; create table {name} ({columns})")
    rows = []
    for row in draft.base if side is Side.BASE else draft.head:
        cells = []
        for text, (_, kind) in zip(row, types, strict=True):
            if kind:
                known = _Cell(text).of(kind)
                cells.append("null" if known is None else DIALECT.literal(known) + f"::{_through(kind)}")
        rows.append(f"({', '.join(cells)})")
    if rows:
        run(connection, f"insert into {name} values {', '.join(rows)}")


def _through(kind: str) -> str:
    return "numeric::money" if kind == "money" else kind


# --- the oracle -------------------------------------------------------------------------------------------------


def _number(text: str, kind: str) -> object:
    if text in ("NaN", "Infinity", "-Infinity"):
        return text
    if kind == "double precision" and float(text) == math.trunc(float(text)) and abs(float(text)) < 9e18:
        return Fraction(float(text))
    return Fraction(Decimal(text))


def _value(text: str | None, own: str, other: str, may: Leniency) -> object:
    """What a cell is compared by."""
    if text is None:
        return None
    if own in _STRINGS or other in _STRINGS:
        trimmed = text.rstrip(" ") if may.trim else text
        return trimmed.lower() if may.fold_case else trimmed
    numbers = {*_NUMBERS, "money"}
    if {own, other} == {"real", "double precision"}:
        return "NaN" if text == "NaN" else (duck._as_float32(text) if own == "real" else float(text)) + 0.0
    if own in numbers and other in numbers:
        return _number(text, own)
    if own != other and own in _MOMENTS and other in _MOMENTS:
        kinds = {own, other}
        plain = text.replace("+00", "")
        if own == "date" and "infinity" not in text and text != "5874897-12-31":
            day, _, era = plain.partition(" ")
            plain = f"{day} 00:00:00{' ' + era if era else ''}"
        return plain if kinds else None
    if {own, other} == {"json", "jsonb"} and text == '{"a":1}':
        return '{"a": 1}'
    return text


def _measure(text: str | None, own: str, other: str) -> Fraction | float | None:
    numbers = {*_NUMBERS, "money"}
    if text is None or own not in numbers or other not in numbers:
        return None
    if text in ("NaN", "Infinity", "-Infinity"):
        return float(text)
    if {own, other} == {"real", "double precision"} and own == "real":
        return Fraction(Decimal(repr(duck._as_float32(text))))
    return Fraction(Decimal(text))


def _fetch(
    connection: psycopg.Connection, draft: duck.Draft, side: Side, leniencies: Mapping[str, Leniency]
) -> list[Fetched]:
    shared = [c for c in draft.columns if c.base and c.head]
    kinds = [(c.base or "", c.head or "") if side is Side.BASE else (c.head or "", c.base or "") for c in shared]
    texts = [
        f"({quote(c.name)} + 0::{own})" if own in ("real", "double precision") else quote(c.name)
        for c, (own, _) in zip(shared, kinds, strict=True)
    ]
    texts = [
        f"{text}::numeric::text" if own == "money" else f"{text}::text"
        for text, (own, _) in zip(texts, kinds, strict=True)
    ]
    allowed = [leniencies.get(c.name, duck._STRICT) for c in shared]
    return [
        Fetched(
            tuple(_value(_text(cell), *kind, may) for cell, kind, may in zip(row, kinds, allowed, strict=True)),
            tuple(_measure(_text(cell), *kind) for cell, kind in zip(row, kinds, strict=True)),
        )
        for row in run(connection, f"select {', '.join(texts)} from {side}_rows")
    ]


def _text(cell: object) -> str | None:
    return None if cell is None else str(cell)


def _leniencies(draft: duck.Draft, data: st.DataObject) -> dict[str, Leniency]:
    drawn = {}
    for column in draft.columns:
        if column.base and column.head:
            may = data.draw(st.just(duck._STRICT) | duck._LENIENCIES)
            is_strict = column.name in draft.key or column.base in _MOMENTS
            drawn[column.name] = replace(may, tolerance=None) if is_strict else may
    return drawn


def _is_within(old: Fraction | float | None, new: Fraction | float | None, tolerance: Tolerance | None) -> bool:
    """Exactly, as Postgres does it."""
    if not isinstance(old, Fraction) or not isinstance(new, Fraction) or tolerance is None:
        return False
    bounds = [Fraction(tolerance.absolute)] if tolerance.absolute is not None else []
    if tolerance.relative is not None:
        bounds.append(Fraction(tolerance.relative) * max(abs(old), abs(new)))
    return bool(bounds) and abs(old - new) <= max(bounds)


@settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(draft=_drafts(), tuning=st.just(DEFAULT) | duck._TUNINGS, data=st.data())
def test_every_count_on_postgres_is_what_a_naive_oracle_counts(
    connection: psycopg.Connection, draft: duck.Draft, tuning: Tuning, data: st.DataObject
) -> None:
    """Any number of the comment could be wrong for some tables of Postgres, or a statement fail, and nobody would
    notice."""
    run(connection, "discard temp")
    for side in Side:
        _make(connection, draft, side)
    of = _pair(connection, draft)
    may = _leniencies(draft, data)
    shared = tuple(replace(p, **vars(may.get(p.head.name, duck._STRICT))) for p in of.shared)
    names = [c.name for c in draft.columns if c.base and c.head]
    sides = {side: _fetch(connection, draft, side, may) for side in Side}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duck, "_is_within", _is_within)
        expected = duck._expect(names, of.key.columns if of.key else None, sides, may)
    good = [side for side in Side if of.key and expected.answers[KeyFacts(side)] == KeyCounts(0, 0, 0)]
    proven = frozenset(data.draw(st.lists(st.sampled_from(good), unique=True)) if good else [])
    of = replace(of, shared=shared, exact=data.draw(st.booleans()), proven=proven)

    questions = everything(of)
    closeups = duck._count_candidates if data.draw(st.booleans()) else None
    answers, _ = lead(connection, align(of, questions, DIALECT, closeups, tuning))

    candidates = answers.pop(Extent("candidates"), None)
    assert answers == {question: expected.answers[question] for question in questions}
    if isinstance(candidates, int):
        assert candidates >= expected.differing
    rows = answers[RowChanges()]
    assert isinstance(rows, RowCounts)
    assert rows.added + rows.changed + rows.unchanged == rows.head == len(sides[Side.HEAD])
    left = run(connection, "select relname from pg_class where relpersistence = 't'")
    assert left == []


def _pair(connection: psycopg.Connection, draft: duck.Draft) -> Pair:
    keys = [Key(draft.key, KeySource.META)] if draft.key else []
    return pair("model.shop.any", find(connection, "base_rows"), find(connection, "head_rows"), keys)
