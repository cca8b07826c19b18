"""What may be asked of a comparison: tolerance, folded text, exactness, proven keys; and the ways of the engine."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import replace
from decimal import Decimal

import duckdb
import pytest

from bot.core.alignment import Kept
from bot.core.scans import ADDED, CANDIDATES, DIFFERENT, REMOVED, Scans
from bot.core.tuning import Tuning
from bot.domain import (
    Answer,
    Answers,
    Key,
    KeyCounts,
    KeyFacts,
    KeySource,
    Pair,
    Question,
    Row,
    RowChanges,
    RowCounts,
    Side,
    Statement,
    Tolerance,
)
from tests.core.rig import ask, connect, everything, make_pair

# Every way at tables of a few hundred rows.
_LARGE = Tuning(sliced_from=50, slice_rows=16, slab_rows=32, bucketed_from=50, bucket_rows=4)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """One DuckDB for all cases."""
    with connect() as opened:
        yield opened


def _rows(answers: Answers) -> RowCounts:
    rows = answers[RowChanges()]
    assert isinstance(rows, RowCounts)
    return rows


def _allowing(of: Pair, **may: object) -> Pair:
    """The pair with something allowed of its column `v`."""
    shared = tuple(replace(p, **may) if p.head.name == "v" else p for p in of.shared)  # type: ignore[arg-type]
    return replace(of, shared=shared)


def _tolerance(absolute: str | None = None, relative: str | None = None) -> Tolerance:
    return Tolerance(Decimal(absolute) if absolute else None, Decimal(relative) if relative else None)


_TOLERATED = [
    ("0.3::double", "0.1::double + 0.2::double", _tolerance("1e-9")),
    ("1.10::decimal(10, 2)", "1.00::decimal(10, 2)", _tolerance("0.1")),
    ("100::int", "101::int", _tolerance("1")),
    ("100::int", "101::int", _tolerance(relative="0.01")),
    ("-9223372036854775807::bigint", "9223372036854775807::bigint", _tolerance("1e20")),
    ("100::int", "100.4::double", _tolerance("0.5")),
    ("1.5::float", "1.4::double", _tolerance("0.2")),
    ("timestamp '2020-01-01 00:00:00'", "timestamp '2020-01-01 00:00:01'", _tolerance("1")),
    ("timestamp '2020-01-01 00:00:00'", "timestamptz '2020-01-01 02:00:00.5+02'", _tolerance("0.5")),
    ("date '2020-01-01'", "timestamp '2020-01-01 00:00:10'", _tolerance("10")),
    ("date '2020-01-01'", "date '2020-01-02'", _tolerance("86400")),
    ("timestamp_ns '2020-01-01 00:00:00'", "timestamp_ns '2020-01-01 00:00:00.000000002'", _tolerance("3e-9")),
]


@pytest.mark.parametrize("how", ["by hash", "exact"])
@pytest.mark.parametrize(("before", "after", "tolerance"), _TOLERATED)
def test_what_lies_within_the_tolerance_is_unchanged_and_counted(
    connection: duckdb.DuckDBPyConnection, before: str, after: str, tolerance: Tolerance, how: str
) -> None:
    """A column of floats that are added up in another order would flag every row, or nobody would hear of it."""
    of = make_pair(connection, f"select 1 as id, {before} as v", f"select 1 as id, {after} as v", ["id"])
    strict, _ = ask(connection, replace(of, exact=how == "exact"), everything(of))
    lenient, _ = ask(connection, replace(_allowing(of, tolerance=tolerance), exact=how == "exact"), everything(of))
    assert _rows(strict).changed == 1
    assert _rows(lenient) == RowCounts(1, 1, 0, 0, 0, 1, tolerated=1)


@pytest.mark.parametrize(
    ("before", "after", "tolerance"),
    [
        ("0.3::double", "0.30001::double", _tolerance("1e-9")),
        ("1.11::decimal(10, 2)", "1.00::decimal(10, 2)", _tolerance("0.1")),
        ("100::int", "102::int", _tolerance("1", "0.01")),
        ("'inf'::double", "1e308::double", _tolerance("1e308", "10")),
        ("'inf'::double", "'-inf'::double", _tolerance("1e308", "10")),
        ("'nan'::double", "0::double", _tolerance("1e308", "10")),
        ("null::double", "0::double", _tolerance("1e308", "10")),
        ("9007199254740993::hugeint", "9007199254740992::hugeint", _tolerance("0.5")),
        ("'a'", "'b'", _tolerance("1e308", "10")),
        ("[1.0::double]", "[1.1::double]", _tolerance("1e308", "10")),
        ("timestamp '2020-01-01 00:00:00'", "timestamp '2020-01-01 00:00:01.000001'", _tolerance("1")),
        ("timestamp 'infinity'", "timestamp '2020-01-01'", _tolerance("1e308")),
        ("timestamp '2020-01-01'", "timestamp '2020-01-02'", _tolerance(relative="10")),
    ],
)
def test_what_lies_beyond_the_tolerance_is_a_change(
    connection: duckdb.DuckDBPyConnection, before: str, after: str, tolerance: Tolerance
) -> None:
    """A tolerance would swallow an infinity, a null, a text, or more than it allows."""
    of = make_pair(connection, f"select 1 as id, {before} as v", f"select 1 as id, {after} as v", ["id"])
    answers, _ = ask(connection, _allowing(of, tolerance=tolerance), everything(of))
    assert _rows(answers) == RowCounts(1, 1, 0, 0, changed=1, unchanged=0)


def test_a_row_that_also_differs_elsewhere_is_changed_but_not_in_the_tolerant_column(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """The count of a column would include what its tolerance allows, as soon as the row differs by something else."""
    of = make_pair(
        connection, "select 1 as id, 1.0::double as v, 1 as w", "select 1 as id, 1.1::double as v, 2 as w", ["id"]
    )
    answers, _ = ask(connection, _allowing(of, tolerance=_tolerance("0.5")), everything(of))
    assert _rows(answers) == RowCounts(1, 1, 0, 0, changed=1, unchanged=0)
    assert sorted(value for value in answers.values() if isinstance(value, int)) == [0, 0, 1, 1, 1]


@pytest.mark.parametrize("key", [["id"], []])
@pytest.mark.parametrize("how", ["by hash", "exact"])
@pytest.mark.parametrize(
    ("before", "after", "may", "unchanged"),
    [
        ("'Ab'", "'aB'", {"fold_case": True}, 1),
        ("'Ab'", "'aB'", {"trim": True}, 0),
        ("'ab'", "'ab  '", {"trim": True}, 1),
        ("'ab'", "' ab'", {"trim": True, "fold_case": True}, 0),
        ("'AB'::enum('AB')", "'ab '", {"trim": True, "fold_case": True}, 1),
        ("''", "null", {"trim": True, "fold_case": True}, 0),
        ("1", "2", {"trim": True, "fold_case": True}, 0),
        ("'e\u0301'", "'é'", {"fold_case": True}, 0),
    ],
)
def test_case_and_spaces_make_no_difference_where_that_was_asked(
    connection: duckdb.DuckDBPyConnection,
    before: str,
    after: str,
    may: dict[str, object],
    unchanged: int,
    key: list[str],
    how: str,
) -> None:
    """A project that asked for it would still be flooded with such changes, or others would be hidden with them."""
    of = make_pair(connection, f"select 1 as id, {before} as v", f"select 1 as id, {after} as v", key)
    answers, _ = ask(connection, replace(_allowing(of, **may), exact=how == "exact"), everything(of))
    assert _rows(answers).unchanged == unchanged


def test_an_exact_comparison_hashes_no_row(connection: duckdb.DuckDBPyConnection) -> None:
    """Who asked for certainty would get a probability."""
    query = "select i as id, i % 7 as v from range(300) r(i)"
    of = make_pair(connection, query, f"select id, case when id = 5 then -1 else v end as v from ({query})", ["id"])
    answers, asked = ask(connection, replace(of, exact=True), everything(of), tuning=_LARGE)
    assert _rows(answers).changed == 1
    assert not any("hash(" in sql for sql in asked)


def test_what_dbt_has_proven_is_not_asked_again(connection: duckdb.DuckDBPyConnection) -> None:
    """The costliest part of a comparison by a key of texts would be paid although dbt has just done it."""
    query = "select 'k' || i as id, i as v from range(300) r(i)"
    of = make_pair(connection, query, query.replace("300", "301"), ["id"])
    answers, asked = ask(connection, replace(of, proven=frozenset(Side)), everything(of))
    assert _rows(answers).added == 1
    assert answers[KeyFacts(Side.HEAD)] == KeyCounts(0, 0, 0)
    assert not any("group by c0" in sql for sql in asked)


def test_a_proof_does_not_hold_for_a_key_that_is_folded(connection: duckdb.DuckDBPyConnection) -> None:
    """Two keys that dbt told apart would be lined up as one, and rows be multiplied."""
    of = make_pair(connection, "values ('a', 1), ('A', 2)", "values ('a', 1), ('A', 3)")
    shared = tuple(replace(p, fold_case=True) for p in of.shared)
    key = Key((of.head.columns[0].name,), KeySource.META)
    answers, _ = ask(connection, replace(of, key=key, shared=shared, proven=frozenset(Side)), [RowChanges()])
    assert _rows(answers) == RowCounts(2, 2, added=1, removed=1, changed=0, unchanged=1, unkeyed=4)


def test_a_row_whose_hash_is_zero_is_seen(connection: duckdb.DuckDBPyConnection) -> None:
    """DuckDB's hash of 0 is 0: a sum of hashes alone would not see that the row is there."""
    of = make_pair(connection, "select i as id from range(1, 300) r(i)", "select i as id from range(300) r(i)", ["id"])
    for tuning in (_LARGE, replace(_LARGE, bucket_rows=1, scattered_share=1.0, slices=1)):
        assert _rows(ask(connection, of, [RowChanges()], tuning=tuning)[0]).added == 1


