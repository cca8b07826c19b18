"""What every warehouse and its grounds must do, whatever their kind: suites of cases, run on each.

`WarehouseCases` wants a fixture `stand`, `GroundsCases` a fixture `yard`.
"""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from bot.domain import Beside, RelationName, Row, Side, Statement, Table
from bot.errors import Interrupted, QueryFailed
from bot.world.warehouses.contract import Asking, Unreadable, Warehouse
from bot.world.warehouses.grounds import Brought, Env, Following, Grounds

SHOP = (
    'create table {orders} as select 1 as id, cast(null as varchar(9)) as "Start (ET)", 2 as "na""me", 3 as "select"',
    "create view {few} as select id from {orders}",
    "create table {Upper} as select 7 as x",
)
NAMES = ("orders", "few", "Upper")


@dataclass
class Stand:
    """A warehouse with the relations of SHOP at base, and none at head.

    `long` is a query that takes minutes. `told` are the purposes of statements, and whether they were answered.
    `types` are expressions with the value each has, beyond those that are the same everywhere.
    """

    warehouse: Warehouse
    schema: str
    long: str
    told: list[tuple[str, bool]] = field(default_factory=list)
    types: Mapping[str, object] = field(default_factory=dict)

    def note(self, statement: Statement, rows: Sequence[Row] | None, seconds: float) -> None:
        """As `on_answer`."""
        assert seconds >= 0
        self.told.append((statement.purpose, rows is not None))

    def table(self, identifier: str) -> Table:
        """A relation of base."""
        name = RelationName(None, self.schema, identifier)
        found = self.warehouse.tables(Side.BASE, [name])[name]
        assert isinstance(found, Table), found
        return found


def rows(asking: Asking, sql: str, within: float | None = None) -> list[Row]:
    """What a query answers."""
    return asking.ask(Statement(sql, "read"), within)


