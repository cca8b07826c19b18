"""Which parts of a query are sure to give the same result however a warehouse goes about them."""

from __future__ import annotations

from sqlglot import exp

# What else a function may be: a draw, the clock, a user's own, the first of what comes in any order.
FUNCTIONS: tuple[type[exp.Expr], ...] = (
    exp.Abs, exp.And, exp.Avg, exp.Case, exp.Cast, exp.Ceil, exp.Coalesce, exp.Concat, exp.Count, exp.DateTrunc,
    exp.Exists, exp.Extract, exp.Floor, exp.Greatest, exp.If, exp.Least, exp.Length, exp.Lower, exp.Max, exp.Min,
    exp.Not, exp.Nullif, exp.Or, exp.Round, exp.Substring, exp.Sum, exp.TimestampTrunc, exp.Trim, exp.TryCast,
    exp.Upper,
)  # fmt: skip
_IN_WINDOWS = (exp.Avg, exp.Count, exp.Max, exp.Min, exp.Sum)
_TAKING_SOME = (exp.Limit, exp.Offset, exp.Fetch, exp.TableSample)
_WITHOUT_FAIL = (
    exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Paren, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT,
    exp.LTE, exp.Is, exp.Not, exp.And, exp.Or, exp.Like, exp.Neg,
)  # fmt: skip


def is_certain(tree: exp.Expr) -> bool:
    """Whether a query gives the same rows each time, on the same data, whatever order these come in."""
    return all(_is_certain(node) for node in tree.walk())


def never_fails(condition: exp.Expr) -> bool:
    """Whether a condition only compares, so that nothing has to guard it: no cast, no division, no call.

    No warehouse promises to look at conditions in the order in which they are written. Some seem to, so one that may
    fail stays where it is.
    """
    return all(isinstance(node, _WITHOUT_FAIL) for node in condition.walk())


def _is_certain(node: exp.Expr) -> bool:
    if isinstance(node, exp.Window):
        return isinstance(node.this, _IN_WINDOWS) and node.args.get("spec") is None
    if isinstance(node, exp.Distinct):
        return node.args.get("on") is None
    if isinstance(node, exp.Func):
        return isinstance(node, FUNCTIONS)
    return not isinstance(node, _TAKING_SOME)
