"""Walks through a query and tells of each column that comes out what it is made of.

Two kinds of inputs are told apart: those of a column (all that stands in its expression, windows and queries within
it included), and those that decide the rows (`where`, `on`, `group by`, `having`, `qualify`, `distinct`, `order by`,
`limit`, and the rows of all that is read).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlglot import exp

from bot.core.equivalence.parts import args_of
from bot.core.lineage.scopes import Doubt, Listing, Scope, each, is_several, name_of, of_places, renamed, starred
from bot.core.lineage.sources import NONE, Input, Inputs, Output, Relation, Source, Without

STEPS = 400_000  # nodes that are looked at, and inputs that are put together
_FOREIGN = "?"  # before the name of a relation that is none of the project's
_OF_A_TABLE = frozenset({"this", "db", "catalog", "alias", "joins", "pivots", "sample", "laterals", "only", "hints"})
_OF_A_SUBQUERY = frozenset({"this", "alias", "with", "pivots", "joins", "laterals"})
_OF_A_JOIN = frozenset({"this", "on", "using", "side", "kind", "method", "hint", "global"})
_NO_CLAUSE = frozenset({"expressions", "from", "joins", "with", "laterals", "hint"})
_TAKING_ANY = frozenset({"limit", "offset", "fetch", "sample", "connect", "match"})
_ORDERING = frozenset({"order", "limit", "offset", "fetch", "sort", "cluster", "distribute"})

# Older versions of sqlglot take `except` and `intersect` for kinds of unions.
_SEVERAL: type[exp.Expr] = getattr(exp, "SetOperation", exp.Union)
_COLUMNS: type[exp.Expr] = getattr(exp, "Columns", exp.Star)  # `columns(...)` of DuckDB; before, a function like others

_Ctes = Mapping[str, Source]


class Walk:
    """One walk through one query. `tables` are the relations that it may read, by identifier in lower case."""

    def __init__(self, tables: Mapping[str, Relation]) -> None:
        self._tables = tables
        self._left = STEPS

    def whole(self, tree: exp.Expr) -> Output:
        """What a statement gives.

        Raises:
            Doubt: it is no query, has something whose meaning is not known here, or takes more than `STEPS`.
        """
        return self._query(tree, {}, None)

    def _spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise Doubt("its SQL is too large")

    # --- queries ---------------------------------------------------------------------------------------------------

    def _query(self, tree: exp.Expr, ctes: _Ctes, outer: Scope | None) -> Output:
        ctes = self._with(tree, ctes, outer)
        if isinstance(tree, exp.Subquery) and args_of(tree).keys() <= {"this", "alias", "with"}:
            return self._query(tree.this, ctes, outer)
        if isinstance(tree, _SEVERAL):
            return self._several(tree, ctes, outer)
        if isinstance(tree, exp.Select):
            return self._select(tree, ctes, outer)
        if isinstance(tree, exp.Subquery | exp.Table | exp.Values):
            scope = Scope(outer)
            rows = self._add(tree, scope, ctes)
            found = scope.starred()
            return Output(found.items, found.rows | rows, found.open, found.loose)
        raise Doubt(f"`{tree.key}` is no query")

    def _with(self, tree: exp.Expr, ctes: _Ctes, outer: Scope | None) -> _Ctes:
        clause = args_of(tree).get("with")
        if not isinstance(clause, exp.With):
            return ctes
        found = dict(ctes)
        for cte in clause.expressions:
            name = cte.alias.lower()
            reads_itself = clause.args.get("recursive") and any(t.name.lower() == name for t in cte.find_all(exp.Table))
            made: Source = self._recursive(cte, found, outer) if reads_itself else self._query(cte.this, found, outer)
            found[name] = renamed(made, cte.args.get("alias"))
        return found

    def _recursive(self, cte: exp.Expr, ctes: _Ctes, outer: Scope | None) -> Output:
        """A CTE that reads itself: every column is made of all that is looked at."""
        made = self._query(cte.this, {**ctes, cte.alias.lower(): Output(loose=NONE)}, outer)
        everything = made.every() | made.rows
        return Output(rows=everything, loose=everything)

    def _several(self, tree: exp.Expr, ctes: _Ctes, outer: Scope | None) -> Output:
        left, right = self._query(tree.this, ctes, outer), self._query(tree.expression, ctes, outer)
        rows, everything = left.rows | right.rows, left.every() | right.every()
        args = args_of(tree)
        keeps_all = type(tree) is exp.Union and tree.args.get("distinct") is False
        if not keeps_all or args.keys() & _ORDERING:
            rows |= everything
        first, second = left.listed(), right.listed()
        if first is None or args.keys() & {"by_name", "on", "side", "kind"}:
            return Output(rows=rows, loose=everything)
        if second is None or len(first) != len(second):
            return Output([(name, made | right.every()) for name, made in first], rows)
        self._spend(sum(len(made) for _, made in second))
        return Output([(name, made | b) for (name, made), (_, b) in zip(first, second, strict=True)], rows)

    def _select(self, tree: exp.Select, ctes: _Ctes, outer: Scope | None) -> Output:
        if tree.args.get("kind"):
            raise Doubt("a query that gives no columns but structs")
        scope = Scope(outer, own=frozenset(name_of(one) for one in tree.expressions))
        rows = self._read_all(tree, scope, ctes)
        listing = Listing()
        for one in tree.expressions:
            self._item(one, scope, ctes, listing)
        output = listing.output(NONE)
        for name, value in args_of(tree).items():
            if name in _NO_CLAUSE:
                continue
            scope.asked = set()
            for one in each(value):
                rows |= self._inputs(one, scope, ctes)
                if name in ("group", "order"):
                    rows |= self._placed(one, listing, output)
            rows = rows.union(*(output.find(asked) or NONE for asked in scope.asked & scope.own))
            rows |= scope.every() if name in _TAKING_ANY else output.every() if name == "distinct" else NONE
        return Output(output.items, rows, output.open, output.loose)

    def _placed(self, clause: exp.Expr, listing: Listing, output: Output) -> Inputs:
        """What is grouped or ordered by without its name: by the place in the list, or all of it."""
        if isinstance(clause, exp.Group) and clause.args.get("all"):
            return listing.grouped
        numbers = (one for one in clause.find_all(exp.Literal) if not one.is_string)
        made = of_places((int(one.this) if one.this.isdigit() else 0 for one in numbers), output)
        is_all = any(one.name.lower() == "all" for one in clause.find_all(exp.Column, exp.Var))
        return made | output.every() if is_all else made

    def _read_all(self, tree: exp.Expr, scope: Scope, ctes: _Ctes) -> Inputs:
        """Adds all that a query reads to its scope, and tells what decides the rows so far."""
        rows = NONE
        start = args_of(tree).get("from")
        if isinstance(start, exp.From):
            rows |= self._add(start.this, scope, ctes)
        for one in (*(tree.args.get("joins") or ()), *(tree.args.get("laterals") or ())):
            rows |= self._join(one, scope, ctes) if isinstance(one, exp.Join) else self._add(one, scope, ctes)
        return rows

    def _join(self, join: exp.Join, scope: Scope, ctes: _Ctes) -> Inputs:
        rows = self._add(join.this, scope, ctes)
        args = args_of(join)
        if args.keys() - _OF_A_JOIN:
            raise Doubt(f"a join with {', '.join(sorted(args.keys() - _OF_A_JOIN))}")
        if {str(args.get("method")).upper(), str(args.get("kind")).upper()} & {"NATURAL", "POSITIONAL"}:
            raise Doubt("a join that does not say by which columns")
        names = {one.name.lower() for one in join.args.get("using") or []}
        scope.using |= names
        for name in names:
            rows |= scope.named(name)
        return rows.union(*(self._inputs(one, scope, ctes) for one in each(args.get("on"))))

    # --- what is read ------------------------------------------------------------------------------------------------

    def _add(self, node: exp.Expr, scope: Scope, ctes: _Ctes) -> Inputs:
        """Adds what is read to a scope; tells what decides its rows."""
        if isinstance(node, exp.Paren):
            return self._add(node.this, scope, ctes)
        args, name = args_of(node), node.alias_or_name.lower()
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            if args.keys() - _OF_A_TABLE:
                raise Doubt(f"a table with {', '.join(sorted(args.keys() - _OF_A_TABLE))}")
            source = self._relation(node, ctes)
        elif isinstance(node, exp.Subquery):
            if isinstance(node.this, exp.Table) or (isinstance(node.this, exp.Subquery) and node.this.alias):
                return self._nested(node, scope, ctes)
            source = self._query(node.this, self._with(node, ctes, scope), scope)
        else:
            source = self._function(node, scope, ctes)
        rows = source.rows
        if "sample" in args or (isinstance(node, exp.Subquery) and args.keys() - _OF_A_SUBQUERY):
            rows |= source.every()
        if "pivots" in args:
            source, name = self._pivoted(node, source, scope, ctes)
            rows |= source.rows
        scope.sources.append((name, renamed(source, node.args.get("alias"))))
        return rows | self._read_all(node, scope, ctes)

    def _nested(self, node: exp.Subquery, scope: Scope, ctes: _Ctes) -> Inputs:
        """Tables in parentheses, joined there: they are sources like the others; under an alias all are one."""
        if args_of(node).keys() - {"this", "alias", "joins"}:
            raise Doubt("tables in parentheses with more around them")
        if not node.alias:
            return self._add(node.this, scope, ctes) | self._read_all(node, scope, ctes)
        inner = Scope(scope)
        rows = self._add(node.this, inner, ctes)
        scope.sources.append((node.alias.lower(), Output(rows=rows, loose=inner.every())))
        return rows | self._read_all(node, scope, ctes)

    def _relation(self, table: exp.Table, ctes: _Ctes) -> Source:
        name = table.name.lower()
        if not table.db and not table.catalog and name in ctes:
            return ctes[name]
        return self._tables.get(name) or Relation((f"{_FOREIGN}{name}",))

    def _function(self, node: exp.Expr, scope: Scope, ctes: _Ctes) -> Source:
        """What a function gives, or a list of values: every column is made of all that stands in it."""
        values = [value for name, value in args_of(node).items() if name not in ("alias", "joins", "laterals")]
        made = NONE.union(*(self._inputs(one, scope, ctes) for value in values for one in each(value)))
        return Output(rows=made, loose=made)

    def _pivoted(self, node: exp.Expr, source: Source, scope: Scope, ctes: _Ctes) -> tuple[Source, str]:
        """A source that is pivoted, and its name: every column is made of all of it."""
        name = node.alias_or_name.lower()
        inner = Scope(scope, [(name, source)])
        made = source.every() | source.rows
        for pivot in node.args["pivots"]:
            made |= self._inputs(pivot, inner, ctes)
            name = pivot.alias.lower() or name
        return Output(rows=made, loose=made), name

    # --- what comes out ----------------------------------------------------------------------------------------------

    def _item(self, one: exp.Expr, scope: Scope, ctes: _Ctes, listing: Listing) -> None:
        """One entry of the list of what comes out."""
        star = one.this if isinstance(one, exp.Column) and isinstance(one.this, exp.Star) else one
        if isinstance(star, exp.Star):
            self._star(star, starred(one, scope), listing)
            for new in each(args_of(star).get("replace")):
                listing.add(new.alias.lower(), self._inputs(new, scope, ctes))
            return
        scope.asked = set()
        made = self._inputs(one, scope, ctes)
        listing.grouped |= self._inputs(one, scope, ctes, is_grouping=True)
        if isinstance(one, exp.Aliases) or any(is_several(part) for part in one.walk()):
            listing.loose = (listing.loose or NONE) | made
        else:
            listing.add(name_of(one), made, scope.asked & scope.own)

    def _star(self, star: exp.Star, sources: Sequence[Source], listing: Listing) -> None:
        args = args_of(star)
        if args.keys() - {"except", "replace", "rename"}:
            raise Doubt("a star with more than names")
        dropped = {one.name.lower() for one in each(args.get("except"))}
        renames = {one.this.name.lower(): one.alias.lower() for one in each(args.get("rename"))}
        for source in sources:
            shown = Without(source, dropped)
            listed = shown.listed()
            if listed is None:
                listing.open.append(shown)
                for name, new in renames.items():
                    listing.add(new, source.find(name) or NONE)
            else:
                self._spend(len(listed))
                for name, made in listed:
                    listing.add(renames.get(name, name), made)
            listing.grouped |= source.every()

    # --- expressions -------------------------------------------------------------------------------------------------

    def _inputs(self, node: exp.Expr, scope: Scope, ctes: _Ctes, *, is_grouping: bool = False) -> Inputs:
        """All that an expression is made of; but for what is within aggregates, if it `is_grouping`."""
        found: set[Input] = set()
        waiting = [node]
        while waiting:
            one = waiting.pop()
            self._spend(1)
            if isinstance(one, exp.Column):
                made = scope.column(one)
            elif isinstance(one, exp.Query) or (isinstance(one, exp.Table) and isinstance(one.this, exp.Identifier)):
                inner = self._query(one, ctes, scope)
                made = inner.every() | inner.rows
            elif isinstance(one, exp.Star | _COLUMNS):
                made = NONE if isinstance(one.parent, exp.Count) and not args_of(one) else scope.every()
            elif isinstance(one, exp.MatchRecognize | exp.Command):
                raise Doubt(f"`{one.key}` within an expression")
            elif isinstance(one, exp.AggFunc) and is_grouping and not isinstance(one.parent, exp.Window):
                continue
            else:
                waiting.extend(one.iter_expressions())
                continue
            self._spend(len(made))
            found |= made
        return frozenset(found)
