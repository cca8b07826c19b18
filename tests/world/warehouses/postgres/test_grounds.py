"""The grounds of Postgres on a real server: environments under the same names, and nothing left behind."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from bot.domain import Beside, RelationName, Side, Table
from bot.errors import EnvironmentFailure
from bot.world.warehouses.contract import Warehouse
from bot.world.warehouses.grounds import Env, Following, Grounds, Shown
from bot.world.warehouses.leftovers import Sought
from bot.world.warehouses.postgres import ours
from bot.world.warehouses.postgres.grounds import lay_out
from tests import postgres_server
from tests.postgres_server import Database
from tests.world.warehouses.contract_cases import rows
from tests.world.warehouses.postgres.conftest import Lay

_OURS = (
    b"select nspname from pg_namespace where nspname ~ '^proofbot' union all "
    b"select datname from pg_database where datname ~ '^proofbot'"
)
_RAW = b"create schema raw; create table raw.o as select i as id from generate_series(1, 9) i"

pytestmark = pytest.mark.usefixtures("alone")


class _Plot:
    """Grounds in a database, and dbt's part: statements in which `{s}` is the schema of the target."""

    def __init__(self, database: Database, grounds: Grounds, schema: str | None) -> None:
        self.grounds = grounds
        ((key, value),) = eval(grounds.profile(Side.BASE)).items()  # what `profile_with` was told
        self.schema = schema or value
        self.database = database if key == "schema" else Database(**{**vars(database), "dbname": value})

    def build(self, *statements: str) -> None:
        with self.database.connect() as connection:
            for statement in statements:
                connection.execute(statement.replace("{s}", self.schema).encode())

    def name(self, identifier: str, custom: str = "") -> RelationName:
        return RelationName(self.database.dbname, self.schema + custom, identifier)

    def names(self, *identifiers: str) -> list[RelationName]:
        return [self.name(identifier) for identifier in identifiers]


@pytest.fixture(scope="module")
def source(database: Database) -> Database:
    """A database with raw rows, and a table of an older production in the target's own schema."""
    with database.connect() as connection:
        connection.execute(_RAW)
        connection.execute(b"create schema analytics; create table analytics.orders as select 0 as id")
    return database


@pytest.fixture(params=["schema", "database"])
def plot(source: Database, site_of: Lay, request: pytest.FixtureRequest) -> Iterator[_Plot]:
    """Grounds of either isolation, removed at the end; then nothing of them is there."""
    grounds = lay_out(site_of(source, isolation=request.param))
    yield _Plot(source, grounds, "analytics" if request.param == "database" else None)
    grounds.remove()
    grounds.remove()
    with source.connect() as connection:
        assert connection.execute(_OURS).fetchall() == []
        assert connection.execute(b"select id from analytics.orders").fetchall() == [(0,)]


@contextlib.contextmanager
def _opened(plot: _Plot) -> Iterator[Warehouse]:
    warehouse = plot.grounds.open(lambda *_: None, lambda *_: None)
    try:
        yield warehouse
    finally:
        warehouse.close()


def _ids(warehouse: Warehouse, env: Env, name: RelationName) -> list[object] | None:
    found = warehouse.tables(env, [name]).get(name)
    assert found is None or isinstance(found, Table), found
    return [row[0] for row in rows(warehouse, f"select id from {found.expression} order by 1")] if found else None


def _base(plot: _Plot, managed: Collection[RelationName]) -> None:
    """Builds base: orders from raw rows, a view and a materialized view on them."""
    plot.grounds.begin(Side.BASE, None, managed)
    plot.build(
        'create schema if not exists "{s}"',
        'create table "{s}".orders as select id from raw.o where id < 4',
        'create view "{s}".recent as select id from "{s}".orders where id > 1',
        'create materialized view "{s}".few as select id from "{s}".recent',
    )
    plot.grounds.end(Side.BASE)


