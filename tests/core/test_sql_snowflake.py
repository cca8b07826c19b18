"""Snowflake's words, executed on fakesnow over the wire, against a naive oracle. See `GOLDEN_ONLY` for what it can't.

What is only in the golden files (`test_golden_sql`) has been run nowhere: nobody here has an account.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from statistics import stdev
from typing import TYPE_CHECKING

import pytest

from bot.core import commonalities, conditions, sampling, trials
from bot.core.commonalities import Figures
from bot.core.inquiry import inquire
from bot.core.sql_snowflake import Snowflake
from bot.core.trio import Trio
from bot.core.tuning import DEFAULT, Tuning
from bot.core.volatility import Causes
from bot.domain import (
    Aggregate,
    Answers,
    BinCounts,
    Bins,
    ColumnChanges,
    Distance,
    ExampleRows,
    Examples,
    Extent,
    Extents,
    FirstRows,
    Frequencies,
    FrequencyTable,
    KeyCounts,
    KeyFacts,
    Likeness,
    LikenessCounts,
    Measure,
    Pair,
    Period,
    PeriodChanges,
    PeriodCounts,
    Question,
    RepeatedKeys,
    RowChanges,
    RowCount,
    RowCounts,
    RowKind,
    Showing,
    Side,
    Table,
    Tolerance,
)
from tests.core.snowflake_rig import WORDS, connect, lead, make, pair_of
from tests.fakesnow_server import serve

if TYPE_CHECKING:
    from snowflake.connector.cursor import SnowflakeCursor

GOLDEN_ONLY: Mapping[str, str] = {
    "hash(...)": "fakesnow hands it on to DuckDB, whose hash is another one and has no sign",
    "to_varchar(..., 'TZH:TZM')": "fakesnow writes the whole moment in place of the offset",
    "timestamps with nanoseconds": "fakesnow keeps microseconds",
    "numbers of more than 18 digits": "fakesnow's NUMBER(38,0) is a BIGINT",
    "arrays, objects, geographies": "fakesnow describes arrays and objects as VARIANT and has no geographies",
    "collate(..., '')": "fakesnow has no collations",
    "week_start, timestamp formats": "fakesnow knows no such parameters of a session",
}
"""What can't be executed here, and why."""

_TYPES = {
    "ID": "NUMBER(38,0)",
    "N": "NUMBER(9,0)",
    "D": "NUMBER(12,2)",
    "F": "FLOAT",
    "T": "VARCHAR(16777216)",
    "DAY": "DATE",
    "AT": "TIMESTAMP_NTZ(9)",
    "ZONED": "TIMESTAMP_TZ(9)",
    "CLOCK": "TIME(9)",
    "B": "BOOLEAN",
    "V": "VARIANT",
    "BIN": "BINARY(8388608)",
    'se"lect': "VARCHAR(10)",
}
_ROWS = 30
_REPEATED, _NULL = (5, 6), 7
_REMOVED, _ADDED = (10, 11), (100, 101, 102)
_RAISED = tuple(range(0, _ROWS, 9))  # rows whose D is greater at head
_TUNED = {
    "hashed by buckets and parts": Tuning(
        sliced_from=10**9, bucketed_from=1, bucket_rows=4, kept_rows=10, joined_rows=10
    )
}
_TOLD = dict[str, str | None]


