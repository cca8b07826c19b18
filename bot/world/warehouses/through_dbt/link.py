"""What grounds ask of a warehouse by dbt's adapter, over a process that is started when there is something to ask."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection
from typing import Any

from bot.domain import RelationName
from bot.errors import EnvironmentFailure, QueryFailed
from bot.world.warehouses.grounds import Site
from bot.world.warehouses.through_dbt.wire import Wire

_SESSION = "grounds"


class Link:
    """Asks in one session. Every method raises EnvironmentFailure where dbt can't be started or does not reach the
    warehouse, and Interrupted where the run was stopped.

    Args:
        connect: starts a process.
    """

    def __init__(self, site: Site, connect: Callable[[], Wire]) -> None:
        self._site, self._connect = site, connect
        self._wire: Wire | None = None

    @property
    def is_open(self) -> bool:
        """Whether there was anything to ask."""
        return self._wire is not None

    def connected(self) -> Wire:
        """The process; another one where it has died."""
        if self._wire is not None and not self._wire.alive:
            self._wire.close()
            self._wire = None
        if self._wire is None:
            self._wire = self._connect()
        return self._wire

    def close(self) -> None:
        """Ends the process. It may be asked again."""
        if self._wire is not None:
            self._wire.close()
        self._wire = None

    def do(self, do: str, **told: object) -> Any:
        """Has something done that grounds can't do without. Raises EnvironmentFailure where the warehouse refuses."""
        try:
            return self.call(do, **told)
        except QueryFailed as failure:
            raise EnvironmentFailure(
                f"the warehouse refused what proofbot needs to lay out its schemas: {failure.message}",
                where=self._site.where,
                remedy="Let the target's user create schemas, and tables and views in them.",
            ) from None

    def call(self, do: str, **told: object) -> Any:
        """Has something done. Raises QueryFailed where the warehouse refuses."""
        return self.connected().call(_SESSION, do, within=float(self._site.options.statement_seconds), **told)

    def expression(self, name: RelationName) -> str:
        """A relation as the warehouse spells it."""
        return str(self.do("expression", name=[name.database, name.schema, name.identifier]))

    def relations(self, schema: tuple[str | None, str]) -> dict[str, tuple[str, str, str]]:
        """The relations of a schema by their names in lower case: schema and name as they are spelt, and kind."""
        told = self.do("relations", schema=list(schema))
        return {str(name).lower(): (str(own), str(name), str(kind)) for own, name, kind in told}

    def seen(self, names: Collection[RelationName]) -> dict[RelationName, str]:
        """Those that can be read, wherever they lie, as the warehouse spells them."""
        seen = {}
        for name in names:
            with contextlib.suppress(QueryFailed):
                expression = self.expression(name)
                self.call("ask", sql=f"select * from {expression} where 1 = 0")  # noqa: S608 (quoted names)
                seen[name] = expression
        return seen
