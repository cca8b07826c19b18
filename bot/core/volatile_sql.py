"""Which columns of a query's result hold what may be different next time, as far as its text tells.

Lines are followed through common table expressions, subqueries and unions; what cannot be followed counts for all
columns. The names of classes are compared as texts: not every version of sqlglot has each of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_NOTHING: frozenset[str] = frozenset()
_Node = Any  # a node of the syntax tree; its class differs from version to version

# By the name of sqlglot's class, or of a function that it does not know, in lower case and without underscores.
_FUNCTIONS = {
    **dict.fromkeys(
        (
            *("currenttimestamp", "now", "getdate", "sysdate", "localtimestamp", "getcurrenttimestamp"),
            *("systimestamp", "currenttimestampltz", "transactiontimestamp", "statementtimestamp", "clocktimestamp"),
            *("utctimestamp", "currentdatetime", "currenttime", "localtime", "timeofday"),
        ),
        "current_timestamp",
    ),
    **dict.fromkeys(("currentdate", "today"), "current_date"),
    **dict.fromkeys(("rand", "randn", "random", "randomnormal", "setseed", "uniform", "genrandombytes"), "random()"),
    **dict.fromkeys(("uuid", "genrandomuuid", "uuidv4", "uuidv7", "newid", "uuidstring", "generateuuid"), "uuid"),
    **dict.fromkeys(("uuidgeneratev1", "uuidgeneratev1mc", "uuidgeneratev4"), "uuid"),
    **dict.fromkeys(("currval", "lastval", "pgcurrentxactid"), "nextval"),
    **dict.fromkeys(("nextval", "nextvaluefor", "txidcurrent", "seq1", "seq2", "seq4", "seq8"), "nextval"),
    **dict.fromkeys(("currentsession", "currenttransaction", "currentstatement", "lastqueryid"), "current_session"),
}
_PICKED = {
    **dict.fromkeys(("anyvalue", "any"), "any_value"),
    **dict.fromkeys(("first", "arbitrary"), "first without order"),
    "last": "last without order",
    **dict.fromkeys(("groupconcat", "stringagg", "listagg"), "string_agg without order"),
    **dict.fromkeys(("arrayagg", "list", "arrayuniqueagg"), "array_agg without order"),
}
_TIES = {
    **dict.fromkeys(("argmax", "maxby"), "ties of arg_max"),
    **dict.fromkeys(("argmin", "minby"), "ties of arg_min"),
}
_BY_PLACE = {
    "rownumber": "row_number",
    "ntile": "ntile",
    "lag": "lag",
    "lead": "lead",
    "firstvalue": "first_value",
    "lastvalue": "last_value",
    "nthvalue": "nth_value",
}
_WORDS = {
    "current_timestamp": r"\b(?:get_?)?current_?timestamp\b|\b(?:clock|statement|transaction)_timestamp\b|"
    r"\bnow\s*\(|\bgetdate\s*\(|\bsysdate\b|\blocaltimestamp\b",
    "current_date": r"\bcurrent_date\b|\btoday\s*\(",
    "random()": r"\brand(?:om)?\s*\(",
    "uuid": r"\b(?:gen_random_|generate_)?uuid\w*\s*\(|\bnewid\s*\(",
    "nextval": r"\bnextval\s*\(",
    "row_number": r"\brow_number\s*\(",
    "any_value": r"\bany_value\s*\(",
    "string_agg": r"\b(?:string_agg|listagg|group_concat)\s*\(",
}
_PATTERNS = {cause: re.compile(pattern, re.IGNORECASE) for cause, pattern in _WORDS.items()}


@dataclass(frozen=True)
class Outputs:
    """The causes in the result of a query: of each column by its name in lower case, of all other columns (`rest`), and
    of which rows there are."""

    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    rest: frozenset[str] = _NOTHING
    rows: frozenset[str] = _NOTHING

    def of(self, column: str) -> frozenset[str]:
        """The causes of one column."""
        return self.columns.get(column.lower(), self.rest)


def outputs(
    sql: str, dialect: str, relations: Mapping[str, Outputs], marks: Mapping[str, frozenset[str]]
) -> Outputs | None:
    """The causes in a query.

    Args:
        relations: what is known of the relations that it reads, by name in lower case.
        marks: names in the text that stand for something else, with the causes in it.

    Returns:
        None where the text cannot be read.
    """
    try:
        query = sqlglot.parse_one(sql, dialect=dialect)
        return _Reader(marks).read(query, relations) if isinstance(query, exp.Query | exp.Subquery) else None
    except (SqlglotError, ValueError, RecursionError):
        return None


def words(text: str) -> list[str]:
    """The causes that the words of a text name, wherever they stand."""
    return [cause for cause, pattern in _PATTERNS.items() if pattern.search(text)]


class _Reader:
    """Reads queries inside out."""

    def __init__(self, marks: Mapping[str, frozenset[str]]) -> None:
        self._marks = marks

    def read(self, query: _Node, known: Mapping[str, Outputs]) -> Outputs:
        named = dict(known)
        for cte in _with(query):
            named[cte.alias.lower()] = _renamed(self.read(cte.this, named), cte)
        if isinstance(query, exp.Subquery):
            return self.read(query.this, named)
        if isinstance(query, exp.SetOperation if hasattr(exp, "SetOperation") else exp.Union):
            return self._rows(query, _both(self.read(query.left, named), self.read(query.right, named)))
        if isinstance(query, exp.Select):
            return self._select(query, named)
        return Outputs()

    def _select(self, select: exp.Select, named: Mapping[str, Outputs]) -> Outputs:
        sources = self._sources(select, named)
        filters = [part for part in (select.args.get(name) for name in ("where", "qualify", "having")) if part]
        filters += [join.args["on"] for join in select.args.get("joins") or [] if join.args.get("on")]
        in_filters = frozenset(cause for part in filters for cause in self._causes(part, sources))
        picked = frozenset(cause for cause in in_filters if cause not in _CLOCKS)
        distinct = select.args.get("distinct")
        if distinct is not None and distinct.args.get("on") is not None:
            order = select.args.get("order")
            picked |= {"ties of distinct on" if order else "distinct on without order"}
        columns: dict[str, frozenset[str]] = {}
        rest = picked
        for projection in select.expressions:
            if projection.is_star:
                over = projection.table.lower() if isinstance(projection, exp.Column) else ""
                for name, source in sources.items():
                    if not over or over == name:
                        rest |= source.rest
                        columns |= {column: causes or picked for column, causes in source.columns.items()}
                continue
            columns[projection.alias_or_name.lower()] = frozenset(self._causes(projection, sources)) or picked
        rows = frozenset().union(*(source.rows for source in sources.values()))
        rows |= frozenset(cause for cause in in_filters if cause in _ROWS)
        if _is_sampled(select):
            rows |= {"sample"}
        return self._rows(select, Outputs(columns, rest, rows))

    def _rows(self, query: _Node, found: Outputs) -> Outputs:
        """With what a limit does to the rows."""
        if not (query.args.get("limit") or query.args.get("fetch")):
            return found
        order = query.args.get("order")
        if order is None:
            cause = "limit without order"
        else:
            random = [cause for cause in self._causes(order, {}) if cause in _ROWS]
            cause = random[0] if random else "ties of limit"
        return replace(found, rows=found.rows | {cause})

    def _sources(self, select: exp.Select, named: Mapping[str, Outputs]) -> dict[str, Outputs]:
        begin = select.args.get("from_") or select.args.get("from")
        listed = [begin.this] if begin is not None else []
        listed += [join.this for join in select.args.get("joins") or []]
        sources: dict[str, Outputs] = {}
        for number, source in enumerate(listed):
            name = (source.alias_or_name or f"#{number}").lower()
            if isinstance(source, exp.Table):
                sources[name] = named.get(source.name.lower(), Outputs())
            elif isinstance(source, exp.Subquery):
                sources[name] = self.read(source.this, named)
            else:
                sources[name] = Outputs()
        return sources

    def _causes(self, expression: _Node, sources: Mapping[str, Outputs]) -> Iterator[str]:
        for node in expression.walk():
            found = node[0] if isinstance(node, tuple) else node  # older versions tell the parent, too
            if isinstance(found, exp.Column):
                yield from self._of_column(found, sources)
            elif isinstance(found, exp.Literal) and found.is_string:
                yield from (cause for mark, causes in self._marks.items() if mark in found.name for cause in causes)
            elif isinstance(found, exp.Window):
                yield from _of_window(found)
            elif isinstance(found, exp.Func):
                yield from _of_function(found)

    def _of_column(self, column: exp.Column, sources: Mapping[str, Outputs]) -> Iterable[str]:
        name = column.name.lower()
        if name in self._marks:
            return self._marks[name]
        if name in ("current_timestamp", "current_date", "localtimestamp"):
            return [_FUNCTIONS[name.replace("_", "")]]
        table = column.table.lower()
        if name == "nextval" and table and table not in sources:  # a sequence of Snowflake's
            return [name]
        told = [source for alias, source in sources.items() if not table or alias == table]
        having = [source for source in told if name in source.columns]
        return [cause for source in having or told for cause in source.of(name)]


_CLOCKS = frozenset({"current_timestamp", "current_date", "run_started_at"})
_ROWS = frozenset({"random()", "uuid", *_CLOCKS})


def _with(query: _Node) -> Sequence[exp.CTE]:
    found = query.args.get("with_") or query.args.get("with")
    return list(found.expressions) if found is not None else []


def _renamed(found: Outputs, cte: exp.CTE) -> Outputs:
    alias = cte.args.get("alias")
    names = [column.name.lower() for column in alias.args.get("columns") or []] if alias is not None else []
    if not names:
        return found
    return replace(found, columns=dict(zip(names, found.columns.values(), strict=False)))


def _both(left: Outputs, right: Outputs) -> Outputs:
    """Of a union: columns go by their place."""
    others = list(right.columns.values())
    columns = {
        name: causes | (others[place] if place < len(others) else _NOTHING)
        for place, (name, causes) in enumerate(left.columns.items())
    }
    return Outputs(columns, left.rest | right.rest, left.rows | right.rows)


def _is_sampled(select: exp.Select) -> bool:
    if select.args.get("sample") is not None:
        return True
    begin = select.args.get("from_") or select.args.get("from")
    listed = [begin.this] if begin is not None else []
    listed += [join.this for join in select.args.get("joins") or []]
    return any(isinstance(one, exp.TableSample) or one.args.get("sample") is not None for one in listed)


def _of_window(window: exp.Window) -> Iterator[str]:
    inner = window.this
    while isinstance(inner, exp.IgnoreNulls | exp.RespectNulls):
        inner = inner.this
    name = _BY_PLACE.get(_name(inner))
    if name:
        yield f"ties of {name}" if window.args.get("order") is not None else f"unordered {name}"


def _of_function(function: _Node) -> Iterator[str]:
    name = _name(function)
    if name in _FUNCTIONS:
        yield _FUNCTIONS[name]
    elif name in _TIES:
        yield _TIES[name]
    elif name in _PICKED and not function.find(exp.Order) and not isinstance(function.parent, exp.WithinGroup):
        yield _PICKED[name]


def _name(function: _Node) -> str:
    name = function.name if isinstance(function, exp.Anonymous | exp.AnonymousAggFunc) else type(function).__name__
    return str(name).lower().replace("_", "")
