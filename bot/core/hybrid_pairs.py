"""A hybrid beside head and beside base: what is compared, and what that tells.

A hybrid is a model built with base's code on what head's code has made of its parents, so it has base's columns.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bot.core import pairing
from bot.core.comparison import Comparison
from bot.domain import Explained, Key, Noise, Pair, Proof, Side, Table, Tolerance

VARIES = "varies without the change"


def tell(*, like_head: bool, like_base: bool) -> Explained | None:
    """What a hybrid tells of a model that changed. Where it is like both, what was compared is not what changed."""
    if like_head and like_base:
        return None
    return Explained(own=not like_head, proof=Proof.HYBRID, inherited=not like_base)


def has_same_columns(pair: Pair) -> bool:
    """Whether both relations have the same columns, of the same types and in the same order."""
    one, other = ([(column.name.lower(), column.type) for column in side.columns] for side in (pair.base, pair.head))
    return one == other


def without_noise(pair: Pair, noise: Noise | None) -> Pair | None:
    """The pair of base and head without what varies in it anyway; None where which rows there are varies."""
    if noise is None:
        return pair
    if noise.rows or noise.count:
        return None
    names = {one.head.name: one.head.name for one in pair.shared} | {
        one.base.name: one.head.name for one in pair.shared
    }
    varying = {names.get(one, one) for one in (*noise.columns, *noise.partly, *noise.became, *noise.broken)}
    lined_up = pair.key is not None and not noise.key and not varying & set(pair.key.columns)
    limits = {name: Tolerance(relative=Decimal(repr(limit))) for name, limit in noise.tolerated.items()}
    return replace(
        pair,
        shared=tuple(replace(one, tolerance=limits.get(one.head.name, one.tolerance)) for one in pair.shared),
        key=pair.key if lined_up else None,
        uncompared={**dict.fromkeys(varying, VARIES), **pair.uncompared},
    )


def beside_head(pair: Pair, hybrid: Table) -> Pair:
    """The hybrid in the place of base. No test of this run has proven its key."""
    return replace(pair, base=hybrid, proven=pair.proven - {Side.BASE})


def beside_base(pair: Pair, hybrid: Table, comparison: Comparison) -> Pair:
    """Base and the hybrid, compared as base is with head."""
    names = {one.head.name: one.base.name for one in pair.shared}
    key = [Key(tuple(names[name] for name in pair.key.columns), pair.key.source)] if pair.key else []
    uncompared = {names.get(name, name): reason for name, reason in pair.uncompared.items()}
    found = pairing.pair(pair.unique_id, pair.base, hybrid, key, uncompared, comparison)
    tolerances = {one.base.name: one.tolerance for one in pair.shared}
    return replace(
        found,
        shared=tuple(replace(one, tolerance=tolerances.get(one.base.name, one.tolerance)) for one in found.shared),
        proven=pair.proven - {Side.HEAD},
    )
