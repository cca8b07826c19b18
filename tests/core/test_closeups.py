"""Close-ups of the rows that differ, against a naive oracle: plain Python over the rows."""

from __future__ import annotations

import datetime
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.tuning import DEFAULT, Tuning
from bot.domain import (
    Answer,
    ColumnChanges,
    Example,
    ExampleRows,
    Examples,
    Extent,
    Extents,
    Pair,
    Period,
    PeriodChanges,
    PeriodCounts,
    Question,
    RepeatedKey,
    RepeatedKeys,
    RowChanges,
    RowCounts,
    RowKind,
    Showing,
    Tolerance,
)
from tests.core.inquiries import lead, make_pair_of
from tests.core.rig import connect, make_pair

_EXAMPLES = 5_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 40
_NAMES = ("k 1", "k.2", "n", "t", "d")
_TYPES = ("INTEGER", "VARCHAR", "INTEGER", "VARCHAR", "DATE")
# What is kept while close-ups are taken depends on the way that rows were lined up.
_SMALL = Tuning(sliced_from=0, slices=2, slice_rows=2, slabs=4, slab_rows=1, bucketed_from=0, bucket_rows=1)
_TUNINGS = (
    DEFAULT,
    replace(_SMALL, open_share=0.0, scattered_share=1.0),
    replace(_SMALL, open_share=1.0, scattered_share=0.0, dense=0),
)
_Row = tuple[int | None, str | None, int | None, str | None, str | None]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """One DuckDB for all cases."""
    with connect() as opened:
        yield opened


# --- the oracle -------------------------------------------------------------------------------------------------


class _Oracle:
    """How two tables compare, told from their rows alone. Without a key all rows are compared as a multiset."""

    def __init__(self, base: Sequence[_Row], head: Sequence[_Row], *, keyed: bool) -> None:
        sides = [Counter(row[:2] for row in rows) for rows in (base, head)]
        self.counts = sides
        good = {key for side in sides for key in side if keyed and None not in key}
        good = {key for key in good if all(side[key] <= 1 for side in sides)}
        old, new = ({row[:2]: row for row in rows if row[:2] in good} for rows in (base, head))
        rest = [Counter(row for row in rows if row[:2] not in good) for rows in (base, head)]
        self.changed = {key: (old[key], new[key]) for key in sorted({*old} & {*new}) if old[key] != new[key]}
        self.removed = [old[key] for key in sorted({*old} - {*new})]
        self.added = [new[key] for key in sorted({*new} - {*old})]
        self.rest_removed, self.rest_added = rest[0] - rest[1], rest[1] - rest[0]

    def examples(self, limit: int, *, by_extent: bool) -> tuple[Example, ...]:
        """The rows to show."""
        removed = [*self.removed, *sorted(self.rest_removed, key=_order)][:limit]
        added = [*self.added, *sorted(self.rest_added, key=_order)][:limit]
        chosen = (self._by_extent() if by_extent else self._by_pattern())[:limit]
        return (
            *(Example(RowKind.REMOVED, _text(row), None) for row in removed),
            *(Example(RowKind.ADDED, None, _text(row)) for row in added),
            *(Example(RowKind.CHANGED, _text(old), _text(new), _pattern(old, new)) for old, new in chosen),
        )

    def _by_pattern(self) -> list[tuple[_Row, _Row]]:
        often = Counter(_pattern(*rows) for rows in self.changed.values())
        seen: Counter[tuple[int, ...]] = Counter()
        ranked = []
        for key, rows in self.changed.items():
            pattern = _pattern(*rows)
            seen[pattern] += 1
            ranked.append((seen[pattern], -often[pattern], key, rows))
        return [rows for *_, rows in sorted(ranked, key=lambda entry: entry[:3])]

    def _by_extent(self) -> list[tuple[_Row, _Row]]:
        def extent(rows: tuple[_Row, _Row]) -> float:
            old, new = rows[0][2], rows[1][2]
            return -abs(new - old) if old is not None and new is not None and old != new else 1

        return sorted(self.changed.values(), key=extent)

    def extents(self) -> Extents:
        """By how much `n` changed."""
        steps = [
            (new[2] - old[2], abs(old[2]))
            for old, new in self.changed.values()
            if old[2] is not None and new[2] is not None and old[2] != new[2]
        ]
        ups, downs = [step for step in steps if step[0] > 0], [step for step in steps if step[0] < 0]

        def percent(of: Sequence[tuple[int, int]], best: Callable[[list[float]], float]) -> float | None:
            return None if any(size == 0 for _, size in of) else best([0.0, *(100 * step / size for step, size in of)])

        return Extents(
            max([0.0, *(step for step, _ in ups)]),
            min([0.0, *(step for step, _ in downs)]),
            percent(ups, max),
            percent(downs, min),
        )

    def periods(self, period: Period) -> tuple[PeriodCounts, ...]:
        """In which periods of `d` rows changed."""
        found: dict[str | None, list[int]] = {}

        def count(row: _Row, place: int, rows: int = 1) -> None:
            found.setdefault(_start(row[4], period), [0, 0, 0])[place] += rows

        for row in self.added:
            count(row, 0)
        for row in self.removed:
            count(row, 1)
        for _, new in self.changed.values():
            count(new, 2)
        for place, rest in enumerate((self.rest_added, self.rest_removed)):
            for row, rows in rest.items():
                count(row, place, rows)
        starts = sorted(found, key=lambda start: (start is not None, start or ""))
        return tuple(PeriodCounts(start, *found[start]) for start in starts)

    def repeated(self, limit: int) -> tuple[RepeatedKey, ...]:
        """Which keys are repeated at head."""
        base, head = self.counts
        keys = [key for key in head if None not in key and head[key] > 1 and head[key] > base[key]]
        keys.sort(key=lambda key: (-head[key], key))
        return tuple(RepeatedKey((str(key[0]), str(key[1])), base[key], head[key]) for key in keys[:limit])


