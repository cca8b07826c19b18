"""A declared condition: the rows that satisfy it on neither side, which must not have changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from bot.core.sql import Dialect
from bot.domain import Pair, Table

_OURS = ("expressions", "from", "from_", "where", "kind")


def fault(condition: str, dialect: str) -> str | None:
    """Why a text is no condition on the columns of one relation; None where it is one."""
    try:
        text = f"select 1 from relation where ({condition})"  # noqa: S608 (it is only parsed)
        parsed = [one for one in sqlglot.parse(text, dialect=dialect) if one]
    except SqlglotError:
        return "it is not SQL that can stand after `where`"
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Select):
        return "it is more than one condition"
    select = parsed[0]
    # A text that closes the bracket of ours would make another query of it.
    clauses = [name for name, part in select.args.items() if part and name not in _OURS]
    where = select.args.get("where")
    if clauses or where is None or not isinstance(where.this, exp.Paren):
        return "it is more than one condition"
    if any(True for _ in where.find_all(exp.Query, exp.DML, exp.DDL, exp.Command)):
        return "it must be about the columns of the model alone, without another query in it"
    return None


def elsewhere(pair: Pair, condition: str, dialect: Dialect) -> Pair:
    """The pair without the rows that satisfy a condition on either side.

    Of a keyed pair a row goes on both sides where it satisfies the condition on one; without a key, or where that is
    null or repeated, each row is judged by itself. A column that only one side has is null on the other.
    """
    key = [one for one in pair.shared if pair.key and one.head.name in pair.key.columns]
    names = ([one.base.name for one in key], [one.head.name for one in key])
    at_base, at_head = _with_all_of(pair.base, pair.head, dialect), _with_all_of(pair.head, pair.base, dialect)
    base = _without(at_base, names[0], at_head, names[1], condition, dialect)
    head = _without(at_head, names[1], at_base, names[0], condition, dialect)
    return replace(pair, base=base, head=head, proven=frozenset())


def _with_all_of(table: Table, other: Table, dialect: Dialect) -> Table:
    """A table with the columns that only the other one has, as nulls."""
    own = {column.name.lower() for column in table.columns}
    lacking = [column for column in other.columns if column.name.lower() not in own]
    if not lacking:
        return table
    nulls = ", ".join(f"cast(null as {column.type}) as {dialect.quote(column.name)}" for column in lacking)
    rows = dialect.subquery(f"select *, {nulls} from {table.expression}")  # noqa: S608
    return replace(table, expression=rows, stored=False)


def _without(
    table: Table,
    own: list[str],
    other: Table,
    others: list[str],
    condition: str,
    dialect: Dialect,
) -> Table:
    quote = dialect.quote
    rows = f"select * from {table.expression} where not coalesce(({condition}), false)"  # noqa: S608 (checked by `fault`)
    if own:
        mine, theirs = (", ".join(map(quote, names)) for names in (own, others))
        # Only what is there once on both sides is one row of the two.
        once = f"select {mine} from {table.expression} group by {mine} having count(*) = 1"  # noqa: S608
        satisfying = (
            f"select {theirs} from {other.expression} group by {theirs} "  # noqa: S608
            f"having count(*) = 1 and count(case when ({condition}) then 1 end) = 1"
        )
        alike = " and ".join(
            f"exists (select 1 from ({query}) as {name} where {_same(own, name, names, quote)})"  # noqa: S608
            for name, query, names in (("once", once, own), ("theirs", satisfying, others))
        )
        rows = f"select * from ({rows}) as mine where not ({alike})"  # noqa: S608
    return replace(table, expression=dialect.subquery(rows), stored=False)


def _same(own: list[str], name: str, names: list[str], quote: Callable[[str], str]) -> str:
    """A condition: a row called `mine` has the key of another; a key with a null is no row's but its own."""
    pairs = zip(own, names, strict=True)
    return " and ".join(f"mine.{quote(ours)} = {name}.{quote(its)}" for ours, its in pairs)