def test_environments_have_the_same_names_and_their_own_rows(plot: _Plot) -> None:
    """Base would be compared with itself, or with what the team's production holds."""
    managed = plot.names("orders", "recent", "few", "gone")
    orders, recent, _, _ = managed
    _base(plot, managed)
    plot.grounds.begin(Side.HEAD, Following(Side.BASE, [orders, recent]), managed)
    plot.build(
        'create table "{s}".orders as select id from raw.o where id < 3',
        'create view "{s}".recent as select o.id from "{s}".orders o join "{s}".few f on f.id = o.id',
    )
    plot.grounds.end(Side.HEAD)
    with _opened(plot) as warehouse:
        assert [_ids(warehouse, Side.BASE, name) for name in managed] == [[1, 2, 3], [2, 3], [2, 3], None]
        assert [_ids(warehouse, Side.HEAD, name) for name in managed] == [[1, 2], [2], [2, 3], None]
        raw = RelationName(None, "raw", "o")
        assert _ids(warehouse, Side.HEAD, raw) == list(range(1, 10))


def test_environments_beside_come_again_and_are_seen_when_they_are_added(plot: _Plot) -> None:
    """A question about a hybrid would be answered from the next one, half built."""
    managed = plot.names("orders", "recent", "few")
    orders, recent, _ = managed
    _base(plot, managed)
    plot.grounds.begin(Side.HEAD, Following(Side.BASE, []), managed)
    plot.grounds.end(Side.HEAD)
    with _opened(plot) as warehouse:
        for wanted in ([7], [8]):
            plot.grounds.begin(Beside.HYBRID, Following(Side.HEAD, [orders]), managed)
            plot.grounds.drop(Beside.HYBRID, [recent, *plot.names("never")])
            plot.build(f'create table "{{s}}".orders as select {wanted[0]} as id')
            if wanted == [8]:
                assert _ids(warehouse, Beside.HYBRID, orders) == [7]
            plot.grounds.end(Beside.HYBRID)
            plot.grounds.add(warehouse, Beside.HYBRID)
            assert _ids(warehouse, Beside.HYBRID, orders) == wanted
            assert _ids(warehouse, Beside.HYBRID, recent) is None
        assert _ids(warehouse, Side.BASE, recent) == [2, 3]
        assert _ids(warehouse, Side.HEAD, recent) == [2, 3]


def test_a_build_that_failed_leaves_nothing_to_the_next(plot: _Plot) -> None:
    """What half a build left would be taken for the result of another one."""
    managed = plot.names("orders", "recent", "few")
    plot.grounds.begin(Side.BASE, None, managed)
    plot.build('create schema if not exists "{s}"', 'create table "{s}".orders as select 99 as id')
    _base(plot, managed)
    plot.grounds.begin(Side.HEAD, None, managed)
    plot.grounds.end(Side.HEAD)
    with _opened(plot) as warehouse:
        assert _ids(warehouse, Side.BASE, managed[0]) == [1, 2, 3]
        assert _ids(warehouse, Side.HEAD, managed[0]) is None


def test_rows_are_laid_in_another_order(plot: _Plot) -> None:
    """A model that depends on the order of rows would never be caught."""
    managed = plot.names("orders", "recent")
    plot.grounds.begin(Side.BASE, None, managed)
    plot.build(
        'create schema if not exists "{s}"',
        'create table "{s}".orders as select i as id from generate_series(1, 200) i',
        'create view "{s}".recent as select id from "{s}".orders',
    )
    plot.grounds.end(Side.BASE)
    seen = []
    for seed in ("one", "two"):
        plot.grounds.begin(Beside.CONTROL, Following(Side.BASE, []), managed)
        plot.grounds.shuffle(Beside.CONTROL, managed, seed)
        with plot.database.connect() as connection:
            query = f'select id from "{plot.schema}".orders'.encode()
            seen.append([row[0] for row in connection.execute(query).fetchall()])
        plot.grounds.end(Beside.CONTROL)
    assert sorted(seen[0]) == sorted(seen[1]) == list(range(1, 201))
    assert len({tuple(order) for order in (*seen, list(range(1, 201)))}) == 3