def _rows(side: Side) -> list[_TOLD]:
    rows: list[_TOLD] = []
    for number in range(_ROWS):
        if side is Side.HEAD and number in _REMOVED:
            continue
        key = None if number == _NULL else str(_REPEATED[0] if number in _REPEATED else number)
        raised = Decimal("0.5") if side is Side.HEAD and number in _RAISED else Decimal(0)
        floats = ("0.1", "nan", "inf", "-0.0" if side is Side.BASE else "0.0", "1e300")
        day = f"2024-01-{number % 28 + 1:02d}"
        rows.append(
            {
                "ID": key,
                "N": str(number % 7),
                "D": str(Decimal(number) * 2 + raised),
                "F": "2.5" if side is Side.HEAD and number == 12 else floats[number % 5],
                "T": ("", "a ", "it's \\ ä", "A")[number % 4],
                "DAY": day,
                "AT": f"{day} 10:00:00.123456",
                # The same instant, with another offset.
                "ZONED": f"{day} 10:00:00+02:00" if side is Side.BASE else f"{day} 08:00:00+00:00",
                "CLOCK": f"10:00:{number:02d}.5",
                "B": "true" if number % 3 else None,
                "V": f'{{"a":{number % 3},"b":[1,null]}}',
                "BIN": "ab" if number != 13 or side is Side.BASE else "ac",
                'se"lect': "x",
            }
        )
    if side is Side.HEAD:
        rows += [{"ID": str(key), "N": "1", "T": "new"} for key in _ADDED]
    return rows


@pytest.fixture(scope="module")
def cursor() -> Iterator[SnowflakeCursor]:
    """A session of a fakesnow of this module's own."""
    with serve() as served, connect(served) as session:
        yield session


@pytest.fixture(scope="module")
def tables(cursor: SnowflakeCursor) -> tuple[Table, Table]:
    """Base and head: repeated and null keys, rows on one side only, changes, values of all types."""
    return make(cursor, "BASE SIDE", _TYPES, _rows(Side.BASE)), make(cursor, "HEAD SIDE", _TYPES, _rows(Side.HEAD))


@pytest.fixture
def keyed(tables: tuple[Table, Table]) -> Pair:
    """Lined up by ID."""
    return pair_of(*tables, key=["ID"])


def _ask(
    cursor: SnowflakeCursor, of: Pair, questions: Sequence[Question], tuning: Tuning = DEFAULT, salt: str = ""
) -> Answers:
    return lead(cursor, inquire(of, questions, WORDS, salt=salt, tuning=tuning))[0]


def _of(pair: Pair, *names: str) -> Pair:
    """The pair with some columns only, which costs less."""
    return replace(pair, shared=tuple(one for one in pair.shared if one.head.name in names))


# --- the oracle ---------------------------------------------------------------------------------------------------


def _value(column: str, text: str | None) -> object:
    """A value of which two are equal where Snowflake's are."""
    if text is None or column in ("T", 'se"lect', "V", "BIN", "B", "CLOCK", "DAY"):
        return text
    if column == "ZONED":
        return datetime.fromisoformat(text).astimezone(UTC)
    if column == "F":
        number = float(text)
        return "nan" if math.isnan(number) else number
    return text if column == "AT" else Decimal(text)


def _compare(base: Sequence[_TOLD], head: Sequence[_TOLD], key: str | None) -> tuple[RowCounts, Counter[str]]:
    """Row by row, without SQL."""
    rows = {
        side: [tuple(_value(column, row.get(column)) for column in _TYPES) for row in told]
        for side, told in ((Side.BASE, base), (Side.HEAD, head))
    }
    place = list(_TYPES).index(key) if key else None
    times = {side: Counter(row[place] for row in rows[side]) if place is not None else Counter() for side in Side}

    def is_usable(row: tuple[object, ...]) -> bool:
        return place is not None and row[place] is not None and all(times[side][row[place]] < 2 for side in Side)

    lined = {side: {row[place]: row for row in rows[side] if is_usable(row)} for side in Side if place is not None}
    others = {side: Counter(row for row in rows[side] if not is_usable(row)) for side in Side}
    same = sum((others[Side.BASE] & others[Side.HEAD]).values())
    before, after = lined.get(Side.BASE, {}), lined.get(Side.HEAD, {})
    changed = [one for one in before if one in after and before[one] != after[one]]
    columns = Counter(
        column for one in changed for at, column in enumerate(_TYPES) if before[one][at] != after[one][at]
    )
    left = {side: sum(others[side].values()) for side in Side}
    counts = RowCounts(
        base=len(base),
        head=len(head),
        added=len(after.keys() - before.keys()) + left[Side.HEAD] - same,
        removed=len(before.keys() - after.keys()) + left[Side.BASE] - same,
        changed=len(changed),
        unchanged=len([one for one in before if one in after]) - len(changed) + same,
        unkeyed=sum(left.values()) if key else 0,
    )
    return counts, columns