class WarehouseCases:
    """The cases. A module of a kind has a subclass, and a fixture `stand` that is fresh for each."""

    def test_rows_are_tuples_of_python_values(self, stand: Stand) -> None:
        """A number would be shown as the driver's own object, and compare unequal to itself."""
        values: dict[str, object] = {
            "1": 1,
            "cast(null as integer)": None,
            "cast(1.50 as decimal(9, 2))": Decimal("1.50"),
            "cast(0.5 as double precision)": 0.5,
            "'it''s'": "it's",
            "1 = 1": True,
            "date '2020-02-29'": datetime.date(2020, 2, 29),
            "timestamp '2020-02-29 01:02:03.000004'": datetime.datetime(2020, 2, 29, 1, 2, 3, 4),  # noqa: DTZ001
            **stand.types,
        }
        found = rows(stand.warehouse, "select " + ", ".join(values))
        assert found == [tuple(values.values())]
        assert [type(value) for value in found[0]] == [type(value) for value in values.values()]

    def test_statements_are_counted_and_told(self, stand: Stand) -> None:
        """`-v` would show nothing, and a budget would never be spent."""
        before = stand.warehouse.statements
        rows(stand.warehouse, "select 1")
        with pytest.raises(QueryFailed):
            rows(stand.warehouse, "select nothing")
        assert stand.warehouse.statements == before + 2
        assert stand.told[-2:] == [("read", True), ("read", False)]

    def test_what_it_cost_is_told_or_not_and_is_no_question(self, stand: Stand) -> None:
        """A run that has proven something would fail in its last second, or its replay would ask another statement."""
        rows(stand.warehouse, "select 1")
        before, told = stand.warehouse.statements, len(stand.told)
        cost = stand.warehouse.cost()
        assert cost is None or cost.statements
        assert (stand.warehouse.statements, len(stand.told)) == (before, told)

    def test_a_failure_is_one_line_in_the_words_of_the_warehouse(self, stand: Stand) -> None:
        """A comment would hold a page of SQL, or the run would end."""
        with pytest.raises(QueryFailed) as caught:
            rows(stand.warehouse, "select nothing\nfrom nowhere")
        assert "nowhere" in caught.value.message
        assert "\n" not in caught.value.message
        assert caught.value.sql == "select nothing\nfrom nowhere"
        assert rows(stand.warehouse, "select 1") == [(1,)]

    def test_a_text_of_several_statements_answers_the_last(self, stand: Stand) -> None:
        """What prepares a question and asks it would have to be two questions."""
        assert rows(stand.warehouse, "select 1; select 2") == [(2,)]

    def test_time_is_limited(self, stand: Stand) -> None:
        """One slow check would take the time of all; the next statement would be hit instead of it."""
        with stand.warehouse.session() as session:
            with pytest.raises(QueryFailed, match=r"stopped after 0\.2 seconds"):
                rows(session, stand.long, within=0.2)
            assert rows(session, "select 5", within=60) == [(5,)]

    def test_relations_are_found_with_their_columns(self, stand: Stand) -> None:
        """A model with a column of an odd name could not be compared."""
        names = [RelationName(None, stand.schema, name) for name in (*NAMES, "nowhere")]
        found = stand.warehouse.tables(Side.BASE, names)
        assert set(found) == set(names[:3])
        orders = stand.table("orders")
        assert [column.name for column in orders.columns] == ["id", "Start (ET)", 'na"me', "select"]
        assert orders.columns[0].type.lower() == "integer"
        assert rows(stand.warehouse, f"select * from {orders.expression} as t") == [(1, None, 2, 3)]
        assert rows(stand.warehouse, f"select id from {stand.table('few').expression}") == [(1,)]
        assert rows(stand.warehouse, f"select x from {stand.table('Upper').expression}") == [(7,)]
        assert stand.warehouse.tables(Side.HEAD, names) == {}

    def test_rows_of_a_query_are_kept_for_all_sessions(self, stand: Stand) -> None:
        """A query of the user's would run once for each check of it, and could differ from itself."""
        sql = f"select id, id + 1 as more from {stand.table('orders').expression}"
        kept = [stand.warehouse.keep(Side.BASE, "mine", sql) for _ in range(2)]
        with stand.warehouse.session() as session:
            for one in kept:
                assert isinstance(one, Table), one
                assert [column.name for column in one.columns] == ["id", "more"]
                assert rows(session, f"select * from {one.expression}") == [(1, 2)]

    @pytest.mark.parametrize("sql", ["select nothing from nowhere", "select 1 as x; select 2 as x", ""])
    def test_what_is_no_query_is_not_kept(self, stand: Stand, sql: str) -> None:
        """A mistake in a query would end the run; a second statement would do what nobody looked at."""
        assert isinstance(stand.warehouse.keep(Side.BASE, "mine", sql), Unreadable)

    def test_temporary_tables_belong_to_their_session(self, stand: Stand) -> None:
        """Two checks at once would read each other's rows, or find the name taken."""
        query = "select x from mine"
        with stand.warehouse.session() as one, stand.warehouse.session() as other:
            rows(one, "create temporary table mine as select 1 as x")
            rows(other, "create temporary table mine as select 2 as x")
            assert (rows(one, query), rows(other, query)) == ([(1,)], [(2,)])
        with stand.warehouse.session() as late, pytest.raises(QueryFailed):
            rows(late, query)

    def test_many_ask_at_once(self, stand: Stand) -> None:
        """Answers would reach the wrong check."""

        def ask(number: int) -> list[Row]:
            with stand.warehouse.session() as session:
                return rows(session, f"select {number}") + rows(stand.warehouse, f"select {number}")

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(ask, range(12))) == [[(number,)] * 2 for number in range(12)]
        assert 1 <= stand.warehouse.concurrency(3) <= 3
        assert stand.warehouse.concurrency(0) == 1

    def test_cancelling_stops_what_runs_and_what_comes(self, stand: Stand) -> None:
        """Ctrl-C would wait for the end of long queries, and go on after them."""
        started = threading.Barrier(3)

        def wait() -> str:
            with stand.warehouse.session() as session:
                rows(session, "select 1")
                started.wait()
                try:
                    rows(session, stand.long)
                except Interrupted:
                    return "interrupted"
            return "answered"

        with ThreadPoolExecutor(2) as pool:
            waiting = [pool.submit(wait) for _ in range(2)]
            started.wait()
            time.sleep(0.1)
            stand.warehouse.cancel()
            assert [one.result(60) for one in waiting] == ["interrupted"] * 2
        with pytest.raises(Interrupted):
            rows(stand.warehouse, "select 1")

    def test_size_is_known_of_tables_only(self, stand: Stand) -> None:
        """A budget of bytes could not be kept, or a view end the run."""
        size = stand.warehouse.size(stand.table("orders"))
        assert size is None or size >= 0
        assert stand.warehouse.size(stand.table("few")) is None or isinstance(stand.table("few"), Table)
        assert stand.warehouse.rows(stand.table("orders")) in (None, 1)

    def test_it_is_closed_twice(self, stand: Stand) -> None:
        """The end of a run that failed would hide why it failed."""
        stand.warehouse.close()
        stand.warehouse.close()


@dataclass
class Yard:
    """Grounds in a warehouse in which production has `orders`, of the ids 1 and 2, and `sums`, a view of it.

    `run` does dbt's part in an environment, and `ask` asks beside it: of their words, `{ours}` is the schema of the
    target there, and `{live}` that of production. `name` and `theirs` are relations of both.
    """

    grounds: Grounds
    run: Callable[[Env, str], None]
    ask: Callable[[str], Sequence[Sequence[object]]]
    name: Callable[[str], RelationName]
    theirs: Callable[[str], RelationName]

    def brought(self, *identifiers: str, of: Env | None = None) -> Brought:
        """These, of production or of an environment."""
        source = self.theirs if of is None else self.name
        return Brought({self.name(one): source(one) for one in identifiers}, of or datetime.datetime.now(datetime.UTC))

    def names(self, *identifiers: str) -> list[RelationName]:
        """Relations as base's manifest names them."""
        return [self.name(one) for one in identifiers]

    def found(self, warehouse: Warehouse, env: Env, identifier: str) -> tuple[list[str], list[Row]]:
        """The columns of a relation, with their types, and its rows."""
        name = self.name(identifier)
        table = warehouse.tables(env, [name])[name]
        assert isinstance(table, Table), table
        columns = [f"{column.name} {column.type}".lower() for column in table.columns]
        return columns, rows(warehouse, f"select * from {table.expression} order by 1")