def test_keys_sequences_functions_and_odd_names_follow(plot: _Plot) -> None:
    """A project with constraints, functions or long names would build on base and fail on head."""
    long = "x" * 60 + '"Ü'
    managed = plot.names("customers", "orders", long, "taxed")
    quoted = long.replace('"', '""')
    plot.grounds.begin(Side.BASE, None, managed)
    plot.build(
        'create schema if not exists "{s}"',
        'create table "{s}".customers (id serial primary key, twice int generated always as (1 + 1) stored)',
        'insert into "{s}".customers default values',
        'create table "{s}".orders (id int references "{s}".customers (id))',
        f'create table "{{s}}"."{quoted}" as select 5 as id',
    )
    if plot.database.dbname.startswith("t_"):
        plot.build("create function \"{s}\".tax(x int) returns int language sql as 'select x * 2'")
        plot.build('create view "{s}".taxed as select "{s}".tax(id) as id from "{s}".customers')
        plot.build('create table "{s}".log as select 1 as id')
    plot.grounds.end(Side.BASE)
    plot.grounds.begin(Side.HEAD, Following(Side.BASE, plot.names("orders", "taxed")), managed)
    plot.build(
        'create table "{s}".orders (id int references "{s}".customers (id))',
        'insert into "{s}".orders select id from "{s}".customers',
        'insert into "{s}".customers default values',
    )
    if plot.database.dbname.startswith("t_"):
        plot.build("create or replace function \"{s}\".tax(x int) returns int language sql as 'select x * 3'")
        plot.build('create view "{s}".taxed as select "{s}".tax(id) as id from "{s}".customers')
        plot.build('insert into "{s}".log values (2)')
    plot.grounds.end(Side.HEAD)
    with _opened(plot) as warehouse:
        assert _ids(warehouse, Side.BASE, managed[0]) == [1]
        assert _ids(warehouse, Side.HEAD, managed[0]) == [1, 2]
        assert _ids(warehouse, Side.HEAD, managed[1]) == [1]
        assert _ids(warehouse, Side.HEAD, managed[2]) == [5]
        if plot.database.dbname.startswith("t_"):
            assert _ids(warehouse, Side.BASE, managed[3]) == [2]
            assert _ids(warehouse, Side.HEAD, managed[3]) == [3, 6]
            assert _ids(warehouse, Side.BASE, plot.name("log")) == [1]


def test_what_lies_elsewhere_is_a_stray(plot: _Plot) -> None:
    """A pull request would write to the tables of the team's production."""
    assert plot.grounds.stray(plot.name("orders")) is None
    assert plot.grounds.stray(plot.name("orders", "_marketing")) is None
    there = plot.grounds.stray(RelationName("elsewhere", plot.schema, "orders"))
    assert there == "would be written to the database elsewhere, which is not proofbot's"
    raw = plot.grounds.stray(RelationName(None, "raw", "orders"))
    assert (raw is None) == (plot.schema == "analytics")
    assert plot.grounds.remedy_for_strays
    assert plot.grounds.name.startswith("PostgreSQL 1")


def test_custom_schemas_are_environments_too(source: Database, site_of: Lay) -> None:
    """A model in a schema of its own would be the same on both sides."""
    grounds = lay_out(site_of(source))
    plot = _Plot(source, grounds, None)
    name = plot.name("orders", "_mart")
    for side in Side:
        grounds.begin(side, None, [name])
        plot.build(
            'create schema if not exists "{s}_mart"', f"create table \"{{s}}_mart\".orders as select '{side}' as id"
        )
        grounds.end(side)
    with _opened(plot) as warehouse:
        assert [_ids(warehouse, side, name) for side in Side] == [["base"], ["head"]]
    grounds.remove()
    with source.connect() as connection:
        assert connection.execute(_OURS).fetchall() == []


@pytest.mark.parametrize("isolation", ["schema", "database"])
def test_a_killed_run_is_swept_and_one_that_lives_is_not(source: Database, site_of: Lay, isolation: str) -> None:
    """Dead runs would fill the server, or one run would drop what another one works with."""
    site = site_of(source, isolation=isolation)
    dead, alive = lay_out(site), lay_out(site)
    for grounds in (dead, alive):
        grounds.profile(Side.BASE)
        grounds.begin(Side.BASE, None, ())
    names = [name for grounds in (dead, alive) for name in eval(grounds.profile(Side.BASE)).values()]
    for sessions in (dead._sessions, dead._lasting):  # type: ignore[attr-defined]
        sessions.close()
    dead._holder.close()  # type: ignore[attr-defined]
    with source.connect() as connection:
        connection.execute(f'create schema if not exists "proofbot_pr_7_{uuid.uuid4().hex[:6]}"'.encode())
        assert ours.sweep(site, Sought(older_than=timedelta(days=1))) == ()
        assert ours.sweep(site) == (names[0],)
        left = {row[0] for row in connection.execute(_OURS).fetchall()}
        assert names[0] not in left
        assert names[1] in left
        alive.remove()
        (foreign,) = {row[0] for row in connection.execute(_OURS).fetchall()}  # not marked, so not ours
        connection.execute(f'drop schema "{foreign}"'.encode())


