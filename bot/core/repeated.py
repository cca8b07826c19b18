"""How good a key is: null keys, and keys that a side has more than once."""

# ruff: noqa: S608 (see `scans`)

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bot.core.scans import REPEATED, Scans, Steps, ask
from bot.domain import KeyCounts, Side, Statement


def proven(scans: Scans) -> frozenset[Side]:
    """The sides on which the key is known to hold as it is compared, so not where that makes other values of it."""
    columns = [scans.columns[place] for place in scans.key_places]
    if any(column.type_changed or column.fold_case or column.trim for column in columns):
        return frozenset()
    return scans.pair.proven


def ask_facts(scans: Scans, sides: Collection[Side]) -> Steps[dict[Side, KeyCounts]]:
    """The facts of some sides' keys, each side by itself. What is proven is not asked."""
    known = proven(scans)
    asked = [side for side in Side if side in sides and side not in known]
    numbers = (yield from ask(_count_facts(scans, asked))) if asked else ()
    facts = {side: KeyCounts(*numbers[3 * place : 3 * place + 3]) for place, side in enumerate(asked)}
    return {side: facts.get(side, KeyCounts(0, 0, 0)) for side in sides}


def keep_repeated(scans: Scans, rows: Mapping[Side, str], nulls: Mapping[Side, int]) -> Steps[dict[Side, KeyCounts]]:
    """Keeps REPEATED, of the rows of some queries. Returns the facts of both sides' keys."""
    keys = ", ".join(scans.key)
    halves = [
        f"select {keys}, {base} as base_rows, {head} as head_rows from {rows[side]} t "
        f"where not {scans.null_key()} group by {keys} having count(*) > 1"
        for side, base, head in ((Side.BASE, "count(*)", "0"), (Side.HEAD, "0", "count(*)"))
    ]
    query = (
        f"select {keys}, sum(base_rows) as base_rows, sum(head_rows) as head_rows "
        f"from ({halves[0]} union all {halves[1]}) r group by {keys}"
    )
    yield scans.keep(REPEATED, query, "find repeated keys")
    counts = ", ".join(f"{scans.dialect.count_if(f'{side}_rows > 0')}, coalesce(sum({side}_rows), 0)" for side in Side)
    numbers = yield from ask(Statement(f"select {counts} from {scans.kept(REPEATED)}", "count repeated keys"))
    return {Side.BASE: KeyCounts(nulls[Side.BASE], *numbers[:2]), Side.HEAD: KeyCounts(nulls[Side.HEAD], *numbers[2:])}


def _count_facts(scans: Scans, sides: Sequence[Side]) -> Statement:
    """For each side: null keys, repeated keys and their rows."""
    keys, parts = ", ".join(scans.key), []
    for side in sides:
        rows = scans.rows(side)
        groups = f"select count(*) as n from {rows} t where not {scans.null_key()} group by {keys} having count(*) > 1"
        nulls = f"(select {scans.dialect.count_if(scans.null_key())} as n from {rows} t)"
        repeats = f"(select count(*) as repeated_keys, coalesce(sum(n), 0) as repeated_rows from ({groups}) g)"
        parts.append(f"{nulls} {side}_n cross join {repeats} {side}_d")
    return Statement(f"select * from {' cross join '.join(parts)}", "look for null and repeated keys")
