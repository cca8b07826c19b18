"""What rows have in common: what is found, what is not told, and how it is asked."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import duckdb
import pytest

from bot.core.commonalities import Figures, find
from bot.core.sql import DuckDb
from bot.domain import Cell, Common, Pair, Relates, Row, RowChanges, RowCounts, RowKind, Showing, Side, Tolerance
from tests.core.rig import ask, connect, make_pair

_ORDERS = """
    select i as id, case when i % 13 = 0 then 'returned' when i % 29 = 0 then 'it''s "lost"' when i % 3 = 0 then 'new'
        else 'paid' end as status,
    (i * 37 % 1000) / 10.0 as amount, date '2024-01-01' + (i // 20)::int as day, i % 5 as region, i % 2 = 0 as active,
    case when i % 7 > 0 then 'note ' || i end as note, timestamp '2024-01-01' + interval (i * 37) minute as loaded_at,
    repeat('long ', 13) || (i % 4) as words, [i % 4] as list,
    case when i % 11 = 0 then sin(i) end as refund
    from range(2000) r(i)
"""
_LOST = "status in ('returned', 'it''s \"lost\"')"


@dataclass
class _Led:
    """What was found, the statements that were asked, and every cell that came back."""

    found: tuple[Common, ...] = ()
    asked: list[str] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)

    def of(self, kind: RowKind) -> Common | None:
        """What was found of the rows of a kind."""
        return next((one for one in self.found if one.kind is kind), None)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """One DuckDB for all cases."""
    with connect() as opened:
        yield opened


def _count(connection: duckdb.DuckDBPyConnection, of: Pair) -> Figures:
    answers, _ = ask(connection, of, [RowChanges()])
    rows = answers[RowChanges()]
    assert isinstance(rows, RowCounts)
    kinds = {RowKind.REMOVED: rows.removed, RowKind.ADDED: rows.added, RowKind.CHANGED: rows.changed}
    return Figures(kinds, {Side.BASE: rows.base, Side.HEAD: rows.head})


def _lead(connection: duckdb.DuckDBPyConnection, of: Pair, figures: Figures | None = None) -> _Led:
    led = _Led()
    inquiry = find(of, figures or _count(connection, of), DuckDb())
    try:
        statement = next(inquiry)
        while True:
            led.asked.append(statement.sql)
            rows: list[Row] = [tuple(row) for row in connection.execute(statement.sql).fetchall()]
            led.cells += [cell for row in rows for cell in row]
            statement = inquiry.send(rows)
    except StopIteration as stop:
        led.found = stop.value
    assert connection.execute("select table_name from duckdb_tables() where temporary").fetchall() == []
    return led


def _led(connection: duckdb.DuckDBPyConnection, base: str, head: str, key: Sequence[str] = ("id",)) -> _Led:
    return _lead(connection, make_pair(connection, base, head, key))


_PLANTED = {
    "a set of values": (f"from ({_ORDERS}) where not {_LOST}", RowKind.REMOVED, "status", Relates.IN),
    "a boolean": (f"from ({_ORDERS}) where active", RowKind.REMOVED, "active", Relates.IN),
    "no value": (f"from ({_ORDERS}) where note is not null", RowKind.REMOVED, "note", Relates.NULL),
    "a value": (f"from ({_ORDERS}) where refund is null", RowKind.REMOVED, "refund", Relates.NOT_NULL),
    "a range of days": (
        f"select * replace (if(day >= date '2024-03-01', amount + 1, amount) as amount) from ({_ORDERS})",
        RowKind.CHANGED,
        "day",
        Relates.BETWEEN,
    ),
    "what it was before": (
        f"select * replace (if(status = 'new', 'open', status) as status) from ({_ORDERS})",
        RowKind.CHANGED,
        "status",
        Relates.IN,
    ),
}


@pytest.mark.parametrize("name", _PLANTED)
def test_what_rows_have_in_common_is_found(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """The reader would have to look through thousands of rows to see which ones they are."""
    head, kind, column, relates = _PLANTED[name]
    found = _led(connection, _ORDERS, head).of(kind)
    assert found is not None
    assert (found.column, found.relates, found.recall, found.precision) == (column, relates, 1.0, 1.0)


def test_the_words_of_a_list_are_those_of_the_data_the_most_frequent_first(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """The reader would be told other values than the table has, or the rarest first."""
    led = _led(connection, _ORDERS, f"from ({_ORDERS}) where not {_LOST}")
    assert led.found == (
        Common(RowKind.REMOVED, "status", Relates.IN, ("returned", 'it\'s "lost"'), rows=217, matching=217, others=0),
    )


def test_added_rows_are_told_from_the_rest_of_head_and_a_period_by_its_days(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """A month that was missing and came back would not be named."""
    base = f"from ({_ORDERS}) where day not between date '2024-02-01' and date '2024-02-29'"
    led = _led(connection, base, _ORDERS)
    assert led.found == (
        Common(RowKind.ADDED, "day", Relates.BETWEEN, ("2024-02-01", "2024-02-29"), rows=580, matching=580, others=0),
    )


def test_rows_without_a_key_are_described_too(connection: duckdb.DuckDBPyConnection) -> None:
    """A model without a key would never be told which rows it lost."""
    led = _led(connection, _ORDERS, f"from ({_ORDERS}) where not {_LOST}", ())
    assert [(one.kind, one.column, one.matching, one.others) for one in led.found] == [
        (RowKind.REMOVED, "status", 217, 0)
    ]


def test_changed_rows_are_told_from_those_that_stayed_as_they_were(connection: duckdb.DuckDBPyConnection) -> None:
    """Removed rows would count against what is said of the changed ones, and hide it."""
    head = f"select * replace (amount + 1 as amount) from ({_ORDERS}) where region = 2 and note is not null"
    rest = f"from ({_ORDERS}) where region <> 2 and note is not null"
    led = _led(connection, _ORDERS, f"{head} union all {rest}")
    removed, changed = led.of(RowKind.REMOVED), led.of(RowKind.CHANGED)
    assert removed is not None
    assert changed is not None
    assert (removed.column, removed.relates) == ("note", Relates.NULL)
    assert (changed.column, changed.values, changed.others) == ("region", ("2",), 0)


def test_a_few_exceptions_are_told_as_such(connection: duckdb.DuckDBPyConnection) -> None:
    """One stray row would hide what all the others have in common, or be counted among them."""
    led = _led(connection, _ORDERS, f"from ({_ORDERS}) where region <> 2 and id <> 1000 or id = 7")
    found = led.of(RowKind.REMOVED)
    assert found is not None
    assert (found.column, found.values) == ("region", ("2",))
    assert (found.rows, found.matching, found.others) == (400, 399, 1)


def test_what_lies_within_a_tolerance_is_not_described(connection: duckdb.DuckDBPyConnection) -> None:
    """Rows that count as equal would be described as changed."""
    head = f"select * replace (amount + if(region = 2, 1, 0.001) as amount) from ({_ORDERS})"
    of = make_pair(connection, _ORDERS, head, ("id",))
    lenient = tuple(
        replace(one, tolerance=Tolerance(absolute=0.01)) if one.head.name == "amount" else one  # type: ignore[arg-type]
        for one in of.shared
    )
    found = _lead(connection, replace(of, shared=lenient)).of(RowKind.CHANGED)
    assert found is not None
    assert (found.column, found.values, found.rows, found.others) == ("region", ("2",), 400, 0)


@pytest.mark.parametrize("showing", [Showing.HASH, Showing.MASK, Showing.HIDE])
def test_a_column_that_may_not_be_seen_is_never_told_of(
    connection: duckdb.DuckDBPyConnection, showing: Showing
) -> None:
    """Personal data would leave the warehouse as the reason of a change."""
    of = make_pair(connection, _ORDERS, f"from ({_ORDERS}) where not {_LOST}", ("id",))
    led = _lead(connection, replace(of, showing={"status": showing}))
    assert led.found == ()
    assert led.asked
    assert not {"returned", 'it\'s "lost"'} & {str(cell) for cell in led.cells}


def test_single_rows_are_never_listed(connection: duckdb.DuckDBPyConnection) -> None:
    """A list of names that each occur once would be a list of persons."""
    people = "select i as id, 'person ' || i as name, hash(i) % 1000 as salary from range(40) r(i)"
    head = f"from ({people}) where id not in (7, 11, 19, 23)"
    for key in (("id",), ()):
        led = _led(connection, people, head, key)
        assert [one for one in led.found if one.relates is Relates.IN] == []


def test_rows_are_not_told_by_a_list_of_their_keys(connection: duckdb.DuckDBPyConnection) -> None:
    """A list of keys names the rows, and says nothing of what they have in common."""
    lines = "select i // 10 as order_id, i % 10 as line, hash(i) % 7 as amount from range(2000) r(i)"
    led = _led(connection, lines, f"from ({lines}) where order_id not in (50, 120)", ("order_id", "line"))
    assert led.found == ()


def test_long_texts_are_left_out(connection: duckdb.DuckDBPyConnection) -> None:
    """Paragraphs of text would fill the comment."""
    led = _led(connection, _ORDERS, f"from ({_ORDERS}) where words not like '%2'")
    found = led.of(RowKind.REMOVED)
    assert found is None or found.column != "words"


def test_nothing_is_asked_where_nothing_can_be_said(connection: duckdb.DuckDBPyConnection) -> None:
    """A run would pay for statements about a single row, or about nearly all rows."""
    for head in (
        f"from ({_ORDERS}) where id <> 5",
        f"select * replace (amount + 1 as amount) from ({_ORDERS})",
        f"from ({_ORDERS}) where id % 6 = 0",
    ):
        led = _led(connection, _ORDERS, head)
        assert (led.found, led.asked) == ((), [])


def test_figures_that_are_not_those_of_the_report_are_not_told(connection: duckdb.DuckDBPyConnection) -> None:
    """The comment would tell 8,906 removed rows in one line and 9,000 in the next."""
    of = make_pair(connection, _ORDERS, f"from ({_ORDERS}) where not {_LOST}", ("id",))
    figures = _count(connection, of)
    assert _lead(connection, of, replace(figures, kinds={**figures.kinds, RowKind.REMOVED: 216})).found == ()


def test_the_statements_do_not_grow_with_the_columns(connection: duckdb.DuckDBPyConnection) -> None:
    """A model of 200 columns would cost hundreds of statements."""
    wide = f"select *, {', '.join(f'id % {n} as m{n}' for n in range(2, 60))} from ({_ORDERS})"
    narrow = _led(connection, _ORDERS, f"from ({_ORDERS}) where not {_LOST}")
    led = _led(connection, wide, f"from ({wide}) where not {_LOST}")
    assert len(led.asked) == len(narrow.asked)
    assert led.found == narrow.found


def test_no_value_of_the_data_stands_in_a_statement(connection: duckdb.DuckDBPyConnection) -> None:
    """What the data hold would be run as SQL, and lie in every log."""
    led = _led(connection, _ORDERS, f"from ({_ORDERS}) where not {_LOST}")
    assert not any("returned" in sql or "lost" in sql for sql in led.asked)


def test_of_very_many_rows_a_sample_tells_which_columns_to_count(connection: duckdb.DuckDBPyConnection) -> None:
    """Hundreds of thousands of different values would be counted for nothing, or a reason be lost among them."""
    orders = "select i as id, 'token ' || i as token, 'r' || (i % 20) as region, i % 100 as n from range(300_000) r(i)"
    moved = "region in ('r3', 'r7', 'r9', 'r11')"
    head = f"select * replace (if({moved}, n + 1, n) as n) from ({orders})"
    led = _led(connection, orders, head)
    assert led.found == (
        Common(
            RowKind.CHANGED, "region", Relates.IN, ("r11", "r3", "r7", "r9"), rows=60_000, matching=60_000, others=0
        ),
    )
    assert not any("token" in str(cell) for cell in led.cells)


def test_rows_drawn_at_random_have_nothing_in_common(connection: duckdb.DuckDBPyConnection) -> None:
    """A reader would be sent after reasons that are accidents, and would stop reading the ones that are not."""
    draw = random.Random(20_011)
    told: list[Common] = []
    for _ in range(20):
        rows = draw.choice([12, 40, 300, 5_000])
        orders = (
            f"select i as id, (hash(i + {draw.randrange(10**6)}) % {draw.choice([3, 8, 40])})::int as kind, "
            f"date '2024-01-01' + (hash(i * 3) % {draw.choice([5, 60, 5000])})::int as day, "
            f"if(hash(i * 7) % {draw.choice([2, 9])} = 0, null, i % 4) as part, hash(i * 5) % 2 = 0 as flag, "
            f"'n' || (hash(i * 11) % {rows}) as name, i // 10 as batch, i * 0.5 as amount from range({rows}) r(i)"
        )
        ids = draw.sample(range(rows), rows)
        parts = [draw.choice([2, 3, rows // 4]) for _ in RowKind]
        gone, new, other = (
            ", ".join(map(str, ids[sum(parts[:nth]) : sum(parts[: nth + 1])])) for nth in range(len(parts))
        )
        head = f"select * replace (if(id in ({other}), amount + 1, amount) as amount) from ({orders})"
        led = _led(connection, f"from ({orders}) where id not in ({new})", f"{head} where id not in ({gone})")
        assert led.asked
        told += led.found
    assert told == []


def test_planted_reasons_are_found_however_the_table_looks(connection: duckdb.DuckDBPyConnection) -> None:
    """The guard against accidents would hold back reasons that are none."""
    draw = random.Random(7)
    for _ in range(12):
        rows, kinds = draw.choice([100, 1_000, 20_000]), draw.choice([4, 9, 20])
        orders = f"select i as id, (hash(i * 13) % {kinds})::int as kind, hash(i) % 97 as x from range({rows}) r(i)"
        found = _led(connection, orders, f"from ({orders}) where kind <> 1").of(RowKind.REMOVED)
        assert found is not None
        assert (found.column, found.values, found.others) == ("kind", ("1",), 0)
