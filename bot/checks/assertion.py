"""An assertion: SQL that must return no rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from bot.core import examples
from bot.core.queries import SqlOptions
from bot.core.wording import count
from bot.domain import Bound, Conversation, Examples, Finding, FirstRows, Outcome, Pair, RowCount, Side

NAME = "assertion"


class Options(SqlOptions):
    """Options of an assertion."""

    severity: Literal["fail", "warn"] = Field("fail", description="what rows do: close the gate, or warn")
    max_rows: Annotated[int, Field(ge=0)] = Field(0, description="how many rows are allowed")


def check(pair: Pair, options: Options) -> Conversation:
    """Whether a query returns no rows: what must never be, written down.

    The query is asked once. `{{ ref('x') }}` is head's `x`, `{{ base_ref('x') }}` is base's, so that it can say what
    must not become of the data: `select * from {{ base_ref('orders') }} where order_id not in (select order_id from
    {{ ref('orders') }})`. If the project shows samples, the first rows are shown.

    Measures: `rows`: how many there are; `max_rows`: how many are allowed.
    """
    counted, first = RowCount(Side.HEAD), FirstRows(Side.HEAD, pair.samples)
    answers = yield (counted, *((first,) if pair.samples else ()))
    rows = answers[counted]
    if not isinstance(rows, int):
        raise TypeError("a row count must be a number")
    shown = answers[first] if pair.samples else Examples((), ())
    if not isinstance(shown, Examples):
        raise TypeError("first rows must be examples")
    table = replace(examples.table(shown, "First rows", kinds=False), left_out=rows - len(shown.rows))
    return Finding(
        NAME,
        Outcome.CHANGED if rows else Outcome.UNCHANGED,
        _describe(rows, options),
        measures={"rows": rows, "max_rows": options.max_rows},
        bound=Bound.WITHIN if rows <= options.max_rows else Bound(options.severity),
        tables=(table,) if shown.rows else (),
    )


def _describe(rows: int, options: Options) -> str:
    if not rows:
        return "no rows"
    return f"{count(rows, 'row')} where {'none is' if not options.max_rows else f'{options.max_rows:,} are'} allowed"