def test_five_hundred_columns_that_all_change(connection: duckdb.DuckDBPyConnection) -> None:
    """A wide model would exceed what a statement may hold, in the one case in which all of it is needed."""
    wide = ", ".join(f"i * {number} as c{number}" for number in range(1, 500))
    more = ", ".join(f"i * {number} + 1 as c{number}" for number in range(1, 500))
    of = make_pair(
        connection,
        f"select i as id, {wide} from range(100) r(i)",
        f"select i as id, {more} from range(100) r(i)",
        ["id"],
    )
    for tuning in (Tuning(), _LARGE):
        answers, _ = ask(connection, of, everything(of), tuning=tuning)
        assert _rows(answers).changed == 100
        assert sum(value for value in answers.values() if isinstance(value, int)) == 100 + 100 + 499 * 100


_MANY = "select i as id, i % 7 as v, 'n' || i as n from range(400) r(i)"


@pytest.mark.parametrize(
    ("after", "most"),
    [(_MANY, 3), (f"{_MANY} where i <> 399", 13), (f"{_MANY} order by hash(i)", 7), (_MANY.replace("% 7", "% 8"), 10)],
    ids=["equal", "one row less", "other order", "most rows changed"],
)
def test_large_tables_take_few_statements(connection: duckdb.DuckDBPyConnection, after: str, most: int) -> None:
    """A warehouse that is paid by the statement would be asked more and more of them."""
    of = make_pair(connection, _MANY, after, ["id"])
    answers, asked = ask(connection, of, everything(of), tuning=_LARGE)
    assert answers == ask(connection, of, everything(of))[0]
    assert len(asked) <= most