def test_a_killed_dbt_does_not_hold_up_the_end(source: Database, site_of: Lay) -> None:
    """A statement that goes on after its client died would keep the schema, and the run, for minutes."""
    grounds = lay_out(site_of(source))
    plot = _Plot(source, grounds, None)
    grounds.begin(Side.BASE, None, plot.names("orders"))
    hanging = psycopg.connect(source.dsn)
    hanging.execute(f'create table "{plot.schema}".orders as select 1 as id'.encode())
    grounds.remove()
    hanging.close()
    with source.connect() as connection:
        assert connection.execute(_OURS).fetchall() == []


def test_a_cut_connection_in_the_middle_is_overcome(source: Database, site_of: Lay) -> None:
    """A short outage in an hour of building would end the run."""
    grounds = lay_out(site_of(source))
    plot = _Plot(source, grounds, None)
    grounds.begin(Side.BASE, None, plot.names("orders"))
    with source.connect() as connection:
        connection.execute(
            b"select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            b"where application_name ~ '^proofbot' and datname = current_database()"
        )
    with pytest.raises(EnvironmentFailure, match="the connection to Postgres was lost"):
        grounds.end(Side.BASE)
    grounds.end(Side.BASE)
    grounds.remove()
    with source.connect() as connection:
        assert connection.execute(_OURS).fetchall() == []


def test_missing_grants_are_named(source: Database, site_of: Lay) -> None:
    """Whoever sets proofbot up would have to guess what a role of theirs lacks."""
    role = f"poor_{uuid.uuid4().hex[:8]}"
    with source.connect() as connection:
        connection.execute(f"create role {role} login password 'nothing'".encode())
        output = {"user": role, "password": "nothing"}
        try:
            for isolation, grant in (
                ("schema", f'GRANT CREATE ON DATABASE "{source.dbname}" TO "{role}"'),
                ("database", f'ALTER ROLE "{role}" CREATEDB'),
            ):
                grounds = lay_out(site_of(source, output=output, isolation=isolation))
                with pytest.raises(EnvironmentFailure, match="permission denied") as caught:
                    grounds.begin(Side.BASE, None, ())
                assert grant in caught.value.remedy
                grounds.remove()
        finally:
            connection.execute(f"drop role {role}".encode())


def test_a_database_in_use_is_told_with_the_remedy(site_of: Lay) -> None:
    """A copy is refused while somebody else is connected, and nobody would know who."""
    with postgres_server.fresh_database() as busy, busy.connect():
        grounds = lay_out(site_of(busy, isolation="database"))
        with pytest.raises(EnvironmentFailure, match="being accessed by other users") as caught:
            grounds.profile(Side.BASE)
        assert "isolation: schema" in caught.value.remedy
        grounds.remove()


def _production(source: Database) -> list[RelationName]:
    """A schema of production, made anew: a table, a view of it, and a materialized view."""
    with source.connect() as connection:
        connection.execute(b"drop schema if exists prod cascade")
        connection.execute(b"create schema prod; create table prod.orders as select id from raw.o where id < 4")
        connection.execute(b"create view prod.recent as select id from prod.orders where id > 1")
        connection.execute(b'create materialized view prod."Few" as select id from prod.recent')
    return [RelationName(source.dbname, "prod", name) for name in ("orders", "recent", "Few")]


def test_production_is_seen_through_by_all_environments_and_nobody_writes_to_it(plot: _Plot, source: Database) -> None:
    """What a request does not touch would have other rows than production, or a hook would write to production."""
    theirs = _production(source)
    managed = plot.names("orders", "recent", "few", "total")
    assert plot.grounds.readable(theirs) == frozenset(theirs)
    shown = Shown(dict(zip(managed, theirs, strict=False)), datetime.now(UTC))
    writes = (
        'insert into "{s}".orders values (7)',
        'update "{s}".orders set id = 7',
        'delete from "{s}".recent',
    )
    for env in (Side.BASE, Side.HEAD, Beside.CONTROL):
        plot.grounds.begin(env, shown if env is Side.BASE else Following(Side.BASE, managed[3:]), managed)
        for write in writes:
            with pytest.raises(psycopg.Error, match="production is only shown here, nobody can write to it"):
                plot.build(write)
        plot.grounds.shuffle(env, managed[:3], "seed")
        plot.build('create table "{s}".total as select count(*) as id from "{s}".orders join "{s}".few using (id)')
        plot.grounds.end(env)
    with _opened(plot) as warehouse:
        plot.grounds.add(warehouse, Beside.CONTROL)
        for env in (Side.BASE, Side.HEAD, Beside.CONTROL):
            assert [_ids(warehouse, env, name) for name in managed] == [[1, 2, 3], [2, 3], [2, 3], [2]]
    plot.grounds.remove()
    with source.connect() as connection:
        kinds = b"select relname, relkind::text from pg_class where relnamespace = 'prod'::regnamespace order by 1"
        assert connection.execute(kinds).fetchall() == [("Few", "m"), ("orders", "r"), ("recent", "v")]
        assert connection.execute(b"select id from prod.orders order by 1").fetchall() == [(1,), (2,), (3,)]


