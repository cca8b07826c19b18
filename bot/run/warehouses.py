"""The kinds of warehouses there are: how the grounds of each are laid out, and how it spells."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bot.core import plan as plans
from bot.core import profile as profiles
from bot.core.config import Config
from bot.core.profile import Profile
from bot.core.sql import Dialect, DuckDb
from bot.core.sql_plain import Plain
from bot.core.sql_plain_words import TARGETS
from bot.core.sql_postgres import Postgres
from bot.core.sql_snowflake import Snowflake
from bot.domain import Diagnosis, RelationName, WarehouseOptions
from bot.errors import UsageError
from bot.run.stage import Stage, Unfolded
from bot.world.dbt import Toolchain, find_toolchain
from bot.world.examining import duckdb as of_duckdb
from bot.world.examining.duckdb import DuckDbCase
from bot.world.warehouses.duckdb_grounds import DuckDbGrounds, DuckDbSite
from bot.world.warehouses.grounds import Grounds, Site
from bot.world.warehouses.leftovers import Sought
from bot.world.warehouses.postgres import examine as looking_at_postgres
from bot.world.warehouses.postgres import grounds as postgres
from bot.world.warehouses.postgres import ours as of_postgres
from bot.world.warehouses.snowflake import examine as looking_at_snowflake
from bot.world.warehouses.snowflake import grounds as snowflake
from bot.world.warehouses.snowflake import ours as of_snowflake
from bot.world.warehouses.snowflake.grounds import SnowflakeGrounds
from bot.world.warehouses.through_dbt import examine as looking_by_dbt
from bot.world.warehouses.through_dbt import grounds as through_dbt
from bot.world.warehouses.through_dbt import python
from bot.world.workspace import root


@dataclass(frozen=True)
class Plot:
    """What a run knows as its grounds are laid out: the user's dbt and profile, and what is configured."""

    stage: Stage
    unfolded: Unfolded
    toolchain: Toolchain
    profile: Profile
    options: WarehouseOptions


@dataclass(frozen=True)
class Checkup:
    """What is known as a warehouse is examined. `checkout` is the project's folder as the user has it, `sources` are
    what its models read and dbt does not build, `variables` those of `--vars`."""

    profile: Profile
    site: Site
    checkout: Path
    sources: Collection[RelationName]
    variables: Mapping[str, object]


@dataclass(frozen=True)
class Kind:
    """A kind of warehouse. `lay_out` raises ProofbotError; `dialect` tells how the warehouse of some grounds spells;
    `deaf` are the options that mean nothing there, each with the reason.

    `sweep` drops what dead runs left on a server, with the `--vars` of dbt, and names it; raises ProofbotError. None
    where there is no server. `examine` says what works there, and leaves nothing behind; raises ProofbotError.
    """

    lay_out: Callable[[Plot], Grounds]
    dialect: Callable[[Grounds], Dialect]
    deaf: Mapping[str, str]
    examine: Callable[[Checkup], Iterator[Diagnosis]]
    sweep: Callable[[Site, Sought, Mapping[str, object]], Sequence[str]] | None = None


def find(profile: Profile) -> Kind:
    """The kind of warehouse that a profile builds in.

    Raises:
        UsageError: this version does not know it.
    """
    kind = KINDS.get(profile.adapter)
    target = TARGETS.get(profile.adapter)
    if kind is None and target is None:
        known = sorted({*KINDS, *TARGETS})
        raise UsageError(
            f"the target {profile.target!r} is of type {profile.adapter!r}, which this version does not know",
            where=profile.where,
            remedy=f"Name a target of one of these types by `--target`: {', '.join(known)}.",
        )
    return kind or _through_dbt(Plain(str(target)))


def in_vain(profile: Profile, loaded: Config) -> tuple[str, ...]:
    """Notices of what is configured and means nothing to the warehouse of this profile."""
    kind = find(profile)
    said = {name: loaded.origins.get(f"warehouse.{name}") for name in kind.deaf}
    return tuple(
        f"`warehouse.{name}` ({where}) has no effect: {kind.deaf[name]}" for name, where in said.items() if where
    )


def site(plot: Plot) -> Site:
    """What every other kind than DuckDB is laid out with.

    Raises:
        UsageError: a text of the target does not render.
    """
    request, workspace = plot.stage.request, plot.stage.workspace
    label = f"pr_{request.number}" if request.number is not None else "local"
    return Site(
        output=profiles.rendered(plot.profile, os.environ, request.variables),
        where=plot.profile.where,
        profile_with=partial(profiles.replaced, plot.profile),
        label=label,
        options=plot.options,
        tag={"run": workspace.folder.name, "request": label},
        threads=profiles.threads(plot.profile, os.environ, request.variables),
        scratch=workspace.scratch,
    )


def on_site(lay_out: Callable[[Site], Grounds]) -> Callable[[Plot], Grounds]:
    """Lets grounds that need a Site only be laid out on a plot."""
    return lambda plot: lay_out(site(plot))


