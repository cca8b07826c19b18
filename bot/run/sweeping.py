"""What dead runs left behind in the user's warehouse is dropped: dbt's profile says where, and dbt is not run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bot.core import profile as profiles
from bot.core.profile import Profile
from bot.domain import WarehouseOptions
from bot.errors import UsageError
from bot.run import profile as profile_of_call
from bot.run import warehouses
from bot.run.stage import Request
from bot.world import layout
from bot.world.warehouses.grounds import Site
from bot.world.warehouses.leftovers import Sought


def find(request: Request) -> Profile:
    """The profile that the call names, or that of the project where it was made.

    Raises:
        UsageError: there is none, or it can't be read.
    """
    here = request.project_dir or request.here
    above = (folder for folder in (here, *here.parents) if (folder / layout.PROJECT_FILE).is_file())
    project = next(above, here)
    path = layout.find_profiles(request.profiles_dir, [project])
    where = f"{path.name} of {path.parent}"
    if not profile_of_call.named(request, [project]):
        raise UsageError("there is no dbt project here", remedy="Name it by `--project-dir`, or its `--profile`.")
    return profile_of_call.choose(request, path, where, [project])


def sweep(request: Request, profile: Profile, sought: Sought) -> Sequence[str]:
    """Drops what is sought in the warehouse of a profile.

    Returns:
        the names of what is gone, or would be.

    Raises:
        ProofbotError: the profile does not say enough, or the warehouse can't be reached.
    """
    kind = warehouses.find(profile)
    if kind.sweep is None:
        return ()
    with tempfile.TemporaryDirectory(prefix="proofbot-") as scratch:
        site = Site(
            output=profiles.rendered(profile, os.environ, request.variables),
            where=profile.where,
            profile_with=partial(profiles.replaced, profile),
            label=sought.label or "local",
            options=WarehouseOptions(),
            tag={"run": "cleanup", "request": sought.label or "local"},
            threads=1,
            scratch=Path(scratch),
        )
        return kind.sweep(site, sought, request.variables)
