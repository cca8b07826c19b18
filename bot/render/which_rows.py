"""Which rows were removed, added or changed, in a sentence."""

from __future__ import annotations

from bot.domain import Common, Relates
from bot.render import figures
from bot.render.dress import Dress

_VALUES = 6


def sentence(common: Common, dress: Dress, whose: str = "") -> str:
    """`All 8,906 removed rows have ..., and no other row has.` Empty where the condition says nothing.

    Args:
        whose: the model, dressed, where the page does not say so already.
    """
    if not common.matching:
        return ""
    of = f" of {whose}" if whose else ""
    kind = common.kind.value
    if common.rows == 1:
        which, has = f"The only {kind} row{of}", "has"
    elif common.matching == common.rows:
        which, has = f"All {figures.count(common.rows)} {kind} rows{of}", "have"
    else:
        share = figures.share(common.matching, common.rows)
        which, has = f"{share} of the {figures.count(common.rows)} {kind} rows{of}", "have"
    return f"{which} {has} {condition(common, dress)}{_others(common.others)}."


def condition(common: Common, dress: Dress) -> str:
    """The condition: `status` in (`returned`, `lost`)."""
    column, values = dress.name(common.column), common.values
    if common.relates is Relates.NULL:
        return f"{column} null"
    if common.relates is Relates.NOT_NULL:
        return f"{column} not null"
    if common.relates is Relates.BETWEEN and values[0] != values[-1]:
        return f"{column} from {dress.name(values[0])} to {dress.name(values[-1])}"
    if len(values) == 1 or common.relates is Relates.BETWEEN:
        return f"{column} = {dress.name(values[0])}"
    return f"{column} in ({dress.names(values, _VALUES)})"


def _others(number: int) -> str:
    if number == 0:
        return ", and no other row has"
    return f"; {figures.plural(number, 'other row')} {'has' if number == 1 else 'have'} it, too"
