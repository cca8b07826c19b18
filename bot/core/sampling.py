"""Looks at a share of a pair: the rows whose key falls into it, the same keys on both sides."""

# Expressions and quoted identifiers; no value ever goes into a statement.
# ruff: noqa: S608

from __future__ import annotations

from dataclasses import replace

from bot.core.scans import Scans
from bot.core.sql import Dialect, Term
from bot.domain import Pair, Side, Table

_PARTS = 1_000_000


def sampled(pair: Pair, share: float, dialect: Dialect) -> Pair:
    """The pair, with only the rows of a share of all keys.

    Which keys these are depends on their values alone: a key is looked at on both sides or on neither, in this run as
    in the next, and who is in a sample is in every greater one. All rows of a repeated key go together, and so do
    those with a null in the same places of the key and equal values in the others. Without a key it is whole rows that
    are chosen so, by the columns that are compared.

    Args:
        pair: of which no column is renamed by a query; its expressions are asked as they are.
        share: above 0; 1 is the whole pair. Taken to the nearest millionth.
        dialect: how the warehouse spells SQL.

    Returns:
        The pair as it is where all of it is looked at, or where it has no column to choose by; otherwise with queries
        in place of its tables, and `sampled`.

    Raises:
        ValueError: the share is not above 0, or above 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"{share} is no share")
    scans = Scans(pair, dialect)
    names = [pairing.head.name for pairing in scans.columns]
    chosen = [names.index(name) for name in pair.key.columns] if pair.key else range(len(names))
    if share == 1 or not chosen:
        return pair

    def cut(table: Table, side: Side) -> Table:
        terms = [Term(scans.lifted(place, side), scans.terms[place].type) for place in chosen]
        condition = f"{dialect.lot(terms, _PARTS)} < {max(1, round(share * _PARTS))}"
        rows = dialect.subquery(f"select * from {table.expression} where {condition}")
        return replace(table, expression=rows, stored=False)

    return replace(pair, base=cut(pair.base, Side.BASE), head=cut(pair.head, Side.HEAD), sampled=share)
