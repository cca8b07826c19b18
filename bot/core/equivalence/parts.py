"""What the forms of queries are made of, and what is asked of their parts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlglot import exp

from bot.core.equivalence.doubt import Doubt

Key: TypeAlias = "tuple[object, ...]"
_WRAPPING = frozenset({"expressions", "from", "with"})


@dataclass(frozen=True)
class Form:
    """The form of what is read. `is_named` says that its columns have names, each its own: then it does not matter
    whether it is read where it stands, as a CTE, or through a wrapper. Else a warehouse has to make names."""

    key: Key
    is_named: bool


@dataclass(frozen=True)
class Source:
    """What is read under a name."""

    alias: exp.Identifier | None
    form: Form


@dataclass
class Defined:
    """A CTE: its name, the form of its query, and how often it is read."""

    name: exp.Identifier
    form: Form
    read: int = 0


@dataclass(frozen=True)
class Around:
    """What a query sees: CTEs, later ones first, and the sources of the queries around it, the nearest first."""

    defined: tuple[Defined, ...] = ()
    scopes: tuple[tuple[Source, ...], ...] = ()


def args_of(node: exp.Expr) -> dict[str, object]:
    """What a node is made of; newer versions of sqlglot end names that are Python's own by an underscore."""
    kept = {name.rstrip("_"): value for name, value in node.args.items()}
    return {name: value for name, value in kept.items() if value is not None and value is not False and value != []}


def identifier(node: object) -> exp.Identifier:
    """The name in `using`, which may be parsed as a column. Raises Doubt where it is none."""
    found = node.this if isinstance(node, exp.Column) else node
    if not isinstance(found, exp.Identifier):
        raise Doubt("a name that is none")
    return found


def is_wrapper(tree: exp.Select) -> bool:
    """Whether a query gives exactly what one other, or one table, gives."""
    listed = tree.expressions
    is_all = len(listed) == 1 and isinstance(listed[0], exp.Star) and not args_of(listed[0])
    return is_all and args_of(tree).keys() <= _WRAPPING and "from" in args_of(tree)


def refuse_twice(sources: Iterable[Source]) -> None:
    """Raises Doubt where two tables have one name: whose columns are meant is not known here then."""
    names = [one.alias.name.lower() for one in sources if one.alias is not None]
    if len(names) != len(set(names)):
        raise Doubt("two tables of one name")


def reads_merged(tree: exp.Select, using: Sequence[exp.Expr]) -> bool:
    """Whether a query may read a column that `using` merges: by a star, or without its table."""
    merged = {identifier(one).name.lower() for one in using}
    if any(one.is_star for one in tree.expressions):
        return True
    own = (value for name, value in args_of(tree).items() if name not in ("from", "joins", "with"))
    conditions = (join.args.get("on") for join in tree.args.get("joins") or [])
    return any(
        not column.table and column.name.lower() in merged
        for value in (*own, *conditions)
        for one in (value if isinstance(value, list) else [value])
        if isinstance(one, exp.Expression)
        for column in one.find_all(exp.Column)
    )


def side_and_kind(join: exp.Join) -> tuple[str, str]:
    """Which rows a join keeps, without the words that mean nothing: `inner`, and `outer` beside a side."""
    side, kind = str(join.args.get("side") or "").upper(), str(join.args.get("kind") or "").upper()
    is_conditional = bool(args_of(join).keys() & {"on", "using"})
    is_plain = is_conditional and (kind == "INNER" or (kind == "OUTER" and bool(side)))
    return side, "" if is_plain else kind


def in_any_order(kind: str, keys: Iterable[Key]) -> Key:
    """The form of what is the same in any order."""
    return (kind, *sorted(keys, key=repr))


def hash_of(form: object) -> str:
    """The digest of a form: 64 hexadecimal digits."""
    return hashlib.sha256(repr(form).encode("utf-8", "surrogatepass")).hexdigest()
