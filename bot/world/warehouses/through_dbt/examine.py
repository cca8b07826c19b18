"""What works by dbt's adapter: the connection, and a schema of ours, which is dropped again."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain import Diagnosis, Side
from bot.errors import EnvironmentFailure
from bot.world.diagnosing import of_error, well
from bot.world.warehouses.grounds import Site
from bot.world.warehouses.leftovers import Sought
from bot.world.warehouses.through_dbt.grounds import Means, lay_out

_TOPIC = "warehouse"


def examine(site: Site, means: Means) -> Iterator[Diagnosis]:
    """Connects as `dbt debug` does, and makes an empty schema."""
    grounds = lay_out(site, means)
    try:
        try:
            grounds.sweep(Sought(is_dry=True))
        except EnvironmentFailure as failure:
            yield of_error(_TOPIC, "connection", failure)
            return
        yield well(_TOPIC, "connection", grounds.name)
        try:
            grounds.begin(Side.BASE, None, ())
        except EnvironmentFailure as failure:
            yield of_error(_TOPIC, "schemas of ours", failure)
        else:
            yield well(_TOPIC, "schemas of ours", "can be made")
    finally:
        grounds.remove()