# --- how rows compare ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["hashed", "hashed by buckets and parts", "exactly"])
def test_rows_with_a_key(cursor: SnowflakeCursor, keyed: Pair, how: str) -> None:
    """If this fails, a diff on Snowflake counts rows wrongly: added, removed, changed, or in the wrong columns."""
    questions: list[Question] = [RowChanges(), KeyFacts(Side.BASE), *(ColumnChanges(name) for name in _TYPES)]
    counts, columns = _compare(_rows(Side.BASE), _rows(Side.HEAD), "ID")
    answers = _ask(cursor, replace(keyed, exact=how == "exactly"), questions, _TUNED.get(how, DEFAULT))
    assert answers[RowChanges()] == counts
    assert {name: answers[ColumnChanges(name)] for name in _TYPES} == {name: columns[name] for name in _TYPES}
    assert answers[KeyFacts(Side.BASE)] == KeyCounts(1, 1, 2)
    assert columns == {"D": 4, "F": 1, "BIN": 1}


@pytest.mark.parametrize("how", ["hashed by buckets and parts", "exactly"])
def test_rows_without_a_key(cursor: SnowflakeCursor, tables: tuple[Table, Table], how: str) -> None:
    """If this fails, a model without a key is compared wrongly on Snowflake."""
    counts, _ = _compare(_rows(Side.BASE), _rows(Side.HEAD), None)
    answers = _ask(cursor, replace(pair_of(*tables), exact=how == "exactly"), [RowChanges()], _TUNED.get(how, DEFAULT))
    assert answers[RowChanges()] == counts


def test_equal_tables_cost_two_statements(cursor: SnowflakeCursor, tables: tuple[Table, Table]) -> None:
    """If this fails, the common case costs more than it must: sums of hashes that depend on the order of rows."""
    make(cursor, "TURNED", _TYPES, list(reversed(_rows(Side.BASE))))
    turned = replace(tables[0], expression='"TURNED"')
    found, asked = lead(cursor, inquire(pair_of(tables[0], turned), [RowChanges()], WORDS))
    assert found[RowChanges()] == RowCounts(_ROWS, _ROWS, 0, 0, 0, _ROWS)
    assert asked == 2


def test_changed_types(cursor: SnowflakeCursor) -> None:
    """If this fails, a changed type alone marks every row as changed, or hides a change of values."""
    types = {
        "ID": ("NUMBER(38,0)", "VARCHAR(10)"),
        "WIDER": ("NUMBER(9,0)", "NUMBER(12,2)"),
        "WIDEST": ("NUMBER(38,0)", "NUMBER(18,6)"),
        "FLOATED": ("NUMBER(12,2)", "FLOAT"),
        "TIMED": ("DATE", "TIMESTAMP_NTZ(9)"),
        "LOCAL": ("TIMESTAMP_TZ(9)", "TIMESTAMP_NTZ(9)"),
        "TOLD": ("BOOLEAN", "VARCHAR(10)"),
    }
    rows = [
        {"ID": "1", "WIDER": "1", "WIDEST": "1", "FLOATED": "0.10", "TIMED": "2024-01-02"},
        {"ID": "2", "WIDER": "2", "WIDEST": "2", "FLOATED": "2", "TIMED": "2024-01-02"},
        {"ID": "3"},
    ]
    base = [{**row, "LOCAL": "2024-01-02 10:00:00+02:00", "TOLD": "true"} for row in rows]
    head = [{**row, "LOCAL": "2024-01-02 08:00:00", "TOLD": "true"} for row in rows]
    head[1] |= {"WIDER": "2.01", "WIDEST": "2.000001", "FLOATED": "2.5", "TIMED": "2024-01-02 00:00:01"}
    of = pair_of(
        make(cursor, "BEFORE", {name: before for name, (before, _) in types.items()}, base),
        make(cursor, "AFTER", {name: after for name, (_, after) in types.items()}, head),
        ["ID"],
    )
    answers = _ask(cursor, of, [ColumnChanges(name) for name in types])
    found = {name: answers[ColumnChanges(name)] for name in types}
    assert found == dict(zip(types, (0, 1, 1, 1, 1, 0, 0), strict=True))


