"""Tests for `core.volatility` and `core.volatile_sql`: which column may vary, and why, by the code."""

from __future__ import annotations

import pytest

from bot.core.volatile_sql import outputs
from bot.core.volatility import Causes, Volatility, say
from bot.domain import Macro, Node, Project, RelationName


def _node(name: str, code: str, *, parents: tuple[str, ...] = (), macros: tuple[str, ...] = (), **more: str) -> Node:
    return Node(
        unique_id=f"model.shop.{name}",
        name=name,
        resource_type="model",
        package="shop",
        path=f"models/{name}.sql",
        fqn=("shop", name),
        language=more.get("language", "sql"),
        raw_code=code,
        checksum="",
        materialization="table",
        relation=RelationName(None, "main", name),
        config={},
        meta={},
        depends_on=tuple(f"model.shop.{parent}" for parent in parents),
        macros=macros,
    )


def _causes(name: str, *nodes: Node, macros: tuple[Macro, ...] = ()) -> Causes:
    project = Project(
        name="shop",
        dbt_version="1.11",
        adapter="duckdb",
        nodes={node.unique_id: node for node in nodes},
        sources={},
        tests={},
        macros={macro.unique_id: macro for macro in macros},
        hooks={},
        variables={},
    )
    return Volatility(project, project.nodes, "duckdb").of(f"model.shop.{name}")


@pytest.mark.parametrize(
    ("expression", "cause"),
    [
        ("current_timestamp", "current_timestamp"),
        ("now()", "current_timestamp"),
        ("current_date", "current_date"),
        ("random()", "random()"),
        ("gen_random_uuid()", "uuid"),
        ("nextval('numbers')", "nextval"),
        ("currval('numbers')", "nextval"),
        ("clock_timestamp()", "current_timestamp"),
        ("timeofday()", "current_timestamp"),
        ("random_normal()", "random()"),
        ("uuid_generate_v4()", "uuid"),
        ("row_number() over ()", "unordered row_number"),
        ("row_number() over (partition by b order by c)", "ties of row_number"),
        ("any_value(b)", "any_value"),
        ("first(b)", "first without order"),
        ("first(b order by c)", ""),
        ("string_agg(b, ',')", "string_agg without order"),
        ("string_agg(b, ',' order by b)", ""),
        ("list(b)", "array_agg without order"),
        ("arg_max(b, c)", "ties of arg_max"),
        ("'{{ invocation_id }}'", "invocation_id"),
        ("'{{ run_started_at }}'::timestamp", "run_started_at"),
        ("'{{ target.name }}'", "the environment's name"),
        ('\'{{ env_var("STAGE", "ci") }}\'', "an environment variable"),
        ("upper(b)", ""),
    ],
)
def test_a_column_has_the_cause_of_its_expression(expression: str, cause: str) -> None:
    """A user would read that something varies, and not why."""
    found = _causes("m", _node("m", f"select id, {expression} as x from {{{{ ref('raw') }}}}"))
    assert found.of("x") == cause
    assert found.of("id") == ""


@pytest.mark.parametrize(
    ("expression", "cause"),
    [
        ("current_timestamp()", "current_timestamp"),
        ("sysdate()", "current_timestamp"),
        ("uuid_string()", "uuid"),
        ("uniform(1, 10, random())", "random()"),
        ("seq4()", "nextval"),
        ("numbers.nextval", "nextval"),
        ("t.nextval", ""),
        ("current_session()", "current_session"),
        ("listagg(b, ',')", "string_agg without order"),
        ("listagg(b, ',') within group (order by b)", ""),
        ("max_by(b, id)", "ties of arg_max"),
    ],
)
def test_snowflake_has_words_of_its_own(expression: str, cause: str) -> None:
    """On Snowflake a user would read that something varies, and not why."""
    found = outputs(f"select id, {expression} as x from raw as t", "snowflake", {}, {})
    assert found is not None
    assert found.of("x") == ({cause} if cause else set())
    assert found.of("id") == set()


@pytest.mark.parametrize(
    ("tail", "cause"),
    [
        ("limit 10", "limit without order"),
        ("order by id limit 10", "ties of limit"),
        ("order by random() limit 10", "random()"),
        ("using sample 10", "sample"),
        ("where random() < 0.5", "random()"),
        ("where day < current_date", "current_date"),
        ("where id < 5", ""),
    ],
)
def test_rows_have_the_cause_that_picks_them(tail: str, cause: str) -> None:
    """A user would read that rows come and go, and not why."""
    assert _causes("m", _node("m", f"select id from raw {tail}")).of_rows() == cause


def test_causes_are_followed_through_the_query() -> None:
    """A user would read a cause only where it is written in the last select."""
    code = """
    with stamped as (select id, now() as t, b from {{ ref('raw') }}),
    ranked as (select *, row_number() over (partition by id order by b) as n from stamped)
    select r.id, r.t as seen_at, u.token, r.b
    from ranked r join (select uuid() as token, id from stamped) u on r.id = u.id where n = 1
    """
    found = _causes("m", _node("m", code))
    assert (found.of("seen_at"), found.of("token")) == ("current_timestamp", "uuid")
    assert found.of("b") == "ties of row_number"


def test_a_union_goes_by_place() -> None:
    """A user would read the cause at the wrong column."""
    found = _causes("m", _node("m", "select id, a from x union all select id, uuid()::varchar from y"))
    assert (found.of("a"), found.of("id")) == ("uuid", "")


def test_causes_come_from_parents_and_macros() -> None:
    """A user would not be told that a column varies because an audit macro, or a parent, stamps it."""
    macro = Macro("macro.shop.stamp", "stamp", "shop", "{% macro stamp() %}current_timestamp{% endmacro %}")
    parent = _node("parent", "select id, {{ stamp() }} as t from raw", macros=("macro.shop.stamp",))
    child = _node("child", "select p.*, 1 as one from {{ ref('parent') }} p", parents=("parent",))
    found = _causes("child", parent, child, macros=(macro,))
    assert (found.of("t"), found.of("one"), found.of("id")) == ("current_timestamp", "", "")


def test_what_cannot_be_read_is_searched_for_words() -> None:
    """A user with loops in the code would be told no cause at all."""
    code = "select id {% for n in range(3) %}, uuid() as u_{{ n }} from from{% endfor %}"
    assert _causes("m", _node("m", code)).of("u_1") == "uuid"
    python = _node("p", "import uuid\ndef model(dbt, session):\n    return [uuid.uuid4()]", language="python")
    assert _causes("p", python).of("anything") == "uuid"


def test_many_causes_explain_nothing() -> None:
    """A user would read a list of everything that might be."""
    assert say(["b", "a", "a"]) == "a and b"
    assert say(["a", "b", "c"]) == ""
    assert _causes("missing").of("x") == ""
