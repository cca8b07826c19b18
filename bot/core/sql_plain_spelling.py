"""What a warehouse does not understand of the engine's statements is said in other words.

A statement is read in the warehouse's own grammar, of which sqlglot takes a generous view, and written in it again.
So whatever of it is the user's own SQL stays what it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.dialects.bigquery import BigQuery
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from bot.core.sql_plain_words import Words

_PREDICATES = (exp.Predicate, exp.Connector, exp.Not, exp.Boolean)


class _Lenient(BigQuery):
    """BigQuery's grammar, in which `union` means `union distinct`."""

    SET_OP_DISTINCT_BY_DEFAULT = dict.fromkeys((exp.Union, exp.Except, exp.Intersect), True)


def spell(sql: str, words: Words) -> str:
    """A statement of the engine as the warehouse understands it.

    Args:
        sql: the statement, of fragments of `Plain` and of common SQL around them.
        words: the warehouse's.

    Returns:
        The statement; as it is, where sqlglot does not understand it, or it is several: then the warehouse judges.
    """
    try:
        parsed = sqlglot.parse(sql, dialect=_grammar(words.sqlglot))
    except (SqlglotError, RecursionError):
        return sql
    statement = parsed[0] if len(parsed) == 1 else None
    if statement is None:
        return sql
    if words.unique_names and isinstance(statement, exp.Query):
        statement = _with_unique_names(statement)
    if not words.plain_booleans:
        for change in (_numbered_groups, _greatest, _flags, _wrapped_operands, _great_counts):
            change(statement)
    return statement.sql(dialect=words.sqlglot, identify=words.quote_all)


@cache
def _grammar(name: str) -> Dialect:
    return _Lenient() if name == "bigquery" else Dialect.get_or_raise(name)


def _selects(statement: exp.Expr) -> Iterator[exp.Select]:
    yield from statement.find_all(exp.Select)


# --- names of columns --------------------------------------------------------------------------------------------


def _with_unique_names(statement: exp.Query) -> exp.Query:
    """No two columns of the answer have the same name, which some warehouses refuse."""
    select = statement if isinstance(statement, exp.Select) else None
    if select is None:
        return statement
    projections = list(select.expressions)
    if len(projections) == 1 and isinstance(projections[0], exp.Star):
        projections = _columns_of_all(select) or projections
    names = [one.alias_or_name for one in projections]
    if len(projections) != len(select.expressions) or len(set(filter(None, names))) < len([n for n in names if n]):
        plain = [one.unalias() if isinstance(one, exp.Alias) else one for one in projections]
        select.set("expressions", [exp.alias_(one, f"p{place}", copy=False) for place, one in enumerate(plain)])
    return statement


def _columns_of_all(select: exp.Select) -> list[exp.Expr]:
    """What `*` stands for, where all is read from queries that name their columns; else nothing."""
    origin = select.args.get("from_") or select.args.get("from")
    sources = [origin.this if origin else None, *(join.this for join in select.args.get("joins") or ())]
    found: list[exp.Expr] = []
    for source in sources:
        inner = source.this if isinstance(source, exp.Subquery) else None
        names = [one.alias_or_name for one in inner.expressions] if isinstance(inner, exp.Select) else []
        if not names or not all(names) or "*" in names or source is None:
            return []
        found += [exp.column(name, table=source.alias) for name in names]
    return found


# --- T-SQL -------------------------------------------------------------------------------------------------------


def _numbered_groups(statement: exp.Expr) -> None:
    """`group by 1` in full."""
    for select in _selects(statement):
        group = select.args.get("group")
        for one in list(group.expressions) if group else ():
            if isinstance(one, exp.Literal) and one.is_int:
                one.replace(select.expressions[int(one.name) - 1].unalias().copy())


def _greatest(statement: exp.Expr) -> None:
    """`greatest` and `least` of two, null where the second is: older servers know neither."""
    for one in list(statement.find_all(exp.Greatest, exp.Least)):
        left, right = one.this, one.expressions[0]
        order = exp.GTE if isinstance(one, exp.Greatest) else exp.LTE
        one.replace(exp.case().when(order(this=left.copy(), expression=right.copy()), left.copy()).else_(right.copy()))


def _flags(statement: exp.Expr) -> None:
    """A condition that is the value of a column is 1 or 0."""

    def number(condition: exp.Expr) -> exp.Expr:
        return exp.case().when(condition.copy(), exp.Literal.number(1)).else_(exp.Literal.number(0))

    for select in _selects(statement):
        for projection in select.expressions:
            value = projection.unalias()
            bare = value.unnest()
            if isinstance(bare, _PREDICATES):
                value.replace(number(bare))


def _wrapped_operands(statement: exp.Expr) -> None:
    """An ordered query is no operand of `union`; a query of it is."""
    for union in list(statement.find_all(exp.SetOperation)):
        for side in ("this", "expression"):
            operand = union.args.get(side)
            if isinstance(operand, exp.Subquery) and operand.this.args.get("order"):
                operand.set("alias", exp.TableAlias(this=exp.to_identifier("u")))
                union.set(side, exp.select("*").from_(operand))


def _great_counts(statement: exp.Expr) -> None:
    """More than two thousand million rows can be counted."""
    for count in statement.find_all(exp.Count):
        count.args["big_int"] = True