@pytest.mark.parametrize("key", [["id"], []])
def test_only_the_slabs_that_differ_are_read_again(connection: duckdb.DuckDBPyConnection, key: list[str]) -> None:
    """A change in yesterday's rows would cost reading ten years of them twice."""
    after = f"select id, case when id = 250 then -1 else v end as v, n from ({_MANY})"
    of = make_pair(connection, _MANY, after, key)
    tuning = replace(_LARGE, slices=2)
    answers, asked = ask(connection, of, [RowChanges()], tuning=tuning)
    assert _rows(answers).unchanged == 399
    assert any("rowid between 224 and 255" in sql for sql in asked)


@pytest.mark.parametrize("tuning", [Tuning(), _LARGE, replace(_LARGE, kept_rows=60, joined_rows=60)])
def test_close_ups_find_every_row_that_differs(connection: duckdb.DuckDBPyConnection, tuning: Tuning) -> None:
    """The rows that are shown would not be those that were counted."""
    after = f"select id + 1 as id, case when id % 50 = 4 then 9 else v end as v, n from ({_MANY}) where id % 90 <> 7"
    seen: list[object] = []

    def take(scans: Scans, kept: Kept) -> Generator[Statement, list[Row], dict[Question, Answer]]:
        assert kept == Kept(candidates=True)
        for found in (REMOVED, ADDED, DIFFERENT):
            rows = yield Statement(f"select c0 from {scans.kept(CANDIDATES)} where found = {found}", "look")
            seen.append(len(rows))
        return {}

    before = f"select id + 1 as id, v, n from ({_MANY}) where id % 80 <> 3"
    of = make_pair(connection, before, after, ["id"])
    rows = _rows(ask(connection, of, [RowChanges()], take, tuning)[0])
    assert seen == [rows.removed, rows.added, rows.changed]
    assert (rows.removed, rows.added, rows.changed) == (5, 5, 8)


def test_equal_sides_have_nothing_to_look_at(connection: duckdb.DuckDBPyConnection) -> None:
    """The common case of CI would pay for samples of nothing."""

    def never(_scans: Scans, _kept: Kept) -> Generator[Statement, list[Row], dict[Question, Answer]]:
        yield Statement("select error('asked')", "nothing")
        return {}

    of = make_pair(connection, _MANY, f"{_MANY} order by hash(i)", ["id"])
    for tuning in (Tuning(), _LARGE):
        assert _rows(ask(connection, of, [RowChanges()], never, tuning)[0]).unchanged == 400