def test_tolerances_and_folds(cursor: SnowflakeCursor, keyed: Pair) -> None:
    """If this fails, a tolerance or "without case and spaces" means something else on Snowflake."""
    half, day = Tolerance(absolute=Decimal("0.5")), Tolerance(absolute=Decimal(86400))
    limits = {"D": half, "N": Tolerance(absolute=Decimal(1), relative=Decimal("0.1")), "AT": day, "F": half}
    shared = tuple(
        replace(one, tolerance=limits.get(one.head.name), fold_case=one.head.name == "T", trim=one.head.name == "T")
        for one in _of(keyed, "ID", "D", "N", "AT", "F", "T", "BIN").shared
    )
    answers = _ask(cursor, replace(keyed, shared=shared), [RowChanges(), ColumnChanges("D"), ColumnChanges("F")])
    rows = answers[RowChanges()]
    assert isinstance(rows, RowCounts)
    # Rows 0, 9, 18, 27 differ in D only; 12 in F, from the infinite; 13 in BIN.
    assert (rows.changed, rows.tolerated) == (2, 4)
    assert (answers[ColumnChanges("D")], answers[ColumnChanges("F")]) == (0, 1)


# --- values -------------------------------------------------------------------------------------------------------


def test_measures(cursor: SnowflakeCursor, keyed: Pair) -> None:
    """If this fails, a profile on Snowflake tells wrong figures, or its sums lose digits."""
    rows = _rows(Side.BASE)
    amounts = [Decimal(str(row["D"])) for row in rows]
    expected: dict[tuple[str, Measure], object] = {
        ("ID", Measure.NULLS): 1,
        ("ID", Measure.DISTINCT): _ROWS - 2,
        ("ID", Measure.SUM): sum(int(row["ID"] or 0) for row in rows),
        ("ID", Measure.MAX): _ROWS - 1,
        ("D", Measure.SUM): float(sum(amounts)),
        ("D", Measure.MEAN): float(sum(amounts) / _ROWS),
        ("F", Measure.MAX): "NaN",
        ("F", Measure.DISTINCT): 5,
        ("T", Measure.MIN): "",
        ("T", Measure.MAX_LENGTH): len("it's \\ ä"),
        ("T", Measure.MEAN_LENGTH): pytest.approx(sum(len(str(row["T"])) for row in rows) / _ROWS),
        ("DAY", Measure.MIN): "2024-01-01",
        ("AT", Measure.MAX): "2024-01-28 10:00:00.123456",
        ("CLOCK", Measure.MIN): "10:00:00.5",
        ("B", Measure.TRUE): 20,
        ("B", Measure.MAX): "true",
        ("V", Measure.DISTINCT): 3,
        ("V", Measure.MIN): None,
        ("V", Measure.SUM): None,
    }
    asked = {one: Aggregate(Side.BASE, *one) for one in expected}
    spread = Aggregate(Side.BASE, "D", Measure.STDDEV)
    quantiles = [Aggregate(Side.BASE, name, Measure.QUANTILE, 0.5) for name in ("D", "AT", "DAY", "T")]
    answers = _ask(cursor, keyed, [*asked.values(), spread, *quantiles])
    assert {one: answers[asked[one]] for one in expected} == expected
    assert answers[spread] == pytest.approx(stdev(map(float, amounts)))
    told = [answers[quantile] for quantile in quantiles]
    assert told == [29.0, "2024-01-13 22:00:00.123456", "2024-01-13 12:00:00", None]


