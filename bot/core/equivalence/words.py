"""The words of a query that no rule may change: a second witness beside the parser.

sqlglot reads some functions and types for others: `nvl` for `coalesce`, say. They are the same mostly, and mostly is no
proof. It also reads what no warehouse would: a `case` without its `then`. So both queries must be made of the same
keywords, types and functions, as they were written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import sqlglot
from sqlglot import exp

from bot.core.equivalence.doubt import Doubt

# What comes and goes with wrappers, aliases, parentheses, and joins written in another way.
_FREE = frozenset(
    [
        "as",
        "select",
        "from",
        "with",
        "on",
        "using",
        "inner",
        "outer",
        "and",
        "cast",
        *("(", ")", ",", ";", ".", "*", "=", "::"),
    ]
)
_TURNED = {"<>": "!=", ">": "<", ">=": "<="}
# Of these the order counts, too: it takes `a not is null` for `a is not null`, and no warehouse takes it at all.
_IN_ORDER = frozenset(
    ["is", "not", "null", "in", "like", "ilike", "between", "distinct", "true", "false", "similar", "exists"]
)
# The parser takes clauses in any order, warehouses do not. Those of one number may change places.
_CLAUSES = {
    **dict.fromkeys(["from", "join"], 1),
    "where": 2,
    "group by": 3,
    "having": 4,
    **dict.fromkeys(["qualify", "window"], 5),
    "order by": 6,
    **dict.fromkeys(["limit", "offset", "fetch"], 7),
}
_NEW_QUERY = frozenset({"select", "union", "except", "intersect"})
_COMPARED_ELSEWHERE = frozenset({"STRING", "NUMBER", "IDENTIFIER"})
_AFTER_GROUPS = frozenset({"having", "order by", "qualify", "limit", "window", "union", "except", "intersect"})


@dataclass(frozen=True, slots=True)
class _Word:
    """A word in lower case, what the tokenizer takes it for, and where it starts."""

    text: str
    kind: str
    start: int


@dataclass
class Words:
    """How often each word stands there, and some pairs of them, but for words in `group by`, which may be written as
    numbers; `kinds` are all words."""

    counted: Counter[str] = field(default_factory=Counter)
    kinds: set[str] = field(default_factory=set)


def words(tree: exp.Expr, sql: str, grammar: str, names: Collection[str]) -> Words:
    """The words of a query.

    Args:
        tree: the query, as parsed.
        names: identifiers of both queries, in lower case: the form compares those, and literals, by itself.

    Raises:
        Doubt: something is not written as warehouses want it, though the parser read it.
    """
    tokens = [_Word(one.text.lower(), one.token_type.name, one.start) for one in sqlglot.tokenize(sql, read=grammar)]
    pairs = [f"{one.text} {other.text}" for one, other in pairwise(tokens) if {one.text, other.text} <= _IN_ORDER]
    tokens = [one for one in tokens if one.kind not in _COMPARED_ELSEWHERE]
    _refuse_halves(tree, tokens)
    _refuse_disorder(tokens)
    spelt = {start for node in tree.find_all(exp.Func) if (start := node.meta.get("start")) is not None}
    found = Words(Counter(pairs))
    for token, is_grouping in _with_groups(tokens):
        if token.start in spelt or token.text in _FREE or token.text in names:
            continue
        text = _TURNED.get(token.text, token.text)
        found.kinds.add(text)
        if not is_grouping:
            found.counted[text] += 1
    return found


def _refuse_halves(tree: exp.Expr, tokens: Iterable[_Word]) -> None:
    texts = [token.text for token in tokens]
    opened = sum(one == "as" and other == "(" for one, other in pairwise(texts))
    if sum(1 for _ in tree.find_all(exp.CTE)) > opened:
        raise Doubt("a CTE without `as`")
    for one, other in (("when", "then"), ("case", "end"), ("(", ")")):
        if texts.count(one) != texts.count(other):
            raise Doubt(f"`{one}` without `{other}`")


def _refuse_disorder(tokens: Iterable[_Word]) -> None:
    """Refuses a query whose clauses do not stand in the order that warehouses want."""
    reached, before = [0], ""
    for token in tokens:
        text = token.text
        if text == "(":
            reached.append(0)
        elif text == ")" and len(reached) > 1:
            reached.pop()
        elif text in _NEW_QUERY:
            reached[-1] = 0
        elif text in _CLAUSES and not (text == "from" and before == "distinct"):  # `is distinct from`
            if _CLAUSES[text] < reached[-1]:
                raise Doubt(f"`{text}` in a place where it does not belong")
            reached[-1] = _CLAUSES[text]
        before = text


def _with_groups(tokens: Iterable[_Word]) -> Iterator[tuple[_Word, bool]]:
    """Each token, and whether it stands in a list of what is grouped by."""
    depth, grouping = 0, [False]
    for token in tokens:
        text = token.text
        if text == "(":
            depth += 1
            grouping.append(grouping[-1])
        elif text == ")" and depth:
            depth -= 1
            grouping.pop()
        elif text == "select" or text in _AFTER_GROUPS:
            grouping[-1] = False
        yield token, grouping[-1]
        if text == "group by":
            grouping[-1] = True