PRODUCTION = (
    "create table {live}.orders as select 1 as id, 'a' as word union all select 2, null",
    "create view {live}.sums as select count(*) as n, max(word) as word from {live}.orders",
)
_MANAGED = ("orders", "sums", "gone")


class GroundsCases:
    """The cases. A module of a kind has a subclass, and a fixture `yard` that is fresh for each."""

    def test_copies_of_production_are_tables_to_go_on_with(self, yard: Yard) -> None:
        """An incremental model would begin from nothing, or its increment would be written to production."""
        grounds, managed = yard.grounds, yard.names(*_MANAGED)
        wanted = [yard.theirs(one) for one in _MANAGED]
        assert grounds.readable(wanted) == frozenset(wanted[:2])
        grounds.begin(Side.BASE, None, managed)
        yard.run(Side.BASE, "create view {ours}.orders as select 9 as other")
        yard.run(Side.BASE, "create table {ours}.gone as select 5 as id")
        grounds.bring(Side.BASE, yard.brought(*_MANAGED))
        yard.run(Side.BASE, "insert into {ours}.orders select 3, 'c'")
        yard.run(Side.BASE, "insert into {ours}.sums select 7, 'd'")
        grounds.end(Side.BASE)
        grounds.begin(Side.HEAD, Following(Side.BASE, managed[1:]), managed)
        grounds.bring(Side.HEAD, yard.brought("sums"))
        grounds.end(Side.HEAD)
        warehouse = grounds.open(lambda *_: None, lambda *_: None)
        for side in Side:
            columns, found = yard.found(warehouse, side, "orders")
            assert [column.split()[0] for column in columns] == ["id", "word"]
            assert found == [(1, "a"), (2, None), (3, "c")]
        assert yard.found(warehouse, Side.BASE, "sums")[1] == [(2, "a"), (7, "d")]
        assert yard.found(warehouse, Side.HEAD, "sums")[1] == [(2, "a")]
        assert yard.found(warehouse, Side.HEAD, "sums")[0] == yard.found(warehouse, Side.BASE, "sums")[0]
        assert yard.found(warehouse, Side.BASE, "gone")[1] == [(5,)]
        warehouse.close()
        assert [tuple(row) for row in yard.ask("select * from {live}.orders order by 1")] == [(1, "a"), (2, None)]

    def test_copies_of_an_environment_leave_it_as_it_is(self, yard: Yard) -> None:
        """Head's increment would change base, or be held against itself."""
        grounds, managed = yard.grounds, yard.names(*_MANAGED)
        grounds.begin(Side.BASE, None, managed)
        yard.run(Side.BASE, "create table {ours}.orders as select 1 as id, 'a' as word")
        yard.run(Side.BASE, "create view {ours}.sums as select count(*) as n from {ours}.orders")
        grounds.end(Side.BASE)
        grounds.begin(Side.HEAD, Following(Side.BASE, managed), managed)
        grounds.bring(Side.HEAD, yard.brought(*_MANAGED, of=Side.BASE))
        yard.run(Side.HEAD, "insert into {ours}.orders select 2, 'b'")
        yard.run(Side.HEAD, "insert into {ours}.sums select 7")
        grounds.end(Side.HEAD)
        warehouse = grounds.open(lambda *_: None, lambda *_: None)
        assert yard.found(warehouse, Side.BASE, "orders")[1] == [(1, "a")]
        grounds.begin(Beside.CONTROL, Following(Side.HEAD, managed[:1]), managed)
        grounds.bring(Beside.CONTROL, yard.brought("orders", of=Side.HEAD))
        yard.run(Beside.CONTROL, "delete from {ours}.orders where id = 1")
        grounds.end(Beside.CONTROL)
        grounds.add(warehouse, Beside.CONTROL)
        seen = {env: yard.found(warehouse, env, "orders") for env in (*Side, Beside.CONTROL)}
        assert [found for _, found in seen.values()] == [[(1, "a")], [(1, "a"), (2, "b")], [(2, "b")]]
        assert len({tuple(columns) for columns, _ in seen.values()}) == 1
        assert [yard.found(warehouse, env, "sums")[1] for env in list(seen)[1:]] == [[(1,), (7,)]] * 2
        assert yard.name("gone") not in warehouse.tables(Side.HEAD, managed)
        warehouse.close()