def test_checksums_tell_values_apart_and_not_their_order(cursor: SnowflakeCursor, keyed: Pair) -> None:
    """If this fails, a column that varies by itself is not seen, or a stable one is said to vary."""
    cut = replace(
        keyed, base=replace(keyed.base, expression='(select * from "BASE SIDE" where "ID" is distinct from 1)')
    )
    asked = {name: Aggregate(Side.BASE, name, Measure.CHECKSUM) for name in _TYPES}
    whole, again, part = (_ask(cursor, one, list(asked.values())) for one in (keyed, keyed, cut))
    assert whole == again
    assert not [name for name, one in asked.items() if whole[one] == part[one]]


def test_frequencies_bins_and_distance(cursor: SnowflakeCursor, keyed: Pair) -> None:
    """If this fails, top values, histograms or the distance of distributions are wrong on Snowflake."""
    questions: list[Question] = [
        Frequencies("T", 2),
        Frequencies("ZONED", 1),
        Bins("D", (0.0, 10.0, 50.0)),
        Bins("DAY", (0.0, 1e10)),
    ]
    answers = _ask(cursor, keyed, [*questions, Distance("D"), Distance("AT")])
    table, zoned = answers[questions[0]], answers[questions[1]]
    assert isinstance(table, FrequencyTable)
    assert isinstance(zoned, FrequencyTable)
    values = Counter(str(row["T"]) for row in _rows(Side.BASE))
    assert {one.value: one.base for one in table.top} == dict(values.most_common(2))
    assert (table.appeared, [(one.value, one.head) for one in table.new]) == (1, [("new", 3)])
    assert (zoned.appeared, zoned.vanished) == (1, 2)  # the null of added rows, and the days of removed ones
    assert answers[questions[2]] == BinCounts((5, 21), (5, 19), 4, 4)
    assert answers[questions[3]] == BinCounts((_ROWS,), (_ROWS - 2,), 0, 0)
    for name in ("D", "AT"):
        assert answers[Distance(name)] == pytest.approx(_distance(name)), name


def _distance(column: str) -> float:
    """The greatest difference between both cumulative shares."""
    values = [[_value(column, row[column]) for row in _rows(side) if row.get(column)] for side in Side]
    shares = [
        [
            sum(str(one) <= str(at) if column == "AT" else one <= at for one in side) / len(side)  # type: ignore[operator]
            for side in values
        ]
        for at in {*values[0], *values[1]}
    ]
    return max(abs(base - head) for base, head in shares)


# --- close looks --------------------------------------------------------------------------------------------------


def test_close_looks(cursor: SnowflakeCursor, keyed: Pair) -> None:
    """If this fails, the rows shown, by how much numbers changed, or when, are wrong; or a hidden value is shown."""
    narrow = _of(keyed, "ID", "D", "F", "T", "AT", "DAY", "B", "BIN")
    hidden = replace(narrow, showing={"T": Showing.HASH, "B": Showing.MASK, "BIN": Showing.HIDE})
    months = [PeriodChanges("AT", Period.MONTH), PeriodChanges("DAY", Period.WEEK)]
    answers = _ask(cursor, hidden, [Extent("D"), ExampleRows(2), RepeatedKeys(3), *months], salt="it's \\ salt")
    assert answers[Extent("D")] == Extents(0.5, 0.0, None, 0.0)
    examples = answers[ExampleRows(2)]
    assert isinstance(examples, Examples)
    assert Counter(row.kind for row in examples.rows) == dict.fromkeys(RowKind, 2)
    cells = {cell for row in examples.rows for side in (row.base, row.head) for cell in side or ()}
    assert not cells & {"it's \\ ä", "new", "true"}
    assert "2024-01-11 10:00:00.123456" in cells
    assert answers[RepeatedKeys(3)] == ()  # none is repeated more often than at base
    added = PeriodCounts(None, 3, 0, 0)
    assert answers[months[0]] == (added, PeriodCounts("2024-01-01", 0, 2, 6))
    assert [one.start for one in _periods(answers[months[1]])] == [
        None,
        "2024-01-01",
        "2024-01-08",
        "2024-01-15",
        "2024-01-22",
    ]


