"""DuckDB: the package, the user's database file, what is attached, extensions, a place to build in."""

from __future__ import annotations

import contextlib
import importlib.metadata
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain import Diagnosis, RelationName
from bot.errors import EnvironmentFailure
from bot.world.diagnosing import advise, ill, of_error, well
from bot.world.examining.machine import existing, size
from bot.world.warehouses import duckdb_file

_TOPIC = "warehouse"
_COPIES = 3  # of the user's file: base, head and a control
_LISTED = 5


@dataclass(frozen=True)
class DuckDbCase:
    """What is looked at. `source` is the user's file, which need not exist, or None where the database is in memory.

    `attached` are further files by their names, `extensions` those that the profile loads. `sources` are the relations
    of the user's that models read in that file. `scratch` is an existing folder of ours, `home` the one where runs keep
    their copies, which may not exist yet.
    """

    source: Path | None
    scratch: Path
    home: Path
    attached: Mapping[str, Path] = field(default_factory=dict)
    extensions: Sequence[str] = ()
    sources: Collection[RelationName] = ()


def examine(case: DuckDbCase) -> Iterator[Diagnosis]:
    """All of it; the user's files are only opened for reading."""
    try:
        import duckdb
    except ImportError:
        remedy = "Install it beside proofbot: `pip install 'proofbot[duckdb]'`."
        yield ill(_TOPIC, "DuckDB", "the Python package duckdb is not installed", remedy)
        return
    yield well(_TOPIC, "DuckDB", importlib.metadata.version("duckdb"))
    yield from _file(case)
    for name, path in case.attached.items():
        yield _attached(name, path)
    with contextlib.closing(duckdb.connect()) as connection:
        for extension in case.extensions:
            try:
                connection.load_extension(extension)
            except duckdb.Error as error:
                words = f"it can't be loaded yet: {str(error).splitlines()[0]}"
                remedy = f"dbt installs it when it connects, or do it now: `duckdb -c 'install {extension}'`."
                yield advise(_TOPIC, f"extension {extension}", words, remedy)
            else:
                yield well(_TOPIC, f"extension {extension}", "loads")
    yield _building(case)


def _file(case: DuckDbCase) -> Iterator[Diagnosis]:
    if case.source is None:
        yield well(_TOPIC, "database", "in memory: runs begin with nothing in it")
        return
    if not case.source.exists():
        words = f"{case.source} is not there: runs begin with nothing in it"
        remedy = "If models read what dbt does not build, put the file there, or name another target by `--target`."
        yield advise(_TOPIC, "database", words, remedy)
        return
    try:
        found = duckdb_file.find(case.source, case.sources)
    except EnvironmentFailure as failure:
        yield of_error(_TOPIC, "database", failure)
        return
    bytes_of_it = case.source.stat().st_size
    yield well(_TOPIC, "database", f"{case.source}, {size(bytes_of_it)}; opens for reading")
    free = shutil.disk_usage(existing(case.home)).free
    if free < _COPIES * bytes_of_it:
        words = f"a run copies the database up to {_COPIES} times, and {size(free)} are free"
        remedy = "Make room, or name a folder on another disk by the environment variable PROOFBOT_CACHE_DIR."
        yield advise(_TOPIC, "room for copies", words, remedy)
    missing = sorted(str(name.schema) + "." + name.identifier for name in case.sources if name not in found)
    if missing:
        listed = ", ".join(missing[:_LISTED]) + (f" and {len(missing) - _LISTED} more" if missing[_LISTED:] else "")
        remedy = "Load them into it; if dbt makes them itself (a hook, a plugin), all is well."
        yield advise(_TOPIC, "sources", f"not in the database: {listed}", remedy)
    elif case.sources:
        yield well(_TOPIC, "sources", f"all {len(case.sources)} are in the database")


def _attached(name: str, path: Path) -> Diagnosis:
    what = f"attached {name}"
    if not path.exists():
        return ill(_TOPIC, what, f"{path} is not there", "Put the file there, or name another target by `--target`.")
    try:
        duckdb_file.find(path, ())
    except EnvironmentFailure as failure:
        return of_error(_TOPIC, what, failure)
    return well(_TOPIC, what, f"{path} opens for reading")


def _building(case: DuckDbCase) -> Diagnosis:
    """A database is made, copied, and removed."""
    import duckdb

    path, twin = case.scratch / "doctor.duckdb", case.scratch / "doctor-twin.duckdb"
    try:
        with contextlib.closing(duckdb.connect(str(path))) as connection:
            connection.execute("create table t as select i, hash(i) as h from range(1000) r(i)")
            connection.execute("create temporary table k as select count(*) from t")
        duckdb_file.copy(path, twin)
    except duckdb.Error as error:
        words = f"no database can be made in {case.scratch}: {str(error).splitlines()[0]}"
        return ill(_TOPIC, "building", words, "Name another folder by the environment variable PROOFBOT_CACHE_DIR.")
    finally:
        for one in (path, twin):
            duckdb_file.discard(one)
    return well(_TOPIC, "building", "databases, copies, hashes and temporary tables can be made")
