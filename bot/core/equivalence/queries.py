"""The form of a query: a digest that is the same for queries that differ in nothing but how they are written.

What the form does not tell:
- parentheses that change nothing, `inner` and `outer`, `a = b` or `b = a`, `a < b` or `b > a`, how and/or are nested;
- the names of CTEs and of tables' aliases, the order of CTEs, whether a query stands in a CTE or where it is read;
- wrappers `select * from x` around a CTE, a query, or (where it is read) a table;
- `group by 1` or the expression itself, also in `order by`;
- `join ... using (k)` or `on a.k = b.k`, where nothing but the qualified columns is read;
- where all is certain (see `certain`): the order of what and/or join, and of what is grouped by.

Columns are told by the place of their table among those that the query reads, and by how many queries around it that
one stands. Output columns keep their names: one without a name has its text for a name, as warehouses make one of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from sqlglot import exp

from bot.core.equivalence.certain import is_certain, never_fails
from bot.core.equivalence.doubt import Doubt
from bot.core.equivalence.parts import (
    Around,
    Defined,
    Form,
    Key,
    Source,
    args_of,
    hash_of,
    identifier,
    in_any_order,
    is_wrapper,
    reads_merged,
    refuse_twice,
    side_and_kind,
)

_FOLDING = frozenset({"postgres", "redshift", "snowflake"})  # names without quotes are all the same in any case
_TURNED: dict[type[exp.Expr], type[exp.Expr]] = {exp.GT: exp.LT, exp.GTE: exp.LTE}
_EITHER_WAY = (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ)
_OF_A_TABLE = frozenset({"this", "db", "catalog", "alias"})
_OF_A_QUERY = frozenset({"this", "alias"})
_OF_A_SELECT = frozenset({
    "expressions", "from", "joins", "where", "group", "having", "qualify", "order", "limit", "offset", "distinct",
    "with",
})  # fmt: skip
# Columns that only a table itself has: through a wrapper they are not there.
_OF_TABLES_ALONE = frozenset({
    "rowid", "ctid", "oid", "xmin", "xmax", "cmin", "cmax", "tableoid", "rownum", "level", "filename",
    "file_row_number", "_partitiontime", "_partitiondate", "_table_suffix", "_file_name", "_rowid_",
})  # fmt: skip
_UNKNOWN = (
    exp.Command, exp.Parameter, exp.Placeholder, exp.Pivot, exp.Lateral, exp.Unnest, exp.Values, exp.MatchRecognize,
    exp.Lambda, exp.Introducer, exp.SessionParameter,
)  # fmt: skip


def digest(tree: exp.Expr, sql: str, grammar: str) -> str:
    """The digest of a query's form.

    Args:
        sql: the text that `tree` was parsed from.

    Raises:
        Doubt: it is no query, or has something whose meaning is not known here.
    """
    return _Reader(tree, sql, grammar).read()


@dataclass
class _Reader:
    tree: exp.Expr
    sql: str
    grammar: str
    certain: bool = field(init=False)
    all_defined: list[Defined] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.certain = is_certain(self.tree)
        self.of_tables_alone = any(one.name.lower() in _OF_TABLES_ALONE for one in self.tree.find_all(exp.Column))

    def read(self) -> str:
        """The digest of the whole."""
        whole = self._query(self.tree, Around()).key
        # What nobody reads must be there on both sides, too: it may fail. Where chance has a part, each time counts.
        kept = [(one.form.key, one.read) for one in self.all_defined if not (self.certain and one.read)]
        return hash_of(("whole", whole, tuple(sorted(kept, key=repr))))

    def _query(self, tree: exp.Expr, around: Around) -> Form:
        if isinstance(tree, exp.Subquery):
            if args_of(tree).keys() - {"this"}:
                raise Doubt("a query in parentheses with more around it")
            return self._query(tree.this, around)
        around = self._with(tree, around)
        if isinstance(tree, exp.SetOperation if hasattr(exp, "SetOperation") else exp.Union):
            return self._several(tree, around)
        if not isinstance(tree, exp.Select):
            raise Doubt(f"{type(tree).__name__} is no query")
        return self._select(tree, around)

    def _several(self, tree: exp.SetOperation, around: Around) -> Form:
        rest = {name: value for name, value in args_of(tree).items() if name not in ("this", "expression", "with")}
        if rest.keys() & {"order", "limit", "offset"}:
            raise Doubt("an order or a limit of several queries together")
        left, right = self._query(tree.this, around), self._query(tree.expression, around)
        form = (type(tree).__name__, left.key, right.key, self._rest(rest, around))
        return Form(("query", hash_of(form)), left.is_named)

    def _with(self, tree: exp.Expr, around: Around) -> Around:
        clause = args_of(tree).get("with")
        if clause is None:
            return around
        if not isinstance(clause, exp.With) or args_of(clause).keys() - {"expressions"}:
            raise Doubt("CTEs that read themselves")
        if around.scopes:
            raise Doubt("CTEs that may read the rows of a query around them")
        for cte in clause.expressions:
            if args_of(cte).keys() - {"this", "alias"} or args_of(cte.args["alias"]).keys() - {"this"}:
                raise Doubt("a CTE with more than a name")
            one = Defined(cte.args["alias"].this, self._as_read(cte.this, around))
            self.all_defined.append(one)
            around = Around((one, *around.defined), around.scopes)
        return around

    def _select(self, tree: exp.Select, around: Around) -> Form:
        args = args_of(tree)
        if args.keys() - _OF_A_SELECT:
            raise Doubt(f"a query with {', '.join(sorted(args.keys() - _OF_A_SELECT))}")
        start, joins = args.get("from"), tree.args.get("joins") or []
        tables = [*([start.this] if isinstance(start, exp.From) else []), *(join.this for join in joins)]
        sources = tuple(self._source(table, around) for table in tables)
        if is_wrapper(tree) and sources[0].form.is_named and sources[0].form.key[0] == "query":
            return sources[0].form
        refuse_twice(sources)
        inner = Around(around.defined, (sources, *around.scopes))
        listed = tuple(self._output(one, inner) for one in tree.expressions)
        joined = self._joins(tree, joins, inner)
        rest = {name: value for name, value in args.items() if name not in ("expressions", "from", "joins", "with")}
        clauses = tuple((name, self._clause(name, value, tree, inner)) for name, value in sorted(rest.items()))
        read = tuple(one.form.key for one in sources)
        is_named = self._names_each(tree) or (is_wrapper(tree) and sources[0].form.is_named)
        return Form(("query", hash_of(("select", listed, read, joined, clauses))), is_named)

    def _names_each(self, tree: exp.Select) -> bool:
        names = [one.alias if isinstance(one, exp.Alias) else one.name for one in tree.expressions]
        plain = all(isinstance(one, exp.Alias | exp.Column) and not one.is_star for one in tree.expressions)
        return plain and len({name.lower() for name in names}) == len(names)

    def _source(self, table: exp.Expr, around: Around) -> Source:
        args = args_of(table)
        alias = table.args.get("alias")
        given = args_of(alias) if isinstance(alias, exp.TableAlias) else {}
        if given.keys() - {"this", "columns"}:
            raise Doubt("an alias with more than names")
        called = given.get("this")
        if isinstance(table, exp.Subquery):
            if args.keys() - _OF_A_QUERY:
                raise Doubt("a query in parentheses with more around it")
            form = self._as_read(table.this, around)
        elif isinstance(table, exp.Table):
            if args.keys() - _OF_A_TABLE:
                raise Doubt("a table with more than its name")
            form = self._table(table, around)
            called = called or table.this
        else:
            raise Doubt(f"{type(table).__name__} is no table")
        if "columns" in given:
            form = Form(("named", form.key, self._value(given["columns"], around)), is_named=False)
        return Source(called if isinstance(called, exp.Identifier) else None, form)

    def _table(self, table: exp.Table, around: Around) -> Form:
        found = self._defined(table, around)
        if found is None:
            names = args_of(table)
            return Form(
                ("table", *(self._value(names.get(one, ""), around) for one in ("catalog", "db", "this"))),
                is_named=True,
            )
        found.read += 1
        return found.form if found.form.is_named else Form(("cte", found.form.key), is_named=False)

    def _as_read(self, query: exp.Expr, around: Around) -> Form:
        """The form of a query that is read; where it only wraps a table, the table's own."""
        if (
            isinstance(query, exp.Select)
            and is_wrapper(query)
            and not self.of_tables_alone
            and "with" not in args_of(query)
        ):
            table = args_of(query)["from"]
            if isinstance(table, exp.From) and isinstance(table.this, exp.Table):
                return self._source(table.this, around).form
        return self._query(query, around)

    def _defined(self, table: exp.Table, around: Around) -> Defined | None:
        if args_of(table).keys() & {"db", "catalog"} or not isinstance(table.this, exp.Identifier):
            return None
        return next((one for one in around.defined if self._is_same(one.name, table.this)), None)

    def _output(self, one: exp.Expr, around: Around) -> Key:
        """A column that comes out, with its name."""
        if isinstance(one, exp.Alias):
            plain = one.this.unnest()
            is_own = isinstance(plain, exp.Column) and isinstance(plain.this, exp.Identifier)
            if is_own and self.grammar in _FOLDING and self._name(plain.this) == self._name(one.args["alias"]):
                return self._key(plain, around)
            return ("as", self._key(one.this, around), self._name(one.args["alias"]))
        if isinstance(one, exp.Column | exp.Star):
            return self._key(one, around)
        return ("as its text", self._key(one, around), one.sql(dialect=self.grammar, comments=False))

    def _joins(self, tree: exp.Select, joins: Sequence[exp.Join], around: Around) -> Key:
        found: list[Key] = []
        merged: set[Key] = set()
        for place, join in enumerate(joins, 1):
            rest = {name: value for name, value in args_of(join).items() if name not in ("this", "kind", "side")}
            side, kind = side_and_kind(join)
            names = [self._name(identifier(one)) for one in join.args.get("using") or []]
            is_first = place == 1 or set(names) <= merged
            is_simple = rest.keys() == {"using"} and kind == "" and side in ("", "LEFT") and is_first
            if is_simple and not reads_merged(tree, join.args["using"]):
                merged.update(names)
                pairs = [in_any_order("EQ", [("column", (0, 0), one), ("column", (0, place), one)]) for one in names]
                found.append((side, kind, (("on", self._joined("And", pairs, is_free=self.certain)),)))
            else:
                found.append((side, kind, self._rest(rest, around)))
        return tuple(found)

    def _joined(self, kind: str, keys: Sequence[Key], *, is_free: bool) -> Key:
        """The form of conditions that and/or joins."""
        if len(keys) == 1:
            return keys[0]
        return in_any_order(kind, set(keys)) if is_free else (kind, *keys)

    def _clause(self, name: str, value: object, tree: exp.Select, around: Around) -> object:
        if name == "group" and isinstance(value, exp.Group) and args_of(value).keys() == {"expressions"}:
            keys = [self._placed(one, tree, around) for one in value.expressions]
            return ("group", *(sorted(set(keys), key=repr) if self.certain else keys))
        if name == "order" and isinstance(value, exp.Order):
            return tuple(
                (
                    self._placed(one.this, tree, around),
                    self._rest({k: v for k, v in args_of(one).items() if k != "this"}, around),
                )
                if isinstance(one, exp.Ordered)
                else self._key(one, around)
                for one in value.expressions
            )
        return self._value(value, around)

    def _placed(self, one: exp.Expr, tree: exp.Select, around: Around) -> Key:
        """What is grouped or ordered by: a number is the column in that place."""
        if not (isinstance(one, exp.Literal) and not one.is_string):
            return self._key(one, around)
        listed = tree.expressions
        if not one.this.isdigit() or not 1 <= int(one.this) <= len(listed):
            raise Doubt("a place that is none")
        before = listed[: int(one.this)]
        if any(isinstance(each, exp.Star) or each.is_star for each in before):
            raise Doubt("a place behind a star")
        meant = before[-1].unalias()
        if isinstance(meant, exp.Literal):
            raise Doubt("a place that holds a number")
        return self._key(meant, around)

    def _value(self, value: object, around: Around) -> object:
        if isinstance(value, exp.Expression):
            return self._key(value, around)
        if isinstance(value, list):
            return tuple(self._value(one, around) for one in value)
        if not isinstance(value, str | int | Enum):
            raise Doubt(f"{type(value).__name__} is not known here")
        return (type(value).__name__, str(value))

    def _rest(self, args: dict[str, object], around: Around) -> Key:
        return tuple((name, self._value(value, around)) for name, value in sorted(args.items()))

    def _key(self, node: exp.Expr, around: Around) -> Key:
        """The form of anything within a query."""
        if isinstance(node, exp.Paren) and args_of(node).keys() == {"this"}:
            return self._key(node.this, around)
        if isinstance(node, exp.Column):
            return self._column(node, around)
        if isinstance(node, exp.Identifier):
            return ("identifier", *self._name(node))
        if isinstance(node, exp.Subquery | exp.Query):
            return self._query(node, around).key
        if isinstance(node, exp.And | exp.Or):
            flat = list(node.flatten())
            is_free = self.certain and all(never_fails(one) for one in flat)
            return self._joined(type(node).__name__, [self._key(one, around) for one in flat], is_free=is_free)
        if type(node) in _TURNED:
            return (_TURNED[type(node)].__name__, self._key(node.expression, around), self._key(node.this, around))
        if isinstance(node, exp.LT | exp.LTE):
            return (type(node).__name__, self._key(node.this, around), self._key(node.expression, around))
        if isinstance(node, _EITHER_WAY):
            return in_any_order(type(node).__name__, [self._key(node.this, around), self._key(node.expression, around)])
        if isinstance(node, _UNKNOWN):
            raise Doubt(f"{type(node).__name__} is not known here")
        return (type(node).__name__, self._spelt(node), self._rest(args_of(node), around))

    def _spelt(self, node: exp.Expr) -> str:
        """A function's name as it is written, where the parser tells where that is."""
        start, end = node.meta.get("start"), node.meta.get("end")
        if not isinstance(node, exp.Func) or start is None or end is None:
            return ""
        return self.sql[start : end + 1].lower()

    def _column(self, node: exp.Column, around: Around) -> Key:
        args = args_of(node)
        if args.keys() - {"this", "table"}:
            raise Doubt("a column with more than its table")
        own: Key = (
            ("star", self._value(node.this, around))
            if isinstance(node.this, exp.Star)
            else self._name(identifier(node.this))
        )
        table = args.get("table")
        if not isinstance(table, exp.Identifier):
            if isinstance(node.this, exp.Identifier) and any(
                one.alias is not None and one.alias.name.lower() == node.name.lower()
                for scope in around.scopes
                for one in scope
            ):
                raise Doubt("a name of a column and of a table")
            return ("column", (), own)
        for up, scope in enumerate(around.scopes):
            for place, one in enumerate(scope):
                if one.alias is not None and self._is_same(one.alias, table):
                    return ("column", (up, place), own)
        raise Doubt("a column of a table that is not read")

    def _name(self, one: exp.Identifier) -> Key:
        if not isinstance(one, exp.Identifier):
            raise Doubt("a name that is none")
        quoted = bool(one.args.get("quoted"))
        text = one.name if quoted or self.grammar not in _FOLDING else one.name.lower()
        return (text, quoted)

    def _is_same(self, left: exp.Identifier, right: exp.Identifier) -> bool:
        if left.name.lower() != right.name.lower():
            return False
        if bool(left.args.get("quoted")) != bool(right.args.get("quoted")):
            raise Doubt("one name with quotes and without")
        if left.args.get("quoted") and left.name != right.name:
            raise Doubt("two names that differ in case only")
        return True