def _periods(answer: object) -> tuple[PeriodCounts, ...]:
    assert isinstance(answer, tuple)
    return answer


def test_first_rows_of_any_type(cursor: SnowflakeCursor, keyed: Pair) -> None:
    """If this fails, a new model on Snowflake shows no rows, because some type of it can't be sorted."""
    shown = replace(keyed, showing={"ZONED": Showing.HIDE})
    first = _ask(cursor, shown, [FirstRows(Side.BASE, 2)])[FirstRows(Side.BASE, 2)]
    assert isinstance(first, Examples)
    told = [dict(zip(first.columns, row.base or (), strict=True)) for row in first.rows]
    assert [row["ID"] for row in told] == [None, "0"]
    assert (told[1]["D"], told[1]["T"], told[1]["CLOCK"], told[1]["V"]) == (
        "0.00",
        "",
        "10:00:00.5",
        '{"a":0,"b":[1,null]}',
    )


def test_columns_that_live_on_under_another_name(cursor: SnowflakeCursor, keyed: Pair) -> None:
    """If this fails, a renamed column is not found on Snowflake, and is told as one lost and one new."""
    questions = [Likeness("D", "D"), Likeness("N", "D"), Likeness("V", "V")]
    answers = _ask(cursor, keyed, questions)
    matched = _ROWS - 3 - len(_REMOVED)
    told = [answers[question] for question in questions]
    assert told[0] == LikenessCounts(matched - len(_RAISED), matched)
    assert told[2] == LikenessCounts(matched, matched)
    assert isinstance(told[1], LikenessCounts)
    assert told[1].equal < 3


# --- what is made of pairs ----------------------------------------------------------------------------------------


def test_a_sample_takes_the_same_keys_on_both_sides(cursor: SnowflakeCursor, keyed: Pair) -> None:
    """If this fails, a sample on Snowflake says that rows were added and removed that were not."""
    part = _ask(cursor, sampling.sampled(_of(keyed, "ID", "D"), 0.5, WORDS), [RowChanges()])[RowChanges()]
    assert isinstance(part, RowCounts)
    assert 4 < part.base < _ROWS - 4
    assert part.added <= len(_ADDED)
    assert part.removed <= len(_REMOVED)


def test_rows_under_a_condition_are_left_out(cursor: SnowflakeCursor, keyed: Pair) -> None:
    """If this fails, a declared change of some rows hides others on Snowflake, or does not hide these."""
    rest = _ask(cursor, conditions.elsewhere(_of(keyed, "ID", "D", "F", "BIN"), '"D" < 1', WORDS), [RowChanges()])[
        RowChanges()
    ]
    assert isinstance(rest, RowCounts)
    assert (rest.changed, rest.removed) == (5, 2)


def test_what_changed_rows_have_in_common(cursor: SnowflakeCursor) -> None:
    """If this fails, nobody learns on Snowflake that all removed rows are of one kind."""
    types = {"ID": "NUMBER(38,0)", "KIND": "VARCHAR(10)", "OLD": "BOOLEAN"}
    rows = [{"ID": str(n), "KIND": "abc"[n % 3], "OLD": "true" if n % 3 else "false"} for n in range(60)]
    kept = [row for row in rows if row["KIND"] != "b"]
    of = pair_of(make(cursor, "ALL", types, rows), make(cursor, "SOME", types, kept), ["ID"])
    figures = Figures({RowKind.REMOVED: 20}, {Side.BASE: 60, Side.HEAD: 40})
    (found,), _ = lead(cursor, commonalities.find(of, figures, WORDS))
    assert (found.kind, found.column, found.values) == (RowKind.REMOVED, "KIND", ("b",))