def test_a_copied_database_has_production_under_its_own_name(source: Database, site_of: Lay) -> None:
    """What production has would be dropped in the copy before anybody could read it."""
    theirs = _production(source)
    grounds = lay_out(site_of(source, isolation="database"))
    plot = _Plot(source, grounds, "prod")
    try:
        orders, recent, few = plot.names("orders", "recent", "Few")
        grounds.begin(
            Side.BASE, Shown({orders: theirs[0], recent: theirs[1]}, datetime.now(UTC)), [orders, recent, few]
        )
        grounds.drop(Side.BASE, [few])
        plot.build('create table "{s}"."Few" as select max(id) as id from "{s}".recent')
        grounds.end(Side.BASE)
        grounds.begin(Side.HEAD, Following(Side.BASE, [few]), [orders, recent, few])
        plot.build('create table "{s}"."Few" as select min(id) as id from "{s}".recent')
        grounds.end(Side.HEAD)
        with _opened(plot) as warehouse:
            seen = {side: [_ids(warehouse, side, name) for name in (orders, recent, few)] for side in Side}
        assert seen == {Side.BASE: [[1, 2, 3], [2, 3], [3]], Side.HEAD: [[1, 2, 3], [2, 3], [2]]}
    finally:
        grounds.remove()


def test_views_of_production_read_no_more_rows_than_are_asked_for(source: Database, site_of: Lay) -> None:
    """A condition on a large table of production would read all of it."""
    with source.connect() as connection:
        connection.execute(b"drop schema if exists prod cascade; create schema prod")
        connection.execute(b"create table prod.large as select i as id from generate_series(1, 20000) i")
        connection.execute(b"create unique index on prod.large (id); analyze prod.large")
    grounds = lay_out(site_of(source))
    plot = _Plot(source, grounds, None)
    name = plot.name("large", "_mart")
    try:
        shown = Shown({name: RelationName(source.dbname, "prod", "large")}, datetime.now(UTC))
        grounds.begin(Side.BASE, shown, [name])
        grounds.end(Side.BASE)
        grounds.begin(Side.HEAD, Following(Side.BASE), [name])
        with source.connect() as connection:
            query = f'explain select * from "{plot.schema}_mart".large where id = 7'
            told = "\n".join(str(row[0]) for row in connection.execute(query.encode()).fetchall())
        assert "Index" in told, told
    finally:
        grounds.remove()


def test_only_what_exists_and_may_be_read_of_production_is_readable(source: Database, site_of: Lay) -> None:
    """The build would fail at a relation that the target's user may not read, instead of building it."""
    orders, recent, few = _production(source)
    role = f"reader_{uuid.uuid4().hex[:8]}"
    asked = [
        orders,
        recent,
        few,
        RelationName(None, "PROD", "Orders"),
        RelationName(source.dbname, "prod", "gone"),
        RelationName("elsewhere", "prod", "orders"),
    ]
    with source.connect() as connection:
        connection.execute(f"create role {role} login password 'nothing'".encode())
        try:
            connection.execute(f'grant select on prod.orders, prod."Few" to {role}'.encode())
            grounds = lay_out(site_of(source, output={"user": role, "password": "nothing"}))
            assert grounds.readable(asked) == frozenset()  # no usage of the schema
            connection.execute(f"grant usage on schema prod to {role}".encode())
            assert grounds.readable(asked) == {orders, few, asked[3]}
            assert grounds.readable(asked[5:]) == frozenset()
            grounds.remove()
        finally:
            connection.execute(f"drop owned by {role}; drop role {role}".encode())
