"""data-diff (archived) or reladiff, its living fork, whichever is installed, within one database: `joindiff`."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys


def main() -> None:
    """Print the rows on one side only, and the keys with a row on each."""
    what, database, _, *columns = sys.argv[1:]
    if what == "prepare":
        return
    module = next(name for name in ("data_diff", "reladiff") if importlib.util.find_spec(name))
    library = importlib.import_module(module)
    connection = library.connect(_where(database))
    base, head = (
        library.TableSegment(connection, (side, "orders"), ("id",), extra_columns=tuple(columns), case_sensitive=True)
        for side in ("base", "head")
    )
    signs: dict[object, str] = {}
    for sign, row in library.diff_tables(base, head, algorithm=library.Algorithm.JOINDIFF):
        signs[row[0]] = signs.get(row[0], "") + sign
    told = list(signs.values())
    found = {
        "added": told.count("+"),
        "removed": told.count("-"),
        "changed": sum(len(both) > 1 for both in told),
    }
    print(json.dumps(found))


def _where(database: str) -> dict[str, object]:
    if not database.startswith("{"):
        return {"driver": "duckdb", "filepath": database}
    return {"driver": "postgresql", **json.loads(database)}


if __name__ == "__main__":
    main()