def test_what_varies_without_the_change(cursor: SnowflakeCursor) -> None:
    """If this fails, noise is told as a change on Snowflake, or a change as noise."""
    types = {"ID": "NUMBER(38,0)", "VARIES": "FLOAT", "CHANGED": "NUMBER(9,0)"}
    draws = [
        [{"ID": str(n), "VARIES": f"{(n * step) % 31}.5", "CHANGED": str(n + by)} for n in range(31)]
        for step, by in ((3, 0), (5, 1), (7, 0))
    ]
    base, head, control = (make(cursor, f"DRAW{n}", types, rows) for n, rows in enumerate(draws))
    found, _ = lead(cursor, trials.find(Trio(pair_of(base, head, ["ID"]), (control,), WORDS, Causes())))
    assert found.noise is not None
    assert (set(found.noise.columns), found.noise.rows) == ({"VARIES"}, False)


# --- without a server ---------------------------------------------------------------------------------------------


def test_texts_are_no_way_out_of_a_literal() -> None:
    """If this fails, a text with a quote or a backslash ends the literal: Snowflake escapes by backslashes."""
    assert Snowflake().literal("it's \\' x") == "'it''s \\\\'' x'"


@pytest.mark.parametrize(
    ("own", "other", "lifted"),
    [
        ("NUMBER(38,0)", "NUMBER(38,0)", "x"),
        ("NUMBER(9,0)", "NUMBER(12,2)", "x::NUMBER(12,2)"),
        ("NUMBER(38,0)", "NUMBER(18,6)", "to_varchar(x)"),
        ("VARCHAR(10)", "VARCHAR(16777216)", "x"),
        ("VARCHAR(10) COLLATE 'en-ci'", "VARCHAR(10)", "collate(x, '')"),
        ("TIMESTAMP_TZ(9)", "TIMESTAMP_TZ(9)", "x"),
        ("TIMESTAMP_TZ(9)", "TIMESTAMP_NTZ(9)", "convert_timezone('UTC', x)::timestamp_ntz(9)"),
        ("OBJECT", "OBJECT", "to_json(x::variant)"),
        ("ARRAY(NUMBER(38,0))", "VARIANT", "to_json(x::variant)"),
        ("VARIANT", "VARIANT", "to_json(x)"),
        ("GEOGRAPHY", "GEOGRAPHY", "st_aswkt(x)"),
        ("VECTOR(FLOAT, 3)", "VECTOR(FLOAT, 3)", "to_json(x::array::variant)"),
        ("DECFLOAT(38)", "DECFLOAT(38)", "x::varchar"),
    ],
)
def test_how_values_are_lifted(own: str, other: str, lifted: str) -> None:
    """If this fails, values are compared in a type that loses digits, fails, or has no equality."""
    assert Snowflake().lift("x", own, other).expression == lifted


def test_sums_of_38_digits_do_not_overflow() -> None:
    """If this fails, the sum of a NUMBER(38,0) column of great numbers fails the whole profile."""
    told = Snowflake().aggregate(Measure.SUM, "x", "NUMBER(38,0)")
    assert told is not None
    assert "'e19 '" in told
    assert Snowflake().aggregate(Measure.SUM, "x", "NUMBER(12,2)") == "to_varchar(sum(x::NUMBER(12,2)))"


def test_a_count_question_is_answered_by_count(cursor: SnowflakeCursor, keyed: Pair) -> None:
    """If this fails, row counts on Snowflake come as something that is no number."""
    assert _ask(cursor, keyed, [RowCount(Side.HEAD)]) == {RowCount(Side.HEAD): _ROWS - 2 + 3}
