"""Soundness of bot/core/lineage, by executing: whatever changes when a column is spoiled is in its reach."""

from __future__ import annotations

import os
from random import Random

import duckdb
import pytest

from bot.core.lineage import Known, of_query
from bot.core.lineage.facts import Touch, hit
from bot.core.lineage.sources import Relation
from tests.core.lineage.chains import TABLES, Columns, build, rows_of

_CHAINS = 6_000 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 60
_PARTS = 3


@pytest.mark.parametrize("part", range(_PARTS))
def test_what_changes_is_reached(connection: duckdb.DuckDBPyConnection, part: int) -> None:
    """An exposure would not be named though its numbers change, because a column was thought to go elsewhere.

    One column of a table is spoiled. What is not reached, taken together, must be the same rows as before. And most of
    what does not change must not be reached, or nothing would be shown here.
    """
    checked = spared = changed = 0
    for seed in range(part, _CHAINS, _PARTS):
        random = Random(seed)
        models, columns = build(connection, random)
        spoilt = random.choice(TABLES["t0"])
        _spoil(connection, spoilt, random, models)
        touches = _reach(models, columns, spoilt, knows_tables=random.random() < 0.5)
        for name in models:
            touch = touches.get(name, Touch())
            kept = [] if touch.whole else [one for one in columns[name] if one.lower() not in touch.columns]
            before, after = (rows_of(connection, side, name, kept) for side in ("base", "head"))
            assert before == after, f"{seed}: {spoilt} of t0 reaches {name} beyond {touch}\n{models}"
            checked += len(columns[name])
            spared += len(kept)
            changed += sum(
                rows_of(connection, "base", name, [one]) != rows_of(connection, "head", name, [one])
                for one in columns[name]
            )
    assert spared > (checked - changed) * 0.5
    assert changed > checked * 0.1


def _spoil(connection: duckdb.DuckDBPyConnection, column: str, random: Random, models: dict[str, str]) -> None:
    """Head: the same, but that one column has other values in some rows."""
    connection.execute("drop schema if exists head cascade; create schema head; set schema = 'head'")
    other = random.choice([f"{column} + 1", "7", f"case when {column} = 1 then 2 else {column} end", "null"])
    connection.execute(f"create table t0 as select * replace (({other})::int as {column}) from base.t0")
    connection.execute("create table t1 as from base.t1")
    for name, text in models.items():
        connection.execute(f"create table {name} as {text}")


def _reach(models: dict[str, str], columns: Columns, spoilt: str, *, knows_tables: bool) -> dict[str, Touch]:
    """What is reached of each model, with the columns of the tables known or not."""
    touches = {"t0": Touch({spoilt})}
    tables = {name: Relation((name,), names if knows_tables else None) for name, names in TABLES.items()}
    for name, text in models.items():
        lineage = of_query(text, "duckdb", Known(tables))
        assert not lineage.doubt, f"{lineage.doubt}: {text}"
        names = [one.lower() for one in columns[name]]
        touch = Touch({one for one in names if hit(lineage.of(one), touches)}, bool(hit(lineage.rows, touches)))
        if touch:
            touches[name] = touch
        tables[name] = Relation((name,), tuple(names) if knows_tables else lineage.names)
    return touches
