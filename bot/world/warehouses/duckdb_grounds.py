"""The grounds of DuckDB: each environment is a database file of the same name, in a folder of its own.

A copy of a file is a copy of an environment. All of them lie in the folder of the run, and go with it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from bot.domain import Beside, RelationName, Side
from bot.world import origin
from bot.world.origin import Contents
from bot.world.warehouses import duckdb, duckdb_file, duckdb_tables
from bot.world.warehouses.contract import Warehouse
from bot.world.warehouses.grounds import Brought, Env, Following, OnAnswer, OnStatement, Shown
from bot.world.workspace import Workspace, root

_FOLDER = "db"


@dataclass(frozen=True)
class DuckDbSite:
    """What the grounds of a run are laid out with.

    `workspace` is the run's, and `project` the dbt project's folder in the trees of its environments. `file_name` is
    that of the user's database, `source`, which may not exist. `catalogs` are the names, in lower case, under which dbt
    may know it. `attached` are further files of the user's by their catalog, read only; `is_compared` says that they
    are all that is attached. `extensions` are those that the profile loads. `note` is told what takes a while.
    """

    workspace: Workspace
    project: PurePosixPath
    file_name: str
    source: Path
    catalogs: Collection[str]
    note: Callable[[str], None]
    attached: Mapping[str, Path] = field(default_factory=dict)
    is_compared: bool = True
    extensions: Sequence[str] = ()


class DuckDbGrounds:
    """See `Grounds`.

    Args:
        site: where.
        profile_with: makes the text of profiles.yml of the path of a database file, relative to the project's folder.
            It is the same for all environments.
    """

    def __init__(self, site: DuckDbSite, profile_with: Callable[[str], str]) -> None:
        self._site = site
        self._kept: dict[Beside, int] = {}
        for side in Side:
            self._place(side).parent.mkdir(parents=True, exist_ok=True)
        self._profile = profile_with(os.path.relpath(self._place(Side.BASE), self._project(Side.BASE)))

    @property
    def name(self) -> str:
        """DuckDB, with the version of its package."""
        return f"DuckDB {importlib.metadata.version('duckdb')}"

    @property
    def versions(self) -> Mapping[str, str]:
        """See `Grounds`."""
        return {"duckdb": importlib.metadata.version("duckdb")}

    @property
    def at_once(self) -> bool:
        """Each environment is a file of its own."""
        return True

    def profile(self, env: Env) -> str:  # noqa: ARG002 (the folders differ, the path in them does not)
        """See `Grounds`."""
        return self._profile

    def stray(self, relation: RelationName) -> str | None:
        """See `Grounds`."""
        if relation.database is None or relation.database.lower() in self._site.catalogs:
            return None
        return f"writes to the database {relation.database!r}"

    @property
    def remedy_for_strays(self) -> str:
        """See `Grounds`."""
        return (
            "Let `database:` and `location:` depend on the target, and name a target by `--target` under which they "
            "stay in the target's own database and project folder."
        )

    def state(self) -> str | None:
        """See `Grounds`. Nobody can tell where something is attached that is no file."""
        if not self._site.is_compared:
            return None
        states = [duckdb_file.state(path) for path in (self._site.source, *self._site.attached.values())]
        return hashlib.sha256(" ".join(states).encode()).hexdigest()[:16]

    def take(self, project: str, digest: str) -> Contents:
        """See `Grounds`."""
        duckdb_file.discard(self._place(Side.BASE))  # dbt leaves an empty one where it compiles
        return origin.take(root(), project, digest, self._place(Side.BASE))

    def keep(self, project: str, digest: str, contents: Contents) -> None:
        """See `Grounds`."""
        origin.keep(root(), project, digest, self._place(Side.BASE), contents)

    def readable(self, names: Collection[RelationName]) -> frozenset[RelationName]:
        """See `Grounds`. Production lies in the user's own file, or in one that is attached to it."""
        files: dict[Path, set[RelationName]] = {}
        for name in names:
            path = self._file_of(name)
            if path is not None and path.is_file():
                files.setdefault(path, set()).add(name)
        return frozenset(found for path, wanted in files.items() for found in duckdb_file.find(path, wanted))

    def begin(self, env: Env, following: Following | Shown | None, managed: Collection[RelationName]) -> None:
        """See `Grounds`."""
        place = self._place(env)
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(following, Following):
            duckdb_file.copy_still(self._file(following.of), place)  # it may be open for reading, so it stands still
            self.drop(env, following.without)
            return
        duckdb_file.discard(place)
        if self._site.source.is_file():
            self._site.note(f"copying {self._site.source.name}")
            duckdb_file.copy(self._site.source, place)
        if isinstance(following, Shown):
            self._show(env, following, managed)
        else:
            self.drop(env, managed)

    def _show(self, env: Env, shown: Shown, managed: Collection[RelationName]) -> None:
        """Shows relations of production: in the copy of the user's file they lie already, and where a name is the same
        there is nothing to do. Then what else dbt manages stays, too, because production's views may read it."""
        views = {ours: theirs for ours, theirs in shown.relations.items() if not self._is_same(ours, theirs)}
        if len(views) == len(shown.relations):
            self.drop(env, managed)
        own = {theirs: self._file_of(theirs) == self._site.source for theirs in views.values()}
        attached = {alias: path for alias, path in self._site.attached.items() if path.is_file()}
        duckdb_file.show(self._place(env), [(ours, theirs, own[theirs]) for ours, theirs in views.items()], attached)

    def _is_same(self, ours: RelationName, theirs: RelationName) -> bool:
        names = ((ours.schema, theirs.schema), (ours.identifier, theirs.identifier))
        return self._file_of(theirs) == self._site.source and all(a.lower() == b.lower() for a, b in names)

    def _file_of(self, name: RelationName) -> Path | None:
        """The user's file that a relation lies in; None where we know of none."""
        catalog = (name.database or "").lower()
        if not catalog or catalog in self._site.catalogs:
            return self._site.source
        attached = {alias.lower(): path for alias, path in self._site.attached.items()}
        return attached.get(catalog)

    def drop(self, env: Env, names: Collection[RelationName]) -> None:
        """See `Grounds`. What lies in another database is not ours, and passed over."""
        duckdb_file.drop(self._place(env), [name for name in names if self.stray(name) is None])

    def bring(self, env: Env, brought: Brought) -> None:
        """See `Grounds`. Of production nobody can tell but how it is now: it lies in the user's file, or in one that is
        attached to it."""
        files: dict[Path, dict[RelationName, RelationName]] = {}
        for ours, theirs in brought.relations.items():
            file = self._file_of(theirs) if isinstance(brought.of, datetime) else self._file(brought.of)
            if file is not None and self.stray(ours) is None:
                files.setdefault(file, {})[ours] = theirs
        attached = {alias: path for alias, path in self._site.attached.items() if path.is_file()}
        for file, wanted in files.items():
            catalog = next((alias for alias, path in attached.items() if path == file), file.stem)
            duckdb_tables.bring(self._place(env), duckdb_tables.Source(file, catalog, attached), wanted)

    def shuffle(self, env: Env, names: Collection[RelationName], seed: str) -> None:
        """See `Grounds`."""
        duckdb_file.shuffle(self._place(env), names, seed)

    def end(self, env: Env) -> None:
        """See `Grounds`."""
        duckdb_file.settle(self._place(env))

    def open(self, on_statement: OnStatement, on_answer: OnAnswer) -> Warehouse:
        """See `Grounds`."""
        site = self._site
        return duckdb.open_twins(
            self._twin(Side.BASE),
            self._twin(Side.HEAD),
            site.workspace.scratch,
            session=duckdb.Session(extensions=site.extensions, attached=site.attached),
            on_statement=on_statement,
            on_answer=on_answer,
        )

    def add(self, warehouse: Warehouse, beside: Beside) -> None:
        """See `Grounds`. The file makes room for the next one of its environment, and stays open until that is added:
        views want its name to stay, so it goes to another folder."""
        if not isinstance(warehouse, duckdb.DuckDbTwins):
            raise AssertionError("another kind of warehouse")
        former = self._file(beside) if beside in self._kept else None
        place = self._place(beside)
        self._kept[beside] = self._kept.get(beside, 0) + 1
        if place.exists():
            self._file(beside).parent.mkdir()
            place.rename(self._file(beside))
        warehouse.add(beside, self._twin(beside))
        if former:
            former.unlink(missing_ok=True)

    def remove(self) -> None:
        """The files go with the folder of the run."""

    def _place(self, env: Env) -> Path:
        """Where dbt builds an environment."""
        return self._site.workspace.folder_of(env) / _FOLDER / self._site.file_name

    def _file(self, env: Env) -> Path:
        """Where an environment lies now."""
        number = self._kept.get(env) if isinstance(env, Beside) else None
        place = self._place(env)
        return place.parent / str(number) / place.name if number else place

    def _project(self, env: Env) -> Path:
        return self._site.workspace.tree_of(env) / self._site.project

    def _twin(self, env: Env) -> duckdb.TwinFiles:
        return duckdb.TwinFiles(self._file(env), self._project(env))
