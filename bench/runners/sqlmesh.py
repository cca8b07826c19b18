"""sqlmesh's table_diff, as its command `sqlmesh table_diff` calls it."""

from __future__ import annotations

import importlib
import json
import sys


def main() -> None:
    """Print the rows on one side only, and those on both that differ."""
    what, database, *_ = sys.argv[1:]
    if what == "prepare":
        return
    config, table_diff = (importlib.import_module(f"sqlmesh.core.{name}") for name in ("config", "table_diff"))
    if database.startswith("{"):
        connection = config.PostgresConnectionConfig(**json.loads(database))
    else:
        connection = config.DuckDBConnectionConfig(database=database)
    adapter = connection.create_engine_adapter()
    rows = table_diff.TableDiff(adapter=adapter, source="base.orders", target="head.orders", on=["id"]).row_diff()
    print(json.dumps({"added": rows.t_only_count, "removed": rows.s_only_count, "changed": rows.partial_match_count}))


if __name__ == "__main__":
    # The script must not be found under the name of the library that it imports.
    sys.path.pop(0)
    main()
