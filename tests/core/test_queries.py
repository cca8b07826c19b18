"""The SQL of a project's configuration: what it reads, and its text for one side."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot.core.queries import Reference, SqlOptions, references, resolve
from bot.domain import Side
from bot.errors import UsageError

WHERE = ".proofbot.yml:7"


def _references(sql: str, dialect: str = "duckdb") -> tuple[Reference, ...]:
    return references(sql, where=WHERE, dialect=dialect)


def _resolve(sql: str, side: Side) -> str:
    return resolve(sql, lambda one, of: f'"{of}"."{one.name}"', side, where=WHERE, dialect="duckdb")


def _refused(sql: str, dialect: str = "duckdb") -> UsageError:
    with pytest.raises(UsageError) as raised:
        _references(sql, dialect)
    assert raised.value.where == WHERE
    assert raised.value.exit_code == 2
    with pytest.raises(UsageError) as again:
        resolve(sql, lambda _one, _side: "t", Side.HEAD, where=WHERE, dialect=dialect)
    assert again.value.message == raised.value.message
    return raised.value


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ref('x')", Reference("x")),
        ('ref("shop", "x")', Reference("x", package="shop")),
        ("ref('x', v=2)", Reference("x", version="2")),
        ("ref('x', version='2.1')", Reference("x", version="2.1")),
        ("ref('shop', 'x', v=2)", Reference("x", package="shop", version="2")),
        ("base_ref('x')", Reference("x", at_base=True)),
        ("base_ref('shop', 'x', v=1)", Reference("x", package="shop", version="1", at_base=True)),
        ("source('raw', 'x')", Reference("x", source="raw")),
        ("base_source('raw', 'x')", Reference("x", source="raw", at_base=True)),
    ],
)
def test_what_a_query_reads(written: str, meant: Reference) -> None:
    """A relation would not be built for the query, or another be read in its place."""
    assert _references(f"select * from {{{{ {written} }}}}") == (meant,)
    assert str(meant) == written.replace("base_", "").replace('"', "'").replace("version=", "v=").replace(
        "'2.1'", "2.1"
    )


def test_relations_are_told_once_and_in_order() -> None:
    """A relation would be built, or told, twice."""
    sql = "{% set a = ref('b') %}select * from {{ a }} join {{ ref('a') }} on true join {{ ref('b') }} on true"
    assert _references(sql) == (Reference("b"), Reference("a"))
    assert _references("select 1") == ()


def test_each_side_reads_its_own_relations() -> None:
    """A query would compare head with head, and nothing would ever differ."""
    sql = "select * from {{ ref('x') }} join {{ base_ref('y') }} on true join {{ base_source('r', 'z') }} on true"
    assert _resolve(sql, Side.HEAD) == 'select * from "head"."x" join "base"."y" on true join "base"."z" on true'
    assert _resolve(sql, Side.BASE) == 'select * from "base"."x" join "base"."y" on true join "base"."z" on true'


def test_jinja_may_spare_words() -> None:
    """A query over twelve columns would have to be written out."""
    sql = "select {% for n in range(3) %}c{{ n }}{{ ', ' if not loop.last }}{% endfor %} from {{ ref('x') }}"
    assert _resolve(sql, Side.HEAD) == 'select c0, c1, c2 from "head"."x"'


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("select 1;", "select 1"),
        ("\n select 1 ; -- done\n", "select 1"),
        ("select 1 /* a */ ;; ", "select 1"),
        ("select ';' as \"a;b\" -- ;", "select ';' as \"a;b\""),
        ("select $$;$$", "select $$;$$"),
        ("select 1 where 'x' in ('delete', 'é;')", "select 1 where 'x' in ('delete', 'é;')"),
        ("values (1), (2)", "values (1), (2)"),
        ("from t select a", "from t select a"),
        ("(select 1) union all (select 2)", "(select 1) union all (select 2)"),
        ("with a as (select 1) select * from a", "with a as (select 1) select * from a"),
        ("select a from t qualify row_number() over () = 1", "select a from t qualify row_number() over () = 1"),
    ],
)
def test_what_follows_a_query_is_cut(sql: str, text: str) -> None:
    """A comment at the end would swallow the bracket behind it, and the statement fail."""
    assert _resolve(sql, Side.HEAD) == text


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("", "is empty"),
        (" ; -- nothing", "is empty"),
        ("select 1; select 2", "holds more than one statement"),
        ("select 1; drop table x", "holds more than one statement"),
        ("drop table x", "starts with `drop`"),
        ("create table a as select 1", "starts with `create`"),
        ("insert into a select 1", "starts with `insert`"),
        ("{{ '' }}update a set b = 1", "starts with `update`"),
        ("copy a to 'x.csv'", "starts with `copy`"),
        ("attach 'x.db'", "starts with `attach`"),
        ("call x()", "starts with `call`"),
        ("set x = 1", "starts with `set`"),
        ("select 'a", "without its closing quote"),
        ("with x as (delete from t returning *) select * from x", "writes: `delete`"),
        ("select * into a from b", "writes: `into`"),
    ],
)
@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "snowflake"])
def test_what_is_no_query_is_refused(sql: str, words: str, dialect: str) -> None:
    """A slip in the configuration would change the very tables that are compared."""
    assert words in _refused(sql, dialect).message


def test_syntax_that_sqlglot_does_not_know_is_the_warehouses_to_judge() -> None:
    """A query that the warehouse understands would be refused because a library does not."""
    unknown_syntax = "select 1 as if from where ((("
    assert _resolve(unknown_syntax, Side.HEAD) == unknown_syntax


@pytest.mark.parametrize(
    ("sql", "message", "remedy"),
    [
        ("select {{ var('x') }}", "'var' is undefined", "no variables or macros of dbt's"),
        ("select * from {{ reff('x') }}", "'reff' is undefined", "Was `ref` meant?"),
        ("select * from {{ sources('x', 'y') }}", "'sources' is undefined", "Was `source` meant?"),
        ("select {{ x }}", "'x' is undefined", "Known are `ref`"),
        ("select 1\nfrom {{ ref('x') }\n", "in its line 2", "Mend the Jinja"),
        ("{% if %}", "in its line 1", "Mend the Jinja"),
        ("select * from {{ ref(x) }}", "does not render", "Write `ref('model')`"),
        ("select * from {{ ref() }}", "not 0 names", "Write `ref('model')`"),
        ("select * from {{ ref('a', 'b', 'c') }}", "not 3 names", "Write `ref('model')`"),
        ("select * from {{ ref(1) }}", "names in quotes", "Write `ref('model')`"),
        ("select * from {{ source('a') }}", "not 1 name", "Write `ref('model')`"),
        ("select * from {{ ref('a', w=2) }}", "does not render", "Known are `ref`"),
        ("select {{ ''.__class__.__mro__ }}", "does not render", "Known are `ref`"),
        ("select {{ 1 / 0 }}", "does not render", "Known are `ref`"),
    ],
)
def test_jinja_that_does_not_render_is_told(sql: str, message: str, remedy: str) -> None:
    """A user would see a traceback of Jinja's, or none at all."""
    error = _refused(sql)
    assert message in error.message
    assert remedy in error.remedy


def test_a_fault_of_whom_it_asks_is_passed_on() -> None:
    """A model that does not exist would be told as a fault of the Jinja."""

    def unknown(_reference: Reference, _side: Side) -> str:
        raise UsageError("there is no model x", where=WHERE, remedy="Name another.")

    with pytest.raises(UsageError, match="there is no model x"):
        resolve("select * from {{ ref('x') }}", unknown, Side.BASE, where=WHERE, dialect="duckdb")


def test_sql_stands_in_the_configuration_or_in_a_file() -> None:
    """A query in a file of its own would not be read, or one of both be passed over in silence."""
    assert SqlOptions(sql="select 1").text(lambda _path: "never") == "select 1"
    assert SqlOptions(file="checks/a.sql").text(lambda path: f"-- {path}") == "-- checks/a.sql"
    for wrong in ({}, {"sql": "select 1", "file": "a.sql"}, {"sql": ""}):
        with pytest.raises(ValidationError):
            SqlOptions.model_validate(wrong)
