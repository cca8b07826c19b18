"""proofbot on DuckDB that says at its end, in the file that HELD names, how many bytes its Python held: at most in all,
and at most more at the end of a question's statement than at its beginning."""

from __future__ import annotations

import json
import os
import tracemalloc
from pathlib import Path
from unittest import mock

import bot.cli  # noqa: F401 (what imports hold is not meant)
from bot.__main__ import start
from bot.domain import Row, Statement
from bot.world.warehouses.duckdb_session import Session

_ask = Session.ask
_most = {"all": 0, "statement": 0}


def _weighed(session: Session, statement: Statement, within: float | None = None) -> list[Row]:
    before, most = tracemalloc.get_traced_memory()
    _most["all"] = max(_most["all"], most)
    tracemalloc.reset_peak()
    rows = _ask(session, statement, within)
    _most["statement"] = max(_most["statement"], tracemalloc.get_traced_memory()[1] - before)
    return rows


if __name__ == "__main__":
    tracemalloc.start()
    try:
        with mock.patch.object(Session, "ask", _weighed):
            start()
    finally:
        _most["all"] = max(_most["all"], tracemalloc.get_traced_memory()[1])
        Path(os.environ["HELD"]).write_text(json.dumps(_most), encoding="utf-8")
