"""From which columns a model's columns are made, and which columns decide its rows: read from its compiled SQL.

What is told is never too little: what cannot be resolved counts as made of everything. It may be too much.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot.errors import SqlglotError

from bot.core.lineage.queries import Walk
from bot.core.lineage.scopes import Doubt
from bot.core.lineage.sources import EVERY, NONE, ROWS, UNNAMED, Input, Inputs, Output, Relation

__all__ = ["EVERY", "ROWS", "Input", "Inputs", "Known", "Lineage", "of_query", "wholly"]

LONGEST = 150_000  # characters; sqlglot reads some 100,000 in a second
_Tables = Mapping[str, Relation]


@dataclass(frozen=True)
class Known:
    """The relations that a model may read, by identifier in lower case; two of one identifier are one Relation."""

    tables: _Tables

    @property
    def unique_ids(self) -> frozenset[str]:
        """All of them."""
        return frozenset(uid for table in self.tables.values() for uid in table.unique_ids)


@dataclass(frozen=True)
class Lineage:
    """What the columns of a model are made of.

    `rows` decides which rows there are, and so every column. `doubt` says why nothing more is known than that the model
    is made of all that it reads; empty where more is.
    """

    output: Output
    doubt: str = ""

    @property
    def rows(self) -> Inputs:
        """What decides which rows there are; `ROWS` of all that is read is among it."""
        return self.output.rows

    def of(self, column: str) -> Inputs:
        """What a column is made of, what decides its rows left out. One that nobody knows is made of everything."""
        found = self.output.find(column.lower())
        return self.output.every() if found is None else found

    @property
    def names(self) -> tuple[str, ...] | None:
        """The columns, in lower case and in their order; None where they can't be told from the SQL."""
        listed = self.output.listed()
        names = [name for name, _ in listed or ()]
        is_known = listed is not None and len(set(names)) == len(names)
        return tuple(names) if is_known and not any(name.startswith(UNNAMED) for name in names) else None


def of_query(sql: str, grammar: str, known: Known) -> Lineage:
    """The lineage of what a query gives.

    Args:
        sql: one statement.
        grammar: the name in sqlglot of what it is written in; empty where nobody knows it.
        known: the relations that it may read.

    Returns:
        the lineage; `wholly` where the text is no single query, longer than `LONGEST`, or takes too many steps.
    """
    if not grammar or len(sql) > LONGEST:
        return wholly(known, "nobody knows its grammar" if not grammar else "its SQL is too long")
    try:
        trees = [tree for tree in sqlglot.parse(sql, read=grammar) if tree is not None]
        if len(trees) != 1:
            return wholly(known, "its SQL is not one statement")
        return Lineage(Walk(known.tables).whole(trees[0]))
    except Doubt as doubt:
        return wholly(known, str(doubt))
    except (SqlglotError, ValueError, RecursionError):
        return wholly(known, "its SQL is not understood")


def wholly(known: Known, doubt: str) -> Lineage:
    """The lineage of what is made of all that it may read."""
    everything = frozenset(Input(uid, EVERY) for uid in known.unique_ids)
    return Lineage(Output(rows=everything, loose=everything if everything else NONE), doubt)