def _pattern(old: _Row, new: _Row) -> tuple[int, ...]:
    return tuple(place for place in range(len(_NAMES)) if old[place] != new[place])


def _text(row: _Row) -> tuple[str | None, ...]:
    return tuple(None if cell is None else str(cell) for cell in row)


def _order(row: _Row) -> tuple[object, ...]:
    return tuple((cell is not None, cell or 0 if isinstance(cell, int | None) else cell) for cell in row)


def _start(day: str | None, period: Period) -> str | None:
    if day is None:
        return None
    date = datetime.date.fromisoformat(day)
    start = {
        Period.DAY: date,
        Period.WEEK: date - datetime.timedelta(days=date.weekday()),
        Period.MONTH: date.replace(day=1),
        Period.QUARTER: date.replace(day=1, month=(date.month - 1) // 3 * 3 + 1),
        Period.YEAR: date.replace(day=1, month=1),
    }
    return start[period].isoformat()


_CELLS = st.tuples(
    st.sampled_from((*range(10), None)),
    st.sampled_from(("a", "b", "ä")),
    st.sampled_from((0, 1, 5, -5, 100, None)),
    st.sampled_from(("x", "y", None)),
    st.sampled_from(("2019-12-30", "2020-01-01", "2020-02-29", "2021-11-30", None)),
)


@st.composite
def _sides(draw: st.DrawFn) -> tuple[list[_Row], list[_Row]]:
    base: list[_Row] = draw(st.lists(_CELLS, max_size=14))
    head: list[_Row] = []
    for row in base:
        fate = draw(st.sampled_from(("keep", "keep", "change", "change", "drop", "twice")))
        if fate == "change":
            row = (*row[:2], *draw(_CELLS)[2:])
        head += {"drop": [], "twice": [row, row]}.get(fate, [row])
    head += draw(st.lists(_CELLS, max_size=4))
    return base, draw(st.permutations(head))


@settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(sides=_sides(), keyed=st.booleans(), limit=st.integers(1, 4), period=st.sampled_from(Period), data=st.data())
def test_every_close_up_is_what_a_naive_oracle_sees(
    connection: duckdb.DuckDBPyConnection,
    sides: tuple[list[_Row], list[_Row]],
    keyed: bool,  # noqa: FBT001 (drawn)
    limit: int,
    period: Period,
    data: st.DataObject,
) -> None:
    """A comment would show a row that did not change, hide the telling ones, or tell when or how much wrongly."""
    columns = [(name, type_name, type_name) for name, type_name in zip(_NAMES, _TYPES, strict=True)]
    base, head = sides
    key = _NAMES[:2] if keyed else ()
    of = make_pair_of(connection, columns, [_text(row) for row in base], [_text(row) for row in head], key)
    oracle = _Oracle(base, head, keyed=keyed)
    expected: dict[Question, object] = {
        ExampleRows(limit): oracle.examples(limit, by_extent=False),
        PeriodChanges("d", period): oracle.periods(period),
    }
    if keyed:
        expected[ExampleRows(limit, "n")] = oracle.examples(limit, by_extent=True)
        expected[Extent("n")] = oracle.extents()
        expected[RepeatedKeys(limit)] = oracle.repeated(limit)
    asked = data.draw(st.lists(st.sampled_from(list(expected)), unique=True, min_size=1))
    tuning = data.draw(st.sampled_from(_TUNINGS))
    answers = lead(connection, of, [*asked, RowChanges()], tuning=tuning).answers
    for question in asked:
        answer = answers[question]
        if isinstance(answer, Examples):
            assert _rearranged(answer) == expected[question], question
        else:
            assert answer == expected[question], question


def _rearranged(examples: Examples) -> tuple[Example, ...]:
    """The rows with their cells in the order of the table."""
    if not examples.rows:
        return ()
    places = [examples.columns.index(name) for name in _NAMES]

    def arrange(row: tuple[str | None, ...] | None) -> tuple[str | None, ...] | None:
        return None if row is None else tuple(row[place] for place in places)

    return tuple(
        Example(
            row.kind, arrange(row.base), arrange(row.head), tuple(sorted(places.index(place) for place in row.changed))
        )
        for row in examples.rows
    )


# --- case by case -----------------------------------------------------------------------------------------------


def _lead_one(connection: duckdb.DuckDBPyConnection, of: Pair, question: Question) -> Answer:
    return lead(connection, of, [question]).answers[question]


def test_equal_sides_cost_nothing_more(connection: duckdb.DuckDBPyConnection) -> None:
    """The common case of CI, nothing changed, would pay for samples that nobody sees."""
    query = "select i as id, i * 2 as v, date '2020-01-01' as d from range(50) r(i)"
    of = make_pair(connection, query, query, ["id"])
    plain = len(lead(connection, of, [RowChanges()]).asked)
    expected: Mapping[Question, Answer] = {
        Extent("v"): Extents(0.0, 0.0, 0.0, 0.0),
        ExampleRows(3): Examples((), ()),
        PeriodChanges("d", Period.WEEK): (),
        RepeatedKeys(3): (),
    }
    led = lead(connection, of, [RowChanges(), *expected])
    assert len(led.asked) == plain
    assert {question: led.answers[question] for question in expected} == expected


def test_extents_of_many_columns_cost_one_statement(connection: duckdb.DuckDBPyConnection) -> None:
    """Each numeric column would cost a join."""
    wide = ", ".join(f"i + {place} as c{place}" for place in range(30))
    of = make_pair(
        connection,
        f"select i as id, {wide} from range(9) r(i)",
        f"select i as id, {wide} from range(1, 10) r(i)",
        ["id"],
    )
    plain = len(lead(connection, of, [RowChanges()]).asked)
    assert len(lead(connection, of, [RowChanges(), *(Extent(f"c{place}") for place in range(30))]).asked) == plain + 1


@pytest.mark.parametrize(
    ("type_name", "base", "head", "extents"),
    [
        ("DOUBLE", "1", "nan", Extents(0.0, 0.0, 0.0, 0.0)),
        ("DOUBLE", "1", "inf", Extents(float("inf"), 0.0, float("inf"), 0.0)),
        ("DOUBLE", "inf", "1", Extents(0.0, float("-inf"), 0.0, None)),
        ("DOUBLE", "0", "-2", Extents(0.0, -2.0, 0.0, None)),
        ("DECIMAL(9,2)", "0.10", "0.30", Extents(0.2, 0.0, 200.0, 0.0)),
        ("DECIMAL(38,2)", "-4", "-5", Extents(0.0, -1.0, 0.0, -25.0)),
        ("BIGINT", "-9223372036854775808", "9223372036854775807", Extents(2.0**64, 0.0, 200.0, 0.0)),
        ("HUGEINT", "-170141183460469231731687303715884105727", "170141183460469231731687303715884105727",
         Extents(2.0**128, 0.0, 200.0, 0.0)),
        ("UBIGINT", "2", "1", Extents(0.0, -1.0, 0.0, -50.0)),
    ],
)  # fmt: skip
def test_an_extent_is_as_exact_as_its_type(
    connection: duckdb.DuckDBPyConnection, type_name: str, base: str, head: str, extents: Extents
) -> None:
    """A step of 0.2 would be told as 0.19999999999999998, an overflow end the run."""
    of = make_pair_of(
        connection, [("id", "INTEGER", "INTEGER"), ("v", type_name, type_name)], [["1", base]], [["1", head]], ["id"]
    )
    assert _lead_one(connection, of, Extent("v")) == extents


def test_numbers_of_two_types_have_an_extent(connection: duckdb.DuckDBPyConnection) -> None:
    """A column that became a float would have no size of its change."""
    of = make_pair(connection, "select 1 as id, 10::INTEGER as v", "select 1 as id, 12.5::DOUBLE as v", ["id"])
    assert _lead_one(connection, of, Extent("v")) == Extents(2.5, 0.0, 25.0, 0.0)


def test_what_is_tolerated_is_neither_marked_nor_measured(connection: duckdb.DuckDBPyConnection) -> None:
    """A row would be shown as changed that the project says has not."""
    of = make_pair(
        connection,
        "select * from (values (1, 1.0, 'a', date '2020-01-01'), (2, 1.0, 'b', date '2020-02-01'), (3, 1.0, 'c', null))"
        " t(id, v, n, d)",
        "select * from (values (1, 1.1, 'a', date '2020-01-01'), (2, 1.1, 'x', date '2020-02-01'), (3, 9.0, 'c', null))"
        " t(id, v, n, d)",
        ["id"],
    )
    shared = [
        replace(pairing, tolerance=Tolerance(absolute=Decimal("0.5"))) if pairing.head.name == "v" else pairing
        for pairing in of.shared
    ]
    of = replace(of, shared=tuple(shared))
    answers = lead(
        connection,
        of,
        [RowChanges(), ColumnChanges("v"), ExampleRows(5), Extent("v"), PeriodChanges("d", Period.MONTH)],
    ).answers
    rows = answers[RowChanges()]
    assert isinstance(rows, RowCounts)
    assert (rows.changed, rows.tolerated, answers[ColumnChanges("v")]) == (2, 1, 1)
    told = answers[ExampleRows(5)]
    assert isinstance(told, Examples)
    assert [(row.head and row.head[0], [told.columns[place] for place in row.changed]) for row in told.rows] == [
        ("2", ["n"]),
        ("3", ["v"]),
    ]
    assert answers[Extent("v")] == Extents(8.0, 0.0, 800.0, 0.0)
    assert answers[PeriodChanges("d", Period.MONTH)] == (
        PeriodCounts(None, 0, 0, 1),
        PeriodCounts("2020-02-01", 0, 0, 1),
    )


def test_of_each_combination_of_changed_columns_one_row_is_shown_first(connection: duckdb.DuckDBPyConnection) -> None:
    """All rows shown would say the same, and the one that changed in another way be missed."""
    of = make_pair(
        connection,
        "select i as id, 0 as a, 0 as b, 0 as c from range(10) r(i)",
        "select i as id, (i in (2, 9))::INTEGER as a, (i in (4, 5, 6, 9))::INTEGER as b, (i in (7, 8))::INTEGER as c "
        "from range(10) r(i)",
        ["id"],
    )
    told = _lead_one(connection, of, ExampleRows(20))
    assert isinstance(told, Examples)
    # Three rows of b, two of c, then a and a with b, once each.
    assert [row.head[0] for row in told.rows if row.head] == ["4", "7", "2", "9", "5", "8", "6"]


def test_a_text_is_shown_as_it_is_written_whatever_is_made_of_its_case(connection: duckdb.DuckDBPyConnection) -> None:
    """A reader would look for a value in the data that is not there."""
    of = make_pair(connection, "select 1 as id, 'Ab ' as n, 1 as v", "select 1 as id, 'aB' as n, 2 as v", ["id"])
    shared = tuple(replace(p, fold_case=True, trim=True) if p.head.name != "v" else p for p in of.shared)
    told = _lead_one(connection, replace(of, shared=shared), ExampleRows(1))
    expected = Example(RowKind.CHANGED, ("1", "1", "Ab "), ("1", "2", "aB"), (1,))
    assert told == Examples(("id", "v", "n"), (expected,))


def test_of_many_columns_those_of_the_key_and_those_that_changed_are_shown(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """The one cell that changed among five hundred columns would not be in sight."""
    wide = ", ".join(f"i + {place} as c{place}" for place in range(500))
    of = make_pair(
        connection,
        f"select {wide} from range(5) r(i)",
        "select * replace (case when c250 = 252 then -1 else c400 end as c400) "
        f"from (select {wide} from range(5) r(i))",
        ["c250"],
    )
    told = _lead_one(connection, of, ExampleRows(3))
    assert isinstance(told, Examples)
    assert told.columns == ("c250", "c400", *(f"c{place}" for place in range(10)))
    (row,) = told.rows
    assert (row.changed, (row.base or ())[:2], (row.head or ())[:2]) == ((1,), ("252", "402"), ("252", "-1"))


@pytest.mark.parametrize("key", [["id"], []])
@pytest.mark.parametrize("showing", [Showing.MASK, Showing.HASH, Showing.HIDE])
def test_what_may_not_be_seen_stays_in_the_warehouse(
    connection: duckdb.DuckDBPyConnection, key: list[str], showing: Showing
) -> None:
    """Personal data would come to the machine that runs the bot, and from there into a log or comment."""
    of = make_pair(
        connection,
        "select * from (values ('secret1', 'secret2', date '2001-02-03', 1), ('secret3', 'same', null, 2)) "
        "t(id, v, d, n)",
        "select * from (values ('secret1', 'secret4', date '2001-02-03', 1), "
        "('secret5', 'secret6', date '2001-02-03', 3), ('secret7', 'secret6', null, 4), "
        "('secret7', 'secret6', null, 4)) t(id, v, d, n)",
        key,
    )
    of = replace(of, showing=dict.fromkeys(("id", "v", "d"), showing))
    questions: list[Question] = [ExampleRows(5), PeriodChanges("d", Period.DAY)]
    led = lead(connection, of, [*questions, RepeatedKeys(5)] if key else questions, salt="s")
    assert "secret" not in str(led.seen)
    assert "2001" not in str(led.seen)
    told = led.answers[ExampleRows(5)]
    assert isinstance(told, Examples)
    assert told.rows
    if showing is Showing.HIDE:
        assert told.columns == ("n",)
    else:
        texts = {cell for row in told.rows for side in (row.base, row.head) if side for cell in side[:2] if cell}
        assert texts == {"•••"} if showing is Showing.MASK else all(len(text) == 8 for text in texts)
    if key:
        keys = led.answers[RepeatedKeys(5)]
        assert isinstance(keys, tuple)
        assert [(key.base, key.head) for key in keys if isinstance(key, RepeatedKey)] == [(0, 2)]


def test_a_hash_is_the_same_on_both_sides_and_depends_on_the_salt(connection: duckdb.DuckDBPyConnection) -> None:
    """A reader could not tell whether a hidden value changed, or could guess it by trying."""
    of = make_pair(connection, "select 1 as id, 7 as v, 1 as n", "select 1 as id, 7::BIGINT as v, 2 as n", ["id"])
    of = replace(of, showing={"v": Showing.HASH})
    hashes = set()
    for salt in ("a", "b"):
        told = lead(connection, of, [ExampleRows(1)], salt=salt).answers[ExampleRows(1)]
        assert isinstance(told, Examples)
        place = told.columns.index("v")
        (row,) = told.rows
        assert row.base
        assert row.head
        assert row.base[place] == row.head[place]
        hashes.add(row.base[place])
    assert len(hashes) == 2


def test_values_of_any_type_are_shown_as_texts(connection: duckdb.DuckDBPyConnection) -> None:
    """One list or interval among the columns would end the run."""
    row = (
        "select 1 as id, {0} as n, [1, null] as l, {{'a': 'x'}} as s, map {{'a': 1}} as m, '[1]'::JSON as j, "
        "'a'::BLOB as b, '00000000-0000-0000-0000-000000000000'::UUID as u, interval '1 day' as i, 'nan'::DOUBLE as f, "
        "time '12:00:00' as t, 'é'::ENUM('é') as e, '101'::BIT as x"
    )
    for key in (["id"], []):
        of = make_pair(connection, row.format(1), row.format(2), key)
        told = _lead_one(connection, of, ExampleRows(1))
        assert isinstance(told, Examples)
        cells = dict(zip(told.columns, told.rows[-1].head or (), strict=True))
        assert cells["n"] == "2"
        assert (cells["l"], cells["s"], cells["m"], cells["f"]) == ("[1, NULL]", "{'a': x}", "{a=1}", "nan")


@pytest.mark.parametrize(
    ("question", "key", "words"),
    [
        (Extent("v"), [], "no key"),
        (RepeatedKeys(1), [], "no key"),
        (Extent("gone"), ["id"], "not compared"),
        (Extent("n"), ["id"], "does not hold numbers"),
        (ExampleRows(1, "n"), ["id"], "does not hold numbers"),
        (ExampleRows(1, "left_out"), ["id"], "not compared"),
        (PeriodChanges("v", Period.DAY), ["id"], "does not hold moments"),
        (PeriodChanges("gone", Period.DAY), ["id"], "does not hold moments"),
    ],
)
def test_a_question_without_an_answer_is_refused(
    connection: duckdb.DuckDBPyConnection, question: Question, key: list[str], words: str
) -> None:
    """A number would be made up, or the warehouse fail with words that nobody understands."""
    query = "select 1 as id, 2 as v, 'a' as n, 3 as left_out"
    of = make_pair(connection, query, query, key, left_out="excluded")
    with pytest.raises(ValueError, match=words):
        lead(connection, of, [question])
