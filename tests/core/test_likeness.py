"""Which column of base lives on under another name at head."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pytest

from bot.domain import Likeness, LikenessCounts, Side
from tests.core.inquiries import lead
from tests.core.rig import connect, make_pair


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """One DuckDB for all cases."""
    with connect() as opened:
        yield opened


@pytest.mark.parametrize(
    ("base", "head", "equal", "compared"),
    [
        ("id", "id", 3, 3),
        ("old", "new", 2, 3),
        ("old", "number", 2, 3),
        ("old", "text", 2, 3),
        ("empty", "none", 0, 0),
        ("empty", "new", 0, 3),
        ("listed", "lists", 3, 3),
        ("state", "new", 0, 3),
        ("day", "moment", 3, 3),
        ("a.b", 'c"d', 3, 3),
    ],
)
def test_rows_are_compared_column_by_column(
    connection: duckdb.DuckDBPyConnection, base: str, head: str, equal: int, compared: int
) -> None:
    """A renamed column would be told as removed and added, or two columns be taken for one."""
    of = make_pair(
        connection,
        "select i as id, i * 10 as old, null as empty, [i] as listed, date '2020-01-01' + i as day, i as \"a.b\", "
        "state from (select i::INTEGER as i, sum(1::BIGINT) export_state as state from range(4) r(i) group by i)",
        "select i as id, v as new, v::DECIMAL(9,2) as number, v::VARCHAR as text, null as none, [i] as lists, "
        '(date \'2020-01-01\' + i)::TIMESTAMP as moment, i as "c""d" '
        "from (select i::INTEGER as i, case when i = 2 then 7 else i * 10 end as v from range(1, 5) r(i))",
        ["id"],
    )
    question = Likeness(base, head)
    assert lead(connection, of, [question]).answers == {question: LikenessCounts(equal, compared)}


@pytest.mark.parametrize("proven", [frozenset[Side](), frozenset({Side.BASE})])
def test_only_rows_with_a_usable_key_are_compared(
    connection: duckdb.DuckDBPyConnection, proven: frozenset[Side]
) -> None:
    """A repeated key would count each of its rows many times."""
    of = make_pair(
        connection,
        "select * from (values (1, 'a', 1), (2, 'b', 2), (null, 'a', 3)) t(k, j, x)",
        "select * from (values (1, 'a', 1), (2, 'b', 2), (2, 'b', 2), (null, 'a', 3)) t(k, j, y)",
        ["k", "j"],
    )
    question = Likeness("x", "y")
    assert lead(connection, replace(of, proven=proven), [question]).answers == {question: LikenessCounts(1, 1)}


def test_all_pairs_of_columns_cost_one_statement(connection: duckdb.DuckDBPyConnection) -> None:
    """Ten columns removed and ten added would cost a hundred joins."""
    old = ", ".join(f"i + {place} as a{place}" for place in range(10))
    new = ", ".join(f"i + {place} as b{place}" for place in range(10))
    of = make_pair(
        connection, f"select i as id, {old} from range(9) r(i)", f"select i as id, {new} from range(9) r(i)", ["id"]
    )
    led = lead(connection, of, [Likeness(f"a{a}", f"b{b}") for a in range(10) for b in range(10)])
    assert len(led.asked) == 1
    assert led.answers == {
        Likeness(f"a{a}", f"b{b}"): LikenessCounts(9 if a == b else 0, 9) for a in range(10) for b in range(10)
    }


def test_what_has_no_answer_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    """Rows would be lined up by nothing."""
    query = "select 1 as id, 2 as v"
    with pytest.raises(ValueError, match="no key"):
        lead(connection, make_pair(connection, query, query), [Likeness("v", "v")])
    with pytest.raises(ValueError, match="no column w"):
        lead(connection, make_pair(connection, query, query, ["id"]), [Likeness("v", "w")])