def _lay_out_duckdb(plot: Plot) -> Grounds:
    """A file beside the other for each environment.

    Raises:
        UsageError: the database is no file, or something would be written outside of our folders.
    """
    profile, request, checkout = plot.profile, plot.stage.request, plot.unfolded.checkout
    plans.guard_root(profiles.external_root(profile, os.environ, request.variables), profile.where)
    user_path = profiles.database_path(profile, os.environ, request.variables)
    attached = _attached(profile, checkout, request.variables)
    absolute = {entry.written: str(path) for entry, path in attached.items()}
    file_name = profiles.file_name(user_path)
    by_catalog = {entry.alias or path.stem: path for entry, path in attached.items()}
    listed = profile.output.get("attach")
    return DuckDbGrounds(
        DuckDbSite(
            workspace=plot.stage.workspace,
            project=plot.unfolded.project,
            file_name=file_name,
            source=checkout / user_path,
            catalogs=profiles.catalogs(file_name, profile),
            note=plot.stage.progress.note,
            attached=by_catalog,
            is_compared=not isinstance(listed, list) or len(listed) <= len(by_catalog),
            extensions=profiles.extensions(profile),
        ),
        lambda path: profiles.twin(profile, path, absolute),
    )


def _examine_duckdb(checkup: Checkup) -> Iterator[Diagnosis]:
    """Raises UsageError where the database is no file."""
    profile, checkout, variables = checkup.profile, checkup.checkout, checkup.variables
    path = profiles.database_path(profile, os.environ, variables)
    own = profiles.catalogs(profiles.file_name(path), profile)
    attached = _attached(profile, checkout, variables)
    return of_duckdb.examine(
        DuckDbCase(
            source=None if path == profiles.MEMORY else checkout / path,
            scratch=checkup.site.scratch,
            home=root(),
            attached={entry.alias or found.stem: found for entry, found in attached.items() if entry.type == "duckdb"},
            extensions=profiles.extensions(profile),
            sources=[one for one in checkup.sources if one.database is None or one.database.lower() in own],
        )
    )


def _attached(profile: Profile, checkout: Path, variables: Mapping[str, object]) -> dict[profiles.Attachment, Path]:
    """The attached files with their absolute paths, as the user's dbt would resolve them."""
    entries = profiles.attachments(profile, os.environ, variables)
    local = [entry for entry in entries if "://" not in entry.path and not entry.path.startswith(("md:", ":memory:"))]
    return {entry: (checkout / entry.path).resolve() for entry in local if entry.type in ("duckdb", "sqlite")}


def _of_snowflake(grounds: Grounds) -> Dialect:
    return Snowflake(has_hash=isinstance(grounds, SnowflakeGrounds) and grounds.has_hash)


def _through_dbt(dialect: Plain) -> Kind:
    """Whatever dbt has an adapter for, by that adapter."""

    def means(toolchain: Toolchain, variables: Mapping[str, object]) -> through_dbt.Means:
        return through_dbt.Means(dialect.spell, python.find(Path(toolchain.command[0])), variables)

    def lay_out(plot: Plot) -> Grounds:
        return through_dbt.lay_out(site(plot), means(plot.toolchain, plot.stage.request.variables))

    def sweep(site: Site, sought: Sought, variables: Mapping[str, object]) -> Sequence[str]:
        return through_dbt.sweep(site, means(find_toolchain(), variables), sought)

    def examine(checkup: Checkup) -> Iterator[Diagnosis]:
        return looking_by_dbt.examine(checkup.site, means(find_toolchain(), checkup.variables))

    return Kind(
        lay_out,
        lambda _grounds: dialect,
        deaf={
            "isolation": "through dbt's adapters each environment has schemas of its own",
            "compute": "what the profile names computes",
        },
        examine=examine,
        sweep=sweep,
    )


KINDS: Mapping[str, Kind] = {
    "duckdb": Kind(
        _lay_out_duckdb,
        lambda _grounds: DuckDb(),
        deaf={
            "isolation": "with DuckDB each environment is a file of its own",
            "compute": "DuckDB computes where proofbot runs",
            "statement_seconds": "DuckDB takes the time that it needs; `budget: {seconds: ...}` limits a run",
        },
        examine=_examine_duckdb,
    ),
    "postgres": Kind(
        on_site(postgres.lay_out),
        lambda _grounds: Postgres(),
        deaf={"compute": "Postgres computes where the data is"},
        examine=lambda checkup: looking_at_postgres.examine(checkup.site, checkup.sources),
        sweep=lambda site, sought, _variables: of_postgres.sweep(site, sought),
    ),
    "snowflake": Kind(
        on_site(snowflake.lay_out),
        _of_snowflake,
        deaf={},
        examine=lambda checkup: looking_at_snowflake.examine(checkup.site, checkup.sources),
        sweep=lambda site, sought, _variables: of_snowflake.sweep(site, sought),
    ),
}
"""By the adapter's type."""
