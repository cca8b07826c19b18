"""Reads views of one DuckDB file into another: a process of its own, in the folder where the views' paths resolve.

    python -P duckdb_views.py REQUEST

REQUEST is a JSON file: `database` and `scratch` (files), `views` (name of a table to make, to schema and name of the
view), `settings`, `extensions`, `attached`. The database is opened read-only under its own name, because DuckDB 1.x
writes that name into views. For each view a line of JSON goes to stdout: its table and the error, or null.

This module imports nothing of ours, so that it runs from any folder.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import duckdb

_CATALOG = "proofbot_views"


def read(request: dict[str, Any]) -> None:
    """Makes the tables of a request, one after the other; what fails is told and passed over.

    Raises:
        duckdb.Error: a file can't be opened.
    """
    with contextlib.closing(duckdb.connect(request["database"], read_only=True)) as connection:
        own = connection.execute("select current_database()").fetchall()[0][0]
        connection.execute(f"attach {_text(request['scratch'])} as {_CATALOG} (read_write)")
        prepare(connection, request["settings"], request["extensions"], request["attached"])
        for table, (schema, name) in request["views"].items():
            view = ".".join(_quote(part) for part in (own, schema, name))
            error = None
            try:
                connection.execute(f"create table {_CATALOG}.main.{_quote(table)} as select * from {view}")  # noqa: S608
            except duckdb.Error as failure:
                error = str(failure)
            print(json.dumps({"table": table, "error": error}), flush=True)  # noqa: T201 (it is how it answers)


def prepare(
    connection: duckdb.DuckDBPyConnection, settings: dict[str, str], extensions: list[str], attached: dict[str, str]
) -> None:
    """Gives a session UTC and what a profile asks for. What is refused shows in the views that need it."""
    connection.execute("set TimeZone = 'UTC'")
    wishes = [f"load {_text(extension)}" for extension in extensions]
    wishes += [f"set {_quote(name)} = {_text(value)}" for name, value in settings.items()]
    wishes += [f"attach {_text(path)} as {_quote(alias)} (read_only)" for alias, path in attached.items()]
    for wish in wishes:
        with contextlib.suppress(duckdb.Error):
            connection.execute(wish)


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


if __name__ == "__main__":
    read(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
