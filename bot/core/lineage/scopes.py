"""What the expressions of a query see, and what the names in them mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from bot.core.lineage.sources import NONE, UNNAMED, Inputs, Listed, Output, Source, merged


class Doubt(Exception):
    """Nothing is known of this query but what it reads; the words say why."""


@dataclass
class Scope:
    """The sources of a query by alias, the queries around it, and the names of its own columns.

    `using` are names that joins merge. `asked` collects the names without a table that expressions use: they may mean
    columns of the query's own list.
    """

    outer: Scope | None = None
    sources: list[tuple[str, Source]] = field(default_factory=list)
    own: frozenset[str] = frozenset()
    using: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)

    def every(self) -> Inputs:
        """What all columns of all sources are made of."""
        return NONE.union(*(source.every() for _, source in self.sources))

    def starred(self) -> Output:
        """What `select *` gives."""
        rows = NONE.union(*(source.rows for _, source in self.sources))
        listed = [source.listed() for _, source in self.sources]
        items = [one for found in listed if found is not None for one in found]
        unknown = (source for (_, source), found in zip(self.sources, listed, strict=True) if found is None)
        return Output(items, rows, tuple(unknown))

    def column(self, column: exp.Column) -> Inputs:
        """What a column that is read is made of. What seems its table may be a column, of which it is a field."""
        parts = [part.name.lower() for part in column.parts]
        is_star = isinstance(column.this, exp.Star)
        around: Scope | None = self if len(parts) > 1 else None
        while around is not None:
            found = [
                source.every() if is_star else _of(source, parts[place + 1])
                for alias, source in around.sources
                for place, part in enumerate(parts[:-1])
                if part == alias
            ]
            if found:
                return NONE.union(*found)
            around = around.outer
        return self.named(parts[0])

    def named(self, name: str) -> Inputs:
        """What a name without a table means: a column of any source that has or may have it, or a whole source.

        What nobody has is taken for everything, unless it is a column of a query's own list: see `asked`.
        """
        found: list[Inputs] = []
        everything = NONE
        around: Scope | None = self
        is_sure = is_own = False
        while around is not None and not is_sure:
            around.asked.add(name)
            is_own = is_own or name in around.own
            having = [source for _, source in around.sources if source.has(name)]
            is_sure = bool(having)
            if not having or name in around.using:
                having = [source for _, source in around.sources]
            made = (source.find(name) for source in having)
            found += [one for one in made if one is not None]
            found += [source.every() | source.rows for alias, source in around.sources if alias == name]
            everything |= around.every()
            around = around.outer
        return NONE.union(*found) if found or is_own else everything


@dataclass
class Listing:
    """What comes out of a query, as it is found.

    `asked` are names in an item that may be those of other columns in the list. `grouped` is what `group by all` groups
    by.
    """

    items: list[tuple[str, Inputs, set[str]]] = field(default_factory=list)
    open: list[Source] = field(default_factory=list)
    loose: Inputs | None = None
    grouped: Inputs = NONE

    def add(self, name: str, made: Inputs, asked: Iterable[str] = ()) -> None:
        """One column more; without a name if that is empty."""
        self.items.append((name or f"{UNNAMED}{len(self.items)}", made, set(asked)))

    def output(self, rows: Inputs) -> Output:
        """The columns, each with what the others that it may be made of are made of."""
        own = merged((name, made) for name, made, _ in self.items)
        asked: dict[str, set[str]] = {}
        for name, _, names in self.items:
            asked.setdefault(name, set()).update(names & own.keys())
        found = {}
        for name in own:
            reached, waiting = {name}, [name]
            while waiting:
                new = asked[waiting.pop()] - reached
                reached |= new
                waiting.extend(new)
            found[name] = NONE.union(*(own[one] for one in reached))
        items = [(name, found[name] if names else made) for name, made, names in self.items]
        return Output(items, rows, tuple(self.open), self.loose)


def of_places(places: Iterable[int], output: Output) -> Inputs:
    """What the columns in these places are made of; where places are not known, all of them."""
    listed = output.listed() or ()
    made = NONE
    for place in places:
        made |= listed[place - 1][1] if 1 <= place <= len(listed) else output.every()
    return made


def renamed(source: Source, alias: object) -> Source:
    """A source whose columns got other names by its alias."""
    names = [one.name.lower() for one in alias.args.get("columns") or []] if isinstance(alias, exp.TableAlias) else []
    if not names:
        return source
    listed: Listed | None = source.listed()
    if listed is None or len(names) > len(listed):
        every = source.every()
        return Output([(name, every) for name in names], source.rows, loose=every)
    new = [(name, made) for name, (_, made) in zip(names, listed, strict=False)]
    return Output([*new, *listed[len(names) :]], source.rows)


def _of(source: Source, name: str) -> Inputs:
    found = source.find(name)
    return source.every() if found is None else found


def starred(one: exp.Expr, scope: Scope) -> list[Source]:
    """What a star stands for: all sources, or those of one alias."""
    if isinstance(one, exp.Star):
        return [source for _, source in scope.sources]
    around: Scope | None = scope
    while around is not None:
        if found := [source for alias, source in around.sources if alias == one.text("table").lower()]:
            return found
        around = around.outer
    raise Doubt("a star of something that is not read")


def name_of(one: exp.Expr) -> str:
    """The name of a column that comes out; empty where the warehouse makes one."""
    if isinstance(one, exp.Alias | exp.Subquery):
        return one.alias.lower()
    return one.name.lower() if isinstance(one, exp.Column) and isinstance(one.this, exp.Identifier) else ""


def is_several(one: exp.Expr) -> bool:
    """Whether an expression stands for several columns: `columns(...)` of DuckDB."""
    return one.key == "columns" or (isinstance(one, exp.Anonymous) and one.name.lower() == "columns")


def each(value: object) -> Iterator[exp.Expr]:
    """The expressions in what a node is made of."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, exp.Expression):
            yield one
