"""Where environments are built, on every kind of warehouse. Each kind lives in modules of its own.

An environment is one build of the project: base, head, or one beside them. dbt builds it; what is done around that is
done here: it begins, alone or as a copy of another one, relations in it are dropped, it ends, it is opened for
questions, and nothing of it is left behind.

Relations are named here as base's manifest names them, whatever they are called in an environment. So both sides can be
parsed under one profile, and nodes that the request does not touch have the same names on both.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bot.domain import Beside, RelationName, Row, Side, Statement, WarehouseOptions
from bot.world.origin import Contents
from bot.world.warehouses.contract import Warehouse

Env = Side | Beside

OnStatement = Callable[[Statement, float], None]
OnAnswer = Callable[[Statement, Sequence[Row] | None, float], None]


@dataclass(frozen=True)
class Site:
    """What the grounds of a run are laid out with.

    `output` is the target's block of profiles.yml with every text rendered, so it holds credentials: it goes into no
    message. `where` says where it stands. `profile_with` gives the text of profiles.yml, with its Jinja unrendered, in
    which some keys of the target have other values. `label` is a part of the names of whatever is made: lower case,
    letters, digits and underscores, 20 at most. `tag` is what the warehouse's own log should tell of our statements.
    `scratch` is an existing folder of ours.
    """

    output: Mapping[str, object]
    where: str
    profile_with: Callable[[Mapping[str, object]], str]
    label: str
    options: WarehouseOptions
    tag: Mapping[str, str]
    threads: int
    scratch: Path


@dataclass(frozen=True, slots=True)
class Following:
    """How an environment begins as a copy of another one.

    `of` has ended; where `at_once`, tests may still be run in it. `without` are relations that are not copied: dbt
    makes them anew. What else is there is copied or, where that costs nothing and nobody writes to it, shown by a view.
    """

    of: Env
    without: Collection[RelationName] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """How base begins where production is the origin: with relations of production in it, which dbt does not build.

    `relations` says of a relation, as base's manifest names it, where production has it: in the user's own database or
    beside it, never in what is ours. Both may have the same name. `at` is when the run began, with its time zone.

    Each is shown by a view, or by a copy that costs nothing, where the warehouse can as of `at`. Nobody can write to
    production through it, not even a hook: where views let writes through, these ones refuse. Environments that follow
    base show the same; what lies in production is never written, altered or dropped.
    """

    relations: Mapping[RelationName, RelationName]
    at: datetime


@dataclass(frozen=True, slots=True)
class Brought:
    """Tables that are copied into an environment for dbt to go on with: an incremental model's, say.

    `relations` says of each, as base's manifest names it, what its source calls it. `of` is an environment that has
    ended, which has the same names; or else production is the source, as it was at that moment, where the warehouse can
    tell, or as it is now. What of production is brought was asked for by `readable` before base began.
    """

    relations: Mapping[RelationName, RelationName]
    of: Env | datetime


class Grounds(Protocol):
    """The place of all environments of one run.

    They may be laid out and never used, where nothing is built: laying them out makes as little as it can. Both sides
    are parsed, and compiled, under base's profile before base begins.

    Every method raises EnvironmentFailure where the warehouse can't be reached, refuses, or is full; the remedy names
    the grant that is missing. Interrupted, where the run was stopped.
    """

    @property
    def name(self) -> str:
        """The warehouse, with its version: `PostgreSQL 16.4`."""
        ...

    @property
    def versions(self) -> Mapping[str, str]:
        """What the evidence says of it: packages and servers with their versions."""
        ...

    @property
    def at_once(self) -> bool:
        """Whether something may go on in one environment while another one is built. If not, an environment ends before
        the next one begins."""
        ...

    def profile(self, env: Env) -> str:
        """The text of profiles.yml by which dbt builds this environment. No secret stands in it that did not stand in
        the user's: what was Jinja there is Jinja here. That of base is used for parsing both sides."""
        ...

    def stray(self, relation: RelationName) -> str | None:
        """Why dbt must not build a relation: it would lie outside of what is ours. None where it may.

        The words go on after the node's name: `would be written to the schema raw, which is not proofbot's`.
        """
        ...

    @property
    def remedy_for_strays(self) -> str:
        """What to do about strays: a line of advice."""
        ...

    def state(self) -> str | None:
        """A word that differs whenever a build of base could differ for what lies outside of the project: the content
        of the user's own database, as far as anybody can tell. None: nobody can, so no origin is kept between runs."""
        ...

    def take(self, project: str, digest: str) -> Contents:
        """Begins base as the origin that was kept under this digest. Nothing happens, and nothing is in it, where there
        is none."""
        ...

    def keep(self, project: str, digest: str, contents: Contents) -> None:
        """Keeps base, which has ended, as it is now, as an origin for later runs; the oldest of a project go."""
        ...

    def readable(self, names: Collection[RelationName]) -> frozenset[RelationName]:
        """Which relations of production, tables and views alike, exist and may be read by us: those of them, as they
        were named. Asked before base begins, also where nothing is built in the end."""
        ...

    def begin(self, env: Env, following: Following | Shown | None, managed: Collection[RelationName]) -> None:
        """An environment begins: as a copy of another one, or by itself, as dbt would find the user's database with
        nothing in it that dbt manages, but for what is shown of production; only base begins so. What was there under
        this name is gone, but for what a warehouse that was opened sees of it: that stays until `add`. An environment
        whose build failed has not ended, and never will.

        Args:
            managed: all relations that dbt may make in it.
        """
        ...

    def drop(self, env: Env, names: Collection[RelationName]) -> None:
        """Drops relations of an environment that has begun and not ended, whatever their kind. Those that are not there
        are passed over; what depends on them goes with them."""
        ...

    def bring(self, env: Env, brought: Brought) -> None:
        """Lays copies of tables into an environment that has begun and not ended, as tables of its own that dbt may
        write to; what was there under these names is gone, with all that depends on it. What was a view in the source
        is a table here. Nothing in the source is written. One that is not there in the source is passed over: what
        was there under its name stays."""
        ...

    def shuffle(self, env: Env, names: Collection[RelationName], seed: str) -> None:
        """Lays the rows of relations of an environment that has begun and not ended in another order, for who only
        reads them. Too large ones stay as they are."""
        ...

    def end(self, env: Env) -> None:
        """Nothing is built in an environment any more. It can be followed, and asked. Where `at_once`, its tests may be
        run from now on."""
        ...

    def open(self, on_statement: OnStatement, on_answer: OnAnswer) -> Warehouse:
        """Opens base and head for questions; both have ended. Whoever opens it closes it."""
        ...

    def add(self, warehouse: Warehouse, beside: Beside) -> None:
        """Lets the warehouse that was opened see an environment beside the twins, in place of one of this name that was
        added before."""
        ...

    def remove(self) -> None:
        """Drops whatever was made for this run, but what is kept for later ones. May be called twice, at any time; says
        nothing where it fails because the warehouse is gone: the next run's sweep finds the rest."""
        ...
