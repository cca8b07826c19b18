"""datacompy on polars: both tables travel into the process, and are joined there."""

from __future__ import annotations

import importlib
import json
import sys


def main() -> None:
    """Print the rows on one side only, and those on both that differ."""
    what, database, *_ = sys.argv[1:]
    if what == "prepare":
        return
    duckdb, polars, datacompy = (importlib.import_module(name) for name in ("duckdb", "polars", "datacompy"))
    connection = duckdb.connect(database, read_only=True)
    base, head = (
        polars.from_arrow(connection.sql(f"from {side}.orders").to_arrow_table()) for side in ("base", "head")
    )
    compared = datacompy.PolarsCompare(base, head, join_columns=["id"])
    found = {
        "added": len(compared.df2_unq_rows),
        "removed": len(compared.df1_unq_rows),
        "changed": len(compared.intersect_rows) - int(compared.count_matching_rows()),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    # The script must not be found under the name of the library that it imports.
    sys.path.pop(0)
    main()
